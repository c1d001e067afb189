"""Texts with placeholders: a text goes in; the names between its braces come out, with where they stand.

`{first_name}` is a column, `{trigger.amount}` and `{event.start}` fields, `{business_name}` a word of the workspace,
and `{{` a brace.
"""

from __future__ import annotations

import re

from flowdsl import ast
from flowdsl.calculus import Column
from flowdsl.resolve.refs import qualified
from flowdsl.resolve.scope import Place

_BRACE = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}|[{}]")
_NAME = re.compile(r"[^\W\d][\w-]*(\.[^\W\d][\w-]*)?")


def names_in(text: str) -> tuple[tuple[str, ...], bool]:
    """The names between the braces of a text, and whether all its braces are in order.

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


def note_placeholders(place: Place, text: ast.Text) -> None:
    """Note the columns and words that a text needs; fields that cannot be there are faults."""
    if "{" not in text.value:
        return
    names, is_right = names_in(text.value)
    if not is_right:
        place.findings.add("E414", "a brace in this text opens no name and closes none", text.span)
    for name in names:
        kind, dot, field = name.partition(".")
        found = qualified(place, kind.casefold(), field, text.span, is_whole=False) if dot else Column(name)
        if isinstance(found, Column):
            place.scope.placeholders.append((found.name, text.span))
