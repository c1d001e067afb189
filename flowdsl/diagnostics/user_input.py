"""Checks paths and names that a user passed, and raises an error that gives the reason."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from glob import glob, has_magic
from pathlib import Path

from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.diagnostic import FlowError, RunError
from flowdsl.diagnostics.input_checks import half_character, no_path, shown


def path_of(path: str | Path, error: type[FlowError] = RunError) -> Path:
    """The path that was passed. Raises an error (E763) if the value cannot be a path.

    >>> path_of("hello.flow").name
    'hello.flow'
    """
    reason = no_path(path)
    if reason:
        raise error([RUNS["E763"].diagnostic(reason, path)])
    return Path(path)


def folder_path(path: str | Path, error: type[FlowError] = RunError) -> Path:
    """The folder that was passed; it need not exist yet. Raises an error (E763) if there is something else at the
    path."""
    folder = path_of(path, error)
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise error([RUNS["E763"].diagnostic("a file stands where a folder should be", path)])
    return folder


def refuse_inputs(places: Iterable[Path], inputs: Iterable[object]) -> None:
    """Raises RunError (E732) when a path to be written is an input, or contains or is inside one, under any name.

    inputs: what a user passed as tables or programs. Values that are no paths (a DataFrame, None) are skipped.
    """
    known = [path for given in inputs for path in _paths(given)]
    diagnostics = [
        RUNS["E732"].diagnostic(f"{place} would be replaced, and it is read from: {path}", place)
        for place in places
        if (path := next((path for path in known if _is_same(place, path)), None)) is not None
    ]
    if diagnostics:
        raise RunError(diagnostics)


def _paths(given: object) -> Iterator[Path]:
    for one in given if isinstance(given, list | tuple) else [given]:
        if isinstance(one, str | Path) and not no_path(one):
            if os.path.lexists(one):
                yield Path(one)
            elif has_magic(str(one)):
                yield from map(Path, glob(str(one), recursive=True))


def _is_same(place: Path, path: Path) -> bool:
    """Whether two paths are the same file, or one contains the other; links, hard links and letter case are
    resolved."""
    one, other = place.resolve(), path.resolve()
    return _is_in(one, other) or _is_in(other, one)


def _is_in(inner: Path, outer: Path) -> bool:
    if not outer.exists():
        return inner.is_relative_to(outer)
    return any(each.exists() and each.samefile(outer) for each in (inner, *inner.parents))


def name_of(name: str) -> str:
    """The name for something new. Raises RunError for a value that is no text, or that contains half a character."""
    if not isinstance(name, str):
        raise RunError([RUNS["E764"].diagnostic(f"{type(name).__name__} is no name", name)])
    if half_character(name) >= 0:
        raise RunError([RUNS["E764"].diagnostic(f"{shown(name)} holds half of a character", name)])
    return name
