"""Known answers: models whose results are known from a formula, each with its source, against what is simulated.

Tolerances are four standard errors of the formula's own law; seeds are fixed, so that none of it hangs on luck.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import exp, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

import flowdsl
from flowdsl import Results

MANY = 40_000
SIGMAS = 4
START = "2026-01-05"
DAY = pd.Timedelta(days=1)
TESTS = Path(__file__).parents[1]


def lived(program: str, many: int = MANY, days: int = 100, **options: object) -> Results:
    """A program for so many contacts who all join at the start, and nothing else."""
    people = pd.DataFrame({"contact": np.arange(many)})
    joins = pd.DataFrame({"time": START, "contact": people["contact"], "event": "joins program"})
    asked = {"start": START, "days": days, "engine": "fast", "records": "sends", "seed": 3, **options}
    return flowdsl.simulate(program, people, events=joins, **asked)


def is_share(hits: int, share: float, of: int = MANY) -> bool:
    """Whether so many hits of so many trials are those of a share (binomial law)."""
    return bool(abs(hits / of - share) < SIGMAS * sqrt(share * (1 - share) / of))


def is_mean(found: object, mean: float) -> bool:
    """Whether independent numbers have this mean, by their own standard error."""
    numbers = np.asarray(found, dtype=float)
    return bool(abs(numbers.mean() - mean) < SIGMAS * numbers.std(ddof=1) / sqrt(len(numbers)))


def days_of(runs: pd.DataFrame) -> np.ndarray:
    """How long each run was under way, in days."""
    return ((runs["ended"] - runs["started"]) / DAY).to_numpy()


# --- waiting for an answer --------------------------------------------------------------------------------------------

P, M, W = 0.35, 2.0, 7.0  # the share that answers, the mean delay of those, how long is waited; days
IN_TIME = P * (1 - exp(-W / M))
WAITED = W * (1 - P) + P * M * (1 - exp(-W / M))  # the integral of P(no answer by t) = 1 - P + P e^(-t/M) to W


@cache
def openings() -> pd.DataFrame:
    """Runs that wait for an opening."""
    return lived("""
flow "F"
  when contact joins program
  then send email "Launch"
  wait until opened "Launch" for up to 7 days
  if it happened
    exit "opened"
  end
scenario
  assume contact opens email 35% after exponential(2 days)
""").runs


def test_who_answers_in_time() -> None:
    """P(open within W) = p (1 - e^(-W/m)): the exponential law, cut off (censored) at W."""
    assert round(IN_TIME, 6) == 0.339431
    assert is_share((openings()["reason"] == "opened").sum(), IN_TIME)


def test_how_long_an_answer_is_waited_for() -> None:
    """E min(T, W) is the integral of P(T > t) up to W: W (1 - p) + p m (1 - e^(-W/m))."""
    assert round(WAITED, 6) == 5.228862
    assert is_mean(days_of(openings()), WAITED)


def test_retries_until_an_answer() -> None:
    """Up to K attempts that succeed with p each: (1 - (1-p)^K) / p of them are made (geometric law, cut off at K)."""
    results = lived("""
flow "F"
  when contact joins program
  label "Ask"
  then send email "Ask"
  wait until opened "Ask" for up to 1 day
  if not it happened
    go to "Ask" at most 3 times
  end
scenario
  assume contact opens email 35% after 1 hour
""")
    expected = (1 - (1 - P) ** 4) / P
    attempts = results.sends.groupby("contact", observed=True).size()
    assert len(attempts) == MANY
    assert is_mean(attempts, expected)
    for k in (1, 2, 3, 4):
        share = (1 - P) ** (k - 1) * (P if k < 4 else 1)
        assert is_share((attempts == k).sum(), share)


def test_the_first_of_two_wins() -> None:
    """Competing exponentials: A comes before B with a / (a + b), and the first of them after 1 / (a + b) on average,
    whichever it is (W. Feller, An Introduction to Probability Theory, vol. II, I.3)."""
    runs = lived(
        """
flow "F"
  when contact joins program
  goal buys offer
  exit when visits page
  wait 1000 days
scenario
  assume contact buys offer 0.3 per contact per day
  assume contact visits page 0.2 per contact per day
"""
    ).runs
    assert set(runs["status"]) == {"converted", "exited"}  # e^(-50) are left after 100 days
    bought = runs[runs["status"] == "converted"]
    assert is_share(len(bought), 0.3 / 0.5)
    assert is_mean(days_of(runs), 1 / 0.5)
    assert is_mean(days_of(bought), 1 / 0.5)
    assert is_share((days_of(runs) > 4).sum(), exp(-0.5 * 4))


# --- arrivals, and who is under way -----------------------------------------------------------------------------------

RATE = 60  # new contacts a day
DAYS = 20
FUTURES = 60
INFLOW = f"""
flow "F"
  when contact joins program
  then send email "A"
  wait until opened "A" for up to 7 days
  then send sms "B"
scenario
  assume {RATE} new contacts per day join program
  assume contact opens email 35% after exponential(2 days)
"""


@cache
def inflow() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each future: messages A and B by day, and how many wait at the end."""
    nobody = pd.DataFrame({"contact": pd.Series([], dtype="int64")})
    first, second, waiting = [], [], []
    for future in range(FUTURES):
        results = flowdsl.simulate(
            INFLOW, nobody, start=START, days=DAYS, replication=future, engine="fast", records="sends", seed=11
        )
        daily = results.daily(by="message").pivot(index="day", columns="message", values="sends")
        first.append(daily["A"].to_numpy())
        second.append(daily["B"].to_numpy())
        waiting.append((results.runs["status"] == "pending").sum())
    return np.array(first), np.array(second), np.array(waiting)


