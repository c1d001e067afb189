"""What a program speaks of, by number: its events, columns, sets, channels, fields, kept messages and zones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flowdsl.machine import Ready
from flowdsl.plan import plan, usage
from flowdsl.plan.expressions import CHANNELS, ChangeMembership, Send, SetField
from flowdsl.plan.visit import effects, steps
from flowdsl.sim.config import SimulationConfig
from flowdsl.tables.arrays import Coded

# Compiled code knows the first five by number (cells.py).
FLAGS = ("opened", "clicked", "received", "unsubscribed", "bounced", "replied", "blocked")
COMPLETED, LEFT = "campaign.completed", "campaign.left"


@dataclass(frozen=True)
class Names:
    """Numbers of what a program speaks of. Event 0 is no event; `own` are numbers that a scenario reads by column, with
    whether they are shares."""

    events: dict[str, int]
    columns: dict[str, int]
    families: dict[str, int]
    channels: dict[str, int]
    fields: dict[str, int]
    trigger_fields: dict[str, int]
    kept: dict[str, int]
    zones: dict[str, int]
    own: dict[tuple[str, bool], int]


def names_of(config: SimulationConfig, ready: Ready) -> Names:
    """The numbers for a setting."""
    program = config.plan
    zones = [flow.zone for flow in program.flows if flow.zone]
    return Names(
        events=_numbered(["", *_events(config), *sorted(different(config.tables.events.events))]),
        columns=_numbered(sorted(usage.columns(program))),
        families=_numbered(sorted({*usage.families(program), "campaigns"})),
        channels=_numbered([*CHANNELS, *_channels(program)]),
        fields=_numbered(sorted(usage.fields(program))),
        trigger_fields=_numbered(sorted(ready.fields)),
        kept=_numbered(sorted(ready.kept)),
        zones=_numbered([program.policy.zone or "UTC", *zones, *sorted(different(config.tables.contacts.zones))]),
        own={one: number for number, one in enumerate(dict.fromkeys(_own(config.world)))},
    )


def different(texts: Sequence[str]) -> set[str]:
    """The different texts of a column, but for nothing.

    >>> different(["b", "", "b"])
    {'b'}
    """
    return set(texts.used() if isinstance(texts, Coded) else texts) - {""}


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


def _own(world: plan.World) -> Iterator[tuple[str, bool]]:
    yield from ((answer.column, True) for answer in world.answers if answer.column)
    yield from ((share.column, True) for share in world.shares if share.column)
    yield from ((rate.column, False) for rate in world.rates if rate.column)


def _events(config: SimulationConfig) -> Iterator[str]:
    program, world = config.plan, config.world
    yield from (event.id for event in program.events)
    yield from (event for match in usage.matches(program) for event in match.events)
    yield from (event for answer in world.answers for event in (answer.event, *answer.cause.events))
    yield from (rate.event for rate in world.rates)
    for act in steps(program, plan.Act):
        if isinstance(act.effect, ChangeMembership | SetField):
            yield act.effect.event
        elif isinstance(act.effect, Send):
            yield f"{act.effect.channel}.received"
    yield from (COMPLETED, LEFT)


def _channels(program: plan.Plan) -> Iterator[str]:
    yield from (event.channel for event in program.events if event.channel)
    yield from (send.channel for send in effects(program, Send))
    yield from (cap.channel for cap in program.policy.caps if cap.channel)
    yield from (capacity.channel for capacity in program.policy.capacities)
