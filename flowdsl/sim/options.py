"""Reads the options of a simulation as people write them; times become ms.

Raises RunError with all diagnostics of the options at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from flowdsl.calendar.clock import DAY, date_at, format_ms, local_day, moved, parse_moment
from flowdsl.calendar.zones import UTC, Zone, zone
from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.diagnostics.input_checks import is_one_of, kind_at, no_path, shown, whole_number
from flowdsl.diagnostics.suggest import in_quotes
from flowdsl.plan.plan import Plan

if TYPE_CHECKING:
    from flowdsl.sim.run_progress import Report

Moment: TypeAlias = date | datetime | str
RECORDS = ("full", "sends", "counts")
# Name -> module, loaded when first used. Its `keep(config, records, progress)` returns a Log of every row ("full"),
# a Log of sends and runs ("sends"), or Counts ("counts").
ENGINES = {"simpy": "flowdsl.sim.simpy_engine", "fast": "flowdsl.sim.fast"}
AUTO = "auto"  # SimPy for small simulations, otherwise compiled code, if Numba is installed
LATEST = 253_402_300_800_000  # ms; the year 10000, which no calendar here can write


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The options for the start and end of a simulation, as people write them."""

    start: Moment | None = None
    days: int | None = None
    until: Moment | None = None
    warm_from: Moment | None = None


@dataclass(frozen=True, slots=True)
class Times:
    """The times of a simulation, in ms: flows run from begin, rows count from start, the end is just before until."""

    begin: int
    start: int
    until: int


def diagnostic(code: str, message: str, words: object = "") -> Diagnostic:
    """One diagnostic of the options, with reason and example from the catalogue."""
    return RUNS[code].diagnostic(message, words)


# --- times ------------------------------------------------------------------------------------------------------------


def times(plan: Plan, when: TimeRange, first: int | None, last: int | None) -> Times:
    """The times of a simulation; first and last: the moments (ms) of the earliest and the latest event, if any.

    Raises RunError with every diagnostic of these options.

    >>> times(Plan(()), TimeRange("2026-01-05", days=1), None, None)
    Times(begin=1767571200000, start=1767571200000, until=1767657600000)
    """
    clock = zone(plan.policy.zone) if plan.policy.zone else UTC
    found = DiagnosticCollector(RUNS)
    given = {
        name: None if value is None else _moment(name, value, clock, found)
        for name, value in (("start", when.start), ("until", when.until), ("warm_from", when.warm_from))
    }
    whole = whole_number(when.days)
    if when.days is not None and (whole is None or not 0 < whole < 1_000_000):
        found.add("E703", f"days must be a whole number of at least 1, not {when.days!r}", words=when.days)
    if when.days is not None and when.until is not None:
        found.add("E703", "days and until both set the end of the simulation: give only one of them")
    found.raise_any(RunError)
    begins = given["start"] if given["start"] is not None else _day_of_first(first, clock)
    wall = local_day(begins, clock) * DAY if when.start is None else _wall(when.start, clock)
    ends = given["until"] if given["until"] is not None else _end(begins, wall, whole, last, clock)
    return _in_order(begins, ends, given["warm_from"], clock)


def moment(plan: Plan, name: str, value: Moment) -> int:
    """A moment in ms, in the time zone of the workspace if it has none; the diagnostic uses the name.

    Raises RunError if it cannot be read.

    >>> moment(Plan(()), "at", "2026-01-05")
    1767571200000
    """
    found = DiagnosticCollector(RUNS)
    at = _moment(name, value, zone(plan.policy.zone) if plan.policy.zone else UTC, found)
    found.raise_any(RunError)
    assert at is not None, "what cannot be read has a diagnostic"
    return at


def _moment(name: str, value: Moment, clock: Zone, found: DiagnosticCollector) -> int | None:
    """The moment in ms; None, with a diagnostic, if it cannot be read."""
    try:
        at = _ms(value, clock)
    except ValueError as error:
        found.add("E702", f"{name}: {error}", words=value)
        return None
    if not -LATEST < at < LATEST:
        found.add("E702", f"{name}: {value} is too far away", words=value)
    return at


def _ms(value: Moment, clock: Zone) -> int:
    at, has_zone = _parsed(value)
    return at if has_zone else clock.utc(at)


def _wall(value: Moment, clock: Zone) -> int:
    """The local wall time of a moment as it was written, even if a change of clocks skips it."""
    at, has_zone = _parsed(value)
    return clock.local(at) if has_zone else at


