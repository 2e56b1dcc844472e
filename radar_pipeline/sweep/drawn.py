"""Who judges a tenant while two versions of the prompt are tried: for each requirement, the one drawn for it.

To a sweep it is one judge. What it says of a requirement is what the version alone would say, under the very
identity that the version has without an experiment: so an experiment that begins or ends asks only about the
requirements whose version is another than before.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from radar_pipeline.evals.experiments import ArmName, Experiment, arm_of
from radar_pipeline.judge.answers import CoverageAnswer
from radar_pipeline.judge.llm import LlmJudge
from radar_pipeline.llm.call import ModelCall
from radar_pipeline.models import JudgeIdentity, Judgement, Question
from radar_pipeline.prompts.files import Prompt

_TRIED = re.compile(r"(?P<id>\S+): A (?P<A>\S+) \S+, B (?P<B>\S+) \S+")


@dataclass(frozen=True, slots=True)
class Tried:
    """An experiment as it was at one time: what each arm said, as ``name@version#sha``, and its share."""

    experiment: str
    refs: Mapping[ArmName, str]
    name: str  # all of it in one line: how the ledger and the tenant's key name it

    @classmethod
    def of(cls, experiment: Experiment, refs: Mapping[ArmName, str]) -> "Tried":
        """The experiment with these versions and its present weights."""
        b = experiment.share_of_b
        name = f"{experiment.id}: A {refs['A']} {1.0 - b:.6g}, B {refs['B']} {b:.6g}"
        return cls(experiment.id, refs, name)

    @classmethod
    def read(cls, name: str) -> "Tried | None":
        """What such a name says; None if it is none, as where one version judges alone."""
        found = _TRIED.fullmatch(name)
        return cls(found["id"], {"A": found["A"], "B": found["B"]}, name) if found else None


@dataclass(frozen=True, slots=True)
class Trial:
    """An experiment that runs, with the prompts of its arms."""

    experiment: Experiment
    prompts: Mapping[ArmName, Prompt]

    @property
    def tried(self) -> Tried:
        """What is tried, by name."""
        return Tried.of(self.experiment, {arm: prompt.ref for arm, prompt in self.prompts.items()})

    def draws_for(self, variant: str) -> bool:
        """Whether it draws for the tenants that this variant judges: those whose variant is none of its arms'
        keep theirs, and no word on it counts for an arm."""
        return any(prompt.variant == variant for prompt in self.prompts.values())


class DrawnJudge:
    """The judge of one tenant under an experiment."""

    def __init__(self, trial: Trial, tenant: str, arms: Mapping[ArmName, LlmJudge]) -> None:
        self._experiment, self._tenant, self._arms = trial.experiment, tenant, arms
        self.concurrency = arms["A"].concurrency
        a, b = arms["A"].identity, arms["B"].identity
        self._identity = replace(
            a, prompt=trial.tried.name, calibration=" ".join(dict.fromkeys((a.calibration, b.calibration)))
        )

    @property
    def identity(self) -> JudgeIdentity:
        """The experiment, its arms and their shares in place of a prompt."""
        return self._identity

    def identity_for(self, requirement_id: str) -> JudgeIdentity:
        """That of the version the requirement is drawn to."""
        return self._drawn(requirement_id).identity

    def judge(self, question: Question) -> Judgement:
        """Judge one question as its version does. Raises ModelCallError."""
        return self._of(question).judge(question)

    def calls(self, question: Question) -> tuple[ModelCall[CoverageAnswer], ...]:
        """The call that judging the question begins with, if it asks at all."""
        return self._of(question).calls(question)

    def _of(self, question: Question) -> LlmJudge:
        return self._drawn(question.requirement.requirement_id)

    def _drawn(self, requirement_id: str) -> LlmJudge:
        return self._arms[arm_of(self._experiment, self._tenant, requirement_id)]


ModelJudge = LlmJudge | DrawnJudge  # those that ask language models
