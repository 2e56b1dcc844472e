"""The words of this room: what a model is asked for, and what is made of it."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from radar_pipeline.models import Evidence, StandingQuestion


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QuoteForm(_Strict):
    """A quote as the model gives it: the passage's number from 1, and the words."""

    passage: int
    quote: str


class SentenceForm(_Strict):
    """A sentence as the model gives it, with what it rests on."""

    text: str
    quotes: list[QuoteForm]
    assessments: list[str]


class AnswerForm(_Strict):
    """The whole answer as the model gives it."""

    sentences: list[SentenceForm]
    not_answered: str


class State(StrEnum):
    """How a question was answered."""

    ANSWERED = "answered"
    CUT_SHORT = "cut_short"  # the answer broke off: what was verified until then stands
    NOT_ANSWERED = "not_answered"  # quotes and assessments instead, for a reason


class Why(StrEnum):
    """Why there is no answer in prose, or not all of it: a closed set."""

    NO_MODEL = "no_model"  # no key, or RADAR_JUDGE=local
    NO_CORPUS = "no_corpus"
    PROVIDERS_FAILED = "providers_failed"
    SETUP = "setup"  # a key, a name or a price is wrong
    QUOTA = "quota"
    BUDGET = "budget"
    REFUSED = "refused"
    INVALID_ANSWER = "invalid_answer"
    TOO_LONG = "too_long"
    FAILED = "failed"


RETRIED = frozenset({Why.PROVIDERS_FAILED, Why.SETUP, Why.QUOTA, Why.BUDGET, Why.FAILED})


class Kind(StrEnum):
    """What a line of an answer is."""

    SENTENCE = "sentence"  # a model's, verified or marked
    QUOTE = "quote"  # a sentence of a document, shown instead of prose
    ASSESSMENT = "assessment"  # a verdict, shown instead of prose


class Unsupported(StrEnum):
    """Why a sentence is marked as unsupported: a closed set."""

    NO_SOURCE = "no_source"  # it rests on nothing
    NOT_FOUND = "not_found"  # no quote of it is in the documents, and no assessment was made that it cites
    OTHER_VERDICT = "other_verdict"  # the assessment says otherwise, or the sentence no verdict
    SAYS_MORE = "says_more"  # a number, date, reference, negation or duty that its sources do not have
    OFF_TOPIC = "off_topic"  # it shares hardly a word with its sources


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One line of an answer with its support; ``unsupported`` is None where it has some."""

    text: str
    kind: Kind = Kind.SENTENCE
    unsupported: Unsupported | None = None
    quotes: tuple[Evidence, ...] = ()  # verified; none of an unsupported sentence
    assessments: tuple[str, ...] = ()  # requirement ids whose verdict it tells


@dataclass(frozen=True, slots=True)
class Spoke:
    """Who answered, and what it cost; all empty where no model did."""

    model: str = ""  # provider/model
    deployment: str = ""  # alias in models.yaml
    prompt: str = ""  # name@version#sha
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: Decimal = Decimal(0)
    cache: str = "off"
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a model said, whole and not yet verified: what is kept, to be verified again each time."""

    form: AnswerForm
    spoke: Spoke
    on: date

    def as_json(self) -> str:
        """The text under which it is kept."""
        spoke = {name: str(getattr(self.spoke, name)) for name in _KEPT}
        return json.dumps(
            {"form": self.form.model_dump(), "on": self.on.isoformat(), **spoke}, ensure_ascii=False
        )

    @classmethod
    def from_json(cls, text: str) -> "Told | None":
        """What ``as_json`` gave; None for anything else."""
        try:
            value = json.loads(text)
            spoke = Spoke(
                model=value["model"],
                deployment=value["deployment"],
                prompt=value["prompt"],
                tokens_in=int(value["tokens_in"]),
                tokens_out=int(value["tokens_out"]),
                cost_usd=Decimal(value["cost_usd"]),
            )
            form = AnswerForm.model_validate(value["form"])
            return cls(form, spoke, date.fromisoformat(value["on"]))
        except (ValueError, KeyError, TypeError, ArithmeticError):
            return None


_KEPT = ("model", "deployment", "prompt", "tokens_in", "tokens_out", "cost_usd")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as shown. ``answer_key`` is equal where question, sources and models are.

    ``note``: what a person should know or do, no document's text; ``not_answered``: what the sources
    do not tell, in the model's words.
    """

    question: StandingQuestion
    answer_key: str
    state: State
    sentences: tuple[AnswerSentence, ...]
    answered_on: date
    why: Why | None = None
    note: str = ""
    not_answered: str = ""
    spoke: Spoke = Spoke()
    reused: bool = False

    @property
    def answer_id(self) -> str:
        """What a person names it by, as in ``radar rate``."""
        return f"a-{self.answer_key}"

    @property
    def claims(self) -> tuple[int, int]:
        """How many sentences a model wrote, and how many of them nothing supports."""
        own = [s for s in self.sentences if s.kind is Kind.SENTENCE]
        return len(own), sum(s.unsupported is not None for s in own)
