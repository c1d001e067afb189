"""Standard deviations of maximum likelihood estimates, from the curvature of the loss at its minimum."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from flowdsl.fitting.arrays import Numbers

STEP = 1e-3


def deviations(loss: Callable[[Numbers], float], at: Numbers) -> Numbers:
    """Standard deviations of parameters, from the inverse of the second differences of minus the log-likelihood.

    A direction that the data say nothing of gets one that is as good as endless.

    >>> deviations(lambda x: float(x[0] ** 2 / 2 + 2 * x[1] ** 2), np.array([0.0, 0.0])).round(3).tolist()
    [1.0, 0.5]
    """
    size = len(at)
    steps = np.eye(size) * STEP
    second = np.zeros((size, size))
    for i in range(size):
        for j in range(i, size):
            a, b = steps[i], steps[j]
            value = loss(at + a + b) - loss(at + a - b) - loss(at - a + b) + loss(at - a - b)
            second[i, j] = second[j, i] = value / (4 * STEP * STEP)
    values, vectors = np.linalg.eigh(second)
    inverse = (vectors / np.maximum(values, 1e-9)) @ vectors.T
    return np.asarray(np.sqrt(np.maximum(np.diag(inverse), 0.0)))
