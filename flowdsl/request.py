"""What was asked of a simulation: options go in as people write them; times in ms and a scenario come out, or RunError.

Every fault of the options is told at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from difflib import get_close_matches
from glob import has_magic
from pathlib import Path
from typing import TypeAlias

from flowdsl import export, uses
from flowdsl.clock import date_at, format_ms, local_day, parse_moment, shifted
from flowdsl.errors import Diagnostic, RunError
from flowdsl.faults.run import RUNS
from flowdsl.plan import Plan, World
from flowdsl.resolve.events import noticed
from flowdsl.vocabulary import VOCABULARY, EventEntry
from flowdsl.zones import UTC, Zone, zone

Moment: TypeAlias = date | datetime | str
RECORDS = ("full", "sends", "counts")
LATEST = 253_402_300_800_000  # ms; the year 10000, which no calendar here can write


@dataclass(frozen=True, slots=True)
class Times:
    """When a simulation happens, in ms: flows run from begin, rows count from start, all ends just before until."""

    begin: int
    start: int
    until: int


def fault(code: str, message: str, words: object = "") -> Diagnostic:
    """One fault of the options, with reason and example from the catalogue."""
    return Diagnostic(
        code, message, words="" if words == "" else str(words), reason=RUNS[code].why, example=RUNS[code].right
    )


# --- times ------------------------------------------------------------------------------------------------------------


def times(
    plan: Plan,
    start: Moment | None,
    days: int | None,
    until: Moment | None,
    warm_from: Moment | None,
    first: int | None,
    last: int | None,
) -> Times:
    """When the simulation happens; first and last: the moments (ms) of the earliest and the latest event, if any.

    Raises RunError with every fault of these options.

    >>> times(Plan(()), "2026-01-05", 1, None, None, None, None)
    Times(begin=1767571200000, start=1767571200000, until=1767657600000)
    """
    clock = zone(plan.policy.zone) if plan.policy.zone else UTC
    faults: list[Diagnostic] = []
    given = {
        name: None if value is None else _moment(name, value, clock, faults)
        for name, value in (("start", start), ("until", until), ("warm_from", warm_from))
    }
    if days is not None and (isinstance(days, bool) or not isinstance(days, int) or not 0 < days < 1_000_000):
        faults.append(fault("E703", f"days is a whole number from 1 on, not {days!r}", days))
    if days is not None and until is not None:
        faults.append(fault("E703", "days and until both say when the simulation ends"))
    if faults:
        raise RunError(faults)
    begins = given["start"] if given["start"] is not None else _day_of_first(first, clock)
    ends = given["until"] if given["until"] is not None else _end(begins, days, last, clock)
    return _in_order(begins, ends, given["warm_from"], clock)


def moment(plan: Plan, name: str, value: Moment) -> int:
    """A moment in ms, on the workspace's clock where it has no zone; the name is what the fault calls it.

    Raises RunError when it cannot be read.

    >>> moment(Plan(()), "at", "2026-01-05")
    1767571200000
    """
    faults: list[Diagnostic] = []
    at = _moment(name, value, zone(plan.policy.zone) if plan.policy.zone else UTC, faults)
    if at is None or faults:
        raise RunError(faults)
    return at


def _moment(name: str, value: Moment, clock: Zone, faults: list[Diagnostic]) -> int | None:
    """The moment in ms; what cannot be read is noted."""
    try:
        at = _ms(value, clock)
    except ValueError as error:
        faults.append(fault("E702", f"{name}: {error}", value))
        return None
    if not -LATEST < at < LATEST:
        faults.append(fault("E702", f"{name}: {value} is too far away", value))
    return at


def _ms(value: Moment, clock: Zone) -> int:
    if isinstance(value, str):
        text = value.strip()
        at, has_zone = parse_moment(text)
    elif isinstance(value, datetime):
        at, has_zone = parse_moment(value.isoformat())
    elif isinstance(value, date):
        at, has_zone = parse_moment(datetime.combine(value, time()).isoformat())
    else:
        raise ValueError(f"{value!r} is neither a date nor a text such as 2026-03-01 09:00")
    return at if has_zone else clock.utc(at)


def _day_of_first(first: int | None, clock: Zone) -> int:
    if first is None:
        raise RunError([fault("E704", "nothing says when the simulation begins: there is no start, and no event")])
    return date_at(local_day(first, clock), 0, clock)


def _end(start: int, days: int | None, last: int | None, clock: Zone) -> int:
    if days is not None:
        return shifted(start, 0, days, 0, -1, clock)
    if last is None or last < start:
        raise RunError(
            [fault("E704", "nothing says when the simulation ends: no days, no until, and no event after the start")]
        )
    return date_at(local_day(last, clock) + 1, 0, clock)


def _in_order(start: int, until: int, warm_from: int | None, clock: Zone) -> Times:
    faults = []
    if until <= start:
        faults.append(
            fault(
                "E703", f"the simulation ends ({format_ms(until, clock)}) before it starts ({format_ms(start, clock)})"
            )
        )
    if warm_from is not None and warm_from > start:
        faults.append(
            fault("E703", f"warm_from ({format_ms(warm_from, clock)}) is after start ({format_ms(start, clock)})")
        )
    if faults:
        raise RunError(faults)
    return Times(start if warm_from is None else warm_from, start, until)


# --- the scenario -----------------------------------------------------------------------------------------------------


def world(plan: Plan, scenario: str | World | None) -> World:
    """The scenario that was asked for: by name, as it is, or the plan's only one; a plan without any has none.

    Raises RunError when the name is unknown, or several could be meant.
    """
    if isinstance(scenario, World):
        return scenario
    names = [one.name for one in plan.world]
    if scenario is None:
        if len(names) > 1:
            raise RunError([fault("E706", f"there are {len(names)} scenarios: {_listed(names)}")])
        return plan.world[0] if plan.world else World("")
    if not isinstance(scenario, str):
        raise RunError([fault("E705", f"a scenario is a name, a World or a program with one, not {scenario!r}")])
    found = next((one for one in plan.world if one.name == scenario), None)
    if found is None:
        raise RunError([_unknown_scenario(scenario, names)])
    return found


def _unknown_scenario(name: str, names: Sequence[str]) -> Diagnostic:
    there = f"there are {_listed(names)}" if names else "the program has none"
    return fault("E705", f'no scenario is called "{name}"; {_did_you_mean(name, names) or there}', name)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _did_you_mean(name: str, names: Sequence[str]) -> str:
    by_lower = {one.casefold(): one for one in names}
    near = get_close_matches(name.casefold(), by_lower, n=1)
    return f'did you mean "{by_lower[near[0]]}"?' if near else ""


def noticing(plan: Plan, scenario: World) -> Plan:
    """The plan in a scenario: one that was made in Python comes into it, with every event that it brings into play.

    Raises RunError for flows that the plan does not have, PlanError for numbers that no scenario can have.

    >>> plan = Plan((), world=(World("quiet"),))
    >>> noticing(plan, World("quiet")) is plan
    True
    """
    if scenario in plan.world:
        return plan
    _check_flows(plan, scenario)
    alone = Plan((), world=(scenario,))
    named = {rate.event for rate in scenario.rates} | {arrival.event for arrival in scenario.arrivals}
    named |= {event for answer in scenario.answers for event in (answer.event, *answer.cause.events)}
    named |= {event for match in uses.matches(alone) for event in match.events}
    felt = noticed(
        VOCABULARY,
        (event for event in named if isinstance(VOCABULARY.rows.get(event), EventEntry)),  # the rest is told below
        uses.families(alone),
        (),
        uses.columns(alone),
    )
    more = (event for event in felt if event.id not in plan.events_by_id)
    made = replace(plan, world=(scenario,), events=(*plan.events, *more))
    export.load_plan(export.dump(made))
    return made


def _check_flows(plan: Plan, scenario: World) -> None:
    named = dict.fromkeys(name for line in scenario.controls for name in (line.flow, line.by) if name)
    unknown = [name for name in named if name not in plan.by_name]
    if unknown:
        raise RunError(_unknown_flow(plan, name) for name in unknown)


def _unknown_flow(plan: Plan, name: str) -> Diagnostic:
    names = list(plan.by_name)
    hint = _did_you_mean(name, names) or (f"there are {_listed(names)}" if names else "the program has none")
    return fault("E716", f'no flow is called "{name}"; {hint}', name)


def flows(plan: Plan, name: str | None) -> list[str]:
    """The flows that are asked about: the one of this name, or all. Raises RunError when there is none of the name."""
    if name is not None and name not in plan.by_name:
        raise RunError([_unknown_flow(plan, name)])
    return list(plan.by_name) if name is None else [name]


# --- tables in parts --------------------------------------------------------------------------------------------------


def is_in_parts(out: object, backend: object, *tables: object) -> bool:
    """Whether contacts are to be simulated in parts: results go to a folder, or tables are files that belong together.

    >>> is_in_parts(None, None, "contacts/*.parquet"), is_in_parts(None, None, "contacts.parquet", None)
    (True, False)
    """
    return out is not None or backend is not None or any(map(_is_of_files, tables))


def _is_of_files(table: object) -> bool:
    """Whether a table is a folder, a pattern of names or a list of files."""
    if isinstance(table, str | Path):
        return (has_magic(str(table)) and not Path(table).is_file()) or Path(table).is_dir()
    return isinstance(table, list | tuple)


# --- the rest ---------------------------------------------------------------------------------------------------------


def check_options(engine: str, engines: Sequence[str], records: str, seed: int, replication: int) -> None:
    """Raises RunError when an option has a value that does not exist."""
    faults = []
    if engine not in engines:
        faults.append(fault("E707", f'no engine is called "{engine}"; there are {_listed(engines)}', engine))
    if records not in RECORDS:
        faults.append(fault("E707", f"records can be {_listed(RECORDS)}, not {records!r}", records))
    faults += [
        fault("E707", f"{name} is a whole number{more}, not {value!r}", value)
        for name, value, more, least in (("seed", seed, "", -(2**63)), ("replication", replication, " from 0 on", 0))
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 2**64
    ]
    if faults:
        raise RunError(faults)
