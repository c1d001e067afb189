"""Paths that a user gave: any object goes in; a Path comes out, or an error that says why it can be none."""

from __future__ import annotations

import os
from pathlib import Path

from flowdsl.errors import FlowError, RunError
from flowdsl.faults.run import RUNS
from flowdsl.given import no_path


def path_of(path: str | Path, error: type[FlowError] = RunError) -> Path:
    """The path that was given. Raises an error (E763) where it can be the path of nothing.

    >>> path_of("hello.flow").name
    'hello.flow'
    """
    reason = no_path(path)
    if reason:
        raise error([RUNS["E763"].diagnostic(reason, path)])
    return Path(path)


def folder_path(path: str | Path, error: type[FlowError] = RunError) -> Path:
    """The folder that was given, which need not be there yet. Raises an error (E763) where something else stands."""
    folder = path_of(path, error)
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise error([RUNS["E763"].diagnostic("a file stands where a folder should be", path)])
    return folder
