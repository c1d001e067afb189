"""The flow of `journey.py` as a loop for Numba, written for this very flow; arrays in, counts or columns of rows out.

It knows that a contact joins once and has one run: no heap, no table of steps, nothing to ask. Chance is keyed by the
number of the contact, as ours is by its id. `counts` adds up sends by day and message; `columns` writes every row.
"""

from __future__ import annotations

import json
import math
import sys
from time import process_time
from typing import Any

import numpy as np
from numba import njit

from benchmarks.journey import BEGIN, DAY, DAYS, MU, OPENS, SIGMA, arrays
from flowdsl.results.log import LAYOUT

A, B, C = range(3)
JOINED, STARTED, SENT_A, SENT_B, SENT_C, OPENED, COMPLETED, PENDING = range(8)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@njit(nogil=True)
def _draw(key: Any, k: int) -> float:
    """A number from 0 to 1 (splitmix64)."""
    number = key * GOLDEN + np.uint64(k + 1) * GOLDEN
    number = (number ^ (number >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    number = (number ^ (number >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    number = number ^ (number >> np.uint64(31))
    return float(number >> np.uint64(11)) / 9007199254740992.0


@njit(nogil=True)
def _delay(key: Any) -> int:
    """A log-normal delay (Box-Muller)."""
    z = math.sqrt(-2.0 * math.log(1.0 - _draw(key, 1))) * math.cos(2.0 * math.pi * _draw(key, 2))
    return round(math.exp(MU + SIGMA * z))


@njit(nogil=True)
def counts(joins: Any, members: Any, begin: int, until: int, daily: Any, totals: Any) -> None:
    """Sends by day and message into `daily`; joined, started, opened, ended into `totals`."""
    for contact in range(len(joins)):
        now = joins[contact]
        totals[0] += 1
        now += 3 * DAY
        if now >= until:
            continue
        if members[contact]:
            totals[2] += 1
            continue
        daily[(now - begin) // DAY, A] += 1
        key = np.uint64(contact)
        opens, ends, what = until, now + 7 * DAY, C
        if _draw(key, 0) < OPENS:
            opens = now + _delay(key)
            if opens < until:
                totals[1] += 1
            if opens <= ends:
                ends, what = opens, B
        if ends < until:
            daily[(ends - begin) // DAY, what] += 1
            totals[2] += 1


@njit(nogil=True)
def _write(rows: Any, row: int, now: int, due: int, contact: int, shape: int) -> int:
    one = rows[row]
    one.time, one.due, one.queued, one.contact, one.shape, one.object = now, due, 0, contact, shape, 0
    return row + 1


@njit(nogil=True)
def columns(joins: Any, members: Any, until: int, rows: Any) -> int:
    """Writes every row, in the same columns as the engine's (sim.log.LAYOUT); gives how many there are."""
    row = 0
    for contact in range(len(joins)):
        now = joins[contact]
        row = _write(rows, row, now, -1, contact, JOINED)
        row = _write(rows, row, now, -1, contact, STARTED)
        now += 3 * DAY
        if now >= until:
            row = _write(rows, row, until, now, contact, PENDING)
            continue
        if members[contact]:
            row = _write(rows, row, now, -1, contact, COMPLETED)
            continue
        row = _write(rows, row, now, now, contact, SENT_A)
        key = np.uint64(contact)
        opens, ends, what = until, now + 7 * DAY, SENT_C
        if _draw(key, 0) < OPENS:
            opens = now + _delay(key)
            if opens <= ends:
                ends, what = opens, SENT_B
        if opens < until and opens <= ends:
            row = _write(rows, row, opens, -1, contact, OPENED)
        if ends < until:
            row = _write(rows, row, ends, ends, contact, what)
            row = _write(rows, row, ends, -1, contact, COMPLETED)
        else:
            row = _write(rows, row, until, ends, contact, PENDING)
        if ends < opens < until:
            row = _write(rows, row, opens, -1, contact, OPENED)
    return row


def main(size: int, what: str) -> None:
    """Prints the figures of a run with this many contacts: `counts` or `columns`."""
    begin = int(BEGIN.timestamp() * 1000)
    until = begin + DAYS * DAY
    run = _run_counts if what == "counts" else _run_columns
    run(*arrays(10), begin, until)  # compiles
    joins, members = arrays(size)
    start = process_time()
    made = run(joins, members, begin, until)
    cpu = process_time() - start
    print(json.dumps({"cpu": cpu, "counts": made()}))


def _run_counts(joins: Any, members: Any, begin: int, until: int) -> Any:
    daily, totals = np.zeros((DAYS, 3), dtype=np.int64), np.zeros(3, dtype=np.int64)
    counts(joins, members, begin, until, daily, totals)

    def made() -> dict[str, int]:
        sent = dict(zip("ABC", daily.sum(axis=0).tolist(), strict=True))
        joined, opened, ended = totals.tolist()
        return {**sent, "joined": joined, "started": joined, "opened": opened, "ended": ended}

    return made


def _run_columns(joins: Any, members: Any, begin: int, until: int) -> Any:
    table = np.recarray(6 * len(joins), dtype=list(LAYOUT))
    rows = columns(joins, members, until, table)

    def made() -> dict[str, int]:
        found = np.bincount(table["shape"][:rows], minlength=8).tolist()
        names = ("joined", "started", "A", "B", "C", "opened", "ended")
        return dict(zip(names, found, strict=False))

    return made


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
