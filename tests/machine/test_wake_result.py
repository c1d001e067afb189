"""What a wake of the machine gives back, by name, for a driver that is not an engine of this package."""

from __future__ import annotations

import json

import flowdsl
from flowdsl.calendar.clock import DAY, NEVER, parse_moment
from flowdsl.machine import Happening, Slot, State, begin, from_json, prepare, to_json, wake
from flowdsl.machine.state import Alarm

PROGRAM = """
workspace
  capacity email 5000 per hour

flow "Welcome"
  when member joins program
  then send email "Hello"
  wait 2 days
  then send email "More"
"""
START = parse_moment("2026-01-05T00:00:00Z")[0]


def test_a_driver_reads_a_wake_by_name() -> None:
    """Rows, requests for slots and the next due time have names; a message goes out when its slot has come."""
    ready = prepare(flowdsl.load_plan(flowdsl.dump(PROGRAM)), start=START)
    state = State("ann")
    assert begin(ready, state) == NEVER

    first = wake(ready, state, [Happening("program.joined", "Yoga")], START)
    assert [row.status for row in first.records if row.kind == "run"] == ["started"]
    assert [(one.channel, one.flow, one.run) for one in first.requests] == [("email", 0, 1)]

    second = wake(ready, first.state, [Slot(0, 1)], START + 5)
    assert [(row.name, row.status) for row in second.records if row.kind == "action"] == [("Hello", "done")]
    assert second.requests == []
    assert second.next_due == START + 5 + 2 * DAY


def test_what_is_due_survives_json() -> None:
    """A state that was put away as JSON has the same alarms, with their names, and goes on as if it had not been."""
    ready = prepare(flowdsl.load_plan(flowdsl.dump(PROGRAM)), start=START)
    woken = wake(ready, State("ann"), [Happening("program.joined", "Yoga")], START)
    woken = wake(ready, woken.state, [Slot(0, 1)], START)
    back = from_json(ready, json.loads(json.dumps(to_json(ready, woken.state))))
    assert back == woken.state
    assert [alarm.due for alarm in back.agenda] == [START + 2 * DAY]
    assert wake(ready, back, [], START + 2 * DAY) == wake(ready, woken.state, [], START + 2 * DAY)


def test_alarms_of_one_instant_come_in_the_order_of_the_language() -> None:
    """Due time first, then openings before timers, then flow, run and step."""
    base = Alarm(5, 3, 1, 1, 1, 1)
    later = [replace_one(base, name) for name in ("token", "step", "run", "flow", "kind", "due")]
    assert sorted([*reversed(later), base]) == [base, *later]


def replace_one(alarm: Alarm, name: str) -> Alarm:
    return alarm._replace(**{name: getattr(alarm, name) + 1})
