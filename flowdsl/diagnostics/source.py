"""Texts and the places in them. A Source is a text with a name; a Span is a place in it.

A span stores its line and column, so that a plan that was loaded on another machine can name the line of a step without
the text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one source: `start` and `end` are character offsets, `line` and `column` count from 1."""

    file: str
    start: int
    end: int
    line: int
    column: int

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of the other.

        >>> Span("a", 0, 4, 1, 1).to(Span("a", 9, 12, 2, 3))
        Span(file='a', start=0, end=12, line=1, column=1)
        """
        return Span(self.file, self.start, max(self.end, other.end), self.line, self.column)


NOWHERE = Span("", 0, 0, 0, 0)


@dataclass(frozen=True)
class Source:
    """One text with the name that messages show: a path, or `program` for a text without a file."""

    text: str
    name: str = "program"
    _starts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts = [0]
        position = self.text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.text.find("\n", position + 1)
        object.__setattr__(self, "_starts", tuple(starts))

    def span(self, start: int, end: int) -> Span:
        """The span between two character offsets.

        >>> Source("when\\nthen").span(5, 9)
        Span(file='program', start=5, end=9, line=2, column=1)
        """
        line = bisect_right(self._starts, start)
        return Span(self.name, start, end, line, start - self._starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of one line (from 1), without its end.

        >>> Source("when\\nthen").line(2)
        'then'
        """
        if not 1 <= number <= len(self._starts):
            return ""
        start = self._starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start:] if end < 0 else self.text[start:end].rstrip("\r")

    @cached_property
    def is_blank(self) -> bool:
        """True when the text contains only white space."""
        return not self.text.strip()


def nfc(name: str) -> str:
    """A name in Unicode normal form C, in which names are compared (docs/reference/language.md#text).

    >>> nfc("Cafe\\u0301") == "Caf\\u00e9"
    True
    """
    return unicodedata.normalize("NFC", name)


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, however they are joined.

    >>> words_of("canEmail"), words_of("Opt-in e-mail"), words_of("ID")
    (('can', 'email'), ('opt', 'in', 'email'), ('id',))
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    plain = re.sub(r"[\W_]+", " ", parted.casefold()).strip()
    return tuple(re.sub(r"\be (?=mails?\b)", "e", plain).split())
