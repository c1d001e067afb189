"""Explains the code of a diagnostic in a cell, by MIME type."""

from __future__ import annotations

from flowdsl.diagnostics import explain
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.sim.options import diagnostic


def explained(code: str) -> dict[str, str]:
    """What a code means, with a right example; without a code, which codes there are.

    Raises RunError for a code that does not exist.

    >>> explained("e303")["text/plain"].splitlines()[0]
    'E303: Split that is not 100%'
    """
    if not code.strip():
        return {"text/markdown": explain.codes(), "text/plain": explain.codes()}
    try:
        return {"text/markdown": explain.lesson(code), "text/plain": explain.explain(code)}
    except LookupError as error:
        raise RunError([diagnostic("E752", str(error.args[0]), code)]) from None
