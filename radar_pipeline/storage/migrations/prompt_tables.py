"""Step 7 of the portfolio: prompts, their evaluations and what analysts said."""

PORTFOLIO: tuple[str, ...] = (
    "CREATE TABLE prompt_versions (use_case VARCHAR, name VARCHAR, variant VARCHAR, version VARCHAR, "
    "prompt_key VARCHAR, prompt_ref VARCHAR, sha VARCHAR, status VARCHAR, status_history VARCHAR[], "
    'first_seen_at TIMESTAMPTZ, "commit" VARCHAR, owner VARCHAR, framework VARCHAR, route VARCHAR, '
    "description VARCHAR, changelog VARCHAR[], evaluation VARCHAR, n INTEGER, dataset VARCHAR, accuracy"
    " DOUBLE, accuracy_low DOUBLE, accuracy_high DOUBLE, citation_rate DOUBLE, citation_rate_low "
    "DOUBLE, citation_rate_high DOUBLE, hallucination_rate DOUBLE, hallucination_rate_low DOUBLE, "
    "hallucination_rate_high DOUBLE, latency_p50_ms DOUBLE, latency_p50_ms_low DOUBLE, "
    "latency_p50_ms_high DOUBLE, latency_p95_ms DOUBLE, latency_p95_ms_low DOUBLE, latency_p95_ms_high "
    "DOUBLE, cost_per_request_usd DOUBLE, cost_per_request_usd_low DOUBLE, cost_per_request_usd_high "
    "DOUBLE, satisfaction DOUBLE, satisfaction_low DOUBLE, satisfaction_high DOUBLE, evaluated_model "
    "VARCHAR, judge_version VARCHAR, evaluated_on DATE)",
    "CREATE TABLE prompt_eval_results (run_id VARCHAR, tenant_id VARCHAR, use_case VARCHAR, prompt_key "
    "VARCHAR, prompt_ref VARCHAR, model VARCHAR, dataset VARCHAR, case_id VARCHAR, case_sha VARCHAR, "
    "source VARCHAR, severity VARCHAR, tags VARCHAR[], repeat INTEGER, scorer VARCHAR, scorer_sha "
    "VARCHAR, value DOUBLE, passed BOOLEAN, answer VARCHAR, error VARCHAR, simulated BOOLEAN, "
    "evaluated_at TIMESTAMPTZ)",
    "CREATE TABLE prompt_eval_scores (run_id VARCHAR, use_case VARCHAR, prompt_key VARCHAR, prompt_ref "
    "VARCHAR, model VARCHAR, dataset VARCHAR, metric VARCHAR, value DOUBLE, low DOUBLE, high DOUBLE, n "
    "INTEGER, clusters INTEGER, unasked INTEGER, simulated BOOLEAN, evaluated_at TIMESTAMPTZ)",
    "CREATE TABLE prompt_comparison (use_case VARCHAR, candidate VARCHAR, active VARCHAR, metric "
    "VARCHAR, difference DOUBLE, low DOUBLE, high DOUBLE, n INTEGER, clusters INTEGER, needed INTEGER, "
    "gate_passed BOOLEAN, gate_says VARCHAR, simulated BOOLEAN, compared_at TIMESTAMPTZ)",
    "CREATE TABLE prompt_ab_results (experiment VARCHAR, arm VARCHAR, use_case VARCHAR, prompt_ref "
    "VARCHAR, weight DOUBLE, assigned INTEGER, sample_ratio_p DOUBLE, metric VARCHAR, value DOUBLE, low"
    " DOUBLE, high DOUBLE, n INTEGER, clusters INTEGER, verdict VARCHAR, computed_at TIMESTAMPTZ)",
    "CREATE TABLE assessment_feedback (tenant_id VARCHAR, framework_id VARCHAR, requirement_id VARCHAR,"
    " opinion VARCHAR, suggested_verdict VARCHAR, verdict_then VARCHAR, confidence_then DOUBLE, judge "
    "VARCHAR, prompt_ref VARCHAR, given_by VARCHAR, given_at TIMESTAMPTZ)",
)
