"""Step 6 of the report tables, the part that makes the tables of standing answers. Never edited later."""

_VALIDITY = "valid_from_sweep VARCHAR, valid_to_sweep VARCHAR"

TENANT = (
    "CREATE TABLE standing_answers_history (tenant_id VARCHAR, question_id VARCHAR, question VARCHAR, "
    "question_hash VARCHAR, answer_id VARCHAR, state VARCHAR, why VARCHAR, note VARCHAR, "
    "not_answered VARCHAR, sentences INTEGER, unsupported INTEGER, quotes INTEGER, model VARCHAR, "
    "prompt_ref VARCHAR, answered_on DATE, tokens_in BIGINT, tokens_out BIGINT, "
    f"cost_usd DOUBLE, {_VALIDITY})",
    "CREATE TABLE standing_answer_sentences_history (tenant_id VARCHAR, question_id VARCHAR, "
    "ordinal INTEGER, kind VARCHAR, text VARCHAR, unsupported VARCHAR, assessments VARCHAR[], "
    f"quotes INTEGER[], {_VALIDITY})",
    "CREATE TABLE standing_answer_quotes_history (tenant_id VARCHAR, question_id VARCHAR, "
    "evidence_id VARCHAR, number INTEGER, document_id VARCHAR, version_id VARCHAR, path VARCHAR, "
    "page INTEGER, heading_path VARCHAR[], start_offset BIGINT, end_offset BIGINT, quote VARCHAR, "
    f"citation VARCHAR, ocr BOOLEAN, noisy BOOLEAN, quote_hash VARCHAR, {_VALIDITY})",
)
PORTFOLIO = (
    "CREATE TABLE standing_answers_history (tenant_id VARCHAR, question_id VARCHAR, "
    "question_hash VARCHAR, answer_id VARCHAR, state VARCHAR, why VARCHAR, sentences INTEGER, "
    "unsupported INTEGER, quotes INTEGER, model VARCHAR, prompt_ref VARCHAR, "
    f"answered_on DATE, tokens_in BIGINT, tokens_out BIGINT, cost_usd DOUBLE, {_VALIDITY})",
    "CREATE TABLE standing_answer_sentences_history (tenant_id VARCHAR, question_id VARCHAR, "
    "ordinal INTEGER, kind VARCHAR, unsupported VARCHAR, assessments VARCHAR[], quotes INTEGER[], "
    f"{_VALIDITY})",
    "CREATE TABLE standing_answer_quotes_history (tenant_id VARCHAR, question_id VARCHAR, "
    "evidence_id VARCHAR, number INTEGER, document_id VARCHAR, version_id VARCHAR, page INTEGER, "
    "start_offset BIGINT, end_offset BIGINT, ocr BOOLEAN, noisy BOOLEAN, quote_hash VARCHAR, "
    f"{_VALIDITY})",
)
