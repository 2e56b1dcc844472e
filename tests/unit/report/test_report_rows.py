from dataclasses import replace
from datetime import date, datetime

import pytest
from report_builders import (
    AS_OF,
    TENANT,
    assessment,
    document,
    evidence,
    not_applicable,
    publication,
    requirement,
    tables,
    unreadable,
)

from radar_pipeline.models import StandingQuestion, Verdict
from radar_pipeline.questions.answers import Answer, AnswerSentence, State, Unsupported
from radar_pipeline.questions.rows import rows as answer_rows
from radar_pipeline.report.rows import problems, rows
from radar_pipeline.storage import schema

TYPES = {
    "VARCHAR": str,
    "INTEGER": int,
    "BIGINT": int,
    "DOUBLE": float,
    "BOOLEAN": bool,
    "DATE": date,
    "TIMESTAMPTZ": datetime,
}
NULLABLE = {
    ("documents", "reason"),
    ("documents", "effective_date"),
    ("documents", "review_by"),
    ("documents", "approved_on"),
    ("documents", "missing_since"),
    ("assessments", "reason"),
    ("assessments", "suggested_verdict"),
    ("verdict_changes", "from_verdict"),
    ("framework_scores", "score"),
    ("standing_answers", "why"),
    ("standing_answer_sentences", "unsupported"),
}
REQUIREMENTS = [requirement(f"Art. {n}") for n in range(6)]


def everything():
    verdicts = list(Verdict)
    given = [assessment(r, v) for r, v in zip(REQUIREMENTS, verdicts, strict=False)]
    given.append(not_applicable(REQUIREMENTS[5]))
    documents = (document("doc-a"), document("doc-b", review_by=date(2020, 1, 1)), unreadable())
    first = tables(REQUIREMENTS, given, documents)
    changed = [assessment(REQUIREMENTS[0], Verdict.NOT_ADDRESSED), *given[1:]]
    lines = (
        AnswerSentence("It is arranged.", quotes=(evidence(REQUIREMENTS[0]),)),
        AnswerSentence("It is said.", unsupported=Unsupported.NO_SOURCE),
    )
    answer = Answer(StandingQuestion("q", "Is it arranged?"), "0" * 24, State.ANSWERED, lines, AS_OF)
    made = publication(REQUIREMENTS, changed, documents, "20261123T010000.000Z-bbbbbb", first)
    return replace(made, answers=answer_rows(TENANT, [answer]))


def test_every_table_has_rows_of_exactly_its_columns_and_types():
    result = rows(everything())
    assert list(result) == [t.name for t in schema.TABLES]
    for table in schema.TABLES:
        assert result[table.name], table.name
        for row in result[table.name]:
            assert list(row) and row.keys() == {c.name for c in table.columns}
            for column in table.columns:
                _check(table.name, column, row[column.name])


def _check(table, column, value):
    where = (table, column.name)
    if value is None:
        assert where in NULLABLE
    elif column.type.endswith("[]"):
        wanted = TYPES[column.type.removesuffix("[]")]
        assert type(value) is list and all(type(v) is wanted for v in value), where
    else:
        assert type(value) is TYPES[column.type], where
        if column.type == "TIMESTAMPTZ":
            assert value.tzinfo is not None


def test_rows_come_in_key_order_whatever_the_order_of_the_input():
    made = everything()
    shuffled = replace(
        made,
        assessments=made.assessments[::-1],
        documents=made.documents[::-1],
        findings=made.findings[::-1],
        changes=made.changes[::-1],
    )
    assert rows(shuffled) == rows(made)


def test_private_columns_are_filled():
    result = rows(everything())
    assert result["evidence"][0]["quote"] and result["documents"][0]["path"]


def test_the_search_record_carries_text_and_path_of_its_passages():
    made = replace(everything(), passage_texts={"p-doc-a": "What the passage says."})
    row = next(r for r in rows(made)["search_results"] if r["passage_hash"] == "p-doc-a")
    assert (row["text"], row["path"]) == ("What the passage says.", "doc-a.md")


def test_a_row_that_repeats_a_key_is_our_defect_and_stops_the_publication():
    of = requirement()
    twice = assessment(of, evidence=(evidence(of), evidence(of)))
    with pytest.raises(ValueError, match="evidence: 1 rows repeat a key"):
        tables([of], [twice])


def test_problems_name_tables_and_columns_never_values():
    found = problems({"documents": [{"document_id": "SECRET"}], "nonsense": []})
    assert any("documents: columns" in p for p in found) and any("nonsense" in p for p in found)
    assert "SECRET" not in str(found)


def test_a_sweep_counts_what_was_judged_and_what_was_reused():
    a, b, c = REQUIREMENTS[:3]
    given = [assessment(a, cost_usd=0.5), assessment(b, reused=True, cost_usd=0.5), not_applicable(c)]
    (row,) = tables([a, b, c], given)["sweeps"]
    assert (row["judged"], row["reused"], row["cost_usd"]) == (1, 1, 0.5)
