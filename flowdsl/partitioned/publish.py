"""Moves the tables of a simulation in parts into the folder of the results."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flowdsl.atomic_files import exchange, fresh, named_after, sweep
from flowdsl.diagnostics.user_input import folder_path
from flowdsl.results import mark
from flowdsl.results.results import KEPT

TALLY = "tally.json"
NAMES = (*KEPT["full"], TALLY)


@contextmanager
def workshop(out: Path | None) -> Iterator[Path]:
    """A working folder, inside that of the results if there is one (so that workers can read it), removed at the end.

    An OSError names the folder of the results, not files in the working folder.
    """
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    place = out if out is not None else Path(tempfile.gettempdir())
    sweep(place)
    work = fresh(place.absolute())
    try:
        with named_after({work: place}):
            work.mkdir(mode=0o700)
            yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def check_target(out: Path, records: str, inputs: Sequence[object]) -> None:
    """Raises RunError if results would replace something that is not an earlier result (E731), or an input (E732)."""
    sweep(folder_path(out))
    mark.refuse(out, (*KEPT[records], TALLY), inputs)


def publish(work: Path, out: Path, records: str) -> None:
    """Replaces the earlier tables and counts by those in work/out and work, all of them or none.

    Earlier tables that are not kept this time are removed, too.
    """
    check_target(out, records, ())  # it may have changed in the meantime
    new = {**{name: work / "out" / name for name in KEPT[records]}, TALLY: work / TALLY}
    listed = mark.listed_in(out)
    gone = [name for name in NAMES if name not in new and os.path.lexists(out / name)]
    removed = [name for name in gone if mark.foreign_in(out, name, listed) is None]
    new_mark = work / mark.MARK
    new_mark.write_text(mark.text(out, new, removed), encoding="utf-8")
    exchange(
        [*((place, out / name) for name, place in new.items()), (new_mark, out / mark.MARK)],
        [out / name for name in removed],
    )
