"""The flow that both sides live through, and the two frames that they read: nothing goes in but a size.

A third of the contacts are members. Everybody joins once, at a moment of January, and is watched to the end of March.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

DAY = 24 * 3600 * 1000
BEGIN = pd.Timestamp("2026-01-01", tz="UTC")
DAYS = 90
OPENS = 0.35  # what the scenario says, for programs that are written by hand
MU = 16.4827388  # log of 4 hours in ms, the median
SIGMA = 0.8572517  # 80% between a third of the median and three times of it

PROGRAM = """
flow "Welcome"
  when member joins program "Yoga"
  wait 3 days
  if has membership then exit "member" end
  then send email "A"
  wait until opened "A" for up to 7 days
  if it happened
    then send email "B"
  otherwise send email "C"
  end

scenario "As a rule"
  assume contact opens email "A" 35% after about 4 hours
"""


def frames(size: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A table of contacts and one of events with this many rows each, the same at every call."""
    joins, members = arrays(size)
    ids = [f"c{number}" for number in range(size)]
    contacts = pd.DataFrame({"contact": ids, "membership": members})
    moments = pd.to_datetime(joins, unit="ms", utc=True)
    events = pd.DataFrame({"time": moments, "contact": ids, "event": "joins program", "object": "Yoga"})
    return contacts, events


def arrays(size: int) -> tuple[Any, Any]:
    """What the frames hold as it would stand in a packed table: when each contact joins (ms), and who is a member."""
    random = np.random.default_rng(20260101)
    members = random.random(size) < 1 / 3
    return int(BEGIN.timestamp() * 1000) + random.integers(0, 31 * DAY, size), members


def same_work(one: Mapping[str, int], other: Mapping[str, int]) -> None:
    """AssertionError unless both sides did the same job: what chance has no part in is equal, the rest is near.

    Openings are a matter of chance: two sums of n draws with p = 0.35 differ by less than 5 standard deviations.
    """
    fixed = ("joined", "started", "A", "ended")
    assert [one[name] for name in fixed] == [other[name] for name in fixed], (one, other)
    for side in (one, other):
        assert side["B"] + side["C"] == side["A"], side
        assert 0 <= side["opened"] - side["B"] < 10, side  # hardly anybody opens after more than 7 days
    spread = (2 * one["A"] * 0.35 * 0.65) ** 0.5
    assert abs(one["B"] - other["B"]) < 5 * spread, (one, other)
