"""Contacts that differ: what comes of rates and shares that vary between them, against closed formulas."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pandas as pd
import pytest
from scipy.stats import betabinom, chisquare, nbinom

import flowdsl
from flowdsl import ProgramError, Scenario

PEOPLE = pd.DataFrame({"contact": np.arange(20_000)})
FLOW = """
param k 4
flow "F"
  when member joins program
  then send email "L"
scenario
"""
SENDS = """
flow "F"
  when member joins program
  repeat 6 times
    then send email "L"
    wait 1 day
  end
scenario
"""


def counts(text: str, event: str, days: int = 10, joins: bool = False, engine: str = "fast") -> np.ndarray:
    """How often an event happens to each contact."""
    events = pd.DataFrame({"time": "2026-01-05", "contact": PEOPLE["contact"], "event": "joins program"})
    keys = {"events": events if joins else None, "start": "2026-01-05", "days": days, "seed": 5}
    records = flowdsl.simulate(text, PEOPLE, engine=engine, **keys).records
    who = records.loc[records["action"].astype(str) == event, "contact"].astype(int)
    return np.bincount(who, minlength=len(PEOPLE))


def fits(found: np.ndarray, chances: np.ndarray) -> bool:
    """Whether a histogram has these chances, the last being the rest (chi squared, at one in ten thousand)."""
    seen = np.bincount(np.minimum(found, len(chances) - 1), minlength=len(chances))
    return bool(chisquare(seen, chances * len(found)).pvalue > 1e-4)


@pytest.mark.parametrize("shape", [0.25, 1, 5])
def test_counts_of_rates_that_vary_are_negative_binomial(shape: float) -> None:
    """Mean m, variance m + m² / shape and the whole law (Greenwood and Yule, 1920)."""
    found = counts(
        f"{FLOW} assume contact visits page 0.3 per contact per day varying by gamma {shape}", "page.visited"
    )
    mean = 3.0
    variance = mean + mean**2 / shape
    assert abs(found.mean() - mean) < 4 * sqrt(variance / len(found))
    assert abs(found.var() / variance - 1) < 0.12
    law = nbinom(shape, shape / (shape + mean))
    chances = law.pmf(np.arange(12))
    assert fits(found, np.append(chances, 1 - chances.sum()))


@pytest.mark.parametrize(("share", "concentration"), [(0.35, 0.5), (0.35, 4), (0.05, 20)])
def test_answers_of_shares_that_vary_are_beta_binomial(share: float, concentration: float) -> None:
    """Of six messages sent, so many are opened as a beta-binomial law says (Skellam, 1948)."""
    text = f"{SENDS} assume contact opens email {share * 100:g}% varying by beta {concentration}"
    found = counts(text, "email.opened", joins=True)
    law = betabinom(6, share * concentration, (1 - share) * concentration)
    assert abs(found.mean() - law.mean()) < 4 * law.std() / sqrt(len(found))
    assert abs(found.var() / law.var() - 1) < 0.12
    chances = law.pmf(np.arange(4))
    assert fits(found, np.append(chances, 1 - chances.sum()))


def test_whoever_comes_often_on_weekdays_comes_often_on_weekends() -> None:
    """Two lines of one event share each contact's factor: together they are one gamma mixture."""
    lines = """
      assume contact visits page "P" 0.2 per contact per day varying by gamma 0.5 on weekdays
      assume contact visits page "P" 0.1 per contact per day varying by gamma 0.5 on weekends"""
    found = counts(FLOW + lines, "page.visited", days=14)
    mean = 0.3 * 14
    assert abs(found.var() / (mean + mean**2 / 0.5) - 1) < 0.12


def test_whoever_opens_one_message_readily_opens_the_others() -> None:
    """Lines about several messages rank contacts alike; another thing they do ranks them anew."""
    text = """
flow "F"
  when member joins program
  then send email "A"
  then send email "B"
  then send sms "C"
scenario
  assume contact opens email "A" 50% varying by beta 0.5
  assume contact opens email "B" 50% varying by beta 0.5
  assume contact opens sms 50% varying by beta 0.5
"""
    events = pd.DataFrame({"time": "2026-01-05", "contact": PEOPLE["contact"], "event": "joins program"})
    records = flowdsl.simulate(text, PEOPLE, events=events, start="2026-01-05", days=2, engine="fast").records
    opened = records[records["action"].astype(str).isin(["email.opened", "sms.opened"])]
    who = {name: set(rows["contact"]) for name, rows in opened.groupby(opened["name"].astype(str))}
    both, other = len(who["A"] & who["B"]) / len(PEOPLE), len(who["A"] & who["C"]) / len(PEOPLE)
    assert abs(both - (0.25 + 0.25 / 1.5)) < 0.02  # the mean of a share's square: m² + m (1 - m) / (concentration + 1)
    assert abs(other - 0.25) < 0.02


