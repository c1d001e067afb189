"""Names for the arrays that everything here is made of.

Words and HalfWords are what compiled functions read and write, a word at a time: arrays of int64 and int32, which a
type checker takes for lists, so that a word is an `int` to it. Ints are the same arrays as Python sees them.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

Words: TypeAlias = "list[int]"
HalfWords: TypeAlias = "list[int]"
Ints: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"


def clear(words: Words, place: int, count: int) -> None:
    """Sets so many words from a place on to 0; compiled, it is one instruction."""
    words[place : place + count] = [0] * count


def words_at(address: int) -> Words:
    """The words that begin at an address; compiled, words are an address."""
    return address  # type: ignore[return-value]
