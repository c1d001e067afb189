"""Programs that are edited at random while a contact is under way: never an error, nothing twice, no cap exceeded."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from random import Random
from textwrap import dedent
from typing import Any

import pytest

import flowdsl
from flowdsl.calendar.clock import DAY, HOUR, parse_moment
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
