"""The reference engine: SimPy drives the machine, contact by contact. A Setting goes in, rows come out through `keep`.

Each contact sleeps on a SimPy timeout until its Life must be woken. Contacts meet only at the servers of limited
capacity; everything else that a simulation means is in the machine, so this page is all there is to the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import simpy
from simpy.events import EventPriority

from flowdsl.chance import keyed_draws
from flowdsl.machine import Request
from flowdsl.machine.budget import Budget, budget, too_many_rows
from flowdsl.plan.plan import Capacity
from flowdsl.results.counts import Counts
from flowdsl.results.log import Log
from flowdsl.results.records import Record
from flowdsl.sim.config import Progress, SimulationConfig
from flowdsl.sim.counter import Counter
from flowdsl.sim.life import ContactProcess, SimulationContext, make_context
from flowdsl.sim.recorder import Recorder, SendsRecorder

Keep = Callable[[int, Iterable[Record]], None]  # takes the rows of one contact, by its position in the table
Tell = Callable[[int], None]
LAST = EventPriority(2)  # SimPy's own are 0, urgent, and 1, normal
TOLD_AFTER = 250  # contacts, where they live one after the other
PARTS = 100  # of the simulated time, after which progress is told where all of them do


class EndOfInstant(simpy.Event):
    """Comes when everything else of the present instant has been done."""

    def __init__(self, env: simpy.Environment) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        env.schedule(self, priority=LAST)


class Servers:
    """The limited channels: slots at a fixed spacing, first come first served, ties by hash of the contact.

    Whoever has asked in an instant, for whichever channel, is told at its end.
    """

    def __init__(self, env: simpy.Environment, capacities: Iterable[Capacity]) -> None:
        self.env, self.capacities = env, {one.channel: one for one in capacities}
        # When the next slot is free, in ms times `amount`: whole numbers, from the beginning on.
        self.free = {one.channel: int(env.now) * one.amount for one in self.capacities.values()}
        self.asking: list[tuple[int, int, str, Tell]] = []

    def ask(self, channel: str, tie: int, tell: Tell) -> None:
        """Queues up for a slot; `tell` gets its moment (ms) at the end of this instant."""
        if not self.asking:
            EndOfInstant(self.env).callbacks.append(self.serve)
        self.asking.append((tie, len(self.asking), channel, tell))

    def serve(self, end: simpy.Event) -> None:
        """Gives everybody who has asked in this instant a slot, by their ties."""
        asking, self.asking = sorted(self.asking, key=lambda one: one[:2]), []
        for _, _, channel, tell in asking:
            amount, spacing = self.capacities[channel].amount, self.capacities[channel].per_ms
            slot = max(self.free[channel], int(self.env.now) * amount)
            self.free[channel] = slot + spacing
            tell(-(-slot // amount))


class Contact:
    """One contact in simulated time: it sleeps on a timeout until its Life must be woken, wakes it, and sleeps again.

    A callback of the timeout, not a process of its own: a sixth faster, and there is nothing to wait for in the middle.
    """

    __slots__ = ("engine", "life", "position")

    def __init__(self, engine: Engine, position: int) -> None:
        self.engine, self.position = engine, position
        self.life = ContactProcess(engine.stage, position)

    def sleep(self) -> None:
        """Sets the alarm for what is due next, if that comes before the end."""
        engine, due = self.engine, self.life.next_due
        if due < engine.until:
            engine.env.timeout(due + engine.ahead - engine.env.now).callbacks.append(self.wake)
        elif not self.life.is_under_way:
            self.engine.living.pop(self.position, None)

    def wake(self, alarm: simpy.Event) -> None:
        """Lets happen what is due, asks for the slots that messages need, and sleeps again."""
        now = self.engine.env.now - self.engine.ahead
        if self.life.next_due != now:  # a slot of capacity came before this alarm
            return
        woken = self.life.wake(int(now))
        self.engine.keep(self.position, woken.records)
        for request in woken.requests:  # all of one instant stand together in the queue
            tie = keyed_draws.hash_text(self.life.state.contact)
            self.engine.servers.ask(request.channel, tie, partial(self.take_slot, request))
        self.sleep()

    def take_slot(self, request: Request, slot: int) -> None:
        """Notes when the slot comes; the alarm may have to ring earlier for it."""
        self.life.grant(request, slot)
        self.sleep()


class Engine:
    """One simulation under SimPy.

    ahead  ms that SimPy's clock is ahead of the simulated time. It cannot be turned back, and a clock for each contact
           costs a tenth of the time, so contacts who live one after the other share one that goes on
    """

    def __init__(self, stage: SimulationContext, keep: Keep) -> None:
        self.stage, self.keep, self.until = stage, keep, stage.config.until
        self.env = simpy.Environment(initial_time=stage.config.begin)
        self.servers = Servers(self.env, stage.config.plan.policy.capacities)
        self.living: dict[int, ContactProcess] = {}
        self.ahead = 0

    def run_alone(self, position: int) -> None:
        """Simulates one contact from the beginning to the end, with nobody beside it."""
        if self.first_due(position) < self.until:
            self.ahead = int(self.env.now) - self.stage.config.begin
            self.bring_to_life(position)
            self.env.run()
            self.finish()

    def run(self, positions: Iterable[int], progress: Progress | None = None) -> None:
        """Simulates these contacts side by side, then writes down what is still under way."""
        for position in positions:
            due = self.first_due(position)
            if due < self.until:
                self.env.timeout(due - self.env.now).callbacks.append(partial(self.bring_to_life, position))
        for part in range(1, PARTS if progress else 1):
            moment = self.stage.config.begin + (self.until - self.stage.config.begin) * part // PARTS
            if progress and moment > self.env.now:
                self.env.run(until=moment)
                progress(part / PARTS)
        self.env.run(until=self.until)
        self.finish()

    def finish(self) -> None:
        """Writes down what is still under way."""
        for position, life in self.living.items():
            self.keep(position, life.finish(self.until))
        self.living.clear()

    def first_due(self, position: int) -> int:
        """When a contact can first be touched: as it arrives, at the beginning if triggers or rates come of themselves,
        else with its first event."""
        begin, born = self.stage.config.begin, self.stage.config.born(position)
        if born > begin:
            return born
        if self.stage.ready.comes_of_itself or self.stage.world.rates:
            return begin
        return self.stage.config.tables.events.first_of(position, begin, self.until)

    def bring_to_life(self, position: int, arrival: simpy.Event | None = None) -> None:
        """Fills in a contact's state when it is first touched: who is never touched costs nothing."""
        contact = Contact(self, position)
        self.living[position] = contact.life
        contact.sleep()


