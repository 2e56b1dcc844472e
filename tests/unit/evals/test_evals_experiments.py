"""The same question always meets the same version, and an experiment says no more than it has shown."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.evals.ab_verdicts import NO_DIFFERENCE, NOT_ENOUGH, Outcome, Verdict, verdict
from radar_pipeline.evals.experiments import MISMATCH, Experiment, arm_of, load, running, sample_ratio
from radar_pipeline.prompts.use_cases import UseCase

FILE = """\
experiments:
  - id: wording
    use_case: judge
    prompt: coverage
    arms: {A: {version: 1.0.0, weight: 3}, B: {version: 1.1.0, weight: 1}}
    minimum_difference: 0.05
    started: 2026-11-01
    ended: 2026-11-20
  - id: wording-again
    use_case: judge
    prompt: coverage
    arms: {A: {version: 1.0.0, weight: 1}, B: {version: 1.1.0, weight: 1}}
    started: 2026-11-20
"""
QUESTIONS = [(f"tenant-{t}", f"gdpr:Art. {r}") for t in range(40) for r in range(50)]


def experiment(weight: float = 1.0, **given: Any) -> Experiment:
    arms = {"A": {"version": "1.0.0", "weight": 1}, "B": {"version": "1.1.0", "weight": weight}}
    own = {"id": "wording", "use_case": "judge", "prompt": "coverage", "arms": arms, "started": "2026-11-01"}
    return Experiment.model_validate(own | given)


def written(folder: Path, text: str = FILE) -> Path:
    (folder / "experiments.yaml").write_text(text, "utf-8")
    return folder


def outcomes(
    a: float, b: float, tenants: int = 20, each: int = 40, spread: float = 0.1
) -> tuple[list[Outcome], dict[Any, int]]:
    """Of every tenant so many questions, half in each arm, right with a chance that differs by tenant."""
    rng = np.random.default_rng(11)
    found = []
    for tenant in range(tenants):
        shift = rng.uniform(-spread, spread)
        for n in range(each):
            chance = (b if n % 2 else a) + shift
            found.append(Outcome("B" if n % 2 else "A", f"t{tenant}", float(rng.random() < chance)))
    return found, {"A": tenants * each // 2, "B": tenants * each // 2}


def said(a: float, b: float, **given: Any) -> Verdict:
    found, questions = outcomes(a, b, **given)
    return verdict(experiment(), found, questions)


def test_a_missing_file_is_no_experiment(tmp_path: Path) -> None:
    assert load(tmp_path) == ()


def test_the_one_that_runs_today_is_found(tmp_path: Path) -> None:
    found = load(written(tmp_path))
    for day, name in ((date(2026, 11, 19), "wording"), (date(2026, 11, 20), "wording-again")):
        one = running(found, UseCase.JUDGE, "coverage", day)
        assert one is not None and one.id == name
    assert running(found, UseCase.JUDGE, "coverage", date(2026, 10, 31)) is None
    assert running(found, UseCase.ASK, "coverage", date(2026, 11, 19)) is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    ended: 2026-11-20\n", "", r"line 8: wording-again: it runs at the same time as wording"),
        ("id: wording-again", "id: wording", r"line 9: wording: the id occurs twice"),
        ("weight: 3", "weight: 0", r"line 5: experiments\.0\.arms\.A\.weight"),
        ("weight: 3", "weight: .inf", r"line 5"),
        ("version: 1.1.0, weight: 1}}\n    min", "version: 1.0.0, weight: 1}}\n    min", "the same version"),
        ("ended: 2026-11-20", "ended: 2026-10-01", "it ended before it started"),
        ("ended: 2026-11-20", "ended: 9999-12-31", "a year lies outside 2000 to 2999"),
        (", B: {version: 1.1.0, weight: 1}}\n    min", "}\n    min", "arms must be A and B"),
        (
            ", B: {version: 1.1.0, weight: 1}}\n    min",
            ", C: {version: 1.1.0, weight: 1}}\n    min",
            "line 5",
        ),
        ("minimum_difference: 0.05", "minimum_difference: 5", "line 6"),
        ("minimum_difference: 0.05", "minimum: 0.05", "line 6"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in FILE
    with pytest.raises(ConfigurationError, match=says) as caught:
        load(written(tmp_path, FILE.replace(old, new, 1)))
    assert "experiments.yaml" in caught.value.message and caught.value.remedy


def test_a_question_always_meets_the_same_arm() -> None:
    drawn = [arm_of(experiment(), *question) for question in QUESTIONS]
    assert drawn == [arm_of(experiment(), *question) for question in QUESTIONS]
    assert arm_of(experiment(), "acme", "gdpr:Art. 5") == "B"  # on every machine and day


def test_the_arms_are_as_large_as_their_weights_say() -> None:
    for weight in (0.1, 1.0, 3.0):
        drawn = [arm_of(experiment(weight), *question) for question in QUESTIONS]
        assert drawn.count("B") / len(drawn) == pytest.approx(weight / (1 + weight), abs=0.03)


def test_more_weight_for_b_moves_questions_only_from_a_to_b() -> None:
    before, after = ([arm_of(experiment(w), *q) for q in QUESTIONS] for w in (0.5, 2.0))
    moved = {(old, new) for old, new in zip(before, after, strict=True) if old != new}
    assert moved == {("A", "B")}


def test_two_experiments_draw_apart_from_each_other() -> None:
    one, other = (
        [arm_of(experiment(id=name), *question) for question in QUESTIONS] for name in ("one", "other")
    )
    same = sum(a == b for a, b in zip(one, other, strict=True))
    assert same / len(QUESTIONS) == pytest.approx(0.5, abs=0.05)


def test_arms_of_the_wrong_size_are_noticed_and_chance_is_not() -> None:
    assert sample_ratio(experiment(), {"A": 1000, "B": 1040}) > MISMATCH
    assert sample_ratio(experiment(), {"A": 1000, "B": 1200}) < MISMATCH
    assert sample_ratio(experiment(3.0), {"A": 250, "B": 750}) == 1.0
    assert sample_ratio(experiment(), {}) == 1.0


def test_a_clear_difference_names_the_better_arm() -> None:
    assert said(0.5, 0.8).says == "B"
    assert said(0.8, 0.5).says == "A"
    found, questions = outcomes(0.5, 0.8)
    lower_is_better = verdict(experiment(), found, questions, metric="disagreement", higher_is_better=False)
    assert lower_is_better.says == "A"


def test_many_like_outcomes_are_no_difference_that_matters() -> None:
    assert said(0.9, 0.9, tenants=40, each=200, spread=0.05).says == NO_DIFFERENCE


def test_few_outcomes_say_how_many_more_are_needed() -> None:
    found = said(0.7, 0.7, tenants=8, each=10)
    assert found.says.startswith(f"{NOT_ENOUGH} (need ")
    assert found.difference.needed is not None and found.difference.needed > 80


def test_outcomes_of_fewer_than_five_tenants_are_never_enough() -> None:
    found = said(0.1, 0.9, tenants=4, each=400)
    assert found.says == f"{NOT_ENOUGH} (need 400)" and found.difference.estimate.low is None


def test_without_outcomes_in_both_arms_nothing_is_told() -> None:
    empty = verdict(experiment(), [], {})
    assert (empty.says, empty.arms["A"].value, empty.difference.estimate.value) == (NOT_ENOUGH, None, None)
    only_a = verdict(experiment(), [Outcome("A", "t1", 1.0)], {"A": 1})
    assert only_a.says == NOT_ENOUGH and only_a.arms["A"].n == 1


def test_outcomes_that_never_vary_are_no_proof() -> None:
    found = said(2.0, 2.0, tenants=6, each=10)
    assert found.says.startswith(NOT_ENOUGH)
    low, high = found.difference.estimate.low, found.difference.estimate.high
    assert low is not None and high is not None and low < -0.1 and high > 0.1


def test_what_one_tenant_alone_saw_is_no_more_certain() -> None:
    found, questions = outcomes(2.0, 2.0, tenants=12, each=20)
    one_wrong = [Outcome("A", "t0", 0.0), *found[1:]]
    told = verdict(experiment(), one_wrong, questions).difference.estimate
    assert told.low is not None and told.low < -0.05


def test_broken_assignment_is_never_a_verdict() -> None:
    found, _ = outcomes(0.5, 0.8)
    told = verdict(experiment(), found, {"A": 400, "B": 700})
    assert told.says == NOT_ENOUGH and not told.balanced


def test_a_verdict_is_provisional_until_the_experiment_has_ended() -> None:
    found, questions = outcomes(0.5, 0.8)
    assert verdict(experiment(), found, questions).provisional
    assert not verdict(experiment(), found, questions, ended=True).provisional


def test_the_order_of_outcomes_changes_nothing() -> None:
    found, questions = outcomes(0.6, 0.7)
    there, back = (verdict(experiment(), list(o), questions) for o in (found, reversed(found)))
    assert there == back
