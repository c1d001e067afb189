"""Shows a FlowError in a notebook: its diagnostics in colours, without a traceback.

The exception stays one: a cell that raises it has failed, for nbconvert and nbval too.
"""

from __future__ import annotations

import linecache
from pathlib import Path
from traceback import walk_tb

from flowdsl.diagnostics import render
from flowdsl.diagnostics.diagnostic import FlowError

MAGIC = ": get_ipython().run_"  # what IPython makes of a cell with a magic word
PACKAGE = str(Path(__file__).resolve().parent.parent)


def lines(error: FlowError) -> list[str]:
    """What is shown of an error: every diagnostic, and the line of Python that raised it, where that says something."""
    report = render.report(error.diagnostics, error.sources, paint).split("\n")
    where = raised_by(error)
    return [*report, f"raised by {where}"] if where else report


def paint(role: str, text: str) -> str:
    """Colours that can be read on the red ground that notebooks give to errors, as well as on a console."""
    if role == "place":
        return text
    return render.ansi("title" if role == "hint" else role, text)


def bundle(error: FlowError) -> dict[str, str]:
    """Diagnostics as an output of a cell that goes on."""
    plain_text = render.as_html(error.diagnostics, error.sources)
    return {"text/html": plain_text, "text/plain": render.report(error.diagnostics, error.sources)}


def raised_by(error: BaseException) -> str:
    """The innermost line that a person wrote in Python; nothing if there is none, as for a cell of FlowDSL."""
    found = ""
    for frame, number in walk_tb(error.__traceback__):
        if frame.f_code.co_filename.startswith(PACKAGE):
            break
        if frame.f_globals.get("__name__", "").partition(".")[0] != "IPython":
            line = linecache.getline(frame.f_code.co_filename, number).strip()
            found = f"line {number}: {line}" if line else ""
    return "" if MAGIC in found else found