def _parsed(value: Moment) -> tuple[int, bool]:
    if isinstance(value, str):
        return parse_moment(value.strip())
    if isinstance(value, datetime):
        return parse_moment(value.isoformat())
    if type(value).__name__ == "datetime64":  # NumPy's, which need not be loaded for this
        return parse_moment(str(value))
    if isinstance(value, date):
        return parse_moment(datetime.combine(value, time()).isoformat())
    raise ValueError(f"{value!r} is neither a date nor a text such as 2026-03-01 09:00")


def _day_of_first(first: int | None, clock: Zone) -> int:
    if first is None:
        raise RunError([diagnostic("E704", "the simulation has no start: there is neither `start` nor an event")])
    return date_at(local_day(first, clock), 0, clock)


def _end(start: int, wall: int, days: int | None, last: int | None, clock: Zone) -> int:
    if days is not None:
        return moved(wall, 0, days, 0, -1, clock)
    if last is None or last < start:
        raise RunError(
            [
                diagnostic(
                    "E704",
                    "the simulation has no end: there is neither `days` nor `until`, and no event after the start",
                )
            ]
        )
    return date_at(local_day(last, clock) + 1, 0, clock)


def _in_order(start: int, until: int, warm_from: int | None, clock: Zone) -> Times:
    diagnostics = []
    if until <= start:
        diagnostics.append(
            diagnostic(
                "E703", f"the simulation ends ({format_ms(until, clock)}) before it starts ({format_ms(start, clock)})"
            )
        )
    if warm_from is not None and warm_from > start:
        diagnostics.append(
            diagnostic("E703", f"warm_from ({format_ms(warm_from, clock)}) is after start ({format_ms(start, clock)})")
        )
    if diagnostics:
        raise RunError(diagnostics)
    return Times(start if warm_from is None else warm_from, start, until)


# --- tables in parts --------------------------------------------------------------------------------------------------


def is_in_parts(out: object, backend: object, *tables: object) -> bool:
    """Whether to simulate contacts in parts: results go to a folder, or tables have several files.

    >>> is_in_parts(None, None, "contacts/*.parquet"), is_in_parts(None, None, "contacts.parquet", None)
    (True, False)
    """
    return out is not None or backend is not None or any(map(_is_of_files, tables))


def _is_of_files(table: object) -> bool:
    """Whether a table is a folder, a pattern of names or a list of files."""
    if isinstance(table, str | Path):
        kind = kind_at(table)
        return kind == "folder" or (has_magic(str(table)) and kind != "file")
    return isinstance(table, list | tuple)


# --- other options ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulationOptions:
    """The options of a simulation; `flowdsl.simulate` describes each of them."""

    engine: str = AUTO
    records: str = "full"
    seed: int = 0
    replication: int = 0
    progress: Report | None = None
    out: str | Path | None = None

    def checked(self) -> SimulationOptions:
        """The same options with seed and replication as `int`. Raises RunError for invalid values."""
        diagnostics = [*self._wrong()]
        if diagnostics:
            raise RunError(diagnostics)
        return replace(self, seed=whole_number(self.seed) or 0, replication=whole_number(self.replication) or 0)

    def _wrong(self) -> Iterator[Diagnostic]:
        engines = (AUTO, *ENGINES)
        if not is_one_of(self.engine, engines):
            named = f'no engine is called "{shown(self.engine)}"; there are {in_quotes(engines)}'
            yield diagnostic("E707", named, self.engine)
        if self.progress is not None and not callable(self.progress):
            yield diagnostic("E707", f"progress must be a function, not {shown(self.progress)}", self.progress)
        reason = no_path(self.out) if self.out is not None else ""
        if reason:
            yield diagnostic("E707", f"out must be the path of a folder: {reason}", self.out)
        if not is_one_of(self.records, RECORDS):
            yield diagnostic("E707", f"records must be {in_quotes(RECORDS)}, not {self.records!r}", self.records)
        yield from _wrong_number("seed", self.seed, -(2**63))
        yield from _wrong_number("replication", self.replication, 0, " from 0 on")


def _wrong_number(name: str, value: int, least: int, more: str = "") -> Iterator[Diagnostic]:
    number = whole_number(value)
    if number is None or not least <= number < 2**64:
        yield diagnostic("E707", f"{name} must be a whole number{more}, not {value!r}", value)
