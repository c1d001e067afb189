"""Writes the conditions of a plan as operations in postfix order (see layout.py)."""

from __future__ import annotations

import math
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain

import numpy as np

from flowdsl.calendar.clock import day_number
from flowdsl.machine.conditions import Cells, message_keys
from flowdsl.plan.expressions import (
    And,
    Column,
    Compare,
    Consent,
    Counted,
    Duration,
    EventMatch,
    Expr,
    Happened,
    Has,
    Known,
    MessageStatus,
    Not,
    OneOf,
    Or,
    Recent,
    Ref,
    TriggerField,
    Value,
)
from flowdsl.sim.fast import layout as at
from flowdsl.sim.fast.names import FLAGS, Names
from flowdsl.sim.fast.texts import Texts

ORDERS = {
    "is": at.EQ, "is_not": at.NE, "lt": at.LT, "le": at.LE, "gt": at.GT, "ge": at.GE, "before": at.LT, "after": at.GT,
}  # fmt: skip
COUNTS = {"at_least": at.GE, "more_than": at.GT, "fewer_than": at.LT, "at_most": at.LE, "exactly": at.EQ}
RECENT = {"within": at.WITHIN, "more_than_ago": at.MORE_AGO, "less_than_ago": at.LESS_AGO}
LARGEST = 2**63


@dataclass
class Tape:
    """The words of a program as they are written, its first `head` kept free."""

    words: list[int] = field(default_factory=lambda: [0] * len(at.HEAD))

    def put(self, words: Sequence[int]) -> int:
        """Writes words; gives their place."""
        place = len(self.words)
        self.words.extend(words)
        return place

    def listed(self, words: Sequence[int]) -> int:
        """Writes how many words there are, then the words."""
        return self.put([len(words), *words])


@dataclass(frozen=True)
class Compiler:
    """Makes operations of one flow's expressions; zone -1 is the contact's own clock.

    whole_run: what a goal means by "began": the run, where a wait means itself; ordered: comparisons that ask which of
    two texts comes first
    """

    out: Tape
    names: Names
    texts: Texts
    cells: Cells
    about: dict[str, str]
    zone: int = -1
    whole_run: bool = False
    deepest: list[int] = field(default_factory=lambda: [1])
    ordered: list[int] = field(default_factory=list)

    def of_run(self) -> Compiler:
        """The same for what is looked at as long as a run lasts."""
        return replace(self, whole_run=True)

    def test(self, expr: Expr | None) -> int:
        """Writes an expression; gives its place, -1 where there is none."""
        if expr is None:
            return -1
        operations = [*self._operations(expr)]
        self.deepest[0] = max(self.deepest[0], len(operations))
        return self.out.put([*chain.from_iterable(operations), at.OVER])

    def ref(self, ref: Ref) -> list[int]:
        """A reference as its three words."""
        if isinstance(ref, Column):
            return [at.OF_CONTACT, self.names.columns[ref.name], 0]
        if isinstance(ref, TriggerField):
            return [at.OF_TRIGGER, self.names.trigger_fields[ref.name], 0]
        return [at.OF_OBJECT, self.names.fields[ref.name], self.texts.number(ref.kind)]

    def match(self, match: EventMatch) -> int:
        """Writes the names and fields of a match; -1 where any event of its kinds will do."""
        if not match.names and not match.fields:
            return -1
        words = [len(match.names), *map(self.texts.number, match.names), len(match.fields)]
        for one in match.fields:
            words += [self.names.fields[one.field], len(one.values), *map(self.texts.number, one.values)]
        return self.out.put(words)

    def _operations(self, expr: Expr) -> Iterator[list[int]]:
        match expr:
            case Not():
                yield from (*self._operations(expr.item), [at.NOT])
            case And() | Or():
                yield from self._joined(at.AND if isinstance(expr, And) else at.OR, map(self._operations, expr.items))
            case OneOf():
                op, each = (at.AND, "is_not") if expr.none else (at.OR, "is")
                yield from self._joined(op, ([self._compare(expr.left, each, value)] for value in expr.values))
            case Compare():
                yield self._compare(expr.left, expr.op, expr.right)
            case _:
                yield self._leaf(expr)

    def _joined(self, operation: int, items: Iterable[Iterable[list[int]]]) -> Iterator[list[int]]:
        count = 0
        for item in items:
            yield from item
            count += 1
        if count == 0:
            yield [at.CONSTANT, 1 if operation == at.AND else 0]
        elif count > 1:
            yield [operation, count]

    def _leaf(self, expr: Expr) -> list[int]:
        match expr:
            case Known():
                return [at.IS_KNOWN, *self.ref(expr.left)]
            case Recent():
                return [at.IS_RECENT, *self.ref(expr.left), RECENT[expr.op], *_lapse(expr.lapse), self.zone]
            case Has(family=family, names=()):
                return [at.HAS_ANY, self.names.families[family]]
            case Has():
                names = [self.texts.number(name) for name in expr.names]
                return [at.HAS, self.names.families[expr.family], len(names), *names]
            case Consent():
                return [at.CONSENT, self.names.channels[expr.channel]]
            case MessageStatus():
                return self._flagged(expr)
            case Counted():
                return self._counted(expr)
            case Happened():
                return [at.HAPPENED]
            case _:
                raise TypeError(f"{expr!r} is no condition")

    def _flagged(self, expr: MessageStatus) -> list[int]:
        keys = [self.names.kept[key] for key in message_keys(expr.channels, expr.name)]
        flags = sum(1 << FLAGS.index(flag) for flag in set(expr.flags))
        if expr.scope == "ever":
            return [at.EVER, int(expr.none), flags, len(keys), *keys]
        began = at.SINCE_START if self.whole_run else at.SINCE_STEP
        since = began if expr.since_step else at.EVER_SINCE
        return [at.LATEST, int(expr.none), since, flags, len(keys), *keys]

    def _counted(self, expr: Counted) -> list[int]:
        narrow = expr.window is not None or expr.since != "ever"
        number = self.cells.tally(expr.match, expr.times + 1 if narrow else 0)
        since = {"ever": at.EVER_SINCE, "start": at.SINCE_START, "step": at.SINCE_STEP}[expr.since]
        if since == at.SINCE_STEP and self.whole_run:
            since = at.SINCE_START
        kinds = sorted({self.about.get(event, "") for event in expr.match.events} - {""})
        return [
            at.COUNTED, number, COUNTS[expr.op], expr.times, int(narrow), since, int(expr.window is not None),
            *_lapse(expr.window or Duration()), self.zone, len(kinds), *map(self.texts.number, kinds),
        ]  # fmt: skip

    # --- comparisons --------------------------------------------------------------------------------------------------

    def _compare(self, left: Ref, op: str, right: Value) -> list[int]:
        order, ref = ORDERS[op], self.ref(left)
        if isinstance(right, date):
            return [at.IS_DAY, *ref, order, day_number(right), self.zone]
        if isinstance(right, bool):
            return [at.IS_YES, *ref, order, int(right)]
        if isinstance(right, str):
            if order not in (at.EQ, at.NE):
                self.ordered.append(order)
            return [at.IS_TEXT, *ref, order, self.texts.number(right)]
        whole_order, whole = _with_whole(order, right)
        decimal_order, decimal = _with_decimal(order, right)
        bits = int(np.float64(decimal).view(np.int64))
        return [at.IS_NUMBER, *ref, whole_order, whole, decimal_order, bits, *_with_huge(order, right, self.texts.huge)]


