import pytest
from report_builders import FRAMEWORK, assessment, not_applicable, requirement

from radar_pipeline.models import Applicability, Verdict
from radar_pipeline.report.scores import FORMULA, score

REQUIREMENTS = [requirement(f"Art. {n}", importance=i) for n, i in enumerate((5, 3, 2, 1, 5, 1))]


def scored(*verdicts: Verdict | None):
    known = REQUIREMENTS[: len(verdicts)]
    given = [assessment(r, v) for r, v in zip(known, verdicts, strict=True) if v is not None]
    return score(FRAMEWORK, known, given)


def test_the_score_weighs_verdicts_by_importance():
    result = scored(Verdict.COVERED, Verdict.PARTIAL, Verdict.CONTRADICTED, Verdict.NOT_ADDRESSED)
    assert result.score == pytest.approx(100 * (5 + 1.5) / 11)
    assert (result.importance, result.importance_not_assessed, result.formula) == (11, 0, FORMULA)
    assert result.counts == {
        Verdict.COVERED: 1,
        Verdict.PARTIAL: 1,
        Verdict.CONTRADICTED: 1,
        Verdict.NOT_ADDRESSED: 1,
        Verdict.NOT_ASSESSED: 0,
    }


def test_what_was_not_assessed_neither_lifts_nor_lowers_the_score():
    result = scored(Verdict.COVERED, Verdict.COVERED, Verdict.NOT_ASSESSED)  # 2 of 10: 20% exactly
    assert (result.score, result.importance_not_assessed) == (100.0, 2)


def test_there_is_no_score_when_more_than_a_fifth_of_the_importance_is_not_assessed():
    result = scored(Verdict.COVERED, Verdict.NOT_ASSESSED, Verdict.COVERED, Verdict.COVERED)  # 3 of 11
    assert result.score is None
    assert result.counts[Verdict.COVERED] == 3


def test_a_requirement_without_an_assessment_counts_as_not_assessed():
    result = scored(Verdict.COVERED, None)
    assert (result.score, result.importance_not_assessed) == (None, 3)


def test_there_is_no_score_of_nothing():
    assert score(FRAMEWORK, [], []).score is None
    only = requirement()
    result = score(FRAMEWORK, [only], [not_applicable(only)])
    assert (result.score, result.importance, result.not_applicable) == (None, 0, 1)
    assert sum(result.counts.values()) == 0


def test_what_does_not_apply_is_left_out_and_unknown_applicability_counts():
    known = REQUIREMENTS[:3]
    given = [
        assessment(known[0], Verdict.COVERED),
        not_applicable(known[1]),
        assessment(known[2], Verdict.NOT_ADDRESSED, applicability=Applicability.UNKNOWN),
    ]
    result = score(FRAMEWORK, known, given)
    assert result.score == pytest.approx(100 * 5 / 7)
    assert (result.importance, result.not_applicable) == (7, 1)


def test_other_frameworks_do_not_leak_into_a_score():
    other = requirement("CC1.1", framework_id="soc2")
    mine = requirement()
    given = [assessment(mine, Verdict.COVERED), assessment(other, Verdict.NOT_ADDRESSED)]
    assert score(FRAMEWORK, [mine, other], given).score == 100.0
