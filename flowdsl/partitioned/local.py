"""Pieces lived here, one after the other: memory holds one of them, and the counts of those before it."""

from __future__ import annotations

from collections.abc import Iterable

from flowdsl.partitioned.part import Done, Job, Piece, added, live
from flowdsl.sim.config import Progress


def live_here(job: Job, pieces: Iterable[Piece], tell: Progress | None) -> Done:
    """Lives all pieces; tells which fraction of the contacts is done."""
    every = list(pieces)
    contacts, before = sum(piece.rows for piece in every) or 1, 0
    done: Done | None = None
    for piece in every:
        one = live(job, piece, _within(tell, before / contacts, piece.rows / contacts))
        done = one if done is None else added((done, one))
        before += piece.rows
    assert done is not None  # a table has a part, if an empty one
    return done


def _within(tell: Progress | None, before: float, share: float) -> Progress | None:
    return None if tell is None else lambda passed: tell(before + share * float(passed))
