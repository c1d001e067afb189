"""Notebooks: magics, diagrams, diagnostics and progress bars. Only this package imports IPython.

cells    what a cell says: its options, and its program      magics    %%flow and %flow_explain
diagnostics   how a mistake looks, without Python's traceback     progress  a bar for long work, and the stop button
completing  what may come next (Tab)                         asking    what a word means (Shift-Tab)
lint     diagnostics while typing, for editors in a browser       codes     what the code of a diagnostic means
kernel   notebooks whose cells are plain FlowDSL               widgets  what is turned and stepped through
remarks  warnings as plain sentences

`%load_ext flowdsl` comes in by `load`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load(shell: InteractiveShell) -> None:
    """Teaches a shell to understand FlowDSL. Loading twice is as good as once."""
    from flowdsl.notebook import completion, hover, lint, magics, progress, remarks

    completion.load(shell)
    hover.load(shell)
    lint.load(shell)
    magics.load(shell)
    progress.load(progress.ShellScreen(shell))
    remarks.load()


def unload(shell: InteractiveShell) -> None:
    """Leaves the shell as it was."""
    from flowdsl.notebook import completion, hover, lint, magics, progress, remarks

    hover.unload(shell)
    completion.unload(shell)
    progress.unload()
    remarks.unload()
    magics.unload(shell)
    lint.unload(shell)
