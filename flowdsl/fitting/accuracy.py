"""How good forecasts were: scores of replications against what came."""

from __future__ import annotations

import numpy as np

from flowdsl.fitting.arrays import Integers, Numbers

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def crps(replications: Numbers | Integers, actual: Numbers) -> Numbers:
    """The continuous ranked probability score of each number: the mean distance of the replications (rows) from what
    came, less half their mean distance from each other (T. Gneiting, A. Raftery, "Strictly proper scoring rules,
    prediction, and estimation", 2007, equation 21). 0 is best; for one replication it is the absolute error.

    >>> crps(np.array([[2.0], [4.0]]), np.array([3.0])).tolist(), crps(np.array([[2.0]]), np.array([5.0])).tolist()
    ([0.5], [3.0])
    """
    ordered = np.sort(np.asarray(replications, dtype=np.float64), axis=0)
    size = len(ordered)
    ranks = np.arange(1, size + 1).reshape(-1, *[1] * (ordered.ndim - 1))
    between = ((2 * ranks - size - 1) * ordered).sum(axis=0) / size**2  # half the mean distance of two of them
    return np.asarray(np.abs(ordered - actual).mean(axis=0) - between)


def pinball(replications: Numbers | Integers, actual: Numbers) -> Numbers:
    """The pinball loss of each number, the mean over five quantiles of the replications (rows): an error counts q where
    more came than the q-quantile, and 1 - q where less came (R. Koenker, G. Bassett, "Regression quantiles", 1978).

    >>> pinball(np.zeros((9, 1)), np.array([10.0])).tolist()
    [5.0]
    """
    found = np.zeros(np.shape(actual))
    for q in QUANTILES:
        over = actual - np.quantile(np.asarray(replications, dtype=np.float64), q, axis=0)
        found += np.maximum(q * over, (q - 1) * over)
    return found / len(QUANTILES)


def part(of: float, whole: float) -> float:
    """A part of a whole; not a number where there is no whole.

    >>> part(1.0, 4.0), part(1.0, 0.0)
    (0.25, nan)
    """
    return of / whole if whole else float("nan")
