"""The order of one instant, compiled: `at` lines, outside events, answers, timers, then what these caused.

The twin of machine.wake.
"""

from __future__ import annotations

from flowdsl.calendar.clock import NEVER
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.actions import deliver
from flowdsl.sim.fast.capacity import take_slot
from flowdsl.sim.fast.cells import event, remember
from flowdsl.sim.fast.conditions import meets
from flowdsl.sim.fast.data import Data
from flowdsl.sim.fast.entry import enter_by_clock, enter_by_event, enter_by_start, enter_existing, not_active
from flowdsl.sim.fast.heap import pop
from flowdsl.sim.fast.rows import write_row
from flowdsl.sim.fast.runs import (
    end,
    find_run,
    flow_at,
    may_be_answered,
    next_run,
    node_at,
    node_of,
    report_planned,
    report_run,
    spend,
    stop_all,
    take,
    told,
    unsubscribe,
)
from flowdsl.sim.fast.schedule import next_moment, schedule, schedule_opening
from flowdsl.sim.fast.steps import move_date, walk
from flowdsl.sim.fast.words import HalfWords, PlanWords, StateWords, Words

STEPS = (1 << at.STEP_BITS) - 1
NUMBERS = (1 << at.RUN_BITS) - 1
FLOWS = (1 << at.FLOW_BITS) - 1


# --- the agenda -------------------------------------------------------------------------------------------------------


def next_due(p: PlanWords, s: StateWords) -> int:
    """When this contact must be woken next; alarms that no longer count are dropped."""
    while s[at.N_AGENDA] > 0 and not _rings(p, s, s[at.AGENDA]):
        _drop(s)
    due = s[s[at.AGENDA]] if s[at.N_AGENDA] > 0 else NEVER
    return min(due, _next_control(p, s)) if p[at.N_CONTROLS] else due


def _drop(s: StateWords) -> None:
    pop(s, s[at.AGENDA], s[at.N_AGENDA], at.ALARM_WIDTH)
    s[at.N_AGENDA] -= 1


def _trigger_of(p: PlanWords, order: int) -> int:
    flow = flow_at(p, order >> (at.RUN_BITS + at.STEP_BITS) & FLOWS)
    return int(p[flow + at.F_TRIGGERS] + (order & STEPS) * at.TRIGGER_WIDTH)


def _rings(p: PlanWords, s: StateWords, alarm: int) -> bool:
    """Whether an alarm still counts: its run is there and has set no later one; its date has not moved."""
    due, order = s[alarm], s[alarm + 1]
    number = order >> at.STEP_BITS & NUMBERS
    if number:
        run = find_run(s, order >> (at.RUN_BITS + at.STEP_BITS) & FLOWS, number)
        return run >= 0 and s[run + at.R_TOKEN] == s[alarm + 2]
    if order & at.IS_TIMER == 0:
        return True
    return next_moment(p, s, _trigger_of(p, order), due) == due


def _next_control(p: PlanWords, s: StateWords) -> int:
    """The next `at` line that can matter to this contact; the others are caught up with when something happens."""
    for n in range(s[at.LIVED], p[at.N_CONTROLS]):
        control = p[at.CONTROLS] + n * at.CONTROL_WIDTH
        verb = p[control + at.C_VERB]
        opens = verb == at.ACTIVATE or verb == at.RESUME or verb == at.REPLACE
        if s[at.N_LIVE] > 0 or (opens and p[flow_at(p, p[control + at.C_ON]) + at.F_INCLUDE]):
            return int(p[control + at.C_AT])
    return NEVER


def catch_up(p: PlanWords, s: StateWords, t: Words, o: HalfWords, d: Data, now: int) -> None:
    """Lets everything due before `now` happen, for a driver that comes late."""
    if p[at.N_CONTROLS] or (s[at.N_AGENDA] > 0 and s[s[at.AGENDA]] < now):
        due = next_due(p, s)
        while due < now and s[at.FULL] == 0:
            live_through(p, s, t, o, d, due, 0, 0, False)
            due = next_due(p, s)


