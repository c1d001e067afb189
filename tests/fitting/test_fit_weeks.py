"""Fitting keeps the week: whatever makes a line of a rate or of new contacts, a simulation of it has the weekdays and
hours of the past. Shares are counted by pandas alone."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pandas as pd
import pytest

import flowdsl

PEOPLE = pd.DataFrame({"contact": [f"c{n}" for n in range(300)], "plan": ["free", "free", "pro"] * 100})
LISTEN = 'workspace\n  timezone "{}"\nflow "F"\n  when contact visits page "never"\n  then send chat\n'
SATURDAY, MONDAY = np.zeros((7, 24)), np.zeros((7, 24))
SATURDAY[5, 10:12], SATURDAY[:5, 9:17], SATURDAY[6] = 0.31, 0.3 / 40, 0.08 / 24  # 62% on Saturday, 8% on Sunday
MONDAY[0, 18:22], MONDAY[1:] = 0.2, 0.2 / 144
SOAK = bool(os.environ.get("SOAK"))


def drawn(
    rng: np.random.Generator, who: Any, often: Any, week: Any, days: int, zones: Any, start: str = "2026-01-05"
) -> pd.DataFrame:
    """Visits of contacts, so many a day each in the mean, in the hours of a week on each contact's own clock."""
    rows = []
    for one, rate, zone in zip(who, often, zones, strict=True):
        for day in range(days):
            midnight = pd.Timestamp(start) + pd.Timedelta(days=day)
            for hour in np.repeat(np.arange(24), rng.poisson(7 * rate * week[midnight.weekday()])):
                moment = midnight + pd.Timedelta(hours=int(hour), minutes=int(rng.integers(60)))
                rows.append((moment.tz_localize(zone, ambiguous=True, nonexistent="shift_forward"), one))
    times = [time.tz_convert("UTC") for time, _ in rows]
    return pd.DataFrame({"time": times, "contact": [one for _, one in rows], "event": "visits page"})


def visits(results: flowdsl.Results, action: str = "page.visited") -> pd.DataFrame:
    """What contacts did, as an events table."""
    rows = results.records[(results.records["kind"] == "event") & (results.records["action"] == action)]
    return pd.DataFrame({"time": rows["time"].to_numpy(), "contact": rows["contact"].astype(str).to_numpy()})


def shares(events: pd.DataFrame, zones: dict[str, str] | str = "UTC") -> Any:
    """The share of events in each hour of the week: 7 x 24, on the clocks of the contacts."""
    time = pd.to_datetime(events["time"], utc=True)
    zone = events["contact"].map(zones) if isinstance(zones, dict) else pd.Series(zones, index=events.index)
    local = [one.tz_convert(name) for one, name in zip(time, zone, strict=True)]
    places = [one.weekday() * 24 + one.hour for one in local]
    return np.bincount(places, minlength=168).reshape(7, 24) / max(len(places), 1)


def distance(one: Any, other: Any) -> float:
    """Half of all differences: 0 for equal shares, 1 for shares that have nothing in common."""
    return float(abs(one - other).sum() / 2)


# --- each road --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def saturdays() -> pd.DataFrame:
    """Eight weeks of visits by contacts that differ much, 62% of them on Saturday from 10:00 to 12:00."""
    rng = np.random.default_rng(1)
    often = rng.gamma(0.6, 0.5, len(PEOPLE)) * np.where(PEOPLE["plan"] == "pro", 3.0, 1.0)
    return drawn(rng, PEOPLE["contact"], often, SATURDAY, 56, ["UTC"] * len(PEOPLE))


