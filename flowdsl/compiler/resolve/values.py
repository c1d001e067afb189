"""Resolves numbers, lengths of time and constants; params are replaced by their values.

A value that cannot be read gives one diagnostic and None; callers then continue with the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TypeAlias

from flowdsl.compiler.resolve.scope import Scope
from flowdsl.diagnostics.suggest import suggested_fix
from flowdsl.plan.expressions import MEAN_MONTH, MOST_MS, MOST_TIMES, Duration, Value
from flowdsl.syntax import ast

Written: TypeAlias = ast.Value | ast.ParamName

MS = {"second": 1_000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000, "week": 604_800_000}
MONTHS = {"month": 1, "year": 12}
DAY = MS["day"]
_SPOKEN = ("a", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
IN_DIGITS = {word: str(number) for number, word in enumerate(_SPOKEN, 1)} | {"an": "1", "one": "1"}
YES_NO = {"yes": True, "true": True, "no": False, "false": False}

_CALLED = {
    ast.Text: "a text",
    ast.Number: "a number",
    ast.Percent: "a percentage",
    ast.Date: "a date",
    ast.Clock: "a time of day",
    ast.Duration: "a length of time",
    ast.Word: "a word",
}


@dataclass(frozen=True, slots=True)
class Amount:
    """A length of time in calendar months, whole days and elapsed milliseconds."""

    months: int = 0
    days: int = 0
    ms: int = 0

    @property
    def lapse(self) -> Duration:
        return Duration(self.months, self.days * DAY + self.ms)


def called(value: Written) -> str:
    """What kind of value it is, for a message."""
    return _CALLED.get(type(value), "a value")


def bound(scope: Scope, value: Written) -> ast.Value | None:
    """The value itself, or the value of the param with that name."""
    if isinstance(value, ast.ParamName):
        return param(scope, value)
    if isinstance(value, ast.Word) and value.text in scope.params:
        scope.used.add(value.text)
        return scope.params[value.text].value
    return value


def param(scope: Scope, name: ast.ParamName) -> ast.Value | None:
    """The value of a param; an unknown param gives a diagnostic."""
    found = scope.params.get(name.name)
    if found is not None:
        scope.used.add(name.name)
        return found.value
    digits = IN_DIGITS.get(name.name.casefold())
    meant = digits or scope.findings.suggest(name.name, scope.params)
    fixes = (suggested_fix(name.span, meant),) if meant else ()
    reason = f"numbers are written in digits: `{digits}`" if digits else ""
    scope.findings.add("E212", f"there is no param called `{name.name}`", name.span, reason=reason, fixes=fixes)
    return None


def note_unused(scope: Scope) -> None:
    """Note unused params, unless the program has errors: these may hide a use."""
    if scope.partial or scope.findings.has_errors:
        return
    for name, declared in scope.params.items():
        if name not in scope.used:
            scope.findings.add("W305", f"nothing uses the param `{name}`", declared.name.span)


def _wrong_kind(scope: Scope, written: Written, expected: str, found: ast.Value) -> None:
    name = f"the param `{written.name}`" if isinstance(written, ast.ParamName) else "this value"
    scope.findings.add("E405", f"{expected} is needed here, but {name} is {called(found)}", written.span)


def amount(scope: Scope, length: ast.Length) -> Amount | None:
    """A length of time in months, days and milliseconds; a fraction of a month gives a diagnostic."""
    value = bound(scope, length)
    if value is None:
        return None
    if not isinstance(value, ast.Duration):
        _wrong_kind(scope, length, "a length of time such as `3 days`", value)
        return None
    months, days, ms = Fraction(0), 0, Fraction(0)
    for number, unit in value.amounts:
        if unit in MONTHS:
            months += Fraction(number) * MONTHS[unit]
        elif unit in ("day", "week") and float(number).is_integer():
            days += int(number) * (7 if unit == "week" else 1)
        else:
            ms += Fraction(number) * MS[unit]
    if months.denominator != 1:
        scope.findings.add("E415", "months and years are counted whole, for they are not all equally long", length.span)
        return None
    if months * MEAN_MONTH + days * DAY + ms > MOST_MS:
        scope.findings.add("E408", "nothing in a program lasts longer than a thousand years", length.span)
        return None
    return Amount(int(months), days, round(ms))


def lapse(scope: Scope, length: ast.Length) -> Duration | None:
    """A length of time as calendar months and elapsed milliseconds."""
    found = amount(scope, length)
    return found.lapse if found else None


def stretch(scope: Scope, length: ast.Length, what: str) -> Duration | None:
    """The length of time for a limit or cap: more than nothing."""
    found = lapse(scope, length)
    if found == Duration(0, 0):
        scope.findings.add("E408", f"{what} must be longer than nothing", length.span)
        return None
    return found


def whole(scope: Scope, value: ast.Number | ast.ParamName, what: str, least: int = 1) -> int | None:
    """A whole number of at least `least`."""
    number = bound(scope, value)
    if number is None:
        return None
    if not isinstance(number, ast.Number):
        _wrong_kind(scope, value, f"a whole number ({what})", number)
        return None
    if not float(number.value).is_integer() or not least <= number.value <= MOST_TIMES:
        scope.findings.add("E408", f"{what} must be a whole number from {least} on, not {number.value}", value.span)
        return None
    return int(number.value)


def millionths(scope: Scope, value: ast.Percent | ast.Number | ast.ParamName) -> int | None:
    """A percentage in millionths: 300,000 for 30%."""
    share = bound(scope, value)
    if share is None:
        return None
    if not isinstance(share, ast.Percent):
        _wrong_kind(scope, value, "a percentage such as `30%`", share)
        return None
    if not 0 <= share.value <= 100:
        scope.findings.add("E408", f"a percentage lies between 0% and 100%, not at {share.value}%", value.span)
        return None
    return round(Fraction(str(share.value)) * 10_000)


def constant(scope: Scope, value: Written) -> Value | None:
    """A constant that a column can be compared with or set to: text, number, yes or no, date."""
    found = bound(scope, value)
    if isinstance(found, ast.Text | ast.Number):
        return found.value
    if isinstance(found, ast.Date):
        day: date = found.value
        return day
    if isinstance(found, ast.Percent):
        return found.value / 100
    if isinstance(found, ast.Word):
        return _yes_no(scope, found)
    if found is not None:
        _wrong_kind(scope, value, "a text, a number, a date, yes or no", found)
    return None


def carried(scope: Scope, value: Written) -> Value | None:
    """A constant in a `with` setting; times of day and lengths of time become texts."""
    found = bound(scope, value)
    if isinstance(found, ast.Clock):
        return f"{found.minute // 60:02}:{found.minute % 60:02}"
    if isinstance(found, ast.Duration):
        return " ".join(f"{number:g} {unit}{'' if number == 1 else 's'}" for number, unit in found.amounts)
    if isinstance(found, ast.Word) and "." in found.text:
        return _yes_no(scope, found, f'"{{{found.text}}}"')  # fields are passed on as placeholders
    return constant(scope, value)


def _yes_no(scope: Scope, word: ast.Word, meant: str = "") -> bool | None:
    answer = YES_NO.get(word.text.casefold())
    if answer is None:
        scope.findings.add(
            "E407",
            f"`{word.text}` is neither a quoted text nor yes or no",
            word.span,
            fixes=(suggested_fix(word.span, meant or f'"{word.text}"'),),
        )
    return answer


def minute(clock: ast.Clock | None, otherwise: int = -1) -> int:
    """Minutes after midnight of a time of day, or the default if there is none."""
    return otherwise if clock is None else clock.minute
