"""Lays out a branch and its alternatives side by side, as one block."""

from __future__ import annotations

from collections.abc import Sequence

from flowdsl.display.drawing.shapes import GAP, LETTER, Block, Edge, Frame, Item, Tag

BETWEEN = 28.0  # branches
FALL = 56.0  # from a head to its branches, with a word on the way
MEET = 18.0  # from the end of the longest branch to where all meet
INSIDE, HEADING = 16.0, 24.0  # a frame: around its body, and above


def parted(head: Block, branches: Sequence[tuple[str, Block]]) -> Block:
    """A head above its branches, each with a word on its way; those that go on meet below."""
    lefts, width = _places(branches)
    axes = [left + branch.axis for left, (_, branch) in zip(lefts, branches, strict=True)]
    axis = (axes[0] + axes[-1]) / 2
    shift = max(head.axis - axis, 0.0)
    axis, axes, lefts = axis + shift, [one + shift for one in axes], [one + shift for one in lefts]
    top = head.height + FALL
    bottom = top + max(branch.height for _, branch in branches) + MEET
    items: list[Item] = [*head.moved(axis - head.axis, 0.0)]
    for left, own, (word, branch) in zip(lefts, axes, branches, strict=True):
        items.append(_down(axis, own, head.height, top, bool(branch.height)))
        items += [*branch.moved(left, top), Tag(word, own, top - 22.0, branch.come)]
        if branch.goes_on:
            items.append(_back(own, axis, top + branch.height, bottom))
    goes_on = any(branch.goes_on for _, branch in branches)
    whole = max(width + shift, axis + head.width - head.axis)
    return Block(whole, bottom if goes_on else bottom - MEET, axis, tuple(items), goes_on)


def _places(branches: Sequence[tuple[str, Block]]) -> tuple[list[float], float]:
    """Where each branch begins on the left, with room for its word, and how wide all are."""
    lefts, x = [], 0.0
    for word, branch in branches:
        half = (len(f"{word} {branch.come}") * LETTER + 16) / 2
        x += max(half - branch.axis, 0.0)
        lefts.append(x)
        x += max(branch.width, branch.axis + half) + BETWEEN
    return lefts, x - BETWEEN


def _down(axis: float, own: float, y: float, top: float, has_arrow: bool) -> Edge:
    if own == axis:
        return Edge(((axis, y), (own, top)), has_arrow)
    return Edge(((axis, y), (axis, y + 14), (own, y + 14), (own, top)), has_arrow)


def _back(own: float, axis: float, y: float, bottom: float) -> Edge:
    if own == axis:
        return Edge(((own, y), (own, bottom)), has_arrow=False)
    return Edge(((own, y), (own, bottom - MEET / 2), (axis, bottom - MEET / 2), (axis, bottom)), has_arrow=False)


def framed(heading: str, body: Block, node: str = "") -> Block:
    """A body in a frame that says how often it is done."""
    beside = len(heading) * LETTER + 2 * INSIDE  # the heading stands to the left of the way
    left = max(INSIDE, beside - body.axis)
    width, axis, top = left + body.width + INSIDE, left + body.axis, HEADING + GAP / 2
    height = top + body.height + INSIDE
    ways = [Edge(((axis, 0.0), (axis, top)))]
    if body.goes_on:
        ways.append(Edge(((axis, top + body.height), (axis, height)), has_arrow=False))
    frame = Frame(heading, 0.0, 0.0, width, height, node)
    return Block(width, height, axis, (frame, *ways, *body.moved(left, top)), body.goes_on)