def keep(config: SimulationConfig, records: str = "full", progress: Progress | None = None) -> Log | Counts:
    """Simulates all contacts of a setting; gives every row, those of sends and runs, or counts."""
    if records == "counts":
        counter = Counter(config.start, config.until)
        run(config, counter.add, progress)
        return counter.tally(len(config.tables.contacts))
    kind = SendsRecorder if records == "sends" else Recorder
    recorder = kind(config.plan, config.tables.contacts.ids, config.start)
    run(config, _bounded(recorder, budget(), len(config.tables.contacts)), progress)
    return recorder.log()


def run(config: SimulationConfig, keep: Keep, progress: Progress | None = None) -> None:
    """Simulates all contacts of a setting; `keep` gets each contact's rows in the order in which they come about.

    Contacts live side by side where capacity joins them; else one after the other, which is the same
    (docs/reference/language.md#independence) and needs little memory. So too the first who goes beyond its budget is
    the first of the table.
    """
    engine, everybody = Engine(make_context(config), keep), range(len(config.tables.contacts))
    if config.plan.policy.capacities:
        engine.run(everybody, progress)
        return
    for position in everybody:
        engine.run_alone(position)
        if progress and (position % TOLD_AFTER == TOLD_AFTER - 1 or position == everybody[-1]):
            progress((position + 1) / len(everybody))


def _bounded(recorder: Recorder, most: Budget, contacts: int) -> Keep:
    """Keeps rows until there are too many of them."""

    def add(position: int, records: Iterable[Record]) -> None:
        recorder.add(position, records)
        if len(recorder) > most.most_rows(contacts):
            raise too_many_rows(most, contacts)

    return add


def trace(config: SimulationConfig, position: int) -> list[Record]:
    """The rows of one contact with every step it took; the others are lived again only if capacity joins them."""
    rows: list[Record] = []

    def keep(other: int, records: Iterable[Record]) -> None:
        if other == position:
            rows.extend(records)

    engine = Engine(make_context(config, trace=True), keep)
    if config.plan.policy.capacities:
        engine.run(range(len(config.tables.contacts)))
    else:
        engine.run_alone(position)
    return rows
