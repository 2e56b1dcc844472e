"""What an answer may rest on: passages as shown to a model, and current assessments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from radar_pipeline import ids
from radar_pipeline.judge import injection
from radar_pipeline.judge.injection import Cut
from radar_pipeline.judge.locate import Exactness, locate
from radar_pipeline.models import Evidence, Kind, Passage, Stance, StandingQuestion, Status, Verdict

_FEWEST_LETTERS = 12  # less says nothing that could be quoted


@dataclass(frozen=True, slots=True)
class AssessmentFact:
    """A current assessment as far as an answer may tell of it."""

    requirement_id: str  # framework:ref; what it is cited by
    ref: str
    title: str
    text: str  # the requirement
    verdict: Verdict
    confidence: float
    framework: str = ""  # its name

    @property
    def shown_confidence(self) -> str:
        """To one digit: what does not change the answer shall not change the question."""
        return f"{self.confidence:.1f}"


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """A passage as shown, under its number from 1, without what instructs a reader's machine."""

    number: int
    passage: Passage
    cut: Cut
    document: str
    heading: str


@dataclass(frozen=True, slots=True)
class About:
    """What is known of the organisation that asks."""

    tenant: str
    industry: str
    jurisdictions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """All that one question may be answered from."""

    question: StandingQuestion
    about: About
    today: date
    passages: tuple[ShownPassage, ...]
    assessments: tuple[AssessmentFact, ...]
    corpus_version: str  # of everything searched, not of what was found
    text: Callable[[str], str]  # canonical text by version id
    paths: Mapping[str, str]  # by document id
    searched: int  # passages

    @property
    def values(self) -> dict[str, object]:
        """The prompt's variables."""
        return {
            "question": self.question.text,
            "organisation": {
                "industry": self.about.industry,
                "jurisdictions": list(self.about.jurisdictions),
            },
            "today": self.today.isoformat(),
            "assessments": [
                {
                    "ref": a.requirement_id,
                    "title": a.title,
                    "verdict": a.verdict.value,
                    "confidence": a.shown_confidence,
                }
                for a in self.assessments
            ],
            "passages": [
                {
                    "number": p.number,
                    "document": p.document,
                    "kind": p.passage.kind.value,
                    "status": p.passage.status.value,
                    "heading": p.heading,
                    "text": p.cut.text,
                }
                for p in self.passages
            ],
        }

    def key(self, speaker: str) -> str:
        """Digest of the question and all that its answer is made of; the clock is left out, as it is
        of judgements. ``speaker``: prompt and models."""
        found = [
            f"{p.passage.passage_hash}|{p.passage.kind}|{p.passage.status}|{p.document}"
            for p in self.passages
        ]
        verdicts = [f"{a.requirement_id}|{a.verdict}|{a.shown_confidence}" for a in self.assessments]
        about = [self.about.tenant, self.about.industry, *self.about.jurisdictions]
        parts = (self.question.text, *about, "passages", *found, "assessments", *verdicts)
        return ids.digest(speaker, *parts, length=24)

    def find(self, number: int, quote: str) -> Evidence | None:
        """The quote where it stands in the document, verified there; else None.

        It is looked for in the passage of that number, then in the others: a wrong number is no false
        quote.
        """
        named = [p for p in self.passages if p.number == number]
        others = [p for p in self.passages if p.number != number]
        for shown in (*named, *others):
            located = locate(quote, shown.cut.text)
            if located is None or (shown.number != number and located.exactness is not Exactness.VERIFIED):
                continue
            place = shown.cut.original(located.start, located.end)
            if place is not None:
                noisy = located.exactness is Exactness.NOISY
                return self.evidence(shown.passage, *place, noisy=noisy)
        return None

    def evidence(self, passage: Passage, start: int, end: int, *, noisy: bool = False) -> Evidence | None:
        """``passage.text[start:end]`` as a quote of its document; None if it is not literally there."""
        low, high = passage.start + start, passage.start + end
        quote = passage.text[start:end]
        if not quote or self.text(passage.version_id)[low:high] != quote:
            return None
        return Evidence(
            evidence_id=ids.digest(
                self.question.question_id, passage.version_id, str(low), str(high), length=24
            ),
            document_id=passage.document_id,
            version_id=passage.version_id,
            path=self.paths.get(passage.document_id, ""),
            page=passage.page,
            heading_path=passage.heading_path,
            start=low,
            end=high,
            quote=quote,
            stance=Stance.SUPPORTS,
            element_ids=(),
            score=0.9 if noisy else 1.0,
            noisy=noisy,
        )

    def assessment(self, ref: str) -> AssessmentFact | None:
        """The assessment cited as ``ref``: framework:ref, or the ref alone where one framework has it."""
        wanted = " ".join(ref.split()).casefold()
        exact = [a for a in self.assessments if a.requirement_id.casefold() == wanted]
        bare = [a for a in self.assessments if a.ref.casefold() == wanted]
        return exact[0] if exact else bare[0] if len(bare) == 1 else None


def show(passages: Sequence[Passage], names: Mapping[str, str]) -> tuple[ShownPassage, ...]:
    """The passages as a model may see them. ``names``: of their documents, by id.

    What the law says is not what the organisation has arranged, and what no longer holds is no answer.
    """
    shown: list[ShownPassage] = []
    for passage in passages:
        if passage.kind is Kind.REGULATION or passage.status is Status.SUPERSEDED:
            continue
        cut = injection.without(passage.text, injection.instructions(passage.text))
        if sum(c.isalpha() for c in cut.text) >= _FEWEST_LETTERS:
            heading = " > ".join(_harmless(passage.heading_path))
            document = "".join(_harmless([names.get(passage.document_id, "")]))
            shown.append(ShownPassage(len(shown) + 1, passage, cut, document, heading))
    return tuple(shown)


def _harmless(texts: Sequence[str]) -> list[str]:
    return [text for text in texts if not injection.instructions(text)]
