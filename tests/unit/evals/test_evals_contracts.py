"""A prompt asks with what the code gives and for what it reads; anything else is told before it is used."""

from datetime import date
from pathlib import Path

import pytest

from radar_pipeline.evals.contracts import CONTRACTS, problems
from radar_pipeline.judge.shown import Shown
from radar_pipeline.models import Requirement, StandingQuestion
from radar_pipeline.prompts.files import available, load
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.questions.material import About, Material
from radar_pipeline.settings import PROJECT

SHIPPED = available(PROJECT / "prompts")


@pytest.mark.parametrize("prompt", SHIPPED, ids=lambda p: p.key)
def test_every_prompt_that_ships_keeps_its_contract(prompt) -> None:  # type: ignore[no-untyped-def]
    assert problems(prompt) == []
    assert prompt.model == CONTRACTS[prompt.use_case].model


def test_every_use_case_has_a_contract_and_a_prompt() -> None:
    assert set(CONTRACTS) == set(UseCase) == {prompt.use_case for prompt in SHIPPED}


def test_the_variables_are_those_that_the_code_fills_in() -> None:
    requirement = Requirement("gdpr:1", "gdpr", "1", "Title", "Do it.", "all", 1, "Art. 1", ())
    assert set(Shown(requirement, (), (), 0).values) == CONTRACTS[UseCase.JUDGE].variables
    about = About("acme", "health", ("IE",))
    question = StandingQuestion("ready", "Are we ready?")
    material = Material(question, about, date(2026, 11, 29), (), (), "", str, {}, 0)
    assert set(material.values) == CONTRACTS[UseCase.ASK].variables


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("note: {type: string}", "note: {type: integer}", "output.schema is not that of CoverageAnswer"),
        ("confidence: {type: number, minimum: 0, maximum: 1}", "confidence: {type: number}", "output.schema"),
        ("required: [elements, reasoning, confidence]", "required: [elements, reasoning]", "output.schema"),
        (", contradicted, not_needed]}", ", contradicted]}", "output.schema"),
        ("      data: true\n", "", "passages holds documents' text"),
        ("{{ requirement.ref | line }}: {{", "{{ extra }}: {{", "no code gives a value for extra"),
    ],
)
def test_a_prompt_and_its_code_that_part_are_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (PROJECT / "prompts/judge/coverage/1.0.0.prompt.yaml").read_text("utf-8")
    assert old in text
    text = text.replace(old, new)
    if "extra" in new:
        text = text.replace(
            "  schema:\n    req", "  schema:\n    extra: {description: x, type: string}\n    req", 1
        )
    if not new:
        text = text.replace("{{ boundary }} ", "")
    path = tmp_path / "judge/coverage/1.0.0.prompt.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    (found,) = problems(load(tmp_path, UseCase.JUDGE, "coverage"))
    assert said in found.says and found.remedy


def test_words_for_people_and_order_are_no_part_of_the_contract(tmp_path: Path) -> None:
    text = (PROJECT / "prompts/judge/coverage/1.0.0.prompt.yaml").read_text("utf-8")
    text = text.replace("note: {type: string}", "note: {description: why, title: Note, type: string}")
    text = text.replace(
        "required: [elements, reasoning, confidence]", "required: [confidence, reasoning, elements]"
    )
    path = tmp_path / "judge/coverage/1.0.0.prompt.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    assert problems(load(tmp_path, UseCase.JUDGE, "coverage")) == []
