"""Values in clusters: cases that share a source document fail together, so they count as less than they are.

The variance of a mean is taken over the sources' sums (Liang & Zeger 1986), with the usual factor G/(G − 1)
for G sources, so whatever lies within a source may be correlated in any way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

FEWEST = 5  # sources; with fewer, no interval can be trusted
_TAIL = 0.975
_Z = NormalDist().inv_cdf(_TAIL)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Clustered:
    """``values`` and the number of each one's cluster, 0 to ``count`` − 1, sorted by cluster and value:
    the same data give the same figures in whichever order they come."""

    values: Floats
    groups: NDArray[np.intp]
    names: NDArray[np.str_]  # of the clusters, sorted

    @classmethod
    def of(cls, values: Sequence[float], clusters: Sequence[str]) -> "Clustered":
        """Raises ValueError if the two are not equally long, or a value is no finite number."""
        array = np.asarray(values, dtype=np.float64)
        if len(array) != len(clusters) or not np.isfinite(array).all():
            raise ValueError("every value must be a finite number and have a cluster")
        names, groups = np.unique(np.asarray(clusters, dtype=np.str_), return_inverse=True)
        order = np.lexsort((array, groups))
        return cls(array[order], groups[order], names)

    def with_values(self, values: Floats) -> "Clustered":
        """Other values in the same places."""
        return Clustered(values, self.groups, self.names)

    @property
    def n(self) -> int:
        """How many values there are."""
        return len(self.values)

    @property
    def count(self) -> int:
        """How many clusters there are."""
        return len(self.names)

    @property
    def sums(self) -> Floats:
        """Sum of each cluster."""
        return np.asarray(np.bincount(self.groups, self.values, self.count), dtype=np.float64)

    @property
    def sizes(self) -> Floats:
        """How many values each cluster has."""
        return np.asarray(np.bincount(self.groups, minlength=self.count), dtype=np.float64)

    @property
    def mean(self) -> float:
        """Mean over values, not over clusters."""
        return float(self.values.mean())

    @property
    def variance(self) -> float:
        """Of the mean; 0 where no cluster departs from it. Needs two clusters."""
        residuals = self.sums - self.mean * self.sizes
        residuals[np.abs(residuals) < 1e-12 * self.sizes] = 0.0  # what rounding leaves of an exact zero
        return float(residuals @ residuals) / self.n**2 * self.count / (self.count - 1)

    @property
    def design_effect(self) -> float:
        """By how much the clusters widen the variance of a share, at least 1. Where all values are equal it
        cannot be seen, and a cluster counts as one case."""
        share = self.mean
        if np.ptp(self.values) == 0.0:
            return self.n / self.count
        return max(1.0, self.variance * self.n / (share * (1.0 - share)))


def critical(count: int) -> float:
    """The t value of a 95% interval with ``count`` clusters: count − 1 degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(count - 1, _TAIL))


def shrinkage(count: int) -> float:
    """Factor (z / t)² that makes an effective number of cases fit for few clusters (Korn & Graubard 1998)."""
    return (_Z / critical(count)) ** 2
