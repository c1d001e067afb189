"""Finds the scenario that a simulation uses, and adds scenarios made in Python to a plan.

A name is looked up; a World made in Python is checked in memory and brings its events with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from flowdsl.compiler.resolve.events import needed_events
from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.diagnostics.input_checks import is_one_of, shown
from flowdsl.diagnostics.suggest import did_you_mean, in_quotes
from flowdsl.plan import json as runtime_json
from flowdsl.plan import usage
from flowdsl.plan.expressions import Event
from flowdsl.plan.plan import Plan, World
from flowdsl.vocabulary import VOCABULARY, EventEntry

EMPTY = World("")


def find_scenario(plan: Plan, scenario: str | World | None) -> World:
    """The scenario to use: by name, as passed, or the plan's only one; an empty one if the plan has none.

    Raises RunError when the name is unknown, or when there are several and none was chosen.

    >>> find_scenario(Plan((), world=(World("Spring"),)), "Spring").name
    'Spring'
    """
    if isinstance(scenario, World):
        return scenario
    names = [one.name for one in plan.world]
    if scenario is None:
        if len(names) > 1:
            message = f"there are {len(names)} scenarios: {in_quotes(names)}"
            raise RunError([RUNS["E706"].diagnostic(message)])
        return plan.world[0] if plan.world else EMPTY
    if not isinstance(scenario, str):
        message = f"a scenario is a name, a World or a program with one, not {scenario!r}"
        raise RunError([RUNS["E705"].diagnostic(message)])
    found = next((one for one in plan.world if one.name == scenario), None)
    if found is None:
        raise RunError([_unknown("E705", "scenario", scenario, names)])
    return found


def find_flows(plan: Plan, name: str | None) -> list[str]:
    """The names of the selected flows: the one with this name, or all. Raises RunError when there is none.

    >>> find_flows(Plan(()), None)
    []
    """
    if name is not None and not is_one_of(name, plan.by_name):
        raise RunError([_unknown("E716", "flow", shown(name), list(plan.by_name))])
    return list(plan.by_name) if name is None else [name]


def add_scenario(plan: Plan, scenario: World) -> Plan:
    """The plan with a scenario. A scenario made in Python is added, with every event that it uses. An empty scenario
    replaces the plan's own.


    Raises RunError for flows that the plan does not have, PlanError for numbers that no scenario can have.

    >>> plan = Plan((), world=(World("quiet"),))
    >>> add_scenario(plan, World("quiet")) is plan
    True
    """
    if scenario in plan.world:
        return plan
    if scenario == EMPTY:
        return replace(plan, world=()) if plan.world else plan
    _check_flows(plan, scenario)
    more = (event for event in _events_of(scenario) if event.id not in plan.events_by_id)
    made = replace(plan, world=(scenario,), events=(*plan.events, *more))
    runtime_json.check_world(made)
    return made


def _events_of(scenario: World) -> Iterable[Event]:
    """The events that a scenario causes or tests for; `check_world` finds unknown ones."""
    alone = Plan((), world=(scenario,))
    named = {rate.event for rate in scenario.rates} | {arrival.event for arrival in scenario.arrivals}
    named |= {event for answer in scenario.answers for event in (answer.event, *answer.cause.events)}
    named |= {event for match in usage.matches(alone) for event in match.events}
    known = (event for event in named if isinstance(VOCABULARY.rows.get(event), EventEntry))
    return needed_events(VOCABULARY, known, usage.families(alone), (), usage.columns(alone))


def check_fields(plan: Plan, scenario: World) -> None:
    """Raises RunError for flows that events of the scenario can never start, because a field is missing."""
    found: dict[tuple[str, str], int] = {}
    for flow, field, line in usage.lacking(plan, scenario):
        found.setdefault((flow.name, field), line.span.line)
    wrong = DiagnosticCollector(RUNS)
    for (name, field), at in found.items():
        where = f" (line {at})" if at else ""
        message = f'the flow "{name}" needs the field `{field}`, which the scenario{where} does not give to its events'
        wrong.add("E742", message, words=field)
    wrong.raise_any(RunError)


def _check_flows(plan: Plan, scenario: World) -> None:
    named = dict.fromkeys(name for line in scenario.controls for name in (line.flow, line.by) if name)
    unknown = [name for name in named if name not in plan.by_name]
    if unknown:
        raise RunError(_unknown("E716", "flow", name, list(plan.by_name)) for name in unknown)


def _unknown(code: str, kind: str, name: str, names: Sequence[str]) -> Diagnostic:
    there = f"there are {in_quotes(names)}" if names else "the program has none"
    hint = did_you_mean(name, names, otherwise=there)
    return RUNS[code].diagnostic(f'no {kind} is called "{name}"; {hint}', name)
