"""The assets ``llm_metrics_daily`` and ``usage_daily``, the check on limits, and their schedule.

They are emitted by the sweep's own step, as ``report_tables`` is: a step of their own would be skipped
whenever a tenant fails, and a failed night is the one whose cost one wants to see. A run without
partitions brings them up to date by itself; the schedule makes one after each day (UTC) has ended.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from radar_pipeline.defs import style
from radar_pipeline.report.budgets import Level, Standing
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.metrics_schema import LLM_METRICS, USAGE
from radar_pipeline.storage.operations.records import Alert
from radar_pipeline.sweep import budgets
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import Stage

LLM_METRICS_DAILY = dg.AssetKey(LLM_METRICS.name)
USAGE_DAILY = dg.AssetKey(USAGE.name)
METRICS = (LLM_METRICS_DAILY, USAGE_DAILY)
BUDGETS_HOLD = dg.AssetCheckKey(USAGE_DAILY, "budgets_hold")
JOB = "daily_metrics"
DAYS_SHOWN = 31  # of the newest, in the table of an asset
LIMITS_SHOWN = 200  # those that press first

Results = Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]

# What the newest day says, as numbers that the UI plots over materialisations.
_PLOTTED = (
    *("attempts", "answered", "failed", "lost", "live_attempts", "batch_attempts", "cached", "cost_usd"),
    *("input_tokens", "output_tokens", "cached_tokens", "error_rate", "peak_per_minute", "mean_per_minute"),
    *("latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "exact_hit_rate", "semantic_hit_rate"),
    *("unsupported_claim_rate", "satisfaction"),
)
_BY_DAY = f"SELECT * FROM llm_by_day LIMIT {DAYS_SHOWN}"
_ROWS = f"SELECT count(*) FROM {LLM_METRICS.name}"
_USED = f"""SELECT day, sum(queries), round(sum(cost_usd), 6), sum(documents), round(sum(megabytes), 6),
    sum(sweeps), sum(judged), sum(reused), count(*) FROM {USAGE.name}
    GROUP BY day ORDER BY day DESC LIMIT 1"""
_USED_NAMES = (
    *("day", "queries", "cost_usd", "documents", "megabytes"),
    *("sweeps", "judged", "reused", "tenants"),
)
_LIMITS = dg.TableSchema(
    columns=[
        dg.TableColumn("scope", "string", "Slug of a tenant, *evaluate for evaluations, * for all."),
        dg.TableColumn("period", "string", "Day or month (UTC)."),
        dg.TableColumn("unit", "string", "usd or queries."),
        dg.TableColumn("used", "float", "What is used."),
        dg.TableColumn("limit", "float", "The most that may be."),
        dg.TableColumn("level", "string", "holds, warning (80%) or reached."),
    ]
)


def specs() -> list[dg.AssetSpec]:
    """Both, made of what assessing left in the ledger; the portfolio's tables hold them."""
    assessed = dg.AssetDep(dg.AssetKey(Stage.ASSESSMENTS.value), partition_mapping=dg.AllPartitionMapping())
    common: dict[str, Any] = {
        "deps": [assessed],
        "owners": style.OWNERS,
        "kinds": {"duckdb", "parquet"},
        "tags": style.SHARED,
        "group_name": "portfolio",
        "skippable": True,
    }
    return [
        dg.AssetSpec(
            LLM_METRICS_DAILY,
            description="Calls of language models by day, tenant, feature, prompt and deployment: attempts, "
            "requests a minute, latency, dollars, tokens, errors, cache hits, unsupported claims, "
            "satisfaction. Failed and lost attempts are in it.",
            metadata=style.metadata(style.table_schema(LLM_METRICS), "metrics.py"),
            **common,
        ),
        dg.AssetSpec(
            USAGE_DAILY,
            description="What each tenant used by day, beside its limits: queries, dollars, documents, "
            "sweeps, requirements.",
            metadata=style.metadata(style.table_schema(USAGE), "metrics.py", "budgets.py"),
            **common,
        ),
    ]


def check_spec() -> dg.AssetCheckSpec:
    """A limit holds back calls by itself; the check only says so."""
    return dg.AssetCheckSpec(
        BUDGETS_HOLD.name,
        asset=USAGE_DAILY,
        description="Every plan's queries and every budget, of tenants, of evaluations of prompts and of all "
        "together, in this day and month (UTC): a warning from 80% on, an error once a call is refused.",
    )


