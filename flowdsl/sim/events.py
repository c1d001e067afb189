"""The reference engine: SimPy drives the machine, contact by contact. A Setting goes in, rows come out through `keep`.

Each contact is a SimPy process that sleeps until its Life must be woken. Contacts meet only at the servers of limited
capacity; everything else that a simulation means is in the machine, so this page is all there is to the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any

import simpy
from simpy.events import EventPriority

from flowdsl import draws
from flowdsl.plan import Capacity
from flowdsl.records import Record
from flowdsl.sim.life import Life, Stage, make_stage
from flowdsl.sim.setting import Progress, Setting

Keep = Callable[[int, Iterable[Record]], None]  # takes the rows of one contact, by its position in the table
Process = Generator[simpy.Event, Any, None]
LAST = EventPriority(2)  # SimPy's own are 0, urgent, and 1, normal
GROUP = 250  # contacts that live side by side


class EndOfInstant(simpy.Event):
    """Comes when everything else of the present instant has been done."""

    def __init__(self, env: simpy.Environment) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        env.schedule(self, priority=LAST)


class Server:
    """The capacity of one channel: slots at a fixed spacing, first come first served, ties by hash of the contact."""

    def __init__(self, env: simpy.Environment, capacity: Capacity) -> None:
        self.env, self.capacity = env, capacity
        self.free = 0  # when the next slot is free, in ms times `amount`: whole numbers whatever the spacing
        self.asking: list[tuple[int, int, simpy.Event]] = []

    def ask(self, tie: int) -> simpy.Event:
        """An event of this instant whose value is the moment (ms) of the slot."""
        if not self.asking:
            self.env.process(self._serve())
        told = self.env.event()
        self.asking.append((tie, len(self.asking), told))
        return told

    def _serve(self) -> Process:
        yield EndOfInstant(self.env)
        asking, self.asking = sorted(self.asking, key=lambda one: one[:2]), []
        amount, spacing = self.capacity.amount, self.capacity.per_ms
        for _, _, told in asking:
            slot = max(self.free, int(self.env.now) * amount)
            self.free = slot + spacing
            told.succeed(-(-slot // amount))


class Engine:
    """One simulation under SimPy."""

    def __init__(self, stage: Stage, keep: Keep) -> None:
        self.stage, self.keep, self.until = stage, keep, stage.setting.until
        self.env = simpy.Environment(initial_time=stage.setting.begin)
        self.servers = {one.channel: Server(self.env, one) for one in stage.setting.plan.policy.capacities}
        self.living: dict[int, Life] = {}

    def run(self, positions: Iterable[int]) -> None:
        """Lives through the whole time for these contacts, then writes down what is still under way."""
        firsts = sorted((due, position) for position in positions if (due := self.first_due(position)) < self.until)
        self.env.process(self.arrivals(firsts))
        self.env.run(until=self.until)
        for position, life in self.living.items():
            self.keep(position, life.finish(self.until))

    def first_due(self, position: int) -> int:
        """When a contact can first be touched: at the beginning, if triggers or rates come of themselves."""
        begin = self.stage.setting.begin
        if self.stage.ready.comes_of_itself or self.stage.world.rates:
            return begin
        return self.stage.setting.tables.events.first_of(position, begin, self.until)

    def arrivals(self, firsts: list[tuple[int, int]]) -> Process:
        """Brings contacts to life when they are first touched: who is never touched costs nothing."""
        for due, position in firsts:
            if due > self.env.now:
                yield self.env.timeout(due - self.env.now)
            self.env.process(self.contact(position))

    def contact(self, position: int) -> Process:
        """One contact: sleep until something is due, live through it, ask for slots, sleep again."""
        env, life = self.env, Life(self.stage, position)
        self.living[position] = life
        while (due := life.next_due) < self.until:
            if due > env.now:
                yield env.timeout(due - env.now)
            records, requests = life.wake(due)
            self.keep(position, records)
            tie = draws.hash_text(life.state.contact) if requests else 0
            asked = [(request, self.servers[request.channel].ask(tie)) for request in requests]
            for request, told in asked:  # all have asked before any is answered: they stand together in the queue
                slot = yield told
                life.grant(request, slot)
        if not life.is_under_way:
            del self.living[position]


def run(setting: Setting, keep: Keep, progress: Progress | None = None) -> None:
    """Simulates all contacts of a setting; `keep` gets each contact's rows in the order in which they come about."""
    stage, everybody = make_stage(setting), range(len(setting.tables.contacts))
    for group in _groups(stage, everybody):
        Engine(stage, keep).run(group)
        if progress:
            progress(group.stop / len(everybody))


def _groups(stage: Stage, everybody: range) -> Iterator[range]:
    """Contacts that live side by side: all of them where capacity joins them, else few at a time, which is the same
    (LANGUAGE.md 7.4) and keeps memory small and near."""
    size = len(everybody) if stage.setting.plan.policy.capacities else GROUP
    for start in range(0, len(everybody), max(size, 1)):
        yield everybody[start : start + size]


def trace(setting: Setting, position: int) -> list[Record]:
    """The rows of one contact with every step it took; the others are lived again only if capacity joins them."""
    rows: list[Record] = []

    def keep(other: int, records: Iterable[Record]) -> None:
        if other == position:
            rows.extend(records)

    stage = make_stage(setting, trace=True)
    alone = not setting.plan.policy.capacities
    Engine(stage, keep).run([position] if alone else range(len(setting.tables.contacts)))
    return rows
