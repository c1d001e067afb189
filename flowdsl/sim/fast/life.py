"""One contact's life after the other, compiled: the entry of the interpreter.

The twin of sim.life: what the tables hold for a contact is filled into the state, the instants come in their order, and
what is still under way at the end is told.
"""

from __future__ import annotations

from flowdsl.calendar.clock import NEVER
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.capacity import first_grant, queue_up, serve
from flowdsl.sim.fast.cells import remember
from flowdsl.sim.fast.chance import count_of_rate, expect_rate, give, has_left, is_kept, respond, speaks
from flowdsl.sim.fast.contact import begin_with, birth, fill_sets, identify, own_objects, reset
from flowdsl.sim.fast.data import Data
from flowdsl.sim.fast.entry import switched_off
from flowdsl.sim.fast.rows import count_notes, count_rows
from flowdsl.sim.fast.runs import flow_at, spend, told
from flowdsl.sim.fast.schedule import schedule_all, schedule_opening
from flowdsl.sim.fast.single import is_single, live_single
from flowdsl.sim.fast.wake import catch_up, finish, live_controls, live_through, load, next_due
from flowdsl.sim.fast.words import HalfWords, PlanWords, StateWords, Words, words_at


def _first(p: PlanWords, d: Data, contact: int) -> int:
    """The first event of a contact that is not history."""
    low, high = d.event_starts[contact], d.event_starts[contact + 1]
    while low < high:
        middle = (low + high) >> 1
        if d.event_times[middle] < p[at.BEGIN]:
            low = middle + 1
        else:
            high = middle
    return int(low)


def live(p: PlanWords, s: StateWords, t: Words, o: HalfWords, d: Data, contact: int) -> None:
    """Lets one contact live through the whole time; who is never touched costs nothing."""
    row, stop, born = _first(p, d, contact), d.event_starts[contact + 1], birth(p, d, contact)
    of_itself = p[at.COMES] == 1 or p[at.N_RATES] > 0 or born > p[at.BEGIN]
    if born >= p[at.UNTIL] or (not of_itself and (row == stop or d.event_times[row] >= p[at.UNTIL])):
        return
    if row < stop and is_single(p, d, contact, row):
        live_single(p, s, t, o, d, contact, row)
        return
    reset(p, s)
    begin_with(p, s, d, contact)
    identify(s, d)
    fill_sets(p, s, d, contact)
    own_objects(p, s, d, contact)
    if p[at.LIMITED]:
        s[at.NEXT_GRANT] = first_grant(words_at(t[at.SERVERS]), contact)
    for past in range(d.event_starts[contact], row):
        load(p, s, d, past)
        remember(p, s, d.event_times[past], False)
    if p[at.N_SHARES] > 0:
        give(p, s, s[at.RUNS])
    for rate in range(p[at.N_RATES]):
        expect_rate(p, s, rate, max(born, p[at.ASSUMED]))
    alarm = _begin(p, s, t, o) if p[at.COMES] or born > p[at.BEGIN] else NEVER
    _go_through(p, s, t, o, d, row, stop, alarm)
    if s[at.FULL] == 0:
        finish(p, s, t, o, p[at.UNTIL])


def _begin(p: PlanWords, s: StateWords, t: Words, o: HalfWords) -> int:
    """Puts the triggers that come of themselves into the agenda; gives the first due time.

    Who comes later than the flows begin finds them as `at` lines have switched them until then.
    """
    schedule_all(p, s, s[at.BORN])
    for number in range(p[at.N_FLOWS]):
        if p[flow_at(p, number) + at.F_INCLUDE] and switched_off(p, s, number) == at.NOTHING:
            schedule_opening(p, s, number, p[at.BEGIN])
    live_controls(p, s, t, o, s[at.BORN] - 1)
    return next_due(p, s)


