"""The steps of a flow as nested HTML lists, for screen readers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from flowdsl.display.diagram.numbers import NO_NUMBERS, RunNumbers
from flowdsl.syntax import ast
from flowdsl.syntax.printer.node_text import line


def listed(name: str, flow: ast.Flow | ast.Campaign, numbers: RunNumbers = NO_NUMBERS) -> str:
    """A flow with its clauses and its steps, and their numbers.

    >>> from flowdsl import parse
    >>> flow = parse("when member joins program then send chat").declarations[0]
    >>> listed("Hi", flow)
    '<p><b>Hi</b>: when member joins program</p><ol><li>send chat</li></ol>'
    """
    clauses = "; ".join(line(one) for one in flow.clauses if not isinstance(one, ast.Description))
    head = f"<b>{_text(name)}</b>{titled('', flow)}"
    counts = _counts(numbers.counts(numbers.start))
    ended = f"<p>end{_counts(numbers.counts(numbers.end))}</p>" if numbers.counts(numbers.end) else ""
    return f"<p>{head}{': ' if clauses else ''}{_text(clauses)}{counts}</p>{_list(flow.steps, numbers)}{ended}"


def titled(name: str, flow: ast.Flow | ast.Campaign) -> str:
    """A name, and whether it is that of a campaign or of what is paused."""
    what = [*(["campaign"] if isinstance(flow, ast.Campaign) else []), *(["paused"] if flow.paused else [])]
    return f"{name} ({', '.join(what)})" if what else name


def _text(words: str) -> str:
    return escape(words, quote=False)


def _counts(said: Sequence[str]) -> str:
    """Numbers in parentheses, where there are any.

    >>> _counts(["12 sent", "3 skipped"]), _counts([])
    (' (12 sent, 3 skipped)', '')
    """
    known = [one for one in said if one]
    return f" ({', '.join(known)})" if known else ""


def _list(steps: Sequence[ast.Step], numbers: RunNumbers) -> str:
    return f"<ol>{''.join(f'<li>{_step(step, numbers)}</li>' for step in steps)}</ol>" if steps else ""


def _step(step: ast.Step, numbers: RunNumbers) -> str:
    node = numbers.node(step)
    match step:
        case ast.If():
            return "".join(_text(words) + _list(steps, numbers) for words, steps in _branches(step, numbers))
        case ast.Split():
            arms = (
                f"<li>{_text(line(arm))}{_counts([numbers.on_arm(node, number)])}{_list(arm.steps, numbers)}</li>"
                for number, arm in enumerate(step.arms)
            )
            return f"split<ul>{''.join(arms)}</ul>"
        case ast.Repeat():
            return _text(line(step)) + _list(step.steps, numbers)
        case _:
            return _text(line(step).removeprefix("then ")) + _counts(numbers.counts(node))


def _branches(step: ast.If, numbers: RunNumbers) -> Iterator[tuple[str, Sequence[ast.Step]]]:
    """The conditions of an `if` in order, with the steps of each branch."""
    for number, arm in enumerate(step.arms):
        count = _counts([numbers.on_arm(numbers.node(arm), 0)])
        yield f"{'otherwise ' if number else ''}if {line(arm.condition)}{count}", arm.steps
    if step.otherwise:
        yield f"otherwise{_counts([numbers.on_arm(numbers.node(step.arms[-1]), 1)])}", step.otherwise.steps
