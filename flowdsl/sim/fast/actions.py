"""How an action is taken, compiled: the tests of a send in their order, then what it changes and what it causes.

The twin of machine.actions.
"""

from __future__ import annotations

from flowdsl.calendar.clock import NEVER, Window, open_again
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.capacity import ask, is_limited
from flowdsl.sim.fast.caps import book_out, capped
from flowdsl.sim.fast.cells import make_object, message, new_send, put, run_message, set_flag
from flowdsl.sim.fast.conditions import test, zone_at
from flowdsl.sim.fast.runs import (
    cause,
    end,
    flow_at,
    is_paused,
    node_at,
    queue,
    report,
    ring_at,
    stop_all,
    unsubscribe,
)
from flowdsl.sim.fast.schedule import schedule_dates
from flowdsl.sim.fast.words import HalfWords, PlanWords, StateWords, Words, as_decimal

FLAG_RECEIVED = 2


def act(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int, node: int) -> bool:
    """Takes the action a run stands at; False when the run now rests (frozen, held, queued) or is gone."""
    flow = flow_at(p, s[run + at.R_FLOW])
    if is_paused(s, s[run + at.R_FLOW]):
        return hold(s, now, run, at.FROZEN, now)
    reason = s[run + at.R_SKIP]
    if reason == at.NOTHING and (
        test(p, s, run, p[flow + at.F_UNLESS], now) or test(p, s, run, p[node + at.N_TEST], now)
    ):
        reason = at.UNLESS
    if p[node + at.N_EFFECT] == at.SEND:
        return _send(p, s, t, o, now, run, flow, node, reason)
    _finish(p, s, t, o, now, run, flow, reason)
    if reason == at.NOTHING:
        _change(p, s, t, o, now, run, node)
    return s[run + at.R_MODE] != at.GONE


def _finish(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int, flow: int, reason: int) -> None:
    """Writes the action's row and counts the visit."""
    number = s[run + at.R_NODE]
    report(p, s, t, o, now, run, number, at.IS_DONE if reason == at.NOTHING else at.IS_SKIPPED, reason, NEVER)
    if p[flow + at.F_LOOPS]:
        s[run + p[at.RUN_VISITS] + number] += 1


def hold(s: StateWords, now: int, run: int, mode: int, due: int) -> bool:
    """Lets a run rest before its action until `due`, or until something else moves it; always False."""
    s[run + at.R_MODE] = mode
    if now < due < NEVER:
        ring_at(s, run, due)
    else:
        s[run + at.R_DUE] = due
        s[run + at.R_TOKEN] = 0
    return False


# --- messages ---------------------------------------------------------------------------------------------------------


def _send(
    p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int, flow: int, node: int, reason: int
) -> bool:
    if p[node + at.D] == 0 and reason == at.NOTHING:
        reason = refused(s, s[s[at.CHANNELS] + p[node + at.A]], p[node + at.E])
        if reason == at.NOTHING and p[node + at.E] == 0:
            later = opening(p, s, now, flow)
            if later > now:
                return hold(s, now, run, at.HELD, later)
            reason = capped(p, s, now, p[node + at.A])
    if reason == at.NOTHING and is_limited(p, p[node + at.A]):
        s[run + at.R_ASKED] = now
        ask(s, t, now, p[node + at.A], run)
        return hold(s, now, run, at.QUEUED, now)
    _deliver(p, s, t, o, now, run, flow, node, reason)
    return True


def deliver(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int) -> bool:
    """Sends the message whose slot has come, if still it may go; False when its flow is paused, and it is frozen."""
    flow = flow_at(p, s[run + at.R_FLOW])
    node = node_at(p, flow, s[run + at.R_NODE])
    if is_paused(s, s[run + at.R_FLOW]):
        book_out(p, s, run, node)
        return hold(s, now, run, at.FROZEN, now)
    reason = at.NOTHING
    if test(p, s, run, p[flow + at.F_UNLESS], now) or test(p, s, run, p[node + at.N_TEST], now):
        reason = at.UNLESS
    elif p[node + at.D] == 0:
        reason = refused(s, s[s[at.CHANNELS] + p[node + at.A]], p[node + at.E])
    if reason != at.NOTHING:
        book_out(p, s, run, node)
    _deliver(p, s, t, o, now, run, flow, node, reason)
    return True


def refused(s: StateWords, channel: int, transactional: int) -> int:
    """Consent, then suppression; a transactional message minds only a bounce."""
    if transactional == 0:
        if channel & at.REFUSED:
            return at.NO_CONSENT
        if channel & at.HAS_UNSUBSCRIBED:
            return at.UNSUBSCRIBED
    return at.BOUNCED if channel & at.HAS_BOUNCED else at.NOTHING


