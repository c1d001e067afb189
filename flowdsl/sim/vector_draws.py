"""Many draws of one key at once with NumPy: the same numbers as single calls of `keyed_draws.draw` and
`delay_laws.delay`."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from flowdsl.chance import delay_laws
from flowdsl.chance.keyed_draws import FIRST, GOLDEN, MASK, SECOND

Words: TypeAlias = "npt.NDArray[np.uint64]"
ONE, HALF_BITS = np.uint64(1), np.uint64(delay_laws.HALF - 1)


def drawn(key: int, first: int, count: int) -> Words:
    """`count` random numbers of a key, beginning with number `first` (from 0).

    >>> from flowdsl.chance.keyed_draws import draw
    >>> drawn(7, 3, 2).tolist() == [draw(7, 3), draw(7, 4)]
    True
    """
    return mixed(np.uint64(key & MASK) + np.arange(first, first + count, dtype=np.uint64) * np.uint64(GOLDEN))


def mixed(numbers: Words) -> Words:
    """The first number of the splitmix64 stream of each state.

    >>> from flowdsl.chance.keyed_draws import mix
    >>> mixed(np.array([7, 8], dtype=np.uint64)).tolist() == [mix(7), mix(8)]
    True
    """
    numbers = numbers + np.uint64(GOLDEN)  # 64-bit numbers wrap around
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(FIRST)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(SECOND)
    return numbers ^ (numbers >> np.uint64(31))


def extended(keys: Words, part: int) -> Words:
    """Each key, one level below for the same number.

    >>> from flowdsl.chance.keyed_draws import extend
    >>> extended(np.array([7, 8], dtype=np.uint64), 3).tolist() == [extend(7, 3), extend(8, 3)]
    True
    """
    return mixed(keys ^ mixed(np.array([part & MASK], dtype=np.uint64)))


def delays(table: delay_laws.Table, numbers: Words) -> npt.NDArray[np.int64]:
    """The delay of each random number by a table of quantiles (delay_laws.delay).

    >>> numbers = drawn(7, 0, 2)
    >>> table = delay_laws.unit()
    >>> delays(table, numbers).tolist() == [delay_laws.delay(table, number) for number in numbers.tolist()]
    True
    """
    knots, last = np.array(table, dtype=np.int64), len(table) - 1
    upper = numbers >= np.uint64(delay_laws.HALF)
    rest = np.where(upper, ~numbers, numbers) & HALF_BITS
    octave = np.full(len(numbers), delay_laws.OCTAVES - 1)
    for _ in range(delay_laws.OCTAVES - 1):
        is_low = rest < np.uint64(delay_laws.QUARTER)
        rest, octave = np.where(is_low, rest << ONE, rest), octave - is_low
    rest = np.where(octave > 0, (rest & np.uint64(delay_laws.QUARTER - 1)) << ONE, rest)
    knot = octave * delay_laws.CELLS + (rest >> np.uint64(60)).astype(np.int64)
    fraction = ((rest >> np.uint64(28)) & np.uint64(0xFFFFFFFF)).astype(np.int64)
    near = np.where(upper, last - knot, knot)
    size = np.abs(knots[np.where(upper, near - 1, near + 1)] - knots[near])
    part = ((size >> 16) * fraction + ((size & 0xFFFF) * fraction >> 16)) >> 16
    found: npt.NDArray[np.int64] = np.maximum(knots[near] + np.where(upper, -part, part), 1)
    return found
