"""Notes names of messages and campaigns that are probably misspelled.

Messages need no declaration, so a misspelled name can only be recognised by its similarity to another name.
"""

from __future__ import annotations

from collections.abc import Iterable

from flowdsl.compiler.resolve.scope import Scope
from flowdsl.diagnostics.suggest import suggested_fix
from flowdsl.syntax import ast

MOST_COMPARED = 200  # names; comparing more of them would take too long


def note_near_declared(scope: Scope, channel: str, name: ast.Text) -> None:
    """Note the name of a send that is similar to a declared one."""
    _note_near(scope, name, scope.messages.get(channel, frozenset()), f"no {channel} is called")


def note_never_sent(scope: Scope) -> None:
    """Note names in conditions, waits and triggers that are similar to those of messages sent or declared.

    A name that is similar to none is not an error: its message may be in a table of events.
    """
    if scope.partial:  # it may be in the part that could not be read
        return
    known = {channel: set(names) for channel, names in scope.messages.items()}
    for channel, name in scope.sent:
        known.setdefault(channel, set()).add(name)
    for channels, text in scope.mentioned:
        sets = [known[channel] for channel in channels or known if channel in known]
        if any(text.value in names for names in sets) or sum(map(len, sets)) > MOST_COMPARED:
            continue
        names = set().union(*sets) - {""}
        _note_near(scope, text, names, "no message that is sent or declared is called")


def note_near_campaigns(scope: Scope, names: Iterable[ast.Text]) -> None:
    """Note names that are similar to those of campaigns of the program; other names may belong to other programs."""
    for name in names:
        _note_near(scope, name, scope.campaigns, "no campaign is called")


def _note_near(scope: Scope, name: ast.Text, known: Iterable[str], none: str) -> None:
    names = frozenset(known)
    if name.value in names or len(names) > MOST_COMPARED:
        return
    meant = scope.findings.suggest(name.value, sorted(names), 0.85)
    if not meant or _digits(meant) != _digits(name.value):
        return
    scope.findings.add(
        "E215" if meant.casefold() == name.value.casefold() else "W201",
        f'{none} "{name.value}", but one is called "{meant}"',
        name.span,
        fixes=(suggested_fix(name.span, f'"{meant}"'),),
    )


def _digits(name: str) -> str:
    """The digits of a name: "Lesson 1" and "Lesson 2" are two messages, not one misspelled."""
    return "".join(letter for letter in name if letter.isdigit())
