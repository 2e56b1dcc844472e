"""A model's judgement with all that it was made of, for whoever looks at how good the model is."""

from dataclasses import dataclass

from radar_pipeline.judge.answers import CoverageAnswer
from radar_pipeline.judge.shown import Found, Shown
from radar_pipeline.llm.call import ModelReply
from radar_pipeline.models import Judgement


@dataclass(frozen=True, slots=True)
class Given:
    """A quote as the model gave it: the passage it named, and where the words stand, if they do."""

    passage: int
    quote: str
    found: Found | None


@dataclass(frozen=True, slots=True)
class Examined:
    """A judgement, the question as shown for it, and the model's replies in order, the last of which it is
    made of; none where nothing had to be asked."""

    judgement: Judgement
    shown: Shown
    replies: tuple[ModelReply[CoverageAnswer], ...] = ()

    @property
    def quotes(self) -> tuple[Given, ...]:
        """Every quote of the last reply, looked up; one that stands nowhere is among them."""
        elements = self.replies[-1].value.elements if self.replies else ()
        given = [quote for element in elements for quote in element.quotes]
        return tuple(Given(q.passage, q.quote, self.shown.find(q.passage, q.quote)) for q in given)

    @property
    def repaired(self) -> bool:
        """Whether some reply was at first not of the form asked for."""
        return any(reply.repaired for reply in self.replies)
