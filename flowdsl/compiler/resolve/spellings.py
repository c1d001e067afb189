"""Notes names of things (tags, programs, offers…) that are spelled in two ways.

Names are case-sensitive, so "yoga" and "Yoga" are two programs, which is rarely intended. The first spelling is used.
"""

from __future__ import annotations

from flowdsl.compiler.resolve.phrases import Found
from flowdsl.compiler.resolve.scope import Scope
from flowdsl.diagnostics.suggest import suggested_fix
from flowdsl.syntax import ast
from flowdsl.vocabulary import EventEntry
from flowdsl.vocabulary.columns import blank_name

NAMED_ELSEWHERE = ("", "campaign")  # custom events can have any name; campaigns are declared (messages.py)


def note_spellings(scope: Scope, kind: str, found: Found, slot: str) -> None:
    """Note names in a slot of a phrase that begin or end with a blank, or that differ only in case from an earlier
    spelling of the name."""
    if slot not in found.slots:
        return
    for name in found.slots[slot].items:
        stripped = name.value.strip()
        if stripped != name.value:
            fixes = (suggested_fix(name.span, f'"{stripped}"'),)
            scope.findings.add("E421", blank_name(name.value), name.span, fixes=fixes)
        elif kind not in NAMED_ELSEWHERE:
            _note_other_spelling(scope, kind, name)


def _note_other_spelling(scope: Scope, kind: str, name: ast.Text) -> None:
    first = scope.things.setdefault((kind, name.value.casefold()), name.value)
    if first != name.value:
        fixes = (suggested_fix(name.span, f'"{first}"'),)
        message = f'this {kind} is called "{name.value}" here, and "{first}" elsewhere'
        scope.findings.add("E215", message, name.span, fixes=fixes)


def kind_of(scope: Scope, family: str) -> str:
    """The kind of the names in a set: `tag` for `tags`."""
    rows = (row.event for row in scope.vocabulary.rows.values() if isinstance(row, EventEntry))
    return next((event.noun for event in rows if event.adds == family), "")
