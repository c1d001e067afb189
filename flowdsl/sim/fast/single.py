"""A life that is one run from one event, compiled: the short way of what most contacts of most programs live.

Nothing comes of itself, one outside event starts one run of one flow, and only answers and time move it. So there is no
agenda: the run walks, rests until the next answer or until its wait is over, and walks on. What each step means is
asked of the same functions as ever; rows are known again by the step they tell of. Which events may be taken this way
says singles.py; contacts with more to tell are lived by life.py, and both leave the same rows.
"""

from __future__ import annotations

from flowdsl.calendar.clock import NEVER, after
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.actions import keep_sent, note_skipped, opening, refused
from flowdsl.sim.fast.caps import capped
from flowdsl.sim.fast.cells import event, message, put, remember, run_message
from flowdsl.sim.fast.chance import respond
from flowdsl.sim.fast.conditions import is_vain, meets, test, zone_at
from flowdsl.sim.fast.contact import begin_with, fill_sets, forget, identify
from flowdsl.sim.fast.data import Data
from flowdsl.sim.fast.entry import any_meant, is_started_by, outside
from flowdsl.sim.fast.rows import shape_of, write, write_row
from flowdsl.sim.fast.runs import flow_at, may_be_answered, node_at, report_planned, report_run, spend
from flowdsl.sim.fast.steps import due_of, split
from flowdsl.sim.fast.wake import echo, load, maybe_leave, take_answer
from flowdsl.sim.fast.words import HalfWords, PlanWords, StateWords, Words, clear

OVER = -1


def is_single(p: PlanWords, d: Data, contact: int, row: int) -> bool:
    """Whether the life of a contact with this outside event may be taken the short way."""
    if p[event(p, d.event_kinds[row]) + at.E_SINGLE] == 0 or d.event_objects[row] != at.NOTHING:
        return False
    is_only = d.event_starts[contact + 1] - d.event_starts[contact] == 1
    if not is_only:
        return False
    return bool(d.object_starts[contact] == d.object_starts[contact + 1])


def live_single(p: PlanWords, s: StateWords, t: Words, o: HalfWords, d: Data, contact: int, row: int) -> None:
    """Lets a contact live through its one event and the run that this may start."""
    run = _begin(p, s, d, contact)
    now, number = d.event_times[row], d.event_kinds[row]
    load(p, s, d, row)
    kind = event(p, number)
    remember(p, s, now, False)
    if p[kind + at.E_ECHO] or p[kind + at.E_KNOWN]:
        echo(p, s, t, o, now, number, kind)
    if any_meant(p, s, p[kind + at.E_ENTRIES]) and _enters(p, s, t, o, now, run, p[kind + at.E_ENTRIES]):
        now = _walk(p, s, t, o, d, now, run, flow_at(p, s[run + at.R_FLOW]))
    s[at.N_LIVE] = 0
    if p[at.KEPT_ROWS] == at.EVERY_ROW and s[at.FULL] == 0:
        _pass(p, s, t, o, d, now, run, NEVER, at.NOTHING)


def _begin(p: PlanWords, s: StateWords, d: Data, contact: int) -> int:
    """Forgets the contact before, fills in this one, and gives the place of its run."""
    clear(s, at.FULL, at.ASKS_FOR + 1 - at.FULL)
    begin_with(p, s, d, contact)
    fill_sets(p, s, d, contact)
    if p[at.N_TALLIES]:
        forget(s, at.TALLY, at.TALLY_OF)
    if p[at.N_CAPS]:
        forget(s, at.RECENT, at.SWITCH)
    run = s[at.RUNS] + p[at.RUN_WIDTH]
    clear(s, run, at.R_PATH)
    for number in range(p[at.N_KEPT]):
        _forget(p, s, message(p, s, number))
        _forget(p, s, run_message(p, run, number))
    return int(run)


def _forget(p: PlanWords, s: StateWords, sent: int) -> None:
    s[sent + at.K_INDEX] = -1
    s[sent + at.K_FLAGS + p[at.N_FLAGS]] = 0


# --- the start --------------------------------------------------------------------------------------------------------


