"""One contact's life in simulated time: the machine's state, and what the tables and the scenario still hold for it.

An engine only asks a Life when it must be woken, wakes it then, and tells it when the capacity slots come it asked for.
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
from flowdsl.sim.rates import next_event, speaks
from flowdsl.sim.shares import give
from flowdsl.sim.world import World, make_world, respond

OUTSIDE, RATE, ANSWER, SLOT = 0, 1, 2, 3  # the order of inputs within one instant; the machine's timers come after


@dataclass(frozen=True, slots=True)
class SimulationContext:
    """What all lives of one simulation share."""

    config: SimulationConfig
    ready: Ready
    world: World


def make_context(config: SimulationConfig, trace: bool = False) -> SimulationContext:
    """Makes plan and scenario ready; with `trace` every step will leave a row."""
    ready = config.ready(trace)
    return SimulationContext(config, ready, make_world(ready, config.world, config.seed, config.replication))


def cause_of(world: plan.World, cause: int) -> Cause | None:
    """The event that a scenario made up last: 1 + the number of its answer, or -1 - that of its rate; 0: none."""
    if not cause:
        return None
    line = world.answers[cause - 1] if cause > 0 else world.rates[-1 - cause]
    return Cause(f'{line.event} "{line.name}"' if line.name else line.event, line.span)


class ContactProcess:
    """A contact from the beginning of a simulation to its end; `next_due` (ms) is when it must be woken next."""

    __slots__ = ("_cause", "_chance", "_coming", "_number", "_stage", "_turns", "next_due", "state")

    def __init__(self, stage: SimulationContext, position: int) -> None:
        self._stage = stage
        self.state = initial_state(stage.config, stage.ready, position)
        self._chance = chance_of(stage.world.key, stage.world.columns, self.state)
        # What comes from outside, as a heap of (due, class, line, number, input).
        self._coming: list[tuple[int, int, int, int, Input]] = [
            (one.time, OUTSIDE, 0, number, one.happening)
            for number, one in enumerate(replay(stage.config, stage.ready, self.state, position))
        ]
        self._number, self._cause = len(self._coming), 0
        born = self.state.born
        if stage.world.shares:
            give(stage.world.shares, self._chance, self.state, born)
        self._turns = [0] * len(stage.world.rates)
        for rate in range(len(stage.world.rates)):  # a list in order of time is a heap already
            self._expect_rate(rate, max(born, stage.config.assumed))
        needs_begin = stage.ready.comes_of_itself or born > stage.config.begin
        self.next_due = self._sooner(begin(stage.ready, self.state) if needs_begin else NEVER)

    @property
    def is_under_way(self) -> bool:
        """True while it is in a run."""
        return bool(self.state.runs)

    def wake(self, now: int) -> WakeResult:
        """Lets happen what is due now, as the machine does; answers that the scenario draws are due later."""
        stage = self._stage
        try:
            woken = wake(stage.ready, self.state, self._inputs(now), now)
        except Spent as spent:
            cause = cause_of(stage.config.world, self._cause)
            raise overrun(stage.ready.budget, spent.code, self.state.contact, spent.step, cause) from None
        if stage.world.lines:
            for record in woken.records:
                if record.kind == "event" or record.send >= 0:
                    for answer in respond(stage.world, self._chance, self.state, record):
                        self._expect(answer.due, ANSWER, answer.line, answer.happening)
        self.next_due = self._sooner(woken.next_due)
        return woken._replace(next_due=self.next_due)

    def grant(self, request: Request, at: int) -> None:
        """Tells when the slot comes that a run asked for."""
        self._expect(at, SLOT, 0, Slot(request.flow, request.run))
        self.next_due = self._sooner(self.next_due)

    def finish(self, until: int) -> list[Record]:
        """The rows of what is still under way at the end."""
        return finish(self._stage.ready, self.state, until)

    def _sooner(self, alarm: int) -> int:
        """The machine's next alarm or what comes from outside, whichever is first."""
        return self._coming[0][0] if self._coming and self._coming[0][0] < alarm else alarm

    def _inputs(self, now: int) -> list[Input]:
        coming, inputs, work = self._coming, [], told(self.state)
        while coming and coming[0][0] <= now:
            _, kind, line, _, one = heappop(coming)
            if kind in (RATE, ANSWER):
                self._cause = 1 + line if kind == ANSWER else -1 - line
                spend(self._stage.ready, self.state, work)
            if kind == RATE:
                self._expect_rate(line, now)
                if not speaks(self._stage.world.rates, line, self.state, now):
                    continue
            inputs.append(one)
        return inputs

    def _expect(self, due: int, kind: int, line: int, one: Input) -> None:
        self._number += 1
        heappush(self._coming, (due, kind, line, self._number, one))

    def _expect_rate(self, number: int, after: int) -> None:
        rate = self._stage.world.rates[number]
        turn, self._turns[number] = self._turns[number], self._turns[number] + 1
        due = next_event(rate, self._chance, self.state, turn, after)
        if due < NEVER:
            self._expect(due, RATE, number, rate.happening)
