"""Names for the arrays that everything here is made of.

Words and HalfWords are what compiled functions read and write, a word at a time: arrays of int64 and int32, which a
type checker takes for lists, so that a word is an `int` to it. Ints and HalfInts are the same arrays as Python sees
them; Integers are of any width, Bytes of uint8.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Words: TypeAlias = "list[int]"
HalfWords: TypeAlias = "list[int]"
Ints: TypeAlias = "npt.NDArray[np.int64]"
HalfInts: TypeAlias = "npt.NDArray[np.int32]"
Bytes: TypeAlias = "npt.NDArray[np.uint8]"
Integers: TypeAlias = "npt.NDArray[np.integer]"
Flags: TypeAlias = "npt.NDArray[np.bool_]"


def clear(words: Words, place: int, count: int) -> None:
    """Sets so many words from a place on to 0; compiled, it is one instruction."""
    words[place : place + count] = [0] * count


def words_at(address: int) -> Words:
    """The words that begin at an address; compiled, words are an address."""
    return address  # type: ignore[return-value]
