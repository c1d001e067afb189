"""What was observed: how long each contact was observed, and what happened, from tables and the sends of a replay.

A contact is watched from its beginning (the start of the observation, the date in a column, or its first event) to the
end of the observation. What happens at its beginning is how it came, and no event of a rate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from flowdsl.calendar.clock import DAY
from flowdsl.calendar.zones import Zone, zone
from flowdsl.chance.leaving import Seen
from flowdsl.fitting.arrays import Integers, Labels, Mask, Numbers
from flowdsl.tables import Contacts, Tables

THURSDAY = 3  # 1 January 1970, counted from Monday
MOST_VALUES = 12  # of a column, for it to part contacts into segments


@dataclass(frozen=True, eq=False)
class Observed:
    """An observation from `start` to just before `until` (ms).

    since     when each contact begins (ms); came: whether contacts came during the observation at all
    rows      every event: time (ms), who (position), event (id), name; in order of time within a contact
    sends     every message sent: time, who, channel, name
    known_since  how a scenario says since when contacts are known: a column of contacts, or a date
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
    columns: Mapping[str, Labels]
    known_since: str = ""

    def known(self, rows: pd.DataFrame, of: Mask) -> Seen:
        """What is known of some contacts (a mask) from the rows of one kind of event, in days."""
        begin, who = np.maximum(self.since, self.start), rows["who"].to_numpy()
        last = np.array(begin)
        np.maximum.at(last, who, rows["time"].to_numpy())
        x = np.bincount(who, minlength=len(begin)).astype(np.float64)
        return Seen(x[of], ((last - begin) / DAY)[of], self.watched[of])

    @property
    def watched(self) -> Numbers:
        """Days for which each contact was watched."""
        return np.asarray(np.maximum(self.until - np.maximum(self.since, self.start), 0) / DAY)

    def wall(self, times: Integers, who: Integers | None = None) -> Integers:
        """Local times (ms): on the clock of the contact to whom each belongs, or on the workspace's."""
        if who is None or not len(self.contacts.zones):
            return _local(self.zone, times)
        own, found = self._zone_names[who], np.zeros(len(times), dtype=np.int64)
        for name, clock in self._clocks():
            found[own == name] = _local(clock, times[own == name])
        return found

    def weekdays(self, of: Mask) -> Numbers:
        """How many contact-days of each weekday there were, on the clocks of these contacts (a mask)."""
        begin = np.maximum(self.since, self.start)
        if not len(self.contacts.zones):
            return _weekdays(self.zone, begin[of], self.start, self.until)
        own = self._zone_names
        clocks = (_weekdays(clock, begin[of & (own == name)], self.start, self.until) for name, clock in self._clocks())
        return np.asarray(sum(clocks, np.zeros(7)))

    def calendar(self, start: int) -> Numbers:
        """How many days of each weekday there are from a moment on, on the workspace's clock."""
        return _weekdays(self.zone, np.array([start]), start, self.until)

    @cached_property
    def _zone_names(self) -> Labels:
        """The name of each contact's own time zone, "" where it has none."""
        return np.array([self.contacts.zones[at] for at in range(len(self.contacts))], dtype=object)

    def _clocks(self) -> Iterator[tuple[str, Zone]]:
        """Every time zone of a contact; who has none reads the workspace's clock, as in a simulation."""
        for name in sorted(set(self._zone_names.tolist())):
            yield name, zone(name) if name else self.zone


def _local(clock: Zone, times: Integers) -> Integers:
    stretch = np.searchsorted(np.array(clock.starts), times, side="right") - 1
    local: Integers = times + np.array(clock.offsets)[stretch]
    return local


def _weekdays(clock: Zone, begins: Integers, start: int, until: int) -> Numbers:
    """Days of each weekday from these moments on, added up; a day on which one begins counts as a whole one."""
    first, last = (int(day) for day in _local(clock, np.array([start, until - 1])) // DAY)
    there = np.searchsorted(np.sort(_local(clock, begins) // DAY), np.arange(first, last + 1), side="right")
    weekday = (np.arange(first, last + 1) + THURSDAY) % 7
    return np.bincount(weekday, weights=there, minlength=7).astype(np.float64)


def hours(wall: Integers) -> Numbers:
    """Events by weekday and hour of their local times: 7 x 24."""
    weekday, hour = (wall // DAY + THURSDAY) % 7, wall % DAY // (DAY // 24)
    return np.bincount(weekday * 24 + hour, minlength=168).reshape(7, 24).astype(np.float64)


def knows_hours(wall: Integers) -> bool:
    """Whether local times have hours, and are not dates alone."""
    return bool((wall % DAY != 0).any())


def rows_of(tables: Tables, start: int, until: int) -> pd.DataFrame:
    """The events of opened tables in a time, as a frame of arrays."""
    events = tables.events
    if not len(events):
        return pd.DataFrame({"time": np.zeros(0, np.int64), "who": np.zeros(0, np.int64), "event": [], "name": []})
    times = np.asarray(events.times, dtype=np.int64)
    who = np.repeat(np.arange(len(tables.contacts)), np.diff(np.asarray(events.starts)))
    frame = pd.DataFrame({"time": times, "who": who, "event": list(events.events), "name": list(events.names)})
    return frame[(times >= start) & (times < until)].reset_index(drop=True)


def segments_of(contacts: Contacts) -> dict[str, Labels]:
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
