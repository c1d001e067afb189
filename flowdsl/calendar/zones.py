"""Time zones as arrays of integers: finds a Zone by name and converts between UTC milliseconds and local ones.

Zones come only from the `tzdata` package, never from the machine, so that one installed version gives the same moments
everywhere. A TZif file lists the changes of a zone's offset, and its last line has a rule for later years (RFC 8536);
the rule is expanded to the end of 2150, after which the last offset stays.
"""

from __future__ import annotations

import pkgutil
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache

LAST_YEAR = 2150
BEGINNING = -(10**17)  # ms; three million years ago: before any change
EPOCH = date(1970, 1, 1).toordinal()


class UnknownZone(ValueError):
    """No IANA time zone has this name."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone: from `starts[i]` (UTC ms) until `starts[i + 1]`, local time is UTC plus `offsets[i]` (ms).

    `starts[0]` lies before all dates.
    """

    name: str
    starts: tuple[int, ...] = field(repr=False, hash=False)
    offsets: tuple[int, ...] = field(repr=False, hash=False)

    def local(self, at: int) -> int:
        """Local wall time of a moment, in ms since 1970-01-01 00:00 on that wall clock."""
        return to_local(at, self.starts, self.offsets)

    def utc(self, local: int) -> int:
        """Moment of a local wall time; see `to_utc` for gaps and repeated hours."""
        return to_utc(local, self.starts, self.offsets)


UTC = Zone("UTC", (BEGINNING,), (0,))


def segment(at: int, starts: Sequence[int]) -> int:
    """Index of the period that contains the moment `at` (UTC ms).

    >>> segment(15, (-100, 10, 20))
    1
    """
    low, high = 0, len(starts)
    while high - low > 1:
        middle = (low + high) >> 1
        if starts[middle] <= at:
            low = middle
        else:
            high = middle
    return low


def to_local(at: int, starts: Sequence[int], offsets: Sequence[int]) -> int:
    """Local wall time (ms) of a moment (UTC ms).

    >>> paris = zone("Europe/Paris")
    >>> to_local(0, paris.starts, paris.offsets) // 3_600_000
    1
    """
    return at + offsets[segment(at, starts)]


def to_utc(local: int, starts: Sequence[int], offsets: Sequence[int]) -> int:
    """Moment (UTC ms) of a local wall time (ms).

    A time that a clock change skips moves forward by the length of the gap; of a repeated hour the first one is used.
    In both cases the old offset is valid until the wall clock has passed the later of its two readings at the change.

    >>> paris = zone("Europe/Paris")
    >>> gap = 1_774_751_400_000  # 2026-03-29 02:30 on the wall, which no clock in Paris shows
    >>> to_local(to_utc(gap, paris.starts, paris.offsets), paris.starts, paris.offsets) - gap == 3_600_000
    True
    """
    low, high = 0, len(starts)
    while high - low > 1:
        middle = (low + high) >> 1
        if starts[middle] + max(offsets[middle - 1], offsets[middle]) <= local:
            low = middle
        else:
            high = middle
    return local - offsets[low]


@cache
def zone_names() -> tuple[str, ...]:
    """Every name that `zone` accepts, for `did you mean`.

    >>> "Europe/Paris" in zone_names()
    True
    """
    listed = pkgutil.get_data("tzdata", "zones") or b""
    return tuple(sorted({"UTC", *listed.decode("ascii").split()}))


@cache
def _known() -> frozenset[str]:
    return frozenset(zone_names())


@cache
def zone(name: str) -> Zone:
    """The zone with this IANA name, exactly as written there; read once, then kept.

    Raises UnknownZone when there is none.

    >>> zone("Asia/Kolkata").local(0) // 60_000
    330
    """
    if name == "UTC":
        return UTC
    if name not in _known():  # also keeps `../` and similar names away from the file system
        raise UnknownZone(f'there is no time zone "{name}"')
    data = pkgutil.get_data("tzdata", f"zoneinfo/{name}")
    if data is None:
        raise UnknownZone(f'the time zone "{name}" cannot be read')
    return Zone(name, *_stretches(data))


