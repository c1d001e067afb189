"""Describes what the parser expected: makes the diagnostic for a token that does not fit."""

from __future__ import annotations

from flowdsl.diagnostics.source import Span
from flowdsl.syntax.parser.lalr import LalrParser
from flowdsl.syntax.parser.terminals import LINES
from flowdsl.syntax.parser.tokens import Token

_EVENT = "what happens, such as `member joins program`"
_CONDITION = 'a condition, such as `has tag "vip"` or `plan is "pro"`'
_LENGTH = "a length of time, such as `3 days`"
_NAME = "a name in quotes"
_CLOCK = "a time of day, such as `09:00`"
_DATE = "a date, such as `2026-03-01`"
_DAY = "a day of the week"
_VALUE = "a value: a text in quotes, a number, a date, yes or no"
_TIMES = "how often: `once`, `twice` or `3 times`"

# What must follow after a keyword.
NEEDS = {
    **dict.fromkeys(("WHEN", "OR_WHEN"), _EVENT),
    **dict.fromkeys(
        ("WHERE", "UNLESS", "GOAL", "EXIT_WHEN", "IF", "OTHERWISE_IF", "AND", "OR", "NOT", "LPAR"), _CONDITION
    ),
    **dict.fromkeys(("IS_WITHIN", "FOR_UP_TO", "IN_THE_LAST", "ABOUT", "WITHIN"), _LENGTH),
    **dict.fromkeys(
        ("FLOW", "CAMPAIGN", "EMAIL", "LABEL", "GO_TO", "DESCRIPTION", "SUBJECT", "FROM", "REPLY_TO"), _NAME
    ),
    **dict.fromkeys(("OR_NAME", "TEMPLATE", "BY_COLUMN", "FOR_CONTACT"), _NAME),
    **dict.fromkeys(("IS", "IS_NOT", "IS_ONE_OF", "IS_NONE_OF", "LT", "LE", "GT", "GE"), _VALUE),
    **dict.fromkeys(("STARTING", "ENDING", "IS_BEFORE", "IS_AFTER"), _DATE),
    **dict.fromkeys(("AT_LEAST", "AT_MOST", "MORE_THAN", "FEWER_THAN", "EXACTLY", "REPEAT"), _TIMES),
    "WAIT": _LENGTH,
    "WAIT_UNTIL": 'a time, a day, a date, or something that happens, such as `clicked "Hello"`',
    "THEN": 'an action, such as `send email "Hello"`',
    "BETWEEN": _CLOCK,
    "ON": _DAY,
    "ONLY": "`on` and days, or `between` and hours",
    "LIMIT": "`once per contact`, `3 times per contact` or `one at a time`",
    "PER": "a word such as `contact` or a unit of time",
    "TIMEZONE": 'the name of a time zone such as `"Europe/Paris"`, or `contact`',
    "SPLIT": 'shares, such as `30% "short"`',
    "WITH": "a word and its value",
    "SET": "a word and its value",
    "PARAM": "a word and its value",
    "CAP": "`3 emails per contact every 7 days`",
    "CAPACITY": "`email 5000 per hour`",
    "VARYING_BY": "`gamma` or `beta` and a number",
    "ASSUME": 'who does what, such as `contact opens email "Hello" 35%`',
}
# What else can be named, in the order in which it is suggested.
OTHERS = (
    ("CLOCK", _CLOCK),
    ("DATE", _DATE),
    ("DAY", _DAY),
    ("PERCENT", "a percentage"),
    ("NUMBER", "a number"),
    ("TEXT", "a text in quotes"),
    ("RPAR", "a closing parenthesis"),
    ("PER_CONTACT", "`per contact`"),
    ("PER", "`per`"),
    ("TIMES", "`times`"),
    ("BEFORE", "`before` or `after`"),
    ("AND", "`and`"),
    ("FLOW", "`flow`"),
    ("DEACTIVATE", "`activate`, `deactivate`, `pause`, `resume`, `stop` or `replace`"),
    ("WITH", "`with`"),
    ("EVERY", "`every`"),
    ("UNIT", "a unit of time: seconds, minutes, hours, days, weeks, months or years"),
)
SENTENCES = (
    ("GOAL", "a clause (`unless`, `limit`, `goal`…)"),
    ("THEN", "a step (`then`, `wait`, `if`…)"),
    ("CAP", "a line of the workspace (`timezone`, `from`, `set`, `only`, `cap`, `capacity`)"),
    ("SUBJECT", "a line of the message (`subject`, `from`, `reply to`, `template`)"),
)
MOST_OFFERED = 4
NTH = "the ordinal follows the event: `when client books class the {} time`"


def add_missing(walk: LalrParser, terminal: str, span: Span) -> None:
    """Note that a token does not fit at its place."""
    words = walk.reading.written(span)
    if not walk.last:
        walk.reading.add("E108", f"nothing begins with `{words}`", span)
        return
    needed = _needed(walk)
    if needed:
        walk.reading.add("E120", f"after `{_last_words(walk)}` must come {needed}, not `{words}`", span)
        return
    offered = _offered(walk)
    what = f"; here could stand {_list(offered)}" if offered else ""
    reason = NTH.format(words) if terminal == "ORDINAL" else ""
    walk.reading.add("E101", f"`{words}` does not fit here{what}", span, reason=reason)


def tell_end(walk: LalrParser, last: Token) -> None:
    """Note that something is missing after the last token that was read."""
    opened = next((token for opener, token, _ in reversed(walk.open) if opener == "LPAR"), None)
    if opened is not None and walk.can("RPAR"):
        walk.reading.add("E122", "this parenthesis is not closed", walk.reading.span(opened, opened))
        return
    needed = _needed(walk)
    offered = [needed] if needed else _offered(walk)
    what = f": here must come {_list(offered)}" if offered else ""
    span = walk.reading.span(last, last)
    walk.reading.add("E120", f"after `{_last_words(walk)}` something is missing{what}", span)


def _needed(walk: LalrParser) -> str:
    """What the last keyword requires; "" if that is not possible here."""
    needed = NEEDS.get(walk.last, "")
    if (needed == _CONDITION and not walk.can("NOT")) or (needed == _NAME and not walk.can("TEXT")):
        return ""
    return needed


def _last_words(walk: LalrParser) -> str:
    place = walk.places[-1]
    words = walk.reading.written(walk.reading.span(place[1], place[1])) if place else ""
    return words if words.endswith(('"', "”", "»")) else words.casefold()  # names are exact


def _list(offered: list[str]) -> str:
    return f"{', '.join(offered[:-1])} or {offered[-1]}" if offered[1:] else offered[0]


def _offered(walk: LalrParser) -> list[str]:
    """What is possible here, in words: sentences if any are, else the missing part of the current one."""
    sentences = [words for terminal, words in SENTENCES if walk.can(terminal)]
    if sentences:
        return sentences
    if all(walk.can(terminal) for terminal in LINES):
        return ["a line that begins with `assume` or `at`"]
    if walk.can("TEXT") and walk.can("NUMBER") and walk.can("DATE"):
        return [_VALUE]
    return [words for terminal, words in OTHERS if walk.can(terminal)][:MOST_OFFERED]
