"""Writes rows, 36 bytes each, and the shapes that describe them.

`t` holds the shapes seen so far in an open-addressing table (layout.py), `o` the rows as sim.log lays them out. When
either is full, the state says so and the contact is lived again with more room.
"""

from __future__ import annotations

from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.words import HalfWords, PlanWords, StateWords, Words, signed, words_at

QUARTER = 900_000  # ms, as in sim.tally
PATH = 3  # words of a key before those of a path
FACTOR = 0x5851F42D4C957F2D  # odd, with its bits well spread


def _mixed(a: int, b: int, c: int, path: int) -> int:
    mixed = signed(((a * FACTOR ^ b) * FACTOR ^ c) * FACTOR ^ path)
    return mixed ^ (mixed >> 29) ^ (mixed >> 47)


def _is_shape(p: PlanWords, s: StateWords, t: Words, key: int, a: int, b: int, c: int, run: int) -> bool:
    if t[key] != a or t[key + 1] != b or t[key + 2] != c:
        return False
    for word in range(p[at.PATH_WORDS]):
        if t[key + PATH + word] != (s[run + at.R_PATH + word] if run >= 0 else 0):
            return False
    return True


def shape_of(p: PlanWords, s: StateWords, t: Words, a: int, b: int, c: int, run: int) -> int:
    """The number of a shape, which may be new; -1 when there is no room for it. run: whose path it has, or -1."""
    path = 0
    if run >= 0:
        for word in range(p[at.PATH_WORDS]):
            path = signed(path * FACTOR ^ s[run + at.R_PATH + word])
    mask = t[at.N_SLOTS] - 1
    slot = _mixed(a, b, c, path) & mask
    keys = at.SLOTS + t[at.N_SLOTS]
    while t[at.SLOTS + slot] != 0:
        number = t[at.SLOTS + slot] - 1
        if _is_shape(p, s, t, keys + number * t[at.SHAPE_WORDS], a, b, c, run):
            return int(number)
        slot = (slot + 1) & mask
    if t[at.N_SHAPES] == t[at.MOST_SHAPES]:
        s[at.FULL] = at.SHAPES_FULL
        return -1
    number = t[at.N_SHAPES]
    t[at.N_SHAPES] = number + 1
    t[at.SLOTS + slot] = number + 1
    key = keys + number * t[at.SHAPE_WORDS]
    t[key], t[key + 1], t[key + 2] = a, b, c
    for word in range(p[at.PATH_WORDS]):
        t[key + PATH + word] = s[run + at.R_PATH + word] if run >= 0 else 0
    t[key + t[at.SHAPE_WORDS] - 2] = _line(p, a)
    t[key + t[at.SHAPE_WORDS] - 1] = 0
    return int(number)


def _line(p: PlanWords, a: int) -> int:
    """The line that rows of a shape count in over time: one of a flow's, or of a message's."""
    kind, status, site = a & 0xF, a >> 4 & 0xF, a >> 36
    if kind == at.RUN_ROW:
        if status == at.IS_PENDING:
            return at.NO_LINE
        flow = site if status == at.IS_DECLINED else p[p[at.NODES] + site * at.NODE_WIDTH + at.N_FLOW]
        return int(flow * at.LINES_OF_FLOW + status)
    node = p[at.NODES] + site * at.NODE_WIDTH
    if kind != at.ACTION_ROW or p[node + at.N_EFFECT] != at.SEND or (status != at.IS_DONE and status != at.IS_SKIPPED):
        return at.NO_LINE
    return int(p[at.N_FLOWS] * at.LINES_OF_FLOW + 2 * site + (1 if status == at.IS_SKIPPED else 0))


def _once_more(numbers: Words, place: int) -> None:
    numbers[place] += 1


def count_rows(t: Words, o: HalfWords) -> None:
    """Counts the rows of one contact, and lets them go."""
    for row in range(t[at.ROWS]):
        place = row * at.ROW_WORDS
        _count_one(t, o[place + at.ROW_SHAPE], o[place + 1] << 32 | o[place] & 0xFFFFFFFF)
    t[at.ROWS] = 0


def count_notes(s: StateWords, t: Words) -> None:
    """Counts what has been noted of one contact in place of rows."""
    place = s[at.NOTES]
    for _ in range(s[at.N_NOTES]):
        _count_one(t, s[place], s[place + 1])
        place += at.NOTE_WIDTH
    s[at.N_NOTES] = 0


def _count_one(t: Words, shape: int, time: int) -> None:
    last = at.SLOTS + t[at.N_SLOTS] + (shape + 1) * t[at.SHAPE_WORDS] - 1
    line = t[last - 1]
    t[last] += 1
    if line != at.NO_LINE:
        quarter = time // QUARTER - t[at.FIRST_QUARTER]
        _once_more(words_at(t[at.SERIES]), line * t[at.N_QUARTERS] + quarter)


def write(s: StateWords, t: Words, o: HalfWords, now: int, due: int, queued: int, shape: int, identity: int) -> None:
    row = t[at.ROWS] * at.ROW_WORDS
    o[row] = now & 0xFFFFFFFF
    o[row + 1] = now >> 32
    o[row + 2] = due & 0xFFFFFFFF
    o[row + 3] = due >> 32
    o[row + 4] = queued & 0xFFFFFFFF
    o[row + 5] = queued >> 32
    o[row + 6] = s[at.CONTACT]
    o[row + at.ROW_SHAPE] = shape
    o[row + 8] = identity
    t[at.ROWS] += 1


def write_row(
    p: PlanWords,
    s: StateWords,
    t: Words,
    o: HalfWords,
    now: int,
    kind: int,
    site: int,
    run: int,
    iteration: int,
    name: int,
    status: int,
    reason: int,
    about: int,
    path: int,
    identity: int,
    due: int,
    queued: int,
) -> None:
    """Keeps one row. site: the node, flow or event that says what it is; path: the run whose path it has, or -1.

    Rows before the start, of a warm-up, are let go, but those of runs, which may live into it.
    """
    if now < p[at.START] and (kind != at.RUN_ROW or status == at.IS_DECLINED or p[at.KEPT_ROWS] == at.COUNTS):
        return
    if p[at.KEPT_ROWS] != at.EVERY_ROW and kind == at.EVENT_ROW:
        return
    if t[at.ROWS] == t[at.MOST_ROWS]:
        s[at.FULL] = at.ROWS_FULL
        return
    a = kind | status << 4 | about << 8 | site << 36
    which = run << 32 | iteration if p[at.KEPT_ROWS] != at.COUNTS else 0
    shape = shape_of(p, s, t, a, which, name << 32 | reason, path)
    if shape >= 0:
        write(s, t, o, now, due, queued, shape, identity)
