"""What the report tables tell of a sweep: of one tenant's release, of a night, of all tenants at once.

Each is one query, because every query opens its database. Nothing private is asked for.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from radar_pipeline.storage import warehouse
from radar_pipeline.storage.ddl import literal
from radar_pipeline.storage.schema import TABLES
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import (
    Event,
    Stage,
    StageDone,
    SweepStarted,
    TenantFailed,
    TenantPublished,
    TenantSkipped,
    TenantStarted,
    TenantUnchanged,
)

CHANGES_SHOWN = 100  # of one release; all of them are in the table verdict_changes
TENANTS_SHOWN = 500  # of one night, those that failed or changed first

_SUMMED = ("parsed", "embedded", "judged", "reused", "changes", "cost_usd", "tokens_in", "tokens_out")
_ORDER = ("failed", "skipped", "published", "unchanged")


def database(environment: Environment) -> Path:
    """Where the portfolio's tables are published."""
    return environment.settings.portfolio / "published" / "radar.duckdb"


# ── A night ───────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Night:
    """What a run has heard of each of its tenants."""

    sweep_id: str = ""
    tenants: int = 0
    due: dict[str, tuple[str, ...]] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    failed: list[TenantFailed] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    sums: dict[str, float] = field(default_factory=lambda: dict.fromkeys(_SUMMED, 0))
    _began: dict[str, float] = field(default_factory=dict)

    def hear(self, event: Event) -> None:
        """Take one event into account."""
        match event:
            case SweepStarted():
                self.sweep_id, self.tenants = event.sweep_id, len(event.tenants)
            case TenantStarted():
                self.due[event.tenant] = event.frameworks
                self._began[event.tenant] = time.monotonic()
            case StageDone():
                for name in _SUMMED:
                    value = event.counts.get(name, 0)
                    self.sums[name] += value if isinstance(value, int | float) else 0
            case TenantPublished():
                self._ended(event.tenant, "published")
            case TenantUnchanged():
                self._ended(event.tenant, "unchanged")
            case TenantSkipped():
                self._ended(event.tenant, "skipped")
            case TenantFailed():
                self._ended(event.tenant, "failed")
                self.failed.append(event)
            case _:
                pass

    def numbers(self) -> dict[str, Any]:
        """The night in numbers, under names that stay the same. Empty if there was no sweep."""
        if not self.sweep_id:
            return {}
        ended = list(self.outcomes.values())
        ends = {f"tenants_{name}": ended.count(name) for name in _ORDER}
        sums = {name: round(value, 6) for name, value in self.sums.items()}
        return {**ends, **sums, "seconds": round(sum(self.seconds.values()), 3)}

    def _ended(self, tenant: str, outcome: str) -> None:
        self.outcomes[tenant] = outcome
        now = time.monotonic()
        self.seconds[tenant] = now - self._began.get(tenant, now)


_NIGHT = """
SELECT h.tenant_id, h.framework_id, round(h.score, 2),
       CASE WHEN h.valid_from_sweep = {sweep} THEN round(h.score - before.score, 2) ELSE 0.0 END,
       coalesce(c.changes, 0), coalesce(s.cost_usd, 0.0)
FROM framework_scores_history h
LEFT JOIN framework_scores_history before ON before.tenant_id = h.tenant_id
  AND before.framework_id = h.framework_id AND before.valid_to_sweep = {sweep}
LEFT JOIN (SELECT tenant_id, framework_id, count(*) AS changes FROM verdict_changes
           WHERE sweep_id = {sweep} GROUP BY ALL) c
  ON c.tenant_id = h.tenant_id AND c.framework_id = h.framework_id
LEFT JOIN (SELECT tenant_id, framework_id, sum(cost_usd) AS cost_usd FROM sweeps
           WHERE sweep_id = {sweep} GROUP BY ALL) s
  ON s.tenant_id = h.tenant_id AND s.framework_id = h.framework_id
WHERE h.valid_to_sweep IS NULL
ORDER BY h.tenant_id, h.framework_id
"""


