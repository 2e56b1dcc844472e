"""The checks on what is published: which rows each must look at, and what Dagster is told of them.

The looking is Great Expectations' (``expectations``), what must hold is in ``soundness``. Every check
speaks of all tenants of the portfolio at once, so the newest evaluation is the truth about all of
them, whoever the run was for. A tenant whose release passed is not read again: a release never
changes. What did not pass is looked at every time until it does. A check that can't be made fails.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import dagster as dg

from radar_pipeline import ids
from radar_pipeline.defs import expectations as ge
from radar_pipeline.defs import soundness
from radar_pipeline.defs.checked import Checked
from radar_pipeline.defs.expectations import Outcome, Rule
from radar_pipeline.defs.pieces import COLUMNS, Numbers, Pieces, pieces_of
from radar_pipeline.defs.specs import CITATIONS_ARE_EXACT, ROWS_ARE_SOUND
from radar_pipeline.errors import RadarError, StoreError
from radar_pipeline.ids import SLUG_PATTERN
from radar_pipeline.storage import piece_numbers, warehouse
from radar_pipeline.sweep import verify
from radar_pipeline.sweep.environment import Environment

BATCH_ROWS = 50_000  # looked at together: half of what one query may answer, half a second's work

_REMEDY = "`radar doctor` says which files are damaged; the next sweep of the tenant writes them anew."
_TABLE = dg.TableSchema(
    columns=[
        dg.TableColumn("says", "string", "What must hold."),
        dg.TableColumn("held", "bool", "Whether it does."),
        dg.TableColumn("broken_rows", "int", "Rows that break it."),
        dg.TableColumn("tenants", "string", "Whose rows they are."),
        dg.TableColumn("serious", "bool", "Wrong if broken; else worth a look."),
    ]
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look found: an outcome for each rule, and the tenants whose pass must not be remembered."""

    outcomes: list[Outcome]
    rows: int
    unsettled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Check:
    """``look`` finds out about some tenants; ``key`` changes with what it looks for."""

    look: Callable[[Environment, Sequence[str]], Seen]
    rules: tuple[Rule, ...]
    key: str


def of_tables(what: soundness.Look) -> Check:
    """The check of a look at the portfolio's tables."""

    def look(environment: Environment, slugs: Sequence[str]) -> Seen:
        portfolio = environment.settings.portfolio
        counting = f"SELECT tenant_id, count(*) FROM ({what.for_tenants(slugs)}) GROUP BY tenant_id"
        counts = dict(warehouse.query(counting, None, portfolio)[1])
        outcomes, total = [], 0
        for some in portions(slugs, counts):
            columns, rows = warehouse.query(what.for_tenants(some), None, portfolio)
            [[fewest]] = warehouse.query(what.for_tenants(some, what.fewest), None, portfolio)[1]
            outcomes += ge.validate(all_rules(what.rules, int(fewest)), columns, rows)
            total += len(rows)
        return Seen(ge.together(outcomes), total)

    return Check(look, what.rules, ids.digest(what.sql, what.fewest, repr(what.rules)))


def of_pieces(numbers: Numbers, rules: tuple[Rule, ...]) -> Check:
    """The check of a look at tenants' chunks or passages."""

    def look(environment: Environment, slugs: Sequence[str]) -> Seen:
        outcomes: list[Outcome] = []
        ahead: set[str] = set()
        total = 0
        waiting = Pieces([], 0)
        for slug in slugs:  # one store at a time; their rows together, as a look costs more than a row
            waiting = waiting.with_(pieces_of(environment, slug, numbers))
            if len(waiting.rows) >= BATCH_ROWS or slug == slugs[-1]:
                outcomes += ge.validate(all_rules(rules, waiting.fewest), COLUMNS, waiting.rows)
                total, ahead, waiting = total + len(waiting.rows), ahead | waiting.ahead, Pieces([], 0)
        return Seen(ge.together(outcomes), total, frozenset(ahead))

    return Check(look, rules, ids.digest(repr(COLUMNS), repr(rules)))


def of_citations() -> Check:
    """The check of a look at every stored chunk, passage and quote in the text that it names."""

    def look(environment: Environment, slugs: Sequence[str]) -> Seen:
        rows = [_verified(environment, slug) for slug in slugs]
        rules = all_rules(soundness.CITATION_RULES, len(slugs))
        return Seen(ge.validate(rules, soundness.CITATION_COLUMNS, rows), len(rows))

    key = ids.digest(repr(soundness.CITATION_COLUMNS), repr(soundness.CITATION_RULES))
    return Check(look, soundness.CITATION_RULES, key)


def _verified(environment: Environment, slug: str) -> list[Any]:
    """One tenant's row. Whatever keeps us from reading its store is told of this tenant alone."""
    try:
        found = verify.tenant(environment.tenant_home(slug), environment.settings)
    except Exception as error:
        found = verify.Verified(slug, problem=type(error).__name__)
    wrong = (found.wrong_chunks, found.wrong_passages, found.wrong)
    counts = (found.chunks, found.passages, found.quotes)
    return [slug, bool(found.problem), *counts, *(len(ids_) for ids_ in wrong)]


def all_rules(rules: Sequence[Rule], fewest: int) -> list[Rule]:
    """The rules, and first that there are rows at all."""
    return [ge.rows("the rows are there", fewest), *rules]


