"""``radar frameworks decompose``: a model proposes, code checks, a person reads."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from radar_pipeline.cli import main
from radar_pipeline.llm.fake import FakeServer, Fault, Request, when
from radar_pipeline.storage.operations import Operations
from tests.support.models import with_models
from tests.support.world import DUTIES, World


def part(role: str, text: str, amount: float | None = None, unit: str = "") -> dict[str, Any]:
    return {"role": role, "text": text, "limit_amount": amount, "limit_unit": unit, "minimum": False}


BREACH = [
    part("actor", "the firm"),
    part("action", "notify the regulator of a data breach"),
    part("deadline", "within 72 hours", 72, "hours"),
]
INVENTED = [part("action", "encrypt customer records at rest"), part("deadline", "within 3 days", 3, "days")]


def apart(request: Request) -> dict[str, Any]:
    """What the model makes of the duties of the small world: of one too much, of most what the rules do."""
    text = request.text.rpartition("REQUIREMENT ")[2].split("\n")[1]
    if "data breach" in text:
        return {"elements": BREACH}
    return {"elements": INVENTED if "encrypted" in text else [part("action", text)]}


def radar(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["frameworks", "decompose", *arguments], catch_exceptions=False)


def answer(*arguments: str) -> dict[str, Any]:
    result = radar(*arguments, "--json")
    assert result.exit_code == 0, result.output
    value: dict[str, Any] = json.loads(result.stdout)
    return value


@pytest.fixture
def server(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    with FakeServer(apart, None, confess=False) as running:
        with_models(world, running, monkeypatch)
        yield running


def test_what_stands_the_checks_is_shown_beside_the_old_and_the_rest_is_told(server: FakeServer) -> None:
    found = answer("rules", "R1", "R2", "R7")
    assert [row["state"] for row in found["requirements"]] == ["proposed", "left", "the same"]
    breach, encryption, _ = found["requirements"]
    assert breach["now"] == [
        "action-1: The firm must notify the regulator of a data breach within 72 hours.",
        "deadline-1: within 72 hours (at most 72 hours)",
    ]
    assert breach["proposed"] == [
        "actor-1: the firm",
        "action-1: notify the regulator of a data breach",
        "deadline-1: within 72 hours (at most 72 hours)",
    ]
    assert encryption["proposed"] == []
    assert "deadline-1: it names a number or a time that the requirement does not" in encryption["problems"]
    assert found["cost_usd"] > 0 and found["written"] is None and not found["simulated"]
    shown = radar("rules", "R1", "R2").output
    assert "1 proposed, 1 left" in shown and "left as it is" in shown and "elements@1.0.0#" in shown


def test_a_copy_is_written_for_review_and_the_catalog_in_force_stays(
    world: World, server: FakeServer, tmp_path: Path
) -> None:
    path = world.data / "frameworks" / "rules.yaml"
    before, target = path.read_bytes(), tmp_path / "review.yaml"
    found = answer("rules", "--write", str(target))
    assert len(found["requirements"]) == 7 and found["written"] == str(target)
    assert path.read_bytes() == before
    text = target.read_text()
    assert text.count("elements:") == 1 and "notify the regulator of a data breach" in text
    imported = CliRunner().invoke(main, ["frameworks", "import", str(target)])
    assert "R1  (elements)" in imported.output, imported.output


def test_looking_and_writing_ask_and_pay_once_and_only_what_failed_is_asked_again(
    server: FakeServer, tmp_path: Path
) -> None:
    answer("rules")
    before = len(server.books)
    assert before == 7
    again = answer("rules", "--write", str(tmp_path / "review.yaml"))
    assert len(server.books) == before + 2  # those that failed their checks
    assert {row["ref"] for row in again["requirements"] if row["state"] == "left"} == {"R2", "R5"}


def test_the_calls_are_booked_as_what_they_are_and_to_no_tenant(world: World, server: FakeServer) -> None:
    answer("rules", "R1")
    operations = Operations(world.settings().operations)
    [call] = operations.spending.calls(datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    operations.close()
    assert (call.feature, call.tenant_id, call.prompt_ref.partition("@")[0]) == ("decompose", "", "elements")


def test_a_damaged_kept_answer_is_asked_for_again(world: World, server: FakeServer) -> None:
    answer("rules", "R1")
    [kept] = (world.home / "frameworks" / "proposals").rglob("*.json")
    kept.write_text("{")
    assert answer("rules", "R1")["requirements"][0]["state"] == "proposed"
    assert len(server.books) == 2 and json.loads(kept.read_text())["elements"]


def test_what_a_model_declines_is_left_and_the_others_are_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADAR_LLM_CONCURRENCY", "1")
    with FakeServer(apart, when(lambda r: "data breach" in r.text, Fault.REFUSAL)) as declines:
        with_models(world, declines, monkeypatch)
        found = answer("rules", "R1", "R7")
    assert [row["state"] for row in found["requirements"]] == ["left", "the same"]
    assert "declined" in found["requirements"][0]["problems"][0]
    assert found["simulated"] and not (world.home / "frameworks").exists()


@pytest.mark.parametrize("judge", ["auto", "local"])
def test_without_a_key_or_with_the_local_judge_nobody_is_asked_and_the_remedy_is_told(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, judge: str
) -> None:
    monkeypatch.setenv("RADAR_JUDGE", judge)
    if judge == "auto":
        monkeypatch.delenv("OPENAI_API_KEY")
        monkeypatch.delenv("ANTHROPIC_API_KEY")
    result = radar("rules")
    assert result.exit_code == 2 and not server.books
    assert ("Set OPENAI_API_KEY or ANTHROPIC_API_KEY" if judge == "auto" else "auto") in result.output


def test_without_models_yaml_the_remedy_is_told(world: World) -> None:
    result = radar("rules")
    assert result.exit_code == 2 and "models.yaml" in result.output and "Restore" in result.output


def test_a_place_that_may_not_be_written_is_told_before_anything_is_paid_for(
    world: World, server: FakeServer
) -> None:
    result = radar("rules", "--write", str(world.data / "frameworks" / "new.yaml"))
    assert result.exit_code == 2 and not server.books


def test_a_catalog_whose_elements_somebody_wrote_asks_nobody(
    world: World, server: FakeServer, tmp_path: Path
) -> None:
    text = (world.data / "frameworks" / "rules.yaml").read_text()
    for ref, *_ in DUTIES:
        text = text.replace(
            f"      ref_id: {ref}\n",
            f"      ref_id: {ref}\n      elements: [{{id: action-1, role: action, text: do it}}]\n",
        )
    (world.data / "frameworks" / "rules.yaml").write_text(text)
    assert "somebody wrote" in radar("rules").output and not server.books
