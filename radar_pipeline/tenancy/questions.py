"""Questions that people ask of a tenant: on the command line, or standing in ``tenants.yaml``."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.models import StandingQuestion
from radar_pipeline.prompts.clean import clean

LONGEST = 500  # characters of a question
FEWEST_LETTERS = 3
MOST_QUESTIONS = 20  # of one tenant
_ID = r"^[a-z0-9][a-z0-9-]{0,62}$"


def question_text(text: str) -> str:
    """The question on one line, without characters that nobody sees. Raises ValueError."""
    line = " ".join(clean(text).split())
    if sum(c.isalnum() for c in line) < FEWEST_LETTERS:
        raise ValueError("a question needs words")
    if len(line) > LONGEST:
        raise ValueError(f"a question has at most {LONGEST} characters, and this one {len(line):,}")
    return line


def asked(text: str) -> StandingQuestion:
    """A question as typed by a person. Raises ConfigurationError, which does not repeat it."""
    try:
        line = question_text(text)
    except ValueError as error:
        raise ConfigurationError(
            f"This cannot be asked: {error}.", remedy="Ask one question, in one or two sentences."
        ) from None
    return StandingQuestion(own_id(line), line)


def own_id(text: str) -> str:
    """The id of a question that was given none: a hash, because a question may be confidential."""
    return f"q-{ids.digest(text, length=12)}"


class QuestionEntry(BaseModel):
    """A standing question as written in the file. With an ``id`` it keeps its history when reworded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[str, AfterValidator(question_text)]
    id: str = Field(default="", pattern=f"({_ID})|^$")

    @property
    def asked(self) -> StandingQuestion:
        """The question with its id."""
        return StandingQuestion(self.id or own_id(self.text), self.text)


def entry_of(value: object) -> object:
    """An entry may be the text alone."""
    return {"text": value} if isinstance(value, str) else value


def repeated(entries: Sequence[QuestionEntry]) -> Iterator[tuple[int, str]]:
    """Positions of questions that stand twice, by their id or their words, and what is repeated."""
    asked_ = [entry.asked for entry in entries]
    for n, question in enumerate(asked_):
        before = asked_[:n]
        if question.question_id in {q.question_id for q in before}:
            yield n, f"the question {question.question_id}"
        elif question.text.casefold() in {q.text.casefold() for q in before}:
            yield n, "the same words"
