"""Splits a text into parts, each with its kind and place, for syntax colouring.

What a word is depends on its place, and the parser decides it: `event` in `event is created` is a word of a phrase, and
`email` in `send email` is no declaration. A text with diagnostics is coloured as far as it is understood.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flowdsl.editing import word_lists
from flowdsl.syntax import keywords
from flowdsl.syntax.keywords import DAY_SETS, DAYS, UNITS
from flowdsl.syntax.parser.cursor import Said, readings
from flowdsl.syntax.parser.tokens import Comment

KINDS = ("declaration", "keyword", "unit", "phrase", "name", "text", "number", "sign", "comment")
_TIME = {keywords.terminal(one) for one in (*UNITS, *DAYS, *DAY_SETS)}
_HEADS = {keywords.terminal(one) for one in keywords.DECLARATIONS}
_SIGNS = {"LPAR", "RPAR", "COMMA", "LT", "LE", "GT", "GE", "STRAY"}
_NUMBERS = {"NUMBER", "PERCENT", "DATE", "CLOCK", "RATE"}


class Token(NamedTuple):
    """A part of a text: its kind (one of KINDS), and where it stands, in characters; end is behind it."""

    kind: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """All parts of a text in their order; blanks and what means nothing are left out. Never raises.

    >>> [(one.kind, 'wait 3 days # soon'[one.start:one.end]) for one in tokens('wait 3 days # soon')]
    [('keyword', 'wait'), ('number', '3'), ('unit', 'days'), ('comment', '# soon')]
    """
    said, comments = readings(text)
    known = word_lists.of_phrases()
    parts = [part for one in said for part in _parts(one, known, text)]
    return sorted([*parts, *(_comment(one, text) for one in comments)], key=lambda part: part.start)


def _comment(one: Comment, text: str) -> Token:
    end = text.find("\n", one.start)
    return Token("comment", one.start, len(text) if end < 0 else end)


def _parts(said: Said, known: frozenset[str], text: str) -> Iterator[Token]:
    """The parts of one thing that was read; a number keeps apart from the `times` behind it."""
    first, last, terminal = said.first, said.last, said.terminal
    if terminal == "N_TIMES":
        yield Token("number", first.start, first.end)
        yield Token("keyword", last.start, last.end)
        return
    yield Token(_kind(terminal, first.text, known), first.start, last.end)


def _kind(terminal: str, word: str, known: frozenset[str]) -> str:
    if terminal == "WORD":
        return "phrase" if word in known else "name"
    if terminal == "TEXT":
        return "text"
    if terminal in _NUMBERS:
        return "number"
    if terminal in _SIGNS:
        return "sign"
    if terminal in _TIME:
        return "unit"
    return "declaration" if terminal in _HEADS else "keyword"
