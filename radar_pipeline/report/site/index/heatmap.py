"""The heat map of tenants and frameworks: every score as a number, with a band that colours it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from radar_pipeline.report.site import words
from radar_pipeline.report.site.index.movers import LEAST, Move
from radar_pipeline.report.site.index.portfolio import Organisation, Pair, Portfolio
from radar_pipeline.report.site.tables import Row

BANDS = (85.0, 70.0, 55.0, 40.0)  # points; a score below the last is in the gravest band
BAND_NAMES = ("85 and over", "70 to 85", "55 to 70", "40 to 55", "under 40")


@dataclass(frozen=True, slots=True)
class Cell:
    """A tenant under a framework. ``state``: scored, unscored, unpublished, or unbound."""

    state: str
    framework: str = ""
    score: float | None = None
    band: int = 0  # 0 best … 4 gravest
    blindspots: int = 0
    contradicted: int = 0
    unknown: str = ""  # share of the importance that is not assessed; empty: nothing applies
    href: str = ""
    delta: float | None = None
    dropped: bool = False  # the framework no longer binds the tenant; this is its last report


@dataclass(frozen=True, slots=True)
class Line:
    """A tenant's row."""

    organisation: Organisation
    cells: list[Cell]
    unreadable: int
    anchor: str

    @property
    def scores(self) -> list[float]:
        """Its scores that count, lowest first."""
        return sorted(c.score for c in self.cells if c.score is not None and not c.dropped)


@dataclass(frozen=True, slots=True)
class Foot:
    """All tenants under one framework. ``mean`` of the scores, each tenant counting once."""

    mean: float | None
    band: int
    scored: int
    bound: int
    blindspots: int
    contradicted: int


@dataclass(frozen=True, slots=True)
class Retired:
    """A tenant that was taken out of tenants.yaml; its last report stays."""

    name: str
    href: str
    scores: list[tuple[str, float | None]]
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The table: frameworks as columns, the most widely binding first; tenants as rows."""

    columns: list[tuple[str, str]]  # short and full name
    scored: list[Line]  # worst first
    unscored: list[Line]  # what is not known is neither good nor bad
    foot: list[Foot]
    retired: list[Retired]

    @property
    def lines(self) -> list[Line]:
        """All rows."""
        return [*self.scored, *self.unscored]


def heat_map(data: Portfolio, moves: Mapping[Pair, Move]) -> HeatMap:
    """Worst first: by the lowest score of a tenant, since a mean would hide a weak framework."""
    frameworks = _frameworks(data)
    lines = [_line(data, moves, o, frameworks, n) for n, o in enumerate(data.active.values())]
    scored = [line for line in lines if line.scores]
    scored.sort(key=lambda line: (line.scores, line.organisation.name.lower(), line.organisation.tenant_id))
    unscored = [line for line in lines if not line.scores]
    unscored.sort(key=lambda line: (line.organisation.name.lower(), line.organisation.tenant_id))
    return HeatMap(
        columns=[(data.short(f), data.framework(f)) for f in frameworks],
        scored=scored,
        unscored=unscored,
        foot=[_foot(data, f) for f in frameworks],
        retired=sorted(
            (_retired(data, o) for o in data.organisations.values() if o.retired),
            key=lambda r: r.name.lower(),
        ),
    )


def band(score: float) -> int:
    """0 best … 4 gravest, of the score as it is shown."""
    return sum(round(score, 1) < least for least in BANDS)


def _frameworks(data: Portfolio) -> list[str]:
    """Frameworks of active tenants, those that bind most first."""
    count: dict[str, int] = {}
    for tenant_id in data.active:
        published = {framework for tenant, framework in data.scores if tenant == tenant_id}
        for framework in {*published, *(data.extras.bound or {}).get(tenant_id, ())}:
            count[framework] = count.get(framework, 0) + 1
    return sorted(count, key=lambda f: (-count[f], data.framework(f).lower(), f))


def _line(
    data: Portfolio, moves: Mapping[Pair, Move], o: Organisation, frameworks: Iterable[str], number: int
) -> Line:
    last = data.last_publication.get(o.tenant_id)
    return Line(
        organisation=o,
        cells=[_cell(data, moves, (o.tenant_id, framework)) for framework in frameworks],
        unreadable=last["unreadable"] if last else 0,
        anchor=f"t-{number}",
    )


def _cell(data: Portfolio, moves: Mapping[Pair, Move], pair: Pair) -> Cell:
    row, name = data.scores.get(pair), data.short(pair[1])
    if row is None:
        return Cell("unpublished" if data.awaited(*pair) else "unbound", name)
    move, score = moves.get(pair), row["score"]
    delta = move.delta if move else None
    return Cell(
        state="scored" if score is not None else "unscored",
        framework=name,
        score=score,
        band=band(score) if score is not None else 0,
        blindspots=row["not_addressed"],
        contradicted=row["contradicted"],
        unknown=_unknown(row),
        href=data.place(*pair),
        delta=delta if delta is not None and abs(delta) >= LEAST else None,
        dropped=not data.binds(*pair),
    )


def _unknown(row: Row) -> str:
    if not row["importance"]:
        return ""
    return words.withheld(row["importance_not_assessed"], row["importance"])


def _foot(data: Portfolio, framework_id: str) -> Foot:
    rows = [row for pair, row in data.counted.items() if pair[1] == framework_id]
    scores = [row["score"] for row in rows if row["score"] is not None]
    mean = sum(scores) / len(scores) if scores else None
    return Foot(
        mean=mean,
        band=band(mean) if mean is not None else 0,
        scored=len(scores),
        bound=sum(data.binds(tenant_id, framework_id) for tenant_id in data.active),
        blindspots=sum(row["not_addressed"] for row in rows),
        contradicted=sum(row["contradicted"] for row in rows),
    )


def _retired(data: Portfolio, o: Organisation) -> Retired:
    scores = [(data.short(f), row["score"]) for (t, f), row in data.scores.items() if t == o.tenant_id]
    return Retired(o.name, o.href, sorted(scores, key=lambda s: s[0]), o.published_at)