@pytest.mark.parametrize("engine", ["simpy", "fast"])
@pytest.mark.parametrize("own", [False, True], ids=["mixture", "column"])
@pytest.mark.parametrize("segments", [[], ["plan"]], ids=["alike", "segments"])
def test_a_fitted_rate_keeps_its_days_and_hours(
    saturdays: pd.DataFrame, segments: list[str], own: bool, engine: str
) -> None:
    """Mixtures, segments, and each contact's own rate: 62% on Saturday, all of it from 10:00 to 12:00, and as many."""
    found = flowdsl.fit(saturdays, PEOPLE, segments=segments, start="2026-01-05", until="2026-03-02")
    assert set(found.to_frame()["segment"]) == ({'plan is "free"', 'plan is "pro"'} if segments else {""})
    assert (found.to_frame()["spread"] > 0).all()
    scenario, table = found.by_contact() if own else (found.scenario, PEOPLE[["contact"]])
    again = visits(
        flowdsl.simulate(
            LISTEN.format("UTC"), PEOPLE.merge(table, on="contact"), scenario=scenario, start="2026-03-02", days=56,
            engine=engine, seed=2,
        )
    )  # fmt: skip
    before, after = shares(saturdays), shares(again)
    assert abs(after[5].sum() - before[5].sum()) < 0.03
    assert after[5, 10:12].sum() == after[5].sum()
    assert distance(before.sum(axis=1), after.sum(axis=1)) < 0.03
    assert distance(before.sum(axis=0), after.sum(axis=0)) < 0.05
    assert abs(len(again) / len(saturdays) - 1) < 0.15  # doubt and the draw of who comes often are in it


def test_own_rates_add_up_over_the_week(saturdays: pd.DataFrame) -> None:
    """The column of the whole rate stands beside those of the parts of the week, and is their sum."""
    found = flowdsl.fit(saturdays, PEOPLE, segments=[])
    scenario, table = found.by_contact()
    (whole,) = found.to_frame()["column"]
    parts = [column for column in table if column.startswith(f"{whole} ")]
    assert len(parts) == len(scenario.lines) > 1
    assert np.allclose(table[parts].sum(axis=1), table[whole], atol=1e-5)


@pytest.mark.parametrize("engine", ["simpy", "fast"])
def test_segments_keep_weeks_of_their_own(engine: str) -> None:
    """Who is pro comes on Saturday, who is free on Monday evening; neither takes on the days of the other."""
    rng = np.random.default_rng(3)
    plans, zones = PEOPLE["plan"] == "pro", ["UTC"] * 300
    past = pd.concat(
        drawn(rng, PEOPLE["contact"][of], [rate] * of.sum(), week, 35, zones[: of.sum()])
        for of, rate, week in ((plans, 0.4, SATURDAY), (~plans, 0.15, MONDAY))
    )
    found = flowdsl.fit(past, PEOPLE, start="2026-01-05", until="2026-02-09")
    again = visits(
        flowdsl.simulate(
            LISTEN.format("UTC"), PEOPLE, scenario=found.scenario, start="2026-02-09", days=56, engine=engine
        )
    )
    for plan in ("pro", "free"):
        people = PEOPLE["contact"][PEOPLE["plan"] == plan]
        before, after = (shares(one[one["contact"].isin(people)]) for one in (past, again))
        assert distance(before.sum(axis=1), after.sum(axis=1)) < 0.05, plan
        assert distance(before.sum(axis=0), after.sum(axis=0)) < 0.07, plan


@pytest.mark.parametrize("own", [False, True], ids=["mixture", "column"])
def test_hours_are_those_of_each_contacts_own_clock(own: bool) -> None:
    """Contacts in Auckland and Los Angeles come at 10:00 of their own morning, as rates of a simulation do."""
    people = PEOPLE.assign(timezone=["Pacific/Auckland", "America/Los_Angeles", ""] * 100)
    zones = dict(zip(people["contact"], people["timezone"].replace("", "Europe/Paris"), strict=True))
    rng = np.random.default_rng(4)
    past = drawn(rng, people["contact"], rng.gamma(0.6, 0.5, 300), SATURDAY, 42, zones.values())
    listen = LISTEN.format("Europe/Paris")
    found = flowdsl.fit(past, people, listen, segments=[])
    scenario, table = found.by_contact() if own else (found.scenario, people[["contact"]])
    again = visits(
        flowdsl.simulate(listen, people.merge(table, on="contact"), scenario=scenario, start="2026-03-02", days=42)
    )
    before, after = shares(past, zones), shares(again, zones)
    assert before[5, 10:12].sum() > 0.6
    assert abs(after[5, 10:12].sum() - before[5, 10:12].sum()) < 0.05
    assert distance(before.sum(axis=0), after.sum(axis=0)) < 0.06


