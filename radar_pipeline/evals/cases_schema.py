"""The form of a line of ``data/eval_cases/<use_case>/*.jsonl``, strict: an unknown field is an error."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from radar_pipeline.evals import expressions
from radar_pipeline.evals.cases_inputs import (
    AskInputs,
    ContradictInputs,
    DecomposeInputs,
    EvaluateInputs,
    JudgeInputs,
    Strict,
    Text,
    wrong,
)
from radar_pipeline.evals.values import Severity
from radar_pipeline.models import Role, Verdict
from radar_pipeline.prompts.use_cases import UseCase

CASE_ID = r"^[a-z0-9-]{3,80}$"
SLUG = r"^[a-z0-9][a-z0-9-]{0,79}$"


def _expression(value: str) -> str:
    if problem := expressions.problem(value):
        raise wrong(problem)
    return value


def _words(value: str) -> str:
    if value != value.lower():
        raise wrong("write the words in lower case")
    return value


Expression = Annotated[str, AfterValidator(_expression)]
Words = Annotated[Text, AfterValidator(_words)]
Told = Literal[Verdict.COVERED, Verdict.PARTIAL, Verdict.CONTRADICTED, Verdict.NOT_ADDRESSED]
ContradictionKind = Literal["deadline", "duty", "scope", "value", "responsibility"]


class JudgeExpected(Strict):
    """The verdict; ``also``: verdicts that are as right."""

    verdict: Told
    also: tuple[Told, ...] = ()

    @model_validator(mode="after")
    def _different(self) -> "JudgeExpected":
        if len({self.verdict, *self.also}) != 1 + len(self.also):
            raise wrong("a verdict is named twice")
        return self


class AskExpected(Strict):
    """Whether the material answers the whole question."""

    answered: bool


class ElementExpected(Strict):
    """An element that must be found: its role, and words with which words of its text begin."""

    role: Role
    contains: tuple[Words, ...] = Field(min_length=1)
    contains_limit: Text | None = None


class DecomposeExpected(Strict):
    """The elements; ``most``: how many an answer may have before the rest counts against it."""

    elements: tuple[ElementExpected, ...] = Field(min_length=1)
    most: Annotated[int, Field(ge=1, le=100)]

    @model_validator(mode="after")
    def _room(self) -> "DecomposeExpected":
        if self.most < len(self.elements):
            raise wrong("most is less than the elements that are expected")
        return self


class ContradictExpected(Strict):
    """Whether the passages contradict each other, and in what."""

    contradicts: bool
    kind: ContradictionKind | None = None

    @model_validator(mode="after")
    def _kind_of_something(self) -> "ContradictExpected":
        if self.kind and not self.contradicts:
            raise wrong("kind is for passages that contradict each other")
        return self


class EvaluateExpected(Strict):
    """An expert's label: whether the answer passes."""

    passes: bool


class CaseLine(Strict):
    """What the lines of all use cases have."""

    case_id: Annotated[str, Field(pattern=CASE_ID)]
    source: Annotated[str, Field(pattern=SLUG)]
    why: Text
    severity: Severity
    required_quotes: tuple[Text, ...] = ()
    forbidden_claims: tuple[Expression, ...] = ()
    patterns: tuple[Expression, ...] = ()
    tags: tuple[Annotated[str, Field(pattern=SLUG)], ...] = ()


class JudgeLine(CaseLine):
    """A requirement to be assessed."""

    inputs: JudgeInputs
    expected: JudgeExpected

    @model_validator(mode="after")
    def _nothing_to_quote(self) -> "JudgeLine":
        if self.required_quotes and {self.expected.verdict, *self.expected.also} == {Verdict.NOT_ADDRESSED}:
            raise wrong("what is not addressed has no quote that must be given")
        return self


class AskLine(CaseLine):
    """A question to be answered."""

    inputs: AskInputs
    expected: AskExpected


class DecomposeLine(CaseLine):
    """A requirement to be taken apart."""

    inputs: DecomposeInputs
    expected: DecomposeExpected


class ContradictLine(CaseLine):
    """Two passages to be compared."""

    inputs: ContradictInputs
    expected: ContradictExpected


class EvaluateLine(CaseLine):
    """An answer to be judged."""

    inputs: EvaluateInputs
    expected: EvaluateExpected


LINES: Mapping[UseCase, type[CaseLine]] = {
    UseCase.JUDGE: JudgeLine,
    UseCase.ASK: AskLine,
    UseCase.DECOMPOSE: DecomposeLine,
    UseCase.CONTRADICT: ContradictLine,
    UseCase.EVALUATE: EvaluateLine,
}
