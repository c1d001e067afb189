"""What the outside says has changed about a contact: taken like an event, refused before anything changes."""

from __future__ import annotations

import json
from datetime import date

import pytest

import flowdsl
from flowdsl.calendar.clock import DAY, HOUR, NEVER, parse_moment
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.machine import Happening, State, Update, begin, from_json, prepare, to_json, wake
from flowdsl.results.records import Record

START = parse_moment("2026-01-05 10:00Z")[0]


class Contact:
    """One contact; its state goes through JSON before every wake."""

    def __init__(self, program: str, **cells: object) -> None:
        self.ready = prepare(flowdsl.load_plan(flowdsl.dump(program)), start=START)
        self.state, self.rows = State("ann", **cells), list[Record]()  # type: ignore[arg-type]
        self.due = begin(self.ready, self.state)

    def wake(self, at: int, *inputs: Happening | Update) -> Contact:
        state = from_json(self.ready, json.loads(json.dumps(to_json(self.ready, self.state))))
        woken = wake(self.ready, state, inputs, at)
        self.state, self.due = woken.state, woken.next_due
        self.rows += woken.records
        return self

    def until(self, end: int) -> list[tuple[int, str, str]]:
        """What happens until a time: hours after the start, what, and how it ended."""
        while self.due < end:
            self.wake(self.due)
        rows = [row for row in self.rows if row.kind == "action" or (row.kind == "run" and row.status != "started")]
        return [((row.time - START) // HOUR, row.name or row.flow, row.reason or row.status) for row in rows]


JOINS = Happening("program.joined", "Yoga")


def test_a_condition_that_a_wait_looks_for_is_seen_at_once() -> None:
    """`wait until plan is "pro"` ends when the outside says so."""
    contact = Contact('when member joins program wait until plan is "pro" for up to 9 days then send email "A"')
    contact.wake(START, JOINS).wake(START + 5 * HOUR, Update(columns={"plan": "pro"}))
    assert contact.until(START + DAY) == [(5, "A", "done"), (5, "flow 1", "completed")]


def test_a_goal_by_condition_ends_runs_before_waits_wake() -> None:
    """As with events: first runs leave."""
    program = 'flow "F" when member joins program goal has tag "vip" wait 2 days then send email "A"'
    contact = Contact(program).wake(START, JOINS).wake(START + 3 * HOUR, Update(sets={"tags": ("vip",)}))
    assert contact.until(START + 9 * DAY) == [(3, "A", "condition met"), (3, "F", "condition met")]


def test_a_date_that_moves_moves_the_wait_for_it() -> None:
    """The run waits until the new date."""
    contact = Contact(
        'when member joins program wait until visit then send email "A"', columns={"visit": date(2026, 1, 20)}
    )
    contact.wake(START, JOINS).wake(START + HOUR, Update(columns={"visit": date(2026, 1, 8)}))
    assert contact.until(START + 30 * DAY)[0] == (62, "A", "done")


def test_a_date_trigger_is_set_anew() -> None:
    """The old date no longer counts; a column that is removed has none."""
    program = 'when 1 day before birthday at 09:00 then send email "A"'
    contact = Contact(program, columns={"birthday": date(2026, 1, 20)})
    contact.wake(START, Update(columns={"birthday": date(2026, 1, 9)}))
    assert contact.until(START + 30 * DAY)[0] == (71, "A", "done")
    gone = Contact(program, columns={"birthday": date(2026, 1, 20)}).wake(START, Update(columns={"birthday": None}))
    assert gone.due == NEVER


def test_consent_that_is_taken_back_skips_what_is_held() -> None:
    """A message that waits for its window is not sent any more."""
    program = (
        'workspace only between 12:00 and 13:00\n\nwhen member joins program then send email "A" then send sms "B"'
    )
    contact = Contact(program).wake(START, JOINS).wake(START + HOUR, Update(consent={"email": False}))
    assert [(name, why) for _, name, why in contact.until(START + DAY)][:2] == [("A", "no consent"), ("B", "done")]
    contact.wake(START + 2 * DAY, Update(consent={"email": True}), Happening("program.joined", "Run"))
    assert (contact.until(START + 4 * DAY)[-3:-1])[0][1:] == ("A", "done")


def test_another_zone_moves_what_goes_by_the_clock() -> None:
    """`every day at 09:00` is 09:00 in Tokyo from then on."""
    contact = Contact('when every day at 09:00 then send email "A"', zone="UTC")
    contact.wake(START, Update(zone="Asia/Tokyo"))
    assert contact.until(START + 2 * DAY)[0][0] == 14  # midnight in UTC


def test_an_update_starts_no_run_by_event() -> None:
    """A tag that the outside puts is no `contact gets tag`: send the event for that."""
    contact = Contact('when contact gets tag "vip" then send email "A"').wake(START, Update(sets={"tags": ("vip",)}))
    assert contact.until(START + DAY) == []
    assert contact.state.sets["tags"] == ["vip"]


@pytest.mark.parametrize(
    "update",
    [
        Update(zone="Europe/Pari"),
        Update(columns={"plan": ["pro"]}),  # type: ignore[dict-item]
        Update(sets={"tags": "vip"}),  # type: ignore[dict-item]
        Update(consent={"email": "no"}),  # type: ignore[dict-item]
    ],
)
def test_a_wrong_update_is_refused_before_anything_changes(update: Update) -> None:
    """Also if it comes behind an event that is right."""
    contact = Contact("when member joins program then send chat")
    with pytest.raises(RunError, match="E775"):
        contact.wake(START, JOINS, update)
    assert contact.rows == []
    assert contact.wake(START, JOINS).until(START + DAY)[0][2] == "done"
