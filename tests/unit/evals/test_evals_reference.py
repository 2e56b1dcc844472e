"""The reference of the local judge holds answers, is scored anew, and needs no renewal for a new case."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.evals import reference, scorers
from radar_pipeline.evals.values import LOCAL, Run
from tests.support.evaluated import judge_cases, run_of
from tests.support.evaluations import case, subject

CASES = judge_cases(8)


def local(wrong: tuple[int, ...] = ()) -> Run:
    return replace(run_of(CASES, wrong=wrong), subject=subject("rules-4", LOCAL, status="active"))


def test_what_is_written_is_read_with_the_same_scores(tmp_path: Path) -> None:
    run = local(wrong=(2,))
    reference.write(tmp_path, run)
    found = reference.read(tmp_path, CASES)
    assert found.subject == run.subject and found.model == run.model and not found.simulated
    assert [r.scores for r in found.results] == [r.scores for r in run.results]
    assert found.scorers == {s.name: s.sha for s in scorers.for_use_case(run.subject.use_case)}


def test_the_same_answers_are_the_same_lines(tmp_path: Path) -> None:
    first = reference.write(tmp_path, local()).read_text("utf-8")
    later = replace(local(), results=tuple(reversed(local().results)))
    assert reference.write(tmp_path, later).read_text("utf-8") == first
    assert len(first.splitlines()) == len(CASES) + 2 and len(json.loads(first)["answers"]) == len(CASES)


def test_only_cases_in_the_same_form_are_compared(tmp_path: Path) -> None:
    reference.write(tmp_path, local())
    others = [replace(CASES[0], sha="f" * 16), *CASES[1:], case(99)]
    found = reference.read(tmp_path, others)
    assert [r.case.case_id for r in found.results] == [f"case-{n:03d}" for n in range(1, 8)]
    ours, theirs = reference.alike(run_of(others), found)
    assert len(ours.results) == len(theirs.results) == 7 and ours.dataset == theirs.dataset


def test_a_tenants_case_never_comes_into_it(tmp_path: Path) -> None:
    own = replace(
        local(), results=tuple(replace(r, case=replace(r.case, tenant="acme")) for r in local().results)
    )
    assert json.loads(reference.write(tmp_path, own).read_text("utf-8"))["answers"] == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"judge": "rules-4"}', '{"answers": [{"case_id": 1}]}'])
def test_a_damaged_reference_names_the_remedy(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match="There is no"):
        reference.read(tmp_path, CASES)
    path = reference.write(tmp_path, local())
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match="damaged") as caught:
        reference.read(tmp_path, CASES)
    assert reference.ACCEPT in caught.value.remedy
