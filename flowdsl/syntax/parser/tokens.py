"""Splits a Source into tokens (words, texts, numbers, signs) and comments.

Keywords are not recognised here: `if` is a WORD until the grammar requires the keyword (lalr.py). Line ends have no
meaning, except that a quoted text ends on its line and that a token knows whether it is the first one of its line.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from flowdsl.diagnostics.source import Source, nfc

# Kinds of tokens that the grammar knows beside keywords. N_TIMES is `4 times`, RATE a number before `per`.
KINDS = ("WORD", "TEXT", "NUMBER", "PERCENT", "DATE", "CLOCK", "N_TIMES", "RATE")
SIGNS = {"(": "LPAR", ")": "RPAR", ",": "COMMA", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE"}
SAME_SIGNS = {"≤": "<=", "≥": ">="}
SIGN_WORDS = {"=": "is", "==": "is", "!=": "is not", "≠": "is not"}  # accepted, and printed as words
QUOTED = ("TEXT", "MIXED", "UNCLOSED", "SINGLE")
MOST_DIGITS = 15  # that a float represents exactly

_BLANK = r"(?:[^\S\n]|[\u200b\u2060\ufeff\u00ad])*+"
_MASTER = re.compile(
    _BLANK
    + r"""(?:
    (?P<WORD>[^\W\d]\w*+(?:[.-]\w++)*+)
  | (?P<LINE>\n)
  | (?P<TEXT>"(?:[^"\\\n]++|\\.)*+"|[“”„‟](?:[^“”‟\\\n]++|\\.)*+[“”‟]|«(?:[^»\\\n]++|\\.)*+»)
  | (?P<DATE>\d{4}-\d{1,2}-\d{1,2}(?![\w:]))
  | (?P<CLOCK>\d{1,2}:\d{1,2}(?![\w:]))
  | (?P<PERCENT>-?\d++(?:\.\d++)?[^\S\n]*+%)
  | (?P<ORDINAL>\d++(?i:st|nd|rd|th)(?!\w))
  | (?P<NUMBER>-?\d++(?:\.\d++)?)
  | (?P<SIGN>[<>=!]=|[()<>=,≤≥≠])
  | (?P<COMMENT>\#[^\n]*)
  | (?P<MIXED>"(?:[^”\\\n]++|\\.)*+”|[“”„‟](?:[^"\\\n]++|\\.)*+")
  | (?P<UNCLOSED>["“”„‟«][^\n]*)
  | (?P<SINGLE>['‘’](?:[^'’\n]++)['’])
  | (?P<NOISE>[^\w\s"“”„‟«()<>=,\#]+|.)
  | (?P<OVER>\Z)
    )""",
    re.VERBOSE,
)
_ESCAPES = {'\\"': '"', "\\\\": "\\", "\\n": "\n"}
_ESCAPE = re.compile(r"\\.")


class Token(NamedTuple):
    """One token: its kind, its text (unescaped for TEXT, casefolded for WORD), its place, and whether it is the first
    on its line."""

    kind: str
    text: str
    start: int
    end: int
    line: int
    column: int
    first: bool


class Comment(NamedTuple):
    """One comment without its `#`; `own` if nothing precedes it on its line; `gap` if an empty line precedes it."""

    text: str
    start: int
    column: int
    own: bool
    gap: bool


def tokenize(source: Source) -> tuple[list[Token], list[Comment]]:
    """All tokens and all comments of a text, in order.

    >>> [token.kind for token in tokenize(Source('wait 3 days  # soon'))[0]]
    ['WORD', 'NUMBER', 'WORD']
    """
    text = source.text
    tokens: list[Token] = []
    comments: list[Comment] = []
    line, first, gap = 1, True, False
    begin = 1 if text[:1] == "\ufeff" else 0  # a byte order mark does not count as a column
    add, new = tokens.append, Token._make
    for match in _MASTER.finditer(text):
        kind = match.lastgroup or "OVER"
        start, end = match.span(kind)
        if kind == "WORD":
            add(new((kind, text[start:end].casefold(), start, end, line, start - begin + 1, first)))
            first = False
        elif kind == "LINE":
            gap = first
            line, begin, first = line + 1, end, True
        elif kind == "COMMENT":
            comments.append(Comment(_remark(text[start:end]), start, start - begin + 1, first, gap))
            first = False
        elif kind != "OVER":
            written = text[start:end]
            if kind in QUOTED:
                written = _content(written, kind == "UNCLOSED")
            elif kind == "SIGN":
                written = SAME_SIGNS.get(written, written)
                kind = SIGNS.get(written, "SIGN")
            add(new((kind, written, start, end, line, start - begin + 1, first)))
            first = False
    return tokens, comments


def _remark(written: str) -> str:
    """The text of a comment, without its sign and the space after it."""
    text = written[1:].rstrip()
    return text[1:] if text[:1] == " " else text


def _content(written: str, unclosed: bool) -> str:
    """The content of a quoted text, without its quotes and escapes, in the normal form of names."""
    inner = written[1:] if unclosed else written[1:-1]
    if written[0] == "«":
        inner = inner.strip()  # French puts a space inside the quotes
    elif unclosed:
        inner = inner.rstrip()
    if "\\" in inner:
        inner = _ESCAPE.sub(lambda match: _ESCAPES.get(match[0], match[0]), inner)
    return inner if inner.isascii() else nfc(inner)
