"""Simulates tables in parts: makes pieces, simulates them here or on a cluster, and combines their results.

Everything is written into a working folder first and moved at the end: earlier results stay until then, and are kept
if anything goes wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.diagnostics.input_checks import is_one_of
from flowdsl.partitioned.dask import Client
from flowdsl.partitioned.local import live_here
from flowdsl.partitioned.part import Done, Job, Piece, columns_read
from flowdsl.partitioned.parts import Parts, parts_of, without_rows
from flowdsl.partitioned.people import People, people_of
from flowdsl.partitioned.publish import TALLY, check_target, publish, workshop
from flowdsl.partitioned.shuffle import Spread, spread
from flowdsl.plan import usage
from flowdsl.plan.plan import Plan, World
from flowdsl.results.parquet_results import Stored
from flowdsl.results.results import KEPT, Results
from flowdsl.sim.arrivals import PREFIX, NewContact, all_new_contacts, check_ids
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.engine_selection import check, chosen
from flowdsl.sim.idle import Seen, reason
from flowdsl.sim.options import AUTO, SimulationOptions, Times
from flowdsl.sim.run_progress import progress_callback
from flowdsl.tables import Contacts, Tables, plan_tables
from flowdsl.tables.arrays import Ints
from flowdsl.tables.sources import Given, TableSources

OWN_COLUMNS = ("time", "event", "object", "object_id", "kind", "contact", "contact_id")
DEFAULT = SimulationOptions()
NEW_CONTACTS = 250_000  # in a piece


@dataclass(frozen=True, eq=False)
class SimulationInParts:
    """A simulation whose tables are in parts.

    times    returns its start and end, given the moments (ms) of the earliest and the latest event
    check    checks the columns of contacts, with their types, against the program; raises ProgramError
    used     further columns of the program that are not in the plan, such as those in its messages
    """

    plan: Plan
    world: World
    tables: TableSources
    times: Callable[[int | None, int | None], Times]
    check: Callable[[Mapping[str, str]], None]
    options: SimulationOptions = DEFAULT
    backend: str | None = None
    client: Client | str | None = None
    used: Collection[str] = ()

    @property
    def out(self) -> Path | None:
        """The folder of the results, if there is one."""
        return None if self.options.out is None else Path(self.options.out)

    def replication(self, number: int) -> SimulationInParts:
        """The same simulation, another replication of it."""
        return replace(self, options=replace(self.options, replication=number))


def simulate(simulation: SimulationInParts) -> Results:
    """Simulates contacts in parts; returns Results with all counts, which read their tables from the folder when
    needed.

    Raises DataError or RunError; earlier results in the folder then stay unchanged.
    """
    _check(simulation)
    contacts = parts_of(simulation.tables.contacts, "contacts", columns_read(simulation.plan))
    head = plan_tables.open_for(
        simulation.plan, TableSources(contacts.read(0), catalogue=simulation.tables.catalogue), simulation.used
    )
    types = {**head.contacts.types, **contacts.mixed}
    simulation.check(types)
    plan_tables.check_columns(simulation.plan, head.contacts)
    plan_tables.check_names(simulation.plan, head.catalogue)
    people = people_of(contacts, head.contacts.key)
    with workshop(simulation.out) as work:
        events, objects = (
            _spread(simulation, table, name, people, work)
            for table, name in ((simulation.tables.events, "events"), (simulation.tables.objects, "objects"))
        )
        times = simulation.times(events.first, events.last)
        nobody = _nobody(simulation, head, times)
        more = len(people) + events.count
        engine = chosen(nobody, more) if simulation.options.engine == AUTO else simulation.options.engine
        check(engine)
        job = _job(simulation, engine, times, people, work, events.first)
        new_contacts = _new_contacts(nobody, people)
        pieces = [*_pieces(contacts, events, objects), *_new(people, new_contacts)]
        done = _lived(simulation, job, pieces, types)
        stored = _stored(simulation, work, done)
    idle = partial(reason, simulation.plan, simulation.world, times.begin, times.until, Seen(events.first, events.last))
    return Results(
        simulation.plan,
        stored or done.tally,
        (),
        times.start,
        times.until,
        simulation.options.seed,
        simulation.options.replication,
        engine=job.options.engine,
        idle=idle,
    )


def _lived(simulation: SimulationInParts, job: Job, pieces: Sequence[Piece], types: dict[str, str]) -> Done:
    """Simulates all pieces; columns that a piece read with another type are also checked against the program."""
    report = simulation.options.progress
    report_fraction = progress_callback(report, sum(piece.rows for piece in pieces)) if report else None
    if simulation.backend == "dask":
        from flowdsl.partitioned.dask import live_on

        done = live_on(simulation.client, job, pieces, report_fraction)
    else:
        done = live_here(job, pieces, report_fraction)
    for name, type in sorted(done.types):
        if type not in ("empty", types.get(name)):
            simulation.check({**types, name: type})
    return done


def _stored(simulation: SimulationInParts, work: Path, done: Done) -> Stored | None:
    """Moves the tables and the counts into their folder."""
    if simulation.out is None:
        return None
    done.tally.save(work / TALLY)
    publish(work, simulation.out, simulation.options.records)
    return Stored(done.tally, simulation.out, simulation.options.records)


def _nobody(simulation: SimulationInParts, head: Tables, times: Times) -> SimulationConfig:
    """The simulation without contacts."""
    tables = Tables(Contacts([], head.contacts.key), catalogue=head.catalogue)
    keyed = (simulation.world, simulation.options.seed, simulation.options.replication)
    has_history = simulation.tables.events is not None
    return SimulationConfig(
        simulation.plan, tables, times.begin, times.start, times.until, *keyed, has_history=has_history
    )


def _job(
    simulation: SimulationInParts, engine: str, times: Times, people: People, work: Path, first_event: int | None
) -> Job:
    keeps = simulation.out is not None and bool(KEPT[simulation.options.records])
    for name in KEPT[simulation.options.records] if keeps else ():
        (work / "out" / name).mkdir(parents=True)
    return Job(
        simulation.plan,
        simulation.world,
        times.begin,
        times.start,
        times.until,
        replace(simulation.options, engine=engine, progress=None, out=work / "out" if keeps else None),
        people.contacts.types,
        people.key,
        simulation.tables.catalogue,
        simulation.tables.events is not None,
        first_event,
    )


def _check(simulation: SimulationInParts) -> None:
    """Raises RunError for simulations that cannot run in parts."""
    found = DiagnosticCollector(RUNS)
    backend, records = simulation.backend, simulation.options.records
    if not is_one_of(backend, (None, "dask")):
        found.add("E707", f'backend can be None or "dask", not {backend!r}', words=backend)
    if simulation.plan.policy.capacities:
        channel = simulation.plan.policy.capacities[0].channel
        found.add("E721", f"capacity {channel} joins all contacts, so they cannot be simulated in parts")
    if simulation.out is None and records != "counts":
        found.add("E722", f'nothing says where the tables of records="{records}" go')
    found.raise_any(RunError)
    if simulation.out is not None:
        check_target(simulation.out, records, simulation.tables.all)


def _diagnostic(code: str, message: str, words: object = "") -> Diagnostic:
    return RUNS[code].diagnostic(message, words)


# --- pieces -----------------------------------------------------------------------------------------------------------


def _spread(simulation: SimulationInParts, table: Given | None, name: str, people: People, work: Path) -> Spread:
    if table is None:
        return Spread()
    wanted = {*OWN_COLUMNS, people.key, *usage.fields(simulation.plan), *usage.types(simulation.plan)[1]}
    parts = parts_of(table, name, wanted)
    plan_tables.check_headings(simulation.plan, name, parts.columns)
    return spread(parts, people, work / name, wanted, with_times=name == "events")


def _pieces(contacts: Parts, events: Spread, objects: Spread) -> Iterator[Piece]:
    for number, part in enumerate(contacts.parts):
        yield Piece(number, (part,), events.of(number), objects.of(number))


def _new_contacts(nobody: SimulationConfig, people: People) -> list[NewContact]:
    """All new contacts, made once, in the order of arrival."""
    new_contacts = all_new_contacts(nobody, len(people)) if nobody.world.arrivals else []
    check_ids(people.among(f"{PREFIX}{number}" for number in range(1, len(new_contacts) + 1)))
    return new_contacts


def _new(people: People, new_contacts: Sequence[NewContact]) -> Iterator[Piece]:
    """Pieces of new contacts, with the parts of the contacts that they are like."""
    waiting, first, number = iter(new_contacts), 0, len(people.contacts.parts)
    while some := list(islice(waiting, NEW_CONTACTS)):
        ranks = np.array([one.like for one in some])
        different, own = np.unique(ranks[ranks >= 0], return_inverse=True)
        rows = people.in_order[different] if len(different) else np.zeros(0, dtype=np.int64)
        parts, places, order = _places(people, rows)
        likes = np.full(len(some), -1)
        likes[ranks >= 0] = order[own]
        yield Piece(
            number,
            [people.contacts.parts[part] for part in parts] or [without_rows(people.contacts.parts[0])],
            new_contacts=[replace(one, like=like) for one, like in zip(some, likes.tolist(), strict=True)],
            first_new=first,
            like=places,
        )
        first, number = first + len(some), number + 1


def _places(people: People, rows: Ints) -> tuple[list[int], list[tuple[int, int]], Ints]:
    """The parts of some rows; each row as (place of its part among these, row there), by part; and where each came."""
    of_part = np.searchsorted(people.first_rows, rows, side="right") - 1
    parts, number = np.unique(of_part, return_inverse=True)
    inside = rows - people.first_rows[of_part]
    sorting = np.argsort(number, kind="stable")
    order = np.empty(len(rows), dtype=np.int64)
    order[sorting] = np.arange(len(rows))
    return parts.tolist(), list(zip(number[sorting].tolist(), inside[sorting].tolist(), strict=True)), order
