"""Two versions of the judge's prompt in real sweeps: who is asked what, and what is never asked twice."""

import logging
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from radar_pipeline.console import checkup
from radar_pipeline.llm.fake import FakeServer, Fault, Judged, Request, obedient, when
from radar_pipeline.llm.fake.orders import Status
from tests.support import feeding, trying
from tests.support.models import auditor, build_coverage, read_coverage, with_models
from tests.support.trying import REFS, Trying, drawn, entry, patient, ref_of, rows, write
from tests.support.world import UNRELATED, World
from tests.sweep.conftest import Serve

A, B = ref_of("1.0.0"), ref_of("1.1.0")
B_SAYS = "You are a risk analyst"  # and no other version


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with FakeServer(auditor(), None) as running:
        yield running


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, server: FakeServer) -> Path:
    return trying.swept(tmp_path_factory.mktemp("judged"), server, "acme", experiment=False)


@pytest.fixture
def world(judged: Path, tmp_path: Path) -> World:
    return feeding.copy_of(judged, tmp_path)


@pytest.fixture
def night(world: World, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Trying:
    """The tenant acme after a night that judged all of it by the active version."""
    return Trying(with_models(world, server, monkeypatch), server)


def test_each_requirement_is_judged_by_the_version_that_is_drawn_for_it_and_asks_only_where_it_is_new(
    night: Trying,
) -> None:
    [experiment] = write(night.world.data, entry())
    before, of_b = len(night.server.books), drawn(experiment, "acme", "B")
    assert 0 < len(of_b) < len(REFS)
    assert night.sweep() == len(of_b)
    assert night.prompts() == {ref: B if ref in of_b else A for ref in REFS}
    asked = [book.request.text for book in list(night.server.books)[before:]]
    assert len(asked) == len(of_b) and all(B_SAYS in text for text in asked)
    assert {row["judge"] for row in rows(night.world, "acme").values()} == {"llm"}


def test_an_experiment_that_ends_asks_nobody_about_what_the_active_version_judged_before(
    night: Trying,
) -> None:
    write(night.world.data, entry())
    night.sweep()
    write(night.world.data, entry(ended=date(2020, 2, 1)))
    assert night.sweep() == 0
    assert set(night.prompts().values()) == {A}


def test_one_that_began_with_the_first_night_ends_with_questions_about_the_other_arm_only(
    night: Trying,
) -> None:
    [experiment] = write(night.world.data, entry())
    night.world.tenant("beta")
    night.sweep()
    write(night.world.data)
    assert night.sweep() == len(drawn(experiment, "beta", "B"))


def test_an_unchanged_night_asks_nobody_and_every_night_draws_the_same(night: Trying) -> None:
    write(night.world.data, entry())
    night.sweep()
    before = night.prompts()
    assert night.world.sweep(change=patient).totals["unchanged"] == 1
    night.world.write("acme", "menu.md", UNRELATED)
    night.sweep()
    assert night.prompts() == before


def test_more_weight_for_b_moves_requirements_only_from_a_to_b(night: Trying) -> None:
    write(night.world.data, entry((3, 1)))
    night.sweep()
    before = night.prompts()
    [experiment] = write(night.world.data, entry((1, 3)))
    moved = {ref for ref in drawn(experiment, "acme", "B") if before[ref] == A}
    assert moved and night.sweep() == len(moved)
    after = night.prompts()
    assert {ref: after[ref] for ref in REFS if after[ref] != before[ref]} == dict.fromkeys(moved, B)


def test_a_verdict_that_changes_with_the_version_has_the_prompt_as_its_cause(
    night: Trying, monkeypatch: pytest.MonkeyPatch
) -> None:
    def finds_nothing(request: Request, judged: Sequence[Judged]) -> dict[str, object]:
        return build_coverage(request, [Judged(each.element_id, Status.MISSING) for each in judged])

    [experiment] = write(night.world.data, entry())
    with FakeServer(obedient(read_coverage, finds_nothing), None) as strict:
        with_models(night.world, strict, monkeypatch)
        night.world.sweep(change=patient)
    changes = night.world.report("acme")["verdict_changes"]
    changed = {row["requirement_id"].split(":")[1] for row in changes}
    assert changed and changed <= drawn(experiment, "acme", "B")
    assert {tuple(row["causes"]) for row in changes} == {("prompt",)}


def test_a_stand_in_speaks_for_either_arm_belongs_to_neither_and_is_replaced(
    night: Trying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADAR_JUDGE_FALLBACK", "local")
    [experiment] = write(night.world.data, entry())
    with FakeServer(auditor(), when(lambda _: True, Fault.OVERLOADED)) as down:
        with_models(night.world, down, monkeypatch)
        night.world.sweep(change=patient)
    of_b = drawn(experiment, "acme", "B")
    judges = {ref: row["judge"] for ref, row in rows(night.world, "acme").items()}
    assert judges == {ref: "local" if ref in of_b else "llm" for ref in REFS}
    assert night.shown().assigned == {"A": len(REFS) - len(of_b), "B": 0}
    with_models(night.world, night.server, monkeypatch)
    assert night.sweep() == len(of_b)


def test_a_requirement_without_an_answer_still_belongs_to_its_arm(
    night: Trying, monkeypatch: pytest.MonkeyPatch
) -> None:
    [experiment] = write(night.world.data, entry())
    with FakeServer(auditor(), when(lambda r: B_SAYS in r.text, Fault.REFUSAL)) as declines:
        with_models(night.world, declines, monkeypatch)
        night.sweep()
    of_b = drawn(experiment, "acme", "B")
    found = rows(night.world, "acme")
    assert {ref for ref in REFS if found[ref]["reason"] == "refused"} == of_b
    assert {found[ref]["prompt_ref"] for ref in of_b} == {B}
    shown = night.shown()
    assert shown.assigned["B"] == len(of_b) and shown.verdicts["withheld"].arms["B"].n == 0


def test_without_a_key_an_experiment_changes_nothing_and_says_so(
    night: Trying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    night.sweep()
    write(night.world.data, entry())
    assert night.world.sweep().totals["unchanged"] == 1
    assert night.shown().state == "stopped" and "language model" in night.shown().problem


def test_a_night_by_batch_asks_each_arm_with_its_own_version(nights: Serve) -> None:
    night = nights()
    [experiment] = write(night.world.data, entry())
    of_b = drawn(experiment, "acme", "B")
    [sent] = night.submit()
    assert sent.requests == len(REFS)
    night.server.finish_batches()
    while night.open():
        night.tick()
        night.server.finish_batches()
    night.sweep()
    assert night.asked_live == 0
    assert sum(B_SAYS in text for text in night.asked_in_batches) == len(of_b)
    assert {r: row["prompt_ref"] for r, row in rows(night.world, "acme").items()} == {
        ref: B if ref in of_b else A for ref in REFS
    }


# ── What cannot be tried ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arm_b", "says"),
    [({"version": "1.1.0"}, "line 10"), ({"version": "9.0.0", "weight": 1}, "coverage 9.0.0")],
)
def test_a_broken_experiment_is_told_and_the_active_version_judges_alone(
    night: Trying, caplog: pytest.LogCaptureFixture, arm_b: dict[str, Any], says: str
) -> None:
    broken = {"experiments": [entry(arms=entry()["arms"] | {"B": arm_b})]}
    (night.world.data / "experiments.yaml").write_text(yaml.safe_dump(broken, sort_keys=False))
    with caplog.at_level(logging.WARNING):
        assert night.world.sweep(change=patient).totals["unchanged"] == 1
    assert says in caplog.text and set(night.prompts().values()) == {A}
    [check] = [c for c in checkup.run(night.world.settings()) if c.name == "experiments"]
    assert says in check.problem and check.remedy
