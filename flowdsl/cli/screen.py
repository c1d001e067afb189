"""Prints texts, diagnostics and JSON for people or for other programs, and sets exit codes.

Results go to standard output, errors to standard error. With JSON both go to standard output, as one document with `ok`
and `diagnostics`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import typer

from flowdsl.diagnostics import render
from flowdsl.diagnostics.diagnostic import Diagnostic, FlowError, plain_warnings
from flowdsl.diagnostics.input_checks import shown
from flowdsl.diagnostics.source import Source
from flowdsl.syntax import files

STDIN = "-"
INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it
TERMINATED = 143  # 128 and the number of SIGTERM
STOPPED = "stopped before the end: no file is half-written"


class Terminated(KeyboardInterrupt):
    """The process is being terminated (SIGTERM): clean up as after Ctrl-C."""


class Format(StrEnum):
    """The reader of the output: people or programs."""

    TEXT = "text"
    JSON = "json"


class Screen:
    """One command's output. As a context it prints errors that are raised and exits with 1, after Ctrl-C with 130."""

    def __init__(self, format: Format = Format.TEXT) -> None:
        self.format = format
        self.sources: list[Source] = []
        self.typed_in: Source | None = None
        self.warnings = plain_warnings(self.note)

    def __enter__(self) -> Screen:
        self.warnings.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.warnings.__exit__(None, None, None)
        if isinstance(error, FlowError):
            self.fail(error.diagnostics)
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            self.fail([Diagnostic("E710", error.strerror or str(error), place=str(error.filename or ""))])
        if isinstance(error, UnicodeEncodeError):  # a latin-1 system has no file called ✓
            self.fail([Diagnostic("E710", f"no file can have this name here: {error}", place=shown(error.object))])
        if isinstance(error, KeyboardInterrupt):
            self.note(STOPPED)
            raise typer.Exit(TERMINATED if isinstance(error, Terminated) else INTERRUPTED)

    @property
    def is_json(self) -> bool:
        return self.format is Format.JSON

    def read(self, program: str) -> list[Source]:
        """The texts of the program at a path or on standard input; kept so that diagnostics can show their lines."""
        if program == STDIN:  # can be read once
            self.typed_in = self.typed_in or _typed_in()
            self.sources = [self.typed_in]
        else:
            self.sources = files.sources(program)
        return self.sources

    # --- results ------------------------------------------------------------------------------------------------------

    def text(self, text: str) -> None:
        """Prints a text with one line end."""
        _write(sys.stdout, text)

    def painted(self, role: str, text: str) -> str:
        """A part of a text, coloured if standard output shows colours."""
        return _paint(sys.stdout)(role, text)

    def data(self, text: str) -> None:
        """Prints text for other programs (a program, JSON, CSV): UTF-8 in a file or pipe, in every locale."""
        if sys.stdout.isatty() or not hasattr(sys.stdout, "buffer"):
            _write(sys.stdout, text)
            return
        sys.stdout.flush()
        sys.stdout.buffer.write(text.rstrip("\n").encode("utf-8", "replace") + b"\n")
        sys.stdout.buffer.flush()

    def document(self, document: Mapping[str, Any]) -> None:
        """Prints one JSON document."""
        self.data(json.dumps(document, ensure_ascii=False, indent=2, default=str))

    def note(self, text: str) -> None:
        """Prints a remark to standard error."""
        _write(sys.stderr, text)

    def diagnostics(self, found: Sequence[Diagnostic], praise: str) -> None:
        """Prints the diagnostics of a check, or the given text if there are none; exits with 1 if there are errors."""
        if self.is_json:
            self._diagnostics_document(found)
        else:
            self.text(render.report(found, self.sources, _paint(sys.stdout)) if found else praise)
        if any(one.is_error for one in found):
            raise typer.Exit(1)

    # --- what keeps it from being made --------------------------------------------------------------------------------

    def fail(self, found: Sequence[Diagnostic]) -> None:
        """Prints diagnostics and exits with 1."""
        if self.is_json:
            self._diagnostics_document(found)
        else:
            _write(sys.stderr, render.report(found, self._texts(found), _paint(sys.stderr)))
        raise typer.Exit(1)

    def as_part(self, found: Sequence[Diagnostic]) -> dict[str, Any]:
        """Diagnostics as part of a JSON document."""
        return {"diagnostics": [render.as_json(one) for one in found]}

    def _diagnostics_document(self, found: Sequence[Diagnostic]) -> None:
        is_fine = not any(one.is_error for one in found)
        self.document({"ok": is_fine, **self.as_part(found)})

    def _texts(self, found: Sequence[Diagnostic]) -> list[Source]:
        """The texts that diagnostics refer to; texts that the command has not read are read from disk."""
        known = {source.name for source in self.sources}
        names = {one.span.file for one in found if one.span} - known
        return [*self.sources, *(files.sources(name)[0] for name in names if Path(name).is_file())]


def _typed_in() -> Source:
    try:
        return files.decoded(sys.stdin.buffer.read(), "stdin")
    except ValueError as error:
        raise FlowError([Diagnostic("E701", str(error), place="standard input")]) from None


def _write(stream: TextIO, text: str) -> None:
    """Replaces characters that the encoding of the terminal does not have."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.rstrip("\n").encode(encoding, "replace").decode(encoding) + "\n")
    stream.flush()


def is_coloured(stream: TextIO) -> bool:
    """True on a terminal that shows colours, unless NO_COLOR is set (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _paint(stream: TextIO) -> render.Paint:
    return render.ansi if is_coloured(stream) else render.plain
