from dataclasses import replace

import pytest
from report_builders import (
    JUDGE,
    assessment,
    document,
    evidence,
    not_applicable,
    requirement,
    search,
    tables,
    unreadable,
)

from radar_pipeline.models import Cause, Kind, Reason, Stance, Status, Verdict
from radar_pipeline.report.causes import changes, touched_documents

OF = requirement()
A, B, C = document("doc-a"), document("doc-b"), document("doc-c")
BEFORE = assessment(OF, Verdict.NOT_ADDRESSED)
NOW = assessment(OF, Verdict.COVERED)


def change(now=NOW, documents=(A, B), before=BEFORE, earlier=(A, B)):
    (result,) = changes([now], documents, tables([OF], [before], earlier))
    return set(result.causes), set(result.document_ids)


def test_equal_verdicts_are_no_change():
    assert changes([NOW], (A, C), tables([OF], [NOW], (A, B))) == []


def test_the_first_publication_of_a_framework_has_no_changes():
    assert changes([NOW], (A, B), {}) == []
    soc2 = requirement("CC1.1", framework_id="soc2")
    assert changes([assessment(soc2)], (A, B), tables([OF], [NOW], (A, B))) == []


def test_a_requirement_that_the_framework_gained_is_a_change_from_nothing():
    gained = requirement("Art. 99")
    (result,) = changes([NOW, assessment(gained)], (A, B), tables([OF], [NOW], (A, B)))
    assert (result.from_verdict, result.causes) == (None, (Cause.FRAMEWORK,))


def test_a_requirement_that_the_framework_lost_is_a_change_to_nothing():
    kept = requirement("Art. 99")
    (result,) = changes([assessment(kept)], (A, B), tables([OF, kept], [NOW, assessment(kept)], (A, B)))
    assert (result.requirement_id, result.from_verdict, result.to_verdict, result.causes) == (
        OF.requirement_id,
        NOW.verdict,
        None,
        (Cause.FRAMEWORK,),
    )


@pytest.mark.parametrize(
    ("cause", "now"),
    [
        (Cause.FRAMEWORK, replace(NOW, requirement_hash="other")),
        (Cause.SCOPE, not_applicable(OF)),
        (Cause.MODEL, replace(NOW, judge=replace(JUDGE, model="rules@2+minilm"))),
        (Cause.MODEL, replace(NOW, judge=replace(JUDGE, judge="llm"))),
        (Cause.PROMPT, replace(NOW, judge=replace(JUDGE, prompt="assess@2#ab"))),
        (Cause.CALIBRATION, replace(NOW, judge=replace(JUDGE, calibration="calibration@2"))),
        (Cause.EMBEDDER, replace(NOW, embedder="bge", judge=replace(JUDGE, model="rules@1+bge"))),
        (Cause.RETRIEVAL, replace(NOW, retrieval="fusion@2")),
        (Cause.RETRIEVAL, replace(NOW, candidates=("p-doc-a", "p-elsewhere"))),
        (Cause.TIME, NOW),
        (Cause.MODEL, assessment(OF, Verdict.NOT_ASSESSED, reason=Reason.JUDGE_FAILED)),
    ],
)
def test_a_change_without_documents_is_told_by_its_one_cause(cause, now):
    assert change(now) == ({cause}, set())


def joined(document_id):
    return replace(
        NOW,
        candidates=("p-doc-a", f"p-{document_id}"),
        candidate_documents=("doc-a", document_id),
        search=search("doc-a", document_id),
    )


@pytest.mark.parametrize(
    ("cause", "now", "documents", "named"),
    [
        (Cause.DOCUMENT_ADDED, joined("doc-c"), (A, B, C), "doc-c"),
        (Cause.DOCUMENT_REMOVED, replace(NOW, candidates=("p-doc-a",)), (A,), "doc-b"),
        (
            Cause.DOCUMENT_CHANGED,
            replace(NOW, candidates=("p-doc-a", "p-new")),
            (A, replace(B, content_hash="new", version_id="v2")),
            "doc-b",
        ),
        (Cause.DOCUMENT_CHANGED, NOW, (A, replace(B, status=Status.DRAFT)), "doc-b"),
        (Cause.DOCUMENT_CHANGED, NOW, (A, replace(B, kind=Kind.AUDIT_REPORT)), "doc-b"),
        (Cause.PARSER, NOW, (A, replace(B, parser="markdown@2", version_id="v2")), "doc-b"),
        (
            Cause.DOCUMENT_UNREADABLE,
            replace(NOW, candidates=("p-doc-a",)),
            (A, unreadable("doc-b")),
            "doc-b",
        ),
    ],
)
def test_a_document_that_moved_the_candidates_is_named(cause, now, documents, named):
    assert change(now, documents) == ({cause}, {named})


def test_a_document_that_had_no_part_in_it_is_not_blamed():
    assert change(NOW, (A, B, C)) == ({Cause.TIME}, set())


def test_candidates_that_moved_because_of_an_unrelated_document_are_retrievals_doing():
    now = replace(NOW, candidates=("p-doc-a", "p-other"))
    assert change(now, (A, B, C)) == ({Cause.RETRIEVAL}, set())


