"""Whether a model that judges answers agrees with experts well enough to count.

Without a calibration against at least 100 labels a model's grades are reported and decide nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from radar_pipeline.evals.reliability import wilson
from radar_pipeline.evals.values import Estimate, Run
from radar_pipeline.prompts.use_cases import UseCase

FEWEST = 100  # labels
FEWEST_OF_EACH = 10  # answers that an expert passed, and that one failed: a rate over fewer says nothing
KAPPA = 0.6  # agreement beyond chance, Cohen 1960
RATE = 0.9  # of the good answers passed, and of the bad ones failed
_DRAWS = 10_000
Counts: TypeAlias = "tuple[int, int, int, int]"  # good passed, good failed, bad passed, bad failed


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a grader's word compares with experts'. ``tpr``: share of good answers that it passes, ``tnr``: of
    bad ones that it fails; intervals are 95%."""

    n: int  # labels that were graded
    ungraded: int  # labels that the grader gave no word on
    kappa: Estimate
    tpr: Estimate
    tnr: Estimate
    counts: bool  # its grades may decide
    says: str  # one sentence for a person


def calibrate(pairs: Iterable[tuple[bool, bool | None]], *, simulated: bool = False) -> Calibration:
    """Compare (expert's label, grade) pairs; a grade of None is one that the grader could not give.

    It counts with 100 labels or more, at least 10 of each kind, kappa >= 0.6 and both rates >= 0.9; and
    never if the grades are ``simulated``.
    """
    listed = list(pairs)
    graded = [(label, grade) for label, grade in listed if grade is not None]
    cells: Counts = (
        graded.count((True, True)),
        graded.count((True, False)),
        graded.count((False, True)),
        graded.count((False, False)),
    )
    kappa, tpr, tnr = _kappa(cells), _rate(cells[0], cells[1]), _rate(cells[3], cells[2])
    reasons = _reasons(kappa, tpr, tnr, simulated)
    return Calibration(
        n=len(graded),
        ungraded=len(listed) - len(graded),
        kappa=kappa,
        tpr=tpr,
        tnr=tnr,
        counts=not reasons,
        says=_sentence(reasons, kappa, tpr, tnr),
    )


def of_run(run: Run) -> Calibration:
    """The calibration that an evaluation of an evaluator's prompt gives: each case once, its first repeat.

    Raises ValueError for a run of another use case.
    """
    if run.subject.use_case is not UseCase.EVALUATE:
        raise ValueError("only a prompt that evaluates answers can be calibrated")
    first = (result for result in run.results if result.repeat == 1)
    pairs = [(bool(r.case.expected["passes"]), _grade(r.response.answer.get("passes"))) for r in first]
    return calibrate(pairs, simulated=run.simulated)


def _grade(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _rate(right: int, wrong: int) -> Estimate:
    n = right + wrong
    if n == 0:
        return Estimate(None, None, None, 0, 0)
    low, high = wilson(right, n)
    return Estimate(right / n, low, high, n, n)


def _kappa(cells: Counts) -> Estimate:
    """Cohen's kappa; its interval from a bootstrap of the pairs, drawn with a fixed seed."""
    n = sum(cells)
    value = _kappas(np.array([cells], dtype=float))[0] if n else np.nan
    if np.isnan(value):
        return Estimate(None, None, None, n, n)
    drawn = np.random.default_rng(0).multinomial(n, np.array(cells) / n, size=_DRAWS).astype(float)
    low, high = np.nanpercentile(_kappas(drawn), [2.5, 97.5])
    return Estimate(float(value), float(low), float(high), n, n)


def _kappas(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kappa of each row of counts; NaN where both always say the same one thing, and none is defined."""
    both, only_label, only_grade, neither = cells.T / cells.sum(axis=1)
    chance = (both + only_label) * (both + only_grade) + (neither + only_grade) * (neither + only_label)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(chance < 1, (both + neither - chance) / (1 - chance), np.nan)


def _reasons(kappa: Estimate, tpr: Estimate, tnr: Estimate, simulated: bool) -> list[str]:
    """Why the grades don't count; empty if they do."""
    reasons = ["the grades are simulated"] if simulated else []
    if kappa.n < FEWEST:
        reasons.append(f"{FEWEST - kappa.n} more labels are needed")
    if kappa.value is None or kappa.value < KAPPA:
        reasons.append(f"kappa is under {KAPPA}")
    for rate, of in ((tpr, "good"), (tnr, "bad")):
        if rate.n < FEWEST_OF_EACH:
            reasons.append(f"there are only {rate.n} labels of {of} answers")
        elif rate.value is None or rate.value < RATE:
            reasons.append(f"fewer than {RATE:.0%} of the {of} answers are told right")
    return reasons


def _sentence(reasons: Sequence[str], kappa: Estimate, tpr: Estimate, tnr: Estimate) -> str:
    rates = f"good answers passed {_told(tpr)}, bad ones failed {_told(tnr)}"
    figures = f"{kappa.n} labels, kappa {_told(kappa)}, {rates}"
    return f"Report only, because {'; '.join(reasons)} ({figures})." if reasons else f"It counts ({figures})."


def _told(estimate: Estimate) -> str:
    if estimate.value is None:
        return "unknown"
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"
