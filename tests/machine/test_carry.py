"""A contact who is under way when the plan is edited goes on under the new plan: never an error, nothing twice."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from random import Random
from textwrap import dedent
from typing import Any

import pytest

import flowdsl
from flowdsl.calendar.clock import DAY, HOUR, NEVER, parse_moment
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.machine import (
    Carried,
    Happening,
    Input,
    Request,
    Slot,
    State,
    begin,
    carry,
    from_json,
    prepare,
    to_json,
    wake,
)
from flowdsl.plan.plan import Plan
from flowdsl.results.records import Record

START = parse_moment("2026-01-05 10:00Z")[0]
JOINS = Happening("program.joined", "Yoga")
PROGRAM = 'flow "F" when member joins program then send email "A" then wait 3 days then send email "B"'


def plan_of(program: str) -> Plan:
    return flowdsl.load_plan(flowdsl.dump(dedent(program)))


class Contact:
    """One contact of a live system: after each wake its state is a JSON document. Slots come at once if it `grants`."""

    def __init__(self, program: str, *, grants: bool = True, **cells: Any) -> None:
        self.plan, self.rows, self.report = plan_of(program), list[Record](), tuple[Carried, ...]()
        self.grants, self.requests = grants, list[Request]()
        self.ready, state = prepare(self.plan, start=START), State("ann", **cells)
        self.due = begin(self.ready, state)
        self.document = json.dumps(to_json(self.ready, state))

    def wake(self, at: int, *inputs: Input) -> Contact:
        ready = self.ready
        woken = wake(ready, from_json(ready, json.loads(self.document)), inputs, at)
        self.rows += woken.records
        self.due, self.document, self.requests = woken.next_due, json.dumps(to_json(ready, woken.state)), woken.requests
        if self.requests and self.grants:
            self.wake(at, *(Slot(one.flow, one.run) for one in self.requests))
        return self

    def edit(self, program: str, at: int) -> Contact:
        new = plan_of(program)
        document, self.report = carry(json.loads(self.document), self.plan, new)
        self.plan, self.document, self.ready = new, json.dumps(document), prepare(new, start=START)
        return self.wake(at)

    def go_on(self, until: int = START + 60 * DAY) -> list[tuple[int, str]]:
        """What is done until a time: the day, and the name of each action."""
        while self.due < until:
            self.wake(self.due)
        done = [row for row in self.rows if row.kind == "action" and row.status == "done"]
        return [((row.time - START) // DAY, row.name) for row in done]


def test_steps_put_in_before_a_wait_do_not_make_it_wait_twice() -> None:
    """The run stays at its wait, and goes on behind it on the day it would have."""
    edited = PROGRAM.replace("then wait", 'then send sms "X" then wait 1 day then send sms "Y" then wait')
    contact = Contact(PROGRAM).wake(START, JOINS).edit(edited, START + DAY)
    assert contact.go_on() == [(0, "A"), (3, "B")]
    assert contact.rows[-1].status == "completed"


def test_a_flow_put_in_front_changes_nothing() -> None:
    """Runs belong to flows by name."""
    other = 'flow "New" when contact buys offer then wait 1 day then add tag "t"\n\n'
    contact = Contact(PROGRAM).wake(START, JOINS).edit(other + PROGRAM, START + DAY)
    assert contact.go_on() == [(0, "A"), (3, "B")]
    assert contact.report == ()


def test_a_flow_with_another_name_is_found_by_its_content() -> None:
    """A renamed flow goes on."""
    contact = Contact(PROGRAM).wake(START, JOINS).edit(PROGRAM.replace('"F"', '"G"'), START + DAY)
    assert contact.go_on() == [(0, "A"), (3, "B")]
    assert [(one.kind, one.outcome) for one in contact.report] == [("step", "moved")]


def test_a_wait_that_is_gone_is_over() -> None:
    """The run goes on at the next step that is left, at the wake after the edit."""
    contact = Contact(PROGRAM).wake(START, JOINS).edit(PROGRAM.replace("then wait 3 days ", ""), START + DAY)
    assert contact.go_on() == [(0, "A"), (1, "B")]
    assert "goes on at" in contact.report[0].reason


def test_a_longer_wait_keeps_the_time_that_was_promised() -> None:
    """Only runs that begin the wait later wait longer."""
    contact = Contact(PROGRAM).wake(START, JOINS).edit(PROGRAM.replace("3 days", "10 days"), START + DAY)
    contact.wake(START + 2 * DAY, Happening("program.joined", "Run"))
    assert contact.go_on() == [(0, "A"), (2, "A"), (3, "B"), (12, "B")]


def test_an_action_that_is_moved_behind_the_wait_is_not_done_again() -> None:
    """A was sent before the edit, so this run passes it."""
    edited = 'flow "F" when member joins program then wait 3 days then send email "A" then send email "B"'
    contact = Contact(PROGRAM).wake(START, JOINS).edit(edited, START + DAY)
    assert contact.go_on() == [(0, "A"), (3, "B")]


def test_a_flow_that_is_gone_takes_its_runs_with_it_and_the_report_says_so() -> None:
    """Nothing more is done for them."""
    other = 'flow "Z" when contact buys offer then add tag "t"'
    contact = Contact(PROGRAM).wake(START, JOINS).edit(other, START + DAY)
    assert contact.go_on() == [(0, "A")]
    assert ("run", "F", "dropped") in [(one.kind, one.flow, one.outcome) for one in contact.report]
    assert contact.due == NEVER


def test_what_was_due_meanwhile_happens_at_the_next_wake() -> None:
    """The wait ended on day 3, and the edit came on day 5: as always, a late wake catches up in the order of time."""
    contact = Contact(PROGRAM).wake(START, JOINS).edit(PROGRAM + ' then add tag "t"', START + 5 * DAY)
    assert contact.go_on() == [(0, "A"), (3, "B"), (3, "t")]


def test_a_cap_of_both_plans_goes_on_counting() -> None:
    """What it knows stays, also if its number or its period is edited; the report says so."""
    capped = f"workspace cap 1 email per contact every 30 days\n\n{PROGRAM}"
    contact = Contact(capped).wake(START, JOINS).edit(capped + ' then send sms "S"', START + DAY)
    assert contact.go_on() == [(0, "A"), (3, "S")]
    contact = Contact(capped).wake(START, JOINS).edit(capped.replace("30 days", "20 days"), START + DAY)
    assert [(one.kind, one.outcome) for one in contact.report] == [("cap", "moved")]
    assert contact.go_on() == [(0, "A")]
    contact = Contact(capped).wake(START, JOINS).edit(capped.replace("cap 1", "cap 2"), START + DAY)
    assert contact.wake(START + DAY, JOINS).go_on() == [(0, "A"), (1, "A")]


def test_a_cap_of_another_channel_is_new() -> None:
    """Nothing is known of what it counts."""
    capped = f"workspace cap 1 email per contact every 30 days\n\n{PROGRAM}"
    contact = Contact(capped).wake(START, JOINS).edit(capped.replace("1 email", "1 sms"), START + DAY)
    assert {(one.kind, one.outcome) for one in contact.report} == {("cap", "dropped"), ("cap", "new")}


BRANCHED = """
flow "F" when member joins program
  if has tag "vip"
    then wait 3 days
    then send email "A"
  otherwise
    then send email "B"
  end
  then send email "C"
