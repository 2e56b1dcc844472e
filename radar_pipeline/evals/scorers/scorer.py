"""What a scorer is: a named function from a case and a response to a score, with a digest of its source."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from radar_pipeline import ids
from radar_pipeline.evals.values import Case, Response, Score
from radar_pipeline.prompts.use_cases import UseCase

Unit = Literal["share", "usd", "ms", "cost"]
HERE = "radar_pipeline.evals.scorers"
EVERY = frozenset(UseCase)


@dataclass(frozen=True, slots=True)
class Scorer:
    """One scorer. ``score`` takes every answer of the form that ``Response`` tells; its value is None for
    what it can't judge.

    ``unit``: ``share`` and ``cost`` lie between 0 and 1. ``uses``: modules besides its own file whose change
    changes what it says; ``identity``: what else does, such as the model that grades. ``counts``: False for
    a scorer that is only reported, whatever it says.
    """

    name: str  # that of its file
    score: Callable[[Case, Response], Score]
    use_cases: frozenset[UseCase] = EVERY
    unit: Unit = "share"
    higher_is_better: bool = True
    uses: tuple[str, ...] = ()
    identity: str = ""
    counts: bool = True

    @property
    def sha(self) -> str:
        """16 digits over its source and all that it uses: equal, it says the same of the same response."""
        return ids.digest(*map(_source, (f"{HERE}.{self.name}", *self.uses)), self.identity, length=16)


@lru_cache(maxsize=64)
def _source(module: str) -> bytes:
    package, _, name = module.rpartition(".")
    return (files(package) / f"{name}.py").read_bytes()
