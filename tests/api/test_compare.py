"""Comparisons: what pairs of replications say of a change, whom it touches, and what it brings against a holdout."""

from __future__ import annotations

import pickle
from math import exp, sqrt
from textwrap import dedent
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lives import on, table

import flowdsl
from flowdsl import Comparison, RunError

FLOW = """
flow "F"
  when contact joins program
  then send email "Launch"
  wait until opened "Launch" for up to 7 days
  if it happened
    then send email "Details"
  end
scenario
  assume contact opens email {}% after exponential(2 days)
"""
PEOPLE = pd.DataFrame({"contact": np.arange(2000), "plan": ["pro", "free"] * 1000})
JOINS = pd.DataFrame({"time": "2026-01-05", "contact": PEOPLE["contact"], "event": "joins program"})


def compared(variants: dict[str, Any], **options: Any) -> Comparison:
    told = {"events": JOINS, "start": "2026-01-05", "days": 10, "engine": "fast", "replications": 49, **options}
    return flowdsl.compare(variants, PEOPLE, **told)


# --- what pairing is worth --------------------------------------------------------------------------------------------


def test_pairing_cuts_the_variance_of_a_difference() -> None:
    """35% against 36% of openings: of a contact's two answers under the same chance both are yes with p, and one alone
    with the difference d, so that the variance of a difference is d (1 - d) where two futures that have nothing to do
    with each other have p (1 - p) + q (1 - q): at least 20 times as much."""
    found = compared({"today": FLOW.format(35), "new subject": FLOW.format(36)}, replications=399)
    p, q = (share * (1 - exp(-3.5)) for share in (0.35, 0.36))
    times = (p * (1 - p) + q * (1 - q)) / ((q - p) * (1 - (q - p)))
    assert times > 45
    pairing = found.pairing().set_index("message")
    assert pairing.loc["Details", "saved"] > 20
    assert pairing.loc["Details", "saved"] == pytest.approx(times, rel=4 * sqrt(4 / 399))  # each variance: sqrt(2 / R)
    ours, base = (found.counts[name].sum(axis=1)[:, 1] for name in ("new subject", "today"))
    strangers = ours - np.roll(base, 1)  # replication r against replication r - 1
    assert strangers.var(ddof=1) > 20 * (ours - base).var(ddof=1)
    details = found.totals().set_index("message").loc["Details"]
    assert abs(details["mean"] - 2000 * (q - p)) < 4 * sqrt(2000 * (q - p) / 399)
    assert details["ci_low"] < details["mean"] < details["ci_high"]
    assert details["pi_low"] >= 0  # a larger share never loses an opening


def test_what_is_the_same_in_every_pair_differs_by_exactly_zero() -> None:
    """The first message goes to all in both variants: no difference, no doubt about it, and nothing that was saved."""
    found = compared({"today": FLOW.format(35), "new subject": FLOW.format(45)})
    launch = found.to_frame().query("message == 'Launch'")
    assert len(launch) == 10
    assert (launch[["mean", "median", "pi_low", "pi_high", "ci_low", "ci_high"]] == 0).all(axis=None)
    saved = found.pairing().set_index("message")["saved"]
    assert np.isnan(saved["Launch"])
    assert saved["Details"] > 1


def test_equal_programs_do_not_differ() -> None:
    """The same program twice: nothing differs and no contact has changed, though it is written otherwise."""
    found = compared({"a": FLOW.format(35), "b": flowdsl.format(FLOW.format(35))})
    assert not found.totals()["mean"].any()
    assert found.changed().empty
    assert found.why(3) == ""
    assert "the same in every pair" in str(found)


# --- what differs -----------------------------------------------------------------------------------------------------


def test_a_difference_is_one_of_two_simulations() -> None:
    """Each number is what `simulate(…, replication=r)` of the one sends less what that of the other does, by period and
    group, also where only one of them has the message."""
    other = FLOW.format(40).replace('"Details"', '"Story"').replace("7 days", "3 days")
    found = compared({"today": FLOW.format(35), "other": other, "third": FLOW.format(35)}, by="message")
    assert found.groups["message"].to_list() == ["Launch", "Details", "Story"]
    for replication in (0, 17):
        numbers = {}
        for name, program in {"today": FLOW.format(35), "other": other}.items():
            keys: dict[str, Any] = {"start": "2026-01-05", "days": 10, "replication": replication}
            sends = flowdsl.simulate(program, PEOPLE, events=JOINS, engine="fast", **keys).daily(by="message")
            numbers[name] = sends.pivot(index="day", columns="message", values="sends")
        more = numbers["other"].sub(numbers["today"], fill_value=0)[["Launch", "Details", "Story"]]
        assert (found.counts["other"] - found.counts["today"])[replication].tolist() == more.to_numpy().tolist()
    frame = found.to_frame()
    assert list(frame.columns[:3]) == ["date", "variant", "message"]
    assert frame.groupby("variant", observed=True).size().to_dict() == {"other": 30, "third": 30}
    assert not frame.loc[frame["variant"] == "third", "mean"].any()