"""


def test_a_run_whose_step_is_gone_stays_in_its_arm() -> None:
    """It goes on behind the branch if nothing of its arm is left; never in the other arm."""
    kept = BRANCHED.replace("    then wait 3 days\n", "")
    gone = kept.replace('then send email "A"', 'then add tag "old"')
    for edited, expected in ((kept, [(1, "A"), (1, "C")]), (gone, [(1, "C")])):
        contact = Contact(BRANCHED, sets={"tags": ["vip"]}).wake(START, JOINS).edit(edited, START + DAY)
        assert contact.go_on() == expected


def test_a_trigger_by_the_calendar_that_fell_due_meanwhile_comes() -> None:
    """Every day at 09:00: the edit at 08:00 is followed by the first wake at noon."""
    daily = 'flow "D" when every day at 09:00 then send email "N"\n\n'
    contact = Contact(daily + PROGRAM)
    contact.edit(daily + PROGRAM.replace('"B"', '"X"'), START + 2 * DAY)
    assert contact.go_on(START + 3 * DAY) == [(0, "N"), (1, "N"), (2, "N")]


LIMITED = """
workspace cap 1 email per contact every 30 days capacity email 1 per hour
flow "F" when member joins program then send email "A" then add tag "t"
flow "G" when contact buys offer then send email "B"
"""


def test_a_queued_message_that_is_gone_leaves_the_caps() -> None:
    """It was counted while it queued; the next message may go."""
    contact = Contact(LIMITED, grants=False).wake(START, JOINS)
    contact.grants = True
    contact.edit(LIMITED.replace('send email "A"', 'add tag "a"'), START + HOUR)
    contact.wake(START + 2 * HOUR, Happening("offer.bought", "Mug"))
    assert contact.go_on() == [(0, "t"), (0, "B")]


def test_a_queued_message_asks_for_its_slot_again() -> None:
    """Flows may have other numbers now: slots that were asked for before the edit are forgotten."""
    contact = Contact(LIMITED, grants=False).wake(START, JOINS)
    before = contact.requests
    contact.edit(LIMITED.replace('flow "F"', 'flow "New" when lead submits form then add tag "n"\nflow "F"'), START)
    asked = contact.requests
    assert [one.flow for one in asked] == [1]
    contact.wake(START, *(Slot(one.flow, one.run) for one in before))  # of the plan before: flow 0 is another one now
    contact.wake(START + HOUR, *(Slot(one.flow, one.run) for one in asked))
    assert contact.go_on() == [(0, "A"), (0, "t")]


def test_a_limit_that_is_new_knows_who_was_in_the_flow() -> None:
    """`limit once` refuses a contact who has been in it already."""
    limited = PROGRAM.replace("then send", "limit once per contact then send", 1)
    contact = Contact(PROGRAM).wake(START, JOINS).edit(limited, START + DAY).wake(START + 9 * DAY, JOINS)
    assert contact.go_on() == [(0, "A"), (3, "B")]
    assert [(one.kind, one.outcome) for one in contact.report] == [("limit", "new")]


def test_a_flow_that_gets_a_loop_counts_what_was_done() -> None:
    """The second time that an action is done is iteration 2. The run is in the first pass of the loop around it."""
    repeated = """
    flow "F" when member joins program
      repeat 2 times
        then send email "A"
        then wait 3 days
      end
      then send email "B"
    """
    contact = Contact(PROGRAM).wake(START, JOINS).edit(repeated, START + DAY)
    assert contact.go_on() == [(0, "A"), (3, "A"), (6, "B")]
    assert [row.iteration for row in contact.rows if row.name == "A"] == [1, 2]


def test_a_campaign_that_is_renamed_or_gone() -> None:
    """The contact is in the campaign by its name."""
    drip = 'campaign "C" then send email "A" then wait 3 days then send email "B"'
    for edited, names in ((drip.replace('"C"', '"D"'), ["D"]), (PROGRAM, [])):
        contact = Contact(drip).wake(START, Happening("campaign.joined", "C")).edit(edited, START + DAY)
        assert json.loads(contact.document).get("sets", {}).get("campaigns", []) == names


def test_a_queued_message_that_is_another_action_now() -> None:
    """The step has the same id; nothing queues any more."""
    edited = LIMITED.replace('send email "A"', 'send sms "A"')
    contact = Contact(LIMITED, grants=False).wake(START, JOINS)
    before = contact.requests
    contact.edit(edited, START + HOUR).wake(START + HOUR, *(Slot(one.flow, one.run) for one in before))
    assert contact.go_on() == [(0, "A"), (0, "t")]


# --- random edits -----------------------------------------------------------------------------------------------------

LIVES = 3000 if os.environ.get("SOAK") else 50
BUYS = Happening("offer.bought", "Mug")
CAP, PERIOD = 3, 5 * DAY
POLICY = f"workspace cap {CAP} emails per contact every 5 days"
LEAVES = [
    *(f'then send email "E{n}"' for n in range(9)), *(f'then send sms "S{n}"' for n in range(4)),
    *(f'then add tag "t{n}"' for n in range(4)), "wait 1 day", "wait 5 hours", "wait 3 days",
    'wait until clicked "E0" for up to 2 days', "wait until buys offer",
]  # fmt: skip
KINDS = ["in", "in", "out", "out", "exchange", "wrap", "unwrap", "limit", "capacity", "order"]
Steps = list[Any]  # of texts, and of (head, …) with the steps of each arm


class Edited:
    """A program that is edited at random; no action stands twice in a flow."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.flows = {name: self.steps(3) for name in ("F", "G", "H")}
        self.limited = self.random.random() < 0.4
        self.clauses = dict.fromkeys(self.flows, "")

    def steps(self, depth: int) -> Steps:
        made: Steps = [*self.random.sample(LEAVES, self.random.randint(1, 4))]
        if depth and self.random.random() < 0.6:
            made.insert(self.random.randrange(len(made) + 1), self.block(depth - 1))
        return made

    def block(self, depth: int) -> tuple[str, Steps, Steps]:
        head = self.random.choice(['if has tag "t0"', "split 50%", "repeat 2 times"])
        return head, self.steps(depth), self.steps(depth)

    @property
    def text(self) -> str:
        limit = "\n  capacity email 1 per hour" if self.limited else ""
        parts = [f"{POLICY}{limit}"]
        for name, steps in self.flows.items():
            when = "when member joins program" if name != "H" else "when contact buys offer"
            body = "\n".join(_lines(steps, set()))
            parts.append(f'flow "{name}"\n  {when}\n{self.clauses[name]}{body}')
        return "\n\n".join(parts)

    def edit(self) -> None:
        """Changes one list of steps, the limit of a flow, the capacity, or the order of the flows."""
        name = self.random.choice([*self.flows])
        kind = self.random.choice(
            ["in", "in", "out", "out", "exchange", "wrap", "unwrap", "limit", "capacity", "order"]
        )
        steps = self.random.choice(_lists(self.flows[name]))
        place = self.random.randrange(len(steps) + 1)
        if kind == "in":
            steps.insert(place, self.random.choice([self.random.choice(LEAVES), self.block(1)]))
        elif kind == "wrap":
            steps[place:] = [("repeat 2 times", steps[place:] or ['then add tag "t1"'], [])]
        elif kind == "limit":
            self.clauses[name] = "" if self.clauses[name] else "  limit 2 times per contact\n"
        elif kind == "capacity":
            self.limited = not self.limited
        elif kind == "order":
            self.flows = dict(reversed(self.flows.items()))
        elif len(steps) > 1:
            one = steps.pop(min(place, len(steps) - 1))
            if kind == "exchange":
                steps.insert(self.random.randrange(len(steps) + 1), one)
            elif kind == "unwrap" and isinstance(one, tuple):
                steps[place:place] = one[1]


