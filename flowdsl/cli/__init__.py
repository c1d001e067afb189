"""The command line: words of a shell go in; text, files and exit codes come out. Only here typer and rich are known.

commands  one function a command            screen    what is printed, and how: colours, JSON, faults
folder    commands for folders of programs  outcome   what came of a simulation
rewrite   the formatter on files            progress  a bar for long work
"""

from __future__ import annotations

import os
import sys

__all__ = ["main"]


def main() -> None:
    """Runs the command that the shell asks for, and ends the process with its exit code.

    0 all is well, 1 the program or its data is wrong, 2 the command was not used as it should be, 130 it was stopped.
    """
    try:
        from flowdsl.cli.commands import app

        app(prog_name="flowdsl")
    except BrokenPipeError:  # `flowdsl story … | head`: who reads has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:  # before the command itself has begun, or after it
        sys.exit(130)