def portions(slugs: Sequence[str], counts: Mapping[str, int]) -> list[list[str]]:
    """The tenants in portions of at most ``BATCH_ROWS`` rows, or of one tenant."""
    found: list[list[str]] = []
    room = 0
    for slug in slugs:
        if not found or counts.get(slug, 0) > room:
            found.append([])
            room = BATCH_ROWS
        found[-1].append(slug)
        room -= counts.get(slug, 0)
    return found


_MADE = {
    "documents_are_sound": of_tables(soundness.DOCUMENTS),
    "chunks_are_sound": of_pieces(piece_numbers.chunks, soundness.CHUNK_RULES),
    "passages_are_sound": of_pieces(piece_numbers.passages, soundness.PASSAGE_RULES),
    "assessments_are_sound": of_tables(soundness.ASSESSMENTS),
    "evidence_is_sound": of_tables(soundness.EVIDENCE),
    "answers_are_sound": of_tables(soundness.ANSWERS),
    "findings_are_sound": of_tables(soundness.FINDINGS),
    "changes_are_explained": of_tables(soundness.CHANGES),
    "scores_follow": of_tables(soundness.SCORES),
    CITATIONS_ARE_EXACT.name: of_citations(),
    ROWS_ARE_SOUND.name: of_tables(soundness.PORTFOLIO),
}


class Inspection:
    """The checks of one run."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._checked = Checked(environment.settings.portfolio)

    @property
    def published(self) -> bool:
        """Whether there is anything to look at, as far as can be seen."""
        try:
            return bool(self._releases)
        except RadarError:
            return (self._environment.settings.portfolio / "published" / "radar.duckdb").exists()

    def result(self, key: dg.AssetCheckKey) -> dg.AssetCheckResult:
        """Make one check, or say that nothing has changed since it was made."""
        try:
            return self._made(key, _MADE[key.name])
        except Exception as error:  # whatever kept us from looking: not looked at is not passed
            why = error.message if isinstance(error, RadarError) else f"unexpected {type(error).__name__}"
            return dg.AssetCheckResult(
                asset_key=key.asset_key,
                check_name=key.name,
                passed=False,
                description=f"Could not look: {why}",
                metadata={"remedy": error.remedy if isinstance(error, RadarError) else _REMEDY},
            )

    def _made(self, key: dg.AssetCheckKey, check: Check) -> dg.AssetCheckResult:
        if not self._releases:
            raise StoreError(
                "nothing is published yet.",
                remedy="Sweep a tenant; `radar status` says why none was published.",
            )
        passed = self._checked.passed(key.name, check.key)
        due = [slug for slug, release in self._releases.items() if passed.get(slug) != release]
        seen = check.look(self._environment, due) if due else Seen([], 0)
        faults = [outcome for outcome in seen.outcomes if not outcome.held]
        blamed = {slug for outcome in faults for slug in outcome.tenants}
        nameless = any(not outcome.tenants for outcome in faults)  # too few rows, say: whose is unknown
        sound = set() if nameless else {*due} - blamed - seen.unsettled
        kept = {slug: release for slug, release in passed.items() if slug in self._releases}
        self._checked.remember(key.name, check.key, kept | {slug: self._releases[slug] for slug in sound})
        outcomes = seen.outcomes or [
            Outcome(r.says, True, 0, (), r.serious) for r in all_rules(check.rules, 0)
        ]
        return dg.AssetCheckResult(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=not faults,
            severity=_severity(faults),
            description=_description(faults, len(due), len(self._releases)),
            metadata={
                "tenants": len(self._releases),
                "tenants_looked_at": len(due),
                "rows": seen.rows,
                "broken_rows": sum(outcome.broken_rows for outcome in faults),
                "unchanged": not due,
                "expectations": dg.MetadataValue.table([_record(o) for o in outcomes], schema=_TABLE),
                **({"remedy": _REMEDY} if faults else {}),
            },
        )

    @cached_property
    def _releases(self) -> dict[str, str]:
        """The release of each tenant that the portfolio holds."""
        query = "SELECT tenant_id, release FROM loaded ORDER BY tenant_id"
        _, rows = warehouse.query(query, None, self._environment.settings.portfolio)
        return {slug: release for slug, release in rows if SLUG_PATTERN.fullmatch(slug)}


def _severity(faults: Sequence[Outcome]) -> dg.AssetCheckSeverity:
    serious = not faults or any(fault.serious for fault in faults)
    return dg.AssetCheckSeverity.ERROR if serious else dg.AssetCheckSeverity.WARN


def _description(faults: Sequence[Outcome], looked_at: int, tenants: int) -> str:
    if faults:
        return f"Not so: {'; '.join(fault.says for fault in faults)}."
    if looked_at:
        return f"Holds of {tenants} tenants, {looked_at} of them looked at now."
    return f"Holds of {tenants} tenants; nothing has changed since it was looked at."


def _record(outcome: Outcome) -> dg.TableRecord:
    told: dict[str, Any] = {"says": outcome.says, "held": outcome.held, "broken_rows": outcome.broken_rows}
    return dg.TableRecord({**told, "tenants": ", ".join(outcome.tenants), "serious": outcome.serious})
