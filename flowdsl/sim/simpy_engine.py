"""The reference engine: SimPy runs the machine, contact by contact.

Each contact sleeps on a SimPy timeout until its ContactProcess is due. Contacts affect each other only at the servers
of limited capacity; all other meaning is in the machine, so this module is the whole engine.
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
from flowdsl.sim.contact_process import ContactProcess, SimulationContext, make_context
from flowdsl.sim.counter import Counter
from flowdsl.sim.recorder import Recorder, SendsRecorder

Keep = Callable[[int, Iterable[Record]], None]  # called with the rows of one contact, by its position in the table
OnSlot = Callable[[int], None]
LAST = EventPriority(2)  # SimPy's own are 0, urgent, and 1, normal
REPORT_EVERY = 250  # contacts, if they run one after the other
REPORTS = 100  # of progress, if all contacts run side by side


class EndOfInstant(simpy.Event):
    """An event after everything else in the present instant."""

    def __init__(self, env: simpy.Environment) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        env.schedule(self, priority=LAST)


class Servers:
    """The limited channels: slots at a fixed spacing, first come first served, ties by hash of the contact.

    Requests of an instant, for any channel, are answered at its end.
    """

    def __init__(self, env: simpy.Environment, capacities: Iterable[Capacity]) -> None:
        self.env, self.capacities = env, {one.channel: one for one in capacities}
        # When the next slot is free, in ms times `amount`, so that numbers are whole.
        self.free = {one.channel: int(env.now) * one.amount for one in self.capacities.values()}
        self.queue: list[tuple[int, int, str, OnSlot]] = []

    def request_slot(self, channel: str, tie: int, on_slot: OnSlot) -> None:
        """Queues up for a slot; `on_slot` gets its moment (ms) at the end of this instant."""
        if not self.queue:
            EndOfInstant(self.env).callbacks.append(self.serve)
        self.queue.append((tie, len(self.queue), channel, on_slot))

    def serve(self, end: simpy.Event) -> None:
        """Gives a slot to each request of this instant, in the order of their ties."""
        queue, self.queue = sorted(self.queue, key=lambda one: one[:2]), []
        for _, _, channel, on_slot in queue:
            amount, spacing = self.capacities[channel].amount, self.capacities[channel].per_ms
            slot = max(self.free[channel], int(self.env.now) * amount)
            self.free[channel] = slot + spacing
            on_slot(-(-slot // amount))


class Contact:
    """One contact in simulated time: it sleeps on a timeout until its ContactProcess is due, wakes it, and sleeps
    again.

    It is a callback of the timeout, not a SimPy process: a sixth faster, and it never waits in the middle.
    """

    __slots__ = ("engine", "position", "process")

    def __init__(self, engine: Engine, position: int) -> None:
        self.engine, self.position = engine, position
        self.process = ContactProcess(engine.context, position)

    def sleep(self) -> None:
        """Sets a timeout for what is due next, if that is before the end."""
        engine, due = self.engine, self.process.next_due
        if due < engine.until:
            engine.env.timeout(due + engine.ahead - engine.env.now).callbacks.append(self.wake)
        elif not self.process.is_under_way:
            self.engine.active.pop(self.position, None)

    def wake(self, alarm: simpy.Event) -> None:
        """Runs what is due, requests the slots that messages need, and sleeps again."""
        now = self.engine.env.now - self.engine.ahead
        if self.process.next_due != now:  # a slot of capacity came before this alarm
            return
        woken = self.process.wake(int(now))
        self.engine.keep(self.position, woken.records)
        for request in woken.requests:  # requests of one instant stay together in the queue
            tie = keyed_draws.hash_text(self.process.state.contact)
            self.engine.servers.request_slot(request.channel, tie, partial(self.take_slot, request))
        self.sleep()

    def take_slot(self, request: Request, slot: int) -> None:
        """Schedules a slot, which may be before the present timeout."""
        self.process.grant(request, slot)
        self.sleep()


class Engine:
    """One simulation under SimPy.

    ahead  ms that SimPy's clock is ahead of the simulated time. A clock cannot go back, and a clock for each contact
           would cost a tenth of the time, so contacts that run one after the other share one clock
    """

    def __init__(self, context: SimulationContext, keep: Keep) -> None:
        self.context, self.keep, self.until = context, keep, context.config.until
        self.env = simpy.Environment(initial_time=context.config.begin)
        self.servers = Servers(self.env, context.config.plan.policy.capacities)
        self.active: dict[int, ContactProcess] = {}
        self.ahead = 0

    def run_alone(self, position: int) -> None:
        """Simulates one contact alone, from the beginning to the end."""
        if self.first_due(position) < self.until:
            self.ahead = int(self.env.now) - self.context.config.begin
            self.activate(position)
            self.env.run()
            self.finish()

    def run(self, positions: Iterable[int], progress: Progress | None = None) -> None:
        """Simulates these contacts side by side, then records the runs that have not ended."""
        for position in positions:
            due = self.first_due(position)
            if due < self.until:
                self.env.timeout(due - self.env.now).callbacks.append(partial(self.activate, position))
        for part in range(1, REPORTS if progress else 1):
            moment = self.context.config.begin + (self.until - self.context.config.begin) * part // REPORTS
            if progress and moment > self.env.now:
                self.env.run(until=moment)
                progress(part / REPORTS)
        self.env.run(until=self.until)
        self.finish()

    def finish(self) -> None:
        """Records the runs that have not ended."""
        for position, process in self.active.items():
            self.keep(position, process.finish(self.until))
        self.active.clear()

    def first_due(self, position: int) -> int:
        """When something can first happen to a contact: at its arrival; at the beginning, if there are rates or
        triggers without events; otherwise at its first event."""
        begin, arrival = self.context.config.begin, self.context.config.arrival_time(position)
        if arrival > begin:
            return arrival
        if self.context.ready.comes_of_itself or self.context.world.rates:
            return begin
        return self.context.config.tables.events.first_of(position, begin, self.until)

    def activate(self, position: int, arrival: simpy.Event | None = None) -> None:
        """Makes a contact's state when something first happens to it: other contacts cost nothing."""
        contact = Contact(self, position)
        self.active[position] = contact.process
        contact.sleep()


