"""What was observed: opened tables and the sends of a replay go in; who was watched how long, and what happened, come
out as arrays.

A contact is watched from its beginning (the start of the observation, the date in a column, or its first event) to the
end of the observation. What happens at its beginning is how it came, and no event of a rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from flowdsl.clock import DAY
from flowdsl.contacts import Contacts, Tables
from flowdsl.zones import Zone

Numbers: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Integers: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
THURSDAY = 3  # 1 January 1970, counted from Monday
MOST_VALUES = 12  # of a column, for it to part contacts into segments


@dataclass(frozen=True, eq=False)
class Observed:
    """An observation from `start` to just before `until` (ms).

    since     when each contact begins (ms); came: whether contacts came during the observation at all
    rows      every event: time (ms), who (position), event (id), name; in order of time within a contact
    sends     every message sent: time, who, channel, name
    columns   what may part contacts into segments, by name: a value per contact, None where it is not known
    """

    contacts: Contacts
    start: int
    until: int
    zone: Zone
    since: Integers
    came: bool
    rows: pd.DataFrame
    sends: pd.DataFrame
    columns: Mapping[str, Any]

    @property
    def watched(self) -> Numbers:
        """Days for which each contact was watched."""
        return np.asarray(np.maximum(self.until - np.maximum(self.since, self.start), 0) / DAY)

    def weekdays(self) -> Numbers:
        """How many contact-days of each weekday there were."""
        first, last = self._day(self.start), self._day(self.until - 1)
        begin = np.sort(self._days(np.maximum(self.since, self.start)))
        there = np.searchsorted(begin, np.arange(first, last + 1), side="right")
        weekday = (np.arange(first, last + 1) + THURSDAY) % 7
        return np.bincount(weekday, weights=there, minlength=7).astype(np.float64)

    def calendar(self, start: int) -> Numbers:
        """How many days of each weekday there are from a moment on."""
        days = np.arange(self._day(start), self._day(self.until - 1) + 1)
        return np.bincount((days + THURSDAY) % 7, minlength=7).astype(np.float64)

    def hours(self, times: Integers) -> Numbers:
        """Events by weekday and hour of the wall clock: 7 x 24."""
        wall = self._wall(times)
        weekday, hour = (wall // DAY + THURSDAY) % 7, wall % DAY // (DAY // 24)
        return np.bincount(weekday * 24 + hour, minlength=168).reshape(7, 24).astype(np.float64)

    def knows_hours(self, times: Integers) -> bool:
        """Whether events have times of day, and not dates alone."""
        return bool((self._wall(times) % DAY != 0).any())

    def _wall(self, times: Integers) -> Integers:
        stretch = np.searchsorted(np.array(self.zone.starts), times, side="right") - 1
        wall: Integers = times + np.array(self.zone.offsets)[stretch]
        return wall

    def _days(self, times: Integers) -> Integers:
        return self._wall(times) // DAY

    def _day(self, time: int) -> int:
        return int(self._days(np.array([time]))[0])


def rows_of(tables: Tables, start: int, until: int) -> pd.DataFrame:
    """The events of opened tables in a time, as a frame of arrays."""
    events = tables.events
    if not len(events):
        return pd.DataFrame({"time": np.zeros(0, np.int64), "who": np.zeros(0, np.int64), "event": [], "name": []})
    times = np.asarray(events.times, dtype=np.int64)
    who = np.repeat(np.arange(len(tables.contacts)), np.diff(np.asarray(events.starts)))
    frame = pd.DataFrame({"time": times, "who": who, "event": list(events.events), "name": list(events.names)})
    return frame[(times >= start) & (times < until)].reset_index(drop=True)


def segments_of(contacts: Contacts) -> dict[str, Any]:
    """The columns of few texts, or of yes and no, that may part contacts into segments."""
    found = {}
    for name, type_ in contacts.types.items():
        column = contacts.columns.get(name)
        if column is None or name == contacts.key or type_ not in ("text", "yes-no"):
            continue
        cells = np.array([column[at] for at in range(len(contacts))], dtype=object)
        if 2 <= len({cell for cell in cells.tolist() if cell is not None}) <= MOST_VALUES:
            found[name] = cells
    return found
