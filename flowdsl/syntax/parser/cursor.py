"""The state of the parser at the cursor of an unfinished text: what the grammar allows next, for editors.

Errors before the cursor are skipped as in the parser, so that they do not hide what is possible here.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from flowdsl.diagnostics.source import Source
from flowdsl.syntax import keywords
from flowdsl.syntax.parser import chunks, mended
from flowdsl.syntax.parser.context import ParseContext
from flowdsl.syntax.parser.lalr import LalrParser, TooDeep
from flowdsl.syntax.parser.recovery import recover
from flowdsl.syntax.parser.tokens import Comment, Token, tokenize


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was parsed: its terminal of the grammar, and its tokens from first to last."""

    terminal: str
    first: Token
    last: Token


@dataclass(frozen=True)
class Place:
    """The end of a text: what was parsed of its last declaration, and what may come next.

    begins   whether a new declaration may begin here: nothing is before it on its line
    walk     the parser, in its state after the text
    """

    said: tuple[Said, ...]
    begins: bool
    walk: LalrParser

    def can(self, terminal: str) -> bool:
        """Whether the grammar allows a terminal next."""
        return self.walk.can(terminal)

    @property
    def keywords(self) -> tuple[str, ...]:
        """The ids of all keywords that may come next, except those that begin a declaration (see `begins`).

        >>> "for_up_to" in place('when member joins program wait until clicked "A"').keywords
        True
        """
        return tuple(one for one in keywords.KEYWORDS if self._may_come(one))

    def _may_come(self, keyword: str) -> bool:
        is_apart = not self.said and keyword in keywords.DECLARATIONS
        return not is_apart and self.can(keywords.terminal(keyword))


def place(text: str) -> Place:
    """The state at the end of a text. Never raises.

    >>> place("when member joins program wait 3").can("UNIT")
    True
    """
    reading = ParseContext(Source(text))
    tokens, _ = tokenize(reading.source)
    begins = not text or text.endswith("\n")
    *_, last = ([], *chunks(tokens))
    walk = LalrParser(reading, mended(reading, last))
    said: list[Said] = []
    try:
        _read(walk, said)
    except TooDeep:
        begins = False
    return Place(tuple(said), begins, walk)


def readings(text: str) -> tuple[list[Said], list[Comment]]:
    """Everything that is parsed in a text, declaration after declaration, and its comments. Never raises.

    >>> [one.terminal for one in readings("wait 3 days")[0]]
    ['WAIT', 'NUMBER', 'UNIT']
    """
    reading = ParseContext(Source(text))
    tokens, comments = tokenize(reading.source)
    said: list[Said] = []
    for chunk in chunks(tokens):
        with suppress(TooDeep):
            _read(LalrParser(reading, mended(reading, chunk)), said)
    return said, comments


def _read(walk: LalrParser, said: list[Said]) -> None:
    """Takes one token after another, as the parser does, and notes what each was."""
    at = 0
    while at < len(walk.tokens) and not walk.reading.is_full:
        token = walk.tokens[at]
        if token.kind == "NOISE":
            at += 1
            continue
        terminal, value, width = walk.read(at)
        if walk.take(terminal, value, token, walk.tokens[at + width - 1]):
            said.append(Said(terminal, token, walk.tokens[at + width - 1]))
            at += width
        else:
            at = recover(walk, at)