def live_through(
    p: PlanWords, s: StateWords, t: Words, o: HalfWords, d: Data, now: int, first: int, stop: int, answers: bool
) -> None:
    """One instant in its order; first to stop: the rows of the outside events that happen in it."""
    s[at.ROUND], s[at.STEPS] = 0, 0
    last = s[at.GRANT_NUMBER]
    live_controls(p, s, t, o, now)
    _ring(p, s, t, o, now, False)
    for row in range(first, stop):
        load(p, s, d, row)
        _happen(p, s, t, o, now, False)
        if s[at.FULL]:
            return
    if answers:
        _let_rates_happen(p, s, t, o, now)
        _let_answers_happen(p, s, t, o, now)
        _let_slots_come(p, s, t, o, now, last)
    _ring(p, s, t, o, now, True)
    s[at.TAKEN] = 0
    while s[at.TAKEN] < s[at.N_CAUSED] and s[at.FULL] == 0:
        _take_caused(p, s, t, o, now, s[at.CAUSED] + s[at.TAKEN] * at.CAUSED_WIDTH)
        s[at.TAKEN] += 1
    s[at.N_CAUSED] = 0


def _take_caused(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, caused: int) -> None:
    if s[caused + at.Q_EVENT] == at.IS_START:
        enter_by_start(p, s, t, o, now, s[caused + at.Q_NAME], s[caused + at.Q_OBJECT], s[caused + at.Q_SEND])
        return
    spend(p, s, told(s))
    happens(p, s, s[caused + at.Q_EVENT], s[caused + at.Q_NAME], s[caused + at.Q_OBJECT], s[caused + at.Q_SEND])
    _happen(p, s, t, o, now, True)


def _let_rates_happen(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int) -> None:
    for number in range(p[at.N_RATES]):
        if s[s[at.RATE_DUE] + 3 * number + 2]:
            s[s[at.RATE_DUE] + 3 * number + 2] = 0
            rate = p[at.RATES] + number * at.RATE_WIDTH
            happens(p, s, p[rate + at.RATE_EVENT], p[rate + at.RATE_NAME], at.NOTHING, -1)
            says(p, s, p[rate + at.RATE_FIELDS])
            _happen(p, s, t, o, now, False)


def _let_answers_happen(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int) -> None:
    while s[at.N_ANSWERS] > 0 and s[s[at.ANSWERS]] <= now and s[at.FULL] == 0:
        take_answer(p, s)
        _happen(p, s, t, o, now, False)


def take_answer(p: PlanWords, s: StateWords) -> None:
    """Makes the first of the answers to come the happening at hand."""
    top = s[at.ANSWERS]
    line, name, identity, send = s[top + 1] >> 32, s[top + 2], s[top + 3], s[top + 4]
    pop(s, top, s[at.N_ANSWERS], at.ANSWER_WIDTH)
    s[at.N_ANSWERS] -= 1
    spend(p, s, max(s[at.TOLD], 1))
    s[at.LAST_CAUSE] = 1 + line
    happens(p, s, p[p[at.EXPECTS] + 2 * line], name, identity, send)
    says(p, s, p[p[at.EXPECTS] + 2 * line + 1])


def _let_slots_come(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, last: int) -> None:
    """Sends the messages whose slots of a limited channel have come, but for those given in this very instant."""
    top = s[at.GRANTED]
    while s[at.N_GRANTED] > 0 and s[top] <= now and s[top + 1] <= last and s[at.FULL] == 0:
        run = take_slot(s)
        if run >= 0 and s[run + at.R_MODE] == at.QUEUED and deliver(p, s, t, o, now, run):
            walk(p, s, t, o, now, run, p[node_of(p, s, run) + at.N_NEXT])


def happens(p: PlanWords, s: StateWords, number: int, name: int, identity: int, send: int) -> None:
    """Makes an event without fields the happening at hand."""
    happening = s[at.HAPPENING]
    s[happening + at.H_EVENT] = number
    s[happening + at.H_NAME] = name
    s[happening + at.H_OBJECT] = identity
    s[happening + at.H_SEND] = send
    for field in range(p[at.N_FIELDS]):
        s[happening + at.H_FIELDS + 2 * field] = at.MISSING


def says(p: PlanWords, s: StateWords, fields: int) -> None:
    """Gives the happening at hand its fields ([n, field, text…]), all of them texts."""
    cells = s[at.HAPPENING] + at.H_FIELDS
    for n in range(p[fields]):
        cell = cells + 2 * p[fields + 1 + 2 * n]
        s[cell], s[cell + 1] = at.TEXT, p[fields + 2 + 2 * n]


