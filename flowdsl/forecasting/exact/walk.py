"""Walks the runs of one kind of contact through a flow, and adds up the expected messages of each hour.

It follows the plan as the machine does, with measures in the place of chance: where one run would go one way or the
other, both ways are walked, each with its part of the runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from flowdsl.calendar import clock
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.forecasting.exact.odds import CELL, NO_ODDS, Odds
from flowdsl.forecasting.exact.people import Kind
from flowdsl.forecasting.exact.support import asked_message, flags_of, possible, refusal
from flowdsl.forecasting.exact.ways import Message, Unknown, Way, answers, each, parted, until, weighed
from flowdsl.forecasting.hours import Amounts, Integers, Sending, Span
from flowdsl.plan import plan
from flowdsl.plan.expressions import And, Duration, Expr, Happened, MessageStatus, Not, Or, Send
from flowdsl.results.counts import QUARTER
from flowdsl.results.timeline import local

MOST_MOMENTS = 30_000_000  # of runs at steps: what takes longer is sooner simulated


@dataclass(eq=False)
class Tallied:
    """Expected messages by sending and local hour, of moments from start to just before until (ms)."""

    sendings: tuple[Sending, ...]
    span: Span
    zone: clock.Zone
    start: int
    until: int
    hours: Amounts = field(init=False)
    moments: int = 0
    clocks: dict[object, Callable[[int], int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hours = np.zeros((len(self.sendings), self.span.size))

    def add(self, sending: Sending, way: Way) -> None:
        """Counts the runs of a way that send a message now; those in a minute that passes an hour count in both."""
        if not way.is_spread:
            self._add(sending, way.times, way.mass)
            return
        border = (way.times // QUARTER + 1) * QUARTER
        part = np.minimum(border - way.times, CELL) / CELL
        self._add(sending, way.times, way.mass * part)
        self._add(sending, np.minimum(border, way.times + CELL - 1), way.mass * (1 - part))

    def _add(self, sending: Sending, times: Integers, mass: Amounts) -> None:
        is_in = (times >= self.start) & (times < self.until)
        hours = local(times[is_in], "hour", self.zone) - self.span.first
        np.add.at(self.hours[self.sendings.index(sending)], hours, mass[is_in])


@dataclass(eq=False)
class Walk:
    """Runs of one kind of contact in one flow. odds: of the answer asked for, by message; last: the end (ms)."""

    flow: plan.Flow
    kind: Kind
    world: plan.World
    odds: Mapping[str, Odds]
    truths: Mapping[Expr, bool]
    windows: tuple[clock.Window, ...]
    alone: bool
    tallied: Tallied
    refused: DiagnosticCollector

    def enter(self, way: Way) -> None:
        """Walks all runs that enter to the end of the flow, or of time."""
        coming = [(self.flow.enter.next, way)]
        while coming:
            at, way = coming.pop()
            way = weighed(way, np.where(way.times < self.tallied.until, 1.0, 0.0))
            if not len(way):
                continue
            self.tallied.moments += len(way)
            if self.tallied.moments > MOST_MOMENTS:
                self._refuse(self.flow, "runs go so many ways that a simulation is sooner done")
                return
            node = self.flow.by_id[at]
            try:
                coming.extend(_STEPS[type(node)](self, way, node))
            except Unknown:
                self._refuse(
                    node, "what became of a message is asked after another wait for an answer, of a length that varies"
                )
                return

    def _refuse(self, node: plan.Placed, what: str) -> None:
        self.refused.extend([refusal(what, node.span)])

    # --- steps --------------------------------------------------------------------------------------------------------

    def branch(self, way: Way, node: plan.Branch) -> Iterator[tuple[str, Way]]:
        for part, holds in self._decided(way, node.test, node):
            yield (node.then if holds else node.otherwise), part

    def split(self, way: Way, node: plan.Split) -> Iterator[tuple[str, Way]]:
        yield node.arms[self.kind.arms[self.flow.name, node.id]].to, way

    def repeat(self, way: Way, node: plan.Repeat) -> Iterator[tuple[str, Way]]:
        turn = way.turns.get(node.id, 0) + 1
        again = turn <= node.times
        yield node.body if again else node.next, replace(way, turns={**way.turns, node.id: turn if again else 0})

    def exit(self, way: Way, node: plan.Exit) -> Iterator[tuple[str, Way]]:
        yield from ()

    def act(self, way: Way, node: plan.Act) -> Iterator[tuple[str, Way]]:
        if not isinstance(node.effect, Send):
            yield node.next, way
            return
        for part in self._sent(way, node, node.effect):
            yield node.next, part

    def wait(self, way: Way, node: plan.Wait) -> Iterator[tuple[str, Way]]:
        way, zone, one = replace(way, happened=False), self.zone, node.until
        match one:
            case plan.Elapsed():
                yield node.next, replace(way, times=self._after(way, one.lapse))
            case plan.OnDay():
                due = self._clock(one, lambda now: clock.day_at(now, one.months, one.days, one.minute, zone))
                yield from ((node.next, part) for part in until(way, due))
            case plan.NextTime():
                due = self._clock(one, lambda now: clock.next_at(now, one.days, one.minute, zone))
                yield from ((node.next, part) for part in until(way, due))
            case plan.OnDate():
                date = clock.date_at(clock.day_number(one.date), one.minute, zone)
                yield from ((node.next, part) for part in until(way, lambda now: date))
            case plan.Happens():
                yield from ((node.next, part) for part in self._answered(way, node, one))
            case _:
                raise TypeError(f"{one!r} is refused before")

    @property
    def zone(self) -> clock.Zone:
        return clock.zone(self.flow.zone or self.kind.zone)

    def _after(self, way: Way, lapse: Duration) -> Integers:
        if not lapse.months:
            return way.times + lapse.ms
        return each(way.times, self._clock(lapse, lambda now: clock.after(now, lapse.months, lapse.ms, self.zone)))

    def _clock(self, what: object, due: Callable[[int], int]) -> Callable[[int], int]:
        """A function of the flow's clock that remembers what it has found, for all ways and kinds."""
        return self.tallied.clocks.setdefault((self.zone.name, what), cache(due))

    # --- messages -----------------------------------------------------------------------------------------------------

    def _sent(self, way: Way, node: plan.Act, send: Send) -> Iterator[Way]:
        """The tests of a send in their order; at the opening of its window it is asked again."""
        key, personal = f"{send.channel}:{send.message}", send.is_to_contact
        for part, stopped in self._decided(way, node.unless, node) if node.unless else [(way, False)]:
            if stopped or (personal and self.kind.is_barred(send)):
                yield replace(part, skipped=part.skipped | {key}) if personal else part
                continue
            for now, is_open in self._opened(part) if personal and not send.transactional else [(part, True)]:
                if not len(now):
                    continue
                if not is_open:
                    yield from self._sent(now, node, send)
                else:
                    self.tallied.add(Sending(send.channel, self.flow.name, send.message), now)
                    yield self._delivered(now, key) if personal else now

    def _opened(self, way: Way) -> Iterator[tuple[Way, bool]]:
        """Runs whose send window is open, and those that wait for its opening, at that moment."""
        if not self.windows:
            yield way, True
            return
        windows = [(window, self.zone) for window in self.windows]
        for part in until(way, self._clock(self.windows, lambda now: clock.open_again(now, windows))):
            yield from [(part, part.is_spread)] if way.is_spread else self._by_waiting(way, part)

    def _by_waiting(self, way: Way, moved: Way) -> Iterator[tuple[Way, bool]]:
        at_once = moved.times == way.times
        yield weighed(moved, np.where(at_once, 1.0, 0.0)), True
        yield weighed(moved, np.where(at_once, 0.0, 1.0)), False

    def _delivered(self, way: Way, key: str) -> Way:
        sent = way.with_message(key, Message(False, way.times, way.times))
        return replace(sent, skipped=way.skipped - {key})

    def _answered(self, way: Way, node: plan.Wait, one: plan.Happens) -> Iterator[Way]:
        keys = self._sent_by_now(way, one)
        end = self.tallied.until
        deadline = self._after(way, one.up_to) if one.up_to else way.times + (end - int(way.times.min()))
        for key in keys[:1]:
            is_asked = possible(self.world, key, flags_of(one, key))
            yield from answers(way, key, self.odds[key] if is_asked else NO_ODDS, deadline, end)
        if keys:
            return
        if any(key in way.skipped for key in self._keys(one)):  # all that is waited for was skipped
            yield way
        else:
            self._refuse(node, "a message is waited for that this run has not sent before")

    def _keys(self, one: plan.Happens) -> list[str]:
        return [key for key in self.odds if key.split(":", 1)[1] in one.occasion.events[0].names]

    def _sent_by_now(self, way: Way, one: plan.Happens) -> list[str]:
        return [key for key in self._keys(one) if key in way.messages and key not in way.skipped]

    # --- conditions ---------------------------------------------------------------------------------------------------

    def _decided(self, way: Way, test: Expr | None, node: plan.Placed) -> Iterator[tuple[Way, bool]]:
        """The runs for which a condition holds, and those for which it does not."""
        ways = [way]
        for flagged in _flagged(test):
            for key in asked_message(flagged, self.odds):
                if key in way.messages and self._asks(flagged, key):
                    ways = [part for one in ways for part in parted(one, key, self.odds[key]) if len(part)]
                elif key not in way.messages and not self.alone:
                    self._refuse(node, f'a condition speaks of "{flagged.name}", which this run has not sent before')
        yield from ((part, self._holds(part, test)) for part in ways if test is not None)

    def _holds(self, way: Way, test: Expr) -> bool:
        match test:
            case And():
                return all(self._holds(way, item) for item in test.items)
            case Or():
                return any(self._holds(way, item) for item in test.items)
            case Not():
                return not self._holds(way, test.item)
            case Happened():
                return way.happened
            case MessageStatus():
                return self._stands(way, test) != test.none
            case _:
                return self.truths[test]

    def _stands(self, way: Way, test: MessageStatus) -> bool:
        there = [key for key in asked_message(test, self.odds) if key in way.messages]
        if "received" in test.flags:
            return bool(there)
        return any(way.messages[key].is_set and self._asks(test, key) for key in there)

    def _asks(self, test: MessageStatus, key: str) -> bool:
        """Whether the answer that may come to a message sets what a condition asks for."""
        return "received" not in test.flags and bool(possible(self.world, key, test.flags))


def _flagged(test: Expr | None) -> Iterator[MessageStatus]:
    match test:
        case MessageStatus():
            yield test
        case Not():
            yield from _flagged(test.item)
        case And() | Or():
            for item in test.items:
                yield from _flagged(item)


_STEPS: dict[type, Callable[..., Iterator[tuple[str, Way]]]] = {
    plan.Branch: Walk.branch,
    plan.Split: Walk.split,
    plan.Repeat: Walk.repeat,
    plan.Exit: Walk.exit,
    plan.Act: Walk.act,
    plan.Wait: Walk.wait,
}
