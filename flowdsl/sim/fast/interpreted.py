"""The compiled engine's own code, run as plain Python: for debuggers, coverage and index errors.

NUMBA_DISABLE_JIT=1 asks for it. Arrays become lists for a call and are written back after it: numbers of Python are
faster than those of NumPy, and do not overflow.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import SupportsIndex, cast, overload

import numpy as np

from flowdsl.sim.fast.data import LARGEST, Data
from flowdsl.sim.fast.life import live_all
from flowdsl.sim.fast.memory import Memory
from flowdsl.sim.fast.pointers import Array, address
from flowdsl.sim.fast.words import HERE


def walk(memory: Memory, first: int, stop: int) -> int:
    """Runs the walk as Python: the contacts from `first` to `stop`; gives the one it stopped at.

    Raises IndexError where the code reads or writes outside an array, OverflowError where a number has too many bits.
    """
    arrays: tuple[Array, ...] = (memory.plan, memory.state, memory.shapes, memory.rows, *memory.others)
    words = [Words(array.ravel().tolist()) for array in arrays]
    HERE.memory = {address(array): one for array, one in zip(arrays, words, strict=True)}
    try:
        p, s, t, o, *_ = words
        return live_all(p, s, t, o, as_lists(memory.tables), first, stop)
    finally:
        HERE.memory = {}
        for array, one in zip(arrays[1:], words[1:], strict=True):
            array.ravel()[:] = np.array(one, dtype=np.int64).astype(array.dtype)


class Words(list[int]):
    """A list that knows no places counted from its end, and does not grow: as memory is to compiled code."""

    @overload
    def __getitem__(self, place: SupportsIndex) -> int: ...

    @overload
    def __getitem__(self, place: slice) -> list[int]: ...

    def __getitem__(self, place: SupportsIndex | slice) -> int | list[int]:
        self._check(place)
        return super().__getitem__(place)

    @overload
    def __setitem__(self, place: SupportsIndex, value: int) -> None: ...

    @overload
    def __setitem__(self, place: slice, value: Iterable[int]) -> None: ...

    def __setitem__(self, place: SupportsIndex | slice, value: int | Iterable[int]) -> None:
        self._check(place)
        if isinstance(value, int) and not -LARGEST <= value < LARGEST:
            raise OverflowError(f"{value} does not fit into 64 bits")
        super().__setitem__(place, value)  # type: ignore[index, assignment]

    def _check(self, place: SupportsIndex | slice) -> None:
        first, stop = (place.start, place.stop) if isinstance(place, slice) else (int(place), int(place) + 1)
        if not 0 <= first <= stop <= len(self):
            raise IndexError(f"{place} is outside of memory of {len(self)} words")


class Rows(list[Words]):
    """A table of numbers, an item by row and column."""

    def __getitem__(self, place: tuple[int, int]) -> int:  # type: ignore[override]
        row, column = place
        return super().__getitem__(row)[column]


def as_lists(tables: Data) -> Data:
    """The tables of a simulation with lists in place of arrays, which are read in the same way."""
    arrays = cast(Iterable[Array], tables)
    lists = (Words(one.tolist()) if one.ndim == 1 else Rows(map(Words, one.tolist())) for one in arrays)
    return Data._make(cast(Iterable[Array], lists))
