"""Simulates one contact: `wake` takes its state and inputs, and gives the new state, rows and the next due time.

The order within one instant (docs/reference/language.md#instant-order) is written here and nowhere else: `at` lines,
outside events, answers, timers by (flow, run, step), then what these caused, first in first out. A driver only knows
"call me at next_due".
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop
from typing import NamedTuple, TypeAlias

from flowdsl.calendar.clock import NEVER
from flowdsl.machine import entry, memory, schedule
from flowdsl.machine.actions import ask, deliver
from flowdsl.machine.conditions import latest, message_keys
from flowdsl.machine.controls import Control
from flowdsl.machine.failed import Failed, fail
from flowdsl.machine.instant import (
    Instant,
    Request,
    Start,
    alarm,
    end,
    in_order,
    planned,
    report,
    spend,
    stop_all,
    take,
    told,
    trace,
    unsubscribe,
)
from flowdsl.machine.listening import NO_EVENT, Happening, Listener, ReadyOccasion
from flowdsl.machine.ready import Ready, ReadyFlow
from flowdsl.machine.state import OPENING, TIMER, Alarm, Run, State
from flowdsl.machine.steps import go_on, move_date, walk
from flowdsl.machine.update import Update, apply
from flowdsl.results.records import Record, event_row, run_row


class Slot(NamedTuple):
    """The answer to a Request: the slot of this run has come."""

    flow: int
    run: int


Input: TypeAlias = Happening | Slot | Update | Failed


class WakeResult(NamedTuple):
    """What a wake leaves: the state to go on with, its rows, the slots of capacity it asks for, and when to wake next
    (NEVER: nothing is due)."""

    state: State
    records: list[Record]
    requests: list[Request]
    next_due: int


def begin(ready: Ready, state: State) -> int:
    """Puts the triggers that come of themselves into a new contact's agenda; gives the first due time.

    Call it once, after rows before the start have been remembered, with the contact's cells filled in. Who comes later
    than the flows begin finds them as `at` lines have switched them until then.
    """
    born = max(state.born, ready.start)
    schedule.schedule_all(ready, state, born)
    for flow in ready.includes:
        if not entry.switched_off(state, flow):
            _open(ready, state, flow, ready.start)
    i = Instant(ready, state, born)
    while state.controls < len(ready.controls) and ready.controls[state.controls].at < born:
        state.controls += 1
        _control(i, ready.controls[state.controls - 1])
    return next_due(ready, state)


def _open(ready: Ready, state: State, flow: ReadyFlow, now: int) -> None:
    """`include existing` of a flow that becomes active: it enrols who is there at that moment."""
    at = entry.opening(state, flow, now)
    if at >= state.born:
        schedule.schedule_opening(ready, state, flow, at)


def wake(ready: Ready, state: State, inputs: Sequence[Input], now: int) -> WakeResult:
    """Lets everything due up to `now` happen, and at `now` the inputs: outside events in table order, then answers.

    The state is used up: go on with the one that comes back. Nothing else is touched, nothing is drawn but the splits'
    keyed chance, so the same arguments give the same result anywhere.
    """
    for one in inputs:
        if isinstance(one, (Update, Failed)):
            one.check()
    i = Instant(ready, state, now)
    if state.carried is not None:
        _request_again(i)
    if ready.controls or (state.agenda and state.agenda[0].due < now):  # a driver that comes late
        while (due := next_due(ready, state)) < now:
            i.now = due
            _live_through(i, ())
        i.now = now
    if state.carried is not None:
        _settle(i, state.carried)
    _live_through(i, inputs)
    return WakeResult(state, i.records, i.requests, next_due(ready, state))


def next_due(ready: Ready, state: State) -> int:
    """When this contact must be woken next, if nothing happens before; alarms that no longer count are dropped."""
    agenda = state.agenda
    while agenda and not _rings(ready, state, agenda[0]):
        heappop(agenda)
    due = agenda[0].due if agenda else NEVER
    return min(due, _next_control(ready, state)) if ready.controls else due


def finish(ready: Ready, state: State, until: int) -> list[Record]:
    """The rows of what is still under way when a simulation ends: pending runs and their planned actions."""
    i = Instant(ready, state, until)
    for run in in_order(i):
        flow = ready.flows[run.flow]
        about = (run.object_kind, run.object_id)
        row = run_row(
            until, flow.name, run.number, flow.nodes[run.node].id, "pending", run.mode, *about, run.due, run.path
        )
        i.records.append(row)
        for at in planned(flow, run):
            report(i, flow, run, at, "planned", due=run.due)
    return i.records


def _request_again(i: Instant) -> None:
    """The first wake under an edited plan: requests name flows by number, so queued messages request slots anew."""
    queued = [run for run in in_order(i) if run.mode == "queued"]
    for run in sorted(queued, key=lambda one: one.asked):
        ask(i, i.ready.flows[run.flow], run)


def _settle(i: Instant, new_flows: Sequence[str]) -> None:
    """The first wake under an edited plan: runs whose step is gone go on now, and new triggers come from now on."""
    i.state.carried = None
    for run in in_order(i):
        if run.mode == "moved":
            run.mode = "held"
            alarm(i, run, i.now)
    schedule.schedule_all(i.ready, i.state, i.now + 1)
    for flow in i.ready.includes:
        if flow.name in new_flows and not entry.switched_off(i.state, flow):
            _open(i.ready, i.state, flow, i.now)


# --- the agenda -------------------------------------------------------------------------------------------------------


def _rings(ready: Ready, state: State, alarm: Alarm) -> bool:
    """Whether an alarm still counts: its run is there and has set no later one; its date has not moved."""
    if alarm.run:
        run = state.runs.get((alarm.flow, alarm.run))
        return run is not None and run.token == alarm.token
    if alarm.kind == OPENING:
        return True
    return schedule.next_moment(ready, state, ready.flows[alarm.flow].triggers[alarm.step], alarm.due) == alarm.due


def _next_control(ready: Ready, state: State) -> int:
    """The next `at` line that can matter to this contact; the others are caught up with when something happens."""
    for control in ready.controls[state.controls :]:
        if state.runs or (
            control.line.verb in ("activate", "resume", "replace") and ready.flows[control.on].enter.include_existing
        ):
            return control.at
    return NEVER


def _live_through(i: Instant, inputs: Sequence[Input]) -> None:
    """One instant in its order."""
    i.steps = 0
    controls, state, agenda = i.ready.controls, i.state, i.state.agenda
    while state.controls < len(controls) and controls[state.controls].at <= i.now:
        state.controls += 1
        _control(i, controls[state.controls - 1])
    if agenda and agenda[0][:2] <= (i.now, OPENING):
        _ring(i, OPENING)
    for one in inputs:
        if isinstance(one, Slot):
            _grant(i, one)
        elif isinstance(one, Failed):
            fail(i, one)
        elif isinstance(one, Update):
            apply(i.ready, i.state, one, i.now)
            _happen(i, NO_EVENT, caused=True)  # only runs and waits look at what is new
        else:
            _happen(i, one, caused=False)
    if agenda and agenda[0].due <= i.now:
        _ring(i, TIMER)
    for caused in i.caused:  # grows while it is gone through: first in, first out
        if isinstance(caused, Start):
            entry.enter_by_start(i, caused.flow, caused.object_kind, caused.object_id)
        else:
            spend(i.ready, i.state, told(i.state))
            _happen(i, caused, caused=True)
    i.caused.clear()


def _ring(i: Instant, last_kind: int) -> None:
    """Lets the alarms of this instant ring, up to a class, in their order."""
    agenda = i.state.agenda
    while agenda and agenda[0].due <= i.now and agenda[0].kind <= last_kind:
        alarm = heappop(agenda)
        if _rings(i.ready, i.state, alarm):
            flow = i.ready.flows[alarm.flow]
            if alarm.run:
                _time_is_up(i, flow, i.state.runs[(alarm.flow, alarm.run)])
            elif alarm.kind == OPENING:
                entry.enter_existing(i, flow)
            else:
                schedule.schedule(i.ready, i.state, flow.triggers[alarm.step], i.now + 1)
                entry.enter_by_clock(i, flow.triggers[alarm.step])


def _time_is_up(i: Instant, flow: ReadyFlow, run: Run) -> None:
    """A wait is over, or the send window of a held message opens."""
    if run.mode == "held":
        walk(i, flow, run)
        return
    if flow.occasions[run.node] is not None:
        take(flow, run, 1)
    trace(i, flow, run, "timeout")
    go_on(i, flow, run, flow.ports[run.node][0])


def _grant(i: Instant, slot: Slot) -> None:
    run = i.state.runs.get((slot.flow, slot.run))
    if run is not None and run.mode == "queued":
        flow = i.ready.flows[slot.flow]
        if deliver(i, flow, run):
            go_on(i, flow, run, flow.ports[run.node][0])


# --- one event, taken whole -------------------------------------------------------------------------------------------


def _happen(i: Instant, happening: Happening, *, caused: bool) -> None:
    """An event changes state and counts, then runs leave, then waits wake, then new runs start.

    docs/reference/language.md#event-order is the rule.
    """
    if happening.event:
        happening = memory.remember(i.ready, i.state, happening, i.now, caused=caused)
        if happening.event in i.ready.unsubscribes and not caused:
            unsubscribe(i, happening.name)
        if happening.event in i.ready.echo or (not caused and happening.event in i.ready.events):
            _echo(i, happening)
    if i.state.runs:
        runs = in_order(i)
        for run in runs:
            _maybe_leave(i, run, happening)
        for run in runs:
            if run.mode == "waiting":
                _maybe_wake(i, run, happening)
    if happening.event:
        entry.enter_by_event(i, happening, caused)


def _echo(i: Instant, h: Happening) -> None:
    kind = i.ready.events[h.event]
    row = event_row(i.now, h.event, h.name, kind.channel, kind.about, h.object_id, h.send, h.fields)
    i.records.append(row)


def _maybe_leave(i: Instant, run: Run, happening: Happening) -> None:
    flow = i.ready.flows[run.flow]
    for leave, occasion in flow.leaves:
        if _meets(i, run, occasion, happening):
            end(i, flow, run, leave.status, happening.event or "condition met")  # `set plan to "pro"` is no event
            return


def _maybe_wake(i: Instant, run: Run, happening: Happening) -> None:
    flow = i.ready.flows[run.flow]
    occasion = flow.occasions[run.node]
    if occasion is None:
        if flow.readers[run.node]:
            move_date(i, flow, run)
    elif _meets(i, run, occasion, happening):
        run.happened = True
        take(flow, run, 0)
        trace(i, flow, run, "happened", happening.event)
        go_on(i, flow, run, flow.ports[run.node][0])


def _meets(i: Instant, run: Run, occasion: ReadyOccasion, happening: Happening) -> bool:
    """Whether this event, or the state it leaves, is what the run looks for."""
    if any(_hears(i, run, listener, happening) for listener in occasion.events.get(happening.event, ())):
        return True
    return occasion.test is not None and occasion.test(i.state, run, i.now)


def _hears(i: Instant, run: Run, listener: Listener, happening: Happening) -> bool:
    """An event by name; of the run's own object when it is about one; for answers, to the right send."""
    if not listener.match(happening):
        return False
    if listener.about and listener.about == run.object_kind and happening.object_id != run.object_id:
        return False
    if not listener.channels:
        return True
    sent = latest(i.state, run, message_keys(listener.channels, happening.name))
    return sent is not None and sent.index == happening.send