def over(t: float) -> float:
    """The integral from 0 to t of G, the law of how long a run waits: min(T, W)."""
    part = min(t, W)
    return P * (part - M * (1 - exp(-part / M))) + max(t - W, 0.0)


def are_poisson(found: np.ndarray, mean: float) -> bool:
    """Whether independent counts are Poisson of this mean: the mean fits, and the variance is as large as it is (the
    dispersion test of R. A. Fisher, 1950)."""
    close = abs(found.mean() - mean) < SIGMAS * sqrt(mean / len(found))
    dispersion = ((found - found.mean()) ** 2).sum() / mean
    low, high = chi2.ppf([3e-5, 1 - 3e-5], len(found) - 1)
    return bool(close and low < dispersion < high)


def test_arrivals_are_a_poisson_process() -> None:
    """So many come on each day, and on each day anew."""
    first, _, _ = inflow()
    assert are_poisson(first.ravel(), RATE)
    assert are_poisson(first.sum(axis=1), RATE * DAYS)


def test_poisson_arrivals_make_poisson_sends() -> None:
    """Messages after waits that are drawn for each alike are Poisson too, on day d with mean λ ∫ G from d to d + 1: the
    arrivals convolved with the wait (S. Eick, W. Massey, W. Whitt, "The physics of the Mt/G/∞ queue", 1993)."""
    _, second, _ = inflow()
    assert all(are_poisson(second[:, day], RATE * (over(day + 1) - over(day))) for day in range(DAYS))
    assert are_poisson(second[:, 8:].ravel(), RATE)  # all who came a week before have had it
    both = np.corrcoef(second[:, 10], second[:, 11])[0, 1]
    assert abs(both) < SIGMAS / sqrt(FUTURES)  # days do not hang together


def test_contacts_who_wait_are_those_of_a_queue_with_as_many_servers_as_one_likes() -> None:
    """M/G/∞: how many wait is Poisson, its mean arrivals a day times days of waiting, whatever the law of the wait."""
    _, _, waiting = inflow()
    assert round(DAYS - over(DAYS), 6) == 5.228862
    assert are_poisson(waiting, RATE * WAITED)


def test_capacity_is_a_queue_with_one_server() -> None:
    """M/D/1: messages that come at random to a capacity wait ρ / (2 (1 - ρ)) service times, 1.5 at ρ = 0.75 (the
    formula of Pollaczek and Khinchine for services that all last alike), and 1 - ρ of them not at all."""
    program = """
workspace
  capacity email 60 per hour
flow "F"
  when contact joins program
  then send email "A"
scenario
  assume 1080 new contacts per day join program
"""
    nobody = pd.DataFrame({"contact": pd.Series([], dtype="int64")})
    sends = flowdsl.simulate(program, nobody, start=START, days=24, records="sends", seed=2).sends
    waits = sends.sort_values("time")["queued_s"].to_numpy()[1_000:] / 60  # the queue begins empty
    assert len(waits) > 24_000
    batches = np.array([part.mean() for part in np.array_split(waits, 24)])  # hours apart: nearly independent
    assert is_mean(batches, 1.5)
    assert is_mean([np.mean(part == 0) for part in np.array_split(waits, 24)], 0.25)


# --- every log --------------------------------------------------------------------------------------------------------


def finished() -> Iterator[tuple[str, Path, dict[str, object]]]:
    """Programs with their tables: golden ones and examples."""
    golden = TESTS / "programs"
    tables = {"contacts": golden / "contacts.csv", "events": golden / "events.csv"}
    for path in sorted((golden / "good").glob("*.log.csv")):
        yield path.name, path.with_name(path.name.replace(".log.csv", ".flow")), tables
    for folder in sorted((TESTS.parent / "examples").iterdir()):
        if (folder / "events.csv").exists():
            yield folder.name, folder, {name: folder / f"{name}.csv" for name in ("contacts", "events")}


@pytest.mark.parametrize(("program", "tables"), [pytest.param(p, t, id=name) for name, p, t in finished()])
def test_little_s_law(program: Path, tables: dict[str, object]) -> None:
    """L = λ W (J. D. C. Little, 1961): runs under way, on average over time, are those that start in a unit of time
    times how long they take; counted by every start and end on one side, by each run's own times on the other."""
    results = flowdsl.simulate(flowdsl.load(program), **tables, days=60, seed=7)
    records, runs = results.records, results.runs[results.runs["status"] != "declined"]
    of_runs = records[(records["kind"] == "run") & (records["status"] != "declined")].sort_values("time", kind="stable")
    steps = np.where(of_runs["status"] == "started", 1, np.where(of_runs["status"] == "pending", 0, -1))
    under_way = np.cumsum(steps)
    assert len(runs)
    assert under_way.min() >= 0
    assert (under_way[-1] if len(under_way) else 0) == (runs["status"] == "pending").sum()
    end = results.until
    times = pd.concat([of_runs["time"], pd.Series([end])])
    area = (under_way * (times.diff()[1:] / DAY).to_numpy()).sum()
    arrivals, mean_days = len(runs) / 60, ((runs["ended"].fillna(end) - runs["started"]) / DAY).mean()
    assert area / 60 == pytest.approx(arrivals * mean_days, rel=1e-12)
