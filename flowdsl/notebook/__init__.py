"""Notebooks: magics, diagrams, diagnostics and progress bars. Only this package imports IPython.

cells        the options and the program of a cell    magics    `%%flow` and `%flow_explain`
diagnostics  diagnostics without a traceback          progress  progress bars and the stop button
completion   completion (Tab)                         hover     help for a word (Shift-Tab)
lint         diagnostics while the user types         codes     explanations of diagnostic codes
kernel       notebooks whose cells are plain FlowDSL  widgets   sliders, players and other widgets
remarks      warnings as plain sentences

`%load_ext flowdsl` calls `load`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load(shell: InteractiveShell) -> None:
    """Adds FlowDSL to a shell. Loading it twice has no further effect."""
    from flowdsl.notebook import completion, hover, lint, magics, progress, remarks

    completion.load(shell)
    hover.load(shell)
    lint.load(shell)
    magics.load(shell)
    progress.load(progress.ShellScreen(shell))
    remarks.load()


def unload(shell: InteractiveShell) -> None:
    """Restores the shell."""
    from flowdsl.notebook import completion, hover, lint, magics, progress, remarks

    hover.unload(shell)
    completion.unload(shell)
    progress.unload()
    remarks.unload()
    magics.unload(shell)
    lint.unload(shell)
