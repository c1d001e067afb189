"""Shells for tests: nothing goes in; an IPython shell that writes no history and knows FlowDSL comes out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config


@dataclass(frozen=True)
class Seen:
    """What a cell left: its value, its error, and what it printed and displayed, without colours, and as HTML."""

    value: Any
    error: BaseException | None
    text: str
    html: str


@contextmanager
def shell(folder: Path) -> Iterator[InteractiveShell]:
    """A shell of its own, with the extension loaded."""
    config = Config()
    config.HistoryManager.enabled = False
    InteractiveShell.clear_instance()
    one = InteractiveShell.instance(config=config, ipython_dir=str(folder), colors="nocolor")
    one.display_formatter.active_types = one.display_formatter.format_types
    one.run_line_magic("load_ext", "flowdsl")
    yield one
    one.run_line_magic("unload_ext", "flowdsl")
    InteractiveShell.clear_instance()


def run(shell: InteractiveShell, cell: str) -> Seen:
    """Runs a cell as a front end would."""
    with capture_output() as captured:
        result = shell.run_cell(cell, store_history=True)
    bundles = [output.data for output in captured.outputs]
    if result.result is not None:
        bundles.append(shell.display_formatter.format(result.result)[0])
    html = "".join(str(bundle.get("text/html", "")) for bundle in bundles)
    text = captured.stdout + captured.stderr + "".join(str(bundle.get("text/plain", "")) for bundle in bundles)
    error = result.error_before_exec or result.error_in_exec
    return Seen(result.result, error, re.sub(r"\x1b\[[\d;]*m", "", text), html)
