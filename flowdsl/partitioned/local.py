"""Simulates pieces on this machine, one after the other: memory holds one piece, and the counts so far."""

from __future__ import annotations

from collections.abc import Iterable

from flowdsl.partitioned.part import Done, Job, Piece, added, live
from flowdsl.sim.config import Progress


def live_here(job: Job, pieces: Iterable[Piece], report_fraction: Progress | None) -> Done:
    """Simulates all pieces; reports the fraction of the contacts that is done."""
    every = list(pieces)
    contacts, before = sum(piece.rows for piece in every) or 1, 0
    done: Done | None = None
    for piece in every:
        one = live(job, piece, _within(report_fraction, before / contacts, piece.rows / contacts))
        done = one if done is None else added((done, one))
        before += piece.rows
    assert done is not None  # a table has at least one part, which may be empty
    return done


def _within(report_fraction: Progress | None, before: float, share: float) -> Progress | None:
    return None if report_fraction is None else lambda fraction: report_fraction(before + share * float(fraction))
