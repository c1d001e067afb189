"""The text of each node of the syntax tree, on one line.

Steps that contain other steps give only their first line (`if plan is "pro"`); the printer adds the rest below it."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flowdsl.syntax import ast
from flowdsl.syntax.keywords import DAYS, is_keyword, say

OPERATORS = {
    "is": "is",
    "is_not": "is_not",
    "one_of": "is_one_of",
    "none_of": "is_none_of",
    "known": "is_known",
    "unknown": "is_unknown",
    "before": "is_before",
    "after": "is_after",
    "within": "is_within",
    "more_than_ago": "is_more_than",
    "less_than_ago": "is_less_than",
}
SIGNS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
WEEKDAYS, WEEKEND, ALL_DAYS = 0b0011111, 0b1100000, 0b1111111
FIELDS = {"reply_to": "reply_to"}


def line(node: ast.Node) -> str:
    """The text of a node, without the steps inside it.

    >>> line(ast.WaitFor(ast.Duration(((3, "day"),)), ast.Clock(540)))
    'wait 3 days at 09:00'
    """
    written: str = _LINES[type(node)](node)
    return written


def _join(*words: str) -> str:
    return " ".join(word for word in words if word)


# --- words and values -------------------------------------------------------------------------------------------------


WORD = re.compile(r"[a-z]\w*", re.ASCII)  # a name that needs no quotes


def _text(node: ast.Text) -> str:
    escaped = node.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _number(node: ast.Number) -> str:
    return number(node.value)


def number(value: int | float) -> str:
    """A number in digits, never in powers of ten.

    >>> number(3), number(2.0), number(1e-7)
    ('3', '2', '0.0000001')
    """
    return str(int(value)) if float(value).is_integer() else format(Decimal(repr(value)), "f")


def _percent(node: ast.Percent) -> str:
    return f"{number(node.value)}%"


def _date(node: ast.Date) -> str:
    return node.value.isoformat()


def _clock(node: ast.Clock) -> str:
    return f"{node.minute // 60:02}:{node.minute % 60:02}"


def _duration(node: ast.Duration) -> str:
    return " ".join(f"{number(value)} {unit if value == 1 else unit + 's'}" for value, unit in node.amounts)


def _names(node: ast.Names) -> str:
    return f" {say('or')} ".join(_text(item) for item in node.items)


def _phrase(node: ast.Phrase) -> str:
    words: list[str] = []
    for part in node.parts:
        if isinstance(part, ast.Names) and words and words[-1].casefold() == say("to"):
            words.append(", ".join(_text(item) for item in part.items))  # all of them, not any
        else:
            words.append(line(part))
    return " ".join(words)


def _times(node: ast.Number | ast.ParamName) -> str:
    if isinstance(node, ast.Number) and node.value == 1:
        return say("once")
    return f"{line(node)} {say('times')}"


# --- conditions -------------------------------------------------------------------------------------------------------


def _comparison(node: ast.Comparison) -> str:
    values = ", ".join(line(value) for value in node.values)
    ago = say("ago") if node.op.endswith("_ago") else ""
    return _join(SIGNS.get(node.op) or say(OPERATORS[node.op]), values, ago)


def _count(node: ast.Count) -> str:
    if node.never:
        return say("never")
    if node.op == "exactly" and isinstance(node.times, ast.Number) and node.times.value in (1, 2):
        return say("once" if node.times.value == 1 else "twice")
    return f"{say(node.op)} {_times(node.times)}"


def _in_the_last(node: ast.InTheLast) -> str:
    return f"{say('in_the_last')} {line(node.length)}"


def _fact(node: ast.Fact) -> str:
    phrase = _phrase(node.phrase)
    window = line(node.window) if node.window else ""
    comparison = _comparison(node.comparison) if node.comparison else ""
    if node.count and node.count.never:
        return _join(say("never"), phrase, comparison, window)
    return _join(phrase, comparison, _count(node.count) if node.count else "", window)


def _not(node: ast.Not) -> str:
    not_in = _not_in(node.item)
    if not_in:
        return not_in
    inner = line(node.item)
    return f"{say('not')} ({inner})" if isinstance(node.item, ast.And | ast.Or) else f"{say('not')} {inner}"


def _not_in(item: ast.Condition) -> str:
    """`is not in group "x"`; empty for a condition that is negated with `not` in front."""
    if not isinstance(item, ast.Fact) or item.comparison or item.count or item.window:
        return ""
    said = [part.text.casefold() if isinstance(part, ast.Word) else "" for part in item.phrase.parts]
    at = next((at for at in range(len(said) - 2) if " ".join(said[at : at + 2]) == say("is_in") and said[at + 2]), -1)
    words = [line(part) for part in item.phrase.parts]
    return " ".join((*words[:at], say("is_not_in"), *words[at + 2 :])) if at >= 0 else ""


def _and(node: ast.And) -> str:
    return f" {say('and')} ".join(f"({line(item)})" if isinstance(item, ast.Or) else line(item) for item in node.items)


def _or(node: ast.Or) -> str:
    first, *rest = (line(item) for item in node.items)
    # `or` directly before a quoted name would continue the names before it
    return f" {say('or')} ".join((first, *(f"({item})" if item.startswith('"') else item for item in rest)))


def _is_open(node: ast.Condition) -> bool:
    """Whether further words after a condition would continue its last phrase."""
    if isinstance(node, ast.And | ast.Or):
        last = node.items[-1]
        if isinstance(node, ast.Or) and line(last).startswith('"'):
            return False
        return not (isinstance(node, ast.And) and isinstance(last, ast.Or)) and _is_open(last)
    if isinstance(node, ast.Not):
        return not isinstance(node.item, ast.And | ast.Or) and _is_open(node.item)
    return not node.comparison and not node.window and (node.count is None or node.count.never)


# --- header clauses ---------------------------------------------------------------------------------------------------


def _where(condition: ast.Condition | None) -> str:
    return f"{say('where')} {line(condition)}" if condition else ""


def _at(clock: ast.Clock | None) -> str:
    return f"{say('at')} {_clock(clock)}" if clock else ""


def _nth(node: ast.Nth) -> str:
    ending = "th" if node.number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(node.number % 10, "th")
    return say("every_nth" if node.every else "the_nth").replace("<ordinal>", f"{node.number}{ending}")


def _event_trigger(node: ast.EventTrigger) -> str:
    return _join(_phrase(node.phrase), _nth(node.nth) if node.nth else "", _where(node.where))


def _date_trigger(node: ast.DateTrigger) -> str:
    if node.offset:
        when = f"{line(node.offset)} {say('before' if node.before else 'after')} {node.column.text}"
    else:
        when = f"{node.column.text} {say('comes')}"
    return _join(when, say("every_year") if node.yearly else "", _at(node.at), _where(node.where))


def _schedule_trigger(node: ast.ScheduleTrigger) -> str:
    if node.month_day:
        when = f"{say('every')} {say('month')} {say('on')} {say('day')} {node.month_day}"
    elif node.days == ALL_DAYS:
        when = f"{say('every')} {say('day')}"
    else:
        when = f"{say('every')} {days(node.days, ', ', one=True)}"
    return _join(when, _at(node.at), _where(node.where))


def days(mask: int, between: str = ", ", one: bool = False) -> str:
    """Days of the week in words; `one` means a single day (`every weekday`).

    >>> days(0b0010101), days(0b0111111), days(0b0011111), days(0b0011111, one=True)
    ('monday, wednesday, friday', 'monday to saturday', 'weekdays', 'weekday')
    """
    if mask in (WEEKDAYS, WEEKEND):
        word = say("weekdays" if mask == WEEKDAYS else "weekends")
        return word[:-1] if one else word
    runs: list[list[str]] = []
    for bit, day in enumerate(DAYS):
        if mask >> bit & 1:
            if bit and mask >> (bit - 1) & 1:
                runs[-1].append(say(day))
            else:
                runs.append([say(day)])
    spoken = (f"{run[0]} {say('to')} {run[-1]}" if len(run) > 2 else between.join(run) for run in runs)
    return between.join(spoken)


def _when(node: ast.When) -> str:
    return f"{say('when')} " + f" {say('or_when')} ".join(line(trigger) for trigger in node.triggers)


def _limit(node: ast.Limit) -> str:
    if node.at_once:
        return f"{say('limit')} {say('one_at_a_time')}"
    every = f"{say('every')} {line(node.every)}" if node.every else ""
    return _join(say("limit"), _times(node.times), say("per"), node.per, every)


def _hours(mask: int, start: ast.Clock | None, end: ast.Clock | None) -> str:
    hours = f"{say('between')} {_clock(start)} {say('and')} {_clock(end)}" if start and end else ""
    return _join("" if mask == ALL_DAYS and hours else f"{say('on')} {days(mask)}", hours)


def _timezone(node: ast.Timezone) -> str:
    return f"{say('timezone')} {_text(node.zone) if node.zone else say('contact')}"


# --- steps ------------------------------------------------------------------------------------------------------------


def _wait_until_time(node: ast.WaitUntilTime) -> str:
    if node.date is None and not node.days and node.at:
        return f"{say('wait_until')} {_clock(node.at)}"
    day = _date(node.date) if node.date else days(node.days, f" {say('or')} ", one=True)
    return _join(say("wait_until"), day, _at(node.at))


def _wait_until_date(node: ast.WaitUntilDate) -> str:
    moved = _join(line(node.offset), say("before" if node.before else "after")) if node.offset else ""
    past = say(f"or_{node.past}") if node.past else ""
    return _join(say("wait_until"), moved, node.column.text, _at(node.at), past)


def _wait_until(node: ast.WaitUntil) -> str:
    up_to = f"{say('for_up_to')} {line(node.up_to)}" if node.up_to else ""
    return _join(say("wait_until"), line(node.condition), up_to)


def _action(node: ast.Action) -> str:
    settings = ", ".join(f"{each.key.text} {line(each.value)}" for each in node.settings)
    return _join(
        say("then"),
        _phrase(node.phrase),
        f"{say('with')} {settings}" if settings else "",
        f"{say('unless')} {line(node.unless)}" if node.unless else "",
    )


def _go_to(node: ast.GoTo) -> str:
    bound = f"{say('at_most')} {_times(node.at_most)}" if node.at_most else ""
    return _join(say("go_to"), _text(node.label), bound)


def _split_arm(node: ast.SplitArm) -> str:
    return _join(line(node.share), _text(node.name) if node.name else "")


# --- scenarios --------------------------------------------------------------------------------------------------------


def _range(node: ast.Range) -> str:
    if node.column:
        return f"{say('by_column')} {_text(node.column)}"
    low = line(node.low) if node.low else ""
    return _join(low, f"{say('to')} {line(node.high)}" if node.high else "")


def _spread(node: ast.Spread) -> str:
    if node.more:
        return f"{say('varying_by')} {node.law}({', '.join(map(line, (node.number, *node.more)))})"
    return f"{say('varying_by')} {node.law} {line(node.number)}"


def _common(node: ast.Common) -> str:
    return f"{say(f'varying_by_{node.per}')} {node.law} {line(node.number)}"


def _leaving(node: ast.Leaving) -> str:
    when = line(node.share) if node.share else _join(say("after"), line(node.length) if node.length else "")
    return _join(say("until_leaving"), when, line(node.spread) if node.spread else "")


def _past(node: ast.Past) -> str:
    match node.since:
        case None:
            return say("given_the_past")
        case ast.Text(value=name):
            is_plain = WORD.fullmatch(name) and not is_keyword(name)
            return _join(say("given_the_past_since"), name if is_plain else _text(node.since))
        case date:
            return _join(say("given_the_past_since"), line(date))


def _delay(node: ast.Delay) -> str:
    length = line(node.length)
    if node.law == "exactly":
        return f"{say('after')} {length}"
    if node.law == "about":
        return f"{say('after')} {say('about')} {length}"
    if node.law == "within":
        return f"{say('within')} {length}"
    return f"{say('after')} {node.law}({', '.join((length, *map(line, (*node.more, *node.shape))))})"


def _who(phrase: ast.Phrase, where: ast.Condition | None) -> str:
    if where is None:
        return _phrase(phrase)
    condition = line(where)
    if phrase.parts and _is_open(where):
        condition = f"({condition})"  # else the phrase would be read as part of it
    return _join(say("contacts"), say("where"), condition, _phrase(phrase))


def _new_contacts(node: ast.NewContacts) -> str:
    like = say("like_the_table") if node.like_table else ""
    many = _range(node.rate)
    who = say("new_contacts") if many != "1" else say("new_contacts").removesuffix("s")
    return _join(say("assume"), many, who, say("per"), say(node.per), _phrase(node.phrase), _when_open(node), like)


def _rate(node: ast.Rate) -> str:
    rate = f"{_range(node.rate)} {say('per_contact')} {say('per')} {say(node.per)}"
    parts = [line(one) for one in (node.spread, *node.common, node.leaving, node.past) if one]
    return _join(say("assume"), _who(node.phrase, node.where), rate, *parts, _when_open(node))


def _when_open(node: ast.Rate | ast.NewContacts) -> str:
    always = node.days == ALL_DAYS and node.start is None
    return "" if always else _hours(node.days, node.start, node.end)


def _response(node: ast.Response) -> str:
    cause = f"{say('of')} {_phrase(node.of)}" if node.of else ""
    delay = _delay(node.delay) if node.delay else ""
    spread = line(node.spread) if node.spread else ""
    return _join(say("assume"), _who(node.phrase, node.where), _range(node.share), spread, cause, delay)


def _share(node: ast.Share) -> str:
    return f"{say('assume')} {_range(node.share)} {say('of')} {_who(node.phrase, node.where)}"


def _control(node: ast.At) -> str:
    day = _date(node.date) if node.date else f"{say('day')} {node.day}"
    return _join(
        say("at"),
        day,
        _at(node.clock),
        say(node.verb),
        say("flow"),
        _text(node.flow),
        say("and_cancel_pending") if node.cancel else "",
        f"{say('for_contact')} {_text(node.contact)}" if node.contact else "",
        f"{say('with')} {say('flow')} {_text(node.by)}" if node.by else "",
    )


# --- declarations -----------------------------------------------------------------------------------------------------


def _flow(node: ast.Flow | ast.Campaign) -> str:
    word = say("campaign" if isinstance(node, ast.Campaign) else "flow")
    return _join(word, _text(node.name) if node.name else "", say("paused") if node.paused else "")


def _cap(node: ast.Cap) -> str:
    per = f"{say('per_contact')} {say('every')} {line(node.every)}"
    return f"{say('cap')} {line(node.times)} {node.channel.text} {per}"


def _capacity(node: ast.Capacity) -> str:
    return f"{say('capacity')} {node.channel.text} {line(node.amount)} {say('per')} {say(node.per)}"


_LINES: dict[type, Callable[[Any], str]] = {
    ast.Word: lambda node: node.text,
    ast.Text: _text,
    ast.Names: _names,
    ast.Number: _number,
    ast.Percent: _percent,
    ast.Date: _date,
    ast.Clock: _clock,
    ast.Duration: _duration,
    ast.ParamName: lambda node: node.name,
    ast.Phrase: _phrase,
    ast.Comparison: _comparison,
    ast.Count: _count,
    ast.InTheLast: _in_the_last,
    ast.SinceStart: lambda node: say("since_start"),
    ast.Fact: _fact,
    ast.Not: _not,
    ast.And: _and,
    ast.Or: _or,
    ast.Nth: _nth,
    ast.EventTrigger: _event_trigger,
    ast.DateTrigger: _date_trigger,
    ast.ScheduleTrigger: _schedule_trigger,
    ast.Description: lambda node: f"{say('description')} {_text(node.text)}",
    ast.When: _when,
    ast.IncludeExisting: lambda node: say("include_existing"),
    ast.Limit: _limit,
    ast.Unless: lambda node: f"{say('unless')} {line(node.condition)}",
    ast.Goal: lambda node: f"{say('goal')} {line(node.condition)}",
    ast.ExitWhen: lambda node: f"{say('exit_when')} {line(node.condition)}",
    ast.Only: lambda node: f"{say('only')} {_hours(node.days, node.start, node.end)}",
    ast.Starting: lambda node: _join(say("starting"), _date(node.date), _at(node.at)),
    ast.Ending: lambda node: _join(say("ending"), _date(node.date), _at(node.at)),
    ast.Timezone: _timezone,
    ast.WaitFor: lambda node: _join(say("wait"), line(node.length), _at(node.at)),
    ast.WaitUntilTime: _wait_until_time,
    ast.WaitUntilDate: _wait_until_date,
    ast.WaitUntil: _wait_until,
    ast.Setting: lambda node: f"{node.key.text} {line(node.value)}",
    ast.Action: _action,
    ast.If: lambda node: line(node.arms[0]),
    ast.Arm: lambda node: f"{say('if')} {line(node.condition)}",
    ast.Otherwise: lambda node: say("otherwise"),
    ast.Split: lambda node: say("split"),
    ast.SplitArm: _split_arm,
    ast.Repeat: lambda node: f"{say('repeat')} {_times(node.times)}",
    ast.Label: lambda node: f"{say('label')} {_text(node.name)}",
    ast.GoTo: _go_to,
    ast.Exit: lambda node: _join(say("exit"), _text(node.reason) if node.reason else ""),
    ast.Range: _range,
    ast.Delay: _delay,
    ast.Spread: _spread,
    ast.Common: _common,
    ast.Leaving: _leaving,
    ast.Past: _past,
    ast.NewContacts: _new_contacts,
    ast.Rate: _rate,
    ast.Response: _response,
    ast.Share: _share,
    ast.At: _control,
    ast.Flow: _flow,
    ast.Campaign: _flow,
    ast.MessageLine: lambda node: f"{say(node.field)} {_text(node.text)}",
    ast.Message: lambda node: f"{say(node.channel)} {_text(node.name)}",
    ast.From: lambda node: f"{say('from')} {_text(node.text)}",
    ast.SetWord: lambda node: f"{say('set')} {node.key.text} {line(node.value)}",
    ast.Cap: _cap,
    ast.Capacity: _capacity,
    ast.Workspace: lambda node: say("workspace"),
    ast.Scenario: lambda node: _join(say("scenario"), _text(node.name) if node.name else ""),
    ast.Param: lambda node: f"{say('param')} {node.name.text} {line(node.value)}",
}
