"""The input of an engine: plan, tables, scenario, times and seed; and the initial state of a contact, made from it.

Both engines read a config and nothing else, so that they always begin with the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from flowdsl.machine import Happening, Ready, State, prepare, remember
from flowdsl.plan.plan import Plan, World
from flowdsl.tables import Cell, Tables

Progress = Callable[[float], None]  # called with the fraction that is done


@dataclass(frozen=True)
class SimulationConfig:
    """One simulation. Times in ms: flows run from `begin`, rows count from `start`, the end is just before `until`.

    With `warm_from`, begin is earlier than start, so that contacts can be in a flow at start.

    arrival_times  of the new contacts, which are the last rows of the table (arrivals.py)
    has_history    there is a table of events from begin to start, so that rates and new contacts begin at start
    first_event    ms of the earliest event of all, where the tables are only a part; None: that of the tables
    prepared       the prepared plan, for several replications; it cannot be sent to another process
    """

    plan: Plan
    tables: Tables
    begin: int
    start: int
    until: int
    world: World = field(default_factory=lambda: World(""))
    seed: int = 0
    replication: int = 0
    arrival_times: Sequence[int] = ()
    has_history: bool = False
    first_event: int | None = None
    prepared: Ready | None = field(default=None, compare=False, repr=False)

    @property
    def world_begin(self) -> int:
        """When the rates and new contacts of the scenario begin."""
        return self.start if self.has_history else self.begin

    def arrival_time(self, position: int) -> int:
        """When a contact arrives: at the beginning if it is in the table."""
        if not self.arrival_times:
            return self.begin
        new = position - (len(self.tables.contacts) - len(self.arrival_times))
        return self.arrival_times[new] if new >= 0 else self.begin

    def ready(self, trace: bool = False) -> Ready:
        """The plan, prepared for this simulation."""
        if self.prepared is not None and not trace:
            return self.prepared
        return prepare(
            self.plan,
            seed=self.seed,
            start=self.begin,
            first_day=self.start,
            world=self.world,
            trace=trace,
            catalogue=self.tables.catalogue.names,
        )


def initial_state(config: SimulationConfig, ready: Ready, position: int) -> State:
    """The state of a contact at the beginning: its row and its objects."""
    contacts, policy = config.tables.contacts, config.plan.policy
    row, objects = contacts.row(position), config.tables.objects.of(position) if config.tables.objects.ids else {}
    return State(
        contacts.ids[position],
        row.zone or policy.zone or "UTC",
        born=config.arrival_time(position),
        columns=row.columns,
        sets={family: list(names) for family, names in row.sets.items() if names},
        refused=[channel for channel, given in row.consent.items() if not given] if row.consent else [],
        objects={kind: _known(ready, kind, many) for kind, many in objects.items()} if objects else {},
    )


def _known(ready: Ready, kind: str, many: dict[str, dict[str, Cell]]) -> dict[str, dict[str, Cell]]:
    """Objects of a kind, with their fields in the catalogue added."""
    listed = ready.catalogue.get(kind, {})
    return {one: {**listed.get(one, {}), **fields} for one, fields in many.items()}


class TimedEvent(NamedTuple):
    """An event of the table, and when (ms) it happens."""

    time: int
    happening: Happening


def replay(config: SimulationConfig, ready: Ready, state: State, position: int) -> list[TimedEvent]:
    """Adds the events before the beginning to the state; returns the later ones, in order."""
    coming = []
    for time, event, name, object_id, fields in config.tables.events.each(position):
        happening = Happening(event, name, object_id, fields)
        if time < config.begin:
            remember(ready, state, happening, time)
        elif time < config.until:
            coming.append(TimedEvent(time, happening))
    return coming
