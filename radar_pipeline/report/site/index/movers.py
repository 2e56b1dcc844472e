"""Movers: scores now against those of the publication before, and why they moved."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from radar_pipeline.report.site import words
from radar_pipeline.report.site.index.portfolio import Pair, Portfolio
from radar_pipeline.report.site.tables import Row

LEAST = 0.05  # points; a smaller move does not show in one decimal
CAUSES_TOLD = 2


@dataclass(frozen=True, slots=True)
class Move:
    """A tenant's score under a framework at its last two publications."""

    tenant: str
    framework: str
    href: str
    before: float | None
    now: float | None
    same_formula: bool
    changed: int  # verdicts
    causes: list[str]  # the most frequent first, in words with their number
    as_of: date | None
    before_as_of: date | None

    @property
    def delta(self) -> float | None:
        """Points gained; None if either score is missing or the formulas differ."""
        if self.now is None or self.before is None or not self.same_formula:
            return None
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class Movers:
    """The largest moves, and scores that came or went; the largest first."""

    down: list[Move]
    up: list[Move]
    lost: list[Move]  # too much is not assessed now
    back: list[Move]  # scored again
    compared: int  # pairs that were published at least twice

    @property
    def any(self) -> bool:
        """Whether anything moved."""
        return bool(self.down or self.up or self.lost or self.back)


def moves(data: Portfolio) -> dict[Pair, Move]:
    """The last move of each pair that counts and was published at least twice.

    Needs ``framework_scores_history``, with at least the rows that held at the publication before.
    """
    history: dict[Pair, list[Row]] = {}
    for row in data.of("framework_scores_history"):
        history.setdefault((row["tenant_id"], row["framework_id"]), []).append(row)
    changes = _changes(data)
    found = {}
    for pair, row in data.counted.items():
        last = data.publications.get(pair, [])[-2:]
        if len(last) < 2:
            continue
        before = _valid_at(history.get(pair, []), last[0]["sweep_id"])
        if before is not None:
            found[pair] = _move(data, pair, (before, row), last, changes)
    return found


def movers(found: dict[Pair, Move]) -> Movers:
    """The moves worth telling."""
    ordered = sorted(found.values(), key=lambda m: (m.tenant.lower(), m.framework))
    moved = [(m.delta, m) for m in ordered if m.delta is not None and abs(m.delta) >= LEAST]
    return Movers(
        down=[m for delta, m in sorted(moved, key=lambda p: p[0]) if delta < 0],
        up=[m for delta, m in sorted(moved, key=lambda p: -p[0]) if delta > 0],
        lost=[m for m in ordered if m.now is None and m.before is not None],
        back=[m for m in ordered if m.now is not None and m.before is None],
        compared=len(found),
    )


def _changes(data: Portfolio) -> dict[tuple[str, str, str], list[Row]]:
    """Changed verdicts by pair and sweep."""
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in data.of("verdict_changes"):
        groups.setdefault((row["tenant_id"], row["framework_id"], row["sweep_id"]), []).append(row)
    return groups


def _valid_at(rows: list[Row], sweep_id: str) -> Row | None:
    """The row that held at a sweep."""
    for row in rows:
        if row["valid_from_sweep"] <= sweep_id and (row["valid_to_sweep"] or "~") > sweep_id:
            return row
    return None


def _move(
    data: Portfolio,
    pair: Pair,
    scores: tuple[Row, Row],
    publications: list[Row],
    changes: dict[tuple[str, str, str], list[Row]],
) -> Move:
    before, now = scores
    earlier, last = publications
    changed = changes.get((*pair, last["sweep_id"]), [])
    causes: Counter[str] = Counter()
    for row in changed:
        # Rows may come merged by their causes: then they say how many they stand for.
        causes.update({cause: row.get("changes", 1) for cause in row["causes"] or ()})
    return Move(
        tenant=data.active[pair[0]].name,
        framework=data.short(pair[1]),
        href=data.place(*pair),
        before=before["score"],
        now=now["score"],
        same_formula=before["formula"] == now["formula"],
        changed=sum(row.get("changes", 1) for row in changed),
        causes=[f"{words.CAUSES.get(c, c)} ({n})" for c, n in _most(causes)],
        as_of=last["as_of"],
        before_as_of=earlier["as_of"],
    )


def _most(causes: Counter[str]) -> list[tuple[str, int]]:
    return sorted(causes.items(), key=lambda item: (-item[1], item[0]))[:CAUSES_TOLD]
