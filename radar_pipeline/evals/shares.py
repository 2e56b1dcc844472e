"""Intervals of shares, near 0 and 1 too, where the cases come in clusters.

A share is a mean of values between 0 and 1. Its interval is that of Clopper & Pearson (1934) on the effective
number of cases (Korn & Graubard 1998), the method of survey statistics: n over the design effect, reduced
for few clusters. Where all values are equal there is no design effect to be seen; then a source counts as one
case: where none of 40 sources fails, up to 9% may.
"""

from math import hypot, sqrt

import numpy as np

from radar_pipeline.evals.clusters import Clustered, critical, shrinkage

Bounds = tuple[float, float]


def share_interval(values: Clustered, more: float = 1.0) -> Bounds:
    """95% interval of the mean of values between 0 and 1. Needs two clusters. ``more``: with so many times
    the cases."""
    return exact(values.mean, more * values.n / values.design_effect * shrinkage(values.count))


def exact(share: float, n: float) -> Bounds:
    """Clopper & Pearson's 95% interval of a share seen in ``n`` independent cases; both may be fractions."""
    from scipy.special import betaincinv

    hits, misses = share * n, (1.0 - share) * n
    low = float(betaincinv(hits, misses + 1.0, 0.025)) if hits > 0.0 else 0.0
    high = float(betaincinv(hits + 1.0, misses, 0.975)) if misses > 0.0 else 1.0
    return low, high


def rare_difference(differences: Clustered, design_effect: float, more: float = 1.0) -> Bounds:
    """95% interval of a mean paired difference of shares where hardly any source changed.

    Gains and losses are two rare shares; their score intervals (Wilson 1927, on effective cases) are
    combined by Newcombe's method (1998; Zou & Donner 2008 give the reason). What was not seen once is still
    possible: no loss in 124 independent cases leaves room for 3 in 100. ``design_effect``: of the scores
    themselves, for gains or losses that do not occur. ``more``: as above.
    """
    size, t = differences.n, critical(differences.count)
    gain, loss = (differences.with_values(np.maximum(sign * differences.values, 0.0)) for sign in (1.0, -1.0))
    found = []
    for part in (gain, loss):
        n = size / (part.design_effect if part.mean > 0.0 else design_effect)
        found.append((part.mean, *_score(part.mean, n * more, t)))
    (up, up_low, up_high), (down, down_low, down_high) = found
    middle = up - down
    return (
        max(-1.0, middle - hypot(up - up_low, down_high - down)),
        min(1.0, middle + hypot(up_high - up, down - down_low)),
    )


def _score(share: float, n: float, z: float) -> Bounds:
    """Wilson's interval with the critical value ``z``."""
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(max(0.0, share * (1 - share)) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
