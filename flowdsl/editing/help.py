"""Help on the keyword, phrase, column or name at a cursor.

Keywords have explanations of their own; the meaning of a phrase is in its vocabulary row, so that new rows have help,
too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flowdsl.editing.keyword_help import LESSONS
from flowdsl.editing.names import NO_NAMES, Names, noun_of
from flowdsl.editing.phrases import ACTION, CONDITION, PHRASE, lexicons
from flowdsl.syntax import keywords
from flowdsl.syntax.keywords import KEYWORDS
from flowdsl.syntax.parser.cursor import Said, readings
from flowdsl.vocabulary import FORMS, NAMES, VOCABULARY, Entry, Lexicon
from flowdsl.vocabulary.pages import about

SAMPLE = '"…"'
HAPPENED = ["it", "happened"]
SMALL = ("for", "to", "of", "on")  # stand before names, and say nothing of what they are names of
_HAPPENED = "The last wait of this run ended by its event, not because its time was over."
_OPTION = re.compile(r" \[\w+\]")


@dataclass(frozen=True, slots=True)
class Help:
    """Help on the part of a text from `start` to just before `end` (characters): what it is, what it means, and a
    program or a line that uses it."""

    start: int
    end: int
    title: str
    words: str
    example: str = ""


def help_at(text: str, cursor: int, names: Names = NO_NAMES) -> Help | None:
    """What stands at a cursor (an offset in characters), or just before it; None where nothing is known. Never raises.

    >>> found = help_at("when member joins program unless has membership", 28)
    >>> found.title, found.words.partition(":")[0]
    ('unless', 'True at entry')
    >>> help_at("when member joins program", 14).title
    'joins program ["…"]'
    """
    said, _ = readings(text)
    at = next((number for number, one in enumerate(said) if one.first.start <= cursor < one.last.end), None)
    if at is None:  # behind the last letter of a word
        at = next((number for number, one in enumerate(said) if cursor == one.last.end), None)
    if at is None:
        return None
    one = said[at]
    if one.terminal in PHRASE and one.terminal != "OR_NAME":
        return _of_phrase(said, at, text, names)
    return _of_keyword(one, text)


def _of_keyword(one: Said, text: str) -> Help | None:
    """Spellings differ, ordinals stand for any; a terminal may be that of several keywords. Where the grammar takes a
    word for one of a phrase, it may be a keyword all the same: `20% of contacts`."""
    written = " ".join(text[one.first.start : one.last.end].casefold().split())
    terminal = one.terminal.removeprefix("N_")  # `3 times` is one
    same = [id for id in KEYWORDS if terminal in (keywords.terminal(id), "WORD")]
    id = next((id for id in same if written in KEYWORDS[id]["en"]), same[0] if len(same) == 1 else "")
    if not id:
        return None
    title = keywords.say(id).replace("<ordinal>", "…th") if len(same) == 1 else written
    return Help(one.first.start, one.last.end, title, LESSONS[id].words, LESSONS[id].example)


# --- phrases ----------------------------------------------------------------------------------------------------------


def _of_phrase(said: Sequence[Said], at: int, text: str, names: Names) -> Help | None:
    """The phrase around a word, if it is known; else the column or the name that it is."""
    first, last = at, at
    while first and said[first - 1].terminal in PHRASE:
        first -= 1
    while last + 1 < len(said) and said[last + 1].terminal in PHRASE:
        last += 1
    opener = said[first - 1].terminal if first else ""
    one = said[at]
    if one.terminal == "TEXT":
        return _of_name(said, at)
    found = _known(said[first : last + 1], at - first, opener) or _of_column(one, text, names)
    return found or _of_keyword(one, text)


def _known(phrase: Sequence[Said], at: int, opener: str) -> Help | None:
    """The row that a phrase stands for, if the word at a place belongs to it."""
    tokens, places = _tokens(phrase)
    if tokens == HAPPENED:
        return Help(phrase[0].first.start, phrase[-1].last.end, "it happened", _HAPPENED, LESSONS["wait_until"].example)
    for lexicon in lexicons(opener):
        start, reading = VOCABULARY.read(lexicon, tokens)
        if reading is None:
            continue
        stop = start + reading.used
        if at <= places[stop - 1]:
            row = VOCABULARY.rows[reading.id]
            title = _title(lexicon, reading.id, tokens[start:stop])
            span = phrase[0].first.start, phrase[places[stop - 1]].last.end
            return Help(*span, title, _meaning(row), _example(lexicon, row.id, opener))
    return None


def _tokens(phrase: Sequence[Said]) -> tuple[list[str], list[int]]:
    """The tokens of a phrase for the vocabulary, and the index of each in the phrase; a list of names is one token."""
    tokens, places = list[str](), list[int]()
    for number, one in enumerate(phrase):
        if one.terminal == "WORD":
            tokens.append(one.first.text)
        elif one.terminal == "TEXT" and (not number or phrase[number - 1].terminal not in ("OR_NAME", "COMMA")):
            tokens.append(NAMES)
        else:
            continue
        places.append(number)
    return tokens, places


def _title(lexicon: Lexicon, row: str, tokens: Sequence[str]) -> str:
    """The pattern of a row that has most of the given words; rows for several places are shown once."""
    words = set(tokens)
    shown = [lexicon.shown(row, number, form) for number in range(len(lexicon.patterns(row))) for form in FORMS]
    best = max(shown, key=lambda each: len(words & set(each.replace("[", "").split())))
    for option in set(_OPTION.findall(best)):
        before, found, behind = best.partition(option)
        best = before + found + behind.replace(option, "")
    return best


def _meaning(row: Entry) -> str:
    said = about(VOCABULARY, row) or "an event of the contact"
    return f"{said[0].upper()}{said[1:]}."


def _example(lexicon: Lexicon, row: str, opener: str) -> str:
    """A line that says it, with a place for a name."""
    slots = {slot: SAMPLE for slot in ("object", "name") if lexicon.takes(row, slot)}
    if opener in ACTION:
        return f"then {lexicon.say(row, slots, 'base')}"
    if opener in CONDITION and lexicon is VOCABULARY.condition_phrases:
        return f"unless {lexicon.say(row, slots, 'base')}"
    if opener in CONDITION:
        return f"if {lexicon.say(row, slots, 'past')} in the last 30 days"
    return f"when contact {lexicon.say(row, slots, 'third')}"


# --- columns and names ------------------------------------------------------------------------------------------------


def _of_column(one: Said, text: str, names: Names) -> Help | None:
    name = text[one.first.start : one.last.end]
    kind = names.columns.get(name)
    if kind is None:
        return None
    values = names.values.get(name, ())
    words = f"A column of the contacts: {kind}." + (f" It has {', '.join(values)}." if values else "")
    return Help(one.first.start, one.last.end, name, words)


def _of_name(said: Sequence[Said], at: int) -> Help | None:
    """What a quoted name is a name of, and on which lines it stands."""
    noun, name = _noun(said, at), said[at].first.text
    if not noun or noun in SMALL:
        return None
    lines = dict.fromkeys(one.first.line for one in said if one.terminal == "TEXT" and one.first.text == name)
    where = f"{'lines' if len(lines) > 1 else 'line'} {', '.join(map(str, lines))}"
    return Help(said[at].first.start, said[at].last.end, f'{noun} "{name}"', f"Named on {where}.")


def _noun(said: Sequence[Said], at: int) -> str:
    before = next((one for one in reversed(said[:at]) if one.terminal not in ("TEXT", "OR_NAME", "COMMA")), None)
    return noun_of(before) if before is not None else ""
