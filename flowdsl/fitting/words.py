"""The words of fitted lines: how a program names kinds of events, things and segments."""

from __future__ import annotations

import re

from flowdsl.compiler.decompile.phrases import Inexpressible, match
from flowdsl.fitting.arrays import Label
from flowdsl.plan.expressions import EventMatch
from flowdsl.syntax.keywords import KEYWORDS
from flowdsl.syntax.printer.node_text import line
from flowdsl.vocabulary import VOCABULARY, EventEntry, quoted
from flowdsl.vocabulary.lookup import Form

COLUMN = re.compile(r"[^\W\d]\w*")
CUSTOM = "custom.happened"
_WORDS = {word for said in KEYWORDS.values() for words in said.values() for word in words}


def doing(event: str, name: str, segment: str = "") -> str:
    """Who does what: `contact opens email "A"`, `contacts where plan is "pro" open email "A"`.

    Raises Inexpressible for a kind of event that the vocabulary has no words for.

    >>> doing("email.opened", "A"), doing("offer.bought", "", 'plan is "pro"')
    ('contact opens email "A"', 'contacts where (plan is "pro") buy offer')
    """
    of = EventMatch((event,), (name,) if name else ())
    if segment:
        return f"contacts where ({segment}) {_said(of, 'base')}"
    return _said(of, "third", "contact")


def being(event: str, name: str = "") -> str:
    """What an answer is of: `opening email "A"`.

    >>> being("email.opened", "A")
    'opening email "A"'
    """
    return _said(EventMatch((event,), (name,) if name else ()), "gerund")


def joining(event: str, name: str) -> str:
    """What new contacts do as they come: `join program "Yoga"`."""
    return _said(EventMatch((event,), (name,) if name else ()), "base")


def called(event: str, name: str) -> str:
    """An event in a note: `opens email "A"`."""
    try:
        return _said(EventMatch((event,), (name,) if name else ()), "third")
    except Inexpressible:
        return f'{event} "{name}"' if name else event


def _said(of: EventMatch, form: Form, subject: str = "") -> str:
    return line(match(of, form, subject))


def can_be_said(event: str) -> bool:
    """Whether the vocabulary has words for a kind of event, and it is about no related object, whose own fields and
    dates no rate can make up."""
    row = VOCABULARY.rows.get(event)
    return event == CUSTOM or (isinstance(row, EventEntry) and not row.event.about)


def flag_of(event: str) -> str:
    """The flag that a kind of event sets on a message, "" for other kinds."""
    row = VOCABULARY.rows.get(event)
    return row.event.flag if isinstance(row, EventEntry) else ""


def segment(column: str, value: Label) -> str:
    """A segment as a condition: `plan is "pro"`, `vip is yes`.

    >>> segment("plan", "pro"), segment("vip", True)
    ('plan is "pro"', 'vip is yes')
    """
    if isinstance(value, bool):
        return f"{column} is {'yes' if value else 'no'}"
    return f"{column} is {quoted([str(value)])}"


def is_a_word(column: str) -> bool:
    """Whether a condition can name a column.

    >>> is_a_word("plan"), is_a_word("opt in"), is_a_word("when")
    (True, False, False)
    """
    return COLUMN.fullmatch(column) is not None and column.casefold() not in _WORDS
