"""Rates that count a contact's own past, and contacts who leave: both engines, and closed formulas for the means."""

from __future__ import annotations

import os
from random import Random

import numpy as np
import pandas as pd
import pytest
from four_ways import without_jit
from pandas.testing import assert_frame_equal

from flowdsl import FlowError, simulate

WORLDS = 200 if os.environ.get("SOAK") else 16
START = pd.Timestamp("2026-04-01", tz="UTC")
PROGRAM = 'when contact buys offer then send email "A"\nscenario "S"\n'


def rate(more: str, number: str = "0.1 per contact per day") -> str:
    return f"{PROGRAM}  assume contact buys offer {number} {more}\n"


def sends(program: str, people: pd.DataFrame, events: pd.DataFrame | None, days: int, **options: object) -> pd.Series:
    """How many messages each contact gets."""
    found = simulate(program, people, events=events, start=START, days=days, **options).sends
    return found["contact"].astype(str).value_counts().reindex(people["contact"].astype(str), fill_value=0)


def bought(days: list[float], contact: str) -> pd.DataFrame:
    """Purchases so many days before the start."""
    times = [START - pd.Timedelta(days=day) for day in sorted(days, reverse=True)]
    return pd.DataFrame({"time": times, "contact": contact, "event": "buys offer"})


@pytest.mark.parametrize("seed", range(WORLDS))
def test_both_engines_draw_the_same(seed: int) -> None:
    """Laws, leaving, dates and columns since when, hours, segments, new contacts; compiled, as Python, in SimPy."""
    chance, numbers = Random(seed), np.random.default_rng(seed)
    people = pd.DataFrame({"contact": [f"c{n}" for n in range(12)], "plan": ["pro", "free"] * 6})
    people["joined"] = [None if chance.random() < 0.2 else f"2026-0{chance.randint(1, 3)}-11" for _ in range(12)]
    events = pd.concat([bought([*numbers.uniform(0.1, 80, numbers.integers(0, 6))], one) for one in people["contact"]])
    leaving = ["", "until leaving 30%", "until leaving 30% varying by beta 2", "until leaving after 9 days",
               "until leaving after 9 days varying by gamma 0.7"]  # fmt: skip
    since = ["", " since 2026-02-01", " since joined"]
    lines = []
    for who in ("contact buys", 'contacts where plan is "pro" buy'):
        common = chance.choice(["", "", "varying by day gamma 3", "varying by week gamma 2 varying by day gamma 9"])
        more = f"varying by gamma 0.5 {common} {chance.choice(leaving)}"
        more += f" given the past{chance.choice(since)}" if chance.random() < 0.8 else ""
        for part in chance.choice([("",), ("on weekdays", "on weekends between 09:00 and 17:00")]):
            lines.append(f"  assume {who} offer 0.1 to 0.3 per contact per day {more} {part}".rstrip())
    lines.append("  assume 0.5 new contacts per day buy offer like the table")
    program = PROGRAM + "\n".join(lines[chance.randint(0, 1) :])
    options = {"events": events, "start": START, "days": 40, "seed": seed, "replication": seed % 3}
    expected = simulate(program, people, engine="simpy", **options).records
    assert_frame_equal(simulate(program, people, engine="fast", **options).records, expected)
    with without_jit():
        assert_frame_equal(simulate(program, people, engine="fast", **options).records, expected)


def test_the_mean_of_a_contact_is_that_of_its_posterior() -> None:
    """Gamma with shape r + x over r / m + T, for contacts with 0, 2 and 12 purchases in 100 days: 1,500 of each."""
    events = pd.concat([bought(np.linspace(1, 99, x).tolist(), f"c{n} {x}") for x in (2, 12) for n in range(1500)])
    people = pd.DataFrame({"contact": [f"c{n} {x}" for x in (0, 2, 12) for n in range(1500)]})
    program = rate("varying by gamma 0.5 given the past since 2025-12-22")
    found = sends(program, people, events, 50, engine="fast").to_numpy().reshape(3, 1500)
    for number, x in enumerate((0, 2, 12)):
        mean = (0.5 + x) / (0.5 / 0.1 + 100) * 50
        deviation = np.sqrt(mean + mean**2 / (0.5 + x))  # negative binomial
        assert abs(found[number].mean() - mean) < 4 * deviation / np.sqrt(1500)
        assert found[number].var() == pytest.approx(deviation**2, rel=0.2)


def test_who_is_known_since_a_day_has_no_past_before_it() -> None:
    """What comes at that moment, or earlier, is not counted; without a date, all that is in the table is."""
    events = pd.concat([bought([90.0, 89.0, 88.0, 10.0], f"c{n}") for n in range(2000)])
    people = pd.DataFrame({"contact": [f"c{n}" for n in range(2000)], "joined": "2026-02-01"})
    for since, x, known in ((" since joined", 1, 59), (" since 2026-02-01", 1, 59), ("", 4, 90)):
        found = sends(rate(f"varying by gamma 0.5 given the past{since}"), people, events, 50, engine="fast")
        assert found.mean() == pytest.approx((0.5 + x) / (0.5 / 0.1 + known) * 50, rel=0.08)


