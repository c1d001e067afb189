"""Load on capacity: known answers of queues with one server, and what tables say of them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import flowdsl
from flowdsl import Forecast
from flowdsl.forecasting.hours import Span
from flowdsl.forecasting.load import loads

QUEUE = """
workspace
  timezone "Europe/Paris"
  capacity email {} per hour

flow "Welcome"
  when contact visits page
  then send email "Hello"
  then send sms "Hi"

scenario
  assume contact visits page {} per contact per hour
"""
PEOPLE = pd.DataFrame({"contact": range(50)})


def queue(capacity: int, rate: float, **options: Any) -> Forecast:
    told = {"start": "2026-01-05", "days": 1, "replications": 19, "warm_from": "2026-01-04", **options}
    return flowdsl.forecast(QUEUE.format(capacity, rate), PEOPLE, **told)


def by_measure(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index("measure")


@pytest.fixture(scope="module")
def busy() -> Forecast:
    """50 contacts who come every 40 minutes each, at random: 75 an hour, for a server that takes 100."""
    return queue(100, 1.5)


def test_a_server_with_equal_slots_makes_people_wait_as_the_law_says(busy: Forecast) -> None:
    """Arrivals at random and one server with a service time s (M/D/1): at the load rho messages wait on average
    rho s / (2 (1 - rho)) before it is their turn (Pollaczek 1930, Khinchine 1932), 1.5 s at rho = 0.75; and by Little's
    law (1961) rho² / (2 (1 - rho)) of them queue at any time."""
    found = by_measure(busy.load_totals())
    assert set(found["channel"]) == {"email"}
    means, half = found["mean"], (found["ci_high"] - found["ci_low"]) / 2 / 1.734064  # standard errors
    assert means["utilisation"] == pytest.approx(0.75, abs=4 * half["utilisation"])
    assert means["wait_s"] == pytest.approx(1.5 * 36, abs=4 * half["wait_s"])
    assert means["queue"] == pytest.approx(0.75**2 / (2 * 0.25), abs=4 * half["queue"])
    assert half["wait_s"] < 6  # so that the test says something
    assert means["longest_wait_s"] > means["wait_s"]
    assert means["longest_queue"] >= 1


def test_load_by_hour_adds_up(busy: Forecast) -> None:
    """Each hour has its own busyness and queue; their means over all hours are those of the whole time."""
    hours = busy.regroup(every="hour").load()
    assert list(hours.columns) == [
        "date",
        "channel",
        "measure",
        "mean",
        "median",
        "pi_low",
        "pi_high",
        "ci_low",
        "ci_high",
    ]
    assert len(hours) == 24 * 5
    whole = by_measure(busy.load_totals())["mean"]
    means = hours.groupby("measure")["mean"]
    assert means.mean()["utilisation"] == pytest.approx(whole["utilisation"])
    assert means.mean()["queue"] == pytest.approx(whole["queue"])
    assert means.max()["longest_queue"] <= whole["longest_queue"]


def test_a_server_that_is_too_slow_has_a_queue_that_grows() -> None:
    """With twice as many messages as slots the server is always busy, and those who still wait at the end are told."""
    found = queue(50, 2.0, warm_from=None, replications=3, level=0.5)
    total = by_measure(found.load_totals())["mean"]
    assert total["utilisation"] == pytest.approx(1.0, abs=0.01)
    assert total["longest_queue"] == pytest.approx(24 * 50, rel=0.1)
    assert total["queue"] == pytest.approx(12 * 50, rel=0.1)
    assert total["wait_s"] == pytest.approx(6 * 3600, rel=0.1)  # of those sent: who came in the first half


def test_without_a_capacity_there_is_no_load() -> None:
    """The tables are there, with all their columns, and empty."""
    program = "when contact visits page then send email"
    found = flowdsl.forecast(program, PEOPLE, start="2026-01-05", days=2, replications=19)
    assert len(found.load()) == len(found.load_totals()) == 0
    assert "measure" in found.load().columns


def by_hand(results: flowdsl.Results, span: Span) -> pd.DataFrame:
    """Served, waited and the queue by hour, message by message, of the table of sends."""
    sends = results.sends
    sends = sends[(sends["channel"] == "email") & (sends["status"] == "sent")]
    gone = sends["time"].astype("int64") // 3_600_000 - span.first
    table = pd.DataFrame(0.0, index=range(span.size), columns=["served", "waited", "queued", "longest"])
    for hour, wait, time in zip(gone, sends["queued_s"], sends["time"].astype("int64"), strict=True):
        table.loc[hour, "served"] += 1
        table.loc[hour, "waited"] += wait * 1000
        table.loc[hour, "longest"] = max(table.loc[hour, "longest"], wait * 1000)
        for each in range(span.size):
            begins = (span.first + each) * 3_600_000
            table.loc[each, "queued"] += max(0, min(time, begins + 3_600_000) - max(time - wait * 1000, begins))
    return table


def test_each_hour_is_as_counted_by_hand() -> None:
    """What is measured from the rows of a simulation is what going through its table message by message gives."""
    program = QUEUE.format(20, 0.3).replace("Europe/Paris", "UTC")
    results = flowdsl.simulate(program, PEOPLE, start="2026-01-05", days=1, records="sends")
    (server,) = loads(results).values()
    hand = by_hand(results, Span.of(results.plan, results.start_ms, results.until_ms))
    waiting = results.runs[results.runs["reason"] == "queued"]
    assert server.served.tolist() == hand["served"].tolist()
    assert server.waited.tolist() == hand["waited"].tolist()
    assert server.longest.tolist() == hand["longest"].tolist()
    left = (results.until - waiting["due"]).dt.total_seconds().sum() * 1000
    assert server.queued.sum() == hand["queued"].sum() + left
    assert server.queued.sum() > 0
