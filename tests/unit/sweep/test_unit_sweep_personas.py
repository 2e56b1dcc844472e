"""Whose variant of a prompt judges and answers for a tenant, with an experiment and without."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from radar_pipeline.cli import main
from radar_pipeline.llm.fake import FakeServer
from radar_pipeline.sweep import experimenting
from radar_pipeline.sweep.drawn import DrawnJudge
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.experimenting import Shown
from radar_pipeline.sweep.speaking import speaker_of
from tests.support.models import with_models
from tests.support.trying import edit, entry, own_prompts, ref_of, write
from tests.support.world import World

DEFAULT, RISK_ANALYST, AUDITOR = map(ref_of, ("1.0.0", "1.1.0", "1.2.0"))


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    """Nobody asks it."""
    with FakeServer() as running:
        yield running


@pytest.fixture
def prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped prompts, to be changed."""
    folder = own_prompts(tmp_path / "prompts")
    monkeypatch.setenv("RADAR_PROMPTS", str(folder))
    return folder


@pytest.fixture
def firms(world: World, prompts: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> World:
    """One tenant without a persona, and one with each."""
    with_models(world, server, monkeypatch)
    for slug, persona in (("plain", ""), ("risky", "risk_analyst"), ("audited", "auditor")):
        world.tenant(slug, {}, **({"persona": persona} if persona else {}))
    return world


def judged_by(environment: Environment) -> Mapping[str, str]:
    """Tenant -> the prompt that judges it, or the experiment's id."""
    return {t.slug: environment.judge_for(t).identity.prompt.partition(": ")[0] for t in environment.tenants}


def judges(world: World) -> Mapping[str, str]:
    environment = world.environment()
    try:
        return judged_by(environment)
    finally:
        environment.operations.close()


def shown(world: World) -> Shown:
    environment = world.environment()
    try:
        return experimenting.shown(environment)[0]
    finally:
        environment.operations.close()


def test_each_tenant_is_judged_by_the_variant_of_its_persona(firms: World) -> None:
    assert judges(firms) == {"plain": DEFAULT, "risky": RISK_ANALYST, "audited": AUDITOR}


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: edit(folder, "1.2.0", ("status: active", "status: draft")),
        lambda folder: edit(folder, "1.2.0", ("status: active", "status: deprecated")),
        lambda folder: edit(folder, "1.2.0", ("external auditor", "internal auditor")),
        lambda folder: (folder / "judge/coverage/1.2.0.prompt.yaml").write_text("name: ["),
        lambda folder: (folder / "judge/coverage/1.2.0.prompt.yaml").unlink(),
    ],
)
def test_a_persona_without_a_version_in_force_is_judged_in_the_default_words(
    firms: World, prompts: Path, change: Any
) -> None:
    change(prompts)
    assert judges(firms) == {"plain": DEFAULT, "risky": RISK_ANALYST, "audited": DEFAULT}


def test_a_persona_answers_in_the_default_words_until_that_prompt_has_its_variant(
    firms: World, prompts: Path
) -> None:
    def speakers() -> dict[str, str]:
        environment = firms.environment()
        found = {t.slug: speaker_of(environment, t).prompt for t in environment.tenants}
        environment.operations.close()
        return {slug: f"{p.version} {p.variant}" for slug, p in found.items() if p}

    assert set(speakers().values()) == {"1.0.0 "}
    shutil.copy(prompts / "ask/answer/1.0.0.prompt.yaml", prompts / "ask/answer/1.1.0.prompt.yaml")
    path = prompts / "ask/answer/1.1.0.prompt.yaml"
    path.write_text(path.read_text().replace("1.0.0", "1.1.0") + "variant: auditor\n")
    result = CliRunner().invoke(main, ["prompts", "lock"])
    assert result.exit_code == 0, result.output
    assert speakers() == {"plain": "1.0.0 ", "risky": "1.0.0 ", "audited": "1.1.0 auditor"}


def test_check_tells_a_persona_that_no_prompt_has(firms: World) -> None:
    for slug in firms.tenants:
        firms.write(slug, "a.md", "# A\n\nBackups are made.\n")
    result = CliRunner().invoke(main, ["tenants", "check"])
    assert result.exit_code == 0, result.output
    firms.tenants["audited"]["persona"] = "auditer"
    firms.save()
    result = CliRunner().invoke(main, ["tenants", "check", "--json"])
    problems = {row["tenant"]: row["problem"] for row in json.loads(result.stdout)}
    assert result.exit_code == 4 and not problems["plain"] and not problems["risky"]
    assert "persona auditer" in problems["audited"]


# ── With an experiment ────────────────────────────────────────────────────────────────────────


def arms(a: str, b: str) -> dict[str, Any]:
    return entry(arms={arm: {"version": v, "weight": 1} for arm, v in (("A", a), ("B", b))})


@pytest.mark.parametrize(
    ("a", "b", "drawn"),
    [
        ("1.0.0", "1.3.0", {"plain"}),  # two of the default variant
        ("1.0.0", "1.1.0", {"plain", "risky"}),
        ("1.1.0", "1.0.0", {"plain", "risky"}),
        ("1.1.0", "1.2.0", {"risky", "audited"}),
    ],
)
def test_an_experiment_draws_only_for_tenants_whose_variant_is_that_of_an_arm(
    firms: World, prompts: Path, a: str, b: str, drawn: set[str]
) -> None:
    text = (prompts / "judge/coverage/1.0.0.prompt.yaml").read_text().replace("1.0.0", "1.3.0")
    draft = text.replace("status: active", "status: draft")
    (prompts / "judge/coverage/1.3.0.prompt.yaml").write_text(draft)
    write(firms.data, arms(a, b))
    alone = {"plain": DEFAULT, "risky": RISK_ANALYST, "audited": AUDITOR}
    assert judges(firms) == alone | dict.fromkeys(drawn, "wording")
    assert shown(firms).state == "running"


def test_an_experiment_that_draws_for_nobody_says_so(firms: World) -> None:
    write(firms.data, arms("1.1.0", "1.2.0"))
    for slug in ("risky", "audited"):
        del firms.tenants[slug]["persona"]
    firms.save()
    found = shown(firms)
    assert found.state == "stopped" and "variant of its arms" in found.problem


def test_an_arm_is_judged_under_the_identity_that_the_persona_has_alone(firms: World) -> None:
    environment = firms.environment()
    alone = {t.slug: environment.judge_for(t).identity for t in environment.tenants}
    environment.operations.close()
    write(firms.data, arms("1.1.0", "1.2.0"))
    environment = firms.environment()
    risky = next(t for t in environment.tenants if t.slug == "risky")
    judge = environment.judge_for(risky)
    environment.operations.close()
    assert isinstance(judge, DrawnJudge)
    found = {judge.identity_for(f"rules:R{n}").hash for n in range(20)}
    assert found == {alone["risky"].hash, alone["audited"].hash}