def test_silence_counts_if_there_is_a_table_of_the_time_before() -> None:
    """Of others' events, one learns that a contact had none for thirty days; without a table, nothing."""
    people = pd.DataFrame({"contact": [f"c{n}" for n in range(3000)]})
    for events, known in ((None, 0), (bought([5.0] * 40, "c0"), 30)):
        found = sends(rate("varying by gamma 0.5 given the past since 2026-03-02"), people, events, 50, engine="fast")
        assert found.iloc[1:].mean() == pytest.approx(0.5 / (0.5 / 0.1 + known) * 50, rel=0.1)


def test_leaving_after_events_ends_them_at_a_geometric_number() -> None:
    """With so many events that only leaving ends them, a contact has 1 / p on average; all parts of a week together."""
    people = pd.DataFrame({"contact": [f"c{n}" for n in range(4000)]})
    for part in ("", "on weekdays"):
        line = rate(f"until leaving 25% {part}", "3 per contact per day")
        rest = "  assume contact buys offer 3 per contact per day until leaving 25% on weekends\n" if part else ""
        found = sends(line + rest, people, None, 60, engine="fast")
        assert found.mean() == pytest.approx(4, rel=0.05)
        assert found.var() == pytest.approx(12, rel=0.15)
        assert found.min() >= 1
    varied = sends(
        rate("until leaving 25% varying by beta 8", "3 per contact per day"), people, None, 200, engine="fast"
    )
    assert varied.mean() == pytest.approx(7 / 1, rel=0.15)  # E[1 / p] = (a + b - 1) / (a - 1), a = 2, b = 6


def test_leaving_after_a_time_leaves_the_events_of_an_exponential_life() -> None:
    """Rate times mean life; also of contacts who come later."""
    people = pd.DataFrame({"contact": [f"c{n}" for n in range(4000)]})
    found = sends(rate("until leaving after 5 days", "1 per contact per day"), people, None, 100, engine="fast")
    assert found.mean() == pytest.approx(5, rel=0.06)
    assert found.var() == pytest.approx(5 + 25, rel=0.15)


def test_who_has_been_silent_for_long_has_probably_left() -> None:
    """The share of contacts with any event is P(alive), times the chance that their rate gives one: by hand."""
    events = pd.concat([bought([100.0, 80.0, 60.0, 50.0, 40.0, 30.0], f"c{n}") for n in range(3000)])
    people = pd.DataFrame({"contact": [f"c{n}" for n in range(3000)]})
    r, alpha, a, b, x, t_x, T = 2.0, 2 / 0.9, 1.0, 9.0, 6.0, 72.0, 102.0
    alive = 1 / (1 + a / (b + x - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x))
    any_event = 1 - ((alpha + T) / (alpha + T + 60)) ** (r + x)
    line = rate(
        "varying by gamma 2 until leaving 10% varying by beta 10 given the past since 2025-12-20",
        "0.9 per contact per day",
    )
    found = sends(line, people, events, 60, engine="fast")
    assert (found > 0).mean() == pytest.approx(alive * any_event, abs=0.03)


def test_without_events_of_the_past_the_scenario_is_that_of_new_contacts() -> None:
    """A fitted scenario can be simulated without the table that it was fitted to: nobody is taken for inactive."""
    people = pd.DataFrame({"contact": [f"c{n}" for n in range(3000)]})
    line = rate("varying by gamma 0.5 until leaving after 500 days varying by gamma 1 given the past since 2025-01-01")
    plain = rate("varying by gamma 0.5 until leaving after 500 days varying by gamma 1")
    assert (
        sends(line, people, None, 50, engine="fast").tolist() == sends(plain, people, None, 50, engine="fast").tolist()
    )


@pytest.mark.parametrize(("unit", "days"), [("day", 1), ("week", 7)])
def test_days_and_weeks_have_a_factor_that_all_contacts_share(unit: str, days: int) -> None:
    """Totals have the variance m + m² / shape, and independent halves of the contacts are high on the same days."""
    people = pd.DataFrame({"contact": [f"c{n}" for n in range(400)]})
    line = rate(f"varying by {unit} gamma 5", "0.5 per contact per day")
    totals, halves = [], []
    for replication in range(4):
        found = simulate(line, people, start="2026-01-05", days=364, engine="fast", replication=replication).sends
        day = (found["time"].dt.tz_localize(None) - pd.Timestamp("2026-01-05")).dt.days // days
        counts = pd.crosstab(day, found["contact"].astype(str).str[-1].isin(list("02468"))).to_numpy()
        totals += counts.sum(axis=1).tolist()
        halves.append(np.corrcoef(counts.T)[0, 1])
    mean = 400 * 0.5 * days
    assert np.mean(totals) == pytest.approx(mean, rel=0.08)
    assert np.var(totals) == pytest.approx(mean + mean**2 / 5, rel=0.25)
    assert min(halves) > 0.8


def test_the_past_needs_a_column_of_dates() -> None:
    """Refused before anything runs."""
    people = pd.DataFrame({"contact": ["ann"], "joined": ["yes"]})
    with pytest.raises(FlowError, match="joined"):
        simulate(rate("varying by gamma 0.5 given the past since joined"), people, start=START, days=9)
