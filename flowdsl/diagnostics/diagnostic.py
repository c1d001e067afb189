"""Diagnostics as data. A Diagnostic has a code, a place, the words there, a reason and fixes; exceptions carry
diagnostics.

FlowError                 any diagnostic of a user's input; `.diagnostics` lists all of them
├── ProgramError          the text of a program
├── DataError             a table of contacts, events or objects
├── PlanError             a runtime JSON file
└── RunError              a simulation that cannot run with these options (some contradict each other…)

FlowWarning               a Python warning: something was done in another, usually slower, way with the same result
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TextIO

from flowdsl.diagnostics.input_checks import printable
from flowdsl.diagnostics.source import Source, Span

MOST_SHOWN = 100  # docs/reference/language.md#limits


class Severity(StrEnum):
    """How serious a diagnostic is. Only an error keeps a program from running. A severity equals its text.

    >>> Severity.ERROR == "error", f"{Severity.WARNING}"
    (True, 'warning')
    """

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix that can be applied automatically: replace `span` by `text`. `label` describes it (did you mean
    `unless`?)."""

    span: Span
    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One error or warning. `code` is stable and has a page in docs/errors; `words` is the text as written; `example`
    is correct code.

    `place` names a position that has no span: a row of a table, a path in a JSON file.
    """

    code: str
    message: str
    span: Span | None = None
    words: str = ""
    reason: str = ""
    example: str = ""
    fixes: tuple[Fix, ...] = ()
    severity: Severity = Severity.ERROR
    place: str = ""

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    def __str__(self) -> str:
        where = f"{self.span.file}:{self.span.line}:{self.span.column}: " if self.span else ""
        at = f"{self.place}: " if self.place else ""
        return f"{where}{at}{self.severity.value} {self.code}: {self.message}"


class FlowError(Exception):
    """An error in a user's input. `.diagnostics` holds every diagnostic that was found, `.sources` the texts they refer
    to, where these are known.

    >>> from copy import copy
    >>> str(copy(ProgramError([Diagnostic("E101", "no such word")], "what a person reads")))
    'what a person reads'
    """

    def __init__(self, diagnostics: Iterable[Diagnostic], text: str = "", sources: Iterable[Source] = ()) -> None:
        self.diagnostics: Sequence[Diagnostic] = tuple(diagnostics)
        self.sources: Sequence[Source] = tuple(sources)
        super().__init__(printable(text or "\n".join(str(d) for d in self.diagnostics[:MOST_SHOWN])))

    def __reduce__(self) -> tuple[type[FlowError], tuple[Sequence[Diagnostic], str, Sequence[Source]]]:
        # a copy, or one sent to another process, has the same text
        return type(self), (self.diagnostics, str(self), self.sources)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the diagnostics, without the frames of this package."""
        from flowdsl import hooks

        lines: list[str] = hooks.show("error.notebook", self)
        return lines


class ProgramError(FlowError):
    """The text of a program is wrong."""


class DataError(FlowError):
    """A table of contacts, events or objects is wrong."""


class PlanError(FlowError):
    """A runtime JSON file is damaged, foreign, or newer than this version."""


class RunError(FlowError):
    """A simulation cannot run with these options."""


class FlowWarning(UserWarning):
    """Something was done in another way than requested or expected; the result is the same."""


@cache
def warn(code: str, message: str) -> None:
    """Issues a FlowWarning, once per process, at the line outside this package that led here.

    Filters of Python's `warnings` decide whether it is shown, as for every warning.
    """
    frame, depth = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "flowdsl":
        frame, depth = frame.f_back, depth + 1
    warnings.warn(f"{code}: {message}", FlowWarning, stacklevel=depth)


@contextmanager
def plain_warnings(write: Callable[[str], None]) -> Iterator[None]:
    """Inside this context, a FlowWarning is written as a sentence, without file, line and class.

    >>> with warnings.catch_warnings(), plain_warnings(print):
    ...     warnings.simplefilter("always")
    ...     warnings.warn("W700: slower", FlowWarning)
    warning W700: slower
    """
    before = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, FlowWarning):
            write(f"warning {message}")
        else:
            before(message, category, filename, lineno, file, line)

    warnings.showwarning = show
    try:
        yield
    finally:
        if warnings.showwarning is show:
            warnings.showwarning = before
