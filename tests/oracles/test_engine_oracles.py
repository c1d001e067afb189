"""Whole flows against plain Python: the same flow written by hand with datetime and zoneinfo gives the same rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import Row, live, on

PARIS = ZoneInfo("Europe/Paris")
FIRST = datetime(2026, 3, 16, tzinfo=UTC)  # two weeks before the clocks change in Paris
HOURS = st.lists(st.tuples(st.integers(0, 24 * 30), st.sampled_from(["buys offer", "gets tag"])), max_size=25)

NEWS = """
    flow "News"
      when contact buys offer
      limit once per contact every 7 days
      exit when gets tag "stop"
      only on weekdays
      wait 2 days at 09:00
      then send email "News"
"""


def by_hand(events: list[tuple[datetime, str]]) -> tuple[list[datetime], list[str]]:
    """The News flow in plain Python: when it sends, and what becomes of each entry."""
    sent: list[datetime] = []
    ended: list[str] = []
    running: tuple[int, datetime] | None = None  # which entry, and when its message goes out
    last_start: datetime | None = None
    for now, event in [*events, (datetime.max.replace(tzinfo=UTC), "the end")]:
        if running and running[1] < now:  # at the same moment the event comes first
            sent.append(running[1])
            ended[running[0]] = "completed"
            running = None
        if event == "gets tag" and running:
            ended[running[0]] = "exited: tag.got"
            running = None
        if event == "buys offer":
            if last_start and now < last_start + timedelta(days=7):
                ended.append("declined: limit")
            else:
                last_start, running = now, (len(ended), goes_out(now))
                ended.append("")
    return sent, ended


def goes_out(now: datetime) -> datetime:
    """Two local days later at nine, or on the Monday after, at midnight."""
    day = now.astimezone(PARIS).date() + timedelta(days=2)
    if day.weekday() < 5:
        return datetime(day.year, day.month, day.day, 9, tzinfo=PARIS).astimezone(UTC)
    monday = day + timedelta(days=7 - day.weekday())
    return datetime(monday.year, monday.month, monday.day, tzinfo=PARIS).astimezone(UTC)


@given(HOURS)
@settings(max_examples=40)
def test_a_flow_does_what_the_same_flow_by_hand_does(hours: list[tuple[int, str]]) -> None:
    """Rolling limit, exit, calendar wait over a change of the clocks, and window, for any order of events."""
    events = sorted(((FIRST + timedelta(hours=hour), event) for hour, event in hours), key=lambda one: one[0])
    rows = [on(at.isoformat(), event, "stop") for at, event in events]
    contact = {"contact": "ann", "timezone": "Europe/Paris"}
    lived = live(NEWS, *rows, contacts=[contact], start="2026-03-16", days=90)
    sent, ended = by_hand(events)
    assert lived.sends() == [f"{at:%Y-%m-%d %H:%M} News" for at in sent]
    assert lived.runs() == ended


@given(st.lists(st.integers(0, 24 * 20), max_size=30), st.integers(1, 4))
@settings(max_examples=25)
def test_a_cap_is_a_count_over_what_was_sent(hours: list[int], most: int) -> None:
    """A message goes out if fewer than the cap have gone out in the seven days before, this moment's included."""
    times = sorted(FIRST + timedelta(hours=hour) for hour in hours)
    sent: list[datetime] = []
    for now in times:
        if sum(now - timedelta(days=7) < at <= now for at in sent) < most:
            sent.append(now)
    program = f"""
        workspace
          cap {most} emails per contact every 7 days
        flow "F"
          when contact buys offer
          then send email "x"
    """
    lived = live(program, *(on(at.isoformat(), "buys offer") for at in times), start="2026-03-16", days=40)
    assert lived.sends() == [f"{at:%Y-%m-%d %H:%M} x" for at in sent]


@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from("abcdef")), min_size=1, max_size=40))
@settings(max_examples=25)
def test_capacity_is_a_queue(asked: list[tuple[int, str]]) -> None:
    """Seven messages an hour: each goes at the later of its asking and one spacing after the one before it."""
    names = sorted({name for _, name in asked})
    rows = [on((FIRST + timedelta(minutes=minute)).isoformat(), "buys offer", contact=name) for minute, name in asked]
    program = """
        workspace
          capacity email 7 per hour
        flow "F"
          when contact buys offer
          then send email "x"
    """
    lived = live(program, *rows, contacts=[{"contact": name} for name in names], start="2026-03-16", days=5)
    sends = pd.DataFrame(lived.rows("sends")).sort_values("time")
    went = [(at - pd.Timestamp(FIRST)) // pd.Timedelta(1, "ms") for at in sends["time"]]
    free, expected = 0, []  # in ms times seven: a seventh of an hour is no whole number of ms
    for minute in sorted(minute for minute, _ in asked):
        slot = max(free, minute * 60_000 * 7)
        free = slot + 3_600_000
        expected.append(-(-slot // 7))
    assert went == expected
    assert all(later - earlier >= 3_600_000 // 7 for earlier, later in pairwise(went))


def test_purchases_in_the_last_30_days_are_those_of_a_plain_count() -> None:
    """Every purchase asks how many there were in (now - 30 days, now]; pandas counts the same."""
    rng = pd.Series(range(120)).sample(frac=1, random_state=1)
    times = sorted(pd.Timestamp(FIRST) + pd.to_timedelta(rng.iloc[:60] * 12, unit="h"))
    program = """
        flow "F"
          when contact buys offer
          if bought offer at least 20 times in the last 30 days then do "many" otherwise do "few" end
    """
    rows: list[Row] = [on(str(at), "buys offer") for at in times]
    lived = live(program, *rows, start="2026-03-16", days=90)
    series = pd.Series(1, index=pd.DatetimeIndex(times))
    counts = [int(series[(series.index > at - pd.Timedelta(days=30)) & (series.index <= at)].sum()) for at in times]
    assert [line[17:] for line in lived.actions()] == ["many" if count >= 20 else "few" for count in counts]
    assert {"many", "few"} == {line[17:] for line in lived.actions()}
