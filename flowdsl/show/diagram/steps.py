"""The steps of a flow as lists in HTML, for those who do not see the picture: a flow goes in, nested lists come out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    paused = " (paused)" if flow.paused else ""
    head = f"<p><b>{_text(name)}</b>{paused}: {_text(clauses)}</p>" if clauses else f"<p><b>{_text(name)}</b></p>"
    return head + _list(flow.steps)


def _text(words: str) -> str:
    return escape(words, quote=False)


def _list(steps: Sequence[ast.Step]) -> str:
    return f"<ol>{''.join(f'<li>{_step(step)}</li>' for step in steps)}</ol>" if steps else ""


def _step(step: ast.Step) -> str:
    match step:
        case ast.If():
            arms = [(f"if {line(arm.condition)}", arm.steps) for arm in step.arms]
            return _arms([*arms, *([("otherwise", step.otherwise.steps)] if step.otherwise else [])])
        case ast.Split():
            return "split" + _arms((line(arm), arm.steps) for arm in step.arms)
        case ast.Repeat():
            return _text(line(step)) + _list(step.steps)
        case _:
            return _text(line(step).removeprefix("then "))


def _arms(arms: Iterable[tuple[str, Sequence[ast.Step]]]) -> str:
    said = (f"<li>{_text(words)}{_list(steps)}</li>" for words, steps in arms)
    return f'<ul style="list-style: none; padding-left: 1em">{"".join(said)}</ul>'
