"""Writes the reference page of a vocabulary in Markdown, family by family.

It is made from the rows and their words alone, so everything that is registered is documented.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from flowdsl.vocabulary.entries import ActionEntry, AnyEvent, ConditionEntry, Entry, EventEntry, Family, ObjectKind
from flowdsl.vocabulary.lookup import FORMS, Form, Lexicon

if TYPE_CHECKING:
    from flowdsl.vocabulary import Vocabulary

_HEAD = """# The vocabulary

Made by `make docs` from the table in `flowdsl/vocabulary`: every phrase, the id behind it, and what it changes.

An event works in triggers, waits, goals, exits, counts, scenarios and tables of events, in any of its forms, with a
subject or without, with articles or without. `"…"` is a place for one name or several (`"A" or "B"`), which may be left
out if it is in brackets. Tables, plans and results call events by their ids.
"""


def page(vocabulary: Vocabulary) -> str:
    """The reference page of a vocabulary.

    >>> from flowdsl.vocabulary import VOCABULARY
    >>> '| `tag.got` | gets tag ["…"] · got · getting · get |' in page(VOCABULARY)
    True
    """
    parts = [_HEAD, *(_family(vocabulary, family) for family in vocabulary.table), _languages(vocabulary)]
    return "\n".join(part for part in parts if part)


def about(vocabulary: Vocabulary, row: Entry) -> str:
    """What a row means, in Markdown and a few words; nothing where an event changes nothing that is known.

    >>> from flowdsl.vocabulary import VOCABULARY
    >>> about(VOCABULARY, VOCABULARY.rows["tag.got"])
    'adds to `tags`'
    """
    if isinstance(row, ActionEntry):
        return _action(vocabulary, row)[2]
    if isinstance(row, ConditionEntry):
        return f"true when {_state(vocabulary, row)[2]}"
    return _event(vocabulary, row)[3].replace("—", "")


def _family(vocabulary: Vocabulary, family: Family) -> str:
    title = vocabulary.language.families.get(family.id, family.id.capitalize())
    rows = [row for row in family.rows if row.id in vocabulary.words]
    tables = (
        _table(
            ("event", "said", "fields", "what it changes"),
            [_event(vocabulary, row) for row in rows if isinstance(row, EventEntry | AnyEvent)],
        ),
        _table(
            ("state", "said", "true when"),
            [_state(vocabulary, row) for row in rows if isinstance(row, ConditionEntry)],
        ),
        _table(
            ("action", "said", "what it does"),
            [_action(vocabulary, row) for row in rows if isinstance(row, ActionEntry)],
        ),
    )
    kinds = "\n".join(_kind(kind) for kind in family.objects)
    return "\n".join(part for part in (f"## {title}\n", kinds and f"{kinds}\n", *tables) if part)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *lines, ""]) if lines else ""


def _kind(kind: ObjectKind) -> str:
    fields = ", ".join(f"`{kind.id}.{field}`" for field in kind.fields)
    return f"Related objects of the kind `{kind.id}`; usual fields: {fields or 'any in the data'}."


# --- what is said -----------------------------------------------------------------------------------------------------


def _phrases(lexicon: Lexicon, row: str, forms: Sequence[Form] = FORMS) -> str:
    """Every plain phrase: the first form whole, of the others the words in which they differ."""
    return "; ".join(_forms(lexicon, row, number, forms) for number in range(len(lexicon.patterns(row))))


def _forms(lexicon: Lexicon, row: str, number: int, forms: Sequence[Form]) -> str:
    spoken = [lexicon.shown(row, number, form) for form in forms]
    first, *others = [text.split() for text in dict.fromkeys(spoken)]
    return " · ".join([" ".join(first), *dict.fromkeys(" ".join(_different(first, words)) for words in others)])


def _different(first: Sequence[str], words: Sequence[str]) -> Iterator[str]:
    yield from (word for word, other in zip(words, first, strict=True) if word != other)


# --- what it means ----------------------------------------------------------------------------------------------------


def _event(vocabulary: Vocabulary, row: Entry) -> tuple[str, ...]:
    assert isinstance(row, EventEntry | AnyEvent)
    phrases = _phrases(vocabulary.event_phrases, row.id)
    if isinstance(row, AnyEvent):
        return "", phrases, "", f"any of {', '.join(f'`{event}`' for event in row.events)}"
    fields = [row.event.noun, *row.fields] if row.event.noun else row.fields
    return f"`{row.id}`", phrases, ", ".join(f"`{field}`" for field in fields), "; ".join(_changes(row)) or "—"


def _changes(row: EventEntry) -> Iterator[str]:
    event = row.event
    if event.adds:
        yield f"adds to `{event.adds}`"
    if event.removes:
        yield f"takes from `{event.removes}`"
    if event.flag:
        yield f"sets `{event.flag}` on the message"
    if event.about:
        yield f"is about the contact's `{event.about}`, and updates its fields"
    if event.sets:
        field = f"`{event.about}.{event.sets}`" if event.about else f"the column `{event.sets}`"
        yield f"sets {field} to " + (f'"{event.value}"' if event.value else "its name")


def _state(vocabulary: Vocabulary, row: ConditionEntry) -> tuple[str, ...]:
    what = f"`{row.of}` holds the name, or anything at all"
    if row.kind == "consent":
        what = f"consent to {row.of} is given and nothing suppresses it"
    phrases = _phrases(vocabulary.condition_phrases, row.id, FORMS[:1])
    return f"`{row.id}`", phrases, f"not: {what}" * row.negated or what


def _action(vocabulary: Vocabulary, row: ActionEntry) -> tuple[str, ...]:
    causes = f"; causes `{row.event}` when that changes something" if row.event else ""
    what = {
        "send": f"sends by {row.of}",
        "put": f"{'adds to' if row.present else 'takes from'} `{row.of}`",
        "assign": f"sets the column `{row.of}`",
        "begin": "puts the contact through that flow's entry tests",
        "halt": "ends the contact's runs of that flow; its own name ends this run",
        "do": "left to the system that performs actions",
    }[row.kind]
    return f"`{row.id}`", _phrases(vocabulary.action_phrases, row.id, FORMS[:1]), what + causes


def _languages(vocabulary: Vocabulary) -> str:
    language = vocabulary.language
    small_words = {"Subjects, all of them the contact": language.subjects, "Articles, never needed": language.articles}
    lines = [f"- {what}: {', '.join(sorted(words))}." for what, words in small_words.items()]
    return "\n".join(["## Words around phrases", "", *lines, ""])
