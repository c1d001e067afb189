"""A program as HTML and text for a notebook: the diagram, the text and its diagnostics.

A program that is parsed may still have errors of meaning; what it says is drawn all the same, and they stand below.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from flowdsl.diagnostics import render
from flowdsl.diagnostics.diagnostic import Diagnostic
from flowdsl.syntax import ast
from flowdsl.syntax.printer import to_text


def bundle(program: ast.Program, found: Sequence[Diagnostic]) -> dict[str, str]:
    """The same program as HTML and as text.

    >>> from flowdsl.syntax.parser import parse
    >>> from flowdsl.diagnostics.source import Source
    >>> program, _ = parse(Source("when member joins program then send chat"))
    >>> print(bundle(program, [])["text/plain"])
    when member joins program
    then send chat
    """
    text = to_text(program).rstrip("\n")
    errors = render.as_html(found, program.sources) if found else ""
    said = [render.report(found, program.sources)] if found else []
    return {"text/html": _picture(program, text) + errors, "text/plain": "\n\n".join([text, *said])}


def _picture(program: ast.Program, text: str) -> str:
    """The diagram; of a program that has nothing to draw (a scenario, a param) its text."""
    from flowdsl.display.diagram import diagram

    if any(isinstance(each, ast.Flow | ast.Campaign) for each in program.declarations):
        return diagram(program)._repr_html_()
    return f'<pre style="{render.COLUMNS}">{escape(text, quote=False)}</pre>'
