"""Compiles the conditions of a plan into functions of state, run and time.

A missing value makes a comparison false, and so does a value of another type
(docs/reference/language.md#missing-values). Counts read tallies that memory.py keeps; `Cells` hands out the number of
the tally that belongs to a match, so that only what is asked for is kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from operator import eq, ge, gt, itemgetter, le, lt, ne
from typing import Any, TypeAlias, TypeGuard

from flowdsl.calendar import clock
from flowdsl.calendar.clock import DAY, Zone
from flowdsl.machine.state import Cell, Run, Sent, State, Tally
from flowdsl.plan.expressions import (
    CHANNELS,
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
)

Test: TypeAlias = Callable[[State, Run, int], bool]
Reader: TypeAlias = Callable[[State, Run], Cell | None]
Order: TypeAlias = Callable[[Cell, Cell], bool]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_NOTHING = Tally()
_time, _number = itemgetter(0), itemgetter(1)


@dataclass(slots=True)
class Cells:
    """The tallies that counts need: one per distinct match, with how many of the last times to keep."""

    matches: list[EventMatch] = field(default_factory=list)
    keep: list[int] = field(default_factory=list)

    def tally(self, match: EventMatch, keep: int) -> int:
        """The number of the tally of this match, which from now on keeps at least the last `keep` times."""
        if match not in self.matches:
            self.matches.append(match)
            self.keep.append(0)
        number = self.matches.index(match)
        self.keep[number] = max(self.keep[number], keep)
        return number


@dataclass(frozen=True, slots=True)
class Compiler:
    """Makes tests of one flow: `zone` is its clock ("" the contact's), `about` the object kind of each event.

    whole_run: what a goal means by "began": the run, where a wait means itself.
    """

    cells: Cells
    zone: str
    about: dict[str, str]
    whole_run: bool = False

    def test(self, expr: Expr) -> Test:
        return _COMPILERS[type(expr)](self, expr)

    def clock(self, state: State) -> Zone:
        return clock.zone(self.zone or state.zone)


def moment(value: datetime) -> int:
    """A point in time as ms since the epoch.

    >>> moment(datetime(1970, 1, 2, tzinfo=UTC))
    86400000
    """
    return (value - _EPOCH) // _MILLISECOND


def moved(value: Cell | None, months: int, days: int, ms: int, minute: int, zone: Zone) -> int | None:
    """The moment so far from a cell; None when that is no date. A date without a time is moved as a date."""
    if isinstance(value, datetime):
        return clock.shifted(moment(value), months, days, ms, minute, zone)
    if not isinstance(value, date):
        return None
    return clock.moved(clock.day_number(value) * DAY, months, days, ms, minute, zone)


def reader(ref: Ref) -> Reader:
    """The function that reads a column, a field of the trigger, or a field of the run's object as it is now."""
    name = ref.name
    if isinstance(ref, Column):
        return lambda state, run: state.columns.get(name)
    if isinstance(ref, TriggerField):
        return lambda state, run: run.trigger.get(name)
    kind = ref.kind

    def field_now(state: State, run: Run) -> Cell | None:
        if run.object_kind != kind:
            return None
        return state.objects.get(kind, {}).get(run.object_id, {}).get(name)

    return field_now


# --- comparisons ------------------------------------------------------------------------------------------------------

_ORDER: dict[str, Order] = {
    "is": eq,
    "is_not": ne,
    "lt": lt,
    "le": le,
    "gt": gt,
    "ge": ge,
    "before": lt,
    "after": gt,
}


def _compare(make: Compiler, expr: Compare) -> Test:
    read, right, holds = reader(expr.left), expr.right, _ORDER[expr.op]
    if isinstance(right, date):
        return _compare_day(make, read, right, holds)
    alike = _type_test(right)

    def test(state: State, run: Run, now: int) -> bool:
        left = read(state, run)
        return alike(left) and holds(left, right)

    return test


def _type_test(value: Cell) -> Callable[[Cell | None], TypeGuard[Cell]]:
    """Tells whether a cell can be compared with this constant: texts with texts, numbers with numbers, yes with no."""
    if isinstance(value, bool):
        return _is_yes_no
    return _is_number if isinstance(value, (int, float)) else _is_text


def _is_yes_no(cell: Cell | None) -> TypeGuard[bool]:
    return isinstance(cell, bool)


def _is_number(cell: Cell | None) -> TypeGuard[int | float]:
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def _is_text(cell: Cell | None) -> TypeGuard[str]:
    return isinstance(cell, str)


def _compare_day(make: Compiler, read: Reader, right: date, holds: Order) -> Test:
    def test(state: State, run: Run, now: int) -> bool:
        left = read(state, run)
        return isinstance(left, date) and holds(_day(left, make.clock(state)), right)

    return test


def _day(value: date, zone: Zone) -> date:
    """The local day of a date or of a point in time."""
    return date(*clock.civil_from_days(day_of(value, zone))) if isinstance(value, datetime) else value


def day_of(value: date, zone: Zone) -> int:
    """The number of the local day of a date or of a point in time."""
    return clock.local_day(moment(value), zone) if isinstance(value, datetime) else clock.day_number(value)


def _one_of(make: Compiler, expr: OneOf) -> Test:
    """`is none of` is every `is not` at once: it too is false where a value is missing or of another type."""
    each = [_compare(make, Compare(expr.left, "is_not" if expr.none else "is", value)) for value in expr.values]
    joined = all if expr.none else any

    def test(state: State, run: Run, now: int) -> bool:
        return joined(one(state, run, now) for one in each)

    return test


def _known(make: Compiler, expr: Known) -> Test:
    read = reader(expr.left)
    return lambda state, run, now: read(state, run) is not None


def _recent(make: Compiler, expr: Recent) -> Test:
    read, op, lapse = reader(expr.left), expr.op, expr.lapse

    def test(state: State, run: Run, now: int) -> bool:
        value = read(state, run)
        if not isinstance(value, date):
            return False
        early, present, late, at = _bounds(value, lapse, now, make.clock(state))
        if op == "within":
            return early <= at <= late
        return at < early if op == "more_than_ago" else early < at <= present

    return test


def _bounds(value: date, lapse: Duration, now: int, zone: Zone) -> tuple[int, int, int, int]:
    """(earliest, now, latest, value): ms for a point in time, whole local days for a date."""
    if isinstance(value, datetime):
        early = clock.before(now, lapse.months, lapse.ms, zone)
        return early, now, clock.after(now, lapse.months, lapse.ms, zone), moment(value)
    today, days = clock.local_day(now, zone), lapse.ms // DAY
    early = clock.add_months(today, -lapse.months) - days
    return early, today, clock.add_months(today, lapse.months) + days, clock.day_number(value)


# --- sets, consent, messages ------------------------------------------------------------------------------------------


def _has(make: Compiler, expr: Has) -> Test:
    family, names = expr.family, frozenset(expr.names)
    if not names:
        return lambda state, run, now: bool(state.sets.get(family))
    return lambda state, run, now: not names.isdisjoint(state.sets.get(family, ()))


def _consent(make: Compiler, expr: Consent) -> Test:
    channel = expr.channel
    return lambda state, run, now: channel not in state.refused and channel not in state.suppressed


def message_keys(channels: tuple[str, ...], name: str) -> tuple[str, ...]:
    """How a message by name is kept, per channel it may go by (none: every channel).

    >>> message_keys(("email", "sms"), "Launch")
    ('email:Launch', 'sms:Launch')
    """
    return tuple(f"{channel}:{name}" for channel in channels or CHANNELS)


def latest(state: State, run: Run, keys: tuple[str, ...]) -> Sent | None:
    """This run's latest send of a message, else the contact's latest."""
    own = [run.sent[key] for key in keys if key in run.sent and run.sent[key].index >= 0]
    sent = own or [state.messages[key] for key in keys if key in state.messages]
    return max(sent, key=lambda one: one.index, default=None)


def _flagged(make: Compiler, expr: MessageStatus) -> Test:
    keys, flags = message_keys(expr.channels, expr.name), frozenset(expr.flags)
    none, since_step, whole_run = expr.none, expr.since_step, make.whole_run

    def ever(state: State, run: Run, now: int) -> bool:
        return any(not flags.isdisjoint(state.ever.get(key, ())) for key in keys) != none

    def of_latest(state: State, run: Run, now: int) -> bool:
        sent = latest(state, run, keys)
        since = -1 if not since_step else run.anchor if whole_run else run.began
        return (sent is not None and any(sent.flags.get(flag, -1) > since for flag in flags)) != none

    return ever if expr.scope == "ever" else of_latest


# --- history ----------------------------------------------------------------------------------------------------------

_COUNTS: dict[str, Callable[[int, int], bool]] = {
    "at_least": ge,
    "more_than": gt,
    "fewer_than": lt,
    "at_most": le,
    "exactly": eq,
}


def _counted(make: Compiler, expr: Counted) -> Test:
    narrow = expr.window is not None or expr.since != "ever"
    number = make.cells.tally(expr.match, expr.times + 1 if narrow else 0)
    holds, times, window = _COUNTS[expr.op], expr.times, expr.window
    since = "start" if expr.since == "step" and make.whole_run else expr.since
    kinds = {make.about.get(event, "") for event in expr.match.events} - {""}
    whole = str(number)

    def test(state: State, run: Run, now: int) -> bool:
        tally = state.tallies.get(f"{whole} {run.object_id}" if run.object_kind in kinds else whole, _NOTHING)
        if not narrow:
            return holds(tally.total, times)
        after = -1 if since == "ever" else run.anchor if since == "start" else run.began
        begin = _window_begin(window, now, make.clock(state))
        last = tally.last  # in the order of time and of event numbers, so all behind the first one count
        first = max(bisect_right(last, begin, key=_time), bisect_right(last, after, key=_number))
        return holds(len(last) - first, times)

    return test


def _window_begin(window: Duration | None, now: int, zone: Zone) -> int:
    return -clock.NEVER if window is None else clock.before(now, window.months, window.ms, zone)


# --- logic ------------------------------------------------------------------------------------------------------------


def _happened(make: Compiler, expr: Happened) -> Test:
    return lambda state, run, now: run.happened


def _not(make: Compiler, expr: Not) -> Test:
    inner = make.test(expr.item)
    return lambda state, run, now: not inner(state, run, now)


def _and(make: Compiler, expr: And) -> Test:
    inner = tuple(make.test(item) for item in expr.items)
    return lambda state, run, now: all(one(state, run, now) for one in inner)


def _or(make: Compiler, expr: Or) -> Test:
    inner = tuple(make.test(item) for item in expr.items)
    return lambda state, run, now: any(one(state, run, now) for one in inner)


_COMPILERS: dict[type, Callable[[Compiler, Any], Test]] = {
    Compare: _compare,
    OneOf: _one_of,
    Known: _known,
    Recent: _recent,
    Has: _has,
    Consent: _consent,
    MessageStatus: _flagged,
    Counted: _counted,
    Happened: _happened,
    Not: _not,
    And: _and,
    Or: _or,
}
