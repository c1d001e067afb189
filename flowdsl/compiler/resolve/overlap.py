"""Notes pairs of scenario lines that contradict each other because they are equally specific.

The most specific line applies to a contact: one that names a message before one that does not, one with a `where`
before one without. Two lines are equally specific if both could apply and nothing gives one precedence. Rates and new
contacts at different hours do not contradict each other: together they are a weekly profile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from flowdsl.calendar.clock import Window, stretches
from flowdsl.compiler.resolve.scope import Scope
from flowdsl.diagnostics.source import Span
from flowdsl.plan import plan
from flowdsl.plan.expressions import And, Compare, Expr, Has, Not, OneOf, Value

MOST_COMPARED = 100  # earlier lines: programs have fewer, and each line is compared with all before it


def note_equals(scope: Scope, lines: Sequence[plan.Chancy | plan.Control]) -> None:
    """Note every line that is as specific as an earlier one about the same thing."""
    earlier: dict[object, list[plan.Chancy]] = defaultdict(list)
    doubles: dict[Span, int] = {}  # a line is reported once, however many channels and names it has
    for line in lines:
        if not isinstance(line, plan.Control):
            for about in _about(line):
                _compare(line, earlier[about], doubles)
    for span, number in doubles.items():
        scope.findings.add("E313", f"this line is about the same as line {number}, and neither is more specific", span)


def _about(line: plan.Chancy) -> Iterator[object]:
    """The subject of a line: two lines with the same subject contradict each other if a contact can match both."""
    if isinstance(line, plan.Answer):
        cause = line.cause
        for name in cause.names or ("",):
            yield line.event, line.name, line.fields, cause.events, cause.fields, name
    elif isinstance(line, plan.Share):
        yield line.family, line.name
    else:
        yield type(line), line.event, line.name, line.fields


def _compare(line: plan.Chancy, alike: list[plan.Chancy], doubles: dict[Span, int]) -> None:
    for other in alike[:MOST_COMPARED]:
        if other.span != line.span and _may_both_hold(_where(line), _where(other)) and _may_both_be_open(line, other):
            doubles.setdefault(line.span, other.span.line)
            return
    alike.append(line)


def _where(line: plan.Chancy) -> Expr | None:
    return None if isinstance(line, plan.Arrival) else line.where


def _may_both_be_open(line: plan.Chancy, other: plan.Chancy) -> bool:
    if not isinstance(line, plan.Rate | plan.Arrival) or not isinstance(other, plan.Rate | plan.Arrival):
        return True
    mine, theirs = (stretches(each.window or Window()) for each in (line, other))
    return any(max(a[0], b[0]) < min(a[1], b[1]) for a in mine for b in theirs)


def _may_both_hold(where: Expr | None, other: Expr | None) -> bool:
    if where is None or other is None:
        return where is other
    return not any(_exclude(a, b) for a in _conjuncts(where) for b in _conjuncts(other))


def _conjuncts(expr: Expr) -> Iterable[Expr]:
    return expr.items if isinstance(expr, And) else (expr,)


def _exclude(a: Expr, b: Expr) -> bool:
    """True when two tests can never both be true. False may also mean that this is not known."""
    if (isinstance(a, Not) and a.item == b) or (isinstance(b, Not) and b.item == a):
        return True
    if isinstance(a, Has | Not) or isinstance(b, Has | Not):
        return False
    values, others = _values(a), _values(b)
    if values and others and values[0] == others[0]:
        return not set(values[1]) & set(others[1])
    low, high = _range(a), _range(b)
    return low is not None and high is not None and low[0] == high[0] and _apart(low, high)


def _values(expr: Expr) -> tuple[object, tuple[Value, ...]] | None:
    if isinstance(expr, Compare) and expr.op == "is":
        return expr.left, (expr.right,)
    if isinstance(expr, OneOf) and not expr.none:
        return expr.left, expr.values
    return None


def _range(expr: Expr) -> tuple[object, str, float] | None:
    """The reference, direction and bound of `>= 18` or `is before 2026-03-01`."""
    if not isinstance(expr, Compare) or isinstance(expr.right, str | bool):
        return None
    end = expr.right.toordinal() if isinstance(expr.right, date) else float(expr.right)
    return expr.left, expr.op, end


def _apart(a: tuple[object, str, float], b: tuple[object, str, float]) -> bool:
    below, above = ("lt", "le", "before"), ("gt", "ge", "after")
    if a[1] in above and b[1] in below:
        a, b = b, a
    if a[1] not in below or b[1] not in above:
        return False
    return a[2] < b[2] or (a[2] == b[2] and not (a[1] == "le" and b[1] == "ge"))
