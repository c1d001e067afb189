"""Completion: what may come next at a cursor, the most likely first.

Three sources, in this order: the grammar says which keywords may come, the vocabulary how the phrase that was begun may
go on, programs and tables what can be named or compared. Behind the cursor only names are looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flowdsl.calendar.zones import zone_names
from flowdsl.editing import phrases
from flowdsl.editing.names import NO_NAMES, Names, noun_of, used
from flowdsl.editing.phrases import COMPARED, Kind, Offer, as_keywords
from flowdsl.syntax import keywords
from flowdsl.syntax.keywords import KEYWORDS
from flowdsl.syntax.parser.cursor import Place, Said, place

_FRAGMENT = re.compile(r"[\w.-]*\Z")
_REST = re.compile(r"[^\n]*")
_COMMENT = re.compile(r'\A(?:[^"“«#]|"[^"]*"|“[^”]*”|«[^»]*»)*#')
_LEADING = (
    "contact", "member", "then", "wait", "if", "when", "unless", "is", "for up to", "days", "hours", "it happened",
    "end",
)  # fmt: skip
ORDINAL = "<ordinal>"


@dataclass(frozen=True, slots=True)
class Completion:
    """One thing that may come: its text, what it replaces (characters from start to just before end), what kind of
    thing it is, and a few words about it."""

    text: str
    start: int
    end: int
    kind: Kind
    help: str = ""


def complete(text: str, cursor: int, names: Names = NO_NAMES) -> list[Completion]:
    """What may stand at a cursor (an offset in characters), in place of the part of a word before it. Never raises.

    >>> [one.text for one in complete("when member joins pr", 20)]
    ['program', 'programs']
    >>> [one.text for one in complete("when member joins program wait 3 da", 35)]
    ['days']
    """
    before = text[: max(cursor, 0)]
    line = before[before.rfind("\n") + 1 :]
    if _COMMENT.match(line):
        return []
    quote = _open_quote(line)
    if quote >= 0:
        begin = len(before) - len(line) + quote
        apart = before[:begin] + text[len(before) + len(_REST.match(text, len(before))[0]) :]  # type: ignore[index]
        found = _quoted(place(before[:begin]), apart, names)
        return _made(found, before, begin, _behind_quote(text, len(before)))
    begin = len(before) - len(_word(line))
    offers = _next(place(before[:begin]), text, names, begin < len(before))
    whole = _made(offers, before, begin, len(before))
    return whole or _longer(before, line)


def _word(line: str) -> str:
    """The part of a word at the end of a line."""
    found = _FRAGMENT.search(line)
    return found[0] if found else ""


def _longer(before: str, line: str) -> list[Completion]:
    """Keywords of several words of which more than one has been said: `the`, `for up`, `is one`."""
    for words in (1, 2, 3):
        found = re.search(rf"(?:\S+\s+){{{words}}}[\w.-]*\Z", line)
        if not found:
            break
        begin = len(before) - len(found[0])
        said = (one for one in _keywords(place(before[:begin])) if " " in one)
        longer = _made(as_keywords(said), before, begin, len(before))
        if longer:
            return longer
    return []


def _made(found: Iterable[Offer], before: str, begin: int, end: int) -> list[Completion]:
    """Completions of what fits what was typed so far, each once."""
    typed = " ".join(before[begin:].casefold().split(" "))
    fitting = [one for one in found if one[0].casefold().startswith(typed) and one[0].casefold() != typed]
    unique = {said: (kind, help) for said, kind, help in reversed(fitting)}
    ordered = sorted(unique.items(), key=lambda one: _rank(one[0], one[1][0]))
    return [Completion(said, begin, end, kind, help) for said, (kind, help) in ordered]


def _rank(said: str, kind: Kind) -> tuple[int, str]:
    """The order in which completions are offered: names and columns of one's own first, then what is said most."""
    if kind in ("name", "value"):
        return 0, said
    if said in _LEADING:
        return 1, f"{_LEADING.index(said):02}"
    whole_first = f"{' ' not in said:d}{said}"  # `joins program` before `joins`
    return {"column": 2, "phrase": 3, "keyword": 4}[kind], whole_first


def _open_quote(line: str) -> int:
    """Where a quote begins on a line that is not closed on it; -1 if none is open."""
    begin, closing = -1, ""
    for index, letter in enumerate(line):
        if begin < 0 and letter in '"“«':
            begin, closing = index, {'"': '"', "“": "”", "«": "»"}[letter]
        elif begin >= 0 and letter == closing and line[index - 1] != "\\":
            begin = -1
    return begin


def _behind_quote(text: str, cursor: int) -> int:
    """Behind the quote that an editor has closed already."""
    return cursor + 1 if text[cursor : cursor + 1] == '"' else cursor


# --- what may come ----------------------------------------------------------------------------------------------------


def _next(at: Place, text: str, names: Names, is_begun: bool) -> Iterator[Offer]:
    """All that may come; of keywords, where no word is begun, only those that what is said so far makes likely."""
    yield from _quoted(at, text, names)
    yield from phrases.words(at, text, names, is_begun)
    if is_begun or phrases.is_whole(at):
        yield from as_keywords(_keywords(at))
    elif phrases.may_be_column(at):
        yield from as_keywords(said for said in _keywords(at) if said.split()[0] in ("is", "never"))
    if at.begins:
        yield from ((keywords.say(one), "keyword", "a declaration") for one in keywords.DECLARATIONS)


def _keywords(at: Place) -> Iterator[str]:
    """The words of keywords that may follow; units agree with the number before them, ordinals are written out."""
    for name in at.keywords:
        said = KEYWORDS[name]["en"]
        is_many = len(said) > 1 and keywords.terminal(name) == "UNIT" and not _is_one(at.said)
        words = said[1] if is_many else said[0]
        if ORDINAL in words:
            yield from (words.replace(ORDINAL, one) for one in ("2nd", "3rd", "4th"))
        else:
            yield words


def _is_one(said: Sequence[Said]) -> bool:
    return not said or said[-1].terminal != "NUMBER" or said[-1].first.text == "1"


# --- names in quotes --------------------------------------------------------------------------------------------------


def _quoted(at: Place, text: str, names: Names) -> Iterator[Offer]:
    """Names that may stand here: those of the text and the tables that belong to the noun before."""
    if not at.said or not at.can("TEXT"):
        return
    last = next((one for one in reversed(at.said) if one.terminal not in ("TEXT", "OR_NAME", "COMMA")), at.said[-1])
    for name, help in _names(at, last, text, names):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        yield f'"{escaped}"', "value" if help in names.columns else "name", help


def _names(at: Place, last: Said, text: str, names: Names) -> Iterable[tuple[str, str]]:
    if last.terminal == "TIMEZONE":
        return ((name, "time zone") for name in zone_names())
    if last.terminal == "BY_COLUMN":
        return ((name, kind) for name, kind in names.columns.items() if kind == "number")
    if last.terminal in COMPARED:
        column = _column(at.said)
        return ((value, column) for value in names.values.get(column, ()))
    noun = noun_of(last)
    if noun in ("flow", "campaign") and last.terminal in ("FLOW", "CAMPAIGN"):
        return ()  # a new one is named here
    said = {**used(text)}
    return ((name, noun) for name in dict.fromkeys((*said.get(noun, ()), *names.known.get(noun, ()))))


def _column(said: Sequence[Said]) -> str:
    """The column that is compared here."""
    words = [one.first.text for one in said if one.terminal == "WORD"]
    return words[-1] if words else ""
