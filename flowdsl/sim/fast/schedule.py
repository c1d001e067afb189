"""The alarms that start runs, compiled: date triggers, schedules and `include existing`.

The twin of machine.schedule. An alarm of a trigger is a timer of run 0 whose step is the trigger's number.
"""

from __future__ import annotations

from flowdsl.calendar.clock import NEVER, date_at, local_day, next_at, next_month_day, next_yearly
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.conditions import NO_DATE_THERE, moment_of, zone_at
from flowdsl.sim.fast.runs import alarm, flow_at, order_of
from flowdsl.sim.fast.words import PlanWords, StateWords


def next_moment(p: PlanWords, s: StateWords, trigger: int, since: int) -> int:
    """When a date or calendar trigger comes next at or after `since`; NEVER when it does not."""
    number = p[flow_at(p, p[trigger + at.T_FLOW]) + at.F_ZONE]
    zone = zone_at(p, s, number)
    if p[trigger + at.T_KIND] == at.ON_SCHEDULE:
        minute = p[trigger + at.T_MINUTE]
        if p[trigger + at.T_MONTH_DAY] == 0:
            return int(next_at(since, p[trigger + at.T_DAYS], minute, zone))
        return int(next_month_day(since, p[trigger + at.T_MONTH_DAY], minute, zone))
    cell = s[at.COLUMNS] + 2 * p[trigger + at.T_COLUMN]
    kind, value = s[cell], s[cell + 1]
    sign = p[trigger + at.T_SIGN]
    months, days, ms = sign * p[trigger + at.T_MONTHS], sign * p[trigger + at.T_DAYS], sign * p[trigger + at.T_MS]
    minute = p[trigger + at.T_MINUTE]
    if p[trigger + at.T_YEARLY] and (kind == at.DATE or kind == at.TIME):
        born = value if kind == at.DATE else local_day(value, zone)
        return int(next_yearly(since, born, max(minute, 0), zone, months, days, ms))
    due = moment_of(kind, value, months, days, ms, minute, zone)
    return due if due >= since and due != NO_DATE_THERE else NEVER


def schedule(p: PlanWords, s: StateWords, trigger: int, since: int) -> None:
    """Puts the trigger's next moment at or after `since` into the agenda, if there is one that is not there yet."""
    due = next_moment(p, s, trigger, since)
    if due >= NEVER:
        return
    order = order_of(p[trigger + at.T_FLOW], 0, p[trigger + at.T_NUMBER])
    for n in range(s[at.N_AGENDA]):
        place = s[at.AGENDA] + n * at.ALARM_WIDTH
        if s[place] == due and s[place + 1] == order:
            return
    alarm(s, due, order, 0)


def schedule_all(p: PlanWords, s: StateWords, now: int) -> None:
    """Puts the first alarm of every date and calendar trigger into the agenda; a moment at `now` counts."""
    for number in range(p[at.N_FLOWS]):
        flow = flow_at(p, number)
        for n in range(p[flow + at.F_N_TRIGGERS]):
            trigger = p[flow + at.F_TRIGGERS] + n * at.TRIGGER_WIDTH
            if p[trigger + at.T_KIND] != at.ON_EVENT:
                schedule(p, s, trigger, now)


def schedule_dates(p: PlanWords, s: StateWords, now: int, column: int) -> None:
    """Sets the alarms of date triggers anew when their column has changed."""
    listed = p[p[at.COLUMN_TRIGGERS] + column]
    for n in range(p[listed]):
        schedule(p, s, p[listed + 1 + n], now + 1)


def moment(p: PlanWords, s: StateWords, flow: int, day: int, minute: int) -> int:
    """A date and a minute of the day on a flow's clock."""
    return int(date_at(day, minute, zone_at(p, s, p[flow + at.F_ZONE])))


def schedule_opening(p: PlanWords, s: StateWords, number: int, now: int) -> None:
    """Puts the moment at which `include existing` enrols into the agenda: now, or when the flow starts.

    A flow that becomes active enrols who is there at that moment.
    """
    flow = flow_at(p, number)
    due = now
    if p[flow + at.F_STARTS]:
        due = max(now, moment(p, s, flow, p[flow + at.F_START_DAY], p[flow + at.F_START_MINUTE]))
    if due >= s[at.BORN]:
        alarm(s, due, number << (at.RUN_BITS + at.STEP_BITS), 0)
