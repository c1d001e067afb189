"""Colours programs with Pygments, by the kinds of their parts.

nbconvert, Sphinx and consoles find the lexer by the names `flow` and `flowdsl`, and for files that end in .flow.

Lines that begin with `%` (`%%flow`, commands of a notebook) are not part of a program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pygments.lexer import Lexer
from pygments.token import Comment, Generic, Keyword, Name, Number, Punctuation, String, Text

from flowdsl.editing.tokens import tokens

if TYPE_CHECKING:
    from pygments.token import _TokenType

KINDS: dict[str, _TokenType] = {
    "declaration": Keyword.Declaration,
    "keyword": Keyword,
    "unit": Keyword.Type,
    "phrase": Name.Function,
    "name": Name.Variable,
    "text": String,
    "number": Number,
    "sign": Punctuation,
    "comment": Comment.Single,
}
COMMAND = Generic.Prompt
_COMMAND = re.compile(r"^%[^\n]*", re.MULTILINE)


class FlowLexer(Lexer):
    """Colours programs as editors do: by what the parser takes each word for."""

    name = "FlowDSL"
    aliases = ("flow", "flowdsl")
    filenames = ("*.flow",)
    mimetypes = ("text/x-flow",)
    url = ""

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Every letter of the text, in parts: where, what kind, what.

        >>> [(str(kind), part) for _, kind, part in FlowLexer().get_tokens_unprocessed("wait 3 days")][:3]
        [('Token.Keyword', 'wait'), ('Token.Text', ' '), ('Token.Literal.Number', '3')]
        """
        at = 0
        parts = ((KINDS[one.kind], one.start, one.end) for one in tokens(_program(text)))
        for kind, start, end in sorted([*_commands(text), *parts], key=_place):
            if start > at:
                yield at, Text, text[at:start]
            yield start, kind, text[start:end]
            at = end
        if at < len(text):
            yield at, Text, text[at:]


def _place(part: tuple[_TokenType, int, int]) -> int:
    return part[1]


def _commands(text: str) -> Iterator[tuple[_TokenType, int, int]]:
    """The lines that are no part of a program."""
    yield from ((COMMAND, *line.span()) for line in _COMMAND.finditer(text))


def _program(text: str) -> str:
    """The text with blanks for these lines, so that all else keeps its place."""
    return _COMMAND.sub(lambda line: " " * len(line[0]), text)
