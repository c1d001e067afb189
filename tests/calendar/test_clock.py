"""The clock: calendar amounts, local times and send windows mean what a person reads, in every zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flowdsl.calendar import clock
from flowdsl.calendar.clock import DAY, HOUR, MINUTE, NEVER, WEEK, Window, format_ms, zone

MONDAY, TUESDAY, FRIDAY, SATURDAY, SUNDAY = (1 << day for day in (0, 1, 4, 5, 6))
WEEKDAYS = 0b11111
NIGHT = (22 * 60, 6 * 60)
ZONES = (
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Asia/Kolkata",
    "Pacific/Apia",
    "UTC",
)


@cache
def oracle(name: str) -> ZoneInfo:
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file)


def at(text: str, name: str = "UTC") -> int:
    """The moment of a local time, by the standard library."""
    moment = datetime.fromisoformat(text).replace(tzinfo=oracle(name))
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def wall(moment: int, name: str) -> datetime:
    """The local time of a moment, by the standard library."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment)).astimezone(oracle(name))


moments = st.integers(at("1975-01-01"), at("2080-01-01"))
names = st.sampled_from(ZONES)
minutes = st.integers(0, 1439)

# --- the calendar -----------------------------------------------------------------------------------------------------


@given(st.dates())
def test_day_numbers_are_the_standard_library_s(day: date) -> None:
    """Every date of the years 1 to 9999 has the day number, the weekday and the way back that datetime gives."""
    number = clock.days_from_civil(day.year, day.month, day.day)
    assert number == clock.day_number(day) == (day - date(1970, 1, 1)).days
    assert clock.civil_from_days(number) == (day.year, day.month, day.day)
    assert clock.weekday(number) == day.weekday()


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2026-01-30", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-15", -13, "2024-12-15"),
        ("2026-05-05", 0, "2026-05-05"),
    ],
)
def test_a_missing_day_is_the_month_s_last(start: str, months: int, expected: str) -> None:
    """30 January and a month is 28 February, 29 February and a year is 28 February, backwards too."""
    moved = clock.add_months(clock.day_number(date.fromisoformat(start)), months)
    assert clock.civil_from_days(moved) == (*map(int, expected.split("-")),)


# --- moving in a zone -------------------------------------------------------------------------------------------------


def test_a_future_day_has_its_own_offset() -> None:
    """`wait 3 days at 09:00` over a change of the clocks ends at 09:00 of that day, not at today's offset."""
    now = at("2026-03-27 22:30", "Europe/Paris")
    assert clock.day_at(now, 0, 3, 540, zone("Europe/Paris")) == at("2026-03-30 09:00", "Europe/Paris")
    assert clock.day_at(now, 0, 3, 540, zone("Europe/Paris")) - now == 2 * DAY + 9 * HOUR + 30 * MINUTE


def test_elapsed_days_are_24_hours() -> None:
    """`wait 3 days` over a change of the clocks is 72 hours, and so ends at another wall time."""
    now = at("2026-03-27 22:30", "Europe/Paris")
    assert wall(clock.after(now, 0, 3 * DAY, zone("Europe/Paris")), "Europe/Paris").hour == 23


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [("2026-03-31 18:15", 1, "2026-04-30 18:15"), ("2024-02-29 18:15", 12, "2025-02-28 18:15")],
)
def test_a_month_keeps_the_wall_time(start: str, months: int, expected: str) -> None:
    """A month in Sydney, over the end of its summer, ends at the same time of day; so does a year from 29 February."""
    moved = clock.after(at(start, "Australia/Sydney"), months, 0, zone("Australia/Sydney"))
    assert moved == at(expected, "Australia/Sydney")


def test_the_weekday_is_the_local_one() -> None:
    """Sunday 23:00 UTC is Monday in Paris: `wait until monday` there is over at once."""
    now = at("2026-03-01 23:00")
    assert clock.next_at(now, MONDAY, -1, zone("Europe/Paris")) == now
    assert clock.next_at(now, MONDAY, -1, clock.UTC) == at("2026-03-02 00:00")


def test_now_counts() -> None:
    """At Monday 09:00 sharp `wait until monday at 09:00` goes on; asked for strictly after, it is a week later."""
    now = at("2026-03-02 09:00", "Europe/Paris")
    assert clock.next_at(now, MONDAY, 540, zone("Europe/Paris")) == now
    assert clock.next_at(now + 1, MONDAY, 540, zone("Europe/Paris")) == now + WEEK