# --- at lines ---------------------------------------------------------------------------------------------------------


def _control(i: Instant, control: Control) -> None:
    line, flow = control.line, i.ready.flows[control.flow]
    now = Instant(i.ready, i.state, max(control.at, i.ready.start), i.records, i.requests, i.caused)
    match line.verb:
        case "activate":
            _activate(now, flow)
        case "deactivate":
            i.state.switches[flow.name] = "deactivated"
            if line.cancel:
                stop_all(now, flow, "deactivated")
        case "pause":
            if flow.name not in i.state.paused:
                i.state.paused.append(flow.name)
        case "resume" if entry.not_active(i.state, flow) == "paused":  # as it is written
            _activate(now, flow)
        case "resume":
            _resume(now, flow)
        case "replace":
            i.state.switches[flow.name] = "replaced"
            _activate(now, i.ready.flows[i.ready.flow_numbers[line.by]])
        case "stop":
            if line.contact in ("", i.state.contact):
                stop_all(now, flow, "stopped")


def _activate(i: Instant, flow: ReadyFlow) -> None:
    was_off = bool(entry.not_active(i.state, flow))
    i.state.switches[flow.name] = ""
    _resume(i, flow)
    if was_off and flow.enter.include_existing:
        _open(i.ready, i.state, flow, i.now)


def _resume(i: Instant, flow: ReadyFlow) -> None:
    """Frozen runs go on: their waits are late, and say themselves what being late means."""
    if flow.name in i.state.paused:
        i.state.paused.remove(flow.name)
        for run in in_order(i):
            if run.flow == flow.index and run.mode == "frozen":
                _thaw(i, flow, run)


def _thaw(i: Instant, flow: ReadyFlow, run: Run) -> None:
    if run.past == "exit":
        end(i, flow, run, "completed", "date passed")
        return
    if run.past == "skip":
        run.skip = run.skip or "date passed"
    walk(i, flow, run)