def test_new_contacts_keep_their_days_and_hours() -> None:
    """They come on the workspace's clock, two thirds of them on Saturday morning."""
    rng = np.random.default_rng(5)
    came = drawn(rng, ["all"], [20], SATURDAY, 42, ["America/New_York"])
    came = came.assign(contact=[f"n{n}" for n in range(len(came))], event="joins program", object="Yoga")
    listen = LISTEN.format("America/New_York")
    found = flowdsl.fit(came, program=listen, start="2026-01-05", until="2026-02-16")
    results = flowdsl.simulate(listen, PEOPLE[:1], scenario=found.scenario, start="2026-02-16", days=84)
    after, before = (shares(one, "America/New_York") for one in (visits(results, "program.joined"), came))
    assert abs(after[5, 10:12].sum() - before[5, 10:12].sum()) < 0.05
    assert distance(before.sum(axis=1), after.sum(axis=1)) < 0.06


def test_a_time_that_is_no_whole_week_counts_its_weekdays() -> None:
    """Seen from Friday to the Sunday after next, with two Saturdays in ten days: 70 a week are 70 a week."""
    times = [f"2026-01-{day:02} 12:{minute:02}" for day in (10, 17) for minute in range(60)]
    times += [f"2026-01-{day:02} 12:{minute:02}" for day in (9, 11, 12, 13, 14, 15, 16, 18) for minute in (10, 40)]
    events = pd.DataFrame({"time": times, "contact": "c0", "event": "visits page"})
    found = flowdsl.fit(events, PEOPLE[:1], start="2026-01-09", until="2026-01-19")
    row = found.to_frame().iloc[0]
    assert row.estimate * 7 / {"day": 1, "week": 7}[row.per] == pytest.approx(60 + 6 * 2, rel=0.02)


# --- at random --------------------------------------------------------------------------------------------------------


def small_fit(seed: int) -> tuple[float, float, float, float]:
    """A small past at random, fitted and simulated: how far weekdays and hours are from its own week, how far they may
    be by chance, and how many came against how many there are in the mean."""
    rng = np.random.default_rng(seed)
    week = np.ones((7, 24))
    for _ in range(int(rng.integers(1, 4))):
        day, first = int(rng.integers(7)), int(rng.integers(0, 20))
        week[day if rng.random() < 0.5 else slice(None), first : first + int(rng.integers(2, 5))] += rng.uniform(
            10, 200
        )
    week /= week.sum()
    people = PEOPLE[: int(rng.integers(20, 60))]
    often = np.where(people["plan"] == "pro", 3.0, 1.0) if rng.random() < 0.5 else np.ones(len(people))
    often = often * (rng.gamma(1.0, 0.4, len(people)) if rng.random() < 0.5 else 0.4)
    days = int(rng.integers(20, 60))
    past = drawn(rng, people["contact"], often, week, days, ["UTC"] * len(people))
    until = pd.Timestamp("2026-01-05") + pd.Timedelta(days=days)
    found = flowdsl.fit(past, people, start="2026-01-05", until=until, mixtures=bool(rng.random() < 0.8))
    scenario, table = found.by_contact()
    again = visits(
        flowdsl.simulate(
            LISTEN.format("UTC"), people.merge(table, on="contact"), scenario=scenario, start="2026-06-01", days=140,
            seed=seed,
        )
    )  # fmt: skip
    after, noise = shares(again), np.sqrt(24 / max(len(past), 1))
    by_day, by_hour = (distance(week.sum(axis=axis), after.sum(axis=axis)) for axis in (1, 0))
    return by_day, by_hour, noise, len(again) / 140 / float(np.sum(often))


def test_small_pasts_at_random_keep_their_weeks() -> None:
    """Weekdays and hours lie as near to the truth as the size of the past lets them; totals are right in the mean."""
    found = np.array([small_fit(seed) for seed in range(200 if SOAK else 10)])
    by_day, by_hour, noise, total = found.T
    assert (by_day < 0.03 + noise).all(), found[by_day >= 0.03 + noise]
    assert (by_hour < 0.05 + noise).all(), found[by_hour >= 0.05 + noise]
    assert abs(total.mean() - 1) < 3 * total.std() / np.sqrt(len(total)) + 0.01