def _lapse(lapse: Duration) -> list[int]:
    return [lapse.months, lapse.ms]


def _with_whole(order: int, right: float) -> tuple[int, int]:
    """How a whole number of 64 bits compares with a number, exactly: an order and a whole number.

    >>> _with_whole(at.LT, 2.5) == (at.LE, 2)
    True
    """
    if right >= LARGEST or right < -LARGEST:
        below = right > 0  # every whole number of 64 bits is
        return (at.YES if order == at.NE or ((order in (at.LT, at.LE)) == below and order != at.EQ) else at.NO), 0
    if right == int(right):
        return order, int(right)
    if order in (at.EQ, at.NE):
        return (at.NO if order == at.EQ else at.YES), 0
    return (at.LE, math.floor(right)) if order in (at.LT, at.LE) else (at.GE, math.ceil(right))


def _with_decimal(order: int, right: float) -> tuple[int, float]:
    """How a decimal number compares with a number, exactly: an order and a decimal number.

    >>> _with_decimal(at.LT, 2**53 + 1) == (at.LE, 2.0**53)
    True
    """
    if abs(right) > sys.float_info.max:
        below = order in (at.LT, at.LE)
        most = math.copysign(sys.float_info.max, right)
        if order in (at.EQ, at.NE):
            return (at.NO if order == at.EQ else at.YES), 0.0
        return ((at.LE if below else at.GT) if right > 0 else (at.LT if below else at.GE)), most
    near = float(right)
    if near == right:
        return order, near
    if order in (at.EQ, at.NE):
        return (at.NO if order == at.EQ else at.YES), 0.0
    down = near if near < right else math.nextafter(near, -math.inf)
    return (at.LE, down) if order in (at.LT, at.LE) else (at.GE, math.nextafter(down, math.inf))


def _with_huge(order: int, right: float, huge: Sequence[int]) -> tuple[int, int]:
    """How a HUGE number, by its place among all of them, compares with a number.

    >>> _with_huge(at.LE, 2**70 + 1, [2**65 + 1, 2**70 + 1]) == (at.LT, 2)
    True
    """
    first, behind = bisect_left(huge, right), bisect_right(huge, right)
    if order in (at.EQ, at.NE):
        return (order, first) if first < behind else ((at.NO if order == at.EQ else at.YES), 0)
    if order in (at.LT, at.LE):
        return at.LT, first if order == at.LT else behind
    return at.GE, behind if order == at.GT else first
