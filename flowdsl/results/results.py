"""Results: what a simulation did, as a Log or Counts; tables, counts and one contact's Records are made on request.

Stories, pictures and HTML are made by higher rooms, which are called by name (hooks).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowdsl import hooks
from flowdsl.calendar.zones import UTC, UnknownZone, Zone, zone
from flowdsl.diagnostics.diagnostic import DataError, Diagnostic, RunError
from flowdsl.diagnostics.input_checks import is_one_of, shown
from flowdsl.diagnostics.suggest import EQUAL, did_you_mean, suggest
from flowdsl.hooks import Diagram, Option, Picture, Widget
from flowdsl.plan.plan import Plan
from flowdsl.results.log import Log
from flowdsl.results.records import Record

if TYPE_CHECKING:
    import pandas as pd

    from flowdsl.results.counts import Counts
    from flowdsl.results.funnel import Funnel
    from flowdsl.results.parquet_results import Stored
    from flowdsl.results.summary import Summary
    from flowdsl.results.tables import ShapeCounts

TABLES = ("sends", "runs", "actions", "records")
KEPT = {"full": TABLES, "sends": TABLES[:2], "counts": ()}  # the tables that each `records=` keeps
COUNTED = ("counts", "steps", "why")  # the tables that are written where only counts are kept
FORMATS = ("csv", "parquet")
LOOKED_THROUGH = 2_000  # ids compared letter by letter for a `did you mean`


@dataclass(frozen=True, eq=False, repr=False)
class Results:
    """What a simulation of `plan` did from start_ms to just before until_ms (ms since 1970, UTC).

    Tables are grouped by contact, in the order of the contact table, and stand within a contact as they happened; equal
    seeds give equal tables. Times are datetime64[ms, UTC]; names that repeat are categoricals, the plan's first and in
    its order; what does not apply is missing. Every call gives a frame of its own.

    kept     a Log of every row; a Log of sends and runs; Counts: then there are counts, and no tables; or what is
             Stored in a folder: then tables are read from there, and contact_ids is empty
    tracer   simulates one contact again, by id, and gives its Records with those of kind "step"
    zone_of  the time zone of a contact, by id; "" when it has none of its own
    engine   the name of the engine that made them
    idle     says why no flow could start; "" where one could
    program  the program as it was written, for drawings; None where a plan without text was simulated
    unheard  rows of the events table that the plan takes no notice of, by id or custom name; Counts has its own
    """

    plan: Plan
    kept: Log | Counts | Stored
    contact_ids: Sequence[str]
    start_ms: int
    until_ms: int
    seed: int = 0
    replication: int = 0
    tracer: Callable[[str], Sequence[Record]] | None = None
    zone_of: Callable[[str], str] | None = None
    engine: str = ""
    idle: Callable[[], str] | None = None
    program: Any = field(default=None, compare=False, repr=False)
    unheard: Mapping[str, int] = field(default_factory=dict)

    # --- tables -------------------------------------------------------------------------------------------------------

    @property
    def sends(self) -> pd.DataFrame:
        """Messages: time contact flow run step channel message to status (sent, skipped) reason queued_s.

        `to` is missing for the contact itself; queued_s are seconds spent waiting for capacity.
        """
        return self._sends.copy(deep=False)

    @property
    def runs(self) -> pd.DataFrame:
        """Runs: contact flow run object_kind object_id started ended status reason step due.

        Status is pending, completed, converted, exited, cancelled or declined. A declined entry has no run number and
        starts and ends when it is refused; step and due say where a pending run stands. After a warm-up, runs that
        began before the start are included if they ended later.
        """
        return self._runs.copy(deep=False)

    @property
    def actions(self) -> pd.DataFrame:
        """Actions: time due contact flow run step iteration action name channel to status reason object_kind object_id
        queued_s.

        Status is planned (still to come at the end), done, skipped or cancelled (the run left before it). due is when
        it was or will be ready to run; a run plans what it takes next, up to its next wait or choice.
        """
        return self._actions.copy(deep=False)

    @property
    def records(self) -> pd.DataFrame:
        """Every row there is, those of events too: time contact kind flow run step iteration action name channel to
        status reason object_kind object_id due queued_s."""
        return self._records.copy(deep=False)

    @cached_property
    def _sends(self) -> pd.DataFrame:
        return self._table("sends")

    @cached_property
    def _runs(self) -> pd.DataFrame:
        return self._table("runs")

    @cached_property
    def _actions(self) -> pd.DataFrame:
        return self._table("actions")

    @cached_property
    def _records(self) -> pd.DataFrame:
        return self._table("records")

    def _table(self, name: str) -> pd.DataFrame:
        if name not in KEPT[self.records_kept]:
            raise RunError([_not_kept(name, self.records_kept)])
        if not isinstance(self.kept, Log):
            from flowdsl.results.parquet_results import Stored, table_of

            assert isinstance(self.kept, Stored)  # Counts keeps no tables
            return table_of(self.kept, self.plan, name)
        from flowdsl.results.tables import KINDS, Tables

        kinds = KINDS if name == "records" else ("run", "action")
        made: pd.DataFrame = getattr(Tables(self.kept, self.plan, self.contact_ids, self.start_ms, kinds), name)()
        return made

    @property
    def records_kept(self) -> str:
        """What has been kept: `full`, `sends` or `counts`, as `records=` of the simulation said."""
        return self.kept.records

    @property
    def log(self) -> Log:
        """The rows as they were written. Raises RunError when only counts were kept, or tables in a folder."""
        if not isinstance(self.kept, Log):
            raise RunError([_not_kept("log", self.records_kept)])
        return self.kept

    # --- counts -------------------------------------------------------------------------------------------------------

    def summary(self) -> Summary:
        """How many runs of each flow and messages of each name became what, and why not; then how many rows of the
        events table no flow listens to. Prints as text."""
        from flowdsl.results.summary import summarize, with_reason

        found = summarize(self.plan, self._counts, self.ignored)
        return with_reason(found, self.idle) if self.idle else found

    @property
    def ignored(self) -> Mapping[str, int]:
        """Rows of the events table that the plan takes no notice of: id or custom name -> how many."""
        return self.unheard if isinstance(self.kept, Log) else self.tally.ignored

    def daily(self, by: str | Sequence[str] = ("channel",), zone: str = "UTC") -> pd.DataFrame:
        """Messages sent per local day of `zone` and group: columns `day` (midnight, without zone), `by`, and `sends`.

        A group is a combination of the columns `by` met in `sends`, sent or skipped; each has a row for every day of
        the simulation, zeros included.

        Raises RunError when a column or the zone is unknown, or was not kept.
        """
        return self.timeline("sends", "day", by, zone)

    def timeline(
        self, of: str = "sends", every: str = "day", by: str | Sequence[str] | None = None, zone: str = "UTC"
    ) -> pd.DataFrame:
        """How many there were per local hour, day or week of `zone`: columns `every` (its beginning), `by`, and `of`.

        of     sends, skipped: messages, by channel unless said; entries, declined: by flow; exits: of runs that ended,
               by flow and status
        every  hour, day or week; weeks begin on Monday, an hour that a change of clocks repeats is one row
        by     columns of `sends`, else of `runs`; of counts alone, channel message flow status, or flow and status

        A group is a combination met (of messages, whether sent or skipped); each has a row for every hour, day or week
        of the simulation, zeros included. Raises RunError for what is unknown, or was not kept.
        """
        from flowdsl.results import timeline as over

        over.check(of, every)
        clock, groups = _zone(zone), over.groups(of, by)
        if isinstance(self.kept, Log) or (KEPT[self.records_kept] and not over.is_kept(groups, of)):
            table = self._sends if of in over.SENDS else self._runs
            over.check_by(groups, list(table.columns), "sends" if of in over.SENDS else "runs")
            rows = over.of_table(table, of, self.start_ms)
        else:
            over.check_kept(groups, of)
            rows = over.of_tally(self.tally, self.plan, of, every, clock)
        return over.timeline(rows, of, every, groups, clock, self.start_ms, max(self.until_ms - 1, self.start_ms))

    def funnel(self, flow: str | None = None) -> Funnel:
        """How many runs entered each flow (or one of them), reached each step, and left where and why; prints as text.

        Raises RunError when there is no such flow.
        """
        from flowdsl.results.funnel import funnel

        return funnel(self.plan, self._counts, self._flows(flow))

    def cohorts(self, until: str = "exit", flow: str | None = None, zone: str = "UTC") -> pd.DataFrame:
        """How many of the runs that began in a week ended (or sent their first message: until="send") how many whole
        days later: columns week (its Monday in `zone`), entered, days, count, share (in percent of entered).

        A share is missing where not all runs of the week have had this many days yet. Runs of one flow, or of all.
        Raises RunError when there is no such flow or zone, or only counts were kept.
        """
        from flowdsl.results import cohorts as over

        over.check(until)
        self._flows(flow)
        runs = self._runs if flow is None else self._runs[self._runs["flow"] == flow]
        sends = self._sends if until == "send" else self._sends.head(0)
        return over.cohorts(runs, sends, until, _zone(zone), self.start_ms, self.until_ms)

    def _flows(self, flow: str | None) -> list[str]:
        """One flow, or all of them. Raises RunError when there is no such flow."""
        names = list(self.plan.by_name)
        if flow is not None and not is_one_of(flow, names):
            raise RunError([_unknown_flow(shown(flow), names)])
        return names if flow is None else [flow]

    @cached_property
    def tally(self) -> Counts:
        """All counts: they can be saved, and those of other contacts added."""
        from flowdsl.results.log_filters import tally_of

        if isinstance(self.kept, Log):
            return replace(tally_of(self.kept, self.plan, self.start_ms, self.contacts), ignored=self.unheard)
        return self.kept.tally

    @property
    def contacts(self) -> int:
        """How many contacts there were, new ones of the scenario among them."""
        return len(self.contact_ids) if isinstance(self.kept, Log) else self.tally.contacts

    @cached_property
    def _counts(self) -> ShapeCounts:
        from flowdsl.results.tables import ShapeCounts, Tables

        if not isinstance(self.kept, Log):
            return ShapeCounts(self.tally.runs, self.tally.actions)
        return Tables(self.kept, self.plan, self.contact_ids, self.start_ms).counts()

    # --- one contact --------------------------------------------------------------------------------------------------

    def trace(self, contact: str | int) -> list[Record]:
        """The Records of one contact, by id: with every step if it can be simulated again, otherwise as they were kept.

        Raises DataError for an unknown contact, RunError if its rows were not kept and it cannot be simulated again.
        """
        position = self.position(contact)
        records = self.tracer(self.contact_ids[position]) if self.tracer else self.log.of_contact(position)
        return _shown(records, self.start_ms)

    def story(self, contact: str | int) -> str:
        """One contact's passage in plain sentences, with the line of the program each step came from.

        Raises DataError when there is no such contact.
        """
        self.position(contact)
        text: str = hooks.show("results.story", self, str(contact))
        return text

    def clock_of(self, contact: str | int) -> Zone:
        """The zone a contact's local times are read in: its own, else the workspace's, else UTC."""
        own = self.zone_of(str(contact)) if self.zone_of is not None else ""
        name = own or self.plan.policy.zone
        return zone(name) if name else UTC

    def position(self, contact: str | int) -> int:
        """Where a contact is in the contact table, from 0.

        Raises DataError when there is no such contact.
        """
        if self.contacts and not len(self.contact_ids):
            raise RunError([_not_kept("contact to show", self.records_kept)])
        found = self._positions.get(str(contact))
        if found is None:
            raise DataError([_unknown_contact(str(contact), self.contact_ids)])
        return found

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {contact: position for position, contact in enumerate(self.contact_ids)}

    # --- the rest -----------------------------------------------------------------------------------------------------

    @property
    def start(self) -> pd.Timestamp:
        """First moment of the simulated time."""
        return _moment(self.start_ms)

    @property
    def until(self) -> pd.Timestamp:
        """The moment at which the simulated time is over."""
        return _moment(self.until_ms)

    def to_dir(self, path: str | Path, format: str = "csv") -> list[Path]:
        """Write the tables that were kept into a folder, made if need be, as `csv` or `parquet` files.

        sends, runs, actions and records; of counts, `counts` (by quarter hour), `steps` and `why` (the funnel). Times
        in CSV files are ISO 8601, to the ms, in UTC. All files are there whole, or none is touched. Returns the files.
        Replaces earlier results, which `.flowdsl.json` lists. Raises RunError for other formats, and where a file of
        such a name is no earlier result (E731).
        """
        if format not in FORMATS:
            raise RunError([_unknown_format(format)])
        from flowdsl.diagnostics.user_input import folder_path
        from flowdsl.results import table_files

        tables = {name: getattr(self, f"_{name}") for name in KEPT[self.records_kept]} or self._counted()
        named = {f"{name}.{format}": table for name, table in tables.items()}
        return table_files.write(folder_path(path), named)

    def _counted(self) -> dict[str, pd.DataFrame]:
        from flowdsl.results.timeline import quarters

        funnel = self.funnel()
        return dict(zip(COUNTED, (quarters(self.tally, self.plan), funnel.steps, funnel.why), strict=True))

    def plot(self, kind: str = "sends", **options: Option) -> Picture:
        """A picture, as a matplotlib Figure: of messages `sends` by day and channel, of the `funnel` of steps, of
        `cohorts` by week of entry, or of the `hours` of the week; options are those of the kind (docs: Pictures).

        Raises RunError for another kind or option, or when only counts were kept and cohorts are requested.
        """
        return hooks.picture("results.plot", self, kind, **options)

    def diagram(self, flow: str | None = None) -> Diagram:
        """A picture of the flows, or of one of them, with how many runs went which way: a Diagram, which shows itself
        in a notebook and can be saved.

        Raises RunError when there is no such flow.
        """
        self._flows(flow)
        found: Diagram = hooks.show("results.diagram", self, flow)
        return found

    def play(self, contact: str | int | None = None, flow: str | None = None) -> Widget:
        """One contact's story on the diagram, to be stepped through forward and back: a widget, in a notebook.

        contact  by id; None: one to whom much happens
        flow     the flow whose steps are shown; None: all

        Raises RunError where there is no notebook or no such flow, or only counts were kept; DataError when there is no
        such contact.
        """
        self._flows(flow)
        found: Widget = hooks.show("results.play", self, contact, flow or "")
        return found

    def __repr__(self) -> str:
        rows = f"{len(self.kept.rows):,} rows" if isinstance(self.kept, Log) else str(self.kept)
        return (
            f"<Results: {self.contacts:,} contacts, {self.start:%Y-%m-%d} to {self.until:%Y-%m-%d %H:%M}, "
            f"{rows}, seed {self.seed}, replication {self.replication}>"
        )

    def _repr_html_(self) -> str:
        return str(hooks.show("results.html", self))


def _shown(records: Sequence[Record], start: int) -> list[Record]:
    """The Records from the start on, and the starts of earlier runs that ended later."""
    before = [record for record in records if record.kind == "run" and record.run and record.time < start]
    over = {(record.flow, record.run) for record in before if record.status != "started"}
    living = [record for record in before if (record.flow, record.run) not in over]
    return [*living, *(record for record in records if record.time >= start)]


def _moment(at: int) -> pd.Timestamp:
    import pandas as pd

    return pd.Timestamp(at, unit="ms", tz="UTC").as_unit("ms")


def _zone(name: str) -> Zone:
    try:
        return zone(name)
    except UnknownZone as unknown:
        raise RunError(
            [Diagnostic("E803", str(unknown), words=name, example='results.daily(zone="Europe/Paris")')]
        ) from None


def _not_kept(what: str, records: str) -> Diagnostic:
    keep = [name for name, tables in KEPT.items() if what in tables] or ["full", "sends"]
    says = " or ".join(f'records="{name}"' for name in keep)
    return Diagnostic(
        "E807",
        f'results made with records="{records}" have no {what}',
        words=what,
        reason=f"{says} keeps them",
        example=f'simulate(program, contacts, records="{keep[-1]}").{what}',
    )


def _unknown_contact(written: str, contact_ids: Sequence[str]) -> Diagnostic:
    close = _closest(written, contact_ids)
    hint = f'did you mean "{close}"?' if close else f"the table has {len(contact_ids):,} contacts"
    first = contact_ids[0] if len(contact_ids) else ""
    return Diagnostic("E801", f'no contact has the id "{written}"', words=written, reason=hint, example=close or first)


def _unknown_flow(written: str, names: Sequence[str]) -> Diagnostic:
    hint = did_you_mean(written, names, otherwise=f"there are {', '.join(names)}" if names else "")
    return Diagnostic("E806", f'no flow is called "{written}"', words=written, reason=hint, example="results.funnel()")


def _closest(written: str, contact_ids: Sequence[str]) -> str:
    """The id a person may have meant, "" if none is near; of a large table only some of like shape are compared."""
    likely = [c for c in contact_ids if c[:1].lower() == written[:1].lower() and abs(len(c) - len(written)) <= 1]
    return suggest(written, likely, EQUAL) or suggest(written, (likely or contact_ids)[:LOOKED_THROUGH])


def _unknown_format(name: str) -> Diagnostic:
    return Diagnostic("E804", f'results are written as csv or parquet, not as "{name}"', words=name, example="csv")
