"""Resolves references: a word such as `plan`, `trigger.amount` or `event.start` becomes a Ref.

In a `where`, a bare name is a field of the trigger's events if they are known to have it, else a column of the contact.
Custom events may have any field, so after them a bare name can be both; comparisons.py writes this out.
"""

from __future__ import annotations

from flowdsl.compiler.resolve.scope import ResolveContext
from flowdsl.diagnostics.source import Span
from flowdsl.diagnostics.suggest import suggested_fix
from flowdsl.plan.expressions import Column, ObjectField, Ref, TriggerField
from flowdsl.syntax import ast
from flowdsl.vocabulary import EventEntry

PLAIN = ("", "tag", "group", "page", "link", "form", "status", "name")  # objects of events that no catalogue lists


def ref(context: ResolveContext, word: ast.Word) -> Ref | None:
    """The column or field of a word; a field that cannot exist gives a diagnostic."""
    kind, dot, name = word.text.partition(".")
    if dot:
        return qualified(context, kind.casefold(), name, word.span)
    if context.in_where and word.text in context.fields:
        context.scope.bare.append((word.text, word.span))
        return TriggerField(word.text, span=word.span)
    return Column(word.text, span=word.span)


def qualified(context: ResolveContext, kind: str, name: str, span: Span, is_whole: bool = True) -> Ref | None:
    """The field of a dotted name; the span is that of the name, or of the whole text that contains it."""
    if kind in context.scope.vocabulary.subjects:
        return Column(name, span=span)
    if kind == "trigger":
        if not context.has_event:
            message = f"no event starts {context.called.rstrip(',')}, so its trigger has no fields"
            context.findings.add("E314", message, span)
            return None
        if context.carried is not None and name not in context.carried and not _may_be_catalogued(context, name):
            _not_carried(context, name, span, is_whole)
            return None
        return TriggerField(name, span=span)
    known = context.scope.vocabulary.objects.get(kind)
    if known is None:
        _unknown_kind(context, kind, name, span, is_whole)
        return None
    if kind not in context.about:
        context.findings.add("E312", f"{context.called} is not about {a(kind)}, so there is no `{kind}.{name}`", span)
        return None
    return ObjectField(kind, name, span=span)


def a(kind: str) -> str:
    """A kind of object with its article.

    >>> a("invoice"), a("quote")
    ('an invoice', 'a quote')
    """
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _may_be_catalogued(context: ResolveContext, name: str) -> bool:
    """True for a field that a catalogue may provide for the program, offer… that the event is about. Fields of other
    events and misspelled fields are excluded, as are tags and pages, which no catalogue lists."""
    vocabulary = context.scope.vocabulary
    events = [row for row in vocabulary.rows.values() if isinstance(row, EventEntry)]
    known = {field for row in events for field in (row.event.noun, *row.fields)}
    carried = context.carried or frozenset()
    listed = {row.event.noun for row in events if not row.event.channel} - set(PLAIN)
    is_listed = bool(listed & carried)
    return is_listed and name not in known and not context.findings.suggest(name, carried)


def _not_carried(context: ResolveContext, name: str, span: Span, is_whole: bool) -> None:
    known = sorted(context.carried or ())
    meant = context.findings.suggest(name, known)
    fixes = (suggested_fix(span, f"trigger.{meant}"),) if meant and is_whole else ()
    there = ", ".join(f"`trigger.{each}`" for each in known) or "no fields"
    message = f"what starts {context.called} does not carry `trigger.{name}`; it carries {there}"
    context.findings.add("E315", message, span, fixes=fixes)


def _unknown_kind(context: ResolveContext, kind: str, name: str, span: Span, is_whole: bool) -> None:
    meant = context.findings.suggest(kind, ["trigger", "contact", *context.scope.vocabulary.objects])
    fixes = (suggested_fix(span, f"{meant}.{name}"),) if meant and is_whole else ()
    context.findings.add("E214", f"nothing is called `{kind}`, so there is no `{kind}.{name}`", span, fixes=fixes)
