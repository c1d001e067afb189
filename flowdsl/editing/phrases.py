"""Completion of phrases: how the phrase at a place in a text may begin or continue.

Which phrases there are follows from the keyword before: events behind `when`, actions behind `then`, conditions behind
`if`. Where nothing is said yet whole phrases are offered, then their next words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

from flowdsl.editing.names import MESSAGES, Names
from flowdsl.syntax.parser.cursor import Place, Said
from flowdsl.vocabulary import FLAGS, NAMES, VOCABULARY, EventEntry, Form, Lexicon

Kind: TypeAlias = Literal["keyword", "phrase", "name", "column", "value"]
Offer: TypeAlias = "tuple[str, Kind, str]"  # what is said, its kind, a few words about it

PHRASE = ("WORD", "TEXT", "NUMBER", "OR_NAME", "COMMA")
EVENT = ("WHEN", "OR_WHEN")
CONDITION = (
    "WHERE", "UNLESS", "GOAL", "EXIT_WHEN", "IF", "OTHERWISE_IF", "AND", "OR", "NOT", "LPAR", "WAIT_UNTIL", "NEVER",
)  # fmt: skip
ACTION = ("THEN", "OTHERWISE")
LENGTH = ("WAIT", "FOR_UP_TO", "WITHIN", "AFTER", "ABOUT", "IN_THE_LAST")
COMPARED = ("IS", "IS_NOT", "IS_ONE_OF", "IS_NONE_OF")
_PARAM = re.compile(r"^param\s+([\w.-]+)", re.MULTILINE | re.IGNORECASE)
_EVER = "ever"  # stands before `opened "A"` and says nothing of the message


def opened(said: Sequence[Said]) -> tuple[str, list[str]]:
    """The keyword that opened the phrase at the end, and the tokens of that phrase for the vocabulary."""
    count = 0
    while count < len(said) and said[-1 - count].terminal in PHRASE:
        count += 1
    opener = said[-1 - count].terminal if count < len(said) else ""
    return opener, _tokens(said[len(said) - count :])


def _tokens(said: Sequence[Said]) -> list[str]:
    """Words, with NAMES for quoted names; a list of names is one."""
    return [
        NAMES if one.terminal == "TEXT" else one.first.text
        for number, one in enumerate(said)
        if one.terminal == "WORD"
        or (one.terminal == "TEXT" and (not number or said[number - 1].terminal not in ("OR_NAME", "COMMA")))
    ]


def is_whole(at: Place) -> bool:
    """Whether what stands before says something, so that a keyword may follow it."""
    opener, phrase = opened(at.said)
    known = lexicons(opener)
    if not known:
        return True
    if not phrase:
        return opener not in ACTION
    readings = (VOCABULARY.read(lexicon, phrase) for lexicon in known)
    is_known = any(reading is not None and start + reading.used == len(phrase) for start, reading in readings)
    return is_known or phrase == ["it", "happened"]


def may_be_column(at: Place) -> bool:
    """Whether the one word that stands here may be the name of a column, or of a field."""
    opener, phrase = opened(at.said)
    return opener in CONDITION and len(phrase) == 1


def lexicons(opener: str) -> tuple[Lexicon, ...]:
    """The phrases that a keyword opens."""
    if opener in CONDITION:
        return VOCABULARY.event_phrases, VOCABULARY.condition_phrases
    if opener in (*ACTION, "SET"):
        return (VOCABULARY.action_phrases,)
    return (VOCABULARY.event_phrases,) if opener in (*EVENT, "ASSUME", "OF", "UNIT") else ()


def words(at: Place, text: str, names: Names, is_begun: bool) -> Iterator[Offer]:
    """What may come of a phrase; is_begun: a letter is typed, so that every form of every word is offered."""
    opener, phrase = opened(at.said)
    if opener == "ASSUME" and at.said[-1].terminal == "NUMBER":  # which is a rate once more of it is said
        yield from as_keywords(("to", "per contact per"))
    if not at.can("WORD") and opener not in COMPARED:
        return
    if opener in CONDITION:
        yield from _conditions([one for one in phrase if one != _EVER], text, names)
    elif opener in COMPARED:
        yield from _values(at.said, phrase)
    else:
        yield from _others(at.said, opener, phrase, text, names)
    if any(one.terminal == "ASSUME" for one in at.said):
        yield from _of_scenario(opener, phrase)
    if is_begun:
        begun = phrase[1:] if phrase[:1] == [_EVER] else phrase
        yield from _all(VOCABULARY.next_words(begun, *lexicons(opener)))


def as_keywords(said: Iterable[str]) -> Iterator[Offer]:
    """Keywords as they are offered."""
    yield from ((one, "keyword", "") for one in said)


def _all(said: Iterable[str]) -> Iterator[Offer]:
    yield from ((one, "phrase", "") for one in said if one != NAMES)


def _conditions(phrase: list[str], text: str, names: Names) -> Iterator[Offer]:
    """Conditions may begin with a column or a field, too."""
    yield from _continued(phrase, "past", VOCABULARY.event_phrases)
    yield from _continued(phrase, "base", VOCABULARY.condition_phrases)
    if phrase == ["it"]:
        yield "happened", "phrase", "the last wait ended by its event"
    if not phrase:
        yield "it happened", "phrase", "the last wait ended by its event"
        yield "ever opened", "phrase", "of all messages of a name, not the latest alone"
        yield from ((name, "column", kind) for name, kind in names.columns.items())
        yield from _fields(text)


def _others(said: Sequence[Said], opener: str, phrase: list[str], text: str, names: Names) -> Iterator[Offer]:
    if opener in ("BEFORE", "AFTER") and not phrase:
        yield from ((name, "column", kind) for name, kind in names.columns.items() if kind in ("date", "text"))
        yield from _fields(text)
    if opener in LENGTH and not phrase:
        yield from ((found[1], "name", "a param") for found in _PARAM.finditer(text))
    elif opener in EVENT:
        yield from _continued(phrase, "third", VOCABULARY.event_phrases)
        if not phrase:
            yield from _all(("member", "contact", "client"))
        elif len(phrase) == 1:
            yield from _all(("comes every year",))  # `birthday comes every year`
    elif opener == "SET" and said[-1].terminal == "WORD":  # an action: `set plan to "pro"`
        yield from _all(("to", *VOCABULARY.action_phrases.after(["set", *phrase])))
    elif opener == "SET":
        yield from ((name, "column", kind) for name, kind in names.columns.items())
        yield from _fields(text)
        yield from _all(VOCABULARY.action_phrases.after(["set"]))
    elif opener in ACTION:
        yield from _continued(phrase, "base", VOCABULARY.action_phrases)


def _of_scenario(opener: str, phrase: list[str]) -> Iterator[Offer]:
    """What contacts do: in a line that begins with `assume`, behind its condition and its `of`, too."""
    if opener == "ASSUME":
        yield from _continued(phrase, "third", VOCABULARY.event_phrases)
        yield from _all(("contact", "contacts") if not phrase else ())
    elif opener == "OF":
        yield from _continued(phrase, "gerund", VOCABULARY.event_phrases)
        yield from _all(VOCABULARY.condition_phrases.after(phrase[1:]) if phrase[:1] == ["contacts"] else ("contacts",))
        yield from _all(("program",) if not phrase else ())  # `completes step "A" of program "B"`
    else:  # behind the condition that the line is about, or behind `new contacts per day`
        for start in range(len(phrase) + 1):
            if start == len(phrase) or phrase[start - 1 : start] == [NAMES] or opener == "UNIT":
                yield from _continued(phrase[start:], "base", VOCABULARY.event_phrases)
                yield from _continued(phrase[start:], "base", VOCABULARY.condition_phrases)
        yield from _all(("have",))
    if phrase[-1:] == ["at"]:
        yield "day", "keyword", ""


def _values(said: Sequence[Said], phrase: list[str]) -> Iterator[Offer]:
    """Words that a comparison may be with: the status of a message or an object, yes and no."""
    compared = max(number for number, one in enumerate(said) if one.terminal in COMPARED)
    _, subject = opened(said[:compared])
    if subject[-1:] == [NAMES] or set(subject) & {*MESSAGES, *VOCABULARY.channel_words}:
        yield from _all(FLAGS)
    if subject and "." in subject[-1]:
        kind, _, field = subject[-1].partition(".")
        events = (row.event for row in VOCABULARY.rows.values() if isinstance(row, EventEntry))
        yield from _all([one.value or one.id.partition(".")[2] for one in events if one.about == kind and field])
    yield from _all(VOCABULARY.next_words([*subject, "is", *phrase]))  # `quote is accepted` is an event
    if phrase:
        yield from _all(VOCABULARY.condition_phrases.after(phrase))  # `contact is in group "A"`
    else:
        yield from (("yes", "value", ""), ("no", "value", ""))


def _fields(text: str) -> Iterator[Offer]:
    """The fields of related objects that a text speaks of, and of what started a run."""
    for kind in VOCABULARY.objects.values():
        if re.search(rf"\b{kind.id}s?\b", text):
            yield from ((f"{kind.id}.{field}", "column", f"of the {kind.id}") for field in kind.fields)


def _continued(phrase: list[str], form: Form, lexicon: Lexicon) -> Iterator[Offer]:
    """Whole phrases while nothing is said yet, else the next words."""
    tokens = phrase[VOCABULARY.after_subject(phrase) :]
    if tokens:
        yield from _all(lexicon.after(tokens))
        return
    for row in VOCABULARY.rows:
        if row in lexicon:
            yield lexicon.say(row, {}, form), "phrase", lexicon.shown(row, 0, form)