def test_groups_and_periods_of_a_comparison_can_be_others() -> None:
    """By nothing and by week, without simulating again: the differences add up."""
    found = compared({"today": FLOW.format(35), "more": FLOW.format(50)})
    fewer = found.regroup(by=(), every="week")
    assert list(fewer.totals().columns[:2]) == ["variant", "mean"]
    assert fewer.totals()["mean"].iloc[0] == pytest.approx(found.totals()["mean"].sum())
    assert len(fewer.to_frame()) == 2


def test_scenarios_are_variants_too() -> None:
    """One program, two scenarios, given by name or as they are."""
    program, line = FLOW.split("scenario")
    worlds = {"low": f"scenario{line.format(20)}", "high": f"scenario{line.format(60)}"}
    given = {name: flowdsl.parse(text) for name, text in worlds.items()}
    found = compared(dict.fromkeys(worlds, program), scenario=given)
    expected = 2000 * 0.4 * (1 - exp(-3.5))
    assert abs(found.totals()["mean"].to_numpy()[1] - expected) < 4 * sqrt(expected / 49)


# --- whom it touches --------------------------------------------------------------------------------------------------


def test_contacts_who_are_not_touched_live_alike() -> None:
    """A change for one plan alone: whoever has changed has that plan; all others have the same rows, to the last."""
    longer = FLOW.replace("wait until", 'if plan is "pro" wait 1 day end\n  wait until')
    variants = {"today": FLOW.format(35), "longer": longer.format(35)}
    found = compared(variants)
    changed = set(found.changed()["contact"].astype(int))
    pro = set(PEOPLE.loc[PEOPLE["plan"] == "pro", "contact"])
    assert len(changed) > 500
    assert changed <= pro
    lives = {
        name: flowdsl.simulate(program, PEOPLE, events=JOINS, start="2026-01-05", days=10, engine="fast")
        for name, program in variants.items()
    }
    shown = ["contact", "time", "kind", "flow", "action", "name", "status", "reason"]
    rows = [
        one.records[~one.records["contact"].astype(int).isin(changed)][shown]
        .sort_values(["contact", "time"], kind="stable")
        .astype(str)
        .reset_index(drop=True)
        for one in lives.values()
    ]
    pd.testing.assert_frame_equal(*rows)


def test_what_changes_for_whom_is_told_in_words() -> None:
    """Worked out by hand: ann waits shorter; bob is no longer let in; cem opens only in the scenario with openings; dee
    has the same in both."""
    text = dedent("""
    workspace
      timezone "Europe/Paris"
    flow "Offer"
      when contact joins program
      {unless}
      wait {days} days
      then send email "Offer" unless has tag "quiet"
      if plan is "pro"
        wait until opened "Offer" for up to 1 day
        if it happened then send sms "Call us" end
      end
    flow "Welcome"
      when contact joins program
      then send chat "Hello"
    scenario
      assume contacts where plan is "pro" open email {share}% after 1 hour
    """)
    people = table([
        {"contact": "ann", "plan": "free", "tags": ""},
        {"contact": "bob", "plan": "staff", "tags": ""},
        {"contact": "cem", "plan": "pro", "tags": ""},
        {"contact": "dee", "plan": "free", "tags": ""},
    ])  # fmt: skip
    events = table([on("2026-01-05 09:00", "joins program", contact=name) for name in ("ann", "bob", "cem")])
    before = text.format(unless="", days=3, share=0)
    after = text.format(unless='unless plan is "staff"', days=2, share=100)
    opening = text.format(unless="", days=3, share=100)
    keys = {"events": events, "start": "2026-01-05", "days": 10, "replications": 19, "engine": "simpy"}
    found = flowdsl.compare({"today": before, "new": after, "opened": opening}, people, **keys)
    told = found.changed().set_index("contact")
    assert list(told.index) == ["ann", "bob", "cem"]
    assert told.loc["ann", "was"] == '2026-01-08 10:00 email "Offer" sent, by flow "Offer"'
    assert told.loc["ann", "becomes"] == '2026-01-07 10:00 email "Offer" sent, by flow "Offer"'
    assert told.loc["ann", "time"] == pd.Timestamp("2026-01-07 09:00", tz="UTC")
    assert told.loc["bob", "was"] == '2026-01-05 10:00 enters flow "Offer"'
    assert told.loc["bob", "becomes"] == '2026-01-05 10:00 enters flow "Welcome"'
    opened = found.changed("opened").set_index("contact")
    assert list(opened.index) == ["cem"]
    assert opened.loc["cem", "becomes"] == '2026-01-08 11:00 sms "Call us" sent, by flow "Offer"'
    assert opened.loc["cem", "was"] == '2026-01-09 10:00 flow "Offer": completed'
    assert found.why("cem", "opened") == (
        '"today": 2026-01-09 10:00 flow "Offer" completed; "opened": 2026-01-08 11:00 email.opened "Offer"'
    )
    assert found.why("dee", "new") == ""


