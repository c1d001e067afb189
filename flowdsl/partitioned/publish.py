"""Results of a simulation in parts take their place: a folder with new tables goes in; that of results comes out."""

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
    """A folder to work in, inside that of the results if there is one (so that workers see it), removed in the end.

    An OSError names the folder of the results, not what lies in the folder to work in.
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
    """Raises RunError where results would replace what is no earlier result (E731), or what is read (E732)."""
    sweep(folder_path(out))
    mark.refuse(out, (*KEPT[records], TALLY), inputs)


def publish(work: Path, out: Path, records: str) -> None:
    """Lets the tables in work/out and the counts in work take the places of those before, all of them or none.

    Earlier tables that are not kept this time go, too.
    """
    check_target(out, records, ())  # it may have changed meanwhile
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
