"""A heap in a region of the state: rows of `width` words, ordered by their first two, the least on top."""

from __future__ import annotations

from flowdsl.sim.fast.words import StateWords


def _swap(s: StateWords, one: int, other: int, width: int) -> None:
    for word in range(width):
        s[one + word], s[other + word] = s[other + word], s[one + word]


def _before(s: StateWords, one: int, other: int) -> bool:
    return s[one] < s[other] or (s[one] == s[other] and s[one + 1] < s[other + 1])


def push(s: StateWords, base: int, count: int, width: int) -> None:
    """Takes in the row that has been written behind the `count` rows there are."""
    at = count
    while at > 0:
        up = (at - 1) >> 1
        if not _before(s, base + at * width, base + up * width):
            return
        _swap(s, base + at * width, base + up * width, width)
        at = up


def pop(s: StateWords, base: int, count: int, width: int) -> None:
    """Takes the top of `count` rows away; it stands behind the others afterwards."""
    last = count - 1
    _swap(s, base, base + last * width, width)
    at = 0
    while 2 * at + 1 < last:
        child = 2 * at + 1
        if child + 1 < last and _before(s, base + (child + 1) * width, base + child * width):
            child += 1
        if not _before(s, base + child * width, base + at * width):
            return
        _swap(s, base + child * width, base + at * width, width)
        at = child
