"""Keyed draws: a key of texts and numbers gives 64-bit random numbers, always the same for the same key.

Nothing is drawn in sequence, so contacts can be simulated in any order and on any machine. Everything is based on one
mixing function: splitmix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014). A
draw is the k-th number of the splitmix64 stream whose state is the key. The mixing constants are all 2**63 or more, so
that compiled code treats them as unsigned 64-bit numbers; there they wrap around automatically, here each step is cut
to 64 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

MASK = 0xFFFFFFFFFFFFFFFF
GOLDEN = 0x9E3779B97F4A7C15  # 2**64 / golden ratio: the step of a splitmix64 stream
FIRST = 0xBF58476D1CE4E5B9
SECOND = 0x94D049BB133111EB
BASIS = 0xCBF29CE484222325  # offset basis of the FNV-1a hash
FACTOR = 0xD6E8FEB86659FD93  # odd, with its bits well distributed
WHOLE = 2**53  # a probability of one, on the scale of `share`


class Bytes(Protocol):
    """Bytes by their place: `bytes`, an array, or memory of compiled code."""

    def __getitem__(self, place: int, /) -> int: ...


def mix(number: int) -> int:
    """The first number of the splitmix64 stream with this state.

    >>> mix(1234567)
    6457827717110365317
    """
    number = (number + GOLDEN) & MASK
    number = ((number ^ (number >> 30)) * FIRST) & MASK
    number = ((number ^ (number >> 27)) * SECOND) & MASK
    return number ^ (number >> 31)


def draw(key: int, k: int) -> int:
    """The k-th (from 0) of a key's random numbers, uniform on 0 to 2**64 - 1.

    >>> draw(1234567, 0), draw(1234567, 1)
    (6457827717110365317, 3203168211198807973)
    """
    return mix((key + k * GOLDEN) & MASK)


def extend(key: int, part: int) -> int:
    """The key one level below `key` for this number; the order of levels matters.

    >>> extend(extend(0, 1), 2) == extend(extend(0, 2), 1)
    False
    """
    return mix(key ^ mix(part & MASK))


def hash_bytes(data: Bytes, start: int, end: int) -> int:
    """64-bit hash of data[start:end], bytes 0 to 255: multiply, fold the high half down, byte by byte, then mix.

    >>> hash_bytes(b"c42", 0, 3) == hash_bytes(b"xc42x", 1, 4) == hash_text("c42")
    True
    """
    number = BASIS
    for i in range(start, end):
        number = ((number ^ data[i]) * FACTOR) & MASK
        number ^= number >> 32
    return mix(number)


def hash_text(text: str) -> int:
    """64-bit hash of a text's UTF-8 bytes.

    >>> hex(hash_text('c42'))
    '0x8b7eedec33f73588'
    """
    data = text.encode("utf-8", "surrogatepass")
    return hash_bytes(data, 0, len(data))


def key(*parts: int | str) -> int:
    """The key for these parts in this order: texts are hashed, numbers are used directly.

    >>> key("open", 1) == extend(key("open"), 1) != key("open", 2)
    True
    """
    number = BASIS
    for part in parts:
        number = extend(number, hash_text(part) if isinstance(part, str) else part)
    return number


def share(probability: float) -> int:
    """A probability as a whole number of 2**-53 units. Raises ValueError outside 0 to 1.

    >>> share(0.25) == WHOLE // 4
    True
    """
    if not 0 <= probability <= 1:
        raise ValueError(f"{probability} is not a share between 0 and 1")
    return round(probability * WHOLE)


def hits(number: int, threshold: int) -> bool:
    """True with the probability that was passed to `share`: never for 0, always for 1.

    >>> hits(draw(key("c42"), 0), share(1)), hits(draw(key("c42"), 0), share(0))
    (True, False)
    """
    return (number >> 11) < threshold


def arms(shares: Sequence[float]) -> tuple[int, ...]:
    """Cumulative thresholds for `pick`, from shares that add up to 1; the last is exactly the whole despite rounding.

    Raises ValueError when they do not add up to 1 (within a billionth).

    >>> arms([0.25, 0.75]) == (WHOLE // 4, WHOLE)
    True
    """
    if min(shares, default=0) < 0 or not abs(sum(shares) - 1) <= 1e-9:
        raise ValueError(f"the shares {', '.join(map(str, shares))} do not add up to 1")
    return (*(share(min(sum(shares[:i]), 1.0)) for i in range(1, len(shares))), WHOLE)


def pick(number: int, thresholds: Sequence[int]) -> int:
    """Index of the arm that a random number falls into, by cumulative thresholds out of 2**53.

    >>> [pick(number << 62, arms([0.25, 0.75])) for number in range(4)]
    [0, 1, 1, 1]
    """
    point = number >> 11
    for i in range(len(thresholds) - 1):
        if point < thresholds[i]:
            return i
    return len(thresholds) - 1


def scaled(fraction: int, size: int) -> int:
    """A fraction (out of 2**32) of a size (0 to 2**46), rounded down, computed within 64 bits.

    >>> scaled(1 << 31, 86_400_000)
    43200000
    """
    high, low = size >> 16, size & 0xFFFF
    return (high * fraction + (low * fraction >> 16)) >> 16


def below(number: int, size: int) -> int:
    """A whole number from 0 to size - 1, by the top 32 bits of a random number; size up to 2**46.

    >>> below(MASK, 10), below(0, 10)
    (9, 0)
    """
    return scaled(number >> 32, size)


def between(number: int, low: float, high: float) -> float:
    """A uniform value from low to high: what one replication assumes for `40% to 45%`.

    >>> between(1 << 63, 0.4, 0.5)
    0.45
    """
    return low + (high - low) * ((number >> 11) / WHOLE)
