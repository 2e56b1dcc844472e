"""The tables of how language models were used: by day (UTC), only in the portfolio.

Numbers and ids, made from the operations store, and to be made from it again at any time: the rows of
the last days are computed at each load of the portfolio, those of earlier days stay. Percentiles, peaks
and rates do not add; ``llm_rollups_daily`` has them for days, tenants, features, prompts and deployments
as wholes.
"""

from radar_pipeline.storage.schema import Column, Life, Table

WHOLE = "*"  # in a column of llm_rollups_daily: all of them together

DAY = Column("day", "DATE", "Day (UTC) in which the attempts began.")
FEATURE = Column("feature", "VARCHAR", "What was asked for: judge, ask, evaluate, decompose or embed.")
PROMPT = Column("prompt_ref", "VARCHAR", "name@version#sha of the prompt; empty for embeddings.")
ALIAS = Column("alias", "VARCHAR", "Deployment, as models.yaml names it.")
PROVIDER = Column("provider", "VARCHAR", "Its provider, as models.yaml names it.")
MODEL = Column("model", "VARCHAR", "Its model, as the provider names it in its answers.")
WHO = Column("tenant_id", "VARCHAR", "Slug of the tenant; empty for calls that all share.")

_MEASURES = (
    Column("requests", "BIGINT", "Questions: all attempts at one count once. Does not add over rows."),
    Column("attempts", "BIGINT", "Requests made of the provider, live or in a batch; none from the cache."),
    Column("answered", "BIGINT", "Attempts that gave an answer."),
    Column("failed", "BIGINT", "Attempts that gave none; why is in llm_errors_daily."),
    Column("lost", "BIGINT", "Attempts cut short, as by a kill: counted as if billed in full."),
    Column("unsettled", "BIGINT", "Attempts under way when the row was computed."),
    Column("error_rate", "DOUBLE", "failed / (answered + failed), 0 to 1; NULL without either."),
    Column("live_attempts", "BIGINT", "Attempts that were not part of a batch."),
    Column("batch_attempts", "BIGINT", "Attempts that were, at the batch price."),
    Column("cached", "BIGINT", "Answers from the response cache, for nothing."),
    Column("peak_per_minute", "BIGINT", "Most live attempts begun in one minute of the clock; NULL without."),
    Column(
        "mean_per_minute",
        "DOUBLE",
        "Live attempts begun, by minute of the clock, over the minutes in which any was; NULL without.",
    ),
    Column("latencies", "BIGINT", "Live attempts, answered or failed, whose duration was measured."),
    Column(
        "latency_p50_ms",
        "DOUBLE",
        "Median of their durations in milliseconds; NULL without. Percentiles interpolate linearly "
        "between raw values, as quantile_cont does, and do not add over rows.",
    ),
    Column("latency_p95_ms", "DOUBLE", "Their 95th percentile."),
    Column("latency_p99_ms", "DOUBLE", "Their 99th percentile."),
    Column("cost_usd", "DOUBLE", "US dollars, failed and lost attempts included."),
    Column("input_tokens", "BIGINT", "Tokens sent, cached ones included."),
    Column("output_tokens", "BIGINT", "Tokens answered."),
    Column("cached_tokens", "BIGINT", "Tokens sent that the provider had in its own prompt cache."),
    Column("cache_write_tokens", "BIGINT", "Tokens sent that it put there."),
    Column("cache_lookups", "BIGINT", "Questions for which the response cache was asked."),
    Column("exact_hits", "BIGINT", "Those it answered with the answer to the same question."),
    Column("semantic_hits", "BIGINT", "Those it answered with the answer to a question that means the same."),
    Column("exact_hit_rate", "DOUBLE", "exact_hits / cache_lookups, 0 to 1; NULL without lookups."),
    Column("semantic_hit_rate", "DOUBLE", "semantic_hits / cache_lookups; NULL without lookups."),
    Column("claims", "BIGINT", "Claims in the answers, as far as they were counted."),
    Column("claims_unsupported", "BIGINT", "Those that no verified quote supports."),
    Column("unsupported_claim_rate", "DOUBLE", "claims_unsupported / claims, 0 to 1; NULL without claims."),
)
_SATISFACTION = "Share of yes in what people said of the day's answers (ask) or assessments (judge), 0 to 1"