def _lists(steps: Steps) -> list[Steps]:
    inner = [found for one in steps if isinstance(one, tuple) for arm in one[1:] for found in _lists(arm)]
    return [steps, *inner]


def _lines(steps: Steps, said: set[str], indent: str = "  ") -> list[str]:
    lines = []
    for one in steps:
        if isinstance(one, str):
            is_again = one.startswith("then") and one in said
            lines += [] if is_again else [indent + one]
            said.add(one)
            continue
        head, first, second = one
        arms = [_lines(arm, said, indent + "  ") or [indent + "  wait 1 hour"] for arm in (first, second)]
        if head.startswith("if"):
            first_wait = [f"{indent}  wait 1 hour"] if arms[1][0].lstrip().startswith("if") else []  # no `otherwise if`
            lines += [indent + head, *arms[0], f"{indent}otherwise", *first_wait, *arms[1], f"{indent}end"]
        elif head.startswith("split"):
            lines += [f"{indent}split", f"{indent}  50%", *arms[0], f"{indent}  50%", *arms[1], f"{indent}end"]
        else:
            lines += [indent + head, *arms[0], f"{indent}end"]
    return lines or [indent + "wait 2 hours"]


def _lived(seed: int, edits: Callable[[Edited], None] | None) -> Contact:
    """A life of twelve days with an event or none each day; `edits` change the program after some of them."""
    edited = Edited(seed)
    chance = Random(-seed)
    contact = Contact(edited.text)
    for hour in range(0, 12 * 24, 8):
        at = START + hour * HOUR
        while contact.due < at:
            contact.wake(contact.due)
        clicked = Happening("email.clicked", "E0", send=0)
        contact.wake(at, *chance.choice([(), (), (JOINS,), (BUYS,), (clicked,), (JOINS, BUYS)]))
        if chance.random() < 0.4 and edits:
            edits(edited)
            contact.edit(edited.text, at + 1)
    contact.go_on(START + 99 * DAY)
    return contact


