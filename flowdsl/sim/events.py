"""The reference engine: SimPy drives the machine, contact by contact. A Setting goes in, rows come out through `keep`.

Each contact is a SimPy process that sleeps until its Life must be woken. Contacts meet only at the servers of limited
capacity; everything else that a simulation means is in the machine, so this page is all there is to the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any

import simpy
from simpy.events import EventPriority

from flowdsl import draws
from flowdsl.plan import Capacity
from flowdsl.records import Record
from flowdsl.sim.life import Life, Stage
from flowdsl.sim.setting import Progress, Setting
from flowdsl.sim.world import make_world

Keep = Callable[[int, Iterable[Record]], None]  # takes the rows of one contact, by its position in the table
Process = Generator[simpy.Event, Any, None]
LAST = EventPriority(2)  # SimPy's own are 0, urgent, and 1, normal
TICKS = 100  # how often progress is told


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

    def __init__(self, setting: Setting, keep: Keep, traced: Sequence[int] = ()) -> None:
        ready, tracing = setting.ready(), setting.ready(trace=True)
        world = make_world(ready, setting.world, setting.seed, setting.replication)
        self.setting, self.keep, self.traced = setting, keep, frozenset(traced)
        self.stage, self.tracing = Stage(setting, ready, world), Stage(setting, tracing, world)
        self.env = simpy.Environment(initial_time=setting.begin)
        self.servers = {one.channel: Server(self.env, one) for one in setting.plan.policy.capacities}
        self.living: dict[int, Life] = {}

    def run(self, positions: Iterable[int], progress: Progress | None = None) -> None:
        """Lives through the whole time for these contacts, then writes down what is still under way."""
        firsts = sorted(
            (due, position) for position in positions if (due := self.first_due(position)) < self.setting.until
        )
        self.env.process(self.arrivals(firsts))
        if progress:
            self.env.process(self.clock(progress))
        self.env.run(until=self.setting.until)
        for position, life in sorted(self.living.items()):
            self.keep(position, life.finish(self.setting.until))

    def first_due(self, position: int) -> int:
        """When a contact can first be touched: at the beginning, if triggers or rates come of themselves."""
        if self.stage.ready.comes_of_itself or self.stage.world.rates:
            return self.setting.begin
        return self.setting.tables.events.first_of(position, self.setting.begin, self.setting.until)

    def arrivals(self, firsts: list[tuple[int, int]]) -> Process:
        """Brings contacts to life when they are first touched: who is never touched costs nothing."""
        for due, position in firsts:
            if due > self.env.now:
                yield self.env.timeout(due - self.env.now)
            self.env.process(self.contact(position))

    def contact(self, position: int) -> Process:
        """One contact: sleep until something is due, live through it, ask for slots, sleep again."""
        env, until = self.env, self.setting.until
        life = Life(self.tracing if position in self.traced else self.stage, position)
        self.living[position] = life
        while (due := life.next_due) < until:
            if due > env.now:
                yield env.timeout(due - env.now)
            records, requests = life.wake(due)
            self.keep(position, records)
            for request in requests:
                slot = yield self.servers[request.channel].ask(draws.hash_text(life.state.contact))
                life.grant(request, slot)
        if not life.is_under_way:
            del self.living[position]

    def clock(self, progress: Progress) -> Process:
        """Tells how much of the time has passed."""
        for tick in range(1, TICKS + 1):
            yield self.env.timeout((self.setting.until - self.setting.begin) // TICKS)
            progress(tick / TICKS)


def run(setting: Setting, keep: Keep, progress: Progress | None = None) -> None:
    """Simulates all contacts of a setting; `keep` gets each contact's rows in the order in which they come about."""
    Engine(setting, keep).run(range(len(setting.tables.contacts)), progress)


def trace(setting: Setting, position: int) -> list[Record]:
    """The rows of one contact with every step it took; the others are lived again only if capacity joins them."""
    rows: list[Record] = []

    def keep(other: int, records: Iterable[Record]) -> None:
        if other == position:
            rows.extend(records)

    alone = not setting.plan.policy.capacities
    Engine(setting, keep, traced=[position]).run([position] if alone else range(len(setting.tables.contacts)))
    return rows
