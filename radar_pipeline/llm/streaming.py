"""An answer as it comes: opened like any attempt, then followed to its end and checked as a whole."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Generic

from radar_pipeline.llm.attempts import Attempts, Begun, Keep
from radar_pipeline.llm.call import Answer, ModelReply
from radar_pipeline.llm.catalog import Deployment
from radar_pipeline.llm.providers.base import RawAnswer
from radar_pipeline.llm.routing import AttemptFailedError, Journey


class AnswerStream(Generic[Answer]):
    """The raw text of an answer as it comes, and the checked reply once it is exhausted.

    The pieces make the JSON text of ``call.answer``. A failure raises ModelCallError out of the iteration;
    pieces given until then are not an answer.
    """

    def __init__(self, pieces: Iterator[str | ModelReply[Answer]]) -> None:
        self._pieces = pieces
        self._reply: ModelReply[Answer] | None = None

    def __iter__(self) -> Iterator[str]:
        for piece in self._pieces:
            if isinstance(piece, str):
                yield piece
            else:
                self._reply = piece

    @property
    def reply(self) -> ModelReply[Answer]:
        """The checked answer. Raises ValueError before the end of the stream."""
        if self._reply is None:
            raise ValueError("The stream is not exhausted.")
        return self._reply


@dataclass(frozen=True, slots=True)
class Opened:
    """A stream whose first piece has come; ``stack`` gives back what it holds."""

    begun: Begun
    first: str | RawAnswer
    pieces: Iterator[str | RawAnswer]
    stack: ExitStack


def opened(attempts: Attempts, journey: Journey[Answer], deployment: Deployment) -> Opened:
    """A stream with its first piece: until then another deployment may still be asked."""
    prepared = attempts.prepare(journey, deployment)
    with ExitStack() as stack:
        begun = stack.enter_context(attempts.turn(journey, prepared))
        try:
            pieces = attempts.stream(begun)
            first = next(pieces)
        except Exception as error:
            raise attempts.fail(journey, begun, error) from None
        return Opened(begun, first, pieces, stack.pop_all())


def rest(
    attempts: Attempts, journey: Journey[Answer], stream: Opened, keep: Keep
) -> Generator[str, None, tuple[RawAnswer, Answer]]:
    """The pieces of the text, and returned at the end the whole answer, checked. Raises ModelCallError."""
    with stream.stack:
        item = stream.first
        try:
            while isinstance(item, str):
                yield item
                item = next(stream.pieces)
        except Exception as error:
            failed = attempts.fail(journey, stream.begun, error)
            raise (journey.broken(failed) if isinstance(failed, AttemptFailedError) else failed) from None
        try:
            return item, attempts.accept(journey, stream.begun, item, keep)
        except AttemptFailedError as failed:
            raise journey.broken(failed) from None
