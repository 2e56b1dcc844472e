"""The sentences of an answer while its JSON is still coming: each as soon as it is finished."""

from pydantic import ValidationError
from pydantic_core import from_json

from radar_pipeline.questions.answers import SentenceForm

MOST_SENTENCES = 12  # of an answer; more is no answer to one question
_LONGEST = 200_000  # characters that are looked at while they come


class Reader:
    """Takes the pieces in order; gives each finished sentence once.

    A sentence is finished when the next one has begun, or what follows the list. What is not of the
    schema ends the reading: the checked reply will say so.
    """

    def __init__(self) -> None:
        self._text = ""
        self._given = 0
        self._lost = False

    def feed(self, piece: str) -> list[SentenceForm]:
        """The sentences that this piece finishes."""
        if self._lost:
            return []
        self._text += piece
        if len(self._text) > _LONGEST:
            self._lost = True
            return []
        return self._finished() if any(c in piece for c in "{}]") else []

    def _finished(self) -> list[SentenceForm]:
        try:
            value = from_json(self._text, allow_partial=True)
            rows = value["sentences"]
            last = len(rows) if "not_answered" in value else len(rows) - 1
            done = [SentenceForm.model_validate(row) for row in rows[self._given : min(last, MOST_SENTENCES)]]
        except KeyError:
            return []
        except (ValueError, TypeError, ValidationError):
            self._lost = True
            return []
        self._given += len(done)
        return done