@pytest.mark.parametrize("seed", range(LIVES))
def test_no_edit_raises_does_a_thing_twice_or_breaks_a_cap(seed: int) -> None:
    """Branches, splits, loops, limits, capacity and the order of flows change while runs wait, queue and walk."""
    contact = _lived(seed, Edited.edit)
    done = [row for row in contact.rows if row.kind == "action" and row.status == "done"]
    keys = [(row.flow, row.run, row.action, row.name, row.iteration) for row in done]
    assert len(keys) == len(set(keys))
    emails = [row.time - row.queued for row in done if row.channel == "email"]
    assert all(sum(time - PERIOD < other <= time for other in emails) <= CAP for time in emails)
    assert contact.due >= START + 99 * DAY


@pytest.mark.parametrize("seed", range(LIVES // 2))
def test_an_edit_that_changes_nothing_changes_no_row(seed: int) -> None:
    """Whatever the contact is doing at that moment."""
    assert _lived(seed, lambda edited: None).rows == _lived(seed, None).rows


def test_a_document_of_another_plan_is_refused() -> None:
    """Before anything is carried."""
    contact = Contact(PROGRAM).wake(START, JOINS)
    other = plan_of('flow "Z" when contact buys offer then add tag "t"')
    with pytest.raises(RunError, match="E771"):
        carry(json.loads(contact.document), other, contact.plan)
    with pytest.raises(RunError, match="E770"):
        carry({"version": 9}, other, contact.plan)
