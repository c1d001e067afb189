"""Messages sent by local hour, in every replication, counted by hour, day or week and group.

What is zero takes no place, so that hours are available for a forecast by weeks, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from flowdsl.calendar.zones import UTC, Zone, zone
from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.machine.budget import budget
from flowdsl.plan.expressions import Send
from flowdsl.plan.plan import Plan
from flowdsl.plan.visit import effects
from flowdsl.results.counts import QUARTER, Counts
from flowdsl.results.tables import categorical
from flowdsl.results.timeline import check_quarters, local, moments_of

Integers: TypeAlias = "npt.NDArray[np.int64]"
Flags: TypeAlias = "npt.NDArray[np.bool_]"
Amounts: TypeAlias = "npt.NDArray[np.float64]"
HOURS = {"hour": 1, "day": 24, "week": 168}  # of a period on the wall clock
BEFORE_1970 = 72  # hours of the week, from its Monday on, that were over when 1970 began


class Sending(NamedTuple):
    """A message that a flow sends: what counts are grouped by."""

    channel: str
    flow: str
    message: str


BY = Sending._fields


def sendings(plan: Plan) -> tuple[Sending, ...]:
    """Every message that flows of a plan can send, in the order of the text.

    >>> sendings(Plan(()))
    ()
    """
    found = (Sending(one.channel, flow.name, one.message) for flow in plan.flows for one in effects(flow, Send))
    return tuple(dict.fromkeys(found))


def clock_of(plan: Plan) -> Zone:
    """The time zone of the workspace, in which days are counted; otherwise UTC."""
    return zone(plan.policy.zone) if plan.policy.zone else UTC


@dataclass(frozen=True, eq=False)
class Span:
    """The local hours from start to just before until (ms): the number, since 1970, of the first, and how many."""

    first: int
    size: int

    @staticmethod
    def of(plan: Plan, start: int, until: int) -> Span:
        """The hours of a plan's clock between two moments."""
        ends = local(np.array([start, max(until - 1, start)]), "hour", clock_of(plan))
        return Span(int(ends.min()), int(ends.max() - ends.min()) + 1)

    def numbers(self, every: str) -> Integers:
        """The number, since 1970, of the period of a kind that each hour lies in."""
        hours = np.arange(self.first, self.first + self.size)
        found: Integers = (hours + (BEFORE_1970 if every == "week" else 0)) // HOURS[every]
        return found

    def place(self, every: str) -> Integers:
        """In which period, counted from 0, each hour lies."""
        numbers = self.numbers(every)
        found: Integers = numbers - numbers[0]
        return found

    def dates(self, every: str) -> npt.NDArray[np.datetime64]:
        """When each period begins, on the wall clock."""
        return moments_of(np.unique(self.numbers(every)), every)


class Groups(NamedTuple):
    """The groups that some columns make: the values of each column by group, and in which group each sending is."""

    table: pd.DataFrame
    of: Integers

    @property
    def size(self) -> int:
        return len(self.table)


def groups(many: Sequence[Sending], by: Sequence[str]) -> Groups:
    """The groups of sendings by some of their fields, in the order of the text; by none of them: one group.

    >>> groups([Sending("email", "A", "Hello"), Sending("sms", "A", "Hi")], ("flow",)).of.tolist()
    [0, 0]
    """
    names = {name: list(dict.fromkeys(getattr(one, name) for one in many)) for name in by}
    keys = [tuple(names[name].index(getattr(one, name)) for name in by) for one in many]
    different = sorted(set(keys)) if by else [()]
    place = {key: number for number, key in enumerate(different)}
    codes = np.array(different, dtype=np.int64).reshape(len(different), len(by))
    columns = {name: categorical(codes[:, at], names[name]) for at, name in enumerate(by)}
    return Groups(
        pd.DataFrame(columns, index=pd.RangeIndex(len(different))),
        np.array([place[key] for key in keys], dtype=np.int64),
    )


