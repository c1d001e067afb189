"""Rewrites a cell that says `%fix` or `%fmt`: with fixes applied, or in the standard style.

The two commands go once they are done. Other commands stay: those above the program above it, the rest below.
"""

from __future__ import annotations

from flowdsl.api import pipeline
from flowdsl.diagnostics.diagnostic import ProgramError
from flowdsl.diagnostics.fixes import repaired
from flowdsl.diagnostics.source import Source
from flowdsl.notebook.cells import ROUNDS
from flowdsl.notebook.kernel.parts import MARK, parts
from flowdsl.notebook.kernel.session import Session

FIX, FMT = "fix", "fmt"


def has_command(text: str) -> bool:
    """Whether a cell wants to be put right.

    >>> has_command("%fix\\nwhen member joins program"), has_command("when member joins program")
    (True, False)
    """
    return any(command.name in (FIX, FMT) for command in parts(text).commands)


def mended(session: Session, text: str, cell: str) -> str:
    """The text of a cell after its command is done.

    >>> mended(Session(), "%fix\\nwhen member joins program unles has tag then send chat\\n%simulate", "")
    'when member joins program unless has tag then send chat\\n%simulate'
    """
    wanted = {command.name for command in parts(text).commands}
    kept = "\n".join(line for line in text.split("\n") if line.strip() not in (f"{MARK}{FIX}", f"{MARK}{FMT}"))
    if FIX in wanted:
        kept = _fixed(session, kept, cell)
    return _formatted(kept) if FMT in wanted else kept


def _fixed(session: Session, text: str, cell: str) -> str:
    """Fixes of the program are fixes of the cell: it has blanks where the cell has something else."""
    for _ in range(ROUNDS):
        found = session.diagnostics(Source(parts(text).program, "cell"), cell)
        better = repaired(Source(text, "cell"), found)
        if better == text:
            break
        text = better
    return text


def _formatted(text: str) -> str:
    """A program with errors stays unchanged; its errors are reported next."""
    program = parts(text).program
    try:
        written = pipeline.format(program).rstrip("\n")
    except ProgramError:
        return text
    said = [(line, bool(inside.strip())) for line, inside in zip(text.split("\n"), program.split("\n"), strict=True)]
    first = next((number for number, (_, is_program) in enumerate(said) if is_program), len(said))
    above = [line for line, _ in said[:first]]
    below = [line for line, is_program in said[first:] if not is_program and line.strip()]
    return "\n".join([*above, *([written] if written else []), *below])