def _go_through(p: PlanWords, s: StateWords, t: Words, o: HalfWords, d: Data, row: int, stop: int, alarm: int) -> None:
    """One instant after the other; row to stop are the outside events still to come."""
    while s[at.FULL] == 0:
        now = _next(p, s, alarm)
        if row < stop:
            now = min(now, d.event_times[row])
        if now >= p[at.UNTIL]:
            return
        now = max(now, s[at.BORN])
        first = row
        while row < stop and d.event_times[row] <= now:
            row += 1
        s[at.TOLD] = told(s)
        _let_rates_come(p, s, now)
        catch_up(p, s, t, o, d, now)
        live_through(p, s, t, o, d, now, first, row, True)
        if s[at.N_CAUSES] > 0:
            respond(p, s, s[at.RUNS])
        alarm = next_due(p, s)


def _next(p: PlanWords, s: StateWords, alarm: int) -> int:
    """The next alarm, rate, answer or slot."""
    now = alarm
    for rate in range(p[at.N_RATES]):
        now = min(now, s[s[at.RATE_DUE] + 3 * rate])
    if s[at.N_ANSWERS] > 0:
        now = min(now, s[s[at.ANSWERS]])
    if s[at.N_GRANTED] > 0:
        now = min(now, s[s[at.GRANTED]])
    return now


def _let_rates_come(p: PlanWords, s: StateWords, now: int) -> None:
    """Marks the rates whose event happens now, and draws when each comes next."""
    for number in range(p[at.N_RATES]):
        place = s[at.RATE_DUE] + 3 * number
        if s[place] <= now:
            spend(p, s, s[at.TOLD])
            s[at.LAST_CAUSE] = -1 - number
            if has_left(p, s, number):
                s[place] = NEVER
            else:
                expect_rate(p, s, number, now)
                happens = is_kept(p, s, number, now) and speaks(p, s, s[at.RUNS], number, now)
                s[place + 2] = 1 if happens else 0
                if s[place + 2]:
                    count_of_rate(p, s, number)


def live_all(p: PlanWords, s: StateWords, t: Words, o: HalfWords, d: Data, first: int, stop: int) -> int:
    """Lives contacts from one position to another, and gives the position it came to.

    It stops early where something is too small (FULL says what): that contact has left no rows; and when it is told to.
    From -1 on those are
    lived again who ask for slots, `stop` of them; how many are left comes out.
    """
    if first < 0:
        return _serve_all(p, s, t, o, d, words_at(t[at.SERVERS]), stop)
    for contact in range(first, stop):
        if _is_told_to_stop(words_at(t[at.STOP])) or not _live_one(p, s, t, o, d, contact):
            return contact
    return stop


def _is_told_to_stop(flag: Words) -> bool:
    return flag[0] != 0


def _live_one(p: PlanWords, s: StateWords, t: Words, o: HalfWords, d: Data, contact: int) -> bool:
    """Lives one contact and keeps its rows or counts; False where something is too small."""
    rows = t[at.ROWS]
    s[at.FULL] = 0
    live(p, s, t, o, d, contact)
    if s[at.FULL] == 0:
        if p[at.KEPT_ROWS] == at.COUNTS:
            count_rows(t, o)
            count_notes(s, t)
        return True
    t[at.ROWS] = rows
    if s[at.FULL] != at.ASKING:
        return False
    queue_up(s, words_at(t[at.SERVERS]))
    return True


def _serve_all(p: PlanWords, s: StateWords, t: Words, o: HalfWords, d: Data, q: Words, most: int) -> int:
    for _ in range(most):
        if _is_told_to_stop(words_at(t[at.STOP])):
            return 1
        if q[at.AWAITED] == 0:
            if q[at.N_ASKING] == 0:
                return 0
            if q[at.N_GRANTS] + 1 == q[at.MOST_GRANTS]:
                s[at.FULL] = at.GRANTS_FULL
                return 1
            serve(p, q)
        if not _live_one(p, s, t, o, d, q[at.AWAITED] - 1):
            return 1
        q[at.AWAITED] = 0
    s[at.FULL] = 0
    return q[at.N_ASKING]
