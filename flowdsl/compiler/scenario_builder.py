"""Builds scenarios in Python, line by line, from phrases, numbers and times.

Each method writes one line of the language, so everything that a text can express is possible, and errors are reported
as for a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import isfinite
from operator import index
from typing import TYPE_CHECKING, SupportsIndex, TypeAlias

from flowdsl.diagnostics import render
from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.diagnostics.source import Source
from flowdsl.plan.plan import World

if TYPE_CHECKING:
    from flowdsl.syntax.ast import Program

Number: TypeAlias = "float | Sequence[float] | str"  # a number, an uncertain one (two ends), or the name of a column
Length: TypeAlias = "str | timedelta"
When: TypeAlias = "SupportsIndex | str | date"
MILLION = 1_000_000  # shares and rates are kept to a millionth


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario that is built line by line; each method returns a new scenario with one more line.

    A number is certain (0.35), uncertain ((0.40, 0.45): each replication draws its own) or each contact's own (the name
    of a column); it is rounded to a millionth. Lengths of time are timedeltas or texts as in programs or pandas ("4
    hours", "90min"). Events are phrases of the language, with or without a subject; `where` is a condition.

    >>> calm = Scenario("Calm").answer("opens email", 0.2, about="4 hours").has("membership", (0.1, 0.2))
    >>> print(calm.text, end="")
    scenario "Calm"
      assume opens email 20% after about 4 hours
      assume 10% to 20% of contacts have membership
    """

    name: str
    lines: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        from flowdsl.diagnostics.user_input import name_of

        name_of(self.name)

    # --- lines --------------------------------------------------------------------------------------------------------

    def new_contacts(
        self, event: str, rate: Number, per: str = "day", *, like_table: bool = False, on: str = "", between: str = ""
    ) -> Scenario:
        """New contacts per unit of time; the event happens to each of them on arrival.

        `on` and `between` limit the days and hours (on the workspace's clock) on which they arrive.

        >>> Scenario("S").new_contacts('join program "Yoga"', 120, like_table=True).lines
        ('assume 120 new contacts per day join program "Yoga" like the table',)
        """
        like = " like the table" if like_table else ""
        return self._with(f"assume {_rate(rate)} new contacts per {per} {event}{_hours(on, between)}{like}")

    def rate(
        self,
        event: str,
        rate: Number,
        per: str = "day",
        *,
        where: str = "",
        on: str = "",
        between: str = "",
        varying: float | None = None,
    ) -> Scenario:
        """How often each contact causes an event; `on` and `between` limit the days and hours.

        varying is the shape of the gamma law (mean 1) of the factors by which the contacts' rates differ.

        >>> Scenario("S").rate("visits page", 0.5, "week", on="weekdays", between="09:00 and 17:00").lines
        ('assume visits page 0.5 per contact per week on weekdays between 09:00 and 17:00',)
        """
        spread = _varying("gamma", varying)
        said = f"{_rate(rate)} per contact per {per}{spread}{_hours(on, between)}"
        return self._with(f"assume {_who(event, where)} {said}")

    def answer(
        self,
        event: str,
        share: Number,
        *,
        of: str = "",
        where: str = "",
        after: Length = "",
        about: Length = "",
        within: Length = "",
        varying: float | None = None,
    ) -> Scenario:
        """An event follows a message, or the event `of`, with a probability of 0 to 1, at once or after a delay.

        after is an exact delay, or a law: "lognormal(20 minutes, 1.1)". varying is the concentration a + b of the beta
        law of the contacts' own shares, whose mean is `share`.

        >>> Scenario("S").answer("clicks email", "p_click", of="opening it", within=timedelta(hours=36)).lines
        ('assume clicks email by column "p_click" of opening it within 1 day 12 hours',)
        """
        cause = f" of {of}" if of else ""
        delays = (("after", after), ("after about", about), ("within", within))
        said = "".join(f" {words} {_length(length)}" for words, length in delays if length)
        spread = _varying("beta", varying)
        return self._with(f"assume {_who(event, where)} {_share(share)}{spread}{cause}{said}")

    def has(self, state: str, share: Number, *, where: str = "") -> Scenario:
        """The share of contacts in a state at the beginning: `membership`, `tag "vip"`, `are in group "A"`.

        >>> Scenario("S").has('tag "vip"', 0.05, where='country is "FR"').lines
        ('assume 5% of contacts where (country is "FR") have tag "vip"',)
        """
        verb = "" if state.split(" ", 1)[0] in ("have", "has", "are", "is", "in") else "have "
        condition = f"where ({where}) " if where else ""
        return self._with(f"assume {_share(share)} of contacts {condition}{verb}{state}")

    def at(self, when: When, order: str) -> Scenario:
        """An action of the sender: on a day counted from 1, or at a date or moment on the workspace's clock.

        >>> Scenario("S").at(10, 'pause flow "A"').at("2026-03-01 09:00", 'resume flow "A"').lines
        ('at day 10 pause flow "A"', 'at 2026-03-01 at 09:00 resume flow "A"')
        """
        return self._with(f"at {_when(when)} {order}")

    def _with(self, line: str) -> Scenario:
        return replace(self, lines=(*self.lines, " ".join(part.strip() for part in line.splitlines())))

    # --- what it means ------------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The scenario as program text."""
        return "\n".join([f"scenario {_quoted(self.name)}", *(f"  {line}" for line in self.lines)]) + "\n"

    def program(self) -> Program:
        """A program that contains only the scenario. Raises ProgramError for lines that cannot be read."""
        from flowdsl.compiler.resolve import resolve
        from flowdsl.syntax.ast import Scenario as Declaration
        from flowdsl.syntax.parser import parse

        source = Source(self.text, "scenario")
        program, found = parse(source)
        if any(diagnostic.is_error for diagnostic in found):
            raise render.program_error([*found, *resolve(program, found, is_alone=True)[1]], program.sources)
        (one, *more) = program.declarations
        if more or not isinstance(one, Declaration) or len(one.lines) != len(self.lines):
            raise RunError([_diagnostic("each line of a scenario is one assumption or one `at`", self.name)])
        return program

    def world(self, program: Program | None = None) -> World:
        """The scenario as a World, equal to that of the same text in the same program.

        Without a program, lines that name no channel (`opens "Hello"`) are about e-mail, and there are no params.

        Raises ProgramError with every diagnostic of its lines.

        >>> Scenario("Calm").answer("opens email", 0.2).world().answers[0].share
        200000
        """
        from flowdsl.compiler.resolve import resolve
        from flowdsl.syntax.ast import Scenario as Declaration

        alone = self.program()
        whole = alone
        if program is not None:
            kept = tuple(each for each in program.declarations if not isinstance(each, Declaration))
            sources = (*program.sources, *alone.sources)
            whole = replace(program, declarations=(*kept, *alone.declarations), sources=sources)
        resolved, found = resolve(whole, is_alone=program is None)
        if any(diagnostic.is_error for diagnostic in found):
            raise render.program_error(found, whole.sources)
        return resolved.world[0]


