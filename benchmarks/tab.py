"""What a person waits for while typing in a cell of so many flows, beside a table of a million contacts: figures.

Tab at the end of the cell, first and again, through IPython's completer; help on a word; the diagnostics of the cell.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from time import perf_counter

import numpy as np
import pandas as pd
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from benchmarks.language import MODEL
from flowdsl.notebook.hover import help_in
from flowdsl.notebook.lint import diagnostics_of_cell

CONTACTS = 1_000_000
COLUMNS = 20


def main(flows: int) -> None:
    """Prints seconds on the wall clock."""
    quiet = Config()
    quiet.HistoryManager.enabled = False
    words = np.array(["a", "b", "c"])
    columns = {f"column_{number}": words[np.arange(CONTACTS) % 3] for number in range(COLUMNS)}
    text = (
        "%%flow many\n"
        + "".join(MODEL.format(n=n) for n in range(flows))
        + 'flow "X"\n  when member joins program\n  unless c'
    )
    with tempfile.TemporaryDirectory() as folder:
        shell = InteractiveShell.instance(config=quiet, ipython_dir=folder)
        shell.run_line_magic("load_ext", "flowdsl")
        tab(shell, "%%flow\nwhen member j")  # whatever is loaded at first use is loaded now
        shell.user_ns["contacts"] = pd.DataFrame({"contact": np.arange(CONTACTS), **columns})
        found = {
            "first": seconds(lambda: tab(shell, text)),
            "tab": seconds(lambda: tab(shell, text)),
            "help": seconds(lambda: help_in(text, len(text) - 5)),
            "diagnostics": seconds(lambda: diagnostics_of_cell(text)),
        }
    print(json.dumps(found))


def tab(shell: InteractiveShell, text: str) -> None:
    """Tab at the end of a text, for which something must be offered."""
    with provisionalcompleter():
        assert list(shell.Completer.completions(text, len(text)))


def seconds(act: Callable[[], object]) -> float:
    """How long something takes."""
    start = perf_counter()
    act()
    return perf_counter() - start


if __name__ == "__main__":
    main(int(sys.argv[1]))
