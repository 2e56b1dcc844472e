"""Experiments in production: two versions of a prompt beside each other, as ``data/experiments.yaml`` says.

Who gets which is drawn by a hash of experiment, tenant and requirement: the same question meets the same
version on every night and every machine, nothing is stored, and more weight for B moves questions only from A
to B.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.yaml_files import lines_of, read_yaml

FILE = "experiments.yaml"
MISMATCH = 0.001  # p value: below, arms are not as large as they were meant to be
_DIGITS = 16

ArmName = Literal["A", "B"]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Arm(_Strict):
    """A version and its part of the questions, relative to the other arm's."""

    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    weight: float = Field(gt=0.0, le=1_000_000.0)


class Experiment(_Strict):
    """Two versions of one prompt from ``started`` to the day before ``ended``.

    ``minimum_difference``: the least difference of outcomes that would matter, between 0 and 1.
    """

    id: Slug
    use_case: UseCase
    prompt: Slug
    arms: Mapping[ArmName, Arm]
    minimum_difference: float = Field(default=0.05, gt=0.0, lt=1.0)
    started: date
    ended: date | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if set(self.arms) != {"A", "B"}:
            raise ValueError("arms must be A and B")
        if self.arms["A"].version == self.arms["B"].version:
            raise ValueError("A and B are the same version")
        if any(day is not None and not 2000 <= day.year < 3000 for day in (self.started, self.ended)):
            raise ValueError("a year lies outside 2000 to 2999")
        if self.ended is not None and self.ended <= self.started:
            raise ValueError("it ended before it started")
        return self

    @property
    def share_of_b(self) -> float:
        """The part of questions that B is to get, between 0 and 1."""
        return self.arms["B"].weight / (self.arms["A"].weight + self.arms["B"].weight)

    def runs(self, today: date) -> bool:
        """Whether questions are drawn on that day."""
        return self.started <= today and (self.ended is None or today < self.ended)


class _File(_Strict):
    experiments: tuple[Experiment, ...] = ()


def load(data: Path) -> tuple[Experiment, ...]:
    """The experiments of the data folder; none where there is no file.

    Raises ConfigurationError naming the line: a wrong key or value, an id that occurs twice, two experiments
    on one prompt at the same time.
    """
    path = data / FILE
    if not path.exists():
        return ()
    experiments = read_yaml(path, _File).experiments
    for number, later in enumerate(experiments):
        for earlier in experiments[:number]:
            problem = _clash(earlier, later)
            if problem:
                line = lines_of(path)(["experiments", number, "id"])
                raise ConfigurationError(
                    f"{path.name}, line {line}: {later.id}: {problem}.",
                    remedy="Give the earlier one an end, or this one another id.",
                )
    return experiments


def running(
    experiments: Iterable[Experiment], use_case: UseCase, prompt: str, today: date
) -> Experiment | None:
    """The experiment on a prompt on that day; there is at most one."""
    fitting = (e for e in experiments if (e.use_case, e.prompt) == (use_case, prompt) and e.runs(today))
    return next(fitting, None)


def arm_of(experiment: Experiment, tenant: str, requirement_id: str) -> ArmName:
    """The arm of a tenant's requirement, always the same for the same weights."""
    drawn = int(ids.digest(experiment.id, tenant, requirement_id, length=_DIGITS), 16) / 16**_DIGITS
    return "A" if drawn < 1.0 - experiment.share_of_b else "B"


def sample_ratio(experiment: Experiment, questions: Mapping[ArmName, int]) -> float:
    """The p value of the arms' sizes under the experiment's weights (chi-square, one degree of freedom).

    ``questions``: how many different (tenant, requirement) each arm got while these weights held. Under
    ``MISMATCH`` something else than the hash decides who gets which, and no outcome can be believed (Fabijan
    et al. 2019, "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments"). 1 without questions.
    """
    from scipy.special import chdtrc

    seen = {"A": questions.get("A", 0), "B": questions.get("B", 0)}
    total = sum(seen.values())
    if not total:
        return 1.0
    wanted = {"A": total * (1.0 - experiment.share_of_b), "B": total * experiment.share_of_b}
    return float(chdtrc(1, sum((seen[arm] - wanted[arm]) ** 2 / wanted[arm] for arm in seen)))


def _clash(earlier: Experiment, later: Experiment) -> str:
    if earlier.id == later.id:
        return "the id occurs twice"
    if (earlier.use_case, earlier.prompt) != (later.use_case, later.prompt):
        return ""
    first, second = sorted((earlier, later), key=lambda e: e.started)
    overlap = first.ended is None or second.started < first.ended
    return f"it runs at the same time as {earlier.id} on the same prompt" if overlap else ""
