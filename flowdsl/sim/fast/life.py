"""One contact's life after the other, compiled: the entry of the interpreter.

The twin of sim.life: what the tables hold for a contact is filled into the state, the instants come in their order, and
what is still under way at the end is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit

from flowdsl.clock import NEVER
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.cells import fill_in, listed, make_object, message, new_send, remember, set_of
from flowdsl.sim.fast.chance import expect_rate, give, respond, speaks
from flowdsl.sim.fast.data import Data
from flowdsl.sim.fast.entry import switched_off
from flowdsl.sim.fast.rows import count_rows
from flowdsl.sim.fast.runs import flow_at
from flowdsl.sim.fast.schedule import schedule_all, schedule_opening
from flowdsl.sim.fast.twins import compiled, hash_bytes
from flowdsl.sim.fast.wake import catch_up, finish, live_controls, live_through, load, next_due
from flowdsl.sim.fast.words import HalfWords, Words

# --- the contact as the tables know it --------------------------------------------------------------------------------


@compiled
def _fill(s: Words, region: int, stop: int, word: int) -> None:
    for place in range(s[region], s[stop]):
        s[place] = word


@compiled
def _reset(p: Words, s: Words) -> None:
    """Forgets the contact before."""
    for word in range(at.FULL, at.DROPPED + 1):
        s[word] = 0
    s[at.N_RUNS] = 1  # the first place is nobody's
    for flow in range(p[at.N_FLOWS]):
        s[s[at.STARTED] + flow] = 0
        s[s[at.SWITCH] + flow] = -1
        s[s[at.STOPPED_FOR] + flow] = 0
        s[s[at.BEGUN] + flow] = NEVER
    _fill(s, at.TALLY, at.TALLY_OF, 0)
    _fill(s, at.STARTS, at.STARTS_OF, 0)
    _fill(s, at.RECENT, at.SWITCH, 0)
    _fill(s, at.RATE_DUE, at.ANSWERS, 0)
    for number in range(p[at.N_KEPT]):
        sent = message(p, s, number)
        new_send(p, s, sent, -1)
        s[sent + at.K_FLAGS + p[at.N_FLAGS]] = 0


@compiled
def _begin_with(p: Words, s: Words, d: Data, contact: int) -> None:
    """Fills in a contact's row: zone, id, columns, consent."""
    s[at.CONTACT] = contact
    s[at.BORN] = _born(p, d, contact)
    s[at.ZONE] = d.zones[contact] if len(d.zones) > 0 else 0
    if len(d.id_starts) > 0:
        s[at.HASH] = hash_bytes(d.id_bytes, d.id_starts[contact], d.id_starts[contact + 1])
    for column in range(p[at.N_COLUMNS]):
        s[s[at.COLUMNS] + 2 * column] = at.MISSING
    for row in range(len(d.columns)):
        s[s[at.COLUMNS] + 2 * d.columns[row]] = d.cells[row, contact]
        s[s[at.COLUMNS] + 2 * d.columns[row] + 1] = d.words[row, contact]
    for row in range(p[at.N_OWN]):
        s[s[at.OWN] + row] = d.own[row, contact]
    for channel in range(p[at.N_CHANNELS]):
        s[s[at.CHANNELS] + channel] = 0
    for row in range(len(d.channels)):
        s[s[at.CHANNELS] + d.channels[row]] = d.refused[row, contact]


@compiled
def _fill_sets(p: Words, s: Words, d: Data, contact: int) -> None:
    """Fills in a contact's sets."""
    for family in range(p[at.N_FAMILIES]):
        s[set_of(s, family)] = 0
    for row in range(len(d.families)):
        first, stop = d.set_starts[row, contact], d.set_starts[row, contact + 1]
        names = set_of(s, d.families[row])
        if stop - first > s[at.MOST_NAMES]:
            s[at.FULL] = at.MOST_NAMES
            stop = first
        s[names] = stop - first
        for n in range(stop - first):
            s[names + 1 + n] = d.set_names[first + n]


@compiled
def _own_objects(p: Words, s: Words, d: Data, contact: int) -> None:
    """Fills in the related objects that exist at the start, with what the catalogue says of them."""
    for row in range(d.object_starts[contact], d.object_starts[contact + 1]):
        kind, identity = d.object_kinds[row], d.object_ids[row]
        place = make_object(p, s, kind, identity)
        if place < 0:
            return
        for field in range(p[at.N_FIELDS]):
            s[place + 2 + 2 * field] = d.object_cells[field, row]
            s[place + 3 + 2 * field] = d.object_words[field, row]
        fill_in(p, s, place, listed(p, kind, identity))


# --- its life ---------------------------------------------------------------------------------------------------------