def keep(config: SimulationConfig, records: str = "full", progress: Progress | None = None) -> Log | Counts:
    """Simulates all contacts; returns every row, those of sends and runs, or counts."""
    if records == "counts":
        counter = Counter(config.start, config.until)
        run(config, counter.add, progress)
        return counter.counts(len(config.tables.contacts))
    kind = SendsRecorder if records == "sends" else Recorder
    recorder = kind(config.plan, config.tables.contacts.ids, config.start)
    run(config, _bounded(recorder, budget(), len(config.tables.contacts)), progress)
    return recorder.log()


def run(config: SimulationConfig, keep: Keep, progress: Progress | None = None) -> None:
    """Simulates all contacts; `keep` gets each contact's rows in the order of time.

    With capacity, contacts run side by side; otherwise one after the other, which gives the same rows
    (docs/reference/language.md#independence) and needs little memory. It also means that the first contact over its
    budget is the first in the table.
    """
    engine, positions = Engine(make_context(config), keep), range(len(config.tables.contacts))
    if config.plan.policy.capacities:
        engine.run(positions, progress)
        return
    for position in positions:
        engine.run_alone(position)
        if progress and (position % REPORT_EVERY == REPORT_EVERY - 1 or position == positions[-1]):
            progress((position + 1) / len(positions))


def _bounded(recorder: Recorder, most: Budget, contacts: int) -> Keep:
    """Keeps rows, and raises RunError if there are too many of them."""

    def add(position: int, records: Iterable[Record]) -> None:
        recorder.add(position, records)
        if len(recorder) > most.most_rows(contacts):
            raise too_many_rows(most, contacts)

    return add


def trace(config: SimulationConfig, position: int) -> list[Record]:
    """The rows of one contact with its steps; the other contacts run again only with capacity."""
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
