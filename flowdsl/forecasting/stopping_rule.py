"""The stopping rule: decides from the totals so far whether more replications are needed.

The rule of Hoad, Robinson & Davies (2010), "Automated selection of the number of replications for a discrete-event
simulation", Journal of the Operational Research Society 61: replications are added until the confidence interval of
the mean is narrow against the mean, and stays so for a while, lest chance ends it early.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowdsl.forecasting.hours import Amounts
from flowdsl.forecasting.intervals import Numbers, student

PRECISION = 0.02  # half the width of the interval, as a part of the mean
LOOK_AHEAD = 5  # kLimit: replications for which it stays narrow; beyond 100 in proportion
MATTERS = 0.01  # totals of less than this part of all messages are ignored: rare ones would need thousands
MOST = 10  # times as many as there are at least: what the rule may spend


@dataclass(frozen=True, slots=True)
class Enough:
    """How the number of replications came about.

    is_given   the number was given, and no rule applied
    precision  what the rule requires; width: what was reached, the widest half interval as a part of its mean
    is_precise whether the rule ended it, and not its budget
    why_equal  why all replications are equal, so that no interval says anything; "" where they differ
    """

    is_given: bool
    precision: float
    width: float
    is_precise: bool
    why_equal: str = ""

    def __str__(self) -> str:
        if self.why_equal:
            return self.why_equal
        if self.is_given:
            return "the requested number"
        if self.is_precise:
            return f"enough: the mean of each total is known to {self.width:.1%}"
        return (
            f"the budget is spent: the mean of some total is known to {self.width:.1%} only, not {self.precision:.0%}"
        )


def look_ahead(number: int) -> int:
    """For how many more replications the interval must stay narrow.

    >>> look_ahead(40), look_ahead(250)
    (5, 12)
    """
    return LOOK_AHEAD * max(number, 100) // 100


def widths(totals: Numbers, level: float) -> Amounts:
    """Half the width of the interval of the mean, as a part of the mean, of the first 2, 3, 4… replications: the widest
    of the totals that matter. totals: a row a replication, a column a group.

    >>> widths(np.array([[10.0], [10.0], [10.0]]), 0.9).tolist()
    [0.0, 0.0]
    """
    numbers = np.asarray(totals, dtype=np.float64)
    columns = np.column_stack([numbers, numbers.sum(axis=1)])
    size = np.arange(1, len(columns) + 1)[:, None]
    shift = columns[:1]  # so that squares of large numbers lose nothing
    sums, squares = np.cumsum(columns - shift, axis=0), np.cumsum((columns - shift) ** 2, axis=0)
    means = sums / size + shift
    variance = np.maximum(squares - sums**2 / size, 0.0)[1:] / (size[1:] - 1)
    half = student(level, size[1:]) * np.sqrt(variance / size[1:])
    mean = means[1:]
    matters = mean >= MATTERS * mean[:, -1:]
    found: Amounts = np.where(matters & (mean > 0), half / np.where(mean > 0, mean, 1.0), 0.0).max(axis=1)
    return found


def sufficient(totals: Numbers, level: float, least: int, precision: float = PRECISION) -> int:
    """How many of the replications are enough, or 0 when more are needed.

    They are enough with the first n from whose interval on those of `look_ahead(n)` more are narrow as well; those are
    kept, and there are never fewer than `least`.

    >>> sufficient(np.full((120, 1), 7), 0.9, 99)
    99
    """
    is_narrow = np.concatenate([[False], widths(totals, level) <= precision])  # of one alone nothing is known
    number = len(is_narrow)
    last_wide = 0
    for n in range(1, number + 1):
        if not is_narrow[n - 1]:
            last_wide = n
        first = last_wide + 1
        if n >= max(least, first + look_ahead(first)):
            return n
    return 0
