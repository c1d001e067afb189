"""Builds the nodes of header clauses and of the lines of a workspace from the children of a grammar rule."""

from __future__ import annotations

from typing import Any

from flowdsl.diagnostics.source import Span
from flowdsl.syntax import ast, keywords
from flowdsl.syntax.parser.conditions import Children
from flowdsl.syntax.parser.context import ParseContext

ALL_DAYS = 127  # bit 0 is Monday
LENGTHS = (ast.Duration, ast.ParamName)


def first(kind: Any, children: Children) -> Any:
    """The first child of a kind; None when there is none."""
    return next((child for child in children if isinstance(child, kind)), None)


# --- triggers ---------------------------------------------------------------------------------------------------------


def where(children: Children) -> Any:
    """The condition among some children; None when there is none."""
    return first((ast.Fact, ast.Not, ast.And, ast.Or), children)


def _on_event(reading: ParseContext, children: Children, span: Span) -> ast.Trigger | None:
    phrase, nth, at, where_ = children[0], first(ast.Nth, children), first(ast.Clock, children), where(children)
    yearly = "every_year" in children
    if _comes(phrase) and not nth:
        return ast.DateTrigger(phrase.parts[0], yearly=yearly, at=at, where=where_, span=span)
    if at or yearly:
        said = "a time of day" if at else "`every year`"
        reading.add("E110", f"{said} does not go with something that happens", span)
    return ast.EventTrigger(phrase, nth, where_, span=span)


def _comes(phrase: ast.Phrase) -> bool:
    """Whether a phrase is the name of a date and `comes`."""
    if len(phrase.parts) != 2:
        return False
    column, verb = phrase.parts
    return isinstance(column, ast.Word) and isinstance(verb, ast.Word) and verb.text.casefold() == keywords.say("comes")


def _on_date(reading: ParseContext, children: Children, span: Span) -> ast.DateTrigger:
    offset, direction, column, *rest = children
    at = first(ast.Clock, rest)
    yearly = "every_year" in rest
    return ast.DateTrigger(column, offset, direction == "before", yearly, at, where(rest), span=span)


def _on_days(reading: ParseContext, children: Children, span: Span) -> ast.ScheduleTrigger:
    return ast.ScheduleTrigger(children[0], at=first(ast.Clock, children), where=where(children), span=span)


def _on_calendar(reading: ParseContext, children: Children, span: Span) -> ast.ScheduleTrigger | None:
    unit, number = children[0], first(ast.Number, children)
    days, month_day = 0, 0
    if unit == "day" and number is None:
        days = ALL_DAYS
    elif unit == "month" and number is not None and children[1] == "day":
        month_day = number.value if isinstance(number.value, int) else 0
        if not 1 <= month_day <= 31:
            reading.add("E111", f"no month has a day {number.value}", number.span)
            return None
    else:
        reading.add("E114", "a calendar starts runs every day, on days of the week, or on a day of the month", span)
        return None
    return ast.ScheduleTrigger(days, month_day, first(ast.Clock, children), where(children), span=span)


def _when(reading: ParseContext, children: Children, span: Span) -> ast.When:
    return ast.When(tuple(children), span=span)


# --- other clauses ----------------------------------------------------------------------------------------------------


def _description(reading: ParseContext, children: Children, span: Span) -> ast.Description:
    return ast.Description(children[0], span=span)


def _include_existing(reading: ParseContext, children: Children, span: Span) -> ast.IncludeExisting:
    return ast.IncludeExisting(span=span)


def _limit(reading: ParseContext, children: Children, span: Span) -> ast.Limit:
    if not children:
        return ast.Limit(ast.Number(1), at_once=True, span=span)
    times, per, *every = children
    return ast.Limit(times, per.text.casefold(), every[0] if every else None, span=span)


def _unless(reading: ParseContext, children: Children, span: Span) -> ast.Unless:
    return ast.Unless(children[0], span=span)


def _goal(reading: ParseContext, children: Children, span: Span) -> ast.Goal:
    return ast.Goal(children[0], span=span)


def _exit_when(reading: ParseContext, children: Children, span: Span) -> ast.ExitWhen:
    return ast.ExitWhen(children[0], span=span)


def hours(children: Children) -> tuple[int, ast.Clock | None, ast.Clock | None]:
    """Days and hours of a window: all days if none are given, no hours if none are given."""
    days = next((child for child in children if isinstance(child, int)), ALL_DAYS)
    start, end = next((child for child in children if isinstance(child, tuple)), (None, None))
    return days, start, end


def _only(reading: ParseContext, children: Children, span: Span) -> ast.Only:
    return ast.Only(*hours(children), span=span)


def _between(reading: ParseContext, children: Children, span: Span) -> tuple[ast.Clock, ast.Clock]:
    return children[0], children[1]


def _days(reading: ParseContext, children: Children, span: Span) -> int:
    mask = 0
    for each in children:
        mask |= each
    return mask


def _day_range(reading: ParseContext, children: Children, span: Span) -> int:
    begin, end = children[0], children[-1]
    if begin in keywords.DAY_SETS:
        return keywords.DAY_SETS[begin]
    day, last = keywords.DAYS.index(begin), keywords.DAYS.index(end)
    mask = 1 << day
    while day != last:  # `friday to monday` includes the weekend
        day = (day + 1) % 7
        mask |= 1 << day
    return mask


def _starting(reading: ParseContext, children: Children, span: Span) -> ast.Starting:
    return ast.Starting(children[0], first(ast.Clock, children), span=span)


def _ending(reading: ParseContext, children: Children, span: Span) -> ast.Ending:
    return ast.Ending(children[0], first(ast.Clock, children), span=span)


def _timezone(reading: ParseContext, children: Children, span: Span) -> ast.Timezone:
    return ast.Timezone(first(ast.Text, children), span=span)


# --- workspace --------------------------------------------------------------------------------------------------------


def _from(reading: ParseContext, children: Children, span: Span) -> ast.From:
    return ast.From(first(ast.Text, children), span=span)


def _set(reading: ParseContext, children: Children, span: Span) -> ast.SetWord:
    return ast.SetWord(children[1], children[2], span=span)


def _cap(reading: ParseContext, children: Children, span: Span) -> ast.Cap:
    return ast.Cap(*children, span=span)


def _capacity(reading: ParseContext, children: Children, span: Span) -> ast.Capacity:
    return ast.Capacity(*children, span=span)


def _nothing(reading: ParseContext, children: Children, span: Span) -> None:
    """Replaces something that could not be read."""


BUILD = {
    "on_event": _on_event,
    "on_date": _on_date,
    "on_days": _on_days,
    "on_calendar": _on_calendar,
    "when": _when,
    "description": _description,
    "include_existing": _include_existing,
    "limit": _limit,
    "unless": _unless,
    "goal": _goal,
    "exit_when": _exit_when,
    "only": _only,
    "between": _between,
    "days": _days,
    "day_range": _day_range,
    "starting": _starting,
    "ending": _ending,
    "timezone": _timezone,
    "from": _from,
    "set": _set,
    "cap": _cap,
    "capacity": _capacity,
    "nothing": _nothing,
}
