"""Decompiles values and lengths of time into the form that people write."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from flowdsl.calendar.clock import DAY, HOUR, MINUTE, SECOND, WEEK
from flowdsl.plan.expressions import MEAN_MONTH, Duration, Value
from flowdsl.syntax import ast

UNITS = {
    "day": DAY,
    "week": WEEK,
    "month": MEAN_MONTH,
    "year": 12 * MEAN_MONTH,
    "hour": HOUR,
    "minute": MINUTE,
    "second": SECOND,
}
_NAME = re.compile(r"[^\W\d]\w*")


def length(months: int = 0, days: int = 0, ms: int = 0) -> ast.Duration:
    """A length of time in common units.

    >>> length(14, 0, 5_400_000).amounts
    ((1, 'year'), (2, 'month'), (1, 'hour'), (30, 'minute'))
    """
    hours, rest = divmod(ms, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds = rest // SECOND if rest % SECOND == 0 else rest / SECOND
    amounts = (
        (months // 12, "year"),
        (months % 12, "month"),
        (days, "day"),
        (hours, "hour"),
        (minutes, "minute"),
        (seconds, "second"),
    )
    return ast.Duration(tuple(one for one in amounts if one[0]) or ((0, "day"),))


def lapse(of: Duration) -> ast.Duration:
    """Calendar months and elapsed time, a day being 24 hours.

    >>> lapse(Duration(ms=3 * DAY)).amounts
    ((3, 'day'),)
    """
    return length(of.months, *divmod(of.ms, DAY))


def constant(value: Value) -> ast.Text | ast.Number | ast.Date | ast.Word:
    """The syntax tree of a value.

    >>> constant(True), constant("yes")
    (Word(text='yes'), Text(value='yes'))
    """
    if isinstance(value, bool):
        return ast.Word("yes" if value else "no")
    if isinstance(value, str):
        return ast.Text(value)
    return ast.Date(value) if isinstance(value, date) else ast.Number(value)


def clock(minute: int, unsaid: int = -1) -> ast.Clock | None:
    """A time of day; None for the minute that is the default."""
    return None if minute == unsaid else ast.Clock(minute)


def percent(millionths: int) -> ast.Percent:
    """A share as a percentage.

    >>> percent(300_000), percent(123_456)
    (Percent(value=30), Percent(value=12.3456))
    """
    return ast.Percent(millionths // 10_000 if millionths % 10_000 == 0 else millionths / 10_000)


def texts(names: Iterable[str]) -> ast.Names:
    """Quoted names in one list."""
    return ast.Names(tuple(ast.Text(name) for name in names))


def is_name(text: str) -> bool:
    """Whether a text can be a bare name in a program."""
    return _NAME.fullmatch(text) is not None
