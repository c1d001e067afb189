"""Resolves the numbers and delays of scenario lines.

A number can be uncertain (`40% to 45%`), come from a column (`by column "p_open"`) or differ among contacts (`varying
by beta 4`). Delays and heterogeneity laws become tables of quantiles (delay_laws.py, heterogeneity.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from flowdsl.chance import delay_laws, heterogeneity
from flowdsl.compiler.resolve import values
from flowdsl.compiler.resolve.scope import ResolveContext
from flowdsl.compiler.resolve.workspace import unit_ms
from flowdsl.diagnostics.source import Span
from flowdsl.diagnostics.suggest import suggested_fix
from flowdsl.plan import plan
from flowdsl.plan.expressions import MEAN_MONTH
from flowdsl.syntax import ast

NumberNode = ast.Percent | ast.Number | ast.ParamName
MILLION = 1_000_000
QUANTILES = "quantiles"  # the law that lists the numbers of its table
MOST = 10_000_000  # events of one kind in a unit of time
EXAMPLE = "assume contact opens email 40% to 45%\nassume contact visits page 0.5 per contact per week"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A share or a rate in millionths. `most` is the upper end of an uncertain one, else 0; `column` replaces the
    number."""

    number: int = 0
    most: int = 0
    column: str = ""


def share(context: ResolveContext, written: ast.Range) -> Quantity | None:
    """`35%`, `40% to 45%`, `by column "p_open"`."""
    return _quantity(context, written, lambda said: values.millionths(context.scope, said))


def rate(context: ResolveContext, written: ast.Range, per: str) -> Quantity | None:
    """`0.5 per …`, `0.4 to 0.6 per …`, `by column "visits" per …`."""
    least = 0 if written.high else 1
    return _quantity(context, written, lambda said: _rate(context, said, per, 0 if said is written.low else 1, least))


def _quantity(context: ResolveContext, written: ast.Range, read: Callable[[NumberNode], int | None]) -> Quantity | None:
    if written.column:
        return Quantity(column=written.column.value)
    low = read(written.low) if written.low else None
    high = read(written.high) if written.high else low
    if low is None or high is None:
        return None
    if low > high:
        turned = f"{_said(written.high)} to {_said(written.low)}"
        message = f"a range goes from its lower end to its upper one: `{turned}`"
        context.findings.add("E408", message, _span(written), example=EXAMPLE)
        return None
    return Quantity(low, high if high > low else 0)


def _span(written: ast.Range) -> Span:
    assert written.low
    assert written.high
    return written.low.span.to(written.high.span)


def _said(number: NumberNode | None) -> str:
    if isinstance(number, ast.ParamName):
        return number.name
    return f"{number.value:g}{'%' if isinstance(number, ast.Percent) else ''}" if number else ""


def _rate(context: ResolveContext, said: NumberNode, per: str, is_upper: int, least: int) -> int | None:
    """Millionths of an event; the lower end of a range may be 0."""
    number = values.bound(context.scope, said)
    if not isinstance(number, ast.Number):
        if number is not None:
            context.findings.add("E405", f"a rate is a number, not {values.called(number)}", said.span)
        return None
    millionths = round(Fraction(str(number.value)) * MILLION)
    if number.value < 0 or millionths < max(is_upper, least):
        context.findings.add("E408", f"a rate is more than 0, not {number.value}", said.span, example=EXAMPLE)
        return None
    if number.value > MOST or millionths > unit_ms(per) * MILLION:
        context.findings.add("E408", f"nothing happens {number.value} times per {per}", said.span, example=EXAMPLE)
        return None
    return millionths


def spread(
    context: ResolveContext, written: ast.Spread | None, number: Quantity, is_share: bool
) -> tuple[int, ...] | None:
    """The table of how contacts differ around a share or rate; () if they do not."""
    if written is None:
        return ()
    law, what = ("beta", "a share") if is_share else ("gamma", "a rate")
    if written.law not in (law, QUANTILES):
        context.findings.add("E419", f"{what} varies by `{law}`, not by `{written.law}`", written.span)
        return None
    if number.column:
        message = f"{what} by column is each contact's own already"
        context.findings.add("E419", message, written.span)
        return None
    said = _said_number(context, written)
    if said is None:
        return None
    try:
        if written.law == QUANTILES:
            numbers = [said.value, *(each.value for each in written.more)]
            return heterogeneity.quantiles(numbers, number.number if is_share else None, number.most)
        if written.more:
            raise ValueError(f"`{law}` has one number behind it")
        return _spread(number.number, number.most, said.value) if is_share else _factors(said.value)
    except ValueError as error:
        context.findings.add("E419", str(error), written.number.span)
        return None


