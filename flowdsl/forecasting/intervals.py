"""Prediction intervals of the values that replications gave.

Two questions, two intervals. What will one real future look like? The prediction interval: replications are futures,
and its limits are two of them, by rank, for any distribution. How sure is the simulation of the mean? The
confidence interval of Student's t, which more replications make as narrow as one likes.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Numbers: TypeAlias = "npt.NDArray[np.number]"
TAIL = 5  # of the fewest replications that are simulated unless their number is said: which one is the limit


class Intervals(NamedTuple):
    """What replications say, each with the shape of one of them: mean, median, the limits of both intervals."""

    mean: Numbers
    median: Numbers
    pi_low: Numbers
    pi_high: Numbers
    ci_low: Numbers
    ci_high: Numbers


def rank(level: float, replications: int) -> int:
    """Which of this many replications, counted from the least and from the largest, are the limits: 0 for none of them.

    With R replications and one real future, all alike, each order of these R + 1 is as likely as any other; so the
    future lies between the j-th smallest and the j-th largest with probability (R + 1 - 2j) / (R + 1) at least (Wilks
    1941, "Determination of sample sizes for setting tolerance limits"), and j = floor((R + 1)(1 - level) / 2).

    >>> rank(0.9, 99), rank(0.9, 19), rank(0.9, 18)
    (5, 1, 0)
    """
    return int((replications + 1) * _outside(level) / 2)


def fewest(level: float) -> int:
    """The fewest replications that have limits at all: the least and the largest of them.

    >>> fewest(0.9), fewest(0.95)
    (19, 39)
    """
    return _for_rank(level, 1)


def enough_to_begin(level: float) -> int:
    """How many replications are simulated at least unless their number is said: their limits are the 5th ones.

    >>> enough_to_begin(0.9), enough_to_begin(0.95)
    (99, 199)
    """
    return _for_rank(level, TAIL)


def _for_rank(level: float, j: int) -> int:
    return -int(-2 * j // _outside(level)) - 1


def _outside(level: float) -> Fraction:
    """What the interval leaves out, exactly: 1 - 0.9 is one tenth."""
    return 1 - Fraction(str(level))


def intervals(numbers: Numbers, level: float) -> Intervals:
    """All that replications (rows) say of each column; limits of the mean are not below 0, where no number is.

    >>> found = intervals(np.arange(1, 100).reshape(99, 1), 0.9)
    >>> [float(one[0]) for one in found[:4]]
    [50.0, 50.0, 5.0, 95.0]
    """
    j = rank(level, len(numbers))
    if not j:
        raise ValueError(f"{len(numbers)} replications have no limits of {level:.0%}; {fewest(level)} have")
    ordered = np.sort(numbers, axis=0)
    mean, half = mean_and_half(numbers, level)
    lowest = np.where(ordered[0] >= 0, 0.0, -np.inf)
    return Intervals(
        mean, np.median(ordered, axis=0), ordered[j - 1], ordered[-j], np.maximum(mean - half, lowest), mean + half
    )


def mean_and_half(numbers: Numbers, level: float) -> tuple[Numbers, Numbers]:
    """The mean over replications (rows) and half the width of its confidence interval: t s / sqrt(R), with Student's t
    of R - 1 degrees of freedom (Gosset 1908, "The probable error of a mean").

    >>> mean, half = mean_and_half(np.array([[1.0], [2.0], [3.0]]), 0.95)
    >>> round(float(mean[0]), 6), round(float(half[0]), 6)
    (2.0, 2.484138)
    """
    size = len(numbers)
    spread: Numbers = numbers.std(axis=0, ddof=1)
    return numbers.mean(axis=0), student(level, size) * spread / np.sqrt(size)


def student(level: float, size: int | Numbers) -> Numbers:
    """The quantile of Student's t that `level` of its mass lies within, for samples of such sizes.

    >>> round(float(student(0.9, 99)), 4)
    1.6606
    """
    from scipy.special import stdtrit

    found: Numbers = np.asarray(stdtrit(np.asarray(size) - 1, (1 + level) / 2))
    return found