def test_a_time_in_the_gap_moves_forward_by_the_gap() -> None:
    """02:30 on the night the clocks skip from 02:00 to 03:00 is 03:30, for each way to name that time."""
    its, expected = zone("Europe/Paris"), at("2026-03-29 03:30", "Europe/Paris")
    day = clock.days_from_civil(2026, 3, 29)
    assert clock.date_at(day, 150, its) == expected
    assert clock.day_at(at("2026-03-28 12:00", "Europe/Paris"), 0, 1, 150, its) == expected
    assert clock.next_at(at("2026-03-29 01:00", "Europe/Paris"), SUNDAY, 150, its) == expected
    assert clock.shifted(at("2026-03-28 02:30", "Europe/Paris"), 0, 1, 0, -1, its) == expected


def test_a_repeated_hour_is_the_first() -> None:
    """02:30 on the night it comes twice is its first; from the second on, it is tomorrow's."""
    its, first = zone("Europe/Paris"), at("2026-10-25 00:30")
    assert clock.next_at(at("2026-10-24 12:00"), 127, 150, its) == first
    assert clock.next_at(first + HOUR, 127, 150, its) == at("2026-10-26 02:30", "Europe/Paris")


@pytest.mark.parametrize(
    ("days", "ms", "minute", "expected"),
    [
        (-7, 0, 540, "2026-03-26 09:00"),
        (-7, 0, -1, "2026-03-26 18:00"),
        (0, 2 * HOUR, -1, "2026-04-02 20:00"),
        (-4, -HOUR, -1, "2026-03-29 17:00"),
        (-5, 5 * 24 * HOUR, -1, "2026-04-02 19:00"),  # the 120 hours hold the short night
    ],
)
def test_offsets_from_a_date(days: int, ms: int, minute: int, expected: str) -> None:
    """Before and after a date, days keep the wall time and hours are elapsed."""
    start = at("2026-04-02 18:00", "Europe/Paris")
    moved = clock.shifted(start, 0, days, ms, minute, zone("Europe/Paris"))
    assert format_ms(moved, zone("Europe/Paris")) == expected


def test_an_hour_after_a_moment_in_the_second_of_two_equal_hours() -> None:
    """A shift without days never goes by the wall clock, which could not tell the two hours apart."""
    second = at("2026-10-25 01:30")
    assert clock.shifted(second, 0, 0, HOUR, -1, zone("Europe/Paris")) == second + HOUR


