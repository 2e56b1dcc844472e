"""The words of this room: frozen value types, free of any store, model or orchestrator."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from radar_pipeline import ids
from radar_pipeline.prompts.use_cases import UseCase

LOCAL = "local"  # the name of the local judge among subjects


class Severity(StrEnum):
    """How bad a wrong answer to a case is."""

    CRITICAL = "critical"  # must pass, or the gate blocks
    MAJOR = "major"
    MINOR = "minor"


@dataclass(frozen=True, slots=True)
class Case:
    """A question whose answer is known.

    ``inputs`` and ``expected`` are as the use case's schema has them (``data/eval_cases/README.md``).
    ``required_quotes`` must be quoted, literally in the case's documents; ``forbidden_claims`` are
    regular expressions that no sentence of the answer may match, ``patterns`` those that it must.
    ``source``: the document or firm that cases share, the cluster of the statistics. ``tenant``: whose
    text it holds; empty for the project's own.
    """

    case_id: str
    use_case: UseCase
    inputs: Mapping[str, Any]
    expected: Mapping[str, Any]
    source: str
    required_quotes: tuple[str, ...] = ()
    forbidden_claims: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    severity: Severity = Severity.MAJOR
    why: str = ""  # the author's reason for the expected answer, in one sentence
    tenant: str = ""
    inputs_sha: str = ""  # digest of what is asked, the bytes of its documents included, 16 digits
    sha: str = ""  # digest of all that is asked or expected, 16 digits


@dataclass(frozen=True, slots=True)
class Subject:
    """What is evaluated: a version of a prompt, or a version of the local judge (``name`` is ``LOCAL``)."""

    use_case: UseCase
    name: str
    version: str  # major.minor.patch; of the local judge: that of its rules, such as rules-4
    sha: str  # of the prompt's content, or of the local judge's identity; 64 digits
    variant: str = ""
    status: str = ""  # draft | active | deprecated

    @property
    def key(self) -> str:
        """``name@version``: the partition of the assets, and what commands call it."""
        return f"{self.name}@{self.version}"

    @property
    def ref(self) -> str:
        """``name@version#sha``, the sha cut to 12 digits, as records name a prompt."""
        return f"{self.key}#{self.sha[:12]}"


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote as the subject gave it, and whether it is literally in the case's documents."""

    quote: str
    verified: bool
    passage: int = 0  # number from 1 of the passage it was said to stand in; 0: none was said
    document: str = ""  # path of the document it was found in; empty if it was not


@dataclass(frozen=True, slots=True)
class Response:
    """What a subject answered to one case, once.

    ``answer``, JSON values, by use case:
    judge: verdict (what it leans to if withheld), withheld (reason or ""), confidence, elements
    [{id, status}], text (explanation and notes); ask: sentences [{text, supported}], not_answered, text;
    decompose: elements [{role, text, limit}], text; contradict: contradicts (bool), kind, text;
    evaluate: passes (bool), score (0 to 1), text. ``text`` is all prose in one, for the scorers that read.
    Empty if there is no answer, and then ``error`` says why.
    """

    answer: Mapping[str, Any]
    quotes: tuple[Quoted, ...] = ()
    valid: bool = True  # the first answer was of the form asked for
    error: str = ""  # an ErrorClass, where no answer came
    model: str = ""  # provider/model that answered, or the local judge's rules
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = None  # None: nothing was asked live
    latency_ms: float | None = None  # of a live call, from the first attempt to the checked answer
    simulated: bool = False  # the fake provider answered
    asked_at: str = ""  # ISO 8601, UTC

    @property
    def answered(self) -> bool:
        """Whether there is an answer to score."""
        return not self.error

    def as_json(self) -> dict[str, Any]:
        """JSON values that ``from_json`` reads."""
        body = {name: getattr(self, name) for name in self.__slots__}
        body["quotes"] = [{n: getattr(q, n) for n in q.__slots__} for q in self.quotes]
        body["answer"] = dict(self.answer)
        return body

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Response":
        """What ``as_json`` gave. Raises KeyError, TypeError or ValueError for anything else."""
        quotes = tuple(Quoted(**q) for q in body["quotes"])
        return cls(**{**body, "quotes": quotes})


@dataclass(frozen=True, slots=True)
class Score:
    """What one scorer says of one response; ``value`` None: it could not judge, which is not a zero."""

    value: float | None
    answer: str = ""  # what was found, in a few words
    explanation: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """One case, one repeat: what was answered and how it scored, by scorer's name."""

    case: Case
    repeat: int  # from 1
    response: Response
    scores: Mapping[str, Score]
    reused: bool = False  # the response was there already


@dataclass(frozen=True, slots=True)
class Run:
    """One evaluation of a subject on a data set. Equal inputs have the same ``run_id``.

    ``unasked``: cases left out because the money set aside was used up, or no model could be reached.
    """

    run_id: str
    subject: Subject
    model: str  # identity of the route, or of the local judge
    dataset: str  # digest of the cases, 16 digits
    scorers: Mapping[str, str]  # name -> sha
    repeats: int
    evaluated_at: datetime
    simulated: bool
    results: tuple[Result, ...]
    unasked: int = 0

    @property
    def complete(self) -> bool:
        """Whether every case was asked."""
        return self.unasked == 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95% interval; ``value`` None: nothing could be measured.

    ``low`` and ``high`` None: not enough data for an interval.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int  # cases
    clusters: int  # sources


@dataclass(frozen=True, slots=True)
class Difference:
    """Candidate minus active on the same cases, paired; ``needed``: how many more cases would decide, by
    the spread seen so far; 0 where it is decided, None where that cannot be told."""

    metric: str
    estimate: Estimate
    needed: int | None = None


def digest_of(value: object, *more: bytes) -> str:
    """16 digits over JSON values, in canonical form, and further bytes."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return ids.digest(text, *more, length=16)