def results(context: dg.AssetExecutionContext, environment: Environment) -> Results:
    """What of the two assets and the check is selected, as the published portfolio and the ledger have it.

    Each warning about a limit is logged once, by whichever run sees it first.
    """
    selected, published = context.selected_asset_keys, _is_published(environment)
    if LLM_METRICS_DAILY in selected and published:
        yield dg.MaterializeResult(asset_key=LLM_METRICS_DAILY, metadata=_of_models(environment))
    if USAGE_DAILY in selected and published:
        yield dg.MaterializeResult(asset_key=USAGE_DAILY, metadata=_of_usage(environment))
    if BUDGETS_HOLD in context.selected_asset_check_keys:
        found = budgets.standing(environment)
        for alert in budgets.tell(environment, found):
            context.log.warning(_said(alert))
        yield checked(found)


def checked(found: Sequence[Standing]) -> dg.AssetCheckResult:
    """The check's answer to how the limits stand."""
    pressing = sorted(
        (s for s in found if s.level is not Level.HOLDS), key=lambda s: s.level is not Level.REACHED
    )
    reached = any(s.level is Level.REACHED for s in pressing)
    shown = [*pressing, *(s for s in found if s.level is Level.HOLDS)][:LIMITS_SHOWN]
    return dg.AssetCheckResult(
        asset_key=BUDGETS_HOLD.asset_key,
        check_name=BUDGETS_HOLD.name,
        passed=not pressing,
        severity=dg.AssetCheckSeverity.ERROR if reached else dg.AssetCheckSeverity.WARN,
        description=" ".join(s.says for s in pressing[:5]) or f"{len(found)} limits hold.",
        metadata={
            "limits": len(found),
            "warnings": sum(s.level is Level.WARNING for s in pressing),
            "reached": sum(s.level is Level.REACHED for s in pressing),
            "standing": dg.MetadataValue.table([_record(s) for s in shown], schema=_LIMITS),
            **({"remedy": pressing[0].remedy} if pressing else {}),
        },
    )


daily_metrics = dg.define_asset_job(
    JOB,
    selection=dg.AssetSelection.assets(*METRICS),
    description="Bring the tables of model calls and usage up to date, and look at the limits.",
)


def daily_schedule() -> dg.ScheduleDefinition:
    """Ten past midnight UTC, when the days that budgets and tables count have just ended.

    On by default: it asks nobody anything and costs a second.
    """
    return dg.ScheduleDefinition(
        name=f"{JOB}_schedule",
        job=daily_metrics,
        cron_schedule="10 0 * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        tags={"radar/trigger": "schedule"},
        description="Brings the tables of model calls and usage up to date after each day (UTC).",
    )


def _is_published(environment: Environment) -> bool:
    return (environment.settings.portfolio / "published" / "radar.duckdb").exists()


def _of_models(environment: Environment) -> dict[str, Any]:
    columns, rows = warehouse.query(_BY_DAY, None, environment.settings.portfolio)
    [[count]] = warehouse.query(_ROWS, None, environment.settings.portfolio)[1]
    newest = dict(zip(columns, rows[0], strict=True)) if rows else {}
    plotted = {name: newest[name] for name in _PLOTTED if newest.get(name) is not None}
    about = {"day": newest["day"]} if newest else {}
    shown = [dict(zip(columns, row, strict=True)) for row in rows]
    named = ("day", *_PLOTTED)
    table = [dg.TableRecord({n: row[n] for n in named}) for row in shown]
    schema = dg.TableSchema(columns=[dg.TableColumn(name) for name in named])
    days = {"days": dg.MetadataValue.table(table, schema=schema)} if table else {}
    return {"dagster/row_count": count, **about, **plotted, **days}


def _of_usage(environment: Environment) -> dict[str, Any]:
    rows = warehouse.query(_USED, None, environment.settings.portfolio)[1]
    newest = dict(zip(_USED_NAMES, rows[0], strict=True)) if rows else {}
    return {name: value for name, value in newest.items() if value is not None}


def _record(standing: Standing) -> dg.TableRecord:
    return dg.TableRecord(
        {
            "scope": standing.scope,
            "period": standing.period,
            "unit": standing.unit,
            "used": float(standing.used),
            "limit": float(standing.limit),
            "level": standing.level.value,
        }
    )


def _said(alert: Alert) -> str:
    refused = alert.level == Level.REACHED.value
    spent = alert.used  # a refusal may come before all is used
    found = Standing(alert.scope, alert.period, alert.unit, spent, spent * 0, alert.limit, refused)
    return f"{found.says} {found.remedy}"