# --- holdouts ---------------------------------------------------------------------------------------------------------

HOLDOUT = """
flow "Offer"
  when contact joins program
  goal buys offer
  split 70% "offer"
      then send email "Offer"
    30% "holdout"
  end
  wait 10 days
scenario
  assume contact buys offer 0.02 per contact per day
  assume contact buys offer {}% of receiving email within 1 day
"""


def test_a_holdout_gives_the_lift_of_the_other_arm() -> None:
    """Whoever gets the offer buys by itself or, in 30%, because of it: 1 - 0.7 e^(-0.2) against 1 - e^(-0.2)."""
    found = compared({"today": HOLDOUT.format(30), "nothing": HOLDOUT.format(0)}, days=12)
    told = found.lift().set_index("variant")
    assert told[["flow", "split", "arm", "holdout"]].drop_duplicates().to_numpy().tolist() == [
        ["Offer", "split", "70% offer", "30% holdout"]
    ]
    ours, empty = 1 - 0.7 * exp(-0.2), 1 - exp(-0.2)
    today = told.loc["today"]
    assert today["runs"] + today["holdout_runs"] == 2000
    for rate, share, runs in (("rate", ours, "runs"), ("holdout_rate", empty, "holdout_runs")):
        assert abs(today[rate] - share) < 4 * sqrt(share * (1 - share) / (today[runs] * 49))
    assert today["mean"] == pytest.approx(today["rate"] - today["holdout_rate"])
    assert today["ci_low"] < ours - empty < today["ci_high"]
    assert told.loc["nothing", "pi_low"] < 0 < told.loc["nothing", "pi_high"]
    assert found.lift("cancelled")["mean"].eq(0).all()


def test_without_a_holdout_there_is_no_lift() -> None:
    """A split whose arms all do something, and a flow without any, have no rows."""
    full = HOLDOUT.replace('30% "holdout"', '30% "other" then send email "Other"').format(30)
    found = compared({"a": full, "b": FLOW.format(30)}, replications=19)
    assert found.lift().empty
    assert list(found.lift().columns)[:5] == ["variant", "flow", "split", "arm", "holdout"]
    assert found.forecasts["a"].holdouts == ()


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_a_comparison_tells_its_headline() -> None:
    """Which is the base, how much the others differ, and what pairing was worth."""
    found = compared({"today": FLOW.format(35), "new subject": FLOW.format(45)}, seed=4)
    text = str(found)
    assert 'Comparison with "today": 49 pairs of replications, seed 4' in text
    assert '"new subject": +' in text
    assert "times as many replications" in text


def test_a_comparison_can_be_kept() -> None:
    """It goes into a pickle and comes back, and still knows whom it touches."""
    found = compared({"today": FLOW.format(35), "new subject": FLOW.format(45)}, replications=19)
    again = pickle.loads(pickle.dumps(found))
    pd.testing.assert_frame_equal(again.totals(), found.totals())
    pd.testing.assert_frame_equal(again.changed(), found.changed())


@pytest.mark.parametrize(
    ("variants", "options", "message"),
    [
        ([FLOW, FLOW], {}, "variants must be a mapping of names to programs, not list"),
        ({"a": FLOW}, {}, "compare needs at least two variants, and there is 1"),
        ({"a": FLOW, "b": FLOW}, {"scenario": {"a": None}}, 'the variant "b" has no scenario'),
        ({"a": FLOW, "b": FLOW}, {"scenario": {"a": None, "b": None, "c": None}}, "a scenario for 'c', which is no"),
        (
            {"a": FLOW.format(1), "b": 'workspace timezone "Asia/Tokyo"\n' + FLOW.format(1)},
            {"replications": 19},
            '"b" is not of the same time, on the same clock, as "a"',
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(variants: Any, options: dict[str, Any], message: str) -> None:
    """With the reason, before anything is lived where that can be."""
    with pytest.raises(RunError, match="E730") as caught:
        compared(variants, **options)
    assert message in str(caught.value)


def test_a_variant_that_there_is_not_is_refused() -> None:
    """Who changed in which variant: the base is none of them."""
    found = compared({"a": FLOW.format(1), "b": FLOW.format(2)}, replications=19)
    with pytest.raises(RunError, match=r"E730.*no variant is called 'a'; there are \"b\""):
        found.changed("a")
