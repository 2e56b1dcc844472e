"""What an experiment has shown: by what analysts said, by what was withheld, and if it can be believed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from radar_pipeline.console.experiment_commands import experiments
from radar_pipeline.evals.ab_verdicts import NOT_ENOUGH
from radar_pipeline.llm.fake import FakeServer
from radar_pipeline.sweep import experimenting, trials
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.tenancy import erase
from tests.support import feeding, trying
from tests.support.models import auditor, with_models
from tests.support.trying import REFS, Trying, drawn, entry, opinion, ref_of, rows, write
from tests.support.world import UNRELATED

A, B = ref_of("1.0.0"), ref_of("1.1.0")
TENANTS = ("acme", "beta", "corvid", "delta", "ember", "fable")


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with FakeServer(auditor(), None) as running:
        yield running


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, server: FakeServer) -> Path:
    return trying.swept(tmp_path_factory.mktemp("begun"), server, *TENANTS, experiment=True)


@pytest.fixture
def tried(begun: Path, tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Trying:
    """Six tenants after the first night of an experiment."""
    return Trying(with_models(feeding.copy_of(begun, tmp_path), server, monkeypatch), server)


def judged(tried: Trying, of_a: str, of_b: str, **given: Any) -> None:
    """Analysts of every tenant say the one of each of A's verdicts, the other of B's."""
    found = ((slug, row) for slug in TENANTS for row in rows(tried.world, slug).values())
    tried.give(
        *(opinion(slug, row, of_a if row["prompt_ref"] == A else of_b, **given) for slug, row in found)
    )


def test_feedback_becomes_a_verdict_in_the_portfolio_that_later_nights_keep(tried: Trying) -> None:
    before = {row["verdict"] for row in tried.table() if row["metric"] == "agreement"}
    assert before == {NOT_ENOUGH}
    judged(tried, "disagree", "agree")
    tried.world.write("acme", "menu.md", UNRELATED)
    tried.sweep()
    found = {(row["metric"], row["arm"]): row for row in tried.table()}
    assert found["agreement", "A"]["value"] == 0.0 and found["agreement", "B"]["value"] == 1.0
    assert {found[metric, arm]["verdict"] for metric in ("agreement", "disagreement") for arm in "AB"} == {
        "B"
    }
    assert (found["agreement", "A"]["prompt_ref"], found["agreement", "A"]["weight"]) == (A, 0.5)
    assert found["agreement", "B"]["clusters"] == len(TENANTS)
    tried.world.write("acme", "menu.md", UNRELATED * 2)
    tried.sweep()
    assert [row["verdict"] for row in tried.table()] == [row["verdict"] for row in found.values()]


def test_every_requirement_is_counted_with_the_arm_that_judged_it(tried: Trying) -> None:
    [experiment] = write(tried.world.data, entry())
    wanted = {arm: sum(len(drawn(experiment, slug, arm)) for slug in TENANTS) for arm in ("A", "B")}
    found = tried.shown()
    assert found.assigned == wanted and sum(wanted.values()) == len(REFS) * len(TENANTS)
    withheld = found.verdicts["withheld"].arms
    assert withheld["A"].n == wanted["A"] and withheld["B"].n == wanted["B"]


def test_a_tenant_that_no_night_has_reached_yet_does_not_count_for_either_arm(tried: Trying) -> None:
    write(tried.world.data, entry((1, 3)))
    assert tried.shown().assigned == {"A": 0, "B": 0} and tried.shown().verdicts["agreement"].balanced
    tried.world.sweep("acme", change=trying.patient)
    assert sum(tried.shown().assigned.values()) == len(REFS)


def test_an_experiment_that_has_ended_shows_what_it_showed_on_its_last_night(
    tried: Trying, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(tried, "disagree", "agree")
    before = tried.shown()
    write(tried.world.data)
    tried.sweep()
    assert tried.table() == [] and set(tried.prompts().values()) == {A}
    write(tried.world.data, entry(ended=date(2199, 1, 1)))
    monkeypatch.setattr(trials, "today", lambda _: date(2199, 1, 1))
    after = tried.shown()
    assert after.state == "ended" and (after.refs, after.assigned) == (before.refs, before.assigned)
    assert {m: v.says for m, v in after.verdicts.items()} == {m: v.says for m, v in before.verdicts.items()}
    assert not after.verdicts["agreement"].provisional and before.verdicts["agreement"].provisional


def test_a_word_from_before_the_experiment_does_not_count(tried: Trying) -> None:
    judged(tried, "agree", "agree", at=datetime(2019, 6, 1, tzinfo=UTC))
    assert tried.shown().verdicts["agreement"].arms["A"].n == 0


def test_a_word_on_what_the_other_version_once_said_of_it_does_not_count(tried: Trying) -> None:
    row = next(row for row in rows(tried.world, "acme").values() if row["prompt_ref"] == B)
    tried.give(opinion("acme", row | {"prompt_ref": A}, "disagree"))
    assert {arm.n for arm in tried.shown().verdicts["disagreement"].arms.values()} == {0}


def test_an_abstention_is_withheld_and_nothing_to_agree_with(tried: Trying) -> None:
    row = next(row for row in rows(tried.world, "acme").values() if row["prompt_ref"] == A)
    tried.give(opinion("acme", row | {"verdict": "not_assessed"}, "disagree"))
    assert tried.shown().verdicts["disagreement"].arms["A"].n == 0


def test_of_each_person_the_newest_word_counts_and_a_requirement_counts_once(tried: Trying) -> None:
    row = next(row for row in rows(tried.world, "acme").values() if row["prompt_ref"] == A)
    for who, said in (("ada", "disagree"), ("ada", "agree"), ("bob", "disagree"), ("eve", "unsure")):
        tried.give(opinion("acme", row, said, who))
    found = tried.shown().verdicts
    assert (found["agreement"].arms["A"].value, found["agreement"].arms["A"].n) == (0.5, 1)
    assert found["disagreement"].arms["A"].value == pytest.approx(1 / 3)
    assert found["agreement"].arms["B"].n == 0


def test_arms_of_another_size_than_meant_are_told_and_decide_nothing(
    tried: Trying, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(tried, "disagree", "agree")
    assert tried.shown().verdicts["agreement"].says == "B"
    real = experimenting._published

    def lost(environment: Environment, sweeps: Any) -> list[Any]:
        return [p if p.prompt_ref == A else replace(p, assigned=0) for p in real(environment, sweeps)]

    monkeypatch.setattr(experimenting, "_published", lost)
    found = tried.shown().verdicts["agreement"]
    assert not found.balanced and found.says == NOT_ENOUGH
    told = CliRunner().invoke(experiments, [], catch_exceptions=False).output
    assert "nothing that follows can be believed" in " ".join(told.split())


def test_an_erased_tenant_leaves_the_experiment(tried: Trying) -> None:
    judged(tried, "disagree", "agree")
    environment = tried.world.environment()
    erase.erase(environment.settings, environment.operations, "acme")
    environment.operations.close()
    found = tried.shown()
    assert found.verdicts["agreement"].difference.estimate.clusters == len(TENANTS) - 1
    assert sum(found.assigned.values()) == len(REFS) * (len(TENANTS) - 1)


def test_the_command_tells_arms_outcomes_and_what_is_provisional(tried: Trying) -> None:
    judged(tried, "disagree", "agree")
    told = CliRunner().invoke(experiments, [], catch_exceptions=False).output
    for words in ("wording running", A, B, "50% wanted", "agreement", "B (so far)"):
        assert words in " ".join(told.split()), told
    [found] = json.loads(CliRunner().invoke(experiments, ["--json"]).output)
    assert found["outcomes"]["agreement"]["verdict"] == "B" and found["balanced"]
    assert found["arms"]["B"]["prompt_ref"] == B and found["outcomes"]["withheld"]["A"]["n"] > 0


def test_without_an_experiment_the_command_tells_how_to_begin_one(tried: Trying) -> None:
    write(tried.world.data)
    assert "data/experiments.yaml" in CliRunner().invoke(experiments, []).output
