"""Small logistic regressions: ridge, ridge with known signs, Platt scaling."""

import numpy as np
from numpy.typing import NDArray

from radar_pipeline.judge.coefficients import Linear

Array = NDArray[np.float64]


def logistic(x: Array, y: Array, ridge: Array, weights: Array | None = None) -> Linear:
    """Ridge logistic regression by Newton's method on standardised columns; weights are returned
    for the raw columns. ``ridge``: penalty per column."""
    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale[scale < 1e-9] = 1.0
    z = np.hstack([(x - mean) / scale, np.ones((len(x), 1))])
    penalty = np.append(ridge, 1e-6)
    share = np.ones(len(x)) if weights is None else weights
    beta = np.zeros(z.shape[1])
    for _ in range(8):
        p = 1.0 / (1.0 + np.exp(-np.clip(z @ beta, -30, 30)))
        gradient = z.T @ (share * (p - y)) + penalty * beta
        hessian = (z * (share * p * (1 - p))[:, None]).T @ z + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if np.abs(step).max() < 1e-6:
            break
    raw = beta[:-1] / scale
    return Linear(raw, float(beta[-1] - raw @ mean))


def signed(x: Array, y: Array, ridge: float, signs: str, weights: Array) -> Linear:
    """Ridge logistic regression in which a column may only weigh in its known direction.

    ``signs``: one of ``+``, ``-``, ``0`` per column. Columns that come out the other way are taken
    out one by one, the worst first.
    """
    want = np.array([{"+": 1.0, "-": -1.0, "0": 0.0}[s] for s in signs])
    kept = np.ones(len(want), dtype=bool)
    while True:
        line = logistic(x[:, kept], y, np.full(int(kept.sum()), ridge), weights)
        full = np.zeros(len(want))
        full[kept] = line.weights
        wrong = -want * full * x.std(axis=0)
        if wrong.max() <= 1e-9:
            return Linear(full, line.intercept)
        kept[int(np.argmax(wrong))] = False


def platt(logits: Array, y: Array, weights: Array) -> tuple[float, float]:
    """Slope and intercept that make logits honest."""
    line = logistic(logits[:, None], y.astype(float), np.array([1.0]), weights)
    return float(line.weights[0]), line.intercept