def load(p: PlanWords, s: StateWords, d: Data, row: int) -> None:
    """Makes a row of the events table the happening at hand."""
    happening = s[at.HAPPENING]
    s[happening + at.H_EVENT] = d.event_kinds[row]
    s[happening + at.H_NAME] = d.event_names[row]
    s[happening + at.H_OBJECT] = d.event_objects[row]
    s[happening + at.H_SEND] = -1
    for field in range(p[at.N_FIELDS]):
        s[happening + at.H_FIELDS + 2 * field] = d.event_cells[field, row]
        s[happening + at.H_FIELDS + 2 * field + 1] = d.event_words[field, row]


def _ring(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, timers: bool) -> None:
    """Lets the alarms of this instant ring, in their order: the openings first, later the timers too."""
    top = s[at.AGENDA]
    while s[at.N_AGENDA] > 0 and s[top] <= now and (timers or s[top + 1] & at.IS_TIMER == 0) and s[at.FULL] == 0:
        order, rings = s[top + 1], _rings(p, s, top)
        _drop(s)
        if rings:
            _ring_one(p, s, t, o, now, order)


def _ring_one(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, order: int) -> None:
    flow, number = order >> (at.RUN_BITS + at.STEP_BITS) & FLOWS, order >> at.STEP_BITS & NUMBERS
    if number:
        _time_is_up(p, s, t, o, now, find_run(s, flow, number))
    elif order & at.IS_TIMER == 0:
        enter_existing(p, s, t, o, now, flow)
    else:
        trigger = _trigger_of(p, order)
        schedule(p, s, trigger, now + 1)
        enter_by_clock(p, s, t, o, now, trigger)


def _time_is_up(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int) -> None:
    """A wait is over, or the send window of a held message opens."""
    number = s[run + at.R_NODE]
    if s[run + at.R_MODE] != at.HELD:
        node = node_at(p, flow_at(p, s[run + at.R_FLOW]), number)
        if p[node + at.N_EFFECT] == at.HAPPENS:
            take(p, s, run, node, 1)
        number = p[node + at.N_NEXT]
    walk(p, s, t, o, now, run, number)


# --- one event, taken whole -------------------------------------------------------------------------------------------


def _happen(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, caused: bool) -> None:
    """The happening at hand changes state and counts, then runs leave, then waits wake, then new runs start."""
    happening = s[at.HAPPENING]
    number = s[happening + at.H_EVENT]
    kind = event(p, number)
    if number:
        remember(p, s, now, caused)
        if p[kind + at.E_UNSUBSCRIBES] and not caused:
            unsubscribe(p, s, t, o, now, s[happening + at.H_NAME])
        if p[kind + at.E_ECHO] or (not caused and p[kind + at.E_KNOWN]):
            echo(p, s, t, o, now, number, kind)
    if s[at.N_LIVE] > 0:
        _tell_runs(p, s, t, o, now, kind)
    if number and p[kind + at.E_N_ENTRIES]:
        enter_by_event(p, s, t, o, now, caused)


def echo(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, number: int, kind: int) -> None:
    happening, about = s[at.HAPPENING], p[kind + at.E_ABOUT]
    name, identity = s[happening + at.H_NAME], s[happening + at.H_OBJECT]
    write_row(p, s, t, o, now, at.EVENT_ROW, number, 0, 0, name, 0, at.NOTHING, about, -1, identity, NEVER, 0)
    if p[kind + at.E_RECEIVED] == 0:
        channel, send = p[kind + at.E_CHANNEL_TEXT], s[happening + at.H_SEND]
        may_be_answered(p, s, now, number, channel, name, send, about, identity, False)


def _tell_runs(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, kind: int) -> None:
    """Those under way leave, or wake; who leaves or is stopped on the way is not asked again."""
    snap, count = s[at.SNAP], s[at.N_LIVE]
    for n in range(count):
        s[snap + n] = s[s[at.LIVE] + n]
    for n in range(count):
        maybe_leave(p, s, t, o, now, s[snap + n], kind)
    for n in range(count):
        if s[s[snap + n] + at.R_MODE] == at.WAITING:
            _maybe_wake(p, s, t, o, now, s[snap + n])


def maybe_leave(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int, kind: int) -> None:
    flow = flow_at(p, s[run + at.R_FLOW])
    for n in range(p[flow + at.F_N_LEAVES]):
        leave = p[flow + at.F_LEAVES] + n * at.LEAVE_WIDTH
        if meets(p, s, run, p[leave + at.LEAVE_OCCASION], now):
            status = p[leave + at.LEAVE_STATUS]
            said = at.CONVERTED if status == at.IS_CONVERTED else at.EXITED
            met = p[kind + at.E_NAME] if p[kind + at.E_NAME] != at.NOTHING else at.CONDITION_MET
            end(p, s, t, o, now, run, status, met, said)
            return


