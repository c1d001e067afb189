"""Explains in a sentence why nothing happens in a simulation.

There is a reason only if it is certain that no flow can start.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flowdsl.calendar.clock import format_ms
from flowdsl.calendar.zones import UTC, zone
from flowdsl.plan.plan import Arrival, OnEvent, Plan, Rate, Trigger, World
from flowdsl.sim.config import SimulationConfig
from flowdsl.tables import Events


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known about a table of events: the moments (ms) of its first and last row, None without rows; and its
    rows, None if they are not loaded."""

    first: int | None
    last: int | None
    events: Events | None = None


def why_idle(config: SimulationConfig) -> str:
    """Why no flow of a simulation can start; "" if one can."""
    events = config.tables.events
    return reason(config.plan, config.world, config.begin, config.until, Seen(events.first, events.last, events))


def reason(plan: Plan, world: World, begin: int, until: int, seen: Seen) -> str:
    """Why no flow can start from begin to just before until (ms); "" if one can.

    >>> reason(Plan(()), World(""), 0, 1, Seen(None, None))
    'there is no flow'
    """
    if not plan.flows:
        return "there is no flow"
    if all(flow.paused for flow in plan.flows) and not any(
        line.verb in ("activate", "resume", "replace") for line in world.controls
    ):
        return "no flow is active: all of them are paused"
    if not all(_waits_for_events(trigger, plan) for trigger in _triggers(plan)):
        return ""
    return _why_unheard(plan, world, begin, until, seen)


def _why_unheard(plan: Plan, world: World, begin: int, until: int, seen: Seen) -> str:
    """The same, if only events can start flows."""
    causes: list[Rate | Arrival] = [*world.rates, *(one for one in world.arrivals if one.event)]
    if any(_may_start(plan, line.event, line.name) for line in causes):
        return ""
    if seen.first is None or seen.last is None:
        if causes:
            return "there are no events, and those of the scenario start no flow"
        return f"there are no events, and {'the scenario causes none' if world.name else 'no scenario causes any'}"
    if seen.last < begin or seen.first >= until:
        clock = zone(plan.policy.zone) if plan.policy.zone else UTC
        days = f"{format_ms(begin, clock)} to {format_ms(until, clock)}"
        return f"all events lie {'before' if seen.last < begin else 'after'} the simulated time, {days}"
    if seen.events is None or _any_starts(plan, seen.events, begin, until):
        return ""
    return "no event in the simulated time is one that a flow starts with"


def _triggers(plan: Plan) -> Iterable[Trigger]:
    return (trigger for flow in plan.flows for trigger in flow.enter.triggers)


def _waits_for_events(trigger: Trigger, plan: Plan) -> bool:
    return isinstance(trigger, OnEvent) and not any(flow.enter.include_existing for flow in plan.flows)


def _may_start(plan: Plan, event: str, name: str) -> bool:
    """Whether an event of this kind and name can start a flow; "" stands for any name."""
    matches = [trigger.match for trigger in _triggers(plan) if isinstance(trigger, OnEvent)]
    return any(event in match.events and (not match.names or not name or name in match.names) for match in matches)


def _any_starts(plan: Plan, events: Events, begin: int, until: int) -> bool:
    kinds = {
        (event, name)
        for time, event, name in zip(events.times, events.events, events.names, strict=True)
        if begin <= time < until
    }
    return any(_may_start(plan, event, name) for event, name in kinds)
