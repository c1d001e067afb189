"""Finds placeholders in messages that nothing fills.

Only messages of active flows are checked: a paused flow may still be unfinished.
"""

from __future__ import annotations

from collections.abc import Iterator

from flowdsl.compiler.checks.columns import assigned, uses
from flowdsl.compiler.resolve import resolve, walk
from flowdsl.compiler.resolved import Act, Resolved
from flowdsl.diagnostics.diagnostic import Diagnostic
from flowdsl.diagnostics.source import Span
from flowdsl.plan.expressions import Send
from flowdsl.syntax import ast, files
from flowdsl.workspace.entries import Folder
from flowdsl.workspace.validation import diagnostic

USUAL = ("first_name", "last_name", "full_name", "name", "email", "phone")  # columns that nearly all contacts have


def unfilled(folder: Folder, knows_contacts: bool = False) -> list[Diagnostic]:
    """Each placeholder in the texts of active flows that is empty in the workspace or has no known source, at its first
    place. If contacts are known, their columns have already been checked."""
    meant = resolve(folder.program, folder.diagnostics)[0]
    words = {word.name: word.value for word in meant.policy.words}
    known = {*USUAL, *(use.name for use in uses(meant)), *assigned(meant)}
    found: dict[str, Diagnostic] = {}
    for name, span in _in_use(folder, meant):
        if words.get(name, name) == "":
            found.setdefault(name, _unfilled(name, _set(folder.program, name) or span, "is set to nothing"))
        elif not (knows_contacts or name in words or name in known or _is_column(folder, name, span)):
            found.setdefault(name, _unfilled(name, span, "is filled by nothing: no `set` of the workspace gives it"))
    return list(found.values())


def _in_use(folder: Folder, meant: Resolved) -> Iterator[tuple[str, Span]]:
    """The placeholders of active flows, of the messages they send with their templates, and of the workspace."""
    active = [flow for flow in meant.flows if not flow.paused]
    effects = [step.effect for flow in active for step in walk.steps(flow.steps) if isinstance(step, Act)]
    sent = {(effect.channel, effect.message) for effect in effects if isinstance(effect, Send)}
    places = [flow.span for flow in active]
    for each in folder.program.declarations:
        if isinstance(each, ast.Workspace) or (
            isinstance(each, ast.Message) and (each.channel, each.name.value) in sent
        ):
            places.append(each.span)
    letters = {file for place in places for file in _templates(folder, place)}
    for name, span in meant.placeholders:
        if span.file in letters or any(
            place.file == span.file and place.start <= span.start < place.end for place in places
        ):
            yield name, span


def _templates(folder: Folder, place: Span) -> Iterator[str]:
    """The template file of the message at a place."""
    for each in folder.program.declarations:
        if isinstance(each, ast.Message) and each.span == place:
            yield from (str(path) for _, path in files.templates(each))


def _is_column(folder: Folder, name: str, span: Span) -> bool:
    """True if the text contains `{contact.plan}`."""
    return f"contact.{name}" in folder.source(span.file).text[span.start : span.end]


def _set(program: ast.Program, name: str) -> Span | None:
    lines = [line for each in program.declarations if isinstance(each, ast.Workspace) for line in each.lines]
    return next((line.span for line in lines if isinstance(line, ast.SetWord) and line.key.text == name), None)


def _unfilled(name: str, span: Span, what: str) -> Diagnostic:
    return diagnostic("E901", f"{{{name}}} {what}", span, f"{{{name}}}")
