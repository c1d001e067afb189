"""Tidy tables of replications: a row for each group, or for each group and period."""

from __future__ import annotations

import numpy as np
import pandas as pd

from flowdsl.forecasting.intervals import Intervals, Numbers, intervals, rank

LIMITS = Intervals._fields


def limits(numbers: Numbers, level: float) -> Intervals:
    """What replications (rows) say of each column; where they are too few for limits, the mean alone.

    >>> limits(np.array([[1.0], [2.0]]), 0.9).mean.tolist(), limits(np.array([[1.0]]), 0.9).pi_low.tolist()
    ([1.5], [nan])
    """
    if rank(level, len(numbers)):
        return intervals(numbers, level)
    unknown = np.full(numbers.shape[1:], np.nan)
    return Intervals(numbers.mean(axis=0) if len(numbers) else unknown, *[unknown] * (len(LIMITS) - 1))


def tidy(intervals: Intervals, rows: pd.DataFrame, dates: pd.DatetimeIndex | None = None) -> pd.DataFrame:
    """The rows with their intervals; with dates, each row once a date, in a first column `date`.

    >>> intervals = limits(np.arange(1, 100).reshape(99, 1), 0.9)
    >>> print(tidy(intervals, pd.DataFrame({"channel": ["email"]})).iloc[:, :5].to_string(index=False))
    channel  mean  median  pi_low  pi_high
      email  50.0    50.0       5       95
    """
    columns: dict[str, Numbers] = {name: np.asarray(one).ravel() for name, one in intervals._asdict().items()}
    if dates is None:
        return rows.assign(**columns)
    repeated = rows.iloc[np.tile(np.arange(len(rows)), len(dates))].reset_index(drop=True)
    repeated.insert(0, "date", np.repeat(dates.to_numpy(), len(rows)))
    return repeated.assign(**columns)
