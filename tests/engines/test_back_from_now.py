"""`every 1 month`, `in the last 1 month`: counted back from now, in limits, caps and conditions alike, in both engines.

The oracle counts back on a calendar of its own: the same wall time so many months earlier, on the last day of a month
that is too short, and what happened later than that counts.
"""

from __future__ import annotations

import os
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import on, table

import flowdsl

ENGINES = ("simpy", "fast")
LAPSES = [("1 month", 1, 0), ("2 months", 2, 0), ("12 months", 12, 0), ("1 year", 12, 0), ("30 days", 0, 30)]
ZONES = ["UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe"]
LIMIT = 'flow "F"\n  when joins program\n  limit {times} times per contact every {lapse}\n  then do "x"'
CAP = 'workspace\n  cap {times} emails per contact every {lapse}\nflow "F"\n  when joins program\n  then send email "M"'
LAST = (
    'flow "F"\n  when joins program\n'
    '  if joined program at most {times} times in the last {lapse} then do "yes" otherwise do "no" end'
)


def back(now: datetime, months: int, days: int) -> datetime:
    """The moment so long before now: months on the wall clock, days of 24 hours."""
    total = now.year * 12 + now.month - 1 - months
    year, month = total // 12, total % 12 + 1
    wall = now.replace(year=year, month=month, day=min(now.day, monthrange(year, month)[1]), fold=0) if months else now
    return wall.astimezone(UTC) - timedelta(days=days)


def let_in(moments: list[datetime], times: int, months: int, days: int) -> list[bool]:
    """Which of these moments a limit or a cap lets through."""
    passed: list[datetime] = []
    answers = []
    for now in moments:
        begin = back(now, months, days)
        answers.append(sum(at > begin for at in passed) < times)
        passed += [now.astimezone(UTC)] if answers[-1] else []
    return answers


def are_few(moments: list[datetime], times: int, months: int, days: int) -> list[bool]:
    """At which of these moments at most so many of them, the present one included, are recent."""
    utc = [one.astimezone(UTC) for one in moments]
    return [sum(back(now, months, days) < at for at in utc[: place + 1]) <= times for place, now in enumerate(moments)]


def answers(program: str, moments: list[datetime], zone: str, engine: str) -> tuple[list[bool], list[bool]]:
    """Which of the entries started, and which of their actions were done as asked."""
    events = table([on(one.isoformat(), "joins program", "Yoga") for one in moments])
    start, days = moments[0].date() - timedelta(1), (moments[-1] - moments[0]).days + 4
    options = {"events": events, "start": start.isoformat(), "days": days, "engine": engine}
    found = flowdsl.simulate(program, table([{"contact": "ann", "timezone": zone}]), **options)  # type: ignore[arg-type]
    actions = found.actions
    done = (actions["status"] == "done") & (actions["name"] != "no")
    return (found.runs["status"] != "declined").tolist(), done.tolist()


def check(moments: list[datetime], zone: str, times: int, lapse: tuple[str, int, int]) -> None:
    """Holds limit, cap and condition against the oracle, in both engines."""
    words, months, days = lapse
    for engine in ENGINES:
        said = {"times": times, "lapse": words}
        assert answers(LIMIT.format(**said), moments, zone, engine)[0] == let_in(moments, times, months, days)
        assert answers(CAP.format(**said), moments, zone, engine)[1] == let_in(moments, times, months, days)
        assert answers(LAST.format(**said), moments, zone, engine)[1] == are_few(moments, times, months, days)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_month_is_counted_back_from_now(engine: str) -> None:
    """On 28 February at 10:00 the last month began on 28 January at 10:00: a start of 31 January is in it."""
    moments = [datetime(2026, 1, 31, 9, tzinfo=UTC), datetime(2026, 2, 28, 10, tzinfo=UTC)]
    said = {"times": 1, "lapse": "1 month"}
    assert answers(LIMIT.format(**said), moments, "UTC", engine)[0] == [True, False]
    assert answers(CAP.format(**said), moments, "UTC", engine)[1] == [True, False]
    assert answers(LAST.format(**said), moments, "UTC", engine)[1] == [True, False]


@pytest.mark.parametrize(
    ("first", "second", "is_recent"),
    [
        ("2026-01-28 10:00", "2026-02-28 10:00", False),  # exactly a month ago is no longer within it
        ("2026-01-28 10:01", "2026-02-28 10:00", True),
        ("2026-02-28 10:00", "2026-03-31 10:00", False),  # back from 31 March: the last day of February
        ("2026-02-28 10:01", "2026-03-31 10:00", True),
        ("2026-02-28 10:01", "2026-03-29 10:00", True),
        ("2028-02-29 10:00", "2028-03-30 10:00", False),  # a leap year
        ("2028-02-29 10:01", "2028-03-31 10:00", True),
        ("2026-04-30 10:00", "2026-05-31 10:00", False),
        ("2025-12-31 10:00", "2026-01-31 10:00", False),  # a turn of the year
        ("2025-12-31 10:01", "2026-01-31 10:00", True),
    ],
)
def test_the_ends_of_months(first: str, second: str, is_recent: bool) -> None:
    """The 28th, 29th, 30th and 31st: one minute earlier or later decides."""
    moments = [datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (first, second)]
    assert let_in(moments, 1, 1, 0) == [True, not is_recent]  # the oracle itself
    check(moments, "UTC", 1, ("1 month", 1, 0))


@given(st.integers(0, 10**9))
@settings(max_examples=400 if os.environ.get("SOAK") else 15)
def test_limits_caps_and_counts_at_random(seed: int) -> None:
    """Months, years and days; zones and their changes of clocks; many moments near the ends of months."""
    random = Random(seed)
    zone, lapse = random.choice(ZONES), random.choice(LAPSES)
    at = datetime(random.choice([1968, 2023, 2026]), random.randint(1, 12), 27, random.randint(0, 23), tzinfo=UTC)
    moments = []
    for _ in range(random.randint(2, 7)):
        moments.append(at.astimezone(ZoneInfo(zone)))
        at += timedelta(days=random.choice([1, 3, 27, 28, 29, 30, 31, 59, 365]), hours=random.choice([0, 0, 1, -1, 23]))
    check(moments, zone, random.randint(1, 3), lapse)