def common(context: ResolveContext, written: Sequence[ast.Common], rate: Quantity) -> tuple[int, int] | None:
    """The numbers of `varying by day gamma 40` and `varying by week gamma 90`; 0 where there is none."""
    found: dict[str, int] = {}
    for one in written:
        if one.per in found or rate.column:
            twice = f"`varying by {one.per}` stands here twice"
            message = "a rate by column does not vary by day or week" if rate.column else twice
            context.findings.add("E419", message, one.span)
            return None
        number = _law_number(context, ast.Spread(one.law, one.number, span=one.span), "gamma", f"a {one.per}")
        if number is None:
            return None
        found[one.per] = number
    return found.get("day", 0), found.get("week", 0)


def leaving(context: ResolveContext, written: ast.Leaving) -> plan.Leaving | None:
    """`until leaving 25% varying by beta 3.2`, `until leaving after 20 weeks varying by gamma 0.6`."""
    law = "beta" if written.share else "gamma"
    number = _law_number(context, written.spread, law, "leaving") if written.spread else 0
    if written.share:
        share = values.millionths(context.scope, written.share)
        if share is not None and not 0 < share < MILLION:
            context.findings.add("E408", "contacts leave with more than 0% and less than 100%", written.share.span)
            share = None
        return plan.Leaving(share=share, spread=number) if share and number is not None else None
    assert written.length
    length = values.stretch(context.scope, written.length, "the time until contacts leave")
    if length is None or number is None:
        return None
    return plan.Leaving(ms=length.months * MEAN_MONTH + length.ms, spread=number)


def past(context: ResolveContext, written: ast.Past, spread: ast.Spread | None) -> plan.Past | None:
    """`given the past`: only the number of a gamma law says how much the past of a contact weighs."""
    if spread is None or spread.law != "gamma":
        message = "the past of a contact counts where contacts differ by a gamma law: `varying by gamma 0.5`"
        context.findings.add("E422", message, written.span)
        return None
    shape = _law_number(context, spread, "gamma", "a rate")
    if shape is None:
        return None
    match written.since:
        case ast.Date(value=date):
            return plan.Past(shape, date=date)
        case ast.Text(value=column):
            return plan.Past(shape, column)
        case _:
            return plan.Past(shape)


def _law_number(context: ResolveContext, written: ast.Spread, law: str, what: str) -> int | None:
    """The number of a law in millionths."""
    if written.law != law or written.more:
        context.findings.add("E419", f"{what} varies by `{law}` with one number here", written.span)
        return None
    said = _said_number(context, written)
    if said is None:
        return None
    try:
        return round(heterogeneity.kept(said.value) * MILLION)
    except ValueError as error:
        context.findings.add("E419", str(error), written.number.span)
        return None


def _said_number(context: ResolveContext, written: ast.Spread) -> ast.Number | None:
    """The number behind the name of a law, which may be a param."""
    said = values.bound(context.scope, written.number)
    if said is None or isinstance(said, ast.Number):
        return said
    message = f"a number stands behind `{written.law}`, not {values.called(said)}"
    context.findings.add("E405", message, written.number.span)
    return None


@lru_cache(maxsize=256)
def _factors(shape: float) -> tuple[int, ...]:
    return heterogeneity.gamma(shape)


@lru_cache(maxsize=256)
def _spread(low: int, most: int, concentration: float) -> tuple[int, ...]:
    table = heterogeneity.beta(low, most, concentration)
    return table if most or 0 < low < MILLION else ()  # shares of 0% and 100% cannot differ among contacts


def delay(context: ResolveContext, written: ast.Delay | None) -> tuple[int, ...] | None:
    """The table of a delay; no delay if it is None."""
    if written is None:
        return delay_laws.exactly(0)
    law = delay_laws.LAWS.get(written.law)
    if law is None:
        meant = context.findings.suggest(written.law, delay_laws.LAWS)
        text = context.findings.written(written.span)
        is_whole = written.law in text and "…" not in text
        fixes = (suggested_fix(written.span, text.replace(written.law, meant, 1)),) if meant and is_whole else ()
        reason = f"the laws are {', '.join(delay_laws.LAWS)}"
        context.findings.add(
            "E409", f"no delay law is called `{written.law}`", written.span, reason=reason, fixes=fixes
        )
        return None
    lengths = [_ms(context, length) for length in (written.length, *written.more)]
    if len(written.shape) != len(law.shapes) or bool(written.more) > law.more:
        wanted = ", ".join(("D", *law.shapes)) if not law.more else "D, D, …"
        context.findings.add("E409", f"this delay is written `{written.law}({wanted})`", written.span)
        return None
    known = [ms for ms in lengths if ms is not None]
    if len(known) < len(lengths):
        return None
    try:
        return _table(written.law, (*known, *(number.value for number in written.shape)))
    except ValueError as error:
        context.findings.add("E409", str(error), written.span)
        return None


def _ms(context: ResolveContext, length: ast.Length) -> int | None:
    said = values.amount(context.scope, length)
    return said.months * MEAN_MONTH + said.days * values.DAY + said.ms if said else None


@lru_cache(maxsize=256)
def _table(law: str, numbers: tuple[float, ...]) -> tuple[int, ...]:
    """The quantiles of a law; cached, because scenarios repeat the same delays and making a table is slow."""
    return delay_laws.LAWS[law].make(*numbers)
