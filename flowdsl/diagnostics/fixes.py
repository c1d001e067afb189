"""Applies fixes: `repaired` returns a text with the first fix of each diagnostic applied."""

from __future__ import annotations

from collections.abc import Iterable

from flowdsl.diagnostics.diagnostic import Diagnostic, Fix
from flowdsl.diagnostics.source import Source


def repaired(source: Source, found: Iterable[Diagnostic]) -> str:
    """The text with the first fix of each diagnostic applied. If two fixes overlap, only the first one is applied.

    >>> from flowdsl.api.pipeline import check_sources
    >>> source = Source("when member joins program unles has membership wait 3 days then send chat")
    >>> repaired(source, check_sources([source]))
    'when member joins program unless has membership wait 3 days then send chat'
    """
    parts, at = [], 0
    for fix in sorted(_fixes(source, found), key=lambda fix: (fix.span.start, fix.span.end)):
        if fix.span.start >= at:
            parts += [source.text[at : fix.span.start], fix.text]
            at = fix.span.end
    return "".join([*parts, source.text[at:]])


def _fixes(source: Source, found: Iterable[Diagnostic]) -> set[Fix]:
    """The first fix of each diagnostic; if two diagnostics have the same fix, it is listed once."""
    return {
        diagnostic.fixes[0] for diagnostic in found if diagnostic.fixes and diagnostic.fixes[0].span.file == source.name
    }
