"""Each use case's subject is asked as it is asked in earnest, and no word of its answer is taken on trust."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.evals.chosen import chosen
from radar_pipeline.evals.evaluate import evaluate
from radar_pipeline.evals.values import Case, Response
from radar_pipeline.evals.workbench import local_subject
from radar_pipeline.llm.errors import ModelSetupError
from radar_pipeline.llm.fake import FakeServer, Request
from radar_pipeline.prompts.use_cases import UseCase
from tests.support.benches import BREACH, REQUIREMENT, Bench, coverage, judge_case, made, passage, with_keys

POLICY = """---
title: Breach policy
status: {status}
version: {version}
---

# Breaches

{text}
The head of security signs each notice, and it is filed with the records of the incident for five years.
Everybody who works for the firm is told once a year how to recognise a breach and whom to call about it.
"""
QUESTION = "Within which time is a breach notified to the authority?"
Open = Callable[[Any], Bench]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    with_keys(monkeypatch)
    servers = []

    def make(says: Any) -> Bench:
        server = FakeServer(says if callable(says) else lambda _: says)
        servers.append(server)
        return Bench(tmp_path, server)

    yield make
    for server in servers:
        server.close()


def respond(bench: Bench, case: Case) -> Response:
    return evaluate(bench.work, bench.subject(case.use_case), [case]).results[0].response


# ── Assessing ─────────────────────────────────────────────────────────────────────────────────


def test_every_quote_of_a_judge_is_looked_up_the_made_up_ones_too(opened: Open) -> None:
    invented = "The privacy officer tells the press of every breach within the hour."
    response = respond(opened(coverage("met", BREACH, invented)), judge_case())
    assert response.answer["verdict"] == "covered"
    assert {(q.quote, q.verified, q.document) for q in response.quotes} == {
        (BREACH, True, "passage 1"),
        (invented, False, ""),
    }


def test_a_verdict_whose_quotes_stand_nowhere_is_withheld(opened: Open) -> None:
    response = respond(opened(coverage("met", "Nobody ever wrote this sentence anywhere.")), judge_case())
    assert (response.answer["verdict"], response.answer["withheld"]) == ("covered", "unverified_quote")


def test_documents_are_read_by_the_real_parsers_and_shown_as_a_sweep_shows_them(opened: Open) -> None:
    asked: list[str] = []

    def says(request: Request) -> Any:
        asked.append(request.text)
        return coverage("met", BREACH)

    bench = opened(says)
    written = POLICY.format(status="draft", version="1.0", text=BREACH)
    (bench.data / "breach-policy.md").write_text(written)
    case = documents_case(bench, {"path": "breach-policy.md"})
    response = respond(bench, case)
    assert "passage 1; kind: policy; status: draft]\nHeading: Breaches\n" in asked[0]
    assert (response.answer["verdict"], response.quotes[0].document) == ("partial", "breach-policy.md")
    changed = documents_case(bench, {"path": "breach-policy.md", "status": "approved", "kind": "contract"})
    assert respond(bench, changed).answer["verdict"] == "covered"
    assert "kind: contract; status: approved]" in asked[1]


def test_a_text_in_the_case_is_a_document_like_any_other(opened: Open) -> None:
    written = POLICY.format(status="approved", version="2.0", text=BREACH)
    bench = opened(coverage("met", BREACH))
    response = respond(bench, documents_case(bench, {"path": "breach-policy.md", "text": written}))
    assert (response.answer["verdict"], response.quotes[0].document) == ("covered", "breach-policy.md")


def test_what_a_newer_version_replaces_is_not_shown(opened: Open) -> None:
    asked: list[str] = []

    def says(request: Request) -> Any:
        asked.append(request.text)
        return coverage("missing")

    bench = opened(says)
    old = POLICY.format(status="approved", version="1.0", text=BREACH)
    new = POLICY.format(status="approved", version="2.0", text=BREACH.replace("48 hours", "96 hours"))
    respond(bench, documents_case(bench, {"path": "a.md", "text": old}, {"path": "b.md", "text": new}))
    assert "within 96 hours" in asked[0]
    assert "within 48 hours" not in asked[0]


def test_a_document_that_cannot_be_read_ends_the_evaluation_and_names_it(opened: Open) -> None:
    bench = opened(coverage("missing"))
    (bench.data / "empty.md").write_text("")
    case = documents_case(bench, {"path": "empty.md"})
    with pytest.raises(ConfigurationError, match=r"empty\.md .*empty"):
        respond(bench, case)


def test_the_local_judge_is_a_subject_with_the_version_of_its_rules(opened: Open) -> None:
    bench = opened(coverage("missing"))
    subject = local_subject(bench.work)
    run = evaluate(bench.work, subject, [judge_case()])
    [result] = run.results
    assert (subject.key, run.simulated, bench.asked) == ("local@rules-4", False, 0)
    assert result.response.cost_usd is None
    assert result.response.latency_ms is None
    assert all(quote.verified and quote.document == "passage 1" for quote in result.response.quotes)


# ── Answering ─────────────────────────────────────────────────────────────────────────────────


def ask_case(text: str = BREACH, **changes: Any) -> Case:
    inputs = {
        "question": QUESTION,
        "today": "2026-11-29",
        "passages": [passage(text)],
        "assessments": [
            {
                "ref": "R1",
                "title": "Breach notice",
                "text": "Notify breaches.",
                "verdict": "covered",
                "confidence": 0.9,
                "framework": "rules",
            }
        ],
    }
    return made(UseCase.ASK, "question", inputs, {"answered": True}, **changes)


def test_a_sentence_counts_as_supported_only_if_its_sources_carry_it(opened: Open) -> None:
    good = {
        "text": "Breaches are notified within 48 hours.",
        "quotes": [{"passage": 1, "quote": BREACH}],
        "assessments": [],
    }
    more = {**good, "text": "Breaches are notified within 12 hours."}
    cited = {"text": "R1 is covered.", "quotes": [], "assessments": ["rules:R1"]}
    response = respond(opened({"sentences": [good, more, cited], "not_answered": ""}), ask_case())
    assert [s["supported"] for s in response.answer["sentences"]] == [True, False, True]
    assert [(q.verified, q.document) for q in response.quotes] == [(True, "passage 1")] * 2


# ── The others ────────────────────────────────────────────────────────────────────────────────


def test_elements_are_told_with_their_limits_in_words(opened: Open) -> None:
    plain = {"limit_amount": None, "limit_unit": "", "minimum": False}
    elements = [
        {"role": "action", "text": "notify a breach", **plain},
        {
            "role": "deadline",
            "text": "within 72 hours",
            "limit_amount": 72,
            "limit_unit": "hours",
            "minimum": False,
        },
    ]
    inputs = {name: REQUIREMENT[name] for name in ("ref", "title", "text")}
    expected = {"elements": [{"role": "action", "contains": ["notif"]}], "most": 3}
    response = respond(opened({"elements": elements}), made(UseCase.DECOMPOSE, "r-1", inputs, expected))
    assert [(e["role"], e["limit"]) for e in response.answer["elements"]] == [
        ("action", ""),
        ("deadline", "at most 72 hours"),
    ]


def test_a_contradiction_is_quoted_from_its_own_passage(opened: Open) -> None:
    late = "The privacy officer notifies every personal data breach to the authority within 96 hours."
    said = {
        "reasoning": "The times differ.",
        "contradicts": True,
        "kind": "deadline",
        "first_quote": BREACH,
        "second_quote": BREACH,
    }
    inputs = {"first": passage(), "second": passage(late)}
    case = made(UseCase.CONTRADICT, "times", inputs, {"contradicts": True, "kind": "deadline"})
    response = respond(opened(said), case)
    assert (response.answer["contradicts"], response.answer["kind"]) == (True, "deadline")
    assert [(q.verified, q.document) for q in response.quotes] == [(True, "first"), (False, "")]


def test_a_grade_is_told_with_its_reasons(opened: Open) -> None:
    said = {
        "reasoning": "The number is another one.",
        "criteria": [{"criterion": "It is right.", "met": False, "note": "12 is not 48."}],
        "passes": False,
        "score": 0.0,
    }
    inputs = {
        "task": "Tell the time.",
        "material": BREACH,
        "answer": "12 hours.",
        "criteria": ["It is right."],
    }
    response = respond(opened(said), made(UseCase.EVALUATE, "number", inputs, {"passes": False}))
    assert (response.answer["passes"], response.answer["score"]) == (False, 0.0)
    assert "12 is not 48." in response.answer["text"]


def test_every_version_of_every_prompt_is_a_subject_and_the_local_judge(opened: Open) -> None:
    bench = opened({})
    keys = [subject.key for subject in chosen(bench.work, every=True)]
    assert {"coverage@1.0.0", "answer@1.0.0", "elements@1.0.0", "passages@1.0.0", "grade@1.0.0"} <= set(keys)
    assert keys[-1] == "local@rules-4"
    assert len(set(keys)) == len(keys)


def test_a_prompt_that_was_edited_since_is_not_asked_under_its_old_name(opened: Open) -> None:
    bench = opened(coverage("missing"))
    before = bench.subject()
    bench.change(UseCase.JUDGE, "You are a compliance auditor.", "You are an auditor.")
    with pytest.raises(UnknownNameError, match="says something else now"):
        evaluate(bench.work, before, [judge_case()])


def test_without_models_no_prompt_can_be_asked_and_the_local_judge_can(opened: Open) -> None:
    bench = opened({})
    alone = replace(bench.work, client=None)
    with pytest.raises(ModelSetupError):
        evaluate(alone, bench.subject(), [judge_case()])
    assert evaluate(alone, local_subject(alone), [judge_case()]).complete


def documents_case(bench: Bench, *documents: dict[str, str]) -> Case:
    inputs = {"requirement": REQUIREMENT, "documents": list(documents)}
    return made(UseCase.JUDGE, "documents", inputs, {"verdict": "covered"}, data=bench.data)
