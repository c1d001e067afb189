"""The contact as the tables know it, compiled: what they hold is filled into the state.

The twin of sim.contact_process's first part: a state is used for one contact after the other, and forgets the one
before.
"""

from __future__ import annotations

from flowdsl.calendar.clock import NEVER
from flowdsl.chance.keyed_draws import hash_bytes
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.cells import fill_in, listed, make_object, message, new_send, set_of
from flowdsl.sim.fast.data import Data
from flowdsl.sim.fast.words import PlanWords, StateWords, clear, signed


def birth(p: PlanWords, d: Data, contact: int) -> int:
    """When a contact comes into being: the beginning for those of the table."""
    return int(d.births[contact - p[at.FIRST_NEW]]) if contact >= p[at.FIRST_NEW] else int(p[at.BEGIN])


def identify(s: StateWords, d: Data) -> None:
    """Gives the contact the hash of its id, which chance asks for."""
    s[at.IS_HASHED] = 1
    if len(d.id_starts) > 0:
        s[at.HASH] = signed(hash_bytes(d.id_bytes, d.id_starts[s[at.CONTACT]], d.id_starts[s[at.CONTACT] + 1]))


def forget(s: StateWords, region: int, stop: int) -> None:
    """Clears the regions from one to another, that one left out."""
    clear(s, s[region], s[stop] - s[region])


def reset(p: PlanWords, s: StateWords) -> None:
    """Forgets the contact before."""
    clear(s, at.FULL, at.ASKS_FOR + 1 - at.FULL)
    s[at.N_RUNS] = 1  # the first place is nobody's
    for flow in range(p[at.N_FLOWS]):
        s[s[at.STARTED] + flow] = 0
        s[s[at.SWITCH] + flow] = -1
        s[s[at.STOPPED_FOR] + flow] = 0
        s[s[at.BEGUN] + flow] = NEVER
    forget(s, at.TALLY, at.TALLY_OF)
    forget(s, at.STARTS, at.STARTS_OF)
    forget(s, at.RECENT, at.SWITCH)
    forget(s, at.RATE_DUE, at.ANSWERS)
    for number in range(p[at.N_KEPT]):
        sent = message(p, s, number)
        new_send(p, s, sent, -1)
        s[sent + at.K_FLAGS + p[at.N_FLAGS]] = 0


def begin_with(p: PlanWords, s: StateWords, d: Data, contact: int) -> None:
    """Fills in a contact's row: zone, columns, consent."""
    s[at.CONTACT] = contact
    s[at.BORN] = birth(p, d, contact)
    s[at.ZONE] = d.zones[contact] if len(d.zones) > 0 else 0
    for column in range(p[at.N_COLUMNS]):
        s[s[at.COLUMNS] + 2 * column] = at.MISSING
    for row in range(len(d.columns)):
        s[s[at.COLUMNS] + 2 * d.columns[row]] = d.cells[row, contact]
        s[s[at.COLUMNS] + 2 * d.columns[row] + 1] = d.words[row, contact]
    for row in range(p[at.N_OWN]):
        s[s[at.OWN] + row] = d.own[row, contact]
    for row in range(len(d.drawn_rows)):
        s[s[at.OWN] + p[at.N_OWN] + row] = d.drawn[row, contact]
    for channel in range(p[at.N_CHANNELS]):
        s[s[at.CHANNELS] + channel] = 0
    for row in range(len(d.channels)):
        s[s[at.CHANNELS] + d.channels[row]] = d.refused[row, contact]


def fill_sets(p: PlanWords, s: StateWords, d: Data, contact: int) -> None:
    """Fills in a contact's sets."""
    for family in range(p[at.N_FAMILIES]):
        s[set_of(s, family)] = 0
    for row in range(len(d.lone)):
        name = d.lone_names[row, contact]
        if name >= 0:
            names = set_of(s, d.lone[row])
            s[names], s[names + 1] = 1, name
    for row in range(len(d.families)):
        first, stop = d.set_starts[row, contact], d.set_starts[row, contact + 1]
        names = set_of(s, d.families[row])
        if stop - first > s[at.MOST_NAMES]:
            s[at.FULL] = at.MOST_NAMES
            stop = first
        s[names] = stop - first
        for n in range(stop - first):
            s[names + 1 + n] = d.set_names[first + n]


def own_objects(p: PlanWords, s: StateWords, d: Data, contact: int) -> None:
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