def _stretches(data: bytes) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Starts and offsets (ms) of a TZif file: listed changes, then those of its rule, without changes of name only."""
    first, changes, rule = _tzif(data)
    after = changes[-1][0] if changes else -(2**62)
    first_year = 1970 + after // 31_556_952 if changes else 1900
    added = [change for year in range(first_year, LAST_YEAR + 1) for change in _changes(rule, year)]
    starts, offsets = [BEGINNING], [first * 1000]
    for moment, offset in changes + sorted(change for change in added if change[0] > after):
        if offset * 1000 != offsets[-1]:
            starts.append(moment * 1000)
            offsets.append(offset * 1000)
    return tuple(starts), tuple(offsets)


def _tzif(data: bytes) -> tuple[int, list[tuple[int, int]], str]:
    """First offset, listed (moment, offset) changes in seconds, and rule line of a TZif file (version 2 on)."""
    isut, isstd, leap, times, types, chars = struct.unpack_from(">6l", data, 20)
    start = 44 + times * 5 + types * 6 + chars + leap * 8 + isstd + isut  # the 32-bit block is for old readers
    isut, isstd, leap, times, types, chars = struct.unpack_from(">6l", data, start + 20)
    start += 44
    moments = struct.unpack_from(f">{times}q", data, start)
    indices = data[start + 8 * times : start + 9 * times]
    kinds = list(struct.iter_unpack(">l?B", data[start + 9 * times : start + 9 * times + 6 * types]))
    end = start + 9 * times + 6 * types + chars + leap * 12 + isstd + isut
    first = next((offset for offset, summer, _ in kinds if not summer), kinds[0][0])
    changes = [(moment, kinds[index][0]) for moment, index in zip(moments, indices, strict=True)]
    return first, changes, data[end:].strip(b"\n").decode("ascii")


_NAME = r"(?:<[^>]+>|[A-Za-z]+)"
_RULE = re.compile(rf"{_NAME}([-+]?[\d:]+)(?:{_NAME}([-+]?[\d:]+)?,([^,]+),([^,]+))?")


def _changes(rule: str, year: int) -> list[tuple[int, int]]:
    """The (moment, offset) changes in seconds that a POSIX TZ rule makes in a year: `CET-1CEST,M3.5.0,M10.5.0/3`."""
    match = _RULE.fullmatch(rule)
    if match is None or match[3] is None:
        return []
    standard = -_seconds(match[1])  # POSIX counts west as positive
    summer = -_seconds(match[2]) if match[2] else standard + 3600
    return [(_wall(match[3], year) - standard, summer), (_wall(match[4], year) - summer, standard)]


def _seconds(text: str) -> int:
    """Seconds of `[+-]hh[:mm[:ss]]`."""
    parts = [int(part) for part in text.lstrip("+-").split(":")]
    total = sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))
    return -total if text.startswith("-") else total


def _wall(rule: str, year: int) -> int:
    """Wall time, in seconds since the epoch, of one rule in a year: `M3.5.0/2` (month, week, day), `J60` or `59`."""
    day, _, time = rule.partition("/")
    if day.startswith("M"):
        month, week, weekday = (int(part) for part in day[1:].split("."))
        first, following = date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
        ordinal = first.toordinal() + (weekday - first.isoweekday()) % 7 + 7 * (week - 1)
        ordinal -= 7 * (ordinal >= following.toordinal())  # if there are only four, the fifth means the last
    elif day.startswith("J"):  # 1 to 365, 29 February is never counted
        number = int(day[1:])
        month, month_number = (1, 1) if number < 60 else (3, 60)
        ordinal = date(year, month, 1).toordinal() + number - month_number
    else:  # 0 to 365
        ordinal = date(year, 1, 1).toordinal() + int(day)
    return (ordinal - EPOCH) * 86_400 + _seconds(time or "2")
