"""Turns single tokens into the word, name, number or date that they represent."""

from __future__ import annotations

from datetime import date

from flowdsl.diagnostics.diagnostic import Fix
from flowdsl.diagnostics.source import nfc
from flowdsl.syntax import ast, keywords
from flowdsl.syntax.keywords import Keyword
from flowdsl.syntax.parser.context import ParseContext
from flowdsl.syntax.parser.tokens import MOST_DIGITS, Token

SIGN_IDS = {"LT": "lt", "LE": "le", "GT": "gt", "GE": "ge"}


def word(reading: ParseContext, token: Token) -> ast.Word:
    """A bare word, as written."""
    text = reading.source.text[token.start : token.end]
    return ast.Word(text if text.isascii() else nfc(text), span=reading.span(token, token))


def leaf(reading: ParseContext, token: Token) -> ast.Node | str | None:
    """The node of a token that is neither word nor keyword; None for a sign that only holds things together."""
    span = reading.span(token, token)
    match token.kind:
        case "TEXT":
            return ast.Text(token.text, span=span)
        case "NUMBER":
            return ast.Number(_number(reading, token, token.text), span=span)
        case "PERCENT":
            return ast.Percent(_number(reading, token, token.text.rstrip("% \t\u00a0\u202f")), span=span)
        case "DATE":
            return ast.Date(_date(reading, token), span=span)
        case "CLOCK":
            return ast.Clock(_minute(reading, token), span=span)
    return SIGN_IDS.get(token.kind)


def kept(reading: ParseContext, keyword: Keyword, tokens: list[Token]) -> ast.Node | str | None:
    """What a node has to know of a keyword: mostly nothing (None), else its id, a count, or a word."""
    if keyword.id in keywords.SIGNIFICANT:
        return keyword.id
    span = reading.span(tokens[0], tokens[-1])
    if keyword.id in ("the_nth", "every_nth"):
        return ast.Nth(_ordinal(tokens[1]), keyword.id == "every_nth", span=span)
    if keyword.id in ("once", "twice"):
        return ast.Number(1 if keyword.id == "once" else 2, span=span)
    if keyword.id == "set":
        return word(reading, tokens[0])
    return None


def _ordinal(token: Token) -> int:
    named = keywords.ORDINALS["en"].get(token.text)
    return named if named else int(token.text[:-2][:MOST_DIGITS])


def _number(reading: ParseContext, token: Token, text: str) -> int | float:
    if len(text) > MOST_DIGITS:
        reading.add("E113", f"this number has more than {MOST_DIGITS} digits", reading.span(token, token))
        return 0
    return float(text) if "." in text else int(text)


def _date(reading: ParseContext, token: Token) -> date:
    year, month, day = (int(part) for part in token.text.split("-"))
    try:
        return date(year, month, day)
    except ValueError:
        span = reading.span(token, token)
        fixes = []
        if 12 < month <= 31 and 1 <= day <= 12:
            fixes.append(Fix(span, f"{year:04}-{day:02}-{month:02}", "did you mean year, month, day?"))
        reading.add("E111", f"there is no day {token.text}", span, fixes=fixes)
        return date.min


def _minute(reading: ParseContext, token: Token) -> int:
    hour, minute = (int(part) for part in token.text.split(":"))
    if minute < 60 and (hour < 24 or (hour, minute) == (24, 0)):
        return hour * 60 + minute
    reading.add("E112", f"there is no time of day {token.text}", reading.span(token, token))
    return 0
