"""Builds the nodes of declarations, and registers the builders of all grammar rules by name."""

from __future__ import annotations

from flowdsl.diagnostics.source import Span
from flowdsl.syntax import ast
from flowdsl.syntax.parser import clauses, conditions, scenarios, steps
from flowdsl.syntax.parser.conditions import Builder, Children
from flowdsl.syntax.parser.context import Item, ParseContext

CLAUSES = (
    ast.Description,
    ast.When,
    ast.IncludeExisting,
    ast.Limit,
    ast.Unless,
    ast.Goal,
    ast.ExitWhen,
    ast.Only,
    ast.Starting,
    ast.Ending,
    ast.Timezone,
)
NOT_IN_CAMPAIGNS = {ast.When: "when", ast.IncludeExisting: "include existing", ast.Limit: "limit"}


def _body(children: Children) -> tuple[tuple[ast.Clause, ...], tuple[ast.Step, ...]]:
    header = tuple(child for child in children if isinstance(child, CLAUSES))
    return header, tuple(children[len(header) :])


def _flow(reading: ParseContext, children: Children, span: Span) -> ast.Flow:
    name, *rest = children
    paused = rest[:1] == ["paused"]
    return ast.Flow(name, *_body(rest[1:] if paused else rest), paused, span=span)


def _sentence(reading: ParseContext, children: Children, span: Span) -> ast.Flow:
    return ast.Flow(None, *_body(children), span=span)


def _campaign(reading: ParseContext, children: Children, span: Span) -> ast.Campaign:
    name, *rest = children
    paused = rest[:1] == ["paused"]
    header, following = _body(rest[1:] if paused else rest)
    for clause in header:
        if type(clause) in NOT_IN_CAMPAIGNS:
            word = NOT_IN_CAMPAIGNS[type(clause)]
            reading.add("E116", f"a campaign cannot have `{word}`", clause.span)
    return ast.Campaign(name, header, following, paused, span=span)


def _message(reading: ParseContext, children: Children, span: Span) -> ast.Message:
    return ast.Message("email", children[0], tuple(children[1:]), span=span)


def _message_line(reading: ParseContext, children: Children, span: Span) -> ast.MessageLine:
    return ast.MessageLine(children[0], children[1], span=span)


def _workspace(reading: ParseContext, children: Children, span: Span) -> ast.Workspace:
    return ast.Workspace(tuple(children), span=span)


def _scenario(reading: ParseContext, children: Children, span: Span) -> ast.Scenario:
    name = children[0] if children and isinstance(children[0], ast.Text) else None
    return ast.Scenario(name, tuple(children[1:] if name else children), span=span)


def _param(reading: ParseContext, children: Children, span: Span) -> ast.Param:
    return ast.Param(children[0], children[1], span=span)


def _start(reading: ParseContext, children: Children, span: Span) -> Item:
    return children[0] if children else None


BUILD: dict[str, Builder] = {
    **conditions.BUILD,
    **clauses.BUILD,
    **steps.BUILD,
    **scenarios.BUILD,
    "flow": _flow,
    "sentence": _sentence,
    "campaign": _campaign,
    "message": _message,
    "message_line": _message_line,
    "workspace": _workspace,
    "scenario": _scenario,
    "param": _param,
    "start": _start,
}