def _enters(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int, group: int) -> bool:
    """The tests of an entry that can fail for the first run there is; a refusal is a row with its reason."""
    number = p[group]
    flow = flow_at(p, number)
    s[run + at.R_FLOW] = number
    s[run + at.R_NUMBER] = 1
    s[run + at.R_ANCHOR] = s[at.SEQ]
    s[run + at.R_BEGAN] = s[at.SEQ]
    s[run + at.R_PAST] = at.CONTINUE
    reason = _refusal(p, s, now, run, flow, group)
    if reason != at.NOTHING:
        write_row(p, s, t, o, now, at.RUN_ROW, number, 0, 0, 0, at.IS_DECLINED, reason, 0, -1, 0, NEVER, 0)
        return False
    s[s[at.LIVE]] = run
    s[at.N_LIVE] = 1
    _tell(p, s, t, o, now, run, p[flow + at.F_FIRST], at.IS_ACTION, at.NOTHING)
    return True


def _refusal(p: PlanWords, s: StateWords, now: int, run: int, flow: int, group: int) -> int:
    if outside(p, s, now, flow) != at.NOTHING:
        return outside(p, s, now, flow)
    if not _is_allowed(p, s, now, run, group):
        return at.WHERE
    if _holds(p, s, run, p[flow + at.F_UNLESS], now):
        return at.UNLESS
    for n in range(p[flow + at.F_N_LEAVES]):
        leave = p[flow + at.F_LEAVES] + n * at.LEAVE_WIDTH
        if _holds(p, s, run, p[p[leave + at.LEAVE_OCCASION]], now):
            return at.ALREADY_MET
    return at.NOTHING


def _is_allowed(p: PlanWords, s: StateWords, now: int, run: int, group: int) -> bool:
    for n in range(p[group + 1]):
        trigger = p[group + 2 + n]
        if is_started_by(p, s, trigger) and (
            p[trigger + at.T_WHERE] < 0 or _holds(p, s, run, p[trigger + at.T_WHERE], now)
        ):
            return True
    return False


def _holds(p: PlanWords, s: StateWords, run: int, expression: int, now: int) -> bool:
    """Whether a condition holds; most steps have none."""
    return expression >= 0 and test(p, s, run, expression, now)


# --- actions and rows -------------------------------------------------------------------------------------------------


def _act(
    p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int, flow: int, node: int, number: int
) -> int:
    """Takes an action; `now`, or until when a message is held."""
    reason = at.NOTHING
    if _holds(p, s, run, p[flow + at.F_UNLESS], now) or _holds(p, s, run, p[node + at.N_TEST], now):
        reason = at.UNLESS
    if p[node + at.N_EFFECT] == at.SEND and p[node + at.D] == 0:
        return _send(p, s, t, o, now, run, flow, node, number, reason)
    _tell(p, s, t, o, now, run, p[flow + at.F_FIRST] + number, _became(reason), reason)
    if p[node + at.N_EFFECT] == at.PUT and reason == at.NOTHING:
        put(s, p[node + at.A], p[node + at.B], p[node + at.C] == 1)
    return now


def _send(
    p: PlanWords,
    s: StateWords,
    t: Words,
    o: HalfWords,
    now: int,
    run: int,
    flow: int,
    node: int,
    number: int,
    reason: int,
) -> int:
    """Sends a message to the contact, if nothing speaks against it; else the reason is told, or it is held."""
    if reason == at.NOTHING:
        reason = refused(s, s[s[at.CHANNELS] + p[node + at.A]], p[node + at.E])
        if reason == at.NOTHING and p[node + at.E] == 0:
            later = opening(p, s, now, flow)
            if later > now:
                s[run + at.R_MODE] = at.HELD
                s[run + at.R_DUE] = later
                return later
            reason = capped(p, s, now, p[node + at.A])
    _tell(p, s, t, o, now, run, p[flow + at.F_FIRST] + number, _became(reason), reason)
    if reason != at.NOTHING:
        note_skipped(p, s, run, p[node + at.C])
        return now
    index = s[at.SENDS]
    may_be_answered(p, s, now, p[node + at.F], p[node + at.G], p[node + at.B], index, 0, at.NOTHING, True)
    s[at.SENDS] = index + 1
    if p[node + at.C] >= 0:
        keep_sent(p, s, run, p[node + at.C], index)
    return now


