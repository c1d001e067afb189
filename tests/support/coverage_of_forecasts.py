"""How often a new realisation lies in a prediction interval: forecasts of cases whose law is known go in; shares out.

The realisation is drawn from the law itself, by NumPy: no draw of a simulation is in it. `test_forecast_coverage.py`
looks at few forecasts, `soak_coverage.py` at a thousand of each case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import flowdsl

DAYS = 10
EACH = 700  # contacts who get a message on each day
OPENS = 0.3
ANSWERED = f"""
flow "Welcome"
  when contact joins program
  then send email "Hello"
  wait until opened "Hello" for up to 1 day
  if it happened then send sms "Thanks" end
scenario
  assume contact opens email {OPENS:%} after 1 hour
"""
ARRIVED = """
flow "Welcome"
  when contact joins program
  then send sms "Hello"
scenario
  assume {} new contacts per day join program
"""


@dataclass(frozen=True)
class Case:
    """A program, its tables and days, and the law of the number of its sms on each day: all have a mean of 200 at
    least."""

    program: str
    contacts: pd.DataFrame
    events: pd.DataFrame | None
    days: int
    law: Callable[[Any], Any]


def _answered() -> Case:
    number = np.arange(DAYS * EACH)
    times = pd.Timestamp("2026-01-05 09:00") + pd.to_timedelta(number % DAYS, unit="D")
    joins = pd.DataFrame({"time": times, "contact": number, "event": "joins program"})
    return Case(
        ANSWERED, pd.DataFrame({"contact": number}), joins, DAYS, lambda random: random.binomial(EACH, OPENS, DAYS)
    )


def _arrived(rate: str, law: Callable[[Any], Any]) -> Case:
    return Case(ARRIVED.format(rate), pd.DataFrame({"contact": ["c1"]}), None, 1, law)


CASES = {
    "answers": _answered(),  # binomial
    "arrivals": _arrived("240", lambda random: random.poisson(240, 1)),
    "arrivals in doubt": _arrived("200 to 300", lambda random: random.poisson(random.uniform(200, 300), 1)),
}


def share_inside(name: str, seeds: Sequence[int], replications: int) -> float:
    """Of days that are drawn anew, one set for each forecast, the share that lies in its 90% prediction interval."""
    case, inside, days = CASES[name], 0, 0
    for seed in seeds:
        found = flowdsl.forecast(
            case.program,
            case.contacts,
            events=case.events,
            start="2026-01-05",
            days=case.days,
            seed=seed,
            replications=replications,
            by="channel",
            engine="fast",
        ).to_frame()
        told = found[found["channel"] == "sms"]
        drawn = case.law(np.random.default_rng(seed))
        inside += int(((told["pi_low"].to_numpy() <= drawn) & (drawn <= told["pi_high"].to_numpy())).sum())
        days += case.days
    return inside / days
