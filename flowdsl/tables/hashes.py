"""The 64-bit hashes (keyed_draws.hash_text) of millions of ids, calculated with NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from flowdsl.chance.keyed_draws import BASIS, FACTOR, FIRST, GOLDEN, SECOND
from flowdsl.tables.arrays import Texts

if TYPE_CHECKING:
    import numpy.typing as npt

Hashes: TypeAlias = "npt.NDArray[np.uint64]"
BLOCK = 1 << 18  # texts that are hashed side by side


def hashes(texts: Texts) -> Hashes:
    """The hash of each text's UTF-8 bytes: all first bytes at once, then all second ones, and so on.

    >>> from flowdsl.chance.keyed_draws import hash_text
    >>> hashes(Texts.of(["c42", ""])).tolist() == [hash_text("c42"), hash_text("")]
    True
    """
    found = np.full(len(texts), BASIS, dtype=np.uint64)
    for first in range(0, len(texts), BLOCK):
        _hash_block(texts, found[first : first + BLOCK], first)
    return found


def _hash_block(texts: Texts, found: Hashes, first: int) -> None:
    starts, ends = texts.starts[first : first + len(found)], texts.starts[first + 1 : first + 1 + len(found)]
    lengths = ends - starts
    order = np.argsort(-lengths, kind="stable")  # the longest first, so that those still to be hashed stand together
    lengths, starts = lengths[order], starts[order]
    numbers = found[order]
    for place in range(int(lengths[0]) if len(lengths) else 0):
        left = int(np.searchsorted(-lengths, -place, side="left"))
        part = (numbers[:left] ^ texts.data[starts[:left] + place]) * np.uint64(FACTOR)
        numbers[:left] = part ^ (part >> np.uint64(32))
    found[order] = _mixed(numbers)


def _mixed(numbers: Hashes) -> Hashes:
    """draws.mix of many numbers; those of 64 bits wrap around by themselves."""
    numbers = numbers + np.uint64(GOLDEN)
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(FIRST)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(SECOND)
    return numbers ^ (numbers >> np.uint64(31))