def _maybe_wake(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int) -> None:
    node = node_at(p, flow_at(p, s[run + at.R_FLOW]), s[run + at.R_NODE])
    if p[node + at.N_EFFECT] == at.RELATIVE:
        move_date(p, s, t, o, now, run)
    elif p[node + at.N_EFFECT] == at.HAPPENS and meets(p, s, run, p[node + at.F], now):
        s[run + at.R_HAPPENED] = 1
        take(p, s, run, node, 0)
        walk(p, s, t, o, now, run, p[node + at.N_NEXT])


# --- at lines ---------------------------------------------------------------------------------------------------------


def live_controls(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int) -> None:
    """Lives through the `at` lines up to a moment."""
    while s[at.LIVED] < p[at.N_CONTROLS] and p[p[at.CONTROLS] + s[at.LIVED] * at.CONTROL_WIDTH + at.C_AT] <= now:
        s[at.LIVED] += 1
        _control(p, s, t, o, p[at.CONTROLS] + (s[at.LIVED] - 1) * at.CONTROL_WIDTH)


def _control(p: PlanWords, s: StateWords, t: Words, o: HalfWords, control: int) -> None:
    verb, flow = p[control + at.C_VERB], p[control + at.C_FLOW]
    now = max(p[control + at.C_AT], p[at.BEGIN])
    if verb == at.ACTIVATE or (verb == at.RESUME and not_active(p, s, flow) == at.PAUSED):
        _activate(p, s, t, o, now, flow)
    elif verb == at.DEACTIVATE:
        s[s[at.SWITCH] + flow] = at.DEACTIVATED
        if p[control + at.C_CANCEL]:
            stop_all(p, s, t, o, now, flow, at.DEACTIVATED)
    elif verb == at.PAUSE:
        s[s[at.STOPPED_FOR] + flow] = 1
    elif verb == at.RESUME:
        _resume(p, s, t, o, now, flow)
    elif verb == at.REPLACE:
        s[s[at.SWITCH] + flow] = at.REPLACED
        _activate(p, s, t, o, now, p[control + at.C_ON])
    elif p[control + at.C_CONTACT] == at.EVERYBODY or p[control + at.C_CONTACT] == s[at.CONTACT]:
        stop_all(p, s, t, o, now, flow, at.STOPPED)


def _activate(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, flow: int) -> None:
    was_off = not_active(p, s, flow) != at.NOTHING
    s[s[at.SWITCH] + flow] = at.NOTHING
    _resume(p, s, t, o, now, flow)
    if was_off and p[flow_at(p, flow) + at.F_INCLUDE]:
        schedule_opening(p, s, flow, now)


def _resume(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, flow: int) -> None:
    """Frozen runs go on: their waits are late, and say themselves what being late means."""
    if s[s[at.STOPPED_FOR] + flow] == 0:
        return
    s[s[at.STOPPED_FOR] + flow] = 0
    run = next_run(s, flow, 0)
    while run >= 0:
        number = s[run + at.R_NUMBER]
        if s[run + at.R_MODE] == at.FROZEN:
            _thaw(p, s, t, o, now, run)
        run = next_run(s, flow, number)


def _thaw(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int) -> None:
    if s[run + at.R_PAST] == at.LEAVE:
        end(p, s, t, o, now, run, at.IS_COMPLETED, at.DATE_PASSED, at.COMPLETED)
        return
    if s[run + at.R_PAST] == at.SKIP and s[run + at.R_SKIP] == at.NOTHING:
        s[run + at.R_SKIP] = at.DATE_PASSED
    walk(p, s, t, o, now, run, s[run + at.R_NODE])


# --- the end ----------------------------------------------------------------------------------------------------------


def finish(p: PlanWords, s: StateWords, t: Words, o: HalfWords, until: int) -> None:
    """The rows of what is still under way when a simulation ends."""
    for n in range(s[at.N_LIVE]):
        run = s[s[at.LIVE] + n]
        report_run(p, s, t, o, until, run, at.IS_PENDING, s[run + at.R_MODE], s[run + at.R_DUE])
        report_planned(p, s, t, o, until, run, at.IS_PLANNED, at.NOTHING)