def _diagnostic(message: str, words: object) -> Diagnostic:
    return RUNS["E717"].diagnostic(message, words)


# --- numbers and times as words ---------------------------------------------------------------------------------------


def _quoted(text: str) -> str:
    from flowdsl.vocabulary import quoted

    return quoted([text])


def _who(event: str, where: str) -> str:
    return f"contacts where ({where}) {event}" if where else event


def _share(share: Number) -> str:
    if isinstance(share, str):
        return f"by column {_quoted(share)}"
    return " to ".join(f"{_number(one, 100)}%" for one in _ends(share))


def _rate(rate: Number) -> str:
    if isinstance(rate, str):
        return f"by column {_quoted(rate)}"
    return " to ".join(_number(one) for one in _ends(rate))


def _hours(on: str, between: str) -> str:
    return (f" on {on}" if on else "") + (f" between {between}" if between else "")


def _varying(law: str, number: float | None) -> str:
    return "" if number is None else f" varying by {law} {_number(number)}"


def _ends(number: float | Sequence[float]) -> Sequence[float]:
    if not isinstance(number, Sequence):
        return (number,)
    if len(number) != 2:
        raise RunError([_diagnostic(f"an uncertain number has two ends, not {len(number)}", number)])
    return number


def _number(number: float, times: int = 1) -> str:
    """A number in digits."""
    from flowdsl.syntax.printer.node_text import number as digits

    return digits(rounded(number, times))


def rounded(number: float, times: int = 1) -> int | float:
    """A number rounded to a millionth, times a whole number. Raises RunError for a value that is not a number.

    >>> rounded(0.35, 100), rounded(1 / 3)  # without floating-point noise
    (35, 0.333333)
    """
    try:
        value = float(number)
    except (TypeError, ValueError):
        value = float("nan")
    if isinstance(number, bool | str) or not isfinite(value):
        raise RunError([_diagnostic(f"{number!r} is not a number that a scenario can have", number)])
    exact = Fraction(str(value))
    kept = (Fraction(round(exact * MILLION), MILLION) or exact) * times
    return int(kept) if kept.denominator == 1 else float(kept)


def _length(length: Length) -> str:
    """A length of time in words; a text that only pandas understands is converted as pandas reads it."""
    if isinstance(length, str):
        if "(" in length or (" " in length and ":" not in length):
            return length
        import pandas as pd

        try:
            return _length(pd.Timedelta(length).to_pytimedelta())
        except ValueError:
            return length  # the name of a param, or an error that the parser reports
    try:
        ms = round(length / timedelta(milliseconds=1))
    except TypeError:
        message = f"a length of time is a text such as `4 hours` or a timedelta, not {length!r}"
        raise RunError([_diagnostic(message, length)]) from None
    if ms < 0:
        raise RunError([_diagnostic("a delay is not negative", length)])
    units = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000))
    words = []
    for unit, size in units:
        number, ms = divmod(ms, size)
        if number:
            words.append(f"{number} {unit}{'' if number == 1 else 's'}")
    if ms or not words:
        words.append(f"{_number(ms / 1000)} seconds")
    return " ".join(words)


def _when(when: When) -> str:
    """The day, date or moment of an `at` line; a moment that a line cannot express is refused, not truncated."""
    if isinstance(when, str):
        text = when.strip().replace("T", " ")
        if text.startswith("day"):
            return text
        try:
            when = datetime.fromisoformat(text) if ":" in text else date.fromisoformat(text)
        except ValueError:
            return text  # the parser reports the error
    if isinstance(when, datetime):
        if when.tzinfo is not None or when.second or when.microsecond:
            message = "a moment is a whole minute on the workspace's clock, without a zone of its own"
            raise RunError([_diagnostic(message, when)])
        return f"{when:%Y-%m-%d} at {when:%H:%M}"
    if isinstance(when, date):
        return when.isoformat()
    if isinstance(when, SupportsIndex) and not isinstance(when, bool):
        return f"day {index(when)}"
    raise RunError([_diagnostic(f"a moment is the number of a day, a date or a moment, not {when!r}", when)])