def _became(reason: int) -> int:
    return at.IS_ACTION if reason == at.NOTHING else at.IS_ACTION_SKIPPED


def _tell(
    p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int, site: int, what: int, reason: int
) -> None:
    """Leaves the row of a step: an action, the start of the run, or its end, which tells the path."""
    known = s[at.KNOWN] + (3 * site + what) * at.KNOWN_WIDTH
    path = s[run + at.R_PATH] if what == at.IS_END else 0
    if s[known] == 0 or s[known + at.KNOWN_REASON] != reason or s[known + at.KNOWN_PATH] != path:
        shape = _shape(p, s, t, run, site, what, reason)
        if shape < 0:
            return
        s[known], s[known + at.KNOWN_REASON], s[known + at.KNOWN_PATH] = shape + 1, reason, path
    if p[at.KEPT_ROWS] == at.COUNTS:
        note = s[at.NOTES] + s[at.N_NOTES] * at.NOTE_WIDTH
        s[note], s[note + 1] = s[known] - 1, now
        s[at.N_NOTES] += 1
    elif t[at.ROWS] == t[at.MOST_ROWS]:
        s[at.FULL] = at.ROWS_FULL
    else:
        is_run = what == at.IS_END or _is_start(p, site)
        write(s, t, o, now, NEVER if is_run else now, 0, s[known] - 1, at.NOTHING)


def _is_start(p: PlanWords, site: int) -> bool:
    return p[p[at.NODES] + site * at.NODE_WIDTH + at.N_KIND] == at.ENTER


def _shape(p: PlanWords, s: StateWords, t: Words, run: int, site: int, what: int, reason: int) -> int:
    """The number of the shape of such a row."""
    kind, status, which = at.ACTION_ROW, at.IS_DONE, 1 << 32 | 1
    if what == at.IS_ACTION_SKIPPED:
        status = at.IS_SKIPPED
    elif what == at.IS_END or _is_start(p, site):
        kind, status, which = at.RUN_ROW, at.IS_COMPLETED if what == at.IS_END else at.IS_STARTED, 1 << 32
    if p[at.KEPT_ROWS] == at.COUNTS:
        which = 0
    return shape_of(p, s, t, kind | status << 4 | site << 36, which, reason, run if what == at.IS_END else -1)


# --- on the way -------------------------------------------------------------------------------------------------------


def _walk(p: PlanWords, s: StateWords, t: Words, o: HalfWords, d: Data, now: int, run: int, flow: int) -> int:
    """Takes one step after the other, and lets pass what is between them, until the run ends or the time is over.

    Gives the moment it came to.
    """
    number, path = p[flow + at.F_ENTRY], 1
    while s[at.FULL] == 0:
        spend(p, s, 1)
        node = node_at(p, flow, number)
        kind = p[node + at.N_KIND]
        path |= 1 << number
        later = now
        if kind == at.ACT:
            later = _act(p, s, t, o, now, run, flow, node, number)
        elif kind == at.BRANCH:
            holds = _holds(p, s, run, p[node + at.N_TEST], now)
            path |= 1 << p[node + at.N_CHOICE] + (0 if holds else 1)
            number = p[node + (at.N_NEXT if holds else at.N_OTHER)]
            continue
        elif kind == at.SPLIT:
            if s[at.IS_HASHED] == 0:
                identify(s, d)
            s[run + at.R_PATH] = path
            number = split(p, s, run, node)
            path = s[run + at.R_PATH]
            continue
        elif kind == at.EXIT:
            s[run + at.R_PATH] = path
            _tell(p, s, t, o, now, run, p[flow + at.F_FIRST] + number, at.IS_END, p[node + at.A])
            return now
        else:
            later = _wait(p, s, now, run, flow, node)
        if later > now:
            s[run + at.R_PATH] = path
            s[run + at.R_NODE] = number
            now = _pass(p, s, t, o, d, now, run, later, node if kind == at.WAIT else at.NOTHING)
            if now >= p[at.UNTIL] or s[run + at.R_MODE] == at.GONE:
                _leave_pending(p, s, t, o, run)
                return now
            s[run + at.R_MODE] = at.NOTHING
            if kind == at.ACT:
                continue
        if kind == at.WAIT and p[node + at.N_EFFECT] == at.HAPPENS:
            path |= 1 << p[node + at.N_CHOICE] + (0 if s[run + at.R_HAPPENED] else 1)
        number = p[node + at.N_NEXT]
    return now


