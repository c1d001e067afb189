"""The magics `%%flow`, `%flow_explain` and others.

`%%flow NAME` binds the program and gives it back, so that the cell shows its diagram and its warnings. Each cell is a
program of its own: what another cell declares is unknown to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.magic import MAGIC_NO_VAR_EXPAND_ATTR
from IPython.display import display

from flowdsl.diagnostics.diagnostic import ProgramError
from flowdsl.notebook import cells, codes, diagnostics
from flowdsl.notebook.progress import ShellScreen

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from flowdsl.syntax.ast import Program


def load(shell: InteractiveShell) -> None:
    """Registers the magic words."""

    def flow(line: str, cell: str) -> Program | None:
        """Reads the program below and shows its diagram; with a name, binds it.

            %%flow welcome
            when member joins program "Yoga"
            wait 3 days
            then send email "Welcome"

        NAME    the Python name that the program is bound to: flowdsl.simulate(welcome, …)
        --fix   puts every repair that is offered into the cell
        --fmt   writes the cell in the one style
        """
        return run(shell, line, cell)

    def flow_explain(line: str) -> None:
        """Shows what the code of a diagnostic means, with a right example; without a code, which codes there are."""
        display(codes.explained(line), raw=True)

    register: Any = shell.register_magic_function  # IPython's own types of it are wrong
    for kind, word in (("cell", flow), ("line", flow_explain)):
        setattr(word, MAGIC_NO_VAR_EXPAND_ATTR, True)  # braces and dollars of the line stay as they are
        register(word, kind, word.__name__)
    if filled not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(filled)


def unload(shell: InteractiveShell) -> None:
    """Forgets them."""
    shell.magics_manager.magics["cell"].pop("flow", None)
    shell.magics_manager.magics["line"].pop("flow_explain", None)
    if filled in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(filled)


def filled(lines: list[str]) -> list[str]:
    """A cell of the magic word alone gets an empty line: of nothing at all IPython would complain in its own way,
    and nbval would take that for success.

    >>> filled(["%%flow\\n"])
    ['%%flow\\n', '\\n']
    """
    is_alone = len(lines) == 1 and lines[0].split()[:1] == [cells.MAGIC]
    return [lines[0].rstrip("\n") + "\n", "\n"] if is_alone else lines


def run(shell: InteractiveShell, line: str, text: str) -> Program | None:
    """Reads a cell, fixes or formats it on request, and binds its program. Raises RunError and ProgramError.

    An editor takes a new text only from a cell that has not failed. So where somebody sees it, a cell that is mended in
    part shows what is left instead of raising it; it fails when it is run again.
    """
    requested = cells.read(line, text)
    cell = cells.mended(requested)
    if requested.fix or requested.fmt:
        shell.set_next_input(f"{cell.head}\n{cell.text}".rstrip("\n"), replace=True)
    try:
        program = cells.program(cell)
    except ProgramError as error:
        if cell.text == requested.text or not ShellScreen(shell).is_watched():
            raise
        display(diagnostics.bundle(error), raw=True)
        return None
    if cell.name:
        shell.push({cell.name: program})
    return program
