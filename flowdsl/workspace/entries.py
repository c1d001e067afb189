"""Lists every flow and campaign in a folder of programs, with its place and its state.

Reading is lenient: an error in one file hides neither the other files nor the flow itself, if its name can be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flowdsl.api import pipeline
from flowdsl.compiler.resolve import flow_names
from flowdsl.diagnostics.diagnostic import Diagnostic
from flowdsl.diagnostics.source import Source, Span, nfc
from flowdsl.syntax import ast, files
from flowdsl.syntax.parser import merge, parse

FLOW, CAMPAIGN = "flow", "campaign"


@dataclass(frozen=True, slots=True)
class Entry:
    """One flow or campaign of a folder: kind is "flow" or "campaign", span is its place.

    `written` is its syntax tree, for code that edits the text.
    """

    kind: str
    name: str
    is_active: bool
    description: str
    span: Span
    written: ast.Flow | ast.Campaign = field(repr=False, compare=False)

    @property
    def file(self) -> str:
        """The path of its file, as the folder was passed."""
        return self.span.file

    @property
    def line(self) -> int:
        """The line on which it begins, from 1."""
        return self.span.line


@dataclass(frozen=True)
class Folder:
    """The texts of one program on disk, in path order, with their flows and campaigns."""

    sources: tuple[Source, ...]
    program: ast.Program
    entries: tuple[Entry, ...]
    diagnostics: tuple[Diagnostic, ...]

    def source(self, file: str) -> Source:
        """One text, by its path; also that of a template file."""
        return next(source for source in self.program.sources if source.name == file)

    def named(self, name: str) -> Entry | None:
        """The first flow or campaign with this name."""
        return next((entry for entry in self.entries if entry.name == nfc(name)), None)

    def beneath(self, path: Path) -> tuple[Source, ...]:
        """The texts of a file, or of a folder and those in it."""
        place = path.resolve()
        return tuple(source for source in self.sources if Path(source.name).resolve().is_relative_to(place))


def listing(path: str | Path = ".") -> list[Entry]:
    """Lists every flow and campaign of a file or folder, in path order.

    Raises ProgramError when there is nothing to read, or when any text has a syntax error.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "hello.flow").write_text('flow "Hello" paused\\n  when member joins program\\n')
    ...     [(entry.name, entry.is_active, entry.line) for entry in listing(folder)]
    [('Hello', False, 1)]
    """
    folder = opened(path)
    if any(diagnostic.is_error for diagnostic in folder.diagnostics):
        pipeline.read(folder.sources)  # raises an error that also has the other diagnostics
    return list(folder.entries)


def opened(path: str | Path, is_new: bool = False) -> Folder:
    """The program in a file or folder; with `is_new` it need not exist yet. Raises ProgramError."""
    if is_new and not Path(path).is_file() and not any(Path(path).rglob(f"*{files.ENDING}")):
        return folder_of([])
    return folder_of(files.sources(path))


def folder_of(sources: Sequence[Source]) -> Folder:
    """The program that consists of some texts."""
    parsed = [parse(source) for source in sources]
    program = files.with_templates(merge(program for program, _ in parsed))
    diagnostics = tuple(diagnostic for _, found in parsed for diagnostic in found)
    return Folder(tuple(sources), program, tuple(_entries(program)), diagnostics)


def _entries(program: ast.Program) -> Iterable[Entry]:
    written = [each for each in program.declarations if isinstance(each, ast.Flow | ast.Campaign)]
    for each, name in zip(written, flow_names(written), strict=True):
        kind = FLOW if isinstance(each, ast.Flow) else CAMPAIGN
        yield Entry(kind, name, not each.paused, _description(each), each.span, each)


def _description(written: ast.Flow | ast.Campaign) -> str:
    return next((clause.text.value for clause in written.clauses if isinstance(clause, ast.Description)), "")