def test_only_the_document_whose_passages_moved_is_blamed_where_that_is_known():
    changed = (replace(A, content_hash="new"), C)
    unquoted = replace(joined("doc-c"), evidence=())
    assert change(unquoted, changed, earlier=(A, B)) == (
        {Cause.DOCUMENT_ADDED, Cause.DOCUMENT_REMOVED},
        {"doc-b", "doc-c"},
    )
    quoted = joined("doc-c")  # doc-a gives the evidence: a new text of it may well be the reason
    assert change(quoted, changed, earlier=(A, B))[1] == {"doc-a", "doc-b", "doc-c"}


def went(*gone, quoted):
    """What is blamed where documents went that all were candidates, and only some were quoted."""
    rows = [document(d) for d in ("doc-a", *gone)]
    before = replace(
        assessment(OF, Verdict.COVERED, evidence=tuple(evidence(OF, d) for d in quoted)),
        candidates=tuple(f"p-{d}-unlisted" for d in ("doc-a", *gone)),
        candidate_documents=("doc-a", *gone),
    )
    now = replace(
        assessment(OF, Verdict.NOT_ADDRESSED), candidates=("p-doc-a",), candidate_documents=("doc-a",)
    )
    return change(now, (A,), before, tuple(rows))


def test_of_many_candidates_that_went_the_quoted_one_is_named_or_else_all():
    gone = ("doc-b", "doc-c", "doc-d", "doc-e")
    assert went(*gone, quoted=("doc-c",)) == ({Cause.DOCUMENT_REMOVED}, {"doc-c"})
    assert went(*gone, quoted=()) == ({Cause.DOCUMENT_REMOVED}, set(gone))


def test_of_many_candidates_that_came_the_quoted_one_is_named():
    came = [document(d) for d in ("doc-c", "doc-d")]
    now = replace(joined("doc-c"), candidate_documents=("doc-a", "doc-c", "doc-d"), candidates=("p-new",))
    quoted = replace(now, evidence=(evidence(OF, "doc-d"),))
    assert change(quoted, (A, B, *came)) == ({Cause.DOCUMENT_ADDED}, {"doc-d"})
    assert change(replace(now, evidence=()), (A, B, *came))[1] == {"doc-c", "doc-d"}


def test_a_side_of_a_conflict_carries_no_verdict_and_gets_no_blame():
    side = replace(evidence(OF, "doc-c"), stance=Stance.CONFLICTS)
    before = assessment(OF, Verdict.NOT_ADDRESSED, evidence=(side,))
    assert change(NOW, (A, B), before, (A, B, C)) == ({Cause.TIME}, set())


def test_a_quoted_document_that_changed_is_blamed_even_outside_the_candidates():
    before = assessment(OF, Verdict.COVERED, evidence=(evidence(OF, "doc-c"),))
    now = assessment(OF, Verdict.NOT_ADDRESSED)
    assert change(now, (A, B), before, (A, B, C)) == ({Cause.DOCUMENT_REMOVED}, {"doc-c"})


def test_a_lost_document_explains_a_verdict_withheld_and_one_regained():
    withheld = assessment(OF, Verdict.NOT_ASSESSED, reason=Reason.UNREADABLE_DOCUMENTS)
    lost = (A, B, unreadable("doc-c"))
    expected = ({Cause.DOCUMENT_UNREADABLE}, {"doc-c"})
    assert change(withheld, lost, BEFORE, (A, B, C)) == expected
    assert change(withheld, lost, BEFORE, (A, B)) == expected
    moved = replace(withheld, candidates=("p-doc-a", "p-other"))
    assert change(moved, lost, BEFORE, (A, B, C)) == expected
    assert change(BEFORE, (A, B, C), withheld, lost) == ({Cause.DOCUMENT_CHANGED}, {"doc-c"})
    assert change(BEFORE, (A, B), withheld, lost) == ({Cause.DOCUMENT_REMOVED}, {"doc-c"})


def test_an_emptied_corpus_is_explained_by_the_documents_that_went():
    now = assessment(
        OF, Verdict.NOT_ASSESSED, reason=Reason.NO_CORPUS, candidates=(), candidate_documents=(), evidence=()
    )
    assert change(now, ()) == ({Cause.DOCUMENT_REMOVED}, {"doc-a", "doc-b"})


def test_a_file_that_never_could_be_read_does_not_count_as_touched_again():
    earlier = tables([OF], [NOW], (A, unreadable("doc-x")))["documents"]
    assert touched_documents(earlier, (A, unreadable("doc-x"))) == {}


def test_several_causes_are_all_told_in_the_order_of_the_closed_set():
    now = replace(joined("doc-c"), requirement_hash="other", retrieval="fusion@2")
    (result,) = changes([now], (A, B, C), tables([OF], [BEFORE], (A, B)))
    assert result.causes == (Cause.DOCUMENT_ADDED, Cause.RETRIEVAL, Cause.FRAMEWORK)
