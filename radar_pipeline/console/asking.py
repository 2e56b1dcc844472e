"""``radar ask`` and ``radar rate``: answers sentence by sentence, each with the numbers of its sources."""

import json
import re
from typing import Any

from rich.console import Console

from radar_pipeline.console.answer import Answer as Shown
from radar_pipeline.console.citations import Citations
from radar_pipeline.console.plain import plain
from radar_pipeline.console.published import Tables, published_tables
from radar_pipeline.errors import UnknownNameError
from radar_pipeline.questions.answers import Answer, AnswerSentence
from radar_pipeline.report.site import words
from radar_pipeline.settings import Settings

_ANSWER_ID = re.compile(r"a-[0-9a-f]{24}")


def ask(settings: Settings, slug: str, text: str, *, as_json: bool) -> None:
    """Answer now, as it comes; as one JSON object at the end if asked for."""
    from radar_pipeline import tenancy
    from radar_pipeline.sweep.asking import ask as answering
    from radar_pipeline.sweep.environment import open_environment
    from radar_pipeline.tenancy.questions import asked

    question = asked(text)
    environment = open_environment(settings)
    [tenant] = tenancy.select(environment.tenants, [slug])
    citations = Citations(published_tables(settings, slug))
    console = Console(highlight=False)
    sentences: list[dict[str, Any]] = []
    for step in answering(environment, tenant, question):
        if isinstance(step, AnswerSentence):
            sentences.append(_sentence(step, citations))
            if not as_json:
                console.print(_line(sentences[-1]), soft_wrap=True)
        elif as_json:
            print(json.dumps(_value(step, sentences, citations), ensure_ascii=False, indent=2, default=str))
        else:
            _show_end(console, _value(step, sentences, citations))


def standing(settings: Settings, slug: str) -> Shown:
    """The standing questions of tenants.yaml with what the last sweep answered."""
    from radar_pipeline import tenancy
    from radar_pipeline.sweep.environment import open_environment

    environment = open_environment(settings)
    [tenant] = tenancy.select(environment.tenants, [slug])
    tables = published_tables(settings, slug)
    answered = {row["question_id"]: row for row in tables["standing_answers"]}
    value = []
    for question in tenant.questions:
        row = answered.get(question.question_id)
        current = row if row is not None and row["question"] == question.text else None
        value.append(
            {"question_id": question.question_id, "question": question.text, **_told(tables, current)}
        )

    def render(console: Console) -> None:
        if not value:
            console.print(f"{plain(slug)} keeps no questions. Write them under `questions` in tenants.yaml.")
        for one in value:
            console.print(f"\n[bold]{plain(one['question'])}[/]", soft_wrap=True)
            for sentence in one["sentences"]:
                console.print(_line(sentence), soft_wrap=True)
            _show_end(console, one)

    return Shown(value, render)


def rate(settings: Settings, slug: str, answer_id: str, *, up: bool) -> str:
    """Note a rating. Raises UnknownNameError for an answer that the tenant was not given."""
    from radar_pipeline import tenancy
    from radar_pipeline.sweep.asking import is_known_answer
    from radar_pipeline.sweep.environment import open_environment

    environment = open_environment(settings)
    [tenant] = tenancy.select(environment.tenants, [slug])
    if not _ANSWER_ID.fullmatch(answer_id) or not is_known_answer(environment, tenant, answer_id):
        raise UnknownNameError(
            f"{slug} was given no answer of that id.",
            remedy=f"`radar ask {slug}` lists the standing answers with their ids.",
        )
    environment.operations.feedback.put(tenant.slug, "answer", answer_id, 1 if up else -1)
    return f"Noted: {answer_id} was {'of use' if up else 'of no use'}."


# ── One answer ────────────────────────────────────────────────────────────────────────────────


def _sentence(sentence: AnswerSentence, citations: Citations) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "kind": sentence.kind.value,
        "unsupported": sentence.unsupported.value if sentence.unsupported else None,
        "citations": [
            *(citations.quote(q.evidence_id, q.quote, q.citation, q.path, q.page) for q in sentence.quotes),
            *(citations.assessment(requirement_id) for requirement_id in sentence.assessments),
        ],
    }


def _value(answer: Answer, sentences: list[dict[str, Any]], citations: Citations) -> dict[str, Any]:
    return {
        "answer_id": answer.answer_id if answer.spoke.model else "",
        "question": answer.question.text,
        "state": answer.state.value,
        "why": answer.why.value if answer.why else None,
        "note": answer.note,
        "sentences": sentences,
        "citations": citations.listed,
        "not_answered": answer.not_answered,
        "answered_on": answer.answered_on.isoformat(),
        "model": answer.spoke.model,
        "prompt": answer.spoke.prompt,
        "cache": answer.spoke.cache,
        "cost_usd": float(answer.spoke.cost_usd),
    }


def _told(tables: Tables, row: dict[str, Any] | None) -> dict[str, Any]:
    """A published answer in the same form; an empty one if there is none."""
    citations = Citations(tables)
    if row is None:
        note = "Not answered yet: the next sweep asks."
        return {"answer_id": "", "state": None, "why": None, "note": note, "sentences": [], "citations": []}
    own = [r for r in tables["standing_answer_sentences"] if r["question_id"] == row["question_id"]]
    quotes = {
        r["number"]: r for r in tables["standing_answer_quotes"] if r["question_id"] == row["question_id"]
    }
    sentences = [
        {
            **{name: sentence[name] for name in ("text", "kind", "unsupported")},
            "citations": [
                *(
                    citations.quote(q["evidence_id"], q["quote"], q["citation"], q["path"], q["page"])
                    for q in (quotes[number] for number in sentence["quotes"])
                ),
                *(citations.assessment(requirement_id) for requirement_id in sentence["assessments"]),
            ],
        }
        for sentence in sorted(own, key=lambda r: r["ordinal"])
    ]
    told = ("answer_id", "state", "why", "note", "not_answered", "answered_on", "model")
    return {
        **{name: row[name] for name in told},
        "prompt": row["prompt_ref"],
        "sentences": sentences,
        "citations": citations.listed,
    }


def _line(sentence: dict[str, Any]) -> str:
    text = plain(sentence["text"])
    if sentence["unsupported"]:
        return f"  {text} [yellow]\\[unsupported: {words.UNSUPPORTED[sentence['unsupported']]}][/]"
    numbers = "".join(f"\\[{number}]" for number in sentence["citations"])
    shown = f"“{text}”" if sentence["kind"] == "quote" else text
    return f"  {shown} [bold]{numbers}[/]"


def _show_end(console: Console, value: dict[str, Any]) -> None:
    if value.get("not_answered"):
        console.print(f"  [dim]Not answered:[/] {plain(value['not_answered'])}", soft_wrap=True)
    if value["note"]:
        console.print(f"  [yellow]{plain(value['note'])}[/]", soft_wrap=True)
    if value["citations"]:
        console.print("\n  [bold]Sources[/]")
    for source in value["citations"]:
        console.print(f"  \\[{source['number']}] {plain(source['citation'])}", soft_wrap=True)
        if source["quote"]:
            console.print(f"      [dim]“{plain(' '.join(source['quote'].split()))}”[/]", soft_wrap=True)
    if value["answer_id"]:
        console.print(f"\n  [dim]{value['answer_id']}: rate it with `radar rate`.[/]", soft_wrap=True)
