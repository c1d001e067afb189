"""Draws a diagram as SVG. Fills of its own with dark letters, so that it reads on any ground; numbers are rounded,
every text is escaped, and nothing needs a style sheet, a script or the network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from flowdsl.display.drawing.shapes import LETTER, LINE, PAD, Box, Count, Edge, Frame, Item, Tag

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"
INK, LINES, PALE = "#1f2328", "#7d8590", "#eff2f5"
LOOKS = {  # fill, border, radius
    "flow": ("#24292f", "#8c959f", 6), "paused": ("#59636e", "#8c959f", 6), "trigger": ("#dafbe1", "#1a7f37", 17),
    "rules": ("#f6f8fa", "#8c959f", 4), "wait": ("#ddf4ff", "#0969da", 6), "if": ("#fff8c5", "#9a6700", 17),
    "split": ("#fff1e5", "#bc4c00", 17), "send": ("#fbefff", "#8250df", 6), "action": ("#f4ecff", "#8250df", 6),
    "label": ("#ffffff", "#59636e", 10), "jump": ("#ffffff", "#59636e", 6), "end": ("#eaeef2", "#59636e", 17),
}  # fmt: skip
MARGIN, CORNER = 8.0, 8.0
SMALL = 6.0  # mean width of a letter of counts beside ways
FAINT, PAPER, GLOW = "#424a53", "#ffffff", "#fb8f44"


@dataclass(frozen=True, slots=True)
class Highlight:
    """Which boxes are lit up, by their nodes: those where somebody is `now`, those that have been `passed`; all others
    are dimmed if anything is lit."""

    now: frozenset[str] = frozenset()
    passed: frozenset[str] = frozenset()

    def of(self, node: str) -> str:
        """The attribute that dims a box, or none."""
        is_dim = bool(self.now or self.passed) and bool(node) and node not in self.now | self.passed
        return ' opacity="0.35"' if is_dim else ""

    def halo(self, one: Box) -> str:
        """What glows around a box."""
        if not one.node or one.node not in self.now:
            return ""
        return (
            f'<rect x="{_px(one.x - 4)}" y="{_px(one.y - 4)}" width="{_px(one.width + 8)}"'
            f' height="{_px(one.height + 8)}" rx="{min(LOOKS[one.kind][2], one.height / 2) + 4:g}" fill="{GLOW}"/>'
        )


NO_LIGHT = Highlight()


def svg(
    items: Sequence[Item], width: float, height: float, alt: str, name: str = "flow", lit: Highlight = NO_LIGHT
) -> str:
    """The whole picture. alt: what it shows, in words; name: what its ids begin with; lit: how boxes are lit up."""
    w, h = width + 2 * MARGIN, height + 2 * MARGIN
    ordered = [item for kind in (Frame, Edge, Box, Tag, Count) for item in _of(items, kind)]
    drawn = "".join(_drawn(item.moved(MARGIN, MARGIN), f"{name}-arrow", lit) for item in ordered)
    arrow = (
        f'<defs><marker id="{escape(name)}-arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7"'
        f' markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="{LINES}"/></marker></defs>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_px(w)} {_px(h)}" width="{_px(w)}" height="{_px(h)}"'
        f' role="img" aria-label="{escape(alt)}" font-family="{FONT}" font-size="12"'
        f' style="max-width: 100%; height: auto">{arrow}{drawn}</svg>'
    )


def _of(items: Iterable[Item], kind: type[Item]) -> list[Item]:
    return [item for item in items if isinstance(item, kind)]


def _drawn(item: Item, arrow: str, lit: Highlight) -> str:
    match item:
        case Box():
            return _box(item, lit)
        case Edge():
            return _way(item, arrow)
        case Tag():
            return _tag(item)
        case Count():
            return _count(item)
        case Frame():
            return _frame(item)


def _px(number: float) -> str:
    """A length, rounded so that pictures of the same program are the same text."""
    return f"{round(number, 1):g}"


def _box(one: Box, lit: Highlight) -> str:
    fill, border, radius = LOOKS[one.kind]
    ink = "#ffffff" if one.kind in ("flow", "paused") else INK
    dashes = ' stroke-dasharray="5 3"' if one.kind in ("paused", "jump") else ""
    bold = ' font-weight="600"' if one.kind in ("flow", "paused") else ""
    is_list = one.kind == "rules"
    x = one.x + PAD if is_list else one.x + one.width / 2
    first = one.y + (one.height - (len(one.lines) + bool(one.counts)) * LINE) / 2 + LINE - 4
    counted = (
        f'<text x="{_px(one.x + one.width / 2)}" y="{_px(first + len(one.lines) * LINE)}" font-size="11"'
        f' font-weight="600" text-anchor="middle" opacity="0.85">{escape(one.counts, quote=False)}</text>'
        if one.counts
        else ""
    )
    lines = "".join(
        f'<text x="{_px(x + (8 if text.startswith("  ") else 0))}" y="{_px(first + n * LINE)}">'
        f"{escape(text.strip(), quote=False)}</text>"
        for n, text in enumerate(one.lines)
    )
    anchor = "" if is_list else ' text-anchor="middle"'
    node = f' data-node="{escape(one.node)}"' if one.node else ""
    return (
        f"<g{node}{lit.of(one.node)}><title>{escape(one.said, quote=False)}</title>{lit.halo(one)}"
        f'<rect x="{_px(one.x)}" y="{_px(one.y)}" width="{_px(one.width)}" height="{_px(one.height)}"'
        f' rx="{min(radius, one.height / 2):g}" fill="{fill}" stroke="{border}"{dashes}/>'
        f'<g fill="{ink}"{anchor}{bold}>{lines}{counted}</g></g>'
    )


def _way(one: Edge, arrow: str) -> str:
    dashes = ' stroke-dasharray="4 3"' if one.is_dashed else ""
    head = f' marker-end="url(#{escape(arrow)})"' if one.has_arrow else ""
    return f'<path d="{_path(one.points)}" fill="none" stroke="{LINES}" stroke-width="1.5"{dashes}{head}/>'


def _path(points: Sequence[tuple[float, float]]) -> str:
    """Straight lines with round corners."""
    (x, y), *_ = points
    said = [f"M{_px(x)} {_px(y)}"]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        near, far = toward(at, before), toward(at, after)
        said.append(f"L{_px(near[0])} {_px(near[1])}Q{_px(at[0])} {_px(at[1])} {_px(far[0])} {_px(far[1])}")
    return "".join([*said, f"L{_px(points[-1][0])} {_px(points[-1][1])}"])


def toward(at: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """A point near a corner on the way to another point."""
    dx, dy = other[0] - at[0], other[1] - at[1]
    length = abs(dx) + abs(dy)  # one of them is 0
    part = min(CORNER, length / 2) / length if length else 0.0
    return at[0] + dx * part, at[1] + dy * part


def _tag(one: Tag) -> str:
    width = len(f"{one.text}  {one.count}" if one.count else one.text) * LETTER + 12
    count = f'<tspan dx="6" font-weight="600">{escape(one.count, quote=False)}</tspan>' if one.count else ""
    return (
        f'<rect x="{_px(one.x - width / 2)}" y="{_px(one.y - 10)}" width="{_px(width)}" height="18" rx="9"'
        f' fill="{PALE}" stroke="#d1d9e0"/><text x="{_px(one.x)}" y="{_px(one.y + 3)}" text-anchor="middle"'
        f' font-size="11" fill="{INK}">{escape(one.text, quote=False)}{count}</text>'
    )


def _count(one: Count) -> str:
    """On paper of its own, which is seen where the ground is dark."""
    width = len(one.text) * SMALL + 8
    return (
        f'<rect x="{_px(one.x + 5)}" y="{_px(one.y - 8)}" width="{_px(width)}" height="15" rx="7.5" fill="{PAPER}"/>'
        f'<text x="{_px(one.x + 5 + width / 2)}" y="{_px(one.y + 3)}" text-anchor="middle" font-size="10.5"'
        f' fill="{FAINT}">{escape(one.text, quote=False)}</text>'
    )


def _frame(one: Frame) -> str:
    width = len(one.text) * LETTER + 12
    node = f' data-node="{escape(one.node)}"' if one.node else ""
    return (
        f"<g{node}><title>{escape(one.text, quote=False)}</title>"
        f'<rect x="{_px(one.x)}" y="{_px(one.y)}" width="{_px(one.width)}" height="{_px(one.height)}" rx="8"'
        f' fill="none" stroke="{LINES}" stroke-dasharray="2 3"/>'
        f'<rect x="{_px(one.x + 8)}" y="{_px(one.y + 5)}" width="{_px(width)}" height="18" rx="9" fill="{PALE}"'
        f' stroke="#d1d9e0"/><text x="{_px(one.x + 8 + width / 2)}" y="{_px(one.y + 18)}" font-size="11"'
        f' text-anchor="middle" fill="{INK}">{escape(one.text, quote=False)}</text></g>'
    )
