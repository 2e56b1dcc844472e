"""What turns (requirement, passages) into a judgement, and verifies what it quotes."""

from typing import Protocol

from radar_pipeline.models import JudgeIdentity, Judgement, Question


class Judge(Protocol):
    """Judges one question at a time; a function of the question and of its identity only."""

    @property
    def identity(self) -> JudgeIdentity:
        """What must be equal for all judgements of a tenant to be reused."""

    def identity_for(self, requirement_id: str) -> JudgeIdentity:
        """What must be equal for the judgement of one requirement to be reused, and what is told of it: its
        own where versions are tried beside each other, else ``identity``."""

    @property
    def concurrency(self) -> int:
        """How many questions it may be asked at a time, each in a thread of its own."""

    def judge(self, question: Question) -> Judgement:
        """The judgement. May raise; the caller turns that into ``not_assessed`` with a reason."""
