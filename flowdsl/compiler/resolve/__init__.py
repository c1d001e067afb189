"""Resolves a syntax tree: looks up every phrase and name, and gathers all errors.

phrases finds rows of the vocabulary; refs, values, comparisons, conditions, events, triggers, actions, messages, steps,
flows, workspace, scenario and texts each resolve what their names say. scope has what names refer to, findings gathers
the diagnostics, walk traverses resolved flows. No later stage sees raw words. Anything that is not understood is
replaced by something neutral, so that checks can look at the whole program and report all diagnostics at once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from flowdsl.compiler.resolve import walk
from flowdsl.compiler.resolve.events import needed_events
from flowdsl.compiler.resolve.flows import flow
from flowdsl.compiler.resolve.messages import note_never_sent
from flowdsl.compiler.resolve.scenario import world
from flowdsl.compiler.resolve.scope import Scope
from flowdsl.compiler.resolve.values import note_unused
from flowdsl.compiler.resolve.workspace import policy
from flowdsl.compiler.resolved import Act, Flow, Resolved
from flowdsl.diagnostics.catalogue.meaning import MEANING
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.diagnostic import Diagnostic
from flowdsl.diagnostics.source import Span
from flowdsl.plan import plan
from flowdsl.plan.expressions import CHANNELS, ChangeMembership, Column, Consent, Event, Has, MessageStatus, SetField
from flowdsl.syntax import ast
from flowdsl.vocabulary import VOCABULARY, Vocabulary

__all__ = ["flow_names", "resolve"]


def resolve(
    program: ast.Program,
    syntax: Sequence[Diagnostic] = (),
    vocabulary: Vocabulary = VOCABULARY,
    *,
    is_alone: bool = False,
) -> tuple[Resolved, list[Diagnostic]]:
    """Look up every phrase and name of a program.

    syntax: the errors of parsing. In declarations with such errors, nothing is concluded from missing parts (in all
    declarations, if a partial program comes without its errors). If there are errors the result is `partial`: it can be
    checked, but not lowered. is_alone: the program is a scenario whose flows are somewhere else.

    >>> resolved, diagnostics = resolve(ast.Program(()))
    >>> resolved.flows, diagnostics
    ((), [])
    """
    findings = DiagnosticCollector(MEANING, program.sources)
    flows = [each for each in program.declarations if isinstance(each, ast.Flow | ast.Campaign)]
    names = flow_names(flows)
    scope = Scope(
        findings,
        _params(findings, program),
        _spans(findings, flows, names),
        frozenset(each.name.value for each in flows if isinstance(each, ast.Campaign)),
        _messages(findings, program),
        templates={source.name: source for source in program.sources},
        vocabulary=vocabulary,
        partial=program.partial,
        is_alone=is_alone,
    )
    damaged = _damaged(program, syntax)
    resolved_flows = tuple(
        flow(scope, each, name, id(each) in damaged) for each, name in zip(flows, names, strict=True)
    )
    messages = tuple(each for each in program.declarations if isinstance(each, ast.Message))
    decided = policy(scope, _workspace(findings, program), messages)
    worlds = tuple(world(scope, each, name) for each, name in _scenarios(findings, program))
    note_never_sent(scope)
    note_unused(scope)
    return (
        Resolved(
            resolved_flows,
            decided,
            worlds,
            _events(scope, resolved_flows, worlds),
            tuple(scope.placeholders),
            partial=program.partial or findings.has_errors,
            bare=tuple(scope.bare),
            sources=program.sources,
        ),
        findings.in_order(),
    )


def _damaged(program: ast.Program, syntax: Sequence[Diagnostic]) -> set[int]:
    """The ids of the declarations that contain a syntax error, or are followed by one before the next declaration."""
    if not program.partial:
        return set()
    if not syntax:
        return {id(each) for each in program.declarations}
    begins = sorted((each.span.file, each.span.start, at) for at, each in enumerate(program.declarations))
    hit = {
        bisect_right(begins, (diagnostic.span.file, diagnostic.span.start, len(begins))) - 1
        for diagnostic in syntax
        if diagnostic.span
    }
    return {id(program.declarations[begins[at][2]]) for at in hit if at >= 0}


# --- names of declarations --------------------------------------------------------------------------------------------


def flow_names(flows: Iterable[ast.Flow | ast.Campaign]) -> list[str]:
    """The names of the flows: a bare sentence has the name of its file, else `flow 1`."""
    names: list[str] = []
    bare = 0
    for each in flows:
        if each.name:
            names.append(each.name.value)
            continue
        bare += 1
        file = PurePath(each.span.file)
        names.append(file.stem if file.suffix == ".flow" and file.stem not in names else f"flow {bare}")
    return names


def _spans(
    findings: DiagnosticCollector, flows: Iterable[ast.Flow | ast.Campaign], names: Iterable[str]
) -> dict[str, Span]:
    spans: dict[str, Span] = {}
    for each, name in zip(flows, names, strict=True):
        span = each.name.span if each.name else each.span
        if name in spans:
            what = "campaign" if isinstance(each, ast.Campaign) else "flow"
            _note_second(findings, what, name, span, spans[name])
        spans.setdefault(name, span)
    return spans


def _note_second(findings: DiagnosticCollector, what: str, name: str, span: Span, first: Span) -> None:
    findings.add("E213", f'there are two {what}s called "{name}"{_first(first, span)}', span)


def _first(first: Span, second: Span) -> str:
    """The place of the first of two declarations, seen from the second: they may be in different files."""
    if not first.line:
        return ""
    return f"; the first stands {f'in {first.file}, ' if first.file != second.file else 'on '}line {first.line}"


def _params(findings: DiagnosticCollector, program: ast.Program) -> dict[str, ast.Param]:
    params: dict[str, ast.Param] = {}
    for each in program.declarations:
        if isinstance(each, ast.Param):
            if each.name.text in params:
                _note_second(findings, "param", each.name.text, each.name.span, params[each.name.text].span)
            params.setdefault(each.name.text, each)
    return params


def _messages(findings: DiagnosticCollector, program: ast.Program) -> dict[str, frozenset[str]]:
    spans: dict[tuple[str, str], Span] = {}
    for each in program.declarations:
        if isinstance(each, ast.Message):
            key = each.channel, each.name.value
            if key in spans:
                _note_second(findings, each.channel, each.name.value, each.name.span, spans[key])
            spans.setdefault(key, each.name.span)
    return {each: frozenset(name for channel, name in spans if channel == each) for each in {each for each, _ in spans}}


def _workspace(findings: DiagnosticCollector, program: ast.Program) -> ast.Workspace | None:
    found = [each for each in program.declarations if isinstance(each, ast.Workspace)]
    for each in found[1:]:
        findings.add("E213", f"there are two workspaces{_first(found[0].span, each.span)}", each.span)
    return found[0] if found else None


def _scenarios(findings: DiagnosticCollector, program: ast.Program) -> list[tuple[ast.Scenario, str]]:
    named: list[tuple[ast.Scenario, str]] = []
    spans: dict[str, Span] = {}
    for each in program.declarations:
        if isinstance(each, ast.Scenario):
            name = each.name.value if each.name else f"scenario {len(named) + 1}"
            span = each.name.span if each.name else each.span
            if name in spans:
                _note_second(findings, "scenario", name, span, spans[name])
            spans.setdefault(name, span)
            named.append((each, name))
    return named


# --- the events that the plan needs -----------------------------------------------------------------------------------


def _events(scope: Scope, flows: tuple[Flow, ...], worlds: tuple[plan.World, ...]) -> tuple[Event, ...]:
    named: set[str] = set()
    families: set[str] = set()
    columns: set[str] = set()
    channels = {channel for channel, _ in scope.sent}
    tests = [test.expr for each in flows for test in walk.tests(each)]
    tests += [test.expr for test in walk.world_tests(worlds)]
    for expr in (inner for test in tests for inner in walk.inside(test)):
        if isinstance(expr, Has):
            families.add(expr.family)
        elif isinstance(expr, Consent):
            channels.add(expr.channel)
        elif isinstance(expr, MessageStatus):
            channels.update(expr.channels or {by for by, name in scope.sent if name == expr.name} or CHANNELS)
        elif isinstance(column := walk.left(expr), Column):
            columns.add(column.name)
    for each in flows:
        if each.kind == "campaign":
            named.update(("campaign.joined", "campaign.left", "campaign.completed"))
        named.update(kind for match in walk.matches(each) for kind in match.events)
        named.update(_caused(each))
    for answer in (answer for each in worlds for answer in each.answers):
        named.update((answer.event, *answer.cause.events))
    named.update(rate.event for each in worlds for rate in each.rates)
    named.update(arrival.event for each in worlds for arrival in each.arrivals)
    families.update(share.family for each in worlds for share in each.shares)
    named.update(
        kind for test in walk.world_tests(worlds) for match in walk.counted(test.expr) for kind in match.events
    )
    return needed_events(scope.vocabulary, named, families, channels, columns)


def _caused(each: Flow) -> Iterable[str]:
    for step in walk.steps(each.steps):
        if isinstance(step, Act) and isinstance(step.effect, ChangeMembership | SetField):
            yield step.effect.event
