"""Peaks: when the most messages are sent, how many, and how likely a limit is exceeded.

Each replication has a peak of its own: the largest of means is smaller than the mean of the largest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowdsl.forecasting.intervals import Numbers, intervals

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Peak:
    """The period of the most messages.

    when     the period in which most replications have their peak (the first of several in one replication)
    share    in how many of them, 0 to 1
    per      hour, day or week
    mean     how many messages the peak has, whenever it comes; median and limits of both intervals likewise
    all      every period that is the peak of some replication, with its share, the most frequent first
    """

    when: pd.Timestamp
    share: float
    per: str
    mean: float
    median: float
    pi_low: float
    pi_high: float
    ci_low: float
    ci_high: float
    level: float
    all: pd.DataFrame

    def __str__(self) -> str:
        when = f"{self.when:%a %Y-%m-%d %H:%M}" if self.per == "hour" else f"{self.when:%a %Y-%m-%d}"
        return (
            f"peak {self.per}: {self.mean:,.1f} messages expected, {self.level:.0%} prediction interval"
            f" {self.pi_low:,.0f} to {self.pi_high:,.0f}; most often {when} ({self.share:.0%} of replications)"
        )

    __repr__ = __str__


def peak(counts: Numbers, dates: npt.NDArray[np.datetime64], per: str, level: float) -> Peak:
    """The peak of counts by replication (rows) and period, which begin at the dates."""
    import pandas as pd

    places = counts.argmax(axis=1)
    times = np.bincount(places, minlength=counts.shape[1])
    order = [place for place in np.argsort(-times, kind="stable") if times[place]]
    every = pd.DataFrame({per: dates[order], "share": times[order] / len(counts)})
    found: Mapping[str, Numbers] = intervals(counts.max(axis=1)[:, None], level)._asdict()
    numbers = {name: float(one[0]) for name, one in found.items()}
    return Peak(pd.Timestamp(dates[order[0]]), float(every["share"].iloc[0]), per, **numbers, level=level, all=every)


def share_over(counts: Numbers, limit: float) -> float:
    """In what share of replications (rows) some period has more than the limit.

    >>> share_over(np.array([[1, 5], [2, 3]]), 4)
    0.5
    """
    return float((counts > limit).any(axis=1).mean())
