"""The funnel: who entered, how far runs came, and why no farther, in numbers that add up."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from textwrap import dedent

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import live, on, table
from programs_at_random import World, worlds

import flowdsl
from flowdsl import RunError
from flowdsl.plan.outline import outline
from flowdsl.results.funnel import Funnel, rounded

OFFER = """
flow "Offer"
  when contact joins program
  limit once per contact
  unless has tag "staff"
  goal buys offer
  wait 1 day
  then send email "Try"
  wait until clicked "Try" for up to 3 days
  if it happened
    then add tag "newcomer"
  otherwise if plan is "pro"
    then send sms "Last" unless has tag "quiet"
  otherwise
    exit "free"
  end
  wait 10 days
"""
# Ann clicks, bob and cem are pro (cem is quiet), dan is free, eve buys in the first wait, flo belongs to the staff.
PEOPLE = [
    {"contact": "ann", "plan": "pro", "tags": None},
    {"contact": "bob", "plan": "pro", "tags": None},
    {"contact": "cem", "plan": "pro", "tags": "quiet"},
    {"contact": "dan", "plan": "free", "tags": None},
    {"contact": "eve", "plan": "free", "tags": None},
    {"contact": "flo", "plan": "free", "tags": "staff"},
]
EVENTS = [
    *(on("2026-01-05 09:00", "joins program", contact=one["contact"]) for one in PEOPLE),
    on("2026-01-05 12:00", "buys offer", contact="eve"),
    on("2026-01-05 13:00", "joins program", contact="eve"),
    on("2026-01-07 09:00", "clicks email", "Try", contact="ann"),
]


def offer(days: int = 12) -> Funnel:
    return live(OFFER, *EVENTS, contacts=PEOPLE, days=days).results.funnel()


def test_each_step_tells_how_many_runs_reached_it() -> None:
    """Steps stand in the order of the text, arms of choices below them, with the runs that took each."""
    steps = offer().steps
    assert [
        (row.depth, row.arm or row.step, row.reached, row.went_on, row.left, row.pending) for row in steps.itertuples()
    ] == [
        (0, "start", 5, 5, 0, 0),
        (0, "wait", 5, 4, 1, 0),
        (0, "send Try", 4, 4, 0, 0),
        (0, "wait #2", 4, 4, 0, 0),
        (1, "happened", 1, 1, 0, 0),
        (1, "timeout", 3, 3, 0, 0),
        (0, "if", 4, 4, 0, 0),
        (1, "then", 1, 1, 0, 0),
        (2, "add tag newcomer", 1, 1, 0, 0),
        (0, "if #2", 3, 3, 0, 0),
        (1, "then", 2, 2, 0, 0),
        (2, "send Last", 2, 2, 0, 0),
        (1, "otherwise", 1, 1, 0, 0),
        (2, "exit free", 1, 0, 1, 0),
        (0, "wait #3", 3, 0, 0, 3),
        (0, "end", 0, 0, 0, 0),
    ]
    sends = steps[steps["step"] == "send Last"]
    assert sends[["done", "skipped"]].values.tolist() == [[1, 1]]
    assert steps.loc[steps["step"] == "wait", "done"].isna().all()
    assert steps.loc[steps["step"] == "send Try", "share"].tolist() == [80.0]


def test_every_reason_is_counted() -> None:
    """Refused entries, skipped actions, and where runs left and why: each has a row with its share."""
    assert [tuple(row) for row in offer().why.itertuples(index=False)] == [
        ("Offer", "", "declined", "limit", 1, pytest.approx(100 / 7)),
        ("Offer", "", "declined", "unless", 1, pytest.approx(100 / 7)),
        ("Offer", "wait", "converted", "offer.bought", 1, 20.0),
        ("Offer", "send Last", "skipped", "unless", 1, 50.0),
        ("Offer", "exit free", "completed", "free", 1, 20.0),
        ("Offer", "wait #3", "pending", "waiting", 3, 60.0),
    ]


def test_it_reads_as_text() -> None:
    """Printed, a funnel is indented as the program is, and says at each step what kept runs there."""
    assert str(offer(days=30)) == dedent(
        """\
        Offer: 5 entered, 2 declined (1 limit, 1 unless)
          wait                  5  100.0%  1 converted (1 offer.bought)
          send Try              4   80.0%
          wait #2               4   80.0%
            happened            1   20.0%
            timeout             3   60.0%
          if                    4   80.0%
            then                1   20.0%
              add tag newcomer  1   20.0%
          if #2                 3   60.0%
            then                2   40.0%
              send Last         2   40.0%  1 done, 1 skipped (1 unless)
            otherwise           1   20.0%
              exit free         1   20.0%  1 completed (1 free)
          wait #3               3   60.0%
          end                   3   60.0%  3 completed
          4 completed (80.0%), 1 converted (20.0%)"""
    )


def test_one_flow_of_several() -> None:
    """A name gives the funnel of that flow alone; a name nobody has is answered in words."""
    program = 'flow "A"\n when member joins program\n then send chat "a"\nflow "B"\n when member leaves program\n'
    results = live(program + ' then send chat "b"', on("2026-01-05", "joins program")).results
    assert list(results.funnel("B").steps["flow"].unique()) == ["B"]
    assert list(dict.fromkeys(results.funnel().steps["flow"])) == ["A", "B"]
    assert str(results.funnel("B")).splitlines()[0] == "B: 0 entered"
    with pytest.raises(RunError, match='no flow is called "b"') as wrong:
        results.funnel("b")
    assert 'did you mean "B"?' in wrong.value.diagnostics[0].reason


def test_holdouts_and_rounds_show() -> None:
    """An arm without steps has its row; in a round a run is counted once where its actions are counted each time."""
    program = """
        flow "F"
          when contact joins program
          split 50% "all" repeat 3 times then send chat "Hello" end 50% "none" end
    """
    people = [{"contact": f"c{number}"} for number in range(40)]
    events = [on("2026-01-05", "joins program", contact=one["contact"]) for one in people]
    results = live(program, *events, contacts=people).results
    steps = results.funnel().steps.set_index(["step", "arm"])
    sent = results.sends.groupby("contact").size()
    assert steps.loc[("split", "50% all"), "reached"] == len(sent) == steps.loc[("send Hello", ""), "reached"]
    assert steps.loc[("split", "50% none"), "reached"] == 40 - len(sent)
    assert steps.loc[("send Hello", ""), "done"] == 3 * len(sent) == len(results.sends)


def test_after_a_warm_up_the_same_runs_are_counted_as_in_runs() -> None:
    """Runs on their way at the start bring along what they reached before it; runs over by then are left out."""
    program = 'when contact joins program wait 1 day then send chat "x" wait 9 days'
    people = [{"contact": "old"}, {"contact": "mid"}, {"contact": "new"}]
    joined = ("2026-01-01", "2026-01-10", "2026-01-14")
    events = [on(day, "joins program", contact=one["contact"]) for day, one in zip(joined, people, strict=True)]
    results = live(program, *events, contacts=people, start="2026-01-13", days=2, warm_from="2025-12-30").results
    steps = results.funnel().steps.set_index("step")
    assert len(results.runs) == steps.loc["start", "reached"] == 2
    assert steps.loc["send x", "reached"] == 2 - (results.runs["step"] == "wait").sum()


@given(worlds())
@settings(max_examples=15)
def test_numbers_add_up_and_are_those_of_the_traces(world: World) -> None:
    """Whatever the program: every step's runs went on, left there or are still there, and the traced lives of all
    contacts, step by step, give the same numbers."""
    results = live(world.program, *world.events, contacts=world.contacts, start="2026-01-01", days=45).results
    funnel = results.funnel()
    steps, why = funnel.steps, funnel.why
    assert (steps["reached"] == steps["went_on"] + steps["left"] + steps["pending"]).all()
    assert (steps[["reached", "went_on", "left", "pending"]] >= 0).all(axis=None)
    _adds_up(results, funnel)
    reached = defaultdict(set)
    for contact in results.contact_ids:
        for row in results.trace(contact):
            if row.run and row.status not in ("planned",) and not (row.kind == "action" and row.status == "cancelled"):
                reached[row.flow, row.step].add((contact, row.run))
    for row in steps[steps["arm"] == ""].itertuples():
        assert row.reached == len(reached[row.flow, row.step]), (row.flow, row.step)
    assert (why["count"] > 0).all()
    assert str(funnel)


def _adds_up(results: flowdsl.Results, funnel: Funnel) -> None:
    """Fates and entries as the tables of runs and actions count them; shares of one whole make 100."""
    for flow in results.plan.by_name:
        runs = results.runs[results.runs["flow"] == flow]
        why = funnel.why[funnel.why["flow"] == flow]
        fates = why[~why["what"].isin(["declined", "skipped"])]
        entered = int((runs["status"] != "declined").sum())
        own = funnel.steps[(funnel.steps["flow"] == flow) & (funnel.steps["arm"] == "")]
        assert own["reached"].iloc[0] == entered == own["left"].sum() + own["pending"].sum() == fates["count"].sum()
        assert not entered or fates["share"].sum() == pytest.approx(100)
        counted = fates.groupby("what")["count"].sum().to_dict()
        assert counted == dict(Counter(runs.loc[runs["status"] != "declined", "status"]))
        actions = results.actions[results.actions["flow"] == flow]
        assert own["done"].sum() == (actions["status"] == "done").sum()
        assert why.loc[why["what"] == "skipped", "count"].sum() == (actions["status"] == "skipped").sum()


@given(worlds())
@settings(max_examples=15)
def test_an_outline_names_every_step_once(world: World) -> None:
    """Each step stands in the outline once, in the order of the text; each bit of a path belongs to one line."""
    plan = flowdsl.load_plan(flowdsl.dump(flowdsl.parse(world.program)))
    for flow in plan.flows:
        stops = outline(flow)
        assert [stop.step for stop in stops if not stop.arm] == [node.id for node in flow.nodes]
        assert len({stop.bit for stop in stops}) == len(stops)
        assert all(later.depth <= stop.depth + 1 for stop, later in pairwise(stops))


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6))
def test_printed_percentages_add_up(counts: list[int]) -> None:
    """Rounded to one digit, the shares of a whole still make 100.0, and none is off by more than a tenth."""
    whole = sum(counts)
    shares = rounded(counts, whole)
    assert sum(round(10 * share) for share in shares) == (1000 if whole else 0)
    for count, share in zip(counts, shares, strict=True):
        assert not whole or abs(share - 100 * count / whole) < 0.1


def test_actions_say_what_they_are_about() -> None:
    """Every planned action can be counted by contact, flow and related object: done, skipped, cancelled or planned."""
    program = """
        flow "Reminder"
          when event is created
          exit when event becomes "cancelled"
          wait until 2 days before event.start
          then create task "Call"
          wait until 1 day after event.start
          then send email "Thanks"
    """
    events = [
        on("2026-01-05", "event is created", object_id="e1", start="2026-01-20 18:00"),
        on("2026-01-05", "event is created", object_id="e2", start="2026-01-22 18:00"),
        on("2026-01-05", "event is created", object_id="e3", start="2026-01-06 18:00"),
        on("2026-01-10", "event becomes", "cancelled", object_id="e2"),
    ]
    actions = live(program, *events, days=19).results.actions
    found = {(r.object_kind, r.object_id, r.name, r.status, f"{r.due:%m-%d}") for r in actions.itertuples()}
    assert found == {
        ("event", "e1", "Call", "done", "01-18"),
        ("event", "e1", "Thanks", "planned", "01-21"),
        ("event", "e2", "Call", "cancelled", "01-20"),
        ("event", "e3", "Call", "skipped", "01-05"),
        ("event", "e3", "Thanks", "done", "01-07"),
    }
    by_object = table([dict(r._asdict()) for r in actions.itertuples()]).groupby(["object_id", "status"]).size()
    assert isinstance(by_object, pd.Series)
    assert by_object["e1"].to_dict() == {"done": 1, "planned": 1}
