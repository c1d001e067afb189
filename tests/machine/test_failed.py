"""A message that did not go out after all: it is taken back, its place in the caps is free, and nobody waits for it."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest

import flowdsl
from flowdsl.calendar.clock import DAY, HOUR, parse_moment
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.machine import Failed, Happening, Input, Slot, State, begin, from_json, prepare, to_json, wake
from flowdsl.results.records import Record

START = parse_moment("2026-01-05 10:00Z")[0]
JOINS = Happening("program.joined", "Yoga")
BUYS = Happening("offer.bought", "Mug")


class Contact:
    """One contact; its state goes through JSON before every wake."""

    def __init__(self, program: str) -> None:
        self.ready = prepare(flowdsl.load_plan(flowdsl.dump(dedent(program))), start=START)
        self.state, self.rows = State("ann"), list[Record]()
        self.due = begin(self.ready, self.state)

    def wake(self, at: int, *inputs: Input) -> Contact:
        state = from_json(self.ready, json.loads(json.dumps(to_json(self.ready, self.state))))
        woken = wake(self.ready, state, inputs, at)
        self.state, self.due, self.requests = woken.state, woken.next_due, woken.requests
        self.rows += woken.records
        return self

    def sent(self, name: str) -> Record:
        """The latest row of a message that was sent."""
        return [row for row in self.rows if (row.kind, row.name, row.status) == ("action", name, "done")][-1]

    def actions(self) -> list[tuple[int, str, str]]:
        """Hours after the start, the name of each action, and what became of it."""
        rows = [row for row in self.rows if row.kind == "action"]
        return [((row.time - START) // HOUR, row.name, row.reason or row.status) for row in rows]


def test_a_row_says_why_and_a_wait_for_an_answer_is_over_at_once() -> None:
    """As if the message had been skipped: the run goes on now, and `it happened` is false."""
    contact = Contact(
        'when member joins program then send email "A" wait until opened "A" for up to 3 days'
        ' if it happened then add tag "read" otherwise then send sms "B" end'
    )
    contact.wake(START, JOINS)
    contact.wake(START + HOUR, Failed(contact.sent("A"), "the mailbox is full"))
    assert contact.actions() == [(0, "A", "done"), (1, "A", "the mailbox is full"), (1, "B", "done")]
    assert [row.status for row in contact.rows if row.kind == "action"] == ["done", "failed", "done"]


def test_a_wait_that_begins_later_is_passed_too() -> None:
    """The run knows that its message is not there."""
    contact = Contact(
        'when member joins program then send email "A" wait 1 day then wait until opened "A" for up to 3 days'
        ' then send sms "B"'
    )
    contact.wake(START, JOINS)
    contact.wake(START + HOUR, Failed(contact.sent("A"))).wake(START + DAY)
    assert contact.actions()[-1] == (24, "B", "done")


def test_a_wait_for_something_else_as_well_goes_on() -> None:
    """The other event may still come."""
    contact = Contact(
        'when member joins program then send email "A" wait until opened "A" or buys offer for up to 3 days'
        ' then send sms "B"'
    )
    contact.wake(START, JOINS)
    contact.wake(START + HOUR, Failed(contact.sent("A"))).wake(START + 2 * HOUR, BUYS)
    assert contact.actions()[-1] == (2, "B", "done")


def test_its_place_in_the_caps_is_free_again() -> None:
    """One e-mail a week: the second one goes out, because the first one did not."""
    capped = """
    workspace cap 1 email per contact every 7 days
    flow "F" when member joins program then send email "A"
    flow "G" when contact buys offer then send email "B"
    """
    contact = Contact(capped).wake(START, JOINS)
    assert contact.wake(START + HOUR, BUYS).actions()[-1] == (1, "B", "cap")
    contact.wake(START + 2 * HOUR, Failed(contact.sent("A")), BUYS)
    assert contact.actions()[-1] == (2, "B", "done")


def test_a_message_that_waited_for_a_slot_is_counted_from_when_it_asked() -> None:
    """Its place in the cap was taken an hour before it was sent."""
    contact = Contact(
        """
        workspace cap 1 email per contact every 7 days capacity email 1 per hour
        flow "F" when member joins program then send email "A"
        flow "G" when contact buys offer then send email "B"
        """
    )
    contact.wake(START, JOINS)
    (request,) = contact.requests
    contact.wake(START + HOUR, Slot(request.flow, request.run))
    contact.wake(START + 2 * HOUR, Failed(contact.sent("A"))).wake(START + 3 * HOUR, BUYS)
    assert contact.requests


def test_a_transactional_message_frees_nothing() -> None:
    """It was never counted, so the promotion of the same moment keeps its place."""
    contact = Contact(
        """
        workspace cap 1 email per contact every 7 days
        flow "F" when member joins program then send email "A" then send email "Code" transactional
        flow "G" when contact buys offer then send email "B"
        """
    )
    contact.wake(START, JOINS)
    contact.wake(START + HOUR, Failed(contact.sent("Code")), BUYS)
    assert contact.actions()[-1] == (1, "B", "cap")


@pytest.mark.parametrize(("joins", "outcome"), [(1, "unless"), (2, "done")])
def test_the_contact_has_not_received_it_unless_it_came_before(joins: int, outcome: str) -> None:
    """Conditions on the message are false; `ever received` stays true if it was sent before."""
    contact = Contact(
        """
        flow "F" when member joins program then send email "A"
        flow "G" when contact buys offer then add tag "had it" unless not ever received "A"
        """
    )
    for number in range(joins):
        contact.wake(START + number * HOUR, JOINS)
    contact.wake(START + 9 * HOUR, Failed(contact.sent("A")), BUYS)
    assert contact.actions()[-1] == (9, "had it", outcome)


def test_what_was_not_sent_cannot_fail_and_nothing_changes() -> None:
    """The row of a skipped message, or of another action, is refused before any input is taken."""
    contact = Contact('when member joins program then add tag "t" then send email "A" to "boss@example.com"')
    contact.wake(START, JOINS)
    before = to_json(contact.ready, contact.state)
    for row in contact.rows:
        with pytest.raises(RunError, match="E776"):
            contact.wake(START + HOUR, JOINS, Failed(row))
    assert to_json(contact.ready, contact.state) == before