LLM_METRICS = Table(
    "llm_metrics_daily",
    "Calls of language models by day, tenant, feature, prompt and deployment. Counts, tokens and dollars "
    "add over rows; percentiles, peaks and rates do not: see llm_rollups_daily.",
    Life.DAILY,
    ("day", "tenant_id", "feature", "prompt_ref", "alias", "provider", "model"),
    (
        DAY,
        WHO,
        FEATURE,
        PROMPT,
        ALIAS,
        PROVIDER,
        MODEL,
        *_MEASURES,
        Column(
            "satisfaction",
            "DOUBLE",
            f"{_SATISFACTION}; of the tenant and feature, equal in all their rows; NULL without feedback.",
        ),
    ),
    scoped=False,
)
LLM_ROLLUPS = Table(
    "llm_rollups_daily",
    "The same for wholes, computed from the calls and not from other rows: each level counts every call "
    "again, so choose one. The views llm_by_day, llm_by_tenant, llm_by_prompt and llm_by_deployment do.",
    Life.DAILY,
    ("day", "level", "tenant_id", "feature", "prompt_ref", "alias"),
    (
        DAY,
        Column("level", "VARCHAR", "day, tenant, feature, tenant_feature, prompt or deployment."),
        Column("tenant_id", "VARCHAR", "Slug of the tenant, empty for calls that all share; * for all."),
        Column("feature", "VARCHAR", "judge, ask, evaluate, decompose or embed; * for all."),
        Column("prompt_ref", "VARCHAR", "name@version#sha of the prompt; * for all."),
        Column("alias", "VARCHAR", "Deployment, as models.yaml names it; * for all."),
        *_MEASURES,
        Column("feedback_up", "BIGINT", "How often people said yes; NULL at levels prompt and deployment."),
        Column("feedback_down", "BIGINT", "How often they said no; NULL at levels prompt and deployment."),
        Column("satisfaction", "DOUBLE", f"{_SATISFACTION}; NULL without feedback."),
    ),
    scoped=False,
)
LLM_ERRORS = Table(
    "llm_errors_daily",
    "Failed attempts by kind of error. Divided by attempts in llm_metrics_daily: the error rate by type.",
    Life.DAILY,
    ("day", "tenant_id", "feature", "prompt_ref", "alias", "provider", "model", "error_class"),
    (
        DAY,
        WHO,
        FEATURE,
        PROMPT,
        ALIAS,
        PROVIDER,
        MODEL,
        Column("error_class", "VARCHAR", "Kind of error, such as rate_limit, timeout or invalid_answer."),
        Column("attempts", "BIGINT", "Attempts that failed so."),
    ),
    scoped=False,
)
USAGE = Table(
    "usage_daily",
    "What each tenant used in a day: model queries and dollars beside the limits, documents, sweeps and "
    "requirements. A day on which a tenant used nothing has no row.",
    Life.DAILY,
    ("day", "tenant_id"),
    (
        Column("day", "DATE", "Day (UTC)."),
        WHO,
        Column("queries", "BIGINT", "Answers of language models that count for the plan."),
        Column(
            "queries_per_month",
            "BIGINT",
            "What the plan allows in a month. Limits are those in force when the row was computed last, "
            "up to three days later; NULL is without limit.",
        ),
        Column("cost_usd", "DOUBLE", "US dollars spent on calls that began on the day."),
        Column("usd_per_day", "DOUBLE", "Most dollars a day for this tenant."),
        Column("usd_per_month", "DOUBLE", "Most dollars a month for this tenant."),
        Column("all_usd_per_day", "DOUBLE", "Most dollars a day for all tenants together."),
        Column("all_usd_per_month", "DOUBLE", "Most dollars a month for all tenants together."),
        Column("documents", "BIGINT", "Documents at the day's last sweep that had work; NULL without one."),
        Column("megabytes", "DOUBLE", "Size of their files in millions of bytes; NULL without one."),
        Column("sweeps", "BIGINT", "Sweeps that assessed the tenant: an unchanged night is none."),
        Column("judged", "BIGINT", "Requirements that they judged anew."),
        Column("reused", "BIGINT", "Requirements whose judgement they reused."),
    ),
    scoped=False,
)

DAILY: tuple[Table, ...] = (LLM_METRICS, LLM_ROLLUPS, LLM_ERRORS, USAGE)
