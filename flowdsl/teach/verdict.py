"""The Verdict on an answer: right, or the first contact with different results, whose two stories it shows side by
side, as text or HTML."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flowdsl.diagnostics.diagnostic import Diagnostic
from flowdsl.diagnostics.render import as_html, clean, report
from flowdsl.diagnostics.source import Source
from flowdsl.display.html import card, element, text
from flowdsl.display.story import Line

WIDEST = 44  # columns of a story in plain text
BEFORE, AFTER = 8, 4  # rows before and after the one in which stories differ
CELL = "text-align: left; vertical-align: top; padding: 0.15em 0.8em 0.15em 0"
MARKED = f"{CELL}; font-weight: 600; border-top: 2px solid #D55E00"


@dataclass(frozen=True, slots=True)
class Row:
    """A moment of both stories; marked where they first differ."""

    time: str
    mine: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    is_marked: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer does what is wanted: true in an `if` when it does.

    diagnostics  what is wrong with a text that cannot run; `sources` are its texts
    contact   the first one for whom the answer does something else; `about` says what is known of it
    rows      its two stories; `mine` and `wanted` say what differs first, `hint` and `place` where to look
    contacts, actions   how much was compared
    """

    is_right: bool
    diagnostics: tuple[Diagnostic, ...] = ()
    sources: tuple[Source, ...] = ()
    contact: str = ""
    about: str = ""
    moment: str = ""
    rows: tuple[Row, ...] = ()
    mine: str = ""
    wanted: str = ""
    hint: str = ""
    place: str = ""
    contacts: int = 0
    actions: int = 0

    def __bool__(self) -> bool:
        return self.is_right

    @property
    def faults(self) -> tuple[Diagnostic, ...]:
        """Deprecated: the earlier name of `diagnostics`."""
        warnings.warn("Verdict.faults is now called Verdict.diagnostics", DeprecationWarning, stacklevel=2)
        return self.diagnostics

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        """The verdict as text."""
        if self.is_right or not self.contact:
            return "\n\n".join(
                filter(None, [self.headline, report(self.diagnostics, self.sources) if self.diagnostics else ""])
            )
        lines = [
            self.headline,
            "",
            *_columns(self.rows),
            "",
            f"Your program: {self.mine}",
            f"Wanted:       {self.wanted}",
        ]
        lines += [f"Look at:      {self.place}"] if self.place else []
        return "\n".join([*lines, f"Hint:         {self.hint}."])

    @property
    def headline(self) -> str:
        """The verdict in a sentence."""
        if self.is_right:
            alike = f"{_many(self.contacts, 'contact')} compared, {_many(self.actions, 'action')}, all alike"
            return f"Right. {alike}." if self.actions else f"Right, but nothing happens in either: {alike}."
        if not self.contact:
            return "Not yet: the program cannot run as it is written."
        about = f" ({self.about})" if self.about else ""
        return f"Not yet. For {self.contact}{about} something else happens than is wanted, first {self.moment}."

    def _repr_html_(self) -> str:
        colour = "#009E73" if self.is_right else "#D55E00"
        mark = element("span", "✓ " if self.is_right else "✗ ", style=f"color: {colour}", aria_hidden="true")
        head = element("p", mark.replace("aria_hidden", "aria-hidden"), text(self.headline), style="font-weight: 600")
        if self.is_right or not self.contact:
            return card(head, as_html(self.diagnostics, self.sources) if self.diagnostics else "")
        remarks_by_title = [
            ("Your program", self.mine),
            ("Wanted", self.wanted),
            ("Look at", self.place),
            ("Hint", f"{self.hint}."),
        ]
        remarks = "".join(_remark(name, words) for name, words in remarks_by_title if words)
        return card(head, _side_by_side(self.rows), element("table", remarks, style="margin-top: 0.6em"))


def _remark(name: str, words: str) -> str:
    head = element("th", text(name), style=CELL, scope="row")
    return element("tr", head, element("td", _marked_up(words), style=CELL))


def _marked_up(words: str) -> str:
    """Words as HTML; what stands between backticks is a piece of a program.

    >>> _marked_up("look at `when <b>`")
    'look at <code>when &lt;b&gt;</code>'
    """
    pieces = words.split("`")
    return "".join(element("code", text(one)) if at % 2 else text(one) for at, one in enumerate(pieces))


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


# --- two stories ------------------------------------------------------------------------------------------------------


def side_by_side(mine: Sequence[Line], wanted: Sequence[Line], marked: set[str]) -> tuple[Row, ...]:
    """Two stories by their moments, those of `marked` marked; of long ones what is near the first of these.

    >>> one = [Line("Mon 2026-01-05 09:00", "sent chat", "(program:1)")]
    >>> side_by_side(one, [], {"Mon 2026-01-05 09:00"})
    (Row(time='Mon 2026-01-05 09:00', mine=('sent chat',), wanted=(), is_marked=True),)
    """
    times = sorted({line.time for line in (*mine, *wanted)}, key=lambda time: time[4:])
    rows = [Row(time, _at(time, mine), _at(time, wanted), time in marked) for time in times]
    first = next((at for at, row in enumerate(rows) if row.is_marked), 0)
    return tuple(rows[max(0, first - BEFORE) : first + AFTER + 1])


def _at(time: str, lines: Sequence[Line]) -> tuple[str, ...]:
    return tuple(line.text for line in lines if line.time == time)


def _columns(rows: Sequence[Row]) -> Iterator[str]:
    """The stories in three columns, a mark before the row where they differ."""
    times = max((len(row.time) for row in rows), default=0)
    yield f"  {'':{times}}  {'Your program':{WIDEST}}  Wanted".rstrip()
    for row in rows:
        mine, wanted = _wrapped(row.mine), _wrapped(row.wanted)
        for at in range(max(len(mine), len(wanted), 1)):
            mark = ">" if row.is_marked and not at else " "
            left, right = (cell[at] if at < len(cell) else "" for cell in (mine, wanted))
            yield f"{mark} {row.time if not at else '':{times}}  {left:{WIDEST}}  {right}".rstrip()


def _wrapped(lines: Sequence[str]) -> list[str]:
    return [part for line in lines for part in textwrap.wrap(clean(line), WIDEST, subsequent_indent="  ")]


def _side_by_side(rows: Sequence[Row]) -> str:
    heads = (element("th", text(name), style=CELL, scope="col") for name in ("", "Your program", "Wanted"))
    body = [element("tr", *_cells(row, MARKED if row.is_marked else CELL)) for row in rows]
    table = element("table", element("thead", element("tr", *heads)), element("tbody", *body))
    return element(
        "div", table.replace("<table>", '<table style="border-collapse: collapse">'), style="overflow-x: auto"
    )


def _cells(row: Row, style: str) -> Iterator[str]:
    yield element("td", text(row.time), style=f"{style}; white-space: nowrap")
    for lines in (row.mine, row.wanted):
        yield element("td", "<br>".join(map(text, lines)), style=style)
