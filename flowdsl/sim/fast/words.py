"""Memory of the compiled engine, and the few things that compiled code does with it in an instruction.

PlanWords, StateWords, Words and HalfWords are arrays of int64 and int32; to a type checker, and where the walk runs as
Python, they are lists. Nobody writes PlanWords while contacts are simulated. Ints are such arrays as NumPy has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack, unpack
from threading import local
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

PlanWords: TypeAlias = "list[int]"
StateWords: TypeAlias = "list[int]"
Words: TypeAlias = "list[int]"
HalfWords: TypeAlias = "list[int]"
Ints: TypeAlias = "npt.NDArray[np.int64]"
HalfInts: TypeAlias = "npt.NDArray[np.int32]"
Bytes: TypeAlias = "npt.NDArray[np.uint8]"
Integers: TypeAlias = "npt.NDArray[np.integer]"
Flags: TypeAlias = "npt.NDArray[np.bool_]"

WORD = 1 << 64


def clear(words: Words, place: int, count: int) -> None:
    """Sets this many words to 0, from a place on.

    >>> words = [1, 2, 3, 4]
    >>> clear(words, 1, 2)
    >>> words
    [1, 0, 0, 4]
    """
    words[place : place + count] = [0] * count


def unsigned(word: int) -> int:
    """A word as a number without a sign: the same 64 bits.

    >>> unsigned(-1) == 2**64 - 1
    True
    """
    return word % WORD


def signed(word: int) -> int:
    """A word as a number with a sign: the same 64 bits.

    >>> signed(2**64 - 1)
    -1
    """
    return (word + WORD // 2) % WORD - WORD // 2


def as_decimal(word: int) -> float:
    """The decimal number whose 64 bits a word has.

    >>> as_decimal(4607182418800017408)
    1.0
    """
    (decimal,) = unpack("<d", pack("<q", word))
    return float(decimal)


def pairs(words: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Words two by two.

    >>> pairs([1, 2, 3, 4])
    ((1, 2), (3, 4))
    """
    return tuple(zip(words[::2], words[1::2], strict=True))


class _Here(local):
    """Of each thread, while the walk runs as Python: the memory that begins at an address."""

    def __init__(self) -> None:
        self.memory: dict[int, Words] = {}


HERE = _Here()


def words_at(address: int) -> Words:
    """The words that begin at an address."""
    return HERE.memory[address]