def test_doubt_about_a_share_moves_all_contacts_together() -> None:
    """A replication's mean lies between the ends and differs from the next one's; around it contacts differ alike."""
    text = f"{SENDS} assume contact opens email 20% to 60% varying by beta 4"
    events = pd.DataFrame({"time": "2026-01-05", "contact": PEOPLE["contact"], "event": "joins program"})
    means = []
    for replication in range(4):
        keys = {"start": "2026-01-05", "days": 8, "replication": replication, "engine": "fast"}
        records = flowdsl.simulate(text, PEOPLE, events=events, **keys).records
        who = records.loc[records["action"].astype(str) == "email.opened", "contact"].astype(int)
        found = np.bincount(who, minlength=len(PEOPLE))
        p = found.mean() / 6
        means.append(p)
        assert abs(found.var() / betabinom(6, 4 * p, 4 * (1 - p)).var() - 1) < 0.05
    assert all(0.19 < mean < 0.61 for mean in means)
    assert np.ptp(means) > 0.05


def test_both_engines_give_the_same_rows() -> None:
    """Own rates and shares, in doubt too, are drawn alike in compiled code."""
    text = f"""{FLOW}
      assume contact visits page 0.3 to 0.4 per contact per day varying by gamma 0.4 on weekdays
      assume contact joins program 0.2 per contact per day varying by gamma 3
      assume contact opens email 30% to 60% varying by beta k after about 1 day
      assume contact clicks email 90% varying by beta 0.1 of opening it"""
    people = PEOPLE[:200]
    both = [
        flowdsl.simulate(text, people, start="2026-01-05", days=40, engine=engine).records
        for engine in ("simpy", "fast")
    ]
    assert len(both[0]) > 2000
    pd.testing.assert_frame_equal(*both)


def test_nobody_differs_from_none_or_all() -> None:
    """0% and 100% stay what they are, however they vary."""
    text = (
        f"{SENDS} assume contact opens email 100% varying by beta 1\n assume contact clicks email 0% varying by beta 1"
    )
    assert set(counts(text, "email.opened", joins=True)) == {6}
    assert set(counts(text, "email.clicked", joins=True)) == {0}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("opens email 35% varying by gamma 4", "a share varies by `beta`, not by `gamma`"),
        ("visits page 2 per contact per week varying by beta 4", "a rate varies by `gamma`, not by `beta`"),
        ('opens email by column "p" varying by beta 4', "by column is each contact's own already"),
        ("visits page 2 per contact per week varying by gamma 0", "a number between 0.05 and 10,000, not 0"),
        ("opens email 35% varying by beta 20000", "a number between 0.05 and 10,000, not 20000"),
    ],
)
def test_differences_that_cannot_be_are_told(line: str, message: str) -> None:
    """Each law has its kind of number, and its own number has bounds."""
    (diagnostic,) = flowdsl.check(f"{FLOW} assume contact {line}\n assume contact clicks email 3% varying by beta k")
    assert diagnostic.code == "E419"
    assert message in diagnostic.message


def test_a_law_needs_its_number() -> None:
    """A line that breaks off behind `varying by` is told what stands there."""
    with pytest.raises(ProgramError, match="`gamma` or `beta` and a number"):
        flowdsl.dump(f"{FLOW} assume contact opens email 35% varying by")


def test_scenarios_in_python_say_the_same() -> None:
    """`varying=` writes the words of the language."""
    made = Scenario("S").rate("visits page", 0.5, "week", on="weekdays", varying=0.55)
    made = made.answer("opens email", (0.3, 0.4), about="4 hours", varying=4)
    assert made.lines == (
        "assume visits page 0.5 per contact per week varying by gamma 0.55 on weekdays",
        "assume opens email 30% to 40% varying by beta 4 after about 4 hours",
    )
    assert made.world().rates[0].spread[:1] == (0,)
    assert len(made.world().answers[0].spread) == 3 * 257
