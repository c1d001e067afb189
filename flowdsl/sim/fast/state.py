"""The arrays that contacts live in, one after the other: the state, the shapes and the rows; made, and made larger.

Nothing grows while compiled code runs. Where something is too small it says so and stops before the contact; here that
array is made twice as large, and the contact lives again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.names import FLAGS
from flowdsl.sim.fast.pointers import address
from flowdsl.sim.fast.program import Program, signed
from flowdsl.sim.fast.rows import FACTOR
from flowdsl.sim.fast.words import HalfInts, Ints
from flowdsl.sim.fast.world import groups

FIRST_SIZES = {
    at.MOST_RUNS: 8, at.MOST_NAMES: 8, at.MOST_OBJECTS: 4, at.MOST_TALLIES: 8, at.MOST_STARTS: 8, at.MOST_ALARMS: 32,
    at.MOST_ANSWERS: 32, at.MOST_CAUSED: 32, at.MOST_CAUSES: 32, at.MOST_DRAWN: 32, at.MOST_GRANTED: 8,
    at.MOST_TIMES: 4,
}  # fmt: skip
FIRST_SHAPES, FIRST_ROWS, FIRST_GRANTS = 256, 4096, 4096


@dataclass
class Arrays:
    """What one thread works on."""

    program: Program
    sizes: dict[int, int]
    state: Ints
    shapes: Ints
    rows: HalfInts
    servers: Servers | None = None

    def grow(self) -> None:
        """Makes what was too small twice as large."""
        too_small = int(self.state[at.FULL])
        if too_small == at.ROWS_FULL:
            self.rows = np.concatenate([self.rows, np.zeros(len(self.rows), dtype=np.int32)])
            self.shapes[at.MOST_ROWS] *= 2
        elif too_small == at.SHAPES_FULL:
            self.shapes = _larger(self.shapes)
        elif too_small == at.GRANTS_FULL:
            assert self.servers is not None
            self.servers.grow()
        else:
            self.sizes[too_small] *= 2
        self.state = _state(self.program, self.sizes)  # even if large enough: nobody's run may not be as it was


def make(program: Program) -> Arrays:
    """Arrays of modest sizes for a program."""
    sizes = dict(FIRST_SIZES)
    shapes = _shapes(FIRST_SHAPES, 5 + program.out.words[at.PATH_WORDS])
    shapes[at.MOST_ROWS] = FIRST_ROWS
    rows = np.zeros(FIRST_ROWS * at.ROW_WORDS, dtype=np.int32)
    servers = Servers(program) if program.plan.policy.capacities else None
    if servers:
        shapes[at.SERVERS] = address(servers.words)
    return Arrays(program, sizes, _state(program, sizes), shapes, rows, servers)


class Servers:
    """The limited channels: who asks, which slots have been given, and when the next are free."""

    def __init__(self, program: Program) -> None:
        contacts = len(program.stage.config.tables.contacts)
        self.words = np.zeros(at.FREE_AT + len(program.names.channels), dtype=np.int64)
        self.queue = np.zeros(contacts * at.ASKER_WIDTH, dtype=np.int64)
        self.first, self.last = np.zeros(contacts, dtype=np.int64), np.zeros(contacts, dtype=np.int64)
        self.grants = np.zeros((FIRST_GRANTS, at.GRANT_WIDTH), dtype=np.int64)
        self.words[at.QUEUE], self.words[at.FIRST_GRANT] = address(self.queue), address(self.first)
        self.words[at.LAST_GRANT] = address(self.last)
        self._place()

    @property
    def arrays(self) -> tuple[Ints, ...]:
        """All arrays; the first has the addresses of the others."""
        return self.words, self.queue, self.first, self.last, self.grants

    def grow(self) -> None:
        """Makes room for twice as many slots."""
        self.grants = np.concatenate([self.grants, np.zeros_like(self.grants)])
        self._place()

    def _place(self) -> None:
        self.words[at.MOST_GRANTS], self.words[at.GRANTS] = len(self.grants), address(self.grants)


def _state(program: Program, sizes: dict[int, int]) -> Ints:
    """An empty state: the places of its regions one behind the other."""
    head, names = program.out.words, program.names
    many = sizes.__getitem__
    nodes = sum(len(flow.nodes) for flow in program.stage.ready.flows)
    tally = 2 + 2 * many(at.MOST_TIMES)
    words = {
        at.COLUMNS: 2 * len(names.columns),
        at.SETS: len(names.families) * (1 + many(at.MOST_NAMES)),
        at.CHANNELS: len(names.channels),
        at.OBJECTS: many(at.MOST_OBJECTS) * head[at.OBJECT_WIDTH],
        at.TALLY: head[at.N_TALLIES] * tally,
        at.TALLY_OF: many(at.MOST_TALLIES) * (tally + 2),
        at.MESSAGES: len(names.kept) * (2 + len(FLAGS)),
        at.STARTED: head[at.N_FLOWS],
        at.STARTS: head[at.N_FLOWS] * tally,
        at.STARTS_OF: many(at.MOST_STARTS) * (tally + 2),
        at.RECENT: head[at.N_CAPS] * (1 + many(at.MOST_TIMES)),
        at.SWITCH: head[at.N_FLOWS],
        at.STOPPED_FOR: head[at.N_FLOWS],
        at.BEGUN: head[at.N_FLOWS],
        at.LIVE: many(at.MOST_RUNS),
        at.RUNS: many(at.MOST_RUNS) * head[at.RUN_WIDTH],
        at.FREE: many(at.MOST_RUNS),
        at.SNAP: many(at.MOST_RUNS),
        at.AGENDA: many(at.MOST_ALARMS) * at.ALARM_WIDTH,
        at.RATE_DUE: program.sizes[at.RATE_DUE],
        at.ANSWERS: many(at.MOST_ANSWERS) * at.ANSWER_WIDTH,
        at.CAUSED: many(at.MOST_CAUSED) * at.CAUSED_WIDTH,
        at.CAUSES: many(at.MOST_CAUSES) * head[at.CAUSE_WORDS],
        at.DRAWN: 2 * many(at.MOST_DRAWN),
        at.HAPPENING: at.H_FIELDS + 2 * len(names.fields),
        at.STACK: program.deepest[0] + 1,
        at.PICKED: max(program.sizes[at.PICKED], head[at.N_SHARES]),
        at.OWN: len(names.own) + at.OWN_WIDTH * groups(program.stage.world.rates),
        at.GRANTED: at.GRANTED_WIDTH * many(at.MOST_GRANTED),
        at.ASKED: at.ASKED_WIDTH * len(program.stage.config.world.answers),
        at.KNOWN: 3 * at.KNOWN_WIDTH * nodes,
        at.NOTES: at.NOTE_WIDTH * (nodes + 2),
    }
    state = np.zeros(at.STATE_HEAD + sum(words.values()), dtype=np.int64)
    place = at.STATE_HEAD
    for region in range(len(at.REGIONS)):
        state[region] = place
        place += words[region]
    for word, size in sizes.items():
        state[word] = size
    nobody = state[at.RUNS]
    for number in range(len(names.kept)):
        state[nobody + head[at.RUN_SENT] + number * (2 + len(FLAGS))] = -1
    return state


# --- shapes -----------------------------------------------------------------------------------------------------------


def _shapes(most: int, key: int) -> Ints:
    shapes = np.zeros(at.SLOTS + 2 * most + most * key, dtype=np.int64)
    shapes[at.N_SLOTS], shapes[at.SHAPE_WORDS], shapes[at.MOST_SHAPES] = 2 * most, key, most
    return shapes


def keys_of(shapes: Ints) -> Ints:
    """The shapes there are, a row each: key, line, how often."""
    first, width, count = at.SLOTS + shapes[at.N_SLOTS], shapes[at.SHAPE_WORDS], shapes[at.N_SHAPES]
    return shapes[first : first + count * width].reshape(count, width)


def _larger(shapes: Ints) -> Ints:
    """The same shapes, by the same numbers, with room for twice as many."""
    larger = _shapes(2 * int(shapes[at.MOST_SHAPES]), int(shapes[at.SHAPE_WORDS]))
    same = [at.N_SHAPES, at.ROWS, at.MOST_ROWS, at.SERIES, at.N_QUARTERS, at.FIRST_QUARTER, at.SERVERS, at.STOP]
    larger[same] = shapes[same]
    slots = int(larger[at.N_SLOTS])
    keys = keys_of(shapes)
    first = at.SLOTS + slots
    larger[first : first + keys.size] = keys.ravel()
    for number, key in enumerate(keys.tolist()):
        slot = slot_of(key[:-2], slots)
        while larger[at.SLOTS + slot]:
            slot = (slot + 1) % slots
        larger[at.SLOTS + slot] = number + 1
    return larger


def slot_of(key: Sequence[int], slots: int) -> int:
    """Where a key is looked for first: what rows.py does, on numbers of Python, which do not wrap around."""
    path = 0
    for word in key[3:]:
        path = signed((path * FACTOR ^ word) % 2**64)
    stirred = signed((((key[0] * FACTOR ^ key[1]) * FACTOR ^ key[2]) * FACTOR ^ path) % 2**64)
    return (stirred ^ (stirred >> 29) ^ (stirred >> 47)) & (slots - 1)
