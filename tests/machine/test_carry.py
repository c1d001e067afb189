"""A contact who is under way when the plan is edited goes on under the new plan: never an error, nothing twice."""

from __future__ import annotations

import json
from random import Random

import pytest

import flowdsl
from flowdsl.calendar.clock import DAY, NEVER, parse_moment
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.machine import Carried, Happening, State, begin, carry, from_json, prepare, to_json, wake
from flowdsl.plan.plan import Plan
from flowdsl.results.records import Record

START = parse_moment("2026-01-05 10:00Z")[0]
JOINS = Happening("program.joined", "Yoga")
PROGRAM = 'flow "F" when member joins program then send email "A" then wait 3 days then send email "B"'


def plan_of(program: str) -> Plan:
    return flowdsl.load_plan(flowdsl.dump(program))


class Contact:
    """One contact of a live system: after each wake its state is a JSON document."""

    def __init__(self, program: str) -> None:
        self.plan, self.rows, self.report = plan_of(program), list[Record](), tuple[Carried, ...]()
        ready, state = prepare(self.plan, start=START), State("ann")
        self.due = begin(ready, state)
        self.document = json.dumps(to_json(ready, state))

    def wake(self, at: int, *inputs: Happening) -> Contact:
        ready = prepare(self.plan, start=START)
        woken = wake(ready, from_json(ready, json.loads(self.document)), inputs, at)
        self.rows += woken.records
        self.due, self.document = woken.next_due, json.dumps(to_json(ready, woken.state))
        return self

    def edit(self, program: str, at: int) -> Contact:
        new = plan_of(program)
        document, self.report = carry(json.loads(self.document), self.plan, new)
        self.plan, self.document = new, json.dumps(document)
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


def test_counts_and_caps_of_both_plans_stay() -> None:
    """A cap goes on counting; one that is new begins at 0, and the report says so."""
    capped = f"workspace cap 1 email per contact every 30 days\n\n{PROGRAM}"
    contact = Contact(capped).wake(START, JOINS).edit(capped.replace("cap 1", "cap 2"), START + DAY)
    assert [(one.kind, one.outcome) for one in contact.report] == [("cap", "dropped"), ("cap", "new")]
    contact = Contact(capped).wake(START, JOINS).edit(capped + ' then send sms "S"', START + DAY)
    assert contact.go_on() == [(0, "A"), (3, "S")]


STEPS = [
    'send email "A"', 'send email "B"', 'send sms "C"', 'add tag "d"', "wait 1 day", "wait 3 days", 'do "e"',
    'wait until clicked "A" for up to 2 days',
]  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_no_edit_raises_or_does_anything_twice(seed: int) -> None:
    """Steps put in, taken out, exchanged, in two flows that may change names and places: each run does a thing once."""
    random = Random(seed)
    flows = {name: random.sample(STEPS, random.randint(2, 7)) for name in ("F", "G")}
    contact = Contact(_program(flows)).wake(START, JOINS)
    for day in (1, 2, 4):
        for name in flows:
            _edit(random, flows[name])
        if random.random() < 0.3:
            flows = dict(reversed(flows.items()))
        contact.wake(max(START + day * DAY - 1, START), *([Happening("email.clicked", "A", send=0)] * (seed % 2)))
        contact.edit(_program(flows), START + day * DAY)
    done = contact.go_on()
    keys = [(row.flow, row.run, row.action, row.name) for row in contact.rows if row.status == "done"]
    assert len(keys) == len(set(keys)), done
    assert contact.due == NEVER
    started = [row for row in contact.rows if row.kind == "run"]
    assert {row.status for row in started} <= {"started", "completed", "cancelled"}


def _program(flows: dict[str, list[str]]) -> str:
    return "\n\n".join(
        f'flow "{name}" when member joins program then {" then ".join(steps)}' for name, steps in flows.items()
    )


def _edit(random: Random, steps: list[str]) -> None:
    """Puts a step in that is not there, takes one out, or exchanges two."""
    kind = random.choice(["in", "out", "exchange", "nothing"])
    if kind == "in" and (new := [step for step in STEPS if step not in steps]):
        steps.insert(random.randrange(len(steps) + 1), random.choice(new))
    elif kind == "out" and len(steps) > 1:
        steps.remove(random.choice(steps))
    elif kind == "exchange":
        one, other = random.randrange(len(steps)), random.randrange(len(steps))
        steps[one], steps[other] = steps[other], steps[one]


def test_a_document_of_another_plan_is_refused() -> None:
    """Before anything is carried."""
    contact = Contact(PROGRAM).wake(START, JOINS)
    other = plan_of('flow "Z" when contact buys offer then add tag "t"')
    with pytest.raises(RunError, match="E771"):
        carry(json.loads(contact.document), other, contact.plan)
    with pytest.raises(RunError, match="E770"):
        carry({"version": 9}, other, contact.plan)
