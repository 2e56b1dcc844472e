"""Pages of evaluations say what changed and what was quoted, run nothing, and hold no tenant's text."""

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.evals import ruling, scorers
from radar_pipeline.evals.page import site
from radar_pipeline.evals.page.comparison import render_comparison, telling
from radar_pipeline.evals.page.overview import Link, render_overview
from radar_pipeline.evals.scoreboard import line_of
from radar_pipeline.evals.values import Case, Estimate, Quoted, Response, Result, Run
from radar_pipeline.evals.wording import difference, figure, level
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.settings import Settings
from tests.support.evaluated import answer, judge_cases, run_of
from tests.support.evaluations import SUNDAY, case, response, subject

HOSTILE = "<script>document.title = 'owned'</script>{{ 7 * 7 }}\u202e"
REQUIREMENT = {"ref": "R1", "title": "Breach notice", "text": "Notify within 72 hours.", "elements": []}
NOWHERE = Path("nowhere")


def page(candidate: Run, active: Run, **given: Any) -> str:
    return render_comparison(candidate, active, ruling.decide(candidate, active), NOWHERE, **given)


def two(count: int = 24, *, wrong: Any = (), was_wrong: Any = (), **given: Any) -> tuple[Run, Run]:
    cases = judge_cases(count)
    return run_of(cases, "1.1.0", wrong=wrong, **given), run_of(cases, "1.0.0", wrong=was_wrong, **given)


def one(asked: Case, said: Response, before: Response) -> str:
    """The page of a single case."""

    def made(version: str, response: Response) -> Run:
        used = scorers.for_use_case(asked.use_case)
        scores = {s.name: s.score(asked, response) for s in used}
        of = replace(subject(version), use_case=asked.use_case)
        run = run_of(judge_cases(0), version)
        named = {s.name: s.sha for s in used}
        return replace(run, subject=of, scorers=named, results=(Result(asked, 1, response, scores),))

    return page(made("1.1.0", said), made("1.0.0", before))


def names(text: str) -> list[str]:
    return re.findall(r"<h3>(case-\d+)</h3>", text)


def test_broken_cases_come_first_and_every_case_has_both_answers() -> None:
    text = page(*two(wrong=(3, 9), was_wrong=(5, 9)))
    assert names(text)[:3] == ["case-003", "case-005", "case-009"]
    assert sorted(names(text)) == [f"case-{n:03d}" for n in range(24)]
    found = re.search(r'<details class="case broken.*?</details>', text, re.DOTALL)
    assert found is not None
    assert re.findall(r"coverage@1\.\d\.0|Covered|Blindspot", found.group())[-4:] == [
        "coverage@1.0.0",
        "Covered",
        "coverage@1.1.0",
        "Blindspot",
    ]


def test_a_quote_that_is_in_no_document_is_marked_beside_one_that_is() -> None:
    text = page(*two(answers={0: answer(verified=1, made_up=1)}))
    first = re.search(r'id="case-1".*?</details>', text, re.DOTALL)
    assert first is not None and first.group().count("Verified") == 2
    assert first.group().count("In no document") == 2


def test_a_page_loads_and_runs_nothing_and_its_policy_names_its_style() -> None:
    text = page(*two())
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert f"style-src &#39;sha256-{digest}&#39;" in text or f"style-src 'sha256-{digest}'" in text
    assert "default-src" in text and not re.search(
        r"<script|<img|<iframe|<form|style=|https?://(?!www\.w3)", text
    )


def test_what_models_and_documents_say_is_text_and_nothing_else() -> None:
    hostile = case(
        0,
        inputs={"requirement": {**REQUIREMENT, "text": HOSTILE}, "passages": []},
        why=HOSTILE,
        tags=(HOSTILE,),
    )
    quotes = (Quoted(HOSTILE, False, 1, HOSTILE),)
    said = replace(
        response("covered", quotes=quotes, error=""), answer={"verdict": "covered", "text": HOSTILE}
    )
    text = one(hostile, said, response(error=HOSTILE))
    assert "<script" not in text and "&lt;script&gt;" in text
    assert "{{ 7 * 7 }}" in text and "49</" not in text and "⟨U+202E⟩" in text and "\u202e" not in text


def test_a_tenants_case_shows_its_id_and_verdicts_only() -> None:
    words = "The firm keeps its secrets."
    own = case(
        0,
        tenant="acme",
        inputs={"requirement": {**REQUIREMENT, "text": words}, "passages": [{"text": words}]},
        why=words,
        tags=("secrets",),
        required_quotes=(words,),
    )
    said = response("partial", quotes=(Quoted(words, True, 1, words),))
    said = replace(said, answer={**said.answer, "text": words, "elements": [{"id": words, "status": "met"}]})
    text = one(own, said, response())
    assert "acme/case-000" in text and "Partly covered" in text and "its own folder" in text
    assert words not in text and ">secrets<" not in text