def of_night(environment: Environment, night: Night) -> dict[str, Any]:
    """The run's tenants as a table: how each ended, its scores and what changed, gravest first."""
    if not night.sweep_id:
        return {}
    scores: dict[str, list[list[Any]]] = defaultdict(list)
    for tenant, *row in _ask(environment, _NIGHT.format(sweep=literal(night.sweep_id))):
        scores[tenant].append(row)
    failures = {event.tenant: event for event in night.failed}
    rows: list[tuple[Any, ...]] = []
    for tenant in sorted(night.outcomes, key=lambda slug: (_ORDER.index(night.outcomes[slug]), slug)):
        outcome, seconds = night.outcomes[tenant], round(night.seconds[tenant], 3)
        failure = failures.get(tenant)
        why = (f"{failure.reason} in {failure.stage}", failure.remedy) if failure else ("", "")
        for framework, score, delta, changes, cost in scores.get(tenant, _UNSCORED):
            due = framework in night.due.get(tenant, ())
            told = (delta, changes, cost) if outcome == "published" else (None, 0, 0.0)
            rows.append((tenant, outcome, framework, due, score, *told, seconds, *why))
    shown: dict[str, Any] = {"tenants_table": table(rows[:TENANTS_SHOWN], *_NIGHT_COLUMNS)}
    return shown | ({"tenants_not_shown": len(rows) - TENANTS_SHOWN} if len(rows) > TENANTS_SHOWN else {})


_UNSCORED: list[list[Any]] = [["", None, None, 0, 0.0]]
_NIGHT_COLUMNS = (
    ("tenant", "string", "Slug."),
    ("outcome", "string", "published, unchanged, failed or skipped (somebody else is sweeping it)."),
    ("framework", "string", "Empty if nothing of the tenant was ever published."),
    ("due", "bool", "Whether this framework's inputs had changed."),
    ("score", "float", "As published now; empty when too much is not assessed."),
    ("delta", "float", "Against the score before this sweep; empty if there is none, or nothing new."),
    ("changes", "int", "Verdicts that changed."),
    ("cost_usd", "float", "What judging cost."),
    ("seconds", "float", "The tenant's, over all its frameworks."),
    ("failure", "string", "Kind of error and stage; the tenant keeps its last report."),
    ("remedy", "string", "What mends it."),
)


def failures(failed: Iterable[TenantFailed]) -> dg.TableMetadataValue:
    """The failed tenants: where, what kind of error, what mends it."""
    return table(
        [(event.tenant, event.stage, event.reason, event.remedy) for event in failed],
        ("tenant", "string", "Slug."),
        ("stage", "string", "Where it failed."),
        ("reason", "string", "Kind of error."),
        ("remedy", "string", "What mends it."),
    )


# ── One tenant's release ──────────────────────────────────────────────────────────────────────

_RELEASE = """
SELECT (SELECT list([framework_id, requirement_id, from_verdict, to_verdict, array_to_string(causes, ', ')]
               ORDER BY requirement_id) FROM verdict_changes WHERE sweep_id = {sweep}),
       (SELECT list(causes) FROM verdict_changes WHERE sweep_id = {sweep}),
       (SELECT list(event) FROM finding_events WHERE sweep_id = {sweep}),
       (SELECT list([h.framework_id, CAST(h.score - before.score AS VARCHAR)])
        FROM framework_scores_history h JOIN framework_scores_history before
          ON before.framework_id = h.framework_id AND before.valid_to_sweep = {sweep}
        WHERE h.valid_from_sweep = {sweep} AND h.valid_to_sweep IS NULL
          AND h.score - before.score IS NOT NULL)
"""


def of_release(environment: Environment, tenant: str, sweep_id: str) -> dict[str, Any]:
    """What the sweep changed for a tenant: verdicts with their causes, findings, scores."""
    home, query = environment.tenant_home(tenant), _RELEASE.format(sweep=literal(sweep_id))
    [[changes, causes, events, deltas]] = warehouse.query(query, home, environment.settings.portfolio)[1]
    told: dict[str, Any] = {
        f"findings_{event}": sum(1 for found in events or () if found == event)
        for event in ("new", "resolved", "regressed")
    }
    by_cause: dict[str, int] = defaultdict(int)
    for cause in (cause for listed in causes or () for cause in listed or ()):
        by_cause[cause] += 1
    told |= {f"changes_{cause}": count for cause, count in sorted(by_cause.items())}
    told |= {f"delta_{framework}": round(float(delta), 4) for framework, delta in deltas or ()}
    if changes:
        told["verdict_changes"] = table(changes[:CHANGES_SHOWN], *_CHANGE_COLUMNS)
    return told


_CHANGE_COLUMNS = (
    ("framework", "string", "Framework."),
    ("requirement", "string", "Requirement."),
    ("before", "string", "Verdict before; empty for a requirement that is new."),
    ("now", "string", "Verdict now; empty for one that is gone."),
    ("causes", "string", "Why, from the closed set."),
)


