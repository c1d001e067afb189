"""Simulates one part: reads its contacts, events and objects, writes its tables, and returns its counts.

All backends run parts with `live`. Running a part twice does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from flowdsl.atomic_files import written
from flowdsl.diagnostics.diagnostic import DataError
from flowdsl.partitioned.parts import Part, Types, read
from flowdsl.partitioned.people import located
from flowdsl.partitioned.shuffle import NO_ROWS, Rows
from flowdsl.plan import usage
from flowdsl.plan.plan import Plan, World
from flowdsl.results.counts import Counts, total
from flowdsl.results.results import KEPT
from flowdsl.sim import engines
from flowdsl.sim.arrivals import PREFIX, NewContact, only_new
from flowdsl.sim.config import Progress, SimulationConfig
from flowdsl.sim.options import SimulationOptions
from flowdsl.tables import Contacts, Table, Tables, plan_tables
from flowdsl.tables.people import ID_COLUMNS
from flowdsl.tables.sources import TableSources
from flowdsl.vocabulary.entries import CHANNELS, FAMILIES


@dataclass(frozen=True, eq=False)
class Job:
    """What all parts of a simulation share. `options.out` is the folder of the tables, None for counts alone."""

    plan: Plan
    world: World
    begin: int
    start: int
    until: int
    options: SimulationOptions
    types: Types
    key: str
    catalogue: Table | None = None
    has_history: bool = False
    first_event: int | None = None


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of the table of contacts with their events and objects; or new contacts, each like a row of a part.


    like  (part, row) of each different row that new contacts are like; each comer's own is its place among them
    """

    number: int
    contacts: Sequence[Part]
    events: Rows = NO_ROWS
    objects: Rows = NO_ROWS
    new_contacts: Sequence[NewContact] = ()
    first_new: int = 0
    like: Sequence[tuple[int, int]] = ()

    @property
    def rows(self) -> int:
        """How many contacts there are."""
        return len(self.new_contacts) or sum(part.rows for part in self.contacts)


@dataclass(frozen=True, eq=False)
class Done:
    """The result of parts: their counts, and all types with which their columns were read."""

    tally: Counts
    types: frozenset[tuple[str, str]]


def live(job: Job, piece: Piece, progress: Progress | None = None) -> Done:
    """Simulates one part. Raises the diagnostics of its tables, with the part named."""
    try:
        tables = _opened(job, piece)
    except DataError as error:
        raise DataError(located(error.diagnostics, f"part {piece.number + 1}")) from None
    world = replace(job.world, arrivals=()) if not piece.new_contacts else job.world
    options = job.options
    keyed = (world, options.seed, options.replication)
    config = SimulationConfig(
        job.plan, tables, job.begin, job.start, job.until, *keyed,
        has_history=job.has_history, first_event=job.first_event,
    )  # fmt: skip
    if piece.new_contacts:
        config = only_new(config, piece.new_contacts)
    results = engines.simulate(config, options.engine, progress, options.records)
    if options.out is not None:
        for name in KEPT[options.records]:
            _write(getattr(results, name), Path(options.out, name, f"part-{piece.number:06}.parquet"))
    return Done(results.tally, frozenset(tables.contacts.types.items()))


def added(done: Iterable[Done]) -> Done:
    """The combined result of several parts."""
    parts = list(done)
    types = {pair for part in parts for pair in part.types}
    return Done(total(part.tally for part in parts), frozenset(types))


# --- reading ----------------------------------------------------------------------------------------------------------


def columns_read(plan: Plan) -> frozenset[str]:
    """The columns of contacts that a simulation reads: ids, the plan's, and those with a meaning of their own."""
    consents = {f"can_{channel}" for channel in CHANNELS}
    own = {*FAMILIES, "membership", "timezone"}
    return frozenset({*ID_COLUMNS, *usage.columns(plan), *own, *consents})


def _opened(job: Job, piece: Piece) -> Tables:
    frame = _like_rows(job, piece) if piece.new_contacts else _rows(job, piece.contacts[0])
    sources = TableSources(frame, piece.events.read(), piece.objects.read(), job.catalogue)
    tables = plan_tables.open_for(job.plan, sources)
    plan_tables.check_events(job.plan, tables.events)
    return replace(tables, contacts=_newcomers(piece, tables.contacts)) if piece.new_contacts else tables


def _rows(job: Job, part: Part) -> pd.DataFrame:
    return read(part, job.types, columns_read(job.plan))


def _like_rows(job: Job, piece: Piece) -> pd.DataFrame:
    """The rows that new contacts are like, with the columns of the table."""
    frames = []
    for number, part in enumerate(piece.contacts):
        places = [row for of_part, row in piece.like if of_part == number]
        frames.append(_rows(job, part).iloc[places])
    return pd.concat(frames, ignore_index=True)


def _newcomers(piece: Piece, likes: Contacts) -> Contacts:
    """New contacts, each with its own id and the columns of the contact that it is like."""
    ids = [f"{PREFIX}{number}" for number in range(piece.first_new + 1, piece.first_new + 1 + len(piece.new_contacts))]
    return likes.copies(ids, [one.like for one in piece.new_contacts])


# --- writing ----------------------------------------------------------------------------------------------------------


def _write(table: pd.DataFrame, path: Path) -> None:
    """Writes a table as plain texts, numbers and moments, so that the files of all parts have the same types."""
    with written(path) as (file,):
        pq.write_table(pa.table({str(name): _plain(table[name]) for name in table.columns}), file)


def _plain(column: pd.Series[str | int | float | bool]) -> pa.Array:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return pa.array(column.astype(object), type=pa.large_string(), from_pandas=True)
    found = pa.array(column, from_pandas=True)
    return found.cast(pa.large_string()) if str(found.type) in ("null", "string", "string_view") else found