@pytest.mark.parametrize(
    ("use_case", "inputs", "expected", "said", "told"),
    [
        (
            UseCase.ASK,
            {
                "question": "Are breaches told?",
                "passages": [{"kind": "policy", "status": "draft", "text": "Yes."}],
            },
            {"answered": True},
            {
                "sentences": [{"text": "They are.", "supported": False}],
                "not_answered": "By when.",
                "text": "",
            },
            ("Are breaches told?", "They are. (nothing carries it)", "Left open: By when."),
        ),
        (
            UseCase.DECOMPOSE,
            {"ref": "R1", "title": "Notice", "text": "Tell within 72 hours."},
            {"elements": [{"role": "deadline", "contains": ["72"], "contains_limit": "72 hours"}], "most": 2},
            {
                "elements": [{"role": "deadline", "text": "within 72 hours", "limit": "at most 72 hours"}],
                "text": "",
            },
            ("deadline: 72 (72 hours)", "deadline: within 72 hours (at most 72 hours)", "1 element"),
        ),
        (
            UseCase.CONTRADICT,
            {
                "first": {"kind": "policy", "text": "Keep for a year."},
                "second": {"kind": "policy", "text": "Burn."},
            },
            {"contradicts": True, "kind": "duty"},
            {"contradicts": False, "kind": "none", "text": "They agree."},
            ("A contradiction (duty)", "No contradiction", "Keep for a year.", "They agree."),
        ),
        (
            UseCase.EVALUATE,
            {"task": "Judge it.", "material": "Red.", "answer": "Blue.", "criteria": ["It is right."]},
            {"passes": False},
            {"passes": True, "score": 1.0, "text": "Fine."},
            ("Judge it.", "Blue.", "Fails", "Passes"),
        ),
    ],
)
def test_every_use_case_tells_what_was_asked_expected_and_said(
    use_case: UseCase, inputs: Any, expected: Any, said: Any, told: tuple[str, ...]
) -> None:
    asked = case(0, use_case=use_case, inputs=inputs, expected=expected)
    text = one(asked, Response(said), Response({}, error="refusal"))
    assert all(words in text for words in told), [w for w in told if w not in text]
    assert "No answer (refusal)" in text


def test_a_catalog_that_lost_the_requirement_breaks_no_page() -> None:
    gone = case(0, inputs={"framework": "gdpr", "ref": "Art. 1", "passages": []})
    assert "gdpr Art. 1" in one(gone, response(), response())


def test_a_simulated_page_says_so_at_its_head_and_a_live_one_does_not() -> None:
    assert "a scripted model answered" in page(*two(simulated=True))
    assert "scripted" not in page(*two())


def test_what_was_not_compared_is_told() -> None:
    cases = judge_cases(24)
    silent = {4: Response({}, error="timeout")}
    text = page(run_of(cases, "1.1.0", answers=silent), run_of(cases, "1.0.0"))
    assert "1 case answered by coverage@1.0.0 alone: case-004." in text and len(names(text)) == 23


def test_a_difference_is_better_or_worse_only_without_zero_in_its_interval() -> None:
    assert telling("verdict_match", Estimate(0.1, 0.01, 0.2, 9, 5)) == "better"
    assert telling("verdict_cost", Estimate(0.1, 0.01, 0.2, 9, 5)) == "worse"
    assert telling("latency_ms", Estimate(-10.0, -20.0, -1.0, 9, 5)) == "better"
    assert telling("verdict_match", Estimate(0.1, -0.01, 0.2, 9, 5)) == ""
    assert telling("verdict_match", Estimate(0.1, None, None, 9, 5)) == ""


def test_figures_are_told_in_their_units() -> None:
    assert level("verdict_match", Estimate(0.863, 0.79, 0.912, 9, 5)) == "86.3% (79.0% to 91.2%)"
    assert level("cost_usd", Estimate(0.0121, None, None, 9, 5)) == "$0.0121"
    assert (figure("latency_p95_ms", 2400.0), figure("verdict_cost", 0.274)) == ("2.4 s", "0.27")
    assert figure("verdict_match", None) == ""
    assert difference("verdict_match", Estimate(-0.008, -0.039, 0.023, 9, 5)) == "−0.8 points (−3.9 to +2.3)"
    assert difference("cost_usd", Estimate(0.001, None, None, 9, 5)) == "+$0.0010"
    assert difference("verdict_match", Estimate(0.0, -0.028, 0.028, 9, 5)) == "0.0 points (−2.8 to +2.8)"


def test_the_overview_leads_to_comparisons_and_marks_what_is_simulated(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, home=tmp_path / "home", prompts=tmp_path / "prompts")
    candidate, active = two(simulated=True)
    decision = ruling.decide(candidate, active)
    written = site.write_comparison(settings, candidate, active, decision)
    assert written.name == "coverage@1.0.0-coverage@1.1.0.html"
    line = line_of(candidate, decision, active.subject.key)
    text = site.write_overview(settings, [line, replace(line, simulated=False)], SUNDAY).read_text("utf-8")
    assert f'href="{written.name.replace("@", "%40")}"' in text and "beside coverage@1.0.0" in text
    site.forget(settings.home)
    assert not written.exists()


def test_an_overview_of_nothing_is_a_page() -> None:
    text = render_overview([], [Link("//evil.example/", "elsewhere")], SUNDAY)
    assert "Nothing was evaluated yet" in text and "evil" not in text


def test_a_version_whose_name_is_no_file_name_stays_in_the_folder(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, home=tmp_path / "home", prompts=tmp_path / "prompts")
    candidate, active = two()
    named = ("../../x", "a/b")
    written = site.write_comparison(settings, candidate, active, ruling.decide(candidate, active), named)
    assert written.parent == site.folder(settings.home)
