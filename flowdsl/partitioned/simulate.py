"""A simulation in parts, from its tables to its Results: pieces are made, lived here or on a cluster, and put together.

Everything is written into a folder of its own beside the results and put in its place at the end: what was there before
stays until then, and for good if anything goes wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.diagnostics.input_checks import is_one_of
from flowdsl.partitioned.dask import Client
from flowdsl.partitioned.local import live_here
from flowdsl.partitioned.part import Done, Job, Piece, columns_read
from flowdsl.partitioned.parts import Given, Parts, parts_of, without_rows
from flowdsl.partitioned.people import People, people_of
from flowdsl.partitioned.publish import TALLY, publish, workshop
from flowdsl.partitioned.publish import refuse as refuse_place
from flowdsl.partitioned.shuffle import Spread, spread
from flowdsl.plan import usage
from flowdsl.plan.plan import Plan, World
from flowdsl.results.parquet_results import Stored
from flowdsl.results.results import KEPT, Results
from flowdsl.sim import engines
from flowdsl.sim.arrivals import PREFIX, NewContact, all_comers, refuse
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.engine_selection import check, chosen
from flowdsl.sim.idle import Seen, reason
from flowdsl.sim.options import Times
from flowdsl.sim.passed import Report, watched
from flowdsl.tables import Contacts, Table, Tables, plan_tables

OWN_COLUMNS = ("time", "event", "object", "object_id", "kind", "contact", "contact_id")
COMERS = 250_000  # new contacts of a piece


@dataclass(frozen=True, eq=False)
class Asked:
    """What a simulation in parts is told.

    times    when it happens, given the moments (ms) of the earliest and the latest event
    check    holds the columns of contacts, with their types, against the program; raises what is wrong
    used     columns that the program knows of besides those of the plan, such as those that fill its messages
    """

    plan: Plan
    world: World
    contacts: Given
    events: Given | None
    objects: Given | None
    catalogue: Table | None
    times: Callable[[int | None, int | None], Times]
    check: Callable[[Mapping[str, str]], None]
    out: str | Path | None = None
    backend: str | None = None
    client: Client | str | None = None
    seed: int = 0
    replication: int = 0
    engine: str = "simpy"
    records: str = "full"
    progress: Report | None = None
    used: Collection[str] = ()


def simulate(asked: Asked) -> Results:
    """Simulates contacts in parts; gives Results with all counts, whose tables are read from the folder when asked for.

    Raises DataError or RunError; what is in the folder already stays as it was then.
    """
    _check(asked)
    contacts = parts_of(asked.contacts, "contacts", columns_read(asked.plan))
    head = plan_tables.open_for(asked.plan, contacts.read(0), None, None, asked.catalogue, asked.used)
    types = {**head.contacts.types, **contacts.mixed}
    asked.check(types)
    plan_tables.check_columns(asked.plan, head.contacts)
    plan_tables.check_names(asked.plan, head.catalogue)
    people = people_of(contacts, head.contacts.key)
    with workshop(None if asked.out is None else Path(asked.out)) as work:
        events, objects = (
            _spread(asked, table, name, people, work)
            for table, name in ((asked.events, "events"), (asked.objects, "objects"))
        )
        times = asked.times(events.first, events.last)
        nobody = _nobody(asked, head, times)
        more = len(people) + events.count
        engine = chosen(nobody, more) if asked.engine == engines.AUTO else asked.engine
        check(engine)
        job = _job(asked, engine, times, people, work)
        comers = _comers(nobody, people)
        pieces = [*_pieces(contacts, events, objects), *_new(people, comers)]
        done = _lived(asked, job, pieces, types)
        stored = _stored(asked, work, done)
    idle = partial(reason, asked.plan, asked.world, times.begin, times.until, Seen(events.first, events.last))
    return Results(
        asked.plan,
        stored or done.tally,
        (),
        times.start,
        times.until,
        asked.seed,
        asked.replication,
        engine=job.engine,
        idle=idle,
    )


def _lived(asked: Asked, job: Job, pieces: Sequence[Piece], types: dict[str, str]) -> Done:
    """All pieces lived; columns that a piece has read in another way are held against the program as well."""
    tell = watched(asked.progress, sum(piece.rows for piece in pieces)) if asked.progress else None
    if asked.backend == "dask":
        from flowdsl.partitioned.dask import live_on

        done = live_on(asked.client, job, pieces, tell)
    else:
        done = live_here(job, pieces, tell)
    for name, type in sorted(done.types):
        if type not in ("empty", types.get(name)):
            asked.check({**types, name: type})
    return done


def _stored(asked: Asked, work: Path, done: Done) -> Stored | None:
    """The tables and the counts in their place."""
    if asked.out is None:
        return None
    done.tally.save(work / TALLY)
    publish(work, Path(asked.out), asked.records)
    return Stored(done.tally, Path(asked.out), asked.records)


def _nobody(asked: Asked, head: Tables, times: Times) -> SimulationConfig:
    """The simulation without any contact."""
    tables = Tables(Contacts([], head.contacts.key), catalogue=head.catalogue)
    keyed = (asked.world, asked.seed, asked.replication)
    told = asked.events is not None
    return SimulationConfig(asked.plan, tables, times.begin, times.start, times.until, *keyed, told=told)


def _job(asked: Asked, engine: str, times: Times, people: People, work: Path) -> Job:
    keeps = asked.out is not None and bool(KEPT[asked.records])
    for name in KEPT[asked.records] if keeps else ():
        (work / "out" / name).mkdir(parents=True)
    return Job(
        asked.plan,
        asked.world,
        times.begin,
        times.start,
        times.until,
        asked.seed,
        asked.replication,
        engine,
        asked.records,
        people.contacts.types,
        people.key,
        asked.catalogue,
        str(work / "out") if keeps else None,
        asked.events is not None,
    )


def _check(asked: Asked) -> None:
    """Refuse what cannot be done in parts."""
    diagnostics = []
    if not is_one_of(asked.backend, (None, "dask")):
        diagnostics.append(_diagnostic("E707", f'backend can be None or "dask", not {asked.backend!r}', asked.backend))
    if asked.plan.policy.capacities:
        channel = asked.plan.policy.capacities[0].channel
        diagnostics.append(
            _diagnostic("E721", f"capacity {channel} joins all contacts, so they cannot be simulated in parts")
        )
    if asked.out is None and asked.records != "counts":
        diagnostics.append(_diagnostic("E722", f'nothing says where the tables of records="{asked.records}" go'))
    if diagnostics:
        raise RunError(diagnostics)
    if asked.out is not None:
        refuse_place(Path(asked.out), asked.records, (asked.contacts, asked.events, asked.objects, asked.catalogue))


def _diagnostic(code: str, message: str, words: object = "") -> Diagnostic:
    return Diagnostic(code, message, words=str(words), reason=RUNS[code].why, example=RUNS[code].right)


# --- pieces -----------------------------------------------------------------------------------------------------------


def _spread(asked: Asked, table: Given | None, name: str, people: People, work: Path) -> Spread:
    if table is None:
        return Spread()
    wanted = {*OWN_COLUMNS, people.key, *usage.fields(asked.plan), *usage.types(asked.plan)[1]}
    parts = parts_of(table, name, wanted)
    plan_tables.check_headings(asked.plan, name, parts.columns)
    return spread(parts, people, work / name, wanted, with_times=name == "events")


def _pieces(contacts: Parts, events: Spread, objects: Spread) -> Iterator[Piece]:
    for number, part in enumerate(contacts.parts):
        yield Piece(number, (part,), events.of(number), objects.of(number))


def _comers(nobody: SimulationConfig, people: People) -> list[NewContact]:
    """All new contacts, made once, in the order in which they arrive."""
    comers = all_comers(nobody, len(people)) if nobody.world.arrivals else []
    refuse(people.among(f"{PREFIX}{number}" for number in range(1, len(comers) + 1)))
    return comers


def _new(people: People, comers: Sequence[NewContact]) -> Iterator[Piece]:
    """Pieces of new contacts, with the parts in which those stand that they are like."""
    waiting, first, number = iter(comers), 0, len(people.contacts.parts)
    while some := list(islice(waiting, COMERS)):
        ranks = np.array([comer.like for comer in some])
        different, own = np.unique(ranks[ranks >= 0], return_inverse=True)
        rows = people.in_order[different] if len(different) else np.zeros(0, dtype=np.int64)
        parts, places, order = _places(people, rows)
        likes = np.full(len(some), -1)
        likes[ranks >= 0] = order[own]
        yield Piece(
            number,
            [people.contacts.parts[part] for part in parts] or [without_rows(people.contacts.parts[0])],
            comers=[replace(comer, like=like) for comer, like in zip(some, likes.tolist(), strict=True)],
            first_comer=first,
            like=places,
        )
        first, number = first + len(some), number + 1


def _places(people: People, rows: Any) -> tuple[list[int], list[tuple[int, int]], Any]:
    """The parts of some rows; each row as (place of its part among these, row there), by part; and where each came."""
    of_part = np.searchsorted(people.first_rows, rows, side="right") - 1
    parts, number = np.unique(of_part, return_inverse=True)
    inside = rows - people.first_rows[of_part]
    sorting = np.argsort(number, kind="stable")
    order = np.empty(len(rows), dtype=np.int64)
    order[sorting] = np.arange(len(rows))
    return parts.tolist(), list(zip(number[sorting].tolist(), inside[sorting].tolist(), strict=True)), order
