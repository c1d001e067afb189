"""Results of a simulation in parts take their place: a folder with new tables goes in; the folder of results comes out.

A list, .flowdsl.json, is written beside the tables. By it the next simulation knows which files are its own to replace.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flowdsl.atomic_files import exchange, fresh, sweep
from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.diagnostics.user_input import refuse_inputs
from flowdsl.results.results import KEPT

MARK = ".flowdsl.json"
TALLY = "tally.json"
NAMES = (*KEPT["full"], TALLY)


@contextmanager
def workshop(out: Path | None) -> Iterator[Path]:
    """A folder to work in, inside that of the results if there is one (so that workers see it), removed in the end."""
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    place = out if out is not None else Path(tempfile.gettempdir())
    sweep(place)
    work = fresh(place.absolute())
    try:
        work.mkdir(mode=0o700)
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def refuse(out: Path, records: str, inputs: Sequence[object]) -> None:
    """Raises RunError where results would replace what is no earlier result (E731), or what is read (E732)."""
    sweep(out)
    names = (*KEPT[records], TALLY)
    refuse_inputs([out / name for name in (*names, MARK)], inputs)
    listed = _listed(out)
    foreign = [one for name in names if (one := _foreign(out, name, listed)) is not None]
    if os.path.lexists(out / MARK) and listed is None:
        foreign.append(out / MARK)
    if foreign:
        raise RunError([RUNS["E731"].diagnostic(f"{one} is not from a simulation in parts", one) for one in foreign])


def publish(work: Path, out: Path, records: str) -> None:
    """Lets the tables in work/out and the counts in work take the places of those before, all of them or none.

    Earlier tables that are not kept this time go, too.
    """
    refuse(out, records, ())  # it may have changed meanwhile
    new = [*(work / "out" / name for name in KEPT[records]), work / TALLY]
    sizes = {
        f"{place.name}/{file.name}" if place.is_dir() else place.name: file.stat().st_size
        for place in new
        for file in (sorted(place.iterdir()) if place.is_dir() else [place])
    }
    mark = work / MARK
    mark.write_text(json.dumps({"flowdsl": 1, "files": sizes}, indent=1), encoding="utf-8")
    listed, kept = _listed(out), {place.name for place in new}
    gone = [out / name for name in NAMES if name not in kept and os.path.lexists(out / name)]
    exchange(
        [(place, out / place.name) for place in (*new, mark)],
        [place for place in gone if _foreign(out, place.name, listed) is None],
    )


def _listed(out: Path) -> dict[str, int] | None:
    """The files that an earlier simulation has written, with their sizes; None where there is no such list."""
    try:
        document = json.loads((out / MARK).read_text(encoding="utf-8"))
        return {str(file): int(size) for file, size in document["files"].items()}
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _foreign(out: Path, name: str, listed: dict[str, int] | None) -> Path | None:
    """What has the name of a table or the counts, or lies in it, and is not as an earlier simulation has written it."""
    place = out / name
    if not os.path.lexists(place):
        return None
    if listed is None or place.is_symlink():
        return place
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    return next((file for file in files if not _is_listed(file, out, listed)), None)


def _is_listed(file: Path, out: Path, listed: dict[str, int]) -> bool:
    name = file.relative_to(out).as_posix()
    return file.is_file() and not file.is_symlink() and listed.get(name) == file.stat().st_size