def opening(p: PlanWords, s: StateWords, now: int, flow: int) -> int:
    """When every send window is open next; now when they are."""
    if p[flow + at.F_WINDOWS] == 0:
        return now
    zone = zone_at(p, s, p[flow + at.F_ZONE])
    first = Window(p[flow + at.F_DAYS], p[flow + at.F_OPEN], p[flow + at.F_CLOSE])
    if p[flow + at.F_WINDOWS] == 1:
        return int(open_again(now, ((first, zone),)))
    second = Window(p[flow + at.F_DAYS_2], p[flow + at.F_OPEN_2], p[flow + at.F_CLOSE_2])
    return int(open_again(now, ((first, zone), (second, zone))))


def _deliver(
    p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int, flow: int, node: int, reason: int
) -> None:
    _finish(p, s, t, o, now, run, flow, reason)
    if p[node + at.D]:
        return
    number = p[node + at.C]
    if reason != at.NOTHING:
        note_skipped(p, s, run, number)
        return
    index = s[at.SENDS]
    s[at.SENDS] += 1
    if number >= 0:
        keep_sent(p, s, run, number, index)
    if p[node + at.H]:
        cause(p, s, p[node + at.F], p[node + at.B], at.NOTHING, index)


def note_skipped(p: PlanWords, s: StateWords, run: int, number: int) -> None:
    if number >= 0:
        skipped = run_message(p, run, number) + at.K_FLAGS + p[at.N_FLAGS]
        s[run + at.R_SKIPPED] += 1 - s[skipped]
        s[skipped] = 1


def keep_sent(p: PlanWords, s: StateWords, run: int, number: int, index: int) -> None:
    """Keeps a message sent as the latest of its name, of the contact and of the run."""
    last, own = message(p, s, number), run_message(p, run, number)
    new_send(p, s, last, index)
    new_send(p, s, own, index)
    set_flag(s, last, FLAG_RECEIVED, s[at.SEQ])
    set_flag(s, own, FLAG_RECEIVED, s[at.SEQ])
    s[last + at.K_FLAGS + p[at.N_FLAGS]] |= 1 << FLAG_RECEIVED
    s[run + at.R_SKIPPED] -= s[own + at.K_FLAGS + p[at.N_FLAGS]]
    s[own + at.K_FLAGS + p[at.N_FLAGS]] = 0


# --- everything else --------------------------------------------------------------------------------------------------


def _change(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int, node: int) -> None:
    """Changes state at once and queues the event of it; what changes nothing causes nothing."""
    effect = p[node + at.N_EFFECT]
    if effect == at.PUT:
        if put(s, p[node + at.A], p[node + at.B], p[node + at.C] == 1):
            cause(p, s, p[node + at.D], p[node + at.B], at.NOTHING, -1)
            if p[node + at.A] == p[at.CAMPAIGN_FAMILY] and p[node + at.C] == 0:
                unsubscribe(p, s, t, o, now, p[node + at.B])
    elif effect == at.ASSIGN:
        _assign(p, s, now, run, node)
    elif effect == at.BEGIN_FLOW:
        queue(s, at.IS_START, p[node + at.A], s[run + at.R_KIND], s[run + at.R_OBJECT])
    elif effect == at.HALT:
        if p[node + at.A] == s[run + at.R_FLOW]:
            end(p, s, t, o, now, run, at.IS_CANCELLED, at.STOPPED, at.CANCELLED)
        else:
            stop_all(p, s, t, o, now, p[node + at.A], at.STOPPED)


def _assign(p: PlanWords, s: StateWords, now: int, run: int, node: int) -> None:
    ref = p[node + at.A]
    if p[ref] == at.OF_CONTACT:
        cell, identity = s[at.COLUMNS] + 2 * p[ref + 1], at.NOTHING
    else:
        identity = s[run + at.R_OBJECT]
        if s[run + at.R_KIND] != p[ref + 2] or identity == at.NOTHING:
            return
        cell = make_object(p, s, s[run + at.R_KIND], identity) + 2 + 2 * p[ref + 1]
        if s[at.FULL]:
            return
    if _is_same(s[cell], s[cell + 1], p[node + at.B], p[node + at.C]):
        return
    s[cell], s[cell + 1] = p[node + at.B], p[node + at.C]
    if p[ref] == at.OF_CONTACT:
        schedule_dates(p, s, now, p[ref + 1])
    cause(p, s, p[node + at.D], p[node + at.E], identity, -1)


def _is_same(kind: int, value: int, other_kind: int, other: int) -> bool:
    """Whether two values are equal as Python has it: yes is 1 is 1.0."""
    if kind == other_kind and kind != at.DECIMAL:
        return value == other
    numbers = at.YES_NO <= kind <= at.DECIMAL and at.YES_NO <= other_kind <= at.DECIMAL
    if not numbers:
        return False
    if kind != at.DECIMAL and other_kind != at.DECIMAL:
        return value == other
    if kind == at.DECIMAL and other_kind == at.DECIMAL:
        return as_decimal(value) == as_decimal(other)
    if kind == at.DECIMAL:
        return _is_whole(as_decimal(value), other)
    return _is_whole(as_decimal(other), value)


def _is_whole(decimal: float, whole: int) -> bool:
    return -9.2e18 < decimal < 9.2e18 and decimal == float(int(decimal)) and int(decimal) == whole
