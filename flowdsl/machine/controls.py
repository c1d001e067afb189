"""The `at` lines of a scenario, as moments: when a flow is switched on or off, stopped, or replaced by another."""

from __future__ import annotations

from dataclasses import dataclass

from flowdsl.calendar import clock
from flowdsl.plan import plan


@dataclass(frozen=True, slots=True)
class Control:
    """An `at` line in time: `order` is its place in the text, `on` the flow that it may switch on."""

    at: int
    order: int
    flow: int
    on: int
    line: plan.Control


def heirs(lines: tuple[Control, ...], flow: int) -> tuple[int, ...]:
    """The flows that, one after the other, take the place of a flow."""
    found, left = [flow], [flow]
    while left:
        now = left.pop()
        following = [one.on for one in lines if one.line.verb == "replace" and one.flow == now]
        new = [one for one in dict.fromkeys(following) if one not in found]
        found += new
        left += new
    return tuple(found[1:])


def controls(program: plan.Plan, world: plan.World | None, day_one: int) -> tuple[Control, ...]:
    """The `at` lines in time, read on the workspace's clock; day 1 is the first local day."""
    zone = clock.zone(program.policy.zone or "UTC")
    first = clock.local_day(day_one, zone)
    number = {flow.name: index for index, flow in enumerate(program.flows)}
    found = []
    for order, line in enumerate(world.controls if world else ()):
        day = clock.day_number(line.date) if line.date else first + line.day - 1
        on = number[line.by or line.flow]
        found.append(Control(clock.date_at(day, line.minute, zone), order, number[line.flow], on, line))
    return tuple(sorted(found, key=lambda one: (one.at, one.order)))