def stored_pieces(environment: Environment, tenant: str) -> dict[str, int]:
    """How many chunks and passages a tenant's store holds."""
    counts = TenantStore(environment.tenant_home(tenant) / "work" / "lance").counts()
    return {"chunks_stored": counts["chunks"], "passages_stored": counts["passages"]}


# ── All tenants ───────────────────────────────────────────────────────────────────────────────

_STANDING = """
SELECT l.tenant_id, coalesce(d.documents, 0), coalesce(d.unreadable, 0), coalesce(d.passages, 0),
       coalesce(a.requirements, 0), coalesce(f.findings, 0), coalesce(q.questions, 0),
       s.scores
FROM loaded l
LEFT JOIN (SELECT tenant_id, count(*) AS documents, count(*) FILTER (NOT readable) AS unreadable,
                  sum(passages) AS passages FROM documents GROUP BY ALL) d USING (tenant_id)
LEFT JOIN (SELECT tenant_id, count(*) AS requirements FROM assessments GROUP BY ALL) a USING (tenant_id)
LEFT JOIN (SELECT tenant_id, count(*) AS findings FROM findings GROUP BY ALL) f USING (tenant_id)
LEFT JOIN (SELECT tenant_id, count(*) AS questions FROM standing_answers GROUP BY ALL) q USING (tenant_id)
LEFT JOIN (SELECT tenant_id, map(list(framework_id), list(score)) AS scores FROM framework_scores
           WHERE score IS NOT NULL GROUP BY ALL) s USING (tenant_id)
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A tenant as its last publication left it: counts by stage, scores by framework."""

    counts: Mapping[Stage, Mapping[str, int]] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)


def standing(environment: Environment) -> dict[str, Standing]:
    """Every tenant of the portfolio; empty if nothing is published."""
    if not database(environment).exists():
        return {}
    return {
        tenant: Standing(
            {
                Stage.DOCUMENTS: {"documents": documents, "unreadable": unreadable},
                Stage.CHUNKS: {"passages_stored": int(passages)},
                Stage.ASSESSMENTS: {"requirements": requirements},
                Stage.STANDING_ANSWERS: {"questions": questions},
                Stage.BLINDSPOT_REPORT: {"findings": findings},
            },
            scores or {},
        )
        for tenant, documents, unreadable, passages, requirements, findings, questions, scores in _ask(
            environment, _STANDING
        )
    }


def of_portfolio(environment: Environment) -> dict[str, Any]:
    """Rows by table, and the scores of each framework over all tenants."""
    counting = " UNION ALL ".join(f"SELECT '{t.name}' AS t, count(*) AS n FROM {t.name}" for t in TABLES)
    counts = _ask(environment, counting)
    return {
        "dagster/row_count": sum(count for _, count in counts),
        "rows": table(counts, ("table", "string", "Report table."), ("rows", "int", "Its current rows.")),
        "scores": table(_ask(environment, _SCORES), *_SCORE_COLUMNS),
    }


_SCORES = """
SELECT framework_id, count(*), count(score), round(min(score), 1), round(median(score), 1),
       round(max(score), 1), round(sum(cost), 4)
FROM framework_scores
LEFT JOIN (SELECT tenant_id, framework_id, sum(cost_usd) AS cost FROM sweeps GROUP BY ALL)
  USING (tenant_id, framework_id)
GROUP BY framework_id ORDER BY framework_id
"""
_SCORE_COLUMNS = (
    ("framework", "string", "Framework."),
    ("tenants", "int", "Tenants that it binds."),
    ("scored", "int", "Those of them that have a score."),
    ("lowest", "float", "Lowest score."),
    ("median", "float", "Median score."),
    ("highest", "float", "Highest score."),
    ("cost_usd", "float", "What judging against it has cost in all."),
)


def table(rows: Iterable[Sequence[Any]], *columns: tuple[str, str, str]) -> dg.TableMetadataValue:
    """Rows as the UI shows tables; ``columns`` are name, type and meaning."""
    names = [name for name, _, _ in columns]
    return dg.MetadataValue.table(
        [dg.TableRecord(dict(zip(names, row, strict=True))) for row in rows],
        schema=dg.TableSchema(columns=[dg.TableColumn(*column) for column in columns]),
    )


def _ask(environment: Environment, sql: str) -> list[list[Any]]:
    return warehouse.query(sql, None, environment.settings.portfolio)[1]
