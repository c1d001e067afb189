"""Calendars and send windows: arithmetic on moments (UTC ms), calendar amounts and time zones, all in integers.

Everywhere `now` and `at` are whole milliseconds since 1970 UTC, `days` a day number since 1970-01-01, `minute` local
minutes after midnight (-1 for none), `mask` a set of weekdays (bit 0 Monday, 127 any day). `now` itself counts: for the
next moment strictly after `now`, pass `now + 1`. Except for the last section nothing here needs Python's `datetime`, so
that the same functions can be compiled; of a Zone and a Window they read only the fields. It is one long module because
compiled engines compile all of it at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from flowdsl.calendar.zones import UTC as UTC
from flowdsl.calendar.zones import UnknownZone as UnknownZone
from flowdsl.calendar.zones import Zone as Zone
from flowdsl.calendar.zones import segment
from flowdsl.calendar.zones import to_local as to_local
from flowdsl.calendar.zones import to_utc as to_utc
from flowdsl.calendar.zones import zone as zone
from flowdsl.calendar.zones import zone_names as zone_names

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
EVERY_DAY = 127
NEVER = 2**62  # ms; 146 million years from now: later than any moment, and safe to add to
SEARCHED = 2 * 366 * DAY  # two years contain every relative position of two zones' clocks

# --- the calendar -----------------------------------------------------------------------------------------------------


def days_from_civil(year: int, month: int, day: int) -> int:
    """Day number of a date of the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms").

    >>> days_from_civil(2000, 3, 1)
    11017
    """
    year -= month <= 2
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1  # counted from 1 March
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def civil_from_days(days: int) -> tuple[int, int, int]:
    """Year, month and day of a day number (same source).

    >>> civil_from_days(11016)
    (2000, 2, 29)
    """
    days += 719_468
    era = days // 146_097
    day_of_era = days - era * 146_097
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    fifth = (5 * day_of_year + 2) // 153
    month = (fifth + 2) % 12 + 1
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * fifth + 2) // 5 + 1


def weekday(days: int) -> int:
    """Weekday of a day number, 0 Monday to 6 Sunday.

    >>> weekday(0)  # 1 January 1970 was a Thursday
    3
    """
    return (days + 3) % 7


def days_in_month(year: int, month: int) -> int:
    """Number of days of a month.

    >>> days_in_month(2100, 2)
    28
    """
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 + (month + month // 8) % 2


def add_months(days: int, months: int) -> int:
    """The day number `months` calendar months away; the last day of the month if it is too short.

    >>> civil_from_days(add_months(days_from_civil(2026, 1, 30), 1))
    (2026, 2, 28)
    """
    if months == 0:
        return days
    year, month, day = civil_from_days(days)
    total = year * 12 + month - 1 + months
    year, month = total // 12, total % 12 + 1
    return days_from_civil(year, month, min(day, days_in_month(year, month)))


# --- moving in a zone -------------------------------------------------------------------------------------------------


def local_day(at: int, zone: Zone) -> int:
    """Day number of the local date at a moment."""
    return to_local(at, zone.starts, zone.offsets) // DAY


def date_at(days: int, minute: int, zone: Zone) -> int:
    """Moment of a local time on a calendar day.

    >>> format_ms(date_at(days_from_civil(2026, 7, 1), 9 * 60, zone("Europe/Paris")))
    '2026-07-01 07:00'
    """
    return to_utc(days * DAY + minute * MINUTE, zone.starts, zone.offsets)


def shifted(at: int, months: int, days: int, ms: int, minute: int, zone: Zone) -> int:
    """Moment `at` moved by calendar months and days, then by elapsed `ms`; all three may be negative.

    Months and days keep the wall time, or take the local time `minute` when that is not -1.

    >>> paris = zone("Europe/Paris")
    >>> start = date_at(days_from_civil(2026, 4, 2), 18 * 60, paris)
    >>> format_ms(shifted(start, 0, -7, 0, 9 * 60, paris), paris)  # 7 days before event.start at 09:00
    '2026-03-26 09:00'
    """
    if months == 0 and days == 0 and minute < 0:
        return at + ms
    return moved(to_local(at, zone.starts, zone.offsets), months, days, ms, minute, zone)


def moved(local: int, months: int, days: int, ms: int, minute: int, zone: Zone) -> int:
    """Like `shifted`, for a local wall time (ms since 1970 on that wall clock), such as the midnight of a date.

    Only the resulting midnight must exist on the wall clock. Where clocks change at midnight, the result is the first
    moment of that day.

    >>> beirut, ends = zone("Asia/Beirut"), days_from_civil(2026, 3, 29)  # that day begins at 01:00
    >>> format_ms(moved(ends * DAY, 0, 0, 0, -1, beirut), beirut)
    '2026-03-29 01:00'
    >>> format_ms(moved(ends * DAY, 0, -7, 0, -1, beirut), beirut)
    '2026-03-22 00:00'
    """
    day = local // DAY
    time = local - day * DAY if minute < 0 else minute * MINUTE
    return to_utc((add_months(day, months) + days) * DAY + time, zone.starts, zone.offsets) + ms


def after(now: int, months: int, ms: int, zone: Zone) -> int:
    """Moment `months` calendar months (same wall time) and then `ms` elapsed milliseconds after now.

    >>> format_ms(after(date_at(days_from_civil(2024, 2, 29), 0, UTC), 12, 36 * HOUR, UTC))
    '2025-03-01 12:00'
    """
    return shifted(now, months, 0, ms, -1, zone)


def before(now: int, months: int, ms: int, zone: Zone) -> int:
    """Moment `months` calendar months (same wall time) and then `ms` elapsed milliseconds before now.

    A period that ends now (limits, caps, `in the last`) contains what lies after this moment.

    >>> format_ms(before(date_at(days_from_civil(2026, 2, 28), 600, UTC), 1, 0, UTC))
    '2026-01-28 10:00'
    """
    return shifted(now, -months, 0, -ms, -1, zone)


def day_at(now: int, months: int, days: int, minute: int, zone: Zone) -> int:
    """Moment of a local time on the calendar day `months` and `days` after today's local date.

    With no months and no days this may lie before now.

    >>> paris = zone("Europe/Paris")
    >>> now = date_at(days_from_civil(2026, 3, 27), 22 * 60, paris)  # clocks change on the 29th
    >>> format_ms(day_at(now, 0, 3, 9 * 60, paris), paris)
    '2026-03-30 09:00'
    """
    return shifted(now, months, days, 0, minute, zone)


def next_at(now: int, mask: int, minute: int, zone: Zone) -> int:
    """Next moment at a local time on a weekday of the mask; NEVER for an empty mask.

    With minute -1 the result is `now` if today is such a day, else the midnight of the next such day.

    >>> monday = 1
    >>> format_ms(next_at(date_at(days_from_civil(2026, 3, 1), 600, UTC), monday, 540, UTC))
    '2026-03-02 09:00'
    """
    today = local_day(now, zone)
    if minute < 0 and mask >> weekday(today) & 1:
        return now
    time = max(minute, 0) * MINUTE
    for day in range(today - 1, today + 8):  # a gap at the end of yesterday may have moved its moment into today
        if mask >> weekday(day) & 1:
            at = to_utc(day * DAY + time, zone.starts, zone.offsets)
            if at >= now:
                return at
    return NEVER


def next_month_day(now: int, month_day: int, minute: int, zone: Zone) -> int:
    """Next moment at a local time on a day of the month (1 to 31; the last day of a shorter month).

    >>> format_ms(next_month_day(date_at(days_from_civil(2026, 2, 1), 0, UTC), 31, 540, UTC))
    '2026-02-28 09:00'
    """
    year, month, _ = civil_from_days(local_day(now, zone))
    this = year * 12 + month - 1
    at = NEVER
    for total in range(this - 1, this + 2):  # a gap at its end may have moved last month's moment into this month
        year, month = total // 12, total % 12 + 1
        at = date_at(days_from_civil(year, month, min(month_day, days_in_month(year, month))), minute, zone)
        if at >= now:
            break
    return at


def next_yearly(now: int, first: int, minute: int, zone: Zone, months: int = 0, days: int = 0, ms: int = 0) -> int:
    """The next anniversary, at a local time, of the date with day number `first`, which itself counts as the first one.

    29 February becomes the 28th in common years. Each anniversary may be shifted as by `shifted` (7 days before:
    `days=-7`).

    >>> born = days_from_civil(1992, 2, 29)
    >>> format_ms(next_yearly(date_at(days_from_civil(2026, 2, 1), 0, UTC), born, 540, UTC))
    '2026-02-28 09:00'
    """
    near = add_months(local_day(now - ms, zone) - days, -months)
    years = max(0, civil_from_days(near)[0] - civil_from_days(first)[0] - 1)
    while True:
        day = add_months(add_months(first, 12 * years), months) + days
        at = to_utc(day * DAY + minute * MINUTE, zone.starts, zone.offsets) + ms
        if at >= now:
            return at
        years += 1


# --- send windows -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Window:
    """When messages may go out: on the days of the mask, from local minute `start` until before `end`.

    A window that ends before it starts closes on the next morning and belongs to the day on which it opens. A whole day
    is 0 to 1440; a window with equal start and end never opens. The wall clock decides: skipped hours are never open (a
    start in them moves to the clock change), and repeated hours are open twice.
    """

    days: int = EVERY_DAY
    start: int = 0
    end: int = 1440


def _opens_never(window: Window) -> bool:
    whole = window.start == 0 and window.end == 1440
    return window.days & EVERY_DAY == 0 or (window.start % 1440 == window.end % 1440 and not whole)


def _is_open_at(local: int, window: Window) -> bool:
    day = local // DAY
    time = local - day * DAY
    today = window.days >> weekday(day) & 1 == 1
    if window.start <= window.end:
        return today and window.start * MINUTE <= time < window.end * MINUTE
    yesterday = window.days >> weekday(day - 1) & 1 == 1
    return (today and time >= window.start * MINUTE) or (yesterday and time < window.end * MINUTE)


def is_open(now: int, window: Window, zone: Zone) -> bool:
    """True when a message may go out now.

    >>> friday_night = Window(days=1 << 4, start=22 * 60, end=6 * 60)
    >>> is_open(date_at(days_from_civil(2026, 3, 7), 3 * 60, UTC), friday_night, UTC)  # Saturday, 3 in the morning
    True
    """
    return _is_open_at(to_local(now, zone.starts, zone.offsets), window)


def _next_open_at(local: int, window: Window) -> int:
    """The first open wall time from `local` on, assuming that the clocks do not change."""
    if _is_open_at(local, window):
        return local
    today = local // DAY
    for day in range(today, today + 8):
        opening = day * DAY + window.start * MINUTE
        if window.days >> weekday(day) & 1 and opening >= local:
            return opening
    return NEVER


def next_open(now: int, window: Window, zone: Zone) -> int:
    """First moment from now on at which the window is open, NEVER if there is none.

    It goes through the periods between clock changes one by one, so it agrees with `is_open` to the millisecond.

    >>> office = Window(days=0b11111, start=9 * 60, end=18 * 60)
    >>> format_ms(next_open(date_at(days_from_civil(2026, 3, 6), 18 * 60, UTC), office, UTC))
    '2026-03-09 09:00'
    """
    if _opens_never(window):
        return NEVER
    i = segment(now, zone.starts)
    at = now
    while True:
        opening = _next_open_at(at + zone.offsets[i], window) - zone.offsets[i]
        if i + 1 == len(zone.starts) or opening < zone.starts[i + 1]:
            return opening
        i += 1
        at = zone.starts[i]


def open_again(now: int, windows: Sequence[tuple[Window, Zone]]) -> int:
    """The first moment from now on at which all windows are open, NEVER if there is none within two years.

    >>> paris, york = zone("Europe/Paris"), zone("America/New_York")
    >>> both = [(Window(start=9 * 60, end=18 * 60), paris), (Window(start=9 * 60, end=18 * 60), york)]
    >>> format_ms(open_again(date_at(days_from_civil(2026, 3, 2), 9 * 60, paris), both), paris)
    '2026-03-02 15:00'
    """
    at = now
    settled = False
    while not settled:  # the result is never before any window's next opening, so this step skips nothing
        settled = True
        for window, its_zone in windows:
            opening = next_open(at, window, its_zone)
            if opening - now > SEARCHED:
                return NEVER
            if opening > at:
                at = opening
                settled = False
    return at


def never_opens(windows: Sequence[tuple[Window, Zone]], since: int = 20_454 * DAY) -> bool:
    """True when the windows are never open together in the two years from `since` (default 2026-01-01).

    >>> never_opens([(Window(days=0b01), UTC), (Window(days=0b10), UTC)])  # Mondays only, and Tuesdays only
    True
    >>> never_opens([(Window(days=0b01, start=22 * 60, end=6 * 60), UTC), (Window(days=0b10), UTC)])
    False
    """
    return open_again(since, windows) == NEVER


# --- open time --------------------------------------------------------------------------------------------------------

Stretches: TypeAlias = tuple[tuple[int, int], ...]


def stretches(window: Window) -> Stretches:
    """The open periods of a week (ms after Monday's midnight, from, until), in order.

    >>> [(since // HOUR, until // HOUR) for since, until in stretches(Window(days=0b1000001, start=1320, end=360))]
    [(0, 6), (22, 30), (166, 168)]
    """
    if _opens_never(window):
        return ()
    found = []
    for day in range(7):
        if window.days >> day & 1:
            since = day * DAY + window.start * MINUTE
            until = day * DAY + window.end * MINUTE + (DAY if window.end < window.start else 0)
            found.append((since, min(until, WEEK)))
            if until > WEEK:  # the night of Sunday ends on Monday
                found.append((0, until - WEEK))
    return tuple(sorted(found))


def open_time(open: Stretches) -> int:
    """How many ms of a week are open.

    >>> open_time(stretches(Window(days=0b11111, start=9 * 60, end=17 * 60))) // HOUR
    40
    """
    total = 0
    for i in range(len(open)):
        total += open[i][1] - open[i][0]
    return total


def _opened(local: int, open: Stretches) -> int:
    """The number of open ms before a wall time, counted from a Monday in 1969; negative before that."""
    since_monday = local + 3 * DAY  # 1 January 1970 was a Thursday
    week = since_monday // WEEK
    rest = since_monday - week * WEEK
    count = week * open_time(open)
    for i in range(len(open)):
        count += min(max(rest - open[i][0], 0), open[i][1] - open[i][0])
    return count


def _open_moment(count: int, open: Stretches) -> int:
    """The open wall time before which there are this many open ms."""
    week = count // open_time(open)
    rest = count - week * open_time(open)
    for i in range(len(open)):
        if rest < open[i][1] - open[i][0]:
            return week * WEEK + open[i][0] + rest - 3 * DAY
        rest -= open[i][1] - open[i][0]
    return NEVER  # the window never opens


def after_open(now: int, ms: int, open: Stretches, zone: Zone) -> int:
    """The moment up to which a window has been open for `ms` since now; NEVER if it never opens. The moment is open.

    Hours that a change of clocks leaves out do not count, repeated ones count twice, as in `is_open`.

    >>> office = stretches(Window(days=0b11111, start=9 * 60, end=17 * 60))
    >>> format_ms(after_open(date_at(days_from_civil(2026, 3, 6), 16 * 60, UTC), 3 * HOUR, office, UTC))
    '2026-03-09 11:00'
    """
    if len(open) == 0:
        return NEVER
    i, at = segment(now, zone.starts), now
    while True:
        local = at + zone.offsets[i]
        moment = _open_moment(_opened(local, open) + ms, open) - zone.offsets[i]
        if i + 1 == len(zone.starts) or moment < zone.starts[i + 1]:
            return moment
        ms -= _opened(zone.starts[i + 1] + zone.offsets[i], open) - _opened(local, open)
        i += 1
        at = zone.starts[i]


# --- dates and moments as text ----------------------------------------------------------------------------------------


def day_number(day: date) -> int:
    """Day number of a date.

    >>> day_number(date(1970, 1, 2))
    1
    """
    return day.toordinal() - 719_163


def parse_date(text: str) -> date:
    """The date of a text such as `2026-03-01`. Raises ValueError for anything else.

    >>> parse_date("2026-03-01")
    datetime.date(2026, 3, 1)
    """
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
    if match is None:
        raise ValueError(f'"{text}" is not a date such as 2026-03-01')
    return date(int(match[1]), int(match[2]), int(match[3]))


_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?(Z|z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def parse_moment(text: str) -> tuple[int, bool]:
    """Milliseconds of an ISO 8601 text, and whether it has a zone; without one it is read as UTC. Truncated to ms.

    Raises ValueError for anything else, including impossible dates and times.

    >>> parse_moment("2026-03-01T09:00:00+02:00") == (date_at(days_from_civil(2026, 3, 1), 7 * 60, UTC), True)
    True
    >>> parse_moment("1970-01-01 00:01")
    (60000, False)
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError(f'"{text}" is not a moment such as 2026-03-01 09:00')
    hours, minutes, seconds = (int(match[i] or 0) for i in (2, 3, 4))
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError(f'"{text}" has a time of day that does not exist')
    fraction = int((match[5] or "").ljust(3, "0")[:3])
    local = day_number(parse_date(match[1])) * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND + fraction
    return local - _offset(match[6] or "Z"), match[6] is not None


def _offset(text: str) -> int:
    """Milliseconds of `+02:00`, `-0330` or `Z`."""
    if text in "Zz":
        return 0
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 23 or minutes > 59:
        raise ValueError(f'"{text}" is not an offset from UTC')
    return (hours * HOUR + minutes * MINUTE) * (-1 if text[0] == "-" else 1)


def format_ms(at: int, zone: Zone = UTC, seconds: bool = False) -> str:
    """A moment as its local date and time, to the minute (or second) below.

    >>> format_ms(0, zone("Asia/Kolkata")), format_ms(1_000, seconds=True)
    ('1970-01-01 05:30', '1970-01-01 00:00:01')
    """
    days, time = divmod(to_local(at, zone.starts, zone.offsets), DAY)
    year, month, day = civil_from_days(days)
    text = f"{year:04}-{month:02}-{day:02} {time // HOUR:02}:{time // MINUTE % 60:02}"
    return f"{text}:{time // SECOND % 60:02}" if seconds else text
