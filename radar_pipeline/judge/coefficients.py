"""The fitted numbers of the local judge, with where they come from (``coefficients.json``).

``python -m bench.quality.fit`` writes the file; nothing else may edit it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar_pipeline import ids

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Linear:
    """A logistic unit: weights over named features and an intercept."""

    weights: Array
    intercept: float

    def logit(self, features: Array) -> Array:
        """Log-odds of each row."""
        return np.asarray(features @ self.weights + self.intercept, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Coefficients:
    """All fitted numbers of one version."""

    version: str  # digest of the file: part of every judgement's key
    embedder: str  # the embedder whose vectors they were fitted on
    passage: Linear
    product: Array  # per dimension: query · passage, taken apart
    distance: Array  # per dimension: |query − passage|
    element: Linear
    question: Linear
    stance: Linear
    calibration: Mapping[str, float]
    thresholds: Mapping[str, float]


@lru_cache(maxsize=1)
def load() -> Coefficients:
    """The packaged coefficients. Read once per process."""
    raw = files(__package__).joinpath("coefficients.json").read_bytes()
    return parse(json.loads(raw), ids.digest(raw, length=12))


def parse(table: Mapping[str, Any], version: str) -> Coefficients:
    """Coefficients from the file's structure."""
    return Coefficients(
        version=version,
        embedder=str(table["embedder"]),
        passage=_linear(table["passage"]),
        product=np.array(table["product"], dtype=np.float64),
        distance=np.array(table["distance"], dtype=np.float64),
        element=_linear(table["element"]),
        question=_linear(table["question"]),
        stance=_linear(table["stance"]),
        calibration={k: float(v) for k, v in table["calibration"].items()},
        thresholds={k: float(v) for k, v in table["thresholds"].items()},
    )


def _linear(part: Mapping[str, Any]) -> Linear:
    return Linear(np.array(list(part["weights"].values()), dtype=np.float64), float(part["intercept"]))
