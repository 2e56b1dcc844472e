"""Whether stated confidence is honest: how often people agree with verdicts, by how sure the judge was."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

FEWEST = 30  # assessments; below, no figure is worth telling
BANDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # edges; the upper one belongs to the band
_Z = 1.959964  # 95%


@dataclass(frozen=True, slots=True)
class Judged:
    """An assessment that people agreed or disagreed with; ``confidence`` as published, 0 to 1."""

    judge: str
    prompt_ref: str
    confidence: float
    agreed: bool


@dataclass(frozen=True, slots=True)
class Band:
    """Assessments of like confidence; ``low`` and ``high`` bound ``agreed`` at 95%."""

    above: float
    up_to: float
    n: int
    confidence: float  # mean
    agreed: float  # share
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How confidence and agreement fit; ``error`` None: not enough data."""

    n: int
    agreed: int
    bands: tuple[Band, ...]  # those that hold an assessment
    error: float | None  # expected calibration error, 0 to 1


def reliability(rows: Sequence[Judged]) -> Reliability:
    """Bands of confidence, and the expected calibration error: the mean distance of confidence and
    agreement over bands, weighted by their assessments (Naeini, Cooper & Hauskrecht 2015)."""
    bands = tuple(
        _band(above, up_to, chosen)
        for above, up_to in pairwise(BANDS)
        if (chosen := [r for r in rows if above < r.confidence <= up_to or r.confidence == above == 0.0])
    )
    error = None
    if len(rows) >= FEWEST:
        error = sum(band.n * abs(band.confidence - band.agreed) for band in bands) / len(rows)
    return Reliability(len(rows), sum(r.agreed for r in rows), bands, error)


def wilson(successes: int, n: int) -> tuple[float, float]:
    """95% interval of a share (Wilson 1927); (0, 1) of nothing."""
    if n == 0:
        return 0.0, 1.0
    share, z2 = successes / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = _Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _band(above: float, up_to: float, rows: Sequence[Judged]) -> Band:
    n, agreed = len(rows), sum(r.agreed for r in rows)
    confidence = sum(r.confidence for r in rows) / n
    return Band(above, up_to, n, confidence, agreed / n, *wilson(agreed, n))
