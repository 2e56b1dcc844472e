"""What a model is shown of a question: the candidates that can be evidence, without what instructs machines.

A sentence that instructs a reader's machine is cut out before anything is asked, so the answer is that of
the documents without it. Quotes are found in the text as shown and led back to the passage as it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from radar_pipeline.judge import injection
from radar_pipeline.judge.injection import Cut
from radar_pipeline.judge.injection_suspected import suspected as suspected_in
from radar_pipeline.judge.locate import Exactness, locate
from radar_pipeline.judge.view import admitted
from radar_pipeline.models import Candidate, Element, Question, Requirement, Role
from radar_pipeline.prompts.render import Value

WHOLE = "requirement"  # the element id of a requirement that its catalog does not take apart
_FEWEST_LETTERS = 12  # less says nothing that could be quoted


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """A candidate as shown, under its number from 1."""

    number: int
    candidate: Candidate
    cut: Cut
    heading: str
    suspected: bool = False  # words that may instruct a machine are left in


@dataclass(frozen=True, slots=True)
class Found:
    """A quote in its passage as it stands: half-open offsets, and whether the wording was noisy."""

    passage: ShownPassage
    start: int
    end: int
    noisy: bool

    @property
    def quote(self) -> str:
        """What the passage says there."""
        return self.passage.candidate.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Shown:
    """A question as shown. ``flagged``: how many candidates instruct a machine; ``suspected``: how many may
    do so."""

    requirement: Requirement
    elements: tuple[Element, ...]
    passages: tuple[ShownPassage, ...]
    flagged: int
    suspected: int = 0

    @property
    def values(self) -> Mapping[str, Value]:
        """The prompt's variables."""
        return {
            "requirement": {
                "ref": self.requirement.ref,
                "title": self.requirement.title,
                "text": self.requirement.text,
            },
            "elements": [_element(e) for e in self.elements],
            "passages": [
                {
                    "number": p.number,
                    "kind": p.candidate.kind.value,
                    "status": p.candidate.status.value,
                    "heading": p.heading,
                    "text": p.cut.text,
                }
                for p in self.passages
            ],
        }

    def find(self, number: int, quote: str) -> Found | None:
        """The quote in the passage of that number, else in another: a wrong number is no false quote."""
        named = [p for p in self.passages if p.number == number]
        others = [p for p in self.passages if p.number != number]
        for passage in (*named, *others):
            located = locate(quote, passage.cut.text)
            if located is None or (passage.number != number and located.exactness is not Exactness.VERIFIED):
                continue
            place = passage.cut.original(located.start, located.end)
            if place is not None:
                return Found(passage, place[0], place[1], located.exactness is Exactness.NOISY)
        return None


def show(question: Question, *, careful: bool = False) -> Shown:
    """The question as a model may see it; ``careful``: without what is merely suspected, too."""
    passages: list[ShownPassage] = []
    flagged = suspected = 0
    for candidate in admitted(question):
        flags = injection.instructions(candidate.text)
        doubtful = suspected_in(candidate.text)
        cut = injection.without(candidate.text, (*flags, *doubtful) if careful else flags)
        flagged += bool(flags)
        suspected += bool(doubtful)
        if sum(c.isalpha() for c in cut.text) >= _FEWEST_LETTERS:
            left_in = bool(doubtful) and not careful
            passages.append(ShownPassage(len(passages) + 1, candidate, cut, _heading(candidate), left_in))
    elements = elements_of(question.requirement)
    return Shown(question.requirement, elements, tuple(passages), flagged, suspected)


def elements_of(requirement: Requirement) -> tuple[Element, ...]:
    """Its elements; the whole text as one, where the catalog has none."""
    return requirement.elements or (Element(WHOLE, Role.ACTION, requirement.text),)


def _heading(candidate: Candidate) -> str:
    """The headings above it; one that instructs a machine, or may do so, is left out."""
    headings = candidate.heading_path
    return " > ".join(h for h in headings if not (injection.instructions(h) or suspected_in(h)))


def _element(element: Element) -> dict[str, str]:
    told = {"id": element.element_id, "role": element.role.value, "text": element.text}
    return {**told, "limit": str(element.limit)} if element.limit else told
