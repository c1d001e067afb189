"""Builds the nodes of steps from the children of a grammar rule."""

from __future__ import annotations

from dataclasses import replace

from flowdsl.diagnostics.source import Span
from flowdsl.syntax import ast
from flowdsl.syntax.parser.clauses import first
from flowdsl.syntax.parser.conditions import Children
from flowdsl.syntax.parser.context import ParseContext

PAST = {"or_skip": "skip", "or_continue": "continue", "or_exit": "exit"}


def _then(reading: ParseContext, children: Children, span: Span) -> ast.Step:
    step: ast.Step = children[0]
    return replace(step, span=span)


def _wait_for(reading: ParseContext, children: Children, span: Span) -> ast.WaitFor:
    return ast.WaitFor(children[0], first(ast.Clock, children), span=span)


def _wait_until_time(reading: ParseContext, children: Children, span: Span) -> ast.WaitUntilTime:
    days = next((child for child in children if isinstance(child, int)), 0)
    return ast.WaitUntilTime(days, first(ast.Date, children), first(ast.Clock, children), span=span)


def _wait_until_date(reading: ParseContext, children: Children, span: Span) -> ast.WaitUntilDate:
    is_moved = not isinstance(children[0], ast.Word)
    offset, direction, column, *rest = children if is_moved else (None, "", *children)
    past = next((PAST[child] for child in rest if isinstance(child, str)), "")
    return ast.WaitUntilDate(offset, direction == "before", column, first(ast.Clock, rest), past, span=span)


def _wait_until(reading: ParseContext, children: Children, span: Span) -> ast.WaitUntil:
    return ast.WaitUntil(children[0], children[1] if len(children) > 1 else None, span=span)


def _action(reading: ParseContext, children: Children, span: Span) -> ast.Action:
    phrase, *rest = children
    settings = next((child for child in rest if isinstance(child, tuple)), ())
    unless = first(ast.Unless, rest)
    return ast.Action(phrase, settings, unless.condition if unless else None, span=span)


def _settings(reading: ParseContext, children: Children, span: Span) -> tuple[ast.Setting, ...]:
    return tuple(children)


def _setting(reading: ParseContext, children: Children, span: Span) -> ast.Setting:
    return ast.Setting(children[0], children[1], span=span)


def _arm(reading: ParseContext, children: Children, span: Span) -> ast.Arm:
    return ast.Arm(children[0], tuple(children[1:]), span=span)


def _otherwise(reading: ParseContext, children: Children, span: Span) -> ast.Otherwise:
    return ast.Otherwise(tuple(children), span=span)


def _if(reading: ParseContext, children: Children, span: Span) -> ast.If:
    arms = tuple(child for child in children if isinstance(child, ast.Arm))
    return ast.If(arms, first(ast.Otherwise, children), span=span)


def _split(reading: ParseContext, children: Children, span: Span) -> ast.Split:
    return ast.Split(tuple(children), span=span)


def _split_arm(reading: ParseContext, children: Children, span: Span) -> ast.SplitArm:
    share, *steps = children
    name = steps.pop(0) if steps and isinstance(steps[0], ast.Text) else None
    return ast.SplitArm(share, name, tuple(steps), span=span)


def _repeat(reading: ParseContext, children: Children, span: Span) -> ast.Repeat:
    return ast.Repeat(children[0], tuple(children[1:]), span=span)


def _label(reading: ParseContext, children: Children, span: Span) -> ast.Label:
    return ast.Label(children[0], span=span)


def _go_to(reading: ParseContext, children: Children, span: Span) -> ast.GoTo:
    return ast.GoTo(children[0], children[-1] if len(children) > 1 else None, span=span)


def _exit(reading: ParseContext, children: Children, span: Span) -> ast.Exit:
    return ast.Exit(children[0] if children else None, span=span)


BUILD = {
    "then": _then,
    "wait_for": _wait_for,
    "wait_until_time": _wait_until_time,
    "wait_until_date": _wait_until_date,
    "wait_until": _wait_until,
    "action": _action,
    "settings": _settings,
    "setting": _setting,
    "arm": _arm,
    "otherwise": _otherwise,
    "if": _if,
    "split": _split,
    "split_arm": _split_arm,
    "repeat": _repeat,
    "label": _label,
    "go_to": _go_to,
    "exit": _exit,
}
