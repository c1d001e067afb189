"""Reads the line and the text of a `%%flow` cell: its options, and a Program.

Lines are counted as the editor counts them: the line of `%%flow` is the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from keyword import iskeyword
from typing import TYPE_CHECKING

from flowdsl.api import pipeline
from flowdsl.diagnostics.diagnostic import Diagnostic, ProgramError, RunError
from flowdsl.diagnostics.fixes import repaired
from flowdsl.diagnostics.source import Source
from flowdsl.diagnostics.suggest import did_you_mean
from flowdsl.sim.options import diagnostic
from flowdsl.syntax.files import ENDING

if TYPE_CHECKING:
    from flowdsl.syntax.ast import Program

MAGIC = "%%flow"
UNNAMED = "cell"
FLAGS = ("--fix", "--fmt")
ROUNDS = 10  # a repair may show the next diagnostic; no text needs as many


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a program: the name it binds, if any, what is to be done to its text, and the text."""

    name: str
    fix: bool
    fmt: bool
    text: str

    @property
    def source(self) -> Source:
        """The text as diagnostics speak of it. A flow without a name is called after the cell, as after a file."""
        return Source(f"\n{self.text}", f"{self.name}{ENDING}" if self.name else UNNAMED)

    @property
    def head(self) -> str:
        """Its first line, without what is done once."""
        return f"{MAGIC} {self.name}".rstrip()


def read(line: str, text: str) -> Cell:
    """The options of a `%%flow` line. Raises RunError with every unknown word.

    >>> read("welcome --fmt", "when member joins program")
    Cell(name='welcome', fix=False, fmt=True, text='when member joins program')
    """
    words = line.split()
    names = [word for word in words if not word.startswith("-")]
    diagnostics = [*_unknown_flags(words), *_wrong_names(names)]
    if not text.strip():
        diagnostics.append(diagnostic("E753", f"below `{MAGIC}` there is no program"))
    if diagnostics:
        raise RunError(diagnostics)
    return Cell("".join(names), "--fix" in words, "--fmt" in words, text)


def _unknown_flags(words: Sequence[str]) -> Iterator[Diagnostic]:
    for word in words:
        if word.startswith("-") and word not in FLAGS:
            hint = did_you_mean(word, FLAGS, "`{}`", f"there are {' and '.join(FLAGS)}")
            yield diagnostic("E750", f"`{MAGIC}` has no option `{word}`; {hint}", word)


def _wrong_names(names: Sequence[str]) -> Iterator[Diagnostic]:
    for word in names:
        if not word.isidentifier() or iskeyword(word):
            yield diagnostic("E751", f"`{word}` cannot be the name of a program in Python", word)
    if len(names) > 1:
        yield diagnostic("E751", f"a cell is one program and has one name, not {len(names)}", " ".join(names))


def mended(cell: Cell) -> Cell:
    """The cell with its text fixed or formatted, as its line requests.

    >>> mended(read("--fmt", "when member joins program then send chat")).text
    'when member joins program\\nthen send chat\\n'
    """
    fixed = _fixed(cell) if cell.fix else cell
    return _formatted(fixed) if cell.fmt else fixed


def _fixed(cell: Cell) -> Cell:
    """The cell with every fix made, and those of the diagnostics that show then."""
    for _ in range(ROUNDS):
        text = repaired(cell.source, pipeline.check_sources([cell.source])).removeprefix("\n")
        if text == cell.text:
            break
        cell = replace(cell, text=text)
    return cell


def _formatted(cell: Cell) -> Cell:
    """The cell in the standard style; unchanged if it has errors, which are reported next."""
    try:
        return replace(cell, text=pipeline.format(pipeline.read([cell.source])))
    except ProgramError:
        return cell


def program(cell: Cell) -> Program:
    """The program of a cell. Raises ProgramError with all its diagnostics; warnings alone are no reason."""
    return pipeline.read_checked([cell.source])
