"""Addresses of arrays, by which compiled code reads and writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from flowdsl.sim.fast.words import Ints

Array: TypeAlias = "npt.NDArray[np.generic]"


def address(array: Array) -> int:
    """Where an array of NumPy begins; whoever asks sees that it stays there."""
    return int(array.ctypes.data)


def directory(arrays: Iterable[Array]) -> Ints:
    """Of arrays one after the other: address, how many rows, how many items in the last dimension; three words each."""
    return np.array([(address(one), len(one), one.shape[-1]) for one in arrays], dtype=np.int64)
