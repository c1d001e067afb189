"""The state of a notebook of plain FlowDSL: its program, tables and results.

A cell with flows is the program from then on. One without adds to the program there is: what it declares takes the
place of what had the name, and so does a cell that is run again.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from flowdsl.api import pipeline
from flowdsl.atomic_files import write_text
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.diagnostics.source import Source, Span
from flowdsl.sim.options import diagnostic
from flowdsl.syntax import ast, parser

if TYPE_CHECKING:
    import pandas as pd

    from flowdsl.forecasting import Forecast
    from flowdsl.results.results import Results
    from flowdsl.tables import Table


@dataclass(frozen=True)
class Piece:
    """The text of one cell in the program; `cell` is what the editor calls it."""

    cell: str
    source: Source

    @cached_property
    def parsed(self) -> tuple[ast.Program, list[Diagnostic]]:
        """The program in it, and what is wrong with its syntax."""
        return parser.parse(self.source)

    @property
    def declarations(self) -> tuple[ast.Declaration, ...]:
        """What it declares."""
        return self.parsed[0].declarations

    def without(self, names: Set[tuple[str, str]]) -> Piece:
        """The piece without the declarations of these names; every other place in it stays."""
        spans = [each.span for each in self.declarations if _name(each) in names]
        return Piece(self.cell, Source(_blanked(self.source.text, spans), self.source.name)) if spans else self


@dataclass
class Session:
    """A notebook's state. Tables are DataFrames or paths, by kind."""

    pieces: tuple[Piece, ...] = ()
    tables: dict[str, Table] = field(default_factory=dict)
    seen: dict[str, pd.DataFrame] = field(default_factory=dict)  # the same tables as they were read, for completion
    results: Results | None = None  # Results of the last simulation
    forecast: Forecast | None = None  # the last Forecast
    assumed: str = ""  # what was made up last for contacts to do
    _folder: TemporaryDirectory[str] | None = None

    # --- the program --------------------------------------------------------------------------------------------------

    @property
    def program(self) -> ast.Program:
        """The program there is. Raises RunError while there is none."""
        if not self.pieces:
            raise RunError([diagnostic("E757", "there is no program yet: write one in a cell above, and run it")])
        return pipeline.merged(piece.parsed for piece in self.pieces)[0]  # without syntax errors, as `take` saw

    def take(self, source: Source, cell: str) -> ast.Program:
        """Makes the text of a cell the program, or adds it to the one there is.

        Raises ProgramError with all diagnostics of the whole; then everything stays as it was.
        """
        pieces = self.joined(source, cell)
        program = pipeline.checked_program(*pipeline.merged(piece.parsed for piece in pieces))
        self.pieces, self.results, self.forecast = pieces, None, None
        return program

    @property
    def added(self) -> tuple[ast.Declaration, ...]:
        """What the last cell has added to a program that was there before it."""
        return self.pieces[-1].declarations if len(self.pieces) > 1 else ()

    def joined(self, source: Source, cell: str) -> tuple[Piece, ...]:
        """The texts of the program with one more cell in it."""
        new = Piece(cell, source)
        if any(isinstance(each, ast.Flow | ast.Campaign) for each in new.declarations):
            return (new,)
        names = {_name(each) for each in new.declarations}
        kept = (piece.without(names) for piece in self.pieces if piece.cell != cell)
        return (*kept, new)

    def diagnostics(self, source: Source, cell: str) -> list[Diagnostic]:
        """What would be wrong in the text of a cell if it was run now."""
        found = pipeline.check_sources(piece.source for piece in self.joined(source, cell))
        return [one for one in found if one.span and one.span.file == source.name]

    # --- tables -------------------------------------------------------------------------------------------------------

    def keep(self, kind: str, table: Table, frame: pd.DataFrame) -> None:
        """Takes a table, and what was read of it; what was simulated with another one goes."""
        self.tables[kind], self.seen[kind] = table, frame
        self.results = self.forecast = None

    def written(self, kind: str, text: str) -> Path:
        """A table that is in a cell, as a file."""
        self._folder = self._folder or TemporaryDirectory(prefix="flowdsl-")
        path = Path(self._folder.name) / f"{kind}.csv"
        write_text(path, f"{text}\n")
        return path

    def clear(self) -> None:
        """Forgets everything."""
        self.pieces, self.results, self.forecast, self.assumed = (), None, None, ""
        self.tables.clear()
        self.seen.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def options(self) -> dict[str, Table]:
        """The tables as options of the verbs, contacts left out."""
        return {kind: table for kind, table in self.tables.items() if kind != "contacts"}


def title(declaration: ast.Declaration) -> str:
    """How a declaration is called: `email "Launch"`.

    >>> title(ast.Param(ast.Word("pause"), ast.Duration(((3, "day"),))))
    'param pause'
    """
    kind, name = _name(declaration)
    return f'{kind} "{name}"' if name and not isinstance(declaration, ast.Param) else f"{kind} {name}".strip()


def _name(declaration: ast.Declaration) -> tuple[str, str]:
    """The key of a declaration. A program has only one workspace."""
    name = getattr(declaration, "name", None)
    kind = getattr(declaration, "channel", "") or type(declaration).__name__.lower()
    return kind, "" if name is None else name.value if isinstance(name, ast.Text) else name.text


def _blanked(text: str, spans: Sequence[Span]) -> str:
    for span in spans:
        inside = "".join("\n" if each == "\n" else " " for each in text[span.start : span.end])
        text = text[: span.start] + inside + text[span.end :]
    return text