@dataclass(frozen=True, eq=False)
class Hourly:
    """How many messages were sent in each replication: of its cells that are not zero, which and how many.

    cells  of each replication: (number of the sending) * (number of hours) + hour, from 0; ordered
    """

    sendings: tuple[Sending, ...]
    span: Span
    cells: tuple[Integers, ...]
    numbers: tuple[Integers, ...]

    def __len__(self) -> int:
        """How many replications there are."""
        return len(self.cells)

    def among(self, sendings: Sequence[Sending]) -> Hourly:
        """The same numbers among more sendings, each in its place there."""
        to, size = _places(self.sendings, sendings), self.span.size
        moved = [to[cells // size] * size + cells % size for cells in self.cells]
        orders = [np.argsort(cells) for cells in moved]
        return Hourly(
            tuple(sendings),
            self.span,
            tuple(cells[order] for cells, order in zip(moved, orders, strict=True)),
            tuple(numbers[order] for numbers, order in zip(self.numbers, orders, strict=True)),
        )

    def counts(self, every: str, by: Sequence[str], wanted: Sequence[bool] | None = None) -> Integers:
        """Messages by replication, period and group, zeros included; only those of `wanted` sendings."""
        made, places = groups(self.sendings, by), self.span.place(every)
        check_size(len(self), int(places[-1]) + 1, made.size)
        found = np.zeros((len(self), int(places[-1]) + 1, made.size), dtype=np.int64)
        to = (places[None, :] * made.size + made.of[:, None]).ravel()
        is_wanted = [True] * len(self.sendings) if wanted is None else wanted
        is_in = np.repeat(np.array(is_wanted, dtype=bool), self.span.size)
        for row, cells, numbers in zip(found.reshape(len(self), -1), self.cells, self.numbers, strict=True):
            some = is_in[cells]
            np.add.at(row, to[cells[some]], numbers[some])
        return found


@dataclass(frozen=True, eq=False)
class Expected:
    """How many messages are expected: the mean over all futures by sending (row) and hour, known without simulating."""

    sendings: tuple[Sending, ...]
    span: Span
    hours: Amounts

    def __len__(self) -> int:
        return 0

    def among(self, sendings: Sequence[Sending]) -> Expected:
        """As that of `Hourly`."""
        hours = np.zeros((len(sendings), self.span.size))
        hours[_places(self.sendings, sendings)] = self.hours
        return Expected(tuple(sendings), self.span, hours)

    def counts(self, every: str, by: Sequence[str], wanted: Sequence[bool] | None = None) -> Amounts:
        """As those of `Hourly`: one row, which is the mean."""
        made, places = groups(self.sendings, by), self.span.place(every)
        found = np.zeros((1, int(places[-1]) + 1, made.size))
        for number, hours in enumerate(self.hours):
            if wanted is None or wanted[number]:
                np.add.at(found[0, :, made.of[number]], places, hours)
        return found


def check_size(replications: int, periods: int, groups: int) -> None:
    """Raises RunError where a table of a forecast would be more than memory is meant to hold."""
    if replications * periods * groups > budget().counts:
        message = f"{replications:,} replications of {periods:,} periods and {groups:,} groups"
        raise RunError([RUNS["E739"].diagnostic(message, "")])


def _places(some: Sequence[Sending], more: Sequence[Sending]) -> Integers:
    """Where each of some sendings stands among more."""
    return np.array([list(more).index(one) for one in some], dtype=np.int64)


class Gathering:
    """Takes the Counts of one replication after the other."""

    def __init__(self, plan: Plan, start: int, until: int) -> None:
        self.sendings, self.span = sendings(plan), Span.of(plan, start, until)
        self._number = {one: number for number, one in enumerate(self.sendings)}
        self._zone, self._start, self._until = clock_of(plan), start, until
        self._cells: list[Integers] = []
        self._numbers: list[Integers] = []

    def __len__(self) -> int:
        return len(self._cells)

    @cached_property
    def _hours(self) -> Integers:
        """Which hour, from 0, each quarter hour lies in."""
        first = self._start // QUARTER
        times = np.arange(first, (self._until - 1) // QUARTER + 1) * QUARTER
        return local(times, "hour", self._zone) - self.span.first

    def add(self, tally: Counts) -> None:
        """Takes one more. Raises RunError when the clock does not go by whole quarter hours, and it matters."""
        series = tally.series
        lines = [self._number[Sending(one.channel, one.flow, one.message)] if one.status == "sent" else -1
                 for one in series.lines]  # fmt: skip
        own = np.array(lines, dtype=np.int64)[series.line]
        is_sent = own >= 0
        slots = series.slot[is_sent]
        check_quarters(tally.first_slot + np.unique(slots) * QUARTER, "hour", self._zone)
        sums = np.zeros(len(self.sendings) * self.span.size, dtype=np.int64)
        np.add.at(sums, own[is_sent] * self.span.size + self._hours[slots], series.number[is_sent])
        cells = np.flatnonzero(sums)
        self._cells.append(cells)
        self._numbers.append(sums[cells])

    def totals(self, by: Sequence[str]) -> Integers:
        """Messages by replication and group, over all the time."""
        made = groups(self.sendings, by)
        found = np.zeros((len(self), made.size), dtype=np.int64)
        for row, cells, numbers in zip(found, self._cells, self._numbers, strict=True):
            np.add.at(row, made.of[cells // self.span.size], numbers)
        return found

    def hourly(self) -> Hourly:
        """What they were, all of them."""
        return Hourly(self.sendings, self.span, tuple(self._cells), tuple(self._numbers))
