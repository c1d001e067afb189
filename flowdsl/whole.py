"""Files that are there whole or not at all: paths go in, places to write come out, and are renamed when all is written.

Whoever looks sees the old file or the new one, never half of it; what is stopped half-way leaves nothing behind.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written(*places: Path) -> Iterator[tuple[Path, ...]]:
    """Gives a path to write for each place, in the same folder; when all went well the new files take the places.

    An error or an interruption removes what has been written. Links stay links, and a file keeps its rights. What is no
    file (a pipe, a terminal) is written as it is.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     place = Path(folder, "sends.csv")
    ...     with written(place) as (file,):
    ...         _ = file.write_text("time")
    ...         halfway = place.exists()
    ...     print(halfway, place.read_text(), len(list(Path(folder).iterdir())))
    False time 1
    """
    files = tuple(_beside(place) for place in places)
    try:
        yield files
        for file, place in zip(files, places, strict=True):
            if file != place:
                _keep_rights(file, place)
        for file, place in zip(files, places, strict=True):
            if file != place:
                os.replace(file, place.resolve())
    finally:
        for file, place in zip(files, places, strict=True):
            if file != place:
                file.unlink(missing_ok=True)


def _beside(place: Path) -> Path:
    """A new name in the folder of a place; the place itself if it is there and no file."""
    if place.exists() and not place.is_file():
        return place
    return place.resolve().with_name(f".flowdsl-{os.urandom(8).hex()}")


def _keep_rights(file: Path, place: Path) -> None:
    if place.exists():
        file.chmod(place.stat().st_mode)


def write_text(place: str | Path, text: str) -> None:
    """Writes a text as UTF-8, whole or not at all."""
    with written(Path(place)) as (file,):
        file.write_text(text, encoding="utf-8", newline="\n")
