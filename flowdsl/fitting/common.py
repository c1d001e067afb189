"""How much days and weeks differ beyond chance, for all contacts together: the shapes of gamma laws of common factors.

Totals of days are compared with what the days around them say, times the factor of the weekday; totals of weeks with
the weeks around them. What they vary more than Poisson counts would is the variance of the factor (by moments), if
chance alone would not make as much of it once in a thousand times.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from flowdsl.calendar.clock import DAY
from flowdsl.chance.heterogeneity import LEAST, MOST
from flowdsl.fitting.arrays import Integers, Numbers
from flowdsl.fitting.line import digits, rounded

RARE = 0.001
WEEK = 7
AROUND = {1: 3, WEEK: 2}  # how many days, or weeks, before and behind say what is usual
FEWEST = {1: 56, WEEK: 12}  # days and weeks
LEAST_MEAN = 2.0  # events; fewer say nothing of their variance


@dataclass(frozen=True, slots=True)
class CommonFactors:
    """The shapes of the factors of days and of weeks; 0 where they do not differ."""

    daily: float = 0.0
    weekly: float = 0.0

    @property
    def text(self) -> str:
        """How a line of a scenario says it."""
        numbers = (("day", self.daily), ("week", self.weekly))
        return "".join(f" varying by {per} gamma {digits(rounded(shape))}" for per, shape in numbers if shape)


def fit_common(wall: Integers, first: int, last: int) -> CommonFactors:
    """The factors of events with these local times (ms), between two days since 1970 (the second one not included).

    >>> days = np.arange(20_000, 20_140)
    >>> fit_common(np.repeat(days, 50) * DAY, 20_000, 20_140)
    CommonFactors(daily=0.0, weekly=0.0)
    """
    counts = np.bincount(wall // DAY - first, minlength=last - first)[: last - first].astype(np.float64)
    daily = _variance(counts, _weekdays(counts), 1)
    whole = len(counts) // WEEK * WEEK
    weeks = counts[len(counts) - whole :].reshape(-1, WEEK).sum(axis=1)
    weekly = _variance(weeks, np.ones(len(weeks)), WEEK, daily / WEEK)
    return CommonFactors(*(_shape(one) for one in (daily, weekly)))


def _weekdays(counts: Numbers) -> Numbers:
    """The factor of each day's weekday."""
    days = np.arange(len(counts)) % WEEK
    means = np.array([counts[days == day].mean() if (days == day).any() else 0.0 for day in range(WEEK)])
    return (means / max(float(means.mean()), 1e-9))[days]


def _variance(counts: Numbers, usual: Numbers, days: int, known: float = 0.0) -> float:
    """The variance of the factor of stretches of this many days, relative to its mean; 0 where chance explains it.

    known: the part of the variance that shorter stretches explain
    """
    if len(counts) < FEWEST[days]:
        return 0.0
    around = AROUND[days]
    size = 2 * around + 1
    kernel = np.ones(size)
    level = np.convolve(counts, kernel, "valid") / np.maximum(np.convolve(usual, kernel, "valid"), 1e-9)
    own, mean = counts[around:-around], level * usual[around:-around]
    of = mean >= LEAST_MEAN
    if of.sum() < FEWEST[days] / 2:
        return 0.0
    squares = ((own - mean) ** 2)[of] * size / (size - 1)  # the mean holds the number itself
    if chi2.sf(float((squares / mean[of]).sum()), int(of.sum())) > RARE:
        return 0.0
    return max(float((squares - mean[of]).sum() / (mean[of] ** 2).sum()) - known, 0.0)


def _shape(variance: float) -> float:
    return min(max(1 / variance, LEAST), MOST) if variance > 1 / MOST else 0.0
