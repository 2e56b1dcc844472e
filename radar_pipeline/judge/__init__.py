"""What turns (requirement, passages) into a judgement, and verifies what it quotes."""

from typing import Protocol

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.models import JudgeIdentity, Judgement, Question


class Judge(Protocol):
    """Judges one question at a time; a function of the question and of its identity only."""

    @property
    def identity(self) -> JudgeIdentity:
        """What must be equal for a judgement to be reused."""

    def judge(self, question: Question) -> Judgement:
        """The judgement. May raise; the caller turns that into ``not_assessed(judge_failed)``."""


def judge_named(name: str, embedder_identity: str) -> Judge:
    """The judge a setting names; raises ConfigurationError if there is none of that name.

    ``embedder_identity`` is the identity of the embedder whose vectors the questions carry.
    """
    if name in ("local", "auto"):
        from radar_pipeline.judge.local import LocalJudge

        return LocalJudge(embedder_identity)
    raise ConfigurationError(
        f"There is no judge named {name!r}.",
        remedy="Set RADAR_JUDGE to: local.",
    )
