"""The command line. Only this package imports typer and rich.

commands           one function per command
folder             commands for folders of programs
forecasts          what `forecast` prints, writes and draws
kernel             installs the Jupyter kernel
simulation_output  what commands that simulate print
rewrite            the formatter, on files
screen             how things are printed: colours, JSON, diagnostics
progress           a progress bar for long work
"""

from __future__ import annotations

import os
import signal
import sys
from io import TextIOWrapper
from types import FrameType

__all__ = ["main"]


def main() -> None:
    """Runs a command and ends the process with its exit code.

    0 all is well, 1 the program or its data is wrong, 2 the command was not used as it should be, 130 it was stopped
    by Ctrl-C, 143 by SIGTERM.
    """
    _read_words_as_utf8()
    _print_every_letter()
    _end_cleanly()
    try:
        from flowdsl.cli.commands import app

        app(prog_name="flowdsl")
    except BrokenPipeError:  # `flowdsl story … | head`: who reads has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:  # before the command itself has begun, or after it
        sys.exit(130)


def _end_cleanly() -> None:
    """Handles SIGTERM like Ctrl-C, so that unfinished files are removed."""

    def end(number: int, frame: FrameType | None) -> None:
        from flowdsl.cli.screen import Terminated

        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
        raise Terminated

    signal.signal(signal.SIGTERM, end)


def _read_words_as_utf8() -> None:
    """Restarts Python in UTF-8 mode if it would read arguments and file names as ASCII.

    That is so with LC_ALL=C and PYTHONUTF8=0: every other letter would come as halves of characters, which no name in a
    program equals.
    """
    if sys.getfilesystemencoding() == "ascii":
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def _print_every_letter() -> None:
    """Replaces characters that standard output cannot show (PYTHONIOENCODING=ascii) by `?`, also in help texts."""
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors in ("strict", "surrogateescape"):
        sys.stdout.reconfigure(errors="replace")
