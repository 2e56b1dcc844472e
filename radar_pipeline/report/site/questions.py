"""The tenant's standing questions as its page shows them: sentences with the numbers of their sources."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from radar_pipeline.report.site import words
from radar_pipeline.report.site.context import Context
from radar_pipeline.report.site.requirement import Quote, anchor, quote_view
from radar_pipeline.report.site.tables import Arranged, Row


@dataclass(frozen=True, slots=True)
class Source:
    """What a sentence rests on: its number, and where it leads."""

    number: int
    anchor: str
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answer. ``unsupported``: why nothing carries it; empty if it has support."""

    text: str
    kind: str
    unsupported: str
    sources: list[Source]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question with its answer."""

    anchor: str
    question: str
    lines: list[Line]
    quotes: list[tuple[int, Quote]]  # by number
    why: str  # why there is no prose, or not all of it; empty if there is
    note: str
    not_answered: str
    answered_on: date
    record: str


def questions(data: Arranged, contexts: Mapping[str, Context]) -> list[QuestionView]:
    """All standing questions, in the order of their words."""
    rows = sorted(data.of("standing_answers"), key=lambda r: (r["question"].casefold(), r["question_id"]))
    return [_view(data, row, contexts) for row in rows]


def _view(data: Arranged, row: Row, contexts: Mapping[str, Context]) -> QuestionView:
    own = [r for r in data.of("standing_answer_quotes") if r["question_id"] == row["question_id"]]
    quotes = [
        (r["number"], quote_view(data, {**r, "stance": "supports"}, contexts))
        for r in sorted(own, key=lambda r: r["number"])
    ]
    places = {number: Source(number, quote.anchor, quote.citation) for number, quote in quotes}
    lines = [r for r in data.of("standing_answer_sentences") if r["question_id"] == row["question_id"]]
    return QuestionView(
        anchor=f"a-{anchor(row['question_id'])}",
        question=row["question"],
        lines=[_line(data, r, places) for r in sorted(lines, key=lambda r: r["ordinal"])],
        quotes=quotes,
        why=words.NO_ANSWER.get(row["why"] or "", ""),
        note=row["note"],
        not_answered=row["not_answered"],
        answered_on=row["answered_on"],
        record=", ".join(part for part in (row["model"], row["prompt_ref"], row["answer_id"]) if part),
    )


def _line(data: Arranged, row: Row, places: Mapping[int, Source]) -> Line:
    cited = [places[number] for number in row["quotes"] if number in places]
    told = [
        Source(0, anchor(r), data.requirements[r]["ref"])
        for r in row["assessments"]
        if r in data.requirements
    ]
    return Line(
        row["text"], row["kind"], words.UNSUPPORTED.get(row["unsupported"] or "", ""), [*cited, *told]
    )