def _leave_pending(p: PlanWords, s: StateWords, t: Words, o: HalfWords, run: int) -> None:
    """The rows of a run that is still under way at the end."""
    if s[run + at.R_MODE] != at.GONE:
        report_run(p, s, t, o, p[at.UNTIL], run, at.IS_PENDING, s[run + at.R_MODE], s[run + at.R_DUE])
        report_planned(p, s, t, o, p[at.UNTIL], run, at.IS_PLANNED, at.NOTHING)


def _wait(p: PlanWords, s: StateWords, now: int, run: int, flow: int, node: int) -> int:
    """Begins a wait; until when it lasts at most, `now` when it is over at once."""
    s[run + at.R_HAPPENED] = 0
    s[run + at.R_BEGAN] = s[at.SEQ]
    is_occasion = p[node + at.N_EFFECT] == at.HAPPENS
    due = _occasion_due(p, s, now, run, flow, node) if is_occasion else due_of(p, s, now, flow, node)
    if due > now:
        s[run + at.R_MODE] = at.WAITING
        s[run + at.R_DUE] = due
    return due


def _occasion_due(p: PlanWords, s: StateWords, now: int, run: int, flow: int, node: int) -> int:
    occasion = p[node + at.F]
    if _holds(p, s, run, p[occasion], now):
        s[run + at.R_HAPPENED] = 1
        return now
    if is_vain(p, s, run, occasion):
        return now
    if p[node + at.E] == 0:
        return NEVER
    if p[node + at.A] == 0:
        return int(now + p[node + at.C])
    return int(after(now, p[node + at.A], p[node + at.C], zone_at(p, s, p[flow + at.F_ZONE])))


def _pass(p: PlanWords, s: StateWords, t: Words, o: HalfWords, d: Data, now: int, run: int, due: int, wait: int) -> int:
    """Lets time pass until `due`, or until an answer ends the wait or the run; gives the moment it came to.

    In one instant all answers come before what is due. What this instant brings about is drawn when it is over.
    """
    was_live = s[at.N_LIVE]
    while s[at.FULL] == 0:
        if s[at.N_CAUSES] and (s[at.N_ANSWERS] == 0 or s[s[at.ANSWERS]] > now) and due > now:
            if s[at.IS_HASHED] == 0:
                identify(s, d)
            respond(p, s, s[at.RUNS])
        later = s[s[at.ANSWERS]] if s[at.N_ANSWERS] else NEVER
        if later > due or later >= p[at.UNTIL]:
            return due
        now = later
        _take(p, s, t, o, now, run, wait)
        if was_live != s[at.N_LIVE] or (wait != at.NOTHING and s[run + at.R_HAPPENED]):
            return now
    return due


def _take(p: PlanWords, s: StateWords, t: Words, o: HalfWords, now: int, run: int, wait: int) -> None:
    """Lets the next answer happen: it changes the contact, then the run may leave, or its wait be over."""
    take_answer(p, s)
    number = s[s[at.HAPPENING] + at.H_EVENT]
    kind = event(p, number)
    remember(p, s, now, False)
    if p[kind + at.E_ECHO] or p[kind + at.E_KNOWN]:
        echo(p, s, t, o, now, number, kind)
    if s[at.N_LIVE] == 0:
        return
    maybe_leave(p, s, t, o, now, run, kind)
    waits = wait != at.NOTHING and s[run + at.R_MODE] == at.WAITING and p[wait + at.N_EFFECT] == at.HAPPENS
    if waits and meets(p, s, run, p[wait + at.F], now):
        s[run + at.R_HAPPENED] = 1
