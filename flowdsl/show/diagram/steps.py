"""The steps of a flow as lists in HTML, for those who do not see the picture: a flow goes in, nested lists come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from flowdsl import ast
from flowdsl.printer.lines import line


def listed(name: str, flow: ast.Flow | ast.Campaign) -> str:
    """A flow with its clauses and its steps.

    >>> from flowdsl import parse
    >>> flow = parse("when member joins program then send chat").declarations[0]
    >>> listed("Hi", flow)
    '<p><b>Hi</b>: when member joins program</p><ol><li>send chat</li></ol>'
    """
    clauses = "; ".join(line(one) for one in flow.clauses if not isinstance(one, ast.Description))
    head = f"<b>{_text(name)}</b>{titled('', flow)}"
    return f"<p>{head}{': ' if clauses else ''}{_text(clauses)}</p>" + _list(flow.steps)


def titled(name: str, flow: ast.Flow | ast.Campaign) -> str:
    """A name, and whether it is that of a campaign or of what is paused."""
    what = [*(["campaign"] if isinstance(flow, ast.Campaign) else []), *(["paused"] if flow.paused else [])]
    return f"{name} ({', '.join(what)})" if what else name


def _text(words: str) -> str:
    return escape(words, quote=False)


def _list(steps: Sequence[ast.Step]) -> str:
    return f"<ol>{''.join(f'<li>{_step(step)}</li>' for step in steps)}</ol>" if steps else ""


def _step(step: ast.Step) -> str:
    match step:
        case ast.If():
            return "".join(_text(words) + _list(steps) for words, steps in _asked(step))
        case ast.Split():
            return f"split<ul>{''.join(f'<li>{_text(line(arm))}{_list(arm.steps)}</li>' for arm in step.arms)}</ul>"
        case ast.Repeat():
            return _text(line(step)) + _list(step.steps)
        case _:
            return _text(line(step).removeprefix("then "))


def _asked(step: ast.If) -> Iterator[tuple[str, Sequence[ast.Step]]]:
    """What an `if` asks, one after the other, and the steps of each answer."""
    for number, arm in enumerate(step.arms):
        yield f"{'otherwise ' if number else ''}if {line(arm.condition)}", arm.steps
    if step.otherwise:
        yield "otherwise", step.otherwise.steps
