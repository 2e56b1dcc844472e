"""Standing questions: answered at every sweep that changes something, paid once, kept in one folder."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from radar_pipeline.cli import main
from radar_pipeline.errors import StoreError
from radar_pipeline.llm.fake import FakeServer, Fault, Request, when
from radar_pipeline.sweep import publish, verify, watch
from tests.support.asking import BREACH, GOOD, QUESTION, TOLD, asking_world, put, rows_of, saying, sentence
from tests.support.world import UNRELATED, World

SECOND = "Are customer records encrypted?"
ENCRYPTED = "All customer records are encrypted at rest with AES-256."
GUESS = "Every vendor is audited by the board."


def model(request: Request) -> Any:
    """Answers either question, and adds a guess."""
    if SECOND in request.text:
        return saying(sentence("Customer records are encrypted at rest.", ENCRYPTED))(request)
    return saying(GOOD, sentence(GUESS), not_answered="Nothing is said of other authorities.")(request)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nightly")
    world = World(folder / "data", folder / "store")
    world.tenant("acme", questions=[QUESTION, {"id": "encryption", "text": SECOND}])
    with FakeServer(model) as server, pytest.MonkeyPatch.context() as patch:
        asking_world(world, server, patch)
        swept = world.sweep(change=small)
        assert swept.state == "succeeded"
        assert swept.counts("acme", "standing_answers")["answered"] == 2
        assert len(server.books) == 2
    return folder


def small(environment: Any) -> Any:
    """Few candidates, so that an unrelated document is none."""
    environment.settings.candidates = 2
    return environment


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(model) as server:
        yield server


@pytest.fixture
def answered(kept: Path, tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> World:
    for name in ("data", "store"):
        shutil.copytree(kept / name, tmp_path / name, symlinks=True)
    world = World(tmp_path / "data", tmp_path / "store")
    world.tenants["acme"] = {
        "slug": "acme",
        "name": "Acme",
        "documents": "corpus/acme",
        "frameworks": [{"id": "rules"}],
        "questions": [QUESTION, {"id": "encryption", "text": SECOND}],
    }
    return asking_world(world, server, monkeypatch)


def test_each_answer_is_published_with_its_sentences_and_exact_quotes(answered: World) -> None:
    encryption, breach = rows_of(answered, "acme")
    assert (encryption["question_id"], encryption["question"], encryption["state"]) == (
        "encryption",
        SECOND,
        "answered",
    )
    assert (breach["sentences"], breach["unsupported"], breach["quotes"]) == (2, 1, 1)
    assert breach["not_answered"] == "Nothing is said of other authorities."
    assert breach["model"].startswith("openai/") and breach["prompt_ref"].startswith("answer@1.0.0#")
    lines = [
        r for r in rows_of(answered, "acme", "standing_answer_sentences") if r["question_id"] != "encryption"
    ]
    assert [(r["text"], r["unsupported"], r["quotes"]) for r in lines] == [
        (TOLD, None, [1]),
        (GUESS, "no_source", []),
    ]
    quotes = {r["quote"]: r["citation"] for r in rows_of(answered, "acme", "standing_answer_quotes")}
    assert quotes[BREACH] == "Security policy, “Breaches”"
    found = verify.tenant(answered.home / "tenants" / "acme", answered.settings())
    assert found.sound and found.quotes > len(quotes)


def test_no_word_of_a_question_or_answer_leaves_the_tenants_folder(answered: World) -> None:
    files = [p for p in answered.home.rglob("*") if p.is_file() and "tenants" not in p.parts]
    assert any(p.suffix == ".duckdb" for p in files)
    for text in (QUESTION, SECOND, TOLD, GUESS, "other authorities"):
        assert not [p for p in files if text.encode() in p.read_bytes()], text


def test_the_page_leads_from_each_sentence_to_its_quote_and_marks_the_rest(answered: World) -> None:
    page = (answered.home / "tenants" / "acme" / "published" / "index.html").read_text("utf-8")
    section = page[page.index('id="questions"') : page.index('id="documents"')]
    line = section[section.index(TOLD) :]
    anchor = line[line.index('href="#') + 7 :].partition('"')[0]
    assert f'id="{anchor}"' in section and f"<mark>{BREACH}</mark>" in section
    assert "unsupported: it rests on nothing" in section[section.index(GUESS) :][:200]


def test_a_night_asks_only_what_is_new_and_an_edited_question_is(answered: World, server: FakeServer) -> None:
    before = watch.definition_key(answered.environment().tenants[0])
    assert answered.sweep(change=small).totals["unchanged"] == 1
    assert not server.books

    answered.write("acme", "menu.md", UNRELATED)
    swept = answered.sweep(change=small)
    assert swept.totals["published"] == 1
    assert swept.counts("acme", "standing_answers")["reused_answers"] == 2
    assert not server.books

    answered.tenants["acme"]["questions"][1]["text"] = "Is every customer record encrypted?"
    answered.save()
    assert watch.definition_key(answered.environment().tenants[0]) != before
    swept = answered.sweep(change=small)
    assert swept.totals["published"] == 1
    assert len(server.books) == 1
    assert rows_of(answered, "acme")[0]["question"] == "Is every customer record encrypted?"

    del answered.tenants["acme"]["questions"]
    answered.save()
    answered.sweep(change=small)
    assert not rows_of(answered, "acme")


def test_a_question_that_fails_is_published_so_and_asked_again_and_a_killed_sweep_pays_once(
    answered: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered.tenants["acme"]["questions"] = ["Who signs the notice of a breach?"]
    answered.save()
    signs = "The Head of Security signs the notice."
    failing = [True]
    said = saying(sentence("The Head of Security signs the notice.", signs))
    with FakeServer(said, when(lambda _: failing[0], Fault.OVERLOADED)) as other:
        asking_world(answered, other, monkeypatch)
        assert answered.sweep(change=unhurried).state == "succeeded"
        [row] = rows_of(answered, "acme")
        assert (row["state"], row["why"], row["model"]) == ("not_answered", "providers_failed", "")
        assert row["sentences"] > 0  # quotes and verdicts instead

        failing[0] = False
        with monkeypatch.context() as patch:
            patch.setattr(publish, "publish", dies)
            assert answered.sweep(change=unhurried).state == "failed"
        paid = len(other.books)
        assert answered.sweep(change=unhurried).totals["published"] == 1
        assert len(other.books) == paid
        [row] = rows_of(answered, "acme")
        assert (row["state"], row["why"]) == ("answered", None)


def dies(*_: Any) -> Any:
    raise StoreError("The disk is full.", remedy="Make room.")
    yield


def unhurried(environment: Any) -> Any:
    environment.models.client._sleep = lambda _: None
    return small(environment)


def test_the_command_lists_standing_answers_and_takes_ratings(
    answered: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = CliRunner()
    shown = runner.invoke(main, ["ask", "acme"])
    assert shown.exit_code == 0, shown.output
    assert QUESTION in shown.output and f"{TOLD} [1]" in shown.output
    assert f"{GUESS} [unsupported: it rests on nothing]" in shown.output
    assert "[1] Security policy, “Breaches”" in shown.output
    listed = json.loads(runner.invoke(main, ["ask", "acme", "--json"]).stdout)
    assert [one["question"] for one in listed] == [QUESTION, SECOND]
    answer_id = listed[0]["answer_id"]
    rated = runner.invoke(main, ["rate", "acme", answer_id, "up"])
    assert rated.exit_code == 0, rated.output
    operations = answered.environment().operations
    [count] = operations.feedback.by_day(date(2000, 1, 1), date(2100, 1, 1), "acme")
    assert (count.kind, count.up, count.down) == ("answer", 1, 0)
    for wrong in ("a-" + "0" * 24, "nonsense"):
        assert runner.invoke(main, ["rate", "acme", wrong, "down"]).exit_code == 2


def test_the_command_streams_an_answer_and_exits_well_whatever_happens(
    answered: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADAR_CANDIDATES", "2")
    runner = CliRunner()
    shown = runner.invoke(main, ["ask", "acme", "Is the regulator told of a data breach?"])
    assert shown.exit_code == 0, shown.output
    assert f"{TOLD} [1]" in shown.output and "unsupported" in shown.output
    value = json.loads(
        runner.invoke(main, ["ask", "acme", "Is the regulator told of a data breach?", "--json"]).stdout
    )
    assert (value["state"], value["cache"], value["citations"][0]["quote"]) == ("answered", "hit", BREACH)
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    shown = runner.invoke(main, ["ask", "acme", "Is the regulator told of a data breach?"])
    assert shown.exit_code == 0 and "No model of the route has its key" in shown.output


def test_a_question_that_says_the_same_is_answered_from_the_standing_one_if_that_is_set(
    answered: World, server: FakeServer
) -> None:
    same = "How soon is a data breach notified to the regulators"
    other = "How soon is a data breach not notified to the regulator?"
    _, alike = put(answered, "acme", same, candidates=2, semantic_cache=True)
    assert (alike.spoke.cache, float(alike.spoke.cost_usd), len(server.books)) == ("semantic_hit", 0.0, 0)
    _, plain = put(answered, "acme", same, candidates=2)
    assert (plain.spoke.cache, len(server.books)) == ("miss", 1)  # off by default
    _, exact = put(answered, "acme", same, candidates=2, semantic_cache=True)
    assert (exact.spoke.cache, len(server.books)) == ("hit", 1)  # its own answer goes first
    assert QUESTION in alike.note and alike.sentences[0].text == TOLD and alike.sentences[0].quotes
    calls = answered.environment().operations.spending.calls(
        datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC), "acme"
    )
    [row] = [c for c in calls if c.cache == "semantic_hit"]
    assert (row.state, float(row.cost_usd), row.call_id) == ("cached", 0.0, alike.spoke.call_id)
    _, turned = put(answered, "acme", other, candidates=2, semantic_cache=True)
    assert (turned.spoke.cache, len(server.books)) == ("miss", 2)
