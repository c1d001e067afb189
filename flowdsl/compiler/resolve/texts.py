"""Finds the placeholders in texts and notes those that are wrong.

`{first_name}` is a column, `{trigger.amount}` and `{event.start}` are fields, `{business_name}` is a word of the
workspace, and `{{` is a literal brace. Placeholders in the style of other products get a warning.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence

from flowdsl.compiler.resolve.foreign_placeholders import Foreign, foreign_in, foreign_in_template
from flowdsl.compiler.resolve.refs import qualified
from flowdsl.compiler.resolve.scope import ResolveContext
from flowdsl.diagnostics.source import Source, Span
from flowdsl.diagnostics.suggest import suggested_fix
from flowdsl.plan.expressions import Column
from flowdsl.syntax import ast

_BRACE = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}|[{}]")
NAME = r"[^\W\d][\w-]*(?:\.[^\W\d][\w-]*)?"
_NAME = re.compile(NAME)
IN_TEMPLATE = re.compile(rf"\{{\{{(?P<kept>{NAME})\}}\}}|\{{(?P<name>{NAME})\}}")  # {{name}} stands for {name} itself


def names_in(text: str) -> tuple[tuple[str, ...], bool]:
    """The names between the braces of a text, and whether all its braces are valid.

    >>> names_in("Hello {first_name}, {{ {event.start}")
    (('first_name', 'event.start'), True)
    >>> names_in("Hello {first name")
    ((), False)
    """
    names: list[str] = []
    is_right = True
    for match in _BRACE.finditer(text):
        if match[1] is not None and _NAME.fullmatch(match[1].strip()):
            names.append(match[1].strip())
        elif match[0] not in ("{{", "}}", "}"):  # a closing brace alone does no harm
            is_right = False
    return tuple(names), is_right


def note_placeholders(text: ast.Text, *places: ResolveContext, message: Hashable = None) -> None:
    """Note the columns and words that a text needs in these contexts, and diagnostics for fields that cannot exist.
    message: identifies the message that the text is part of, if it has several."""
    findings, spans = places[0].findings, list[tuple[Foreign, Span | None]]()
    for one in foreign_in(text.value):
        if not one.written.startswith("{%"):  # this is reported as a misplaced brace
            spans.append((one, findings.span_in(text.span, one.written)))
    _note_foreign(places[0], message or text.span, spans, text.span)
    if "{" not in text.value:
        return
    names, is_right = names_in(text.value)
    if not is_right:
        places[0].findings.add("E414", "a brace in this text opens no name and closes none", text.span)
    for name in names:
        _note(name, text.span, places)


def note_template(source: Source, *places: ResolveContext, message: Hashable) -> None:
    """The same for a template file. It may contain many other braces, which are left unchanged."""
    found = ((one, source.span(one.start, one.end)) for one in foreign_in_template(source.text))
    _note_foreign(places[0], message, found, source.span(0, 0))
    for match in IN_TEMPLATE.finditer(source.text):
        if match["name"]:
            _note(match["name"], source.span(*match.span()), places)


def _note(name: str, span: Span, places: Sequence[ResolveContext]) -> None:
    kind, dot, field = name.partition(".")
    for context in places:
        found = qualified(context, kind.casefold(), field, span, is_whole=False) if dot else Column(name)
        if isinstance(found, Column) and (found.name, span) not in context.scope.placeholders[-1:]:
            context.scope.placeholders.append((found.name, span))


def _note_foreign(
    context: ResolveContext, message: Hashable, found: Iterable[tuple[Foreign, Span | None]], around: Span
) -> None:
    """Warn about each placeholder of another product, once for each message."""
    for one, span in found:
        if (message, one.written) in context.scope.foreign:
            continue
        context.scope.foreign.add((message, one.written))
        fixes = (suggested_fix(span, f"{{{one.name}}}"),) if span and one.name else ()
        context.findings.add(
            "W309",
            f"`{one.written}` is no placeholder here; it is sent as it stands",
            span or around,
            words=one.written,
            example=f'send email "Hello {{{one.name}}}"' if one.name else "",
            fixes=fixes,
        )
