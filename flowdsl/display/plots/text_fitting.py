"""Fits texts into widths: wrapped or shortened, with characters that the font has.

Names of a program may hold anything: dollars, which matplotlib would read as formulas, and letters that its own font
lacks. Nothing here is read as a formula; missing characters are taken from other fonts, or become a box.
"""

from __future__ import annotations

from functools import cache
from typing import TypedDict

from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.ft2font import FT2Font
from matplotlib.textpath import text_to_path

from flowdsl.display.plots.style import FINE, INK, MUTED, TEXT

OWN = "DejaVu Sans"  # comes with matplotlib, so that pictures are alike everywhere
OTHERS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "PingFang SC", "Hiragino Sans", "Microsoft YaHei", "Arial Unicode MS")
BOX = "□"
CUT = "…"


class TextLook(TypedDict):
    """How a text looks, as options of matplotlib's texts."""

    fontfamily: list[str]
    fontsize: float
    color: str
    fontweight: str
    fontstyle: str
    parse_math: bool


def look(size: float = TEXT, colour: str = INK, weight: str = "normal") -> TextLook:
    """How a text looks, as options of matplotlib's texts."""
    return {
        "fontfamily": list(families()),
        "fontsize": size,
        "color": colour,
        "fontweight": weight,
        "fontstyle": "normal",
        "parse_math": False,
    }


@cache
def families() -> tuple[str, ...]:
    """The fonts that letters are looked for in, in turn: those that are installed."""
    installed = set(fontManager.get_font_names())
    return (OWN, *(name for name in OTHERS if name in installed))


@cache
def _fonts() -> tuple[FT2Font, ...]:
    return tuple(get_font(fontManager.findfont(FontProperties(family=[name]))) for name in families())


@cache
def _has(letter: str) -> bool:
    return any(font.get_char_index(ord(letter)) for font in _fonts())


def printable(text: str) -> str:
    """A text on one line, in letters that some font has.

    >>> printable("Tom\\n& \\U0001fa77")
    'Tom & □'
    """
    line = " ".join(str(text).split())
    return "".join(letter if _has(letter) else BOX for letter in line)


def width(text: str, size: float, weight: str = "normal") -> float:
    """How wide a line is, in inches."""
    font = FontProperties(family=list(families()), size=size, weight=weight)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]) / 72


def shortened(text: str, widest: float, size: float = TEXT) -> str:
    """A text that is no wider than this many inches: what is cut from its middle is marked by a sign.

    >>> shortened("Welcome", 2), shortened("Welcome to the studio of many", 1)
    ('Welcome', 'Welcome…of many')
    """
    line = printable(text)
    if width(line, size) <= widest:
        return line
    for kept in range(len(line) - 1, 1, -1):
        cut = line[: (kept + 1) // 2].rstrip() + CUT + line[len(line) - kept // 2 :].lstrip()
        if width(cut, size) <= widest:
            return cut
    return CUT


def wrapped(text: str, widest: float, size: float, weight: str = "normal", most: int = 3) -> str:
    """A text broken between words into at most this many lines, none wider than this many inches."""
    lines: list[str] = []
    for word in printable(text).split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size, weight) <= widest:
            lines[-1] = longer
        else:
            lines.append(word)
    kept = [*lines[: most - 1], " ".join(lines[most - 1 :])] if len(lines) > most else lines
    return "\n".join(
        shortened(line, widest, size) if weight == "normal" else _bold(line, widest, size) for line in kept
    )


def _bold(line: str, widest: float, size: float) -> str:
    while width(line, size, "bold") > widest and len(line) > 2:
        line = line.rstrip(CUT)[:-1] + CUT
    return line


def fine(colour: str = MUTED) -> TextLook:
    """How notes look."""
    return look(FINE, colour)
