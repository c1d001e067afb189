"""The list of the files that FlowDSL has written into a folder, by which other files are recognised.

The list, .flowdsl.json, has the name and size of every file. By it the next results know which files they may replace.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.diagnostics.user_input import refuse_inputs

MARK = ".flowdsl.json"


def refuse(folder: Path, names: Sequence[str], inputs: Iterable[object] = ()) -> None:
    """Raises RunError where results of these names would replace what is no earlier result (E731), or an input (E732).

    names   of files, and of folders of files, that would be replaced or removed
    """
    refuse_inputs([folder / name for name in (*names, MARK)], inputs)
    listed = listed_in(folder)
    foreign = [one for name in names if (one := foreign_in(folder, name, listed)) is not None]
    if os.path.lexists(folder / MARK) and (listed is None or (folder / MARK).is_symlink()):
        foreign.append(folder / MARK)
    if foreign:
        raise RunError([RUNS["E731"].diagnostic(f"{one} is not an earlier result", one) for one in foreign])


def listed_in(folder: Path) -> dict[str, int] | None:
    """The files that have been written into a folder, with their sizes; None where there is no such list."""
    try:
        document = json.loads((folder / MARK).read_text(encoding="utf-8"))
        return {str(file): int(size) for file, size in document["files"].items()}
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError, KeyError, AttributeError):
        return None


def foreign_in(folder: Path, name: str, listed: Mapping[str, int] | None) -> Path | None:
    """What has the name of a result, or lies in a folder of this name, and is not as FlowDSL has written it."""
    place = folder / name
    if not os.path.lexists(place):
        return None
    if listed is None or place.is_symlink():
        return place
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    return next((file for file in files if not _is_listed(file, folder, listed)), None)


def _is_listed(file: Path, folder: Path, listed: Mapping[str, int]) -> bool:
    name = file.relative_to(folder).as_posix()
    return file.is_file() and not file.is_symlink() and listed.get(name) == file.stat().st_size


def text(folder: Path, new: Mapping[str, Path], removed: Iterable[str] = ()) -> str:
    """The new list of a folder: the files of `new`, and earlier ones that are neither replaced nor removed.

    new   by name: a file, or a folder of files, before it takes its place
    """
    gone = {*new, *removed}
    kept = {name: size for name, size in (listed_in(folder) or {}).items() if name.partition("/")[0] not in gone}
    sizes = {
        f"{name}/{file.name}" if path.is_dir() else name: file.stat().st_size
        for name, path in new.items()
        for file in (sorted(path.iterdir()) if path.is_dir() else [path])
    }
    return json.dumps({"flowdsl": 1, "files": {**kept, **sizes}}, indent=1)
