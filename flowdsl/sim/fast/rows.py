"""Rows as they are written, compiled: the words of a row go in, 36 bytes and perhaps a new shape come out.

`t` holds the shapes seen so far in an open-addressing table (layout.py), `o` the rows as sim.log lays them out. When
either is full, the state says so and the contact is lived again with more room.
"""

from __future__ import annotations

from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.twins import compiled
from flowdsl.sim.fast.words import HalfWords, Words

PATH = 3  # words of a key before those of a path
FACTOR = 0x5851F42D4C957F2D  # odd, with its bits well spread


@compiled
def _mixed(a: int, b: int, c: int, path: int) -> int:
    mixed = ((a * FACTOR ^ b) * FACTOR ^ c) * FACTOR ^ path
    return mixed ^ (mixed >> 29) ^ (mixed >> 47)


@compiled
def _is_shape(p: Words, s: Words, t: Words, key: int, a: int, b: int, c: int, run: int) -> bool:
    if t[key] != a or t[key + 1] != b or t[key + 2] != c:
        return False
    for word in range(p[at.PATH_WORDS]):
        if t[key + PATH + word] != (s[run + at.R_PATH + word] if run >= 0 else 0):
            return False
    return True


@compiled
def _shape(p: Words, s: Words, t: Words, a: int, b: int, c: int, run: int) -> int:
    """The number of a shape, which may be new; -1 when there is no room for it. run: whose path it has, or -1."""
    path = 0
    if run >= 0:
        for word in range(p[at.PATH_WORDS]):
            path = path * FACTOR ^ s[run + at.R_PATH + word]
    mask = t[at.N_SLOTS] - 1
    slot = _mixed(a, b, c, path) & mask
    keys = at.SLOTS + t[at.N_SLOTS]
    while t[at.SLOTS + slot] != 0:
        number = t[at.SLOTS + slot] - 1
        if _is_shape(p, s, t, keys + number * t[at.KEY_WIDTH], a, b, c, run):
            return int(number)
        slot = (slot + 1) & mask
    if t[at.N_SHAPES] == t[at.MOST_SHAPES]:
        s[at.FULL] = at.SHAPES_FULL
        return -1
    number = t[at.N_SHAPES]
    t[at.N_SHAPES] = number + 1
    t[at.SLOTS + slot] = number + 1
    key = keys + number * t[at.KEY_WIDTH]
    t[key], t[key + 1], t[key + 2] = a, b, c
    for word in range(p[at.PATH_WORDS]):
        t[key + PATH + word] = s[run + at.R_PATH + word] if run >= 0 else 0
    return int(number)


@compiled
def _write(s: Words, t: Words, o: HalfWords, now: int, due: int, queued: int, shape: int, identity: int) -> None:
    row = t[at.ROWS] * at.ROW_WORDS
    o[row] = now & 0xFFFFFFFF
    o[row + 1] = now >> 32
    o[row + 2] = due & 0xFFFFFFFF
    o[row + 3] = due >> 32
    o[row + 4] = queued & 0xFFFFFFFF
    o[row + 5] = queued >> 32
    o[row + 6] = s[at.CONTACT]
    o[row + 7] = shape
    o[row + 8] = identity
    t[at.ROWS] += 1


@compiled
def write_row(
    p: Words,
    s: Words,
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
    if now < p[at.START] and (kind != at.RUN_ROW or status == at.IS_DECLINED):
        return
    if t[at.ROWS] == t[at.MOST_ROWS]:
        s[at.FULL] = at.ROWS_FULL
        return
    a = kind | status << 4 | about << 8 | site << 36
    shape = _shape(p, s, t, a, run << 32 | iteration, name << 32 | reason, path)
    if shape >= 0:
        _write(s, t, o, now, due, queued, shape, identity)
