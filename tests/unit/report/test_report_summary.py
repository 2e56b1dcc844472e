import json
from pathlib import Path

from report_builders import assessment, document, requirement, tables, unreadable

from radar_pipeline.models import Verdict
from radar_pipeline.report.summary import summaries


def test_a_summary_names_the_gravest_with_their_proof():
    requirements = [requirement(f"Art. {n}", importance=(1, 5, 3)[n % 3]) for n in range(9)]
    given = [
        assessment(r, Verdict.CONTRADICTED if n == 1 else Verdict.NOT_ADDRESSED)
        for n, r in enumerate(requirements)
    ]
    rows = tables(
        requirements,
        given,
        (document("doc-a"), unreadable()),
        passage_texts={"p-doc-a": "Something near.", "p-doc-b": "Less near."},
    )
    (summary,) = summaries(
        rows, tenant_name="Meridian", framework_names={"gdpr": "GDPR"}, page=Path("x/index.html")
    )
    assert (summary.tenant, summary.framework, summary.score, summary.first) == (
        "Meridian",
        "GDPR",
        0.0,
        True,
    )
    assert (summary.counts["not_addressed"], summary.counts["contradicted"], summary.unreadable) == (8, 1, 1)
    assert [g.importance for g in summary.gravest] == [5, 5, 5, 3, 3]
    contradiction, blindspot = summary.gravest[0], summary.gravest[1]
    assert contradiction.excerpts[0].stance == "contradicts" and contradiction.searched == ""
    assert blindspot.excerpts[0].text == "Something near." and blindspot.searched.startswith("Searched 240")
    assert blindspot.advice and summary.page == "x/index.html"


def test_a_summary_is_plain_enough_for_json():
    of = requirement()
    (summary,) = summaries(tables([of], [assessment(of)]))
    assert json.loads(json.dumps(summary.as_dict()))["counts"]["covered"] == 1


def test_nothing_published_has_no_summary():
    assert summaries({}) == []
