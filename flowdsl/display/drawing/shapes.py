"""The shapes of a diagram: boxes, edges, labels and frames, and Blocks that are built from them.

A Block has a size, an axis (the x of the edges that enter and leave it), and says whether the path continues below it.
Lengths are pixels; y grows downwards.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

LETTER, LINE = 6.9, 15.0  # of the font that boxes are written in: mean width, distance of lines
BOLD = 1.1  # times as wide
WIDEST, MOST_LINES = 34, 4  # letters of a line, lines of a box
PAD, GAP = 12.0, 26.0  # inside a box, and between a box and the next below it


@dataclass(frozen=True, slots=True)
class Box:
    """A step: its kind says how it looks, `lines` what is written in it, `said` the whole of it; `node` which node of
    the plan it is ("" for none that is known), `counts` what a simulation says of it."""

    kind: str
    lines: tuple[str, ...]
    said: str
    x: float
    y: float
    width: float
    height: float
    node: str = ""
    counts: str = ""

    def moved(self, x: float, y: float) -> Box:
        """The same elsewhere."""
        return replace(self, x=self.x + x, y=self.y + y)


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from point to point, with an arrow at its end or not; dashed for a jump."""

    points: tuple[tuple[float, float], ...]
    has_arrow: bool = True
    is_dashed: bool = False

    def moved(self, x: float, y: float) -> Edge:
        """The same elsewhere."""
        return replace(self, points=tuple((px + x, py + y) for px, py in self.points))


@dataclass(frozen=True, slots=True)
class Tag:
    """A word on a way: yes, no, 40% "short"; x is its middle. count: how many went that way."""

    text: str
    x: float
    y: float
    count: str = ""

    def moved(self, x: float, y: float) -> Tag:
        """The same elsewhere."""
        return replace(self, x=self.x + x, y=self.y + y)


@dataclass(frozen=True, slots=True)
class Count:
    """A number beside a way, which begins right of x."""

    text: str
    x: float
    y: float

    def moved(self, x: float, y: float) -> Count:
        """The same elsewhere."""
        return replace(self, x=self.x + x, y=self.y + y)


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame around what is repeated, with a heading."""

    text: str
    x: float
    y: float
    width: float
    height: float
    node: str = ""

    def moved(self, x: float, y: float) -> Frame:
        """The same elsewhere."""
        return replace(self, x=self.x + x, y=self.y + y)


Item: TypeAlias = Box | Edge | Tag | Count | Frame


@dataclass(frozen=True, slots=True)
class Block:
    """Items that stand together.

    axis        x at which the way comes in above and, if it `goes_on`, leaves below
    come, gone  how many runs come in and go on, in words
    """

    width: float
    height: float
    axis: float
    items: tuple[Item, ...] = ()
    goes_on: bool = True
    come: str = ""
    gone: str = ""

    def moved(self, x: float, y: float) -> tuple[Item, ...]:
        """Its items elsewhere."""
        return tuple(item.moved(x, y) for item in self.items)


NOTHING = Block(64.0, 0.0, 32.0)  # an empty branch: only a way


def box(kind: str, said: str, goes_on: bool = True, node: str = "", counts: Iterable[str] = (), why: str = "") -> Block:
    """A box as large as its text, which is broken into lines, and cut after some; counts stand below it.

    >>> box("wait", "wait 3 days").items[0].lines
    ('wait 3 days',)
    """
    broken = _broken(said)
    lines = broken if len(broken) <= MOST_LINES else [*broken[: MOST_LINES - 1], broken[MOST_LINES - 1][:-1] + "…"]
    return _boxed(kind, lines, f"{said} ({why})" if why else said, goes_on, node, " · ".join(counts))


def _broken(said: str) -> list[str]:
    """A text in as few lines as it needs, of about the same length: no last line of one short word.

    >>> _broken('create task "Call" for "front desk"')
    ['create task "Call"', 'for "front desk"']
    """
    lines = textwrap.wrap(said, WIDEST, break_on_hyphens=False) or [""]
    for letters in range(len(said) // len(lines), WIDEST):
        narrower = textwrap.wrap(said, letters, break_on_hyphens=False, break_long_words=False)
        if len(narrower) == len(lines) and max(map(len, narrower)) <= letters:
            return narrower
    return lines


def listed(kind: str, lines: Iterable[str]) -> Block:
    """A box with a text on each line, further lines set in."""
    written = list(lines)
    broken = [
        part
        for one in written
        for part in textwrap.wrap(one, WIDEST + 8, subsequent_indent="  ", break_on_hyphens=False)
    ]
    return _boxed(kind, broken, "; ".join(written), True)


def _boxed(kind: str, lines: list[str], said: str, goes_on: bool, node: str = "", counts: str = "") -> Block:
    letter = LETTER * BOLD if kind in ("flow", "paused") else LETTER
    width = max(max(map(len, [*lines, counts])) * letter + 2 * PAD, 72.0)
    height = (len(lines) + bool(counts)) * LINE + PAD + 4
    one = Box(kind, tuple(lines), said, 0.0, 0.0, width, height, node, counts)
    return Block(width, height, width / 2, (one,), goes_on)


def stacked(pieces: Iterable[Block]) -> Block:
    """Pieces one below the other on one axis; nothing leads on from one that ends.

    Beside a way stands how many runs came to the next; where that is no step, how many went on from the one before.
    """
    parts = [piece for piece in pieces if piece.height]
    if not parts:
        return NOTHING
    axis = max(part.axis for part in parts)
    items: list[Item] = []
    y, before = 0.0, None
    for part in parts:
        if before is not None:
            if before.goes_on:
                items.append(Edge(((axis, y), (axis, y + GAP))))
                if part.come or before.gone:
                    items.append(Count(part.come or before.gone, axis, y + GAP / 2))
            y += GAP
        items += part.moved(axis - part.axis, y)
        y, before = y + part.height, part
    width = axis + max(part.width - part.axis for part in parts)
    return Block(width, y, axis, tuple(items), parts[-1].goes_on, parts[0].come, parts[-1].gone)
