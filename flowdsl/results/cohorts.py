"""Cohorts: of the runs that began in a week, how many had ended, or had a message, a number of days later.

Where the days are not yet over for everybody of a week, the share is missing, because more may still come.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from flowdsl.calendar.clock import DAY
from flowdsl.calendar.zones import Zone
from flowdsl.diagnostics.catalogue.results import RESULTS
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.results.counts import Integers
from flowdsl.results.timeline import local, moments_of

UNTIL = ("exit", "send")
COLUMNS = ("week", "entered", "days", "count", "share")


def check(until: str) -> None:
    """Raises RunError for what cohorts are not followed until."""
    if until not in UNTIL:
        lesson = RESULTS["E809"]
        said = f'cohorts are followed until "exit" or "send", not {until!r}'
        raise RunError([Diagnostic("E809", said, words=str(until), reason=lesson.why, example=lesson.right)])


def cohorts(runs: pd.DataFrame, sends: pd.DataFrame, until: str, zone: Zone, start: int, end: int) -> pd.DataFrame:
    """Columns week, entered, days, count, share: a row a week and a whole number of days, from 0 to the most there are.

    runs, sends  as Results have them; entries from start to just before end (ms) are counted
    share        in percent of `entered`; missing where a run of that week has not had this many days yet
    """
    entries = runs[runs["status"] != "declined"]
    began = _ms(entries["started"])
    entries, began = entries[began >= start], began[began >= start]
    last = _ms(entries["ended"]) if until == "exit" else _first_sends(entries, sends)
    week = local(began, "week", zone)
    days = np.where(last >= began, (last - began) // DAY, -1)
    if not len(began):
        return pd.DataFrame({name: [] for name in COLUMNS}).astype({"week": "datetime64[ms]"})
    weeks, place = np.unique(week, return_inverse=True)
    span = int(days.max(initial=0)) + 1
    counts = np.zeros((len(weeks), span), dtype=np.int64)
    np.add.at(counts, (place[days >= 0], days[days >= 0]), 1)
    entered = np.bincount(place)
    youngest = np.zeros(len(weeks), dtype=np.int64)
    np.maximum.at(youngest, place, began)
    is_over = youngest[:, None] + (np.arange(span)[None, :] + 1) * DAY <= end
    share = np.where(is_over, 100 * counts / entered[:, None], np.nan)
    return pd.DataFrame(
        {
            "week": np.repeat(moments_of(weeks, "week"), span),
            "entered": np.repeat(entered, span),
            "days": np.tile(np.arange(span), len(weeks)),
            "count": counts.ravel(),
            "share": share.ravel(),
        }
    )


def _first_sends(entries: pd.DataFrame, sends: pd.DataFrame) -> Integers:
    """When each run sent its first message, ms; far in the past if it sent none."""
    keys = ["contact", "flow", "run"]
    sent = sends[sends["status"] == "sent"]
    first = sent.groupby(keys, observed=True)["time"].min()
    found = entries[keys].merge(first.rename("first").reset_index(), on=keys, how="left")
    return _ms(found["first"])


def _ms(times: pd.Series) -> Integers:
    """Times as ms since 1970; missing ones are far in the past."""
    return np.asarray(times.to_numpy(dtype="datetime64[ms]").astype(np.int64))
