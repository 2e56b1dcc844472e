"""A compared case as plain values: the template only lays it out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radar_pipeline.errors import RadarError
from radar_pipeline.evals import wording
from radar_pipeline.evals.asked import NotFoundError, requirement_of
from radar_pipeline.evals.comparison import Change, Row
from radar_pipeline.evals.scorers import passed
from radar_pipeline.evals.values import Case, Quoted, Result, Severity
from radar_pipeline.prompts.use_cases import UseCase

ORDER = (Change.BROKEN, Change.FIXED, Change.STILL_WRONG, Change.STILL_RIGHT)
_SHOWN = 1_200  # characters of a text that was shown to the subject
_PROSE = 2_000  # of what it answered


@dataclass(frozen=True, slots=True)
class SideView:
    """What one version answered. ``verdict`` colours its badge; ``scores`` are those that are not full."""

    said: str
    verdict: str
    right: bool
    text: str
    quotes: tuple[Quoted, ...]
    scores: tuple[tuple[str, str], ...]
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ElementView:
    """An element of the requirement, as each version found it."""

    name: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case. Of a tenant's own everything that is text is empty."""

    name: str
    anchor: str
    change: str
    change_words: str
    severity: str
    critical: bool
    tags: tuple[str, ...]
    tenant: str
    title: str
    texts: tuple[tuple[str, str], ...]  # what was asked: what it is, and its text
    documents: tuple[str, ...]
    expected: str
    why: str
    required: tuple[str, ...]
    before: SideView
    now: SideView
    elements: tuple[ElementView, ...]


def views(rows: Iterable[Row], data: Path) -> list[CaseView]:
    """The cases, broken ones first, the most severe of those first. ``data``: the folder of data."""
    severities = list(Severity)
    ordered = sorted(rows, key=lambda r: (ORDER.index(r.change), severities.index(r.case.severity), r.name))
    return [_view(number, row, data) for number, row in enumerate(ordered, 1)]


def _view(number: int, row: Row, data: Path) -> CaseView:
    case = row.case
    title, texts = ("", ()) if case.tenant or not case.inputs else asked(case, data)
    documents = () if case.tenant else tuple(d["path"] for d in case.inputs.get("documents", ()))
    return CaseView(
        name=row.name,
        anchor=f"case-{number}",
        change=row.change.value,
        change_words=wording.CHANGES[row.change],
        severity=case.severity.value,
        critical=case.severity is Severity.CRITICAL,
        tags=() if case.tenant else case.tags,
        tenant=case.tenant,
        title=title,
        texts=texts,
        documents=documents,
        expected=wording.expected(case),
        why="" if case.tenant else case.why,
        required=() if case.tenant else case.required_quotes,
        before=_side(row.active),
        now=_side(row.candidate),
        elements=() if case.tenant else _elements(row),
    )


def asked(case: Case, data: Path) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What a case is called, and what was asked: each text with what it is."""
    inputs = case.inputs
    match case.use_case:
        case UseCase.JUDGE:
            try:
                found = requirement_of(inputs, data)
            except (NotFoundError, RadarError):  # the catalog has changed since
                return f"{inputs.get('framework', '')} {inputs.get('ref', '')}".strip(), ()
            return f"{found.ref} {found.title}", (("What is required", found.text), *_passages(inputs))
        case UseCase.ASK:
            return str(inputs["question"]), _passages(inputs)
        case UseCase.DECOMPOSE:
            return f"{inputs['ref']} {inputs['title']}", (("The requirement", str(inputs["text"])),)
        case UseCase.CONTRADICT:
            sides = (("First passage", inputs["first"]), ("Second passage", inputs["second"]))
            return "", tuple((f"{name}, {side['kind']}", _cut(side["text"])) for name, side in sides)
        case UseCase.EVALUATE:
            parts = (("The material", inputs["material"]), ("The answer to judge", inputs["answer"]))
            return str(inputs["task"]), tuple((name, _cut(text)) for name, text in parts)


def _passages(inputs: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    given = enumerate(inputs.get("passages", ()), 1)
    return tuple((f"Passage {n}, {p['kind']}, {p['status']}", _cut(p["text"])) for n, p in given)


def _side(result: Result) -> SideView:
    case, response = result.case, result.response
    own = bool(case.tenant)
    return SideView(
        said=wording.said(case, response),
        verdict=wording.verdict_code(case, response),
        right=passed(result) is True,
        text="" if own else _cut(str(response.answer.get("text") or ""), _PROSE),
        quotes=() if own else response.quotes,
        scores=() if own else _scores(result),
        items=() if own else _items(result),
    )


def _scores(result: Result) -> tuple[tuple[str, str], ...]:
    """What each scorer that was not wholly content says."""
    full = {"latency_ms", "cost_usd", "model_grade"}
    return tuple(
        (wording.metric(name), f"{wording.figure(name, score.value)} {score.answer}".strip())
        for name, score in result.scores.items()
        if name not in full and score.value is not None and not _content(name, score.value)
    )


def _content(name: str, value: float) -> bool:
    return value == (0.0 if name == "verdict_cost" else 1.0)


def _items(result: Result) -> tuple[str, ...]:
    """The sentences of an answer, or the elements of a requirement taken apart."""
    answer = result.response.answer
    if result.case.use_case is UseCase.ASK:
        told = [
            f"{s.get('text', '')}{'' if s.get('supported') else ' (nothing carries it)'}"
            for s in answer.get("sentences") or ()
        ]
        left = str(answer.get("not_answered") or "").strip()
        return (*told, *([f"Left open: {left}"] if left else []))
    if result.case.use_case is UseCase.DECOMPOSE:
        return tuple(map(_part, answer.get("elements") or ()))
    return ()


def _part(element: Mapping[str, Any]) -> str:
    limit = element.get("limit")
    return f"{element.get('role', '')}: {element.get('text', '')}{f' ({limit})' if limit else ''}"


def _elements(row: Row) -> tuple[ElementView, ...]:
    """The status of each element before and now, of a requirement that was assessed."""
    if row.case.use_case is not UseCase.JUDGE:
        return ()
    before, now = (
        {str(e.get("id")): str(e.get("status")) for e in side.response.answer.get("elements") or ()}
        for side in (row.active, row.candidate)
    )
    return tuple(ElementView(name, before.get(name, ""), now.get(name, "")) for name in {**before, **now})


def _cut(text: str, most: int = _SHOWN) -> str:
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0]} …"