@compiled
def _first(p: Words, d: Data, contact: int) -> int:
    """The first event of a contact that is not history."""
    low, high = d.event_starts[contact], d.event_starts[contact + 1]
    while low < high:
        middle = (low + high) >> 1
        if d.event_times[middle] < p[at.BEGIN]:
            low = middle + 1
        else:
            high = middle
    return int(low)


@compiled
def _born(p: Words, d: Data, contact: int) -> int:
    """When a contact comes into being: the beginning for those of the table."""
    return int(d.births[contact - p[at.FIRST_NEW]]) if contact >= p[at.FIRST_NEW] else int(p[at.BEGIN])


@compiled
def live(p: Words, s: Words, t: Words, o: HalfWords, d: Data, contact: int) -> None:
    """Lets one contact live through the whole time; who is never touched costs nothing."""
    row, stop, born = _first(p, d, contact), d.event_starts[contact + 1], _born(p, d, contact)
    of_itself = p[at.COMES] == 1 or p[at.N_RATES] > 0 or born > p[at.BEGIN]
    if born >= p[at.UNTIL] or (not of_itself and (row == stop or d.event_times[row] >= p[at.UNTIL])):
        return
    _reset(p, s)
    _begin_with(p, s, d, contact)
    _fill_sets(p, s, d, contact)
    _own_objects(p, s, d, contact)
    for past in range(d.event_starts[contact], row):
        load(p, s, d, past)
        remember(p, s, d.event_times[past], False)
    if p[at.N_SHARES] > 0:
        give(p, s, s[at.RUNS])
    for rate in range(p[at.N_RATES]):
        expect_rate(p, s, rate, born)
    alarm = _begin(p, s, t, o) if p[at.COMES] or born > p[at.BEGIN] else NEVER
    _go_through(p, s, t, o, d, row, stop, alarm)
    if s[at.FULL] == 0:
        finish(p, s, t, o, p[at.UNTIL])


@compiled
def _begin(p: Words, s: Words, t: Words, o: HalfWords) -> int:
    """Puts the triggers that come of themselves into the agenda; gives the first due time.

    Who comes later than the flows begin finds them as `at` lines have switched them until then.
    """
    schedule_all(p, s, s[at.BORN])
    for number in range(p[at.N_FLOWS]):
        if p[flow_at(p, number) + at.F_INCLUDE] and switched_off(p, s, number) == at.NOTHING:
            schedule_opening(p, s, number, p[at.BEGIN])
    live_controls(p, s, t, o, s[at.BORN] - 1)
    return next_due(p, s)


@compiled
def _go_through(p: Words, s: Words, t: Words, o: HalfWords, d: Data, row: int, stop: int, alarm: int) -> None:
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
        _let_rates_come(p, s, now)
        catch_up(p, s, t, o, d, now)
        live_through(p, s, t, o, d, now, first, row, True)
        if s[at.N_CAUSES] > 0:
            respond(p, s, s[at.RUNS])
        alarm = next_due(p, s)


@compiled
def _next(p: Words, s: Words, alarm: int) -> int:
    """The next alarm, rate or answer."""
    now = alarm
    for rate in range(p[at.N_RATES]):
        now = min(now, s[s[at.RATE_DUE] + 3 * rate])
    if s[at.N_ANSWERS] > 0:
        now = min(now, s[s[at.ANSWERS]])
    return now


@compiled
def _let_rates_come(p: Words, s: Words, now: int) -> None:
    """Marks the rates whose event happens now, and draws when each comes next."""
    for number in range(p[at.N_RATES]):
        place = s[at.RATE_DUE] + 3 * number
        if s[place] <= now:
            expect_rate(p, s, number, now)
            s[place + 2] = 1 if speaks(p, s, s[at.RUNS], number, now) else 0


@compiled
def live_all(p: Words, s: Words, t: Words, o: HalfWords, d: Data, first: int, stop: int) -> int:
    """Lives contacts from one position to another, and gives the position it came to.

    It stops early where something is too small (FULL says what): that contact has left no rows.
    """
    for contact in range(first, stop):
        rows = t[at.ROWS]
        s[at.FULL] = 0
        live(p, s, t, o, d, contact)
        if s[at.FULL] != 0:
            t[at.ROWS] = rows
            return contact
        if p[at.KEPT_ROWS] == at.COUNTS:
            count_rows(t, o)
    return stop


def interpreter(stamp: int, cache: bool) -> Callable[[int, int, int, int, int, int, int], int]:
    """The compiled interpreter: `live_all`, called with addresses.

    stamp: of all sources, so that a compiled interpreter kept from before is not taken for the one of other sources.
    """

    def live_on(p: int, s: int, t: int, o: int, d: int, first: int, stop: int) -> int:
        return first if stamp == 0 else live_all(p, s, t, o, d, first, stop)  # type: ignore[arg-type]

    made: Any = njit(live_on, nogil=True, error_model="numpy", no_cfunc_wrapper=True, cache=cache)
    return made  # type: ignore[no-any-return]
