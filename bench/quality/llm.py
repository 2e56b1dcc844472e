"""The judge that asks a language model, on a labelled set: how right, how honest about it, at what cost.

It asks the models of models.yaml with your keys, and costs money: the budgets there hold. What was answered
before is taken from the cache under ``--home``. ``--fit`` fits the weights of confidence on the set and
writes them where the judge looks for them.
"""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.quality.labelled import LabelledSet
from bench.quality.logistic import logistic
from bench.quality.metrics import Outcome, calibration_error, figures, intervals
from bench.quality.questions import Asked, VectorCache, ask
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.judge.llm import LlmJudge
from radar_pipeline.judge.local import LocalJudge
from radar_pipeline.judge.trust import SIGNS, Signs
from radar_pipeline.llm.errors import ModelCallError, ModelSetupError
from radar_pipeline.models import FrameworkScope, Judgement, Tenant, Verdict
from radar_pipeline.retrieval.embedder import load_embedder
from radar_pipeline.settings import Settings, load_settings
from radar_pipeline.storage.operations import Operations
from radar_pipeline.sweep import judges

RIDGE = 1.0
TENANT = "bench"
_NEEDS = {Verdict.COVERED, Verdict.PARTIAL}


@dataclass(frozen=True, slots=True)
class Seen:
    """One labelled question, and what the judge said of it."""

    asked: Asked
    judgement: Judgement
    signs: Signs | None  # None where nothing had to be asked

    @property
    def leaning(self) -> Verdict:
        """The verdict, or what an abstention leans to."""
        return self.judgement.suggested_verdict or self.judgement.verdict

    @property
    def right(self) -> bool:
        """Whether the leaning is the label; partly covered counts as covered where labels know no parts."""
        truth = self.asked.label.verdict
        return self.leaning is truth or (truth in _NEEDS and self.leaning in _NEEDS)


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures of a set, and the fitted weights."""

    figures: dict[str, float]
    between: dict[str, tuple[float, float]]  # 95% intervals of some of them
    fitted: dict[str, Any]
    asked_as: str  # prompt and route that the weights hold for


def measure(labelled: LabelledSet, home: Path) -> Measured:
    """Ask every labelled question of the set. Raises ConfigurationError if there is no key."""
    settings = load_settings().model_copy(update={"home": home, "judge": "llm"})
    operations = Operations(settings.operations)
    judge = _judge(settings, operations)
    vectors = VectorCache(home / "vectors.npz", load_embedder(settings.embedder))
    seen, failed = [], 0
    with ThreadPoolExecutor(judge.concurrency) as pool:
        for one in pool.map(lambda a: _see(judge, a), ask(labelled, vectors)):
            seen += [one] if one else []
            failed += one is None
    vectors.save()
    outcomes = [_outcome(one) for one in seen]
    told = figures(outcomes)
    told["failed"] = failed / max(failed + len(seen), 1)
    told["cost_usd"] = sum(one.judgement.cost_usd for one in seen)
    told["tokens_in_per_question"] = sum(one.judgement.tokens_in for one in seen) / max(len(seen), 1)
    observed = [one for one in seen if one.signs is not None]
    told["ece_fitted_left_out"] = _left_out_error(observed)
    identity = judge.identity
    asked_as = f"{identity.prompt} {identity.model.partition('+')[2]}"
    return Measured(told, intervals(outcomes), _fit(observed), asked_as)


def save(measured: Measured, path: Path) -> None:
    """Add the fitted weights to the file of them."""
    known = json.loads(path.read_text("utf-8"))["fitted"] if path.exists() else {}
    body = {"fitted": {**known, measured.asked_as: measured.fitted}}
    path.write_text(json.dumps(body, indent=2, sort_keys=True) + "\n", "utf-8")


def _judge(settings: Settings, operations: Operations) -> LlmJudge:
    tenant = Tenant(TENANT, TENANT, settings.home, (FrameworkScope("bench"),))
    models = judges.open_models(settings, operations, {TENANT: tenant})
    local = LocalJudge(load_embedder(settings.embedder).identity)
    judge = judges.judge_of(settings, models, operations, local)(tenant)
    if not isinstance(judge, LlmJudge):
        raise ConfigurationError("No model can be asked.", remedy="Set a key that models.yaml names.")
    return judge


def _see(judge: LlmJudge, asked: Asked) -> Seen | None:
    try:
        observed = judge.observe(asked.question)
        return Seen(asked, *observed) if observed else Seen(asked, judge.judge(asked.question), None)
    except ModelSetupError:
        raise
    except ModelCallError:
        return None


def _outcome(seen: Seen) -> Outcome:
    label, judgement = seen.asked.label, seen.judgement
    absent = judgement.scores[Verdict.NOT_ADDRESSED]
    return Outcome(
        label.document_id, label.ref, label.verdict, judgement.verdict, judgement.confidence, absent, {}, 0
    )


def _matrix(seen: Sequence[Seen]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows = np.array([astuple(one.signs) for one in seen if one.signs], dtype=np.float64)
    return rows, np.array([float(one.right) for one in seen])


def _fit(seen: Sequence[Seen]) -> dict[str, Any]:
    x, y = _matrix(seen)
    line = logistic(x, y, np.full(len(SIGNS), RIDGE))
    weights = dict(zip(SIGNS, (float(w) for w in line.weights), strict=True))
    return {"intercept": float(line.intercept), "weights": weights, "questions": len(seen)}


def _left_out_error(seen: Sequence[Seen]) -> float:
    """Calibration error of weights fitted on the other requirements, requirement by requirement."""
    confidences: list[float] = []
    rights: list[bool] = []
    for rest, left in _folds(seen):
        x, y = _matrix(rest)
        line = logistic(x, y, np.full(len(SIGNS), RIDGE))
        z = _matrix(left)[0] @ line.weights + line.intercept
        confidences += (1.0 / (1.0 + np.exp(-z))).tolist()
        rights += [one.right for one in left]
    return calibration_error(confidences, rights)


def _folds(seen: Sequence[Seen]) -> Iterator[tuple[list[Seen], list[Seen]]]:
    for ref in sorted({one.asked.label.ref for one in seen}):
        left = [one for one in seen if one.asked.label.ref == ref]
        rest = [one for one in seen if one.asked.label.ref != ref]
        if rest:
            yield rest, left
