"""Date and calendar triggers, and dates in conditions, against the calendar of the standard library."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import live, on

ZONES = ["UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
PARIS, NEW_YORK, TOKYO = "Europe/Paris", "America/New_York", "Asia/Tokyo"


def local(day: date, minute: int, zone: str) -> datetime:
    """A local time as a point in time: in a gap it moves by the gap's length, a repeated hour is the first."""
    wall = datetime.combine(day, time(minute // 60, minute % 60), ZoneInfo(zone))
    return wall.astimezone(UTC)


def moments(program: str, contact: dict[str, object], *, days: int, start: str = "2026-01-01") -> list[datetime]:
    """When the runs of a flow started."""
    lived = live(program, contacts=[{"contact": "ann", **contact}], days=days, start=start)
    return [row["started"].to_pydatetime() for row in lived.rows("runs")]


# --- the calendar -----------------------------------------------------------------------------------------------------


def test_a_daily_time_that_the_clocks_leave_out_comes_an_hour_later() -> None:
    """In Paris 02:30 is missing on 29 March 2026 and comes twice on 25 October."""
    spring = live(
        'when every day at 02:30 then do "x"',
        contacts=[{"contact": "ann", "timezone": PARIS}],
        zone=PARIS,
        days=3,
        start="2026-03-28",
    )
    assert spring.actions() == ["2026-03-28 02:30 x", "2026-03-29 03:30 x", "2026-03-30 02:30 x"]
    autumn = moments('when every day at 02:30 then do "x"', {"timezone": PARIS}, days=3, start="2026-10-24")
    assert autumn == [datetime(2026, 10, day, hour, 30, tzinfo=UTC) for day, hour in ((24, 0), (25, 0), (26, 1))]


def test_each_contact_has_its_own_monday() -> None:
    """The same sentence is another moment in Tokyo and New York; `timezone` makes it one for all."""
    people = [{"contact": "ann", "timezone": TOKYO}, {"contact": "bob", "timezone": NEW_YORK}, {"contact": "cem"}]
    weekly = 'when every monday at 09:00 then do "x"'
    lived = live(weekly, contacts=people, days=7, start="2026-01-05")
    assert [lived.actions(each) for each in ("ann", "bob", "cem")] == [
        ["2026-01-05 00:00 x"],
        ["2026-01-05 14:00 x"],
        ["2026-01-05 09:00 x"],
    ]
    together = live(
        f'{weekly.replace("then", f"""timezone "{PARIS}" then""")}', contacts=people, days=7, start="2026-01-05"
    )
    assert {tuple(together.actions(each)) for each in ("ann", "bob", "cem")} == {("2026-01-05 08:00 x",)}


@pytest.mark.parametrize(
    ("when", "days"),
    [
        ("every weekday at 09:00", ["05", "06", "07", "08", "09", "12", "13", "14"]),
        ("every weekend at 09:00", ["10", "11"]),
        ("every monday, thursday at 09:00", ["05", "08", "12"]),
        ("every friday to monday at 09:00", ["05", "09", "10", "11", "12"]),
    ],
)
def test_days_of_the_week(when: str, days: list[str]) -> None:
    """From Monday 5 January to Wednesday 14 January 2026."""
    lived = live(f'when {when} then do "x"', days=10, start="2026-01-05")
    assert lived.actions() == [f"2026-01-{day} 09:00 x" for day in days]


def test_every_month_of_a_leap_year_and_of_the_one_before_it() -> None:
    """Day 31 is the last of each month, 29 February where there is one; day 30 in February is the last, too."""
    for day in (30, 31):
        found = moments(f'when every month on day {day} at 09:00 then do "x"', {}, days=731, start="2027-01-01")
        months = [date(2027 + n // 12, n % 12 + 1, 1) for n in range(24)]
        last = [
            min(day, ((month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day)
            for month in months
        ]
        assert found == [
            local(month.replace(day=number), 540, "UTC") for month, number in zip(months, last, strict=True)
        ]


# --- dates of the contact ---------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    day=st.dates(date(2026, 1, 10), date(2027, 12, 1)),
    number=st.integers(0, 9),
    unit=st.sampled_from(["days", "weeks"]),
    before=st.booleans(),
    minute=st.integers(0, 1439),
    zone=st.sampled_from(ZONES),
)
def test_days_and_weeks_around_a_date_agree_with_the_standard_library(
    day: date, number: int, unit: str, before: bool, minute: int, zone: str
) -> None:
    """Calendar days, then the time of day on the contact's clock."""
    moved = timedelta(**{unit: number}) * (-1 if before else 1)
    expected = local(day + moved, minute, zone)
    when = f"{number} {unit} {'before' if before else 'after'} ends at {minute // 60:02}:{minute % 60:02}"
    found = moments(f'when {when} then do "x"', {"ends": day.isoformat(), "timezone": zone}, days=800)
    first, last = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=800)
    assert found == ([expected] if first <= expected < last else [])


@settings(max_examples=25, deadline=None)
@given(
    born=st.dates(date(1950, 1, 1), date(2020, 12, 31)) | st.just(date(1992, 2, 29)),
    minute=st.integers(0, 1439),
    zone=st.sampled_from(ZONES),
)
def test_a_birthday_comes_once_in_every_year(born: date, minute: int, zone: str) -> None:
    """At that time on the contact's clock; 29 February on the 28th in common years."""
    found = moments(
        f'when birthday comes every year at {minute // 60:02}:{minute % 60:02} then do "x"',
        {"birthday": born.isoformat(), "timezone": zone},
        days=1461,
    )
    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
    each = [local(_in_year(born, year), minute, zone) for year in range(2025, 2032)]
    assert found == [moment for moment in each if begin <= moment < end]


def _in_year(born: date, year: int) -> date:
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


@pytest.mark.parametrize(
    ("when", "column", "expected"),
    [
        ("1 month before ends at 09:00", "2026-03-31", "2026-02-28 09:00"),
        ("1 year after ends at 09:00", "2024-02-29", "2025-02-28 09:00"),
        ("2 years after ends at 09:00", "2024-02-29", "2026-02-28 09:00"),
        ("4 years after ends at 09:00", "2024-02-29", "2028-02-29 09:00"),
        ("1 month after ends", "2026-02-28", "2026-03-28 00:00"),
        ("ends comes at 07:30", "2026-03-29", "2026-03-29 07:30"),
        ("2 hours before ends", "2026-03-29T01:30:00Z", "2026-03-29 00:30"),
    ],
)
def test_months_years_and_hours_around_a_date(when: str, column: str, expected: str) -> None:
    """Calendar units keep the day of the month or take its last; hours are elapsed, over a change of clocks too."""
    people = [{"contact": "ann", "timezone": PARIS, "ends": column}]
    lived = live(f'when {when} then do "x"', contacts=people, zone=PARIS, start="2025-01-01", days=1500)
    assert lived.actions() == [f"{expected} x"]


# --- dates in conditions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "value", "now", "holds"),
    [
        ("ends is before 2026-03-01", "2026-02-28", "2026-01-05 12:00", True),
        ("ends is before 2026-03-01", "2026-03-01", "2026-01-05 12:00", False),
        ("ends is after 2026-03-01", "2026-03-01", "2026-01-05 12:00", False),
        ("ends is after 2026-02-28", "2026-03-01", "2026-01-05 12:00", True),
        ("ends is 2028-02-29", "2028-02-29", "2026-01-05 12:00", True),
        ("ends is one of 2026-01-01, 2026-03-01", "2026-03-01", "2026-01-05 12:00", True),
        # a point in time is its day on the contact's clock: 23:30 UTC is the next day in Tokyo
        ("ends is 2026-03-01", "2026-02-28T23:30:00Z", "2026-01-05 12:00", True),
        ("ends is before 2026-03-01", "2026-02-28T14:30:00Z", "2026-01-05 12:00", True),
        # a date is compared in whole local days: at 16:00 UTC it is the 6th in Tokyo
        ("ends is within 2 days", "2026-01-08", "2026-01-05 16:00", True),
        ("ends is within 2 days", "2026-01-08", "2026-01-05 12:00", False),
        ("ends is within 1 month", "2026-02-28", "2026-01-31 03:00", True),
        ("ends is within 1 month", "2026-03-01", "2026-01-31 03:00", False),
        ("ends is more than 1 year ago", "2024-02-28", "2025-03-01 03:00", True),
        ("ends is more than 1 year ago", "2024-02-29", "2025-02-28 03:00", False),
        ("ends is less than 1 month ago", "2026-02-27", "2026-03-28 03:00", False),
        ("ends is less than 1 month ago", "2026-03-01", "2026-03-28 03:00", True),
        ("ends is less than 1 month ago", "2026-03-29", "2026-03-28 03:00", False),
        ("ends is more than 3 days ago", None, "2026-01-05 12:00", False),
        ("not ends is more than 3 days ago", None, "2026-01-05 12:00", True),
        ("ends is known", None, "2026-01-05 12:00", False),
    ],
)
def test_dates_in_conditions(condition: str, value: str | None, now: str, holds: bool) -> None:
    """Read on the contact's clock, which is Tokyo's here, nine hours ahead."""
    people = [{"contact": "ann", "timezone": TOKYO, "ends": value}, {"contact": "bob", "ends": "2020-01-01"}]
    lived = live(
        f'when contact visits page if {condition} then do "x" end',
        on(now, "visits page"),
        contacts=people,
        start="2025-01-01",
        days=500,
    )
    assert bool(lived.actions()) is holds


@settings(max_examples=25, deadline=None)
@given(
    value=st.dates(date(2025, 12, 1), date(2026, 3, 1)),
    days=st.integers(1, 40),
    hour=st.integers(0, 23),
    zone=st.sampled_from(ZONES),
)
def test_within_and_ago_agree_with_counting_days(value: date, days: int, hour: int, zone: str) -> None:
    """For dates without a time: whole local days from today, to either side."""
    now = datetime(2026, 1, 15, hour, tzinfo=UTC)
    away = (value - now.astimezone(ZoneInfo(zone)).date()).days
    program = f"""
    when contact visits page
    if ends is within {days} days
      then do "within"
    end
    if ends is more than {days} days ago
      then do "long ago"
    end
    if ends is less than {days} days ago
      then do "lately"
    end
    """
    lived = live(
        program,
        on(now.isoformat(), "visits page"),
        contacts=[{"contact": "ann", "ends": value.isoformat(), "timezone": zone}],
    )
    told = {"within": abs(away) <= days, "long ago": away < -days, "lately": -days < away <= 0}
    assert {row["name"] for row in lived.rows("actions")} == {name for name, holds in told.items() if holds}
