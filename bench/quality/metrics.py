"""Figures over judged questions, with bootstrap intervals that draw whole documents."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from radar_pipeline.models import Verdict

DEPTHS = (1, 5, 10)
CLEARS = frozenset({Verdict.COVERED, Verdict.PARTIAL})


@dataclass(frozen=True, slots=True)
class Outcome:
    """One judged question beside its label.

    ``found``: per depth, how many of the label's evidence spans overlap one of the so many best
    ranked passages; ``wanted``: how many spans the label has.
    """

    document_id: str
    ref: str
    truth: Verdict
    verdict: Verdict
    confidence: float
    absent: float  # score of not_addressed
    found: Mapping[int, int]
    wanted: int


def recalled(spans: Sequence[tuple[int, int]], ranked: Sequence[tuple[int, int]]) -> dict[int, int]:
    """How many of ``spans`` overlap one of the first 1, 5, 10 of ``ranked``."""
    return {
        depth: sum(any(min(b, e) > max(a, s) for a, b in ranked[:depth]) for s, e in spans)
        for depth in DEPTHS
    }


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """All figures by name. An abstention is no verdict: it costs recall, and is never a clear.

    ``macro_f1`` is over the verdicts that occur in the truth.
    """
    truth = [o.truth for o in outcomes]
    present = sorted(set(truth))
    result: dict[str, float] = {"labels": len(outcomes)}
    scores = {v: _precision_recall_f1(outcomes, v) for v in present}
    result["macro_f1"] = float(np.mean([s[2] for s in scores.values()]))
    for verdict, (precision, recall, f1) in scores.items():
        result |= {f"{verdict}.precision": precision, f"{verdict}.recall": recall, f"{verdict}.f1": f1}
    absent = [t is Verdict.NOT_ADDRESSED for t in truth]
    if any(absent):
        result["not_addressed.average_precision"] = average_precision(absent, [o.absent for o in outcomes])
        result["not_addressed.base_rate"] = float(np.mean(absent))
        blind = [o for o in outcomes if o.truth is Verdict.NOT_ADDRESSED]
        result["false_clear_rate"] = float(np.mean([o.verdict in CLEARS for o in blind]))
    result["abstained"] = float(np.mean([o.verdict is Verdict.NOT_ASSESSED for o in outcomes]))
    wanted = sum(o.wanted for o in outcomes)
    if wanted:
        for depth in DEPTHS:
            result[f"evidence_recall_at_{depth}"] = sum(o.found[depth] for o in outcomes) / wanted
    result["ece"] = expected_calibration_error(outcomes)
    return result


def _precision_recall_f1(outcomes: Sequence[Outcome], verdict: Verdict) -> tuple[float, float, float]:
    right = sum(o.truth is verdict and o.verdict is verdict for o in outcomes)
    said = sum(o.verdict is verdict for o in outcomes)
    true = sum(o.truth is verdict for o in outcomes)
    precision = right / said if said else 0.0
    recall = right / true if true else 0.0
    return precision, recall, 2 * right / (said + true) if said + true else 0.0


def average_precision(positive: Sequence[bool], scores: Sequence[float]) -> float:
    """Area under the precision-recall curve; equal scores enter together."""
    order = np.argsort(-np.asarray(scores), kind="stable")
    y = np.asarray(positive, dtype=float)[order]
    s = np.asarray(scores)[order]
    last = np.append(np.flatnonzero(np.diff(s)), len(s) - 1)
    hits = np.cumsum(y)[last]
    precision = hits / (last + 1)
    return float(np.sum(np.diff(np.append(0.0, hits)) * precision) / max(y.sum(), 1.0))


def expected_calibration_error(outcomes: Sequence[Outcome], bins: int = 10) -> float:
    """Mean gap between confidence and hit rate over equal-width bins (Naeini et al. 2015), over
    questions that were not abstained on."""
    judged = [o for o in outcomes if o.verdict is not Verdict.NOT_ASSESSED]
    return calibration_error([o.confidence for o in judged], [o.truth is o.verdict for o in judged], bins)


def calibration_error(confidences: Sequence[float], rights: Sequence[bool], bins: int = 10) -> float:
    """The same of plain confidences and whether each was right."""
    if not confidences:
        return 0.0
    confidence, right = np.array(confidences), np.array(rights, dtype=float)
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        (bin_of == b).mean() * abs(confidence[bin_of == b].mean() - right[bin_of == b].mean())
        for b in range(bins)
        if (bin_of == b).any()
    ]
    return float(sum(gaps))


def intervals(
    outcomes: Sequence[Outcome],
    measure: Callable[[Sequence[Outcome]], Mapping[str, float]] = figures,
    draws: int = 200,
    seed: int = 7,
) -> dict[str, tuple[float, float]]:
    """95% percentile intervals, drawing documents with replacement: verdicts on one document are
    not independent."""
    groups: dict[str, list[Outcome]] = {}
    for o in outcomes:
        groups.setdefault(o.document_id, []).append(o)
    names = sorted(groups)
    rng = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {}
    for _ in range(draws):
        sample = [o for n in rng.choice(len(names), len(names)) for o in groups[names[n]]]
        for key, value in measure(sample).items():
            drawn.setdefault(key, []).append(value)
    return {
        key: (float(np.percentile(values, 2.5)), float(np.percentile(values, 97.5)))
        for key, values in drawn.items()
    }
