"""Refuses changes that would break a program, with every reason.

Diagnostics that the program did not have before the change are errors, with their places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flowdsl.api import pipeline
from flowdsl.diagnostics import render
from flowdsl.diagnostics.catalogue.folder import FOLDER
from flowdsl.diagnostics.diagnostic import Diagnostic
from flowdsl.diagnostics.source import Source, Span


def diagnostic(code: str, message: str, span: Span | None = None, words: str = "", place: str = "") -> Diagnostic:
    """A diagnostic of this package, with reason and example from the catalogue."""
    known = FOLDER[code]
    return Diagnostic(code, message, span, words=words, reason=known.why, example=known.right, place=place)


def refuse(found: Sequence[Diagnostic], sources: Sequence[Source] = ()) -> None:
    """Raises ProgramError with all diagnostics, if there is an error among them."""
    if any(one.is_error for one in found):
        raise render.program_error(found, sources)


def refuse_new_diagnostics(
    before: Sequence[Source], after: Sequence[Source], message: str, moved: Mapping[str, str] | None = None
) -> None:
    """Raises ProgramError if the change would cause errors that the program does not have now.

    Texts must keep their positions: removed parts are replaced by blanks. `moved` maps old names of files to new ones.
    """
    known = {_where(one, moved or {}) for one in _errors(before)}
    new = [one for one in _errors(after) if _where(one, {}) not in known]
    refuse([_broken(one, message) for one in new], after)


def _errors(sources: Sequence[Source]) -> list[Diagnostic]:
    return [one for one in pipeline.check_sources(sources) if one.is_error] if sources else []


def _where(one: Diagnostic, moved: Mapping[str, str]) -> tuple[str, str, int]:
    file = one.span.file if one.span else one.place
    return one.code, moved.get(file, file), one.span.start if one.span else 0


def _broken(one: Diagnostic, message: str) -> Diagnostic:
    return diagnostic(
        "E904", f"{message}: {one.message} ({one.code})", one.span, one.words, "" if one.span else one.place
    )
