"""Simulates one contact: the machine's state, and the inputs to come from the tables and the scenario.

An engine wakes a ContactProcess at its next due time, and grants it the capacity slots that it requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush

from flowdsl.calendar.clock import NEVER
from flowdsl.machine import Input, Ready, Request, Slot, WakeResult, begin, finish, wake
from flowdsl.machine.budget import Cause, Spent, overrun
from flowdsl.machine.instant import spend, told
from flowdsl.plan import plan
from flowdsl.results.records import Record
from flowdsl.sim.chance import chance_of
from flowdsl.sim.config import SimulationConfig, initial_state, replay
from flowdsl.sim.rates import is_kept, next_event, speaks
from flowdsl.sim.shares import give
from flowdsl.sim.world import World, make_world, respond

OUTSIDE, RATE, ANSWER, SLOT = 0, 1, 2, 3  # the order of inputs within one instant; the machine's timers come after


@dataclass(frozen=True, slots=True)
class SimulationContext:
    """What all contacts of a simulation share."""

    config: SimulationConfig
    ready: Ready
    world: World


def make_context(config: SimulationConfig, trace: bool = False) -> SimulationContext:
    """Prepares plan and scenario; with `trace` every step leaves a row."""
    ready = config.ready(trace)
    return SimulationContext(config, ready, make_world(ready, config))


def cause_of(world: plan.World, cause: int) -> Cause | None:
    """The last event of a scenario, from its number: 1 + that of its answer, or -1 - that of its rate; 0: none."""
    if not cause:
        return None
    line = world.answers[cause - 1] if cause > 0 else world.rates[-1 - cause]
    return Cause(f'{line.event} "{line.name}"' if line.name else line.event, line.span)


class ContactProcess:
    """A contact from the beginning of a simulation to its end; `next_due` (ms) is when it must be woken next."""

    __slots__ = ("_cause", "_chance", "_context", "_drawn", "_inputs_to_come", "_left", "_number", "next_due", "state")

    def __init__(self, context: SimulationContext, position: int) -> None:
        self._context = context
        self.state = initial_state(context.config, context.ready, position)
        self._chance = chance_of(context.world.key, context.world.columns, self.state, position)
        self._left: dict[int, int] = {}  # rates of which each contact has a last event: how many it has had
        # Inputs from outside the machine, as a heap of (due, class, line, number, input).
        self._inputs_to_come: list[tuple[int, int, int, int, Input]] = [
            (one.time, OUTSIDE, 0, number, one.happening)
            for number, one in enumerate(replay(context.config, context.ready, self.state, position))
        ]
        self._number, self._cause = len(self._inputs_to_come), 0
        born = self.state.born
        if context.world.shares:
            give(context.world.shares, self._chance, self.state, born)
        self._drawn = [0] * len(context.world.rates)
        for rate in range(len(context.world.rates)):  # a list in order of time is a heap already
            self._expect_rate(rate, max(born, context.config.world_begin))
        needs_begin = context.ready.comes_of_itself or born > context.config.begin
        self.next_due = self._sooner(begin(context.ready, self.state) if needs_begin else NEVER)

    @property
    def is_under_way(self) -> bool:
        """Whether it is in a run."""
        return bool(self.state.runs)

    def wake(self, now: int) -> WakeResult:
        """Runs what is due now in the machine, and schedules the answers that the scenario draws."""
        context = self._context
        try:
            woken = wake(context.ready, self.state, self._inputs(now), now)
        except Spent as spent:
            cause = cause_of(context.config.world, self._cause)
            raise overrun(context.ready.budget, spent.code, self.state.contact, spent.step, cause) from None
        if context.world.lines:
            for record in woken.records:
                if record.kind == "event" or record.send >= 0:
                    for answer in respond(context.world, self._chance, self.state, record):
                        self._expect(answer.due, ANSWER, answer.line, answer.happening)
        self.next_due = self._sooner(woken.next_due)
        return woken._replace(next_due=self.next_due)

    def grant(self, request: Request, at: int) -> None:
        """Schedules the slot that a run requested."""
        self._expect(at, SLOT, 0, Slot(request.flow, request.run))
        self.next_due = self._sooner(self.next_due)

    def finish(self, until: int) -> list[Record]:
        """The rows of runs that have not ended at the end."""
        return finish(self._context.ready, self.state, until)

    def _sooner(self, alarm: int) -> int:
        """The machine's next alarm or the next input from outside, whichever is first."""
        return self._inputs_to_come[0][0] if self._inputs_to_come and self._inputs_to_come[0][0] < alarm else alarm

    def _inputs(self, now: int) -> list[Input]:
        coming, inputs, work = self._inputs_to_come, [], told(self.state)
        while coming and coming[0][0] <= now:
            _, kind, line, _, one = heappop(coming)
            if kind in (RATE, ANSWER):
                self._cause = 1 + line if kind == ANSWER else -1 - line
                spend(self._context.ready, self.state, work)
            if kind == RATE:
                if self._has_left(line):
                    continue
                self._expect_rate(line, now)
                if not self._happens(line, self._drawn[line] - 2, now):
                    continue
                self._count(line)
            inputs.append(one)
        return inputs

    def _expect(self, due: int, kind: int, line: int, one: Input) -> None:
        self._number += 1
        heappush(self._inputs_to_come, (due, kind, line, self._number, one))

    def _has_left(self, number: int) -> bool:
        """Whether the contact has had its last event of a rate."""
        own = self._context.world.rates[number].own
        return own is not None and self._left.get(own.number, 0) >= own.events[self._chance.position]

    def _happens(self, number: int, k: int, now: int) -> bool:
        """Whether event k of a rate, which is due now, happens."""
        rates = self._context.world.rates
        return is_kept(rates[number], self._chance, k, now) and speaks(rates, number, self.state, now)

    def _count(self, number: int) -> None:
        own = self._context.world.rates[number].own
        if own is not None:
            self._left[own.number] = self._left.get(own.number, 0) + 1

    def _expect_rate(self, number: int, after: int) -> None:
        rate = self._context.world.rates[number]
        turn, self._drawn[number] = self._drawn[number], self._drawn[number] + 1
        due = next_event(rate, self._chance, self.state, turn, after)
        if due < NEVER:
            self._expect(due, RATE, number, rate.happening)
