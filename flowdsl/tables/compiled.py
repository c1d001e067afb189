"""Finds the places of millions of texts among others, compiled with Numba.

A table of slots, of which each holds 32 bits of a text's hash and its place. Arrow does the same with less memory at
three times the cost; lookup.py chooses. Numba is loaded here, and by the compiled engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeAlias, TypeVar

import numpy as np
from numba import config, njit

from flowdsl.chance.keyed_draws import BASIS, FACTOR

if config.DISABLE_JIT:
    raise ImportError("NUMBA_DISABLE_JIT is set: as plain Python this would take a thousand times longer than Arrow")

if TYPE_CHECKING:
    import numpy.typing as npt

Given = ParamSpec("Given")
Result = TypeVar("Result")
Bytes: TypeAlias = "npt.NDArray[np.uint8]"
Ints: TypeAlias = "npt.NDArray[np.int64]"
Slots: TypeAlias = "npt.NDArray[np.uint64]"
Int: TypeAlias = int | np.int64
EMPTY = np.uint64(0)
LOW = np.uint64(0xFFFFFFFF)
BLOCK = 512  # texts


def _compiled(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """The function as machine code, made when it is first called and kept for later processes."""
    compiled: Callable[Given, Result] = njit(function, nogil=True, cache=True)
    return compiled


@_compiled
def _hash(data: Bytes, start: Int, end: Int) -> np.uint64:
    number = np.uint64(BASIS)
    for i in range(start, end):
        number = (number ^ np.uint64(data[i])) * np.uint64(FACTOR)
        number ^= number >> np.uint64(32)
    return number


@_compiled
def _is_same(data: Bytes, start: Int, end: Int, other: Bytes, other_start: Int, other_end: Int) -> bool:
    if end - start != other_end - other_start:
        return False
    for i in range(end - start):  # noqa: SIM110 - a generator would not compile
        if data[start + i] != other[other_start + i]:
            return False
    return True


@_compiled
def fill(data: Bytes, starts: Ints, slots: Slots) -> bool:
    """Puts all texts into the slots (uint64, a power of two, zeros); False at the first that stands there already."""
    mask = np.uint64(len(slots) - 1)
    for place in range(len(starts) - 1):
        number = _hash(data, starts[place], starts[place + 1])
        slot = number & mask
        while slots[slot] != EMPTY:
            there = np.int64(slots[slot] & LOW) - 1
            if slots[slot] >> np.uint64(32) == number >> np.uint64(32) and _is_same(
                data, starts[place], starts[place + 1], data, starts[there], starts[there + 1]
            ):
                return False
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = (number & ~LOW) | np.uint64(place + 1)
    return True


@_compiled
def _probe(data: Bytes, starts: Ints, slots: Slots, number: np.uint64, wanted: Bytes, start: Int, end: Int) -> int:
    """Where one text stands, -1 for nowhere."""
    mask = np.uint64(len(slots) - 1)
    slot = number & mask
    while slots[slot] != EMPTY:
        if slots[slot] >> np.uint64(32) == number >> np.uint64(32):
            there = int(np.int64(slots[slot] & LOW)) - 1
            if _is_same(wanted, start, end, data, starts[there], starts[there + 1]):
                return there
        slot = (slot + np.uint64(1)) & mask
    return -1


@_compiled
def find(data: Bytes, starts: Ints, slots: Slots, wanted: Bytes, wanted_starts: Ints, places: Ints) -> None:
    """Writes the place of each wanted text, -1 for none.

    Memory is read for a block of texts at once, first all slots, then all starts: the processor waits once and not
    three times a text.
    """
    mask = np.uint64(len(slots) - 1)
    numbers, there = np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.int64)
    begins, ends = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    count = len(wanted_starts) - 1
    for first in range(0, count, BLOCK):
        size = min(BLOCK, count - first)
        for n in range(size):
            numbers[n] = _hash(wanted, wanted_starts[first + n], wanted_starts[first + n + 1])
        for n in range(size):
            found = slots[numbers[n] & mask]
            fits = found != EMPTY and found >> np.uint64(32) == numbers[n] >> np.uint64(32)
            there[n] = np.int64(found & LOW) - 1 if fits else -1
        for n in range(size):
            place = max(there[n], 0)
            begins[n], ends[n] = starts[place], starts[place + 1]
        for n in range(size):
            start, end = wanted_starts[first + n], wanted_starts[first + n + 1]
            if there[n] >= 0 and _is_same(wanted, start, end, data, begins[n], ends[n]):
                places[first + n] = there[n]
            else:
                places[first + n] = _probe(data, starts, slots, numbers[n], wanted, start, end)
