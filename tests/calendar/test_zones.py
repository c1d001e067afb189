"""Zones: local times agree with the standard library, in every zone and in years past the listed changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowdsl.calendar.clock import DAY, HOUR, MINUTE, UnknownZone, date_at, days_from_civil, format_ms, zone, zone_names
from flowdsl.calendar.zones import _changes

EPOCH = datetime(1970, 1, 1)
HARD = (
    "Europe/Paris",
    "Europe/Dublin",  # winter time is the exception by law
    "America/New_York",
    "America/Nuuk",  # changes before midnight of the day before
    "America/Sao_Paulo",  # changed at midnight
    "America/Santiago",
    "America/St_Johns",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Gaza",
    "Asia/Tehran",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Australia/Sydney",
    "Pacific/Apia",  # left out a day
    "Pacific/Chatham",
    "Africa/Monrovia",
    "UTC",
)


@cache
def oracle(name: str) -> ZoneInfo:
    """The same data, read by the standard library."""
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file)


def milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


moments = st.datetimes(datetime(1850, 1, 1), datetime(2149, 12, 30))
names = st.one_of(st.sampled_from(HARD), st.sampled_from(zone_names()))


@settings(max_examples=600, deadline=None)
@given(name=names, moment=moments)
def test_local_time_is_the_standard_library_s(name: str, moment: datetime) -> None:
    """A moment reads on the local clock what zoneinfo says, before 1900 and after 2037 too."""
    expected = moment.replace(tzinfo=UTC).astimezone(oracle(name)).replace(tzinfo=None)
    assert zone(name).local(milliseconds(moment)) == milliseconds(expected)


@settings(max_examples=600, deadline=None)
@given(name=names, wall=moments)
def test_a_wall_time_is_the_moment_the_standard_library_says(name: str, wall: datetime) -> None:
    """A gap moves forward by its length and a repeated hour is the first, which is what zoneinfo's fold=0 means."""
    expected = wall.replace(tzinfo=oracle(name)).astimezone(UTC).replace(tzinfo=None)
    assert zone(name).utc(milliseconds(wall)) == milliseconds(expected)


@pytest.mark.parametrize("name", HARD)
def test_around_every_change_of_the_clocks(name: str) -> None:
    """At each change, and up to a day before and after it, both directions agree with zoneinfo to the millisecond."""
    its = zone(name)
    for start in its.starts[1:]:
        for away in (-DAY, -HOUR, -30 * MINUTE, -1, 0, 1, 15 * MINUTE, HOUR):
            moment = EPOCH + timedelta(milliseconds=start + away)
            local = moment.replace(tzinfo=UTC).astimezone(oracle(name)).replace(tzinfo=None)
            assert its.local(start + away) == milliseconds(local)
            utc = local.replace(tzinfo=oracle(name), fold=0).astimezone(UTC).replace(tzinfo=None)
            assert its.utc(milliseconds(local)) == milliseconds(utc)


def test_every_zone_can_be_read() -> None:
    """Each name on the list gives a zone whose changes are in order and really change something."""
    for name in zone_names():
        its = zone(name)
        assert all(early < late for early, late in zip(its.starts, its.starts[1:], strict=False))
        assert all(old != new for old, new in zip(its.offsets, its.offsets[1:], strict=False))
    assert len(zone_names()) > 400


def test_a_zone_is_read_once() -> None:
    """Asking twice gives the very same object, so a table of a million contacts costs nothing."""
    assert zone("Asia/Tokyo") is zone("Asia/Tokyo")


@pytest.mark.parametrize(
    "name",
    ["Europe/Pari", "europe/paris", "", "../zones", "/etc/passwd", "Europe", "Europe/Paris\0", "Mars/Phobos", "é"],
)
def test_an_unknown_name_is_refused(name: str) -> None:
    """Anything but an exact IANA name is refused with the name in the message, and opens no file."""
    with pytest.raises(UnknownZone, match="there is no time zone"):
        zone(name)


@pytest.mark.parametrize(
    ("rule", "year", "expected"),
    [
        ("EST5EDT,M3.2.0,M11.1.0", 2026, ["2026-03-08 07:00", "2026-11-01 06:00"]),
        ("EET-2EEST,M3.4.4/50,M10.4.4/50", 2026, ["2026-03-28 00:00", "2026-10-23 23:00"]),
        ("XXX0YYY,J60/0,J365/0", 2024, ["2024-03-01 00:00", "2024-12-30 23:00"]),
        ("XXX0YYY,J59/0,J60/0", 2023, ["2023-02-28 00:00", "2023-02-28 23:00"]),
        ("XXX0YYY,59/0,365/0", 2024, ["2024-02-29 00:00", "2024-12-30 23:00"]),
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2026, ["2026-03-29 01:00", "2026-10-25 01:00"]),
        ("JST-9", 2026, []),
    ],
)
def test_rules_for_later_years(rule: str, year: int, expected: list[str]) -> None:
    """A rule line gives the changes that RFC 8536 and POSIX say, in all three ways to name a day."""
    assert [format_ms(moment * 1000) for moment, _ in _changes(rule, year)] == expected


def test_half_an_hour_of_summer_time() -> None:
    """On Lord Howe Island the clocks go forward by half an hour: 02:10 is read as 02:40."""
    island = zone("Australia/Lord_Howe")
    gap = date_at(days_from_civil(2026, 10, 4), 2 * 60 + 10, island)
    assert format_ms(gap, island) == "2026-10-04 02:40"
