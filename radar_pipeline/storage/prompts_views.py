"""The views of how good prompts are, only in the portfolio."""

from radar_pipeline.storage.prompts_schema import PROMPT_VERSIONS, RESULTS, SCORES
from radar_pipeline.storage.schema import BY_NAME, Column, Table
from radar_pipeline.storage.view import View, field, kept


def _of(table: Table, *names: str) -> tuple[Column, ...]:
    """Columns of a table by name, in the order named."""
    known = {column.name: column for column in table.columns}
    return tuple(known[name] for name in names)


_STATUS = field(
    "status", "VARCHAR", "v.status", "draft, active or deprecated; NULL for content that is no longer there."
)

PROMPT_SCORES_NOW = View(
    "prompt_scores_now",
    "Every score of the newest run, live and simulated, of each version.",
    (
        *kept("s", *_of(SCORES, "use_case", "prompt_key", "prompt_ref")),
        _STATUS,
        *kept("s", *_of(SCORES, "metric", "value", "low", "high", "n", "clusters", "unasked")),
        *kept("s", *_of(SCORES, "model", "dataset", "simulated", "run_id", "evaluated_at")),
    ),
    source="prompt_eval_scores s LEFT JOIN prompt_versions v ON v.prompt_ref = s.prompt_ref",
    tail="QUALIFY rank() OVER (PARTITION BY s.use_case, s.prompt_key, s.simulated "
    "ORDER BY s.evaluated_at DESC, s.run_id DESC) = 1",
    order="s.use_case, s.prompt_key, s.prompt_ref, s.simulated, s.metric",
    current="",
    portfolio_only=True,
)

PROMPT_FAILING_CASES = View(
    "prompt_failing_cases",
    "The cases that each version gets wrong in its newest run: critical ones first.",
    (
        *kept("r", *_of(RESULTS, "use_case", "prompt_key", "prompt_ref")),
        _STATUS,
        *kept("r", *_of(RESULTS, "tenant_id", "case_id", "severity", "source", "tags")),
        field("repeats", "BIGINT", "count(DISTINCT r.repeat)", "In how many of its repeats it fails."),
        field(
            "answer",
            "VARCHAR",
            "coalesce(max(r.answer) FILTER (r.scorer = 'verdict_match'), '')",
            "The verdict that was given; empty where another question was asked, and for a tenant's case.",
        ),
        field("error", "VARCHAR", "max(r.error)", "Kind of error where no answer came; empty otherwise."),
        *kept("r", *_of(RESULTS, "model", "simulated", "run_id", "evaluated_at")),
    ),
    source="prompt_eval_results r LEFT JOIN prompt_versions v ON v.prompt_ref = r.prompt_ref",
    where="NOT r.passed",
    tail="GROUP BY ALL",
    order="min(list_position(['critical', 'major', 'minor'], r.severity)), r.use_case, r.prompt_key, "
    "r.prompt_ref, r.simulated, r.tenant_id, r.case_id",
    current="",
    portfolio_only=True,
)

PROMPTS_IN_REPORTS = View(
    "prompts_in_reports",
    "Which versions the assessments in force come from, by tenant and framework, and how good those are. A "
    "prompt that is no longer there, or whose content has changed, has no record.",
    (
        *kept("a", *_of(BY_NAME["assessments"], "tenant_id", "framework_id", "judge", "prompt_ref")),
        field("prompt_key", "VARCHAR", "v.prompt_key", "name@version; NULL if it is not known here."),
        _STATUS,
        field("assessments", "BIGINT", "count(*)", "Requirements that it assessed."),
        field(
            "withheld",
            "BIGINT",
            "count(*) FILTER (a.verdict = 'not_assessed')",
            "Those of them without a verdict.",
        ),
        field(
            "mean_confidence",
            "DOUBLE",
            "round(avg(a.confidence) FILTER (a.verdict <> 'not_assessed'), 6)",
            "Mean confidence of the verdicts, 0 to 1; NULL without one.",
        ),
        field(
            "evaluation",
            "VARCHAR",
            "coalesce(v.evaluation, 'not evaluated')",
            "The version's record in one line, or 'not evaluated'.",
        ),
        *kept("v", *_of(PROMPT_VERSIONS, "accuracy", "accuracy_low", "accuracy_high")),
        *kept("v", *_of(PROMPT_VERSIONS, "citation_rate", "hallucination_rate", "evaluated_on")),
    ),
    source="assessments a LEFT JOIN prompt_versions v ON CASE a.judge "
    "WHEN 'local' THEN v.name = 'local' AND starts_with(v.evaluated_model, a.judge_model || ' ') "
    "ELSE v.prompt_ref = a.prompt_ref END",
    where="a.applicability <> 'not_applicable'",
    tail="GROUP BY ALL",
    order="a.tenant_id, a.framework_id, assessments DESC, a.judge, a.prompt_ref",
    current="a",
    portfolio_only=True,
)

PROMPTS_VIEWS: tuple[View, ...] = (PROMPT_SCORES_NOW, PROMPT_FAILING_CASES, PROMPTS_IN_REPORTS)