@settings(max_examples=200, deadline=None)
@given(now=moments, name=names, mask=st.integers(1, 127), minute=minutes)
def test_the_next_weekday_time(now: int, name: str, mask: int, minute: int) -> None:
    """It is not before now, reads right on the wall (or an hour or day left out explains it), and none was missed."""
    found = clock.next_at(now, mask, minute, zone(name))
    day = wall(now, name).date() - timedelta(days=2)
    candidates = [day + timedelta(days=i) for i in range(12)]
    walls = [datetime(d.year, d.month, d.day, minute // 60, minute % 60) for d in candidates if mask >> d.weekday() & 1]
    assert found == min(moment for w in walls if (moment := at(w.isoformat(), name)) >= now)


@settings(max_examples=200, deadline=None)
@given(now=moments, name=names, month_day=st.integers(1, 31), minute=minutes)
def test_the_next_day_of_a_month(now: int, name: str, month_day: int, minute: int) -> None:
    """The first local date from now on with that day, or a shorter month's last."""
    found = clock.next_month_day(now, month_day, minute, zone(name))
    days = [wall(now, name).date() + timedelta(days=i) for i in range(-2, 64)]
    fit = [d for d in days if d.day == month_day or ((d + timedelta(days=1)).day == 1 and d.day < month_day)]
    walls = [datetime(d.year, d.month, d.day, minute // 60, minute % 60) for d in fit]
    assert found == min(moment for w in walls if (moment := at(w.isoformat(), name)) >= now)


@settings(max_examples=200, deadline=None)
@given(now=moments, name=names, first=st.dates(date(1940, 1, 1), date(2060, 1, 1)), days=st.integers(-400, 400))
def test_the_next_anniversary(now: int, name: str, first: date, days: int) -> None:
    """The first of all the (shifted) anniversaries that is not past, the date itself being the first of them."""
    found = clock.next_yearly(now, clock.day_number(first), 540, zone(name), days=days)
    anniversaries = []
    for year in range(first.year, 2086):
        leap = year % 4 == 0  # right for 1940 to 2086
        day = first.replace(year=year, day=28 if (first.month, first.day) == (2, 29) and not leap else first.day)
        anniversaries.append(day + timedelta(days=days))
    assert found == min(moment for d in anniversaries if (moment := at(f"{d} 09:00", name)) >= now)


def test_no_day_is_never() -> None:
    """A mask without days has no next moment."""
    assert clock.next_at(0, 0, 540, clock.UTC) == clock.next_at(0, 0, -1, clock.UTC) == NEVER


# --- windows ----------------------------------------------------------------------------------------------------------


def slow_is_open(moment: int, window: Window, name: str) -> bool:
    """The definition, by the standard library: the day a window opened on, and the hours after."""
    now = wall(moment, name)
    minute = now.hour * 60 + now.minute
    overnight = window.end < window.start
    opened_today = window.start <= minute and (overnight or minute < window.end)
    opened_yesterday = overnight and minute < window.end
    today = now.weekday()
    return bool(
        (opened_today and window.days >> today & 1) or (opened_yesterday and window.days >> ((today - 1) % 7) & 1)
    )


windows = st.builds(Window, st.integers(1, 127), minutes, st.integers(0, 1440)).filter(lambda w: w.start != w.end)


@settings(max_examples=300, deadline=None)
@given(now=moments, name=names, window=windows)
def test_a_window_is_open_by_its_definition(now: int, name: str, window: Window) -> None:
    """Open and shut are what the local clock and weekday say, overnight windows by the day they open."""
    assume(window.start % 1440 != window.end % 1440 or window == Window(window.days))
    assert clock.is_open(now, window, zone(name)) == slow_is_open(now, window, name)


@settings(max_examples=100, deadline=None)
@given(
    start=st.sampled_from(["2026-03-28 20:00", "2026-10-24 20:00", "2011-12-29 06:00", "2026-10-03 10:00"]),
    name=names,
    window=windows,
    late=st.integers(0, 600),
)
def test_the_next_opening_is_the_first_open_minute(start: str, name: str, window: Window, late: int) -> None:
    """Walking minute by minute, over changes of the clocks, finds the same opening."""
    assume(window.start % 1440 != window.end % 1440)
    now = at(start) + late * MINUTE
    found = clock.next_open(now, window, zone(name))
    steps = range(now, min(found, now + 2 * DAY), 5 * MINUTE)
    assert not any(slow_is_open(moment, window, name) for moment in steps)
    assert slow_is_open(found, window, name)
    assert found == now or not slow_is_open(found - MINUTE, window, name)


def test_an_overnight_window_belongs_to_the_day_it_opens() -> None:
    """`only on friday between 22:00 and 06:00` holds Saturday 03:00, and not Friday 03:00."""
    night = Window(FRIDAY, *NIGHT)
    assert clock.is_open(at("2026-03-07 03:00"), night, clock.UTC)
    assert not clock.is_open(at("2026-03-07 06:00"), night, clock.UTC)
    assert not clock.is_open(at("2026-03-06 03:00"), night, clock.UTC)
    assert clock.next_open(at("2026-03-06 03:00"), night, clock.UTC) == at("2026-03-06 22:00")
    assert clock.next_open(at("2026-03-07 06:00"), night, clock.UTC) == at("2026-03-13 22:00")


def test_the_end_is_outside() -> None:
    """At 18:00 sharp an office that closes at 18:00 is shut; a millisecond before it is open."""
    office = Window(WEEKDAYS, 540, 1080)
    assert clock.is_open(at("2026-03-06 18:00") - 1, office, clock.UTC)
    assert clock.next_open(at("2026-03-06 18:00"), office, clock.UTC) == at("2026-03-09 09:00")


def test_whole_days_and_midnight_ends() -> None:
    """00:00 to 24:00 is the whole day, 22:00 to 00:00 the same as 22:00 to 24:00, equal times never open."""
    midnight = at("2026-03-07")
    for friday in (Window(FRIDAY), Window(FRIDAY, 1320, 0), Window(FRIDAY, 1320, 1440)):
        assert clock.is_open(midnight - 1, friday, clock.UTC)
        assert not clock.is_open(midnight, friday, clock.UTC)
    for shut in (Window(127, 540, 540), Window(127, 0, 0), Window(127, 1440, 0), Window(0)):
        assert clock.next_open(midnight, shut, clock.UTC) == NEVER
        assert clock.never_opens([(shut, clock.UTC)])


def test_a_window_in_the_gap() -> None:
    """Hours left out by the clocks do not open; a window that outlasts them opens at the moment of the change."""
    its, evening = zone("Europe/Paris"), at("2026-03-28 20:00", "Europe/Paris")
    assert clock.next_open(evening, Window(127, 150, 180), its) == at("2026-03-30 02:30", "Europe/Paris")
    assert clock.next_open(evening, Window(127, 150, 240), its) == at("2026-03-29 03:00", "Europe/Paris")


def test_a_window_in_the_repeated_hour_opens_twice() -> None:
    """02:15 to 02:45 on the night of two such hours is open in both."""
    its, window, first = zone("Europe/Paris"), Window(127, 135, 165), at("2026-10-25 00:15")
    assert clock.next_open(at("2026-10-24 20:00"), window, its) == first
    assert clock.next_open(first + 30 * MINUTE, window, its) == first + HOUR


def test_several_windows_open_together() -> None:
    """A message waits for the first moment at which flow and workspace are both open, each in its own zone."""
    both = [
        (Window(WEEKDAYS, 540, 1080), zone("Europe/Paris")),
        (Window(MONDAY | SATURDAY, *NIGHT), zone("Asia/Kolkata")),
    ]
    found = clock.open_again(
        at("2026-03-03 12:00"), both
    )  # Saturday's night in Kolkata ends on Sunday: next is Monday's
    assert found == at("2026-03-09 22:00", "Asia/Kolkata")
    assert clock.open_again(at("2026-03-03 12:00"), []) == at("2026-03-03 12:00")


@pytest.mark.parametrize(
    ("pair", "never"),
    [
        ((Window(MONDAY), Window(TUESDAY)), True),
        ((Window(MONDAY, *NIGHT), Window(TUESDAY)), False),
        ((Window(MONDAY, *NIGHT), Window(TUESDAY, 360, 1440)), True),
        ((Window(127, 540, 720), Window(127, 720, 900)), True),
        ((Window(127, *NIGHT), Window(WEEKDAYS, 540, 1080)), True),
        ((Window(SUNDAY, *NIGHT), Window(MONDAY, 300, 400)), False),
        ((Window(MONDAY), Window(127)), False),
    ],
)
def test_windows_that_never_open_together(pair: tuple[Window, Window], never: bool) -> None:
    """Monday only and Tuesday only never meet, unless Monday's window lasts into Tuesday."""
    for its in (clock.UTC, zone("Europe/Paris"), zone("Australia/Lord_Howe")):
        assert clock.never_opens([(window, its) for window in pair]) == never


def test_windows_that_meet_in_a_few_weeks_of_the_year() -> None:
    """09:00 in Paris is 04:00 in New York only while one of them has changed its clocks: rare is not never."""
    pair = [(Window(127, 540, 570), zone("Europe/Paris")), (Window(127, 240, 270), zone("America/New_York"))]
    assert not clock.never_opens(pair)
    assert format_ms(clock.open_again(at("2026-01-01"), pair), zone("Europe/Paris")) == "2026-03-08 09:00"
    shut = [(Window(127, 540, 570), zone("Europe/Paris")), (Window(127, 540, 570), zone("America/New_York"))]
    assert clock.never_opens(shut)


# --- text -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected", "had_zone"),
    [
        ("2026-03-01", "2026-03-01 00:00:00", False),
        ("2026-03-01T09:00", "2026-03-01 09:00:00", False),
        ("2026-03-01 09:00:07.1239", "2026-03-01 09:00:07.123", False),
        ("2026-03-01T09:00:00+02:00", "2026-03-01 07:00:00", True),
        ("2026-03-01T09:00:00-0330", "2026-03-01 12:30:00", True),
        ("2026-03-01T09:00:00Z", "2026-03-01 09:00:00", True),
        ("1969-12-31T23:59:59.999Z", "1969-12-31 23:59:59.999", True),
    ],
)
def test_moments_are_read(text: str, expected: str, had_zone: bool) -> None:
    """ISO dates and times are read to the millisecond, cut and not rounded, UTC when they name no zone."""
    assert clock.parse_moment(text) == (at(expected), had_zone)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-3-1",
        "2026-02-30",
        "2026-03-01T25:00",
        "2026-03-01T09",
        "2026-03-01 09:60",
        "01/03/2026",
        "2026-03-01T09:00:00+25:00",
        "2026-03-01 ",
        "２０２６-03-01",
        "2026-03-01T09:00:60",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """A text that is not an ISO date or moment, or names one that does not exist, is a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        clock.parse_moment(text)


def test_dates_are_read_strictly() -> None:
    """Only a date that exists, in the one form, passes."""
    assert clock.parse_date("2024-02-29") == date(2024, 2, 29)
    for text in ("2026-02-29", "20260301", "2026-03-01T00:00", " 2026-03-01"):
        with pytest.raises(ValueError, match=r"."):
            clock.parse_date(text)


def test_moments_are_shown_on_the_local_clock() -> None:
    """A story shows the local date and time, to the minute, or to the second when asked."""
    moment = at("2026-07-01 23:30:15")
    assert format_ms(moment, zone("Europe/Paris")) == "2026-07-02 01:30"
    assert format_ms(moment, zone("Europe/Paris"), seconds=True) == "2026-07-02 01:30:15"


@pytest.mark.parametrize(("name", "day"), [("Europe/Paris", "2150-07-01"), ("Australia/Sydney", "2150-01-01")])
def test_summer_time_is_known_far_ahead(name: str, day: str) -> None:
    """Both hemispheres have their summer time in the last year that is written out."""
    assert clock.day_at(at("2026-06-01", name), 0, 0, 0, zone(name)) == at("2026-06-01", name)
    assert clock.date_at(clock.day_number(date.fromisoformat(day)), 540, zone(name)) == at(f"{day} 09:00", name)
