"""Finds the places of texts among others, with Arrow, or compiled for millions of texts.

Where Numba is missing or cannot compile, Arrow does it all; the places are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

import numpy as np

from flowdsl.tables.arrays import Bytes, Ints, Texts

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

MANY = 2_000_000  # texts for which it pays to load Numba


class Compiled(Protocol):
    """What the compiled module does; it is loaded when it is first needed."""

    fill: Callable[[Bytes, Ints, npt.NDArray[np.uint64]], bool]
    find: Callable[[Bytes, Ints, npt.NDArray[np.uint64], Bytes, Ints, Ints], None]


def are_different(texts: Texts) -> bool:
    """Whether no text stands twice.

    >>> are_different(Texts.of(["c1", "c2", "c1"]))
    False
    """
    compiled = _compiled() if len(texts) >= MANY else None
    if compiled is None:
        return len(texts.arrow().dictionary_encode().dictionary) == len(texts)
    return bool(compiled.fill(*_frozen(texts), _slots(texts)))


def places(texts: Texts, wanted: pa.Array) -> Ints:
    """Where each text of an Arrow array of large strings stands among others, which are different; -1 for nowhere.

    >>> places(Texts.of(["c1", "c2"]), Texts.of(["c2", "c3"]).arrow()).tolist()
    [1, -1]
    """
    compiled = _compiled() if len(texts) + len(wanted) >= MANY else None
    if compiled is None:
        return _by_arrow(texts, wanted)
    return _found(compiled, texts, Texts.of_arrow(wanted))


def warm() -> None:
    """Compiles what large tables need, if Numba works and it is not compiled yet."""
    if compiled := _compiled():
        _found(compiled, Texts.of(["c1"]), Texts.of(["c2"]))


def _found(compiled: Compiled, texts: Texts, wanted: Texts) -> Ints:
    slots, own = _slots(texts), _frozen(texts)
    compiled.fill(*own, slots)
    found: Ints = np.empty(len(wanted), dtype=np.int64)
    compiled.find(*own, slots, *_frozen(wanted), found)
    return found


def _by_arrow(texts: Texts, wanted: pa.Array) -> Ints:
    import pyarrow.compute as pc

    found: Ints = pc.index_in(wanted, value_set=texts.arrow()).fill_null(-1).to_numpy(zero_copy_only=False)
    return found.astype(np.int64)


def _slots(texts: Texts) -> npt.NDArray[np.uint64]:
    """Room for a table of the texts, at most half of it full."""
    return np.zeros(1 << (2 * len(texts)).bit_length(), dtype=np.uint64)


def _frozen(texts: Texts) -> tuple[Bytes, Ints]:
    """The arrays of texts, read only, whether they were or not: compiled for one kind of array."""
    data, starts = texts.data.view(), texts.starts.view()
    data.flags.writeable = starts.flags.writeable = False
    return data, starts


@cache
def _compiled() -> Compiled | None:
    """The compiled way, or None where it cannot be used. The first call compiles it, on two texts."""
    try:
        compiled: Compiled = import_module("flowdsl.tables.compiled")
        _found(compiled, Texts.of(["a"]), Texts.of(["b"]))
    except Exception:  # Numba breaks in many ways, and Arrow gives the same places
        return None
    return compiled
