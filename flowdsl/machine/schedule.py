"""The alarms that start runs: date triggers, schedules and `include existing`, put into a contact's agenda.

An alarm of a trigger is a TIMER of run 0 whose step is the trigger's number, so that it sorts with the timers of its
flow; an alarm of `include existing` is an OPENING, which comes before everything else of its instant.
"""

from __future__ import annotations

from datetime import date
from heapq import heappush

from flowdsl.calendar import clock
from flowdsl.calendar.clock import NEVER, Zone
from flowdsl.machine.conditions import day_of, moved
from flowdsl.machine.listening import ReadyTrigger
from flowdsl.machine.ready import Ready, ReadyFlow
from flowdsl.machine.state import OPENING, TIMER, Alarm, Cell, State
from flowdsl.plan import plan


def schedule_all(ready: Ready, state: State, now: int) -> None:
    """Puts the first alarm of every date and calendar trigger into the agenda; a moment at `now` counts."""
    for flow in ready.flows:
        for trigger in flow.triggers:
            if trigger.match is None:
                schedule(ready, state, trigger, now)


def schedule_dates(ready: Ready, state: State, now: int, column: str) -> None:
    """Sets the alarms of date triggers anew when their column has changed; the old ones then no longer count."""
    for flow in ready.flows:
        for trigger in flow.triggers:
            if column in trigger.reads:
                schedule(ready, state, trigger, now + 1)


def schedule(ready: Ready, state: State, trigger: ReadyTrigger, since: int) -> None:
    """Puts the trigger's next moment at or after `since` into the agenda, if there is one."""
    due = next_moment(ready, state, trigger, since)
    alarm = Alarm(due, TIMER, trigger.flow, step=trigger.number)
    if due < NEVER and alarm not in state.agenda:  # a date that has moved away and back may have left it there
        heappush(state.agenda, alarm)


def next_moment(ready: Ready, state: State, trigger: ReadyTrigger, since: int) -> int:
    """When a date or calendar trigger comes next at or after `since` for this contact; NEVER when it does not."""
    zone = clock.zone(ready.flows[trigger.flow].zone or state.zone)
    match trigger.trigger:
        case plan.OnSchedule(month_day=0) as one:
            return clock.next_at(since, one.days, one.minute, zone)
        case plan.OnSchedule() as one:
            return clock.next_month_day(since, one.month_day, one.minute, zone)
        case plan.DateTrigger() as one:
            return _column_moment(one, state.columns.get(one.column), since, zone)
        case _:
            return NEVER


def _column_moment(trigger: plan.DateTrigger, value: Cell | None, since: int, zone: Zone) -> int:
    sign = trigger.sign
    months, days, ms = sign * trigger.months, sign * trigger.days, sign * trigger.ms
    if trigger.yearly and isinstance(value, date):
        return clock.next_yearly(since, day_of(value, zone), max(trigger.minute, 0), zone, months, days, ms)
    due = moved(value, months, days, ms, trigger.minute, zone)
    return due if due is not None and due >= since else NEVER


def schedule_opening(ready: Ready, state: State, flow: ReadyFlow, at: int) -> None:
    """Puts the moment at which `include existing` enrols into the agenda."""
    heappush(state.agenda, Alarm(at, OPENING, flow.index))
