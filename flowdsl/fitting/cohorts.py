"""The cohort rule, which a spreadsheet can compute: who waits now, times the share of earlier waiters who stayed.

For each message the rule takes the usual number of days from the start of a run to the message. Runs that started so
many days before a day to come, and are still under way, get the message in the same share as earlier runs that had been
under way for as long. Runs that have not started yet come as often as on the same weekday before, and get the message
in the share of all earlier runs. A forecast that does not beat this rule is not worth its trouble for flows that wait.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from flowdsl.fitting.arrays import Integers, Mask, Numbers

DAY = np.timedelta64(1, "D")
ALIKE = 0.5  # of all messages that come after the usual number of days, for the rule to be used
ENDLESS = 1 << 30


def cohort_rule(
    runs: pd.DataFrame, sends: pd.DataFrame, first: pd.Timestamp, start: pd.Timestamp, days: int
) -> Numbers:
    """Messages expected on each of this many days from `start` on, from the runs and sends of the time before.

    runs, sends   the tables of a simulation (or replay) from `first` until `start`; times without zone

    >>> days = pd.date_range("2026-01-01", periods=20)
    >>> runs = pd.DataFrame({"flow": "F", "contact": range(20), "run": 1, "started": days, "ended": pd.NaT})
    >>> sends = pd.DataFrame({"flow": "F", "contact": range(17), "run": 1, "message": "A", "time": days[3:]})
    >>> cohort_rule(runs, sends, days[0], pd.Timestamp("2026-01-21"), 3).tolist()
    [1.0, 1.0, 1.0]
    """
    expected = np.zeros(days)
    for _, some in sends.groupby(["flow", "message"], sort=False, observed=True):
        own = runs[runs["flow"] == some["flow"].iloc[0]].reset_index(drop=True)
        expected += _of_message(own, some, first, start, days)
    return expected


def _of_message(
    runs: pd.DataFrame, sends: pd.DataFrame, first: pd.Timestamp, start: pd.Timestamp, days: int
) -> Numbers:
    began, now = _day(runs["started"], first), int((start - first) / DAY)
    keys = ["contact", "run"]
    when = runs[keys].merge(sends.drop_duplicates(keys)[[*keys, "time"]], how="left", on=keys)["time"]
    sent = np.where(when.notna(), _day(when.fillna(start), first), ENDLESS)
    ended = np.where(runs["ended"].notna(), _day(runs["ended"].fillna(start), first), ENDLESS)
    lags = (sent - began)[sent < ENDLESS]
    lag = int(np.median(lags))
    if (lags == lag).mean() < ALIKE:  # no usual number of days: as many as on the same weekday before
        return _by_weekday(sent[sent < ENDLESS], now, np.arange(now, now + days))
    share = float((sent < ENDLESS)[began + lag < now].mean()) if (began + lag < now).any() else 0.0
    found = np.zeros(days)
    for ahead in range(days):
        cohort = now + ahead - lag
        if cohort >= now:
            found[ahead] = share * _by_weekday(began, now, np.array([cohort]))[0]
            continue
        waits = (began == cohort) & (ended >= now) & (sent >= now)
        found[ahead] = waits.sum() * _stayed(began, ended, sent, lag, now - cohort, now)
    return found


def _stayed(began: Integers, ended: Integers, sent: Integers, lag: int, age: int, now: int) -> float:
    """Of earlier runs that had been under way for this many days, the share that got the message."""
    of: Mask = (began + lag < now) & (ended - began >= age) & (sent - began >= age)
    return float((sent[of] < ENDLESS).mean()) if of.any() else 0.0


def _by_weekday(days: Integers, now: int, wanted: Integers) -> Numbers:
    """The mean number on the same weekday, of all days before now."""
    counts = np.bincount(days[(days >= 0) & (days < now)], minlength=max(now, 1))[:now]
    return np.array([counts[day % 7 :: 7].mean() if len(counts) > day % 7 else 0.0 for day in wanted.tolist()])


def _day(times: Sequence[pd.Timestamp] | pd.Series[pd.Timestamp], first: pd.Timestamp) -> Integers:
    days = (np.asarray(times, dtype="datetime64[ms]") - np.datetime64(first, "ms")) // DAY
    return np.asarray(days, dtype=np.int64)
