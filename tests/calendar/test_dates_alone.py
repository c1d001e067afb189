"""Dates without a time, where clocks change at midnight: they stay dates until the moment that is wanted is known.

The oracle is Python's own calendar: dates are moved as dates, then zoneinfo says when that day begins.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from lives import on, table

import flowdsl

# Zones and the first day of summer time, which begins at midnight: that day has no 00:00.
CHANGES = [
    ("Asia/Beirut", date(2026, 3, 29)),
    ("America/Havana", date(2026, 3, 8)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("America/Asuncion", date(2023, 10, 1)),
    ("America/Santiago", date(2026, 9, 6)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("Asia/Tehran", date(2022, 3, 22)),
    ("Europe/Paris", date(2026, 3, 29)),  # at 02:00, to compare
]


def first_moment(day: date, zone: str) -> datetime:
    """When a day begins: its first moment that this clock shows."""
    tz = ZoneInfo(zone)
    at = datetime.combine(day, time(), tz).astimezone(UTC) - timedelta(hours=3)
    while at.astimezone(tz).date() < day:
        at += timedelta(minutes=15)
    return at


def sends(program: str, zone: str, start: date, days: int, engine: str, **columns: object) -> list[datetime]:
    """When the messages of a contact in this zone go out."""
    contacts = table([{"contact": "ann", "timezone": zone, **columns}])
    options = {"events": table([on("1950-01-01", "joins program")]), "start": start.isoformat(), "days": days}
    found = flowdsl.simulate(program, contacts, engine=engine, **options)  # type: ignore[arg-type]
    return [moment.to_pydatetime() for moment in found.sends["time"]]


@pytest.mark.parametrize("engine", ["simpy", "fast"])
@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_a_date_is_moved_as_a_date(zone: str, change: date, engine: str) -> None:
    """`7 days before ends` is the midnight a week before, though the day of the end begins at 01:00; and back."""
    for words, moved, ends in (
        ("7 days before ends", timedelta(-7), change),
        ("3 days after ends", timedelta(3), change),
        ("7 days after ends", timedelta(7), change - timedelta(7)),
        ("2 days before ends", timedelta(-2), change + timedelta(2)),
    ):
        program = f'flow "F"\n  when {words}\n  then send email "M"'
        start = change - timedelta(20)
        found = sends(program, zone, start, 40, engine, ends=ends.isoformat())
        assert found == [first_moment(ends + moved, zone)], words


@pytest.mark.parametrize("engine", ["simpy", "fast"])
@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_hours_from_a_date_count_from_the_first_moment_of_its_day(zone: str, change: date, engine: str) -> None:
    """`36 hours after ends` are 36 hours that pass, from the moment at which that day begins."""
    program = 'flow "F"\n  when 36 hours after ends\n  then send email "M"'
    found = sends(program, zone, change - timedelta(20), 40, engine, ends=change.isoformat())
    assert found == [first_moment(change, zone) + timedelta(hours=36)]


@pytest.mark.parametrize("engine", ["simpy", "fast"])
@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_waits_schedules_and_birthdays_take_the_first_moment_of_the_day(zone: str, change: date, engine: str) -> None:
    """A wait for a date of the contact, for a date of the program, a birthday: each begins with its day."""
    start, born = change - timedelta(20), change.replace(year=change.year - 30)
    waits = f'flow "F"\n  when every month on day {(start + timedelta(2)).day}\n  wait until'
    send = 'then send email "M"'
    for program in (
        f"{waits} 1 day before ends\n  {send}",
        f"{waits} {change}\n  {send}",
        f'flow "F"\n  when birthday comes every year\n  {send}',
    ):
        found = sends(program, zone, start, 25, engine, ends=(change + timedelta(1)).isoformat(), birthday=str(born))
        assert found == [first_moment(change, zone)], program


@pytest.mark.parametrize("engine", ["simpy", "fast"])
@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_starting_and_ending_begin_with_their_day(zone: str, change: date, engine: str) -> None:
    """`starting` a day without a midnight begins at its first moment; `ending` the day before ends there."""
    first = first_moment(change, zone)
    events = [on((first + timedelta(minutes=m)).isoformat(), "joins program") for m in (-1, 0)]
    for clause, expected in (
        (f"starting {change}", ["declined", "completed"]),
        (f"ending {change - timedelta(1)}", ["completed", "declined"]),
    ):
        program = f'flow "F"\n  when joins program\n  {clause}\n  then do "x"'
        contacts = table([{"contact": "ann", "timezone": zone}])
        options = {"events": table(events), "start": str(change - timedelta(2)), "days": 9, "engine": engine}
        found = flowdsl.simulate(program, contacts, **options)  # type: ignore[arg-type]
        assert found.runs["status"].tolist() == expected


@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_days_from_a_date_end_at_midnight(zone: str, change: date) -> None:
    """A simulation of 7 days from a day without a midnight ends at the midnight a week later."""
    program = f'workspace\n  timezone "{zone}"\nflow "F"\n  when joins program\n  then do "x"'
    for start in (change.isoformat(), pd.Timestamp(change), change):
        found = flowdsl.simulate(program, table([{"contact": "ann"}]), start=start, days=7)
        assert found.start == first_moment(change, zone)
        assert found.until == first_moment(change + timedelta(7), zone)
