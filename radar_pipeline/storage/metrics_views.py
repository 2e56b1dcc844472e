"""The views of how language models were used, only in the portfolio."""

from radar_pipeline.storage.metrics_schema import LLM_ROLLUPS, USAGE
from radar_pipeline.storage.schema import Column
from radar_pipeline.storage.view import View, field, kept

_DIMENSIONS = ("feature", "prompt_ref", "alias")  # and tenant_id, which every view names


def _level(name: str, level: str, comment: str, *shown: str) -> View:
    """One level of llm_rollups_daily, with the tenant and those dimensions that are not all of them."""
    hidden = {"level", *_DIMENSIONS} - set(shown)
    columns: tuple[Column, ...] = tuple(c for c in LLM_ROLLUPS.columns if c.name not in hidden)
    order = ", ".join(f"r.{column}" for column in shown)
    return View(
        name,
        f"{comment} The newest day first.",
        kept("r", *columns),
        source="llm_rollups_daily r",
        where=f"r.level = '{level}'",
        order=f"r.day DESC{', ' + order if order else ''}",
        current="",
        portfolio_only=True,
    )


_USED = "sum(u.{0}) OVER w"

USAGE_TO_DATE = View(
    "usage_to_date",
    "What each tenant used in the month up to each day, and which share of its limits that is. The newest "
    "day first.",
    (
        *kept("u", *(c for c in USAGE.columns if c.name in ("day", "tenant_id", "queries", "cost_usd"))),
        field(
            "queries_month",
            "BIGINT",
            f"CAST({_USED.format('queries')} AS BIGINT)",
            "Queries of the month (UTC) up to the day.",
        ),
        *kept("u", *(c for c in USAGE.columns if c.name == "queries_per_month")),
        field(
            "queries_share",
            "DOUBLE",
            f"round({_USED.format('queries')} / nullif(u.queries_per_month, 0), 6)",
            "queries_month / queries_per_month; NULL without limit.",
        ),
        field(
            "cost_usd_month",
            "DOUBLE",
            f"round({_USED.format('cost_usd')}, 6)",
            "Dollars of the month (UTC) up to the day.",
        ),
        *kept("u", *(c for c in USAGE.columns if c.name in ("usd_per_day", "usd_per_month"))),
        field(
            "usd_share",
            "DOUBLE",
            f"round({_USED.format('cost_usd')} / nullif(u.usd_per_month, 0), 6)",
            "cost_usd_month / usd_per_month; NULL without limit.",
        ),
    ),
    source="usage_daily u",
    tail="WINDOW w AS (PARTITION BY u.tenant_id, date_trunc('month', u.day) ORDER BY u.day)",
    order="u.day DESC, u.tenant_id",
    current="",
    portfolio_only=True,
)

METRICS_VIEWS: tuple[View, ...] = (
    _level("llm_by_day", "day", "Calls of language models by day, all tenants together."),
    _level("llm_by_tenant", "tenant", "Calls of language models by day and tenant.", "tenant_id"),
    _level("llm_by_prompt", "prompt", "Calls of language models by day and prompt.", "feature", "prompt_ref"),
    _level("llm_by_deployment", "deployment", "Calls of language models by day and deployment.", "alias"),
    USAGE_TO_DATE,
)
