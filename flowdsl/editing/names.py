"""Names for completion: those that a text uses, and the columns of tables with their values.

Names are taken from the text as it stands, errors and all: a quoted text belongs to the noun before it (`tag "vip"`,
`email "Hello"`, `flow "A"`), so an unfinished program offers what it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from flowdsl.syntax.parser.cursor import Said, readings
from flowdsl.vocabulary import CHANNELS, FAMILIES, VOCABULARY

if TYPE_CHECKING:
    import pandas as pd

MOST_VALUES = 50  # different texts of a column that are worth offering
MOST_ROWS = 10_000  # of a table are looked at: completion must not keep anybody waiting
MESSAGES = (*CHANNELS, "message")
_NOUNS = {"program": "programs", "membership": "memberships", "tag": "tags", "group": "groups", "badge": "badges"}


@dataclass(frozen=True)
class Names:
    """What tables offer. columns: their types by name; values: the texts of columns with few; known: names by the noun
    they stand behind (`tag`, `program`)."""

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


NO_NAMES = Names()


def names_from(frames: Iterable[pd.DataFrame]) -> Names:
    """What the tables of contacts among some DataFrames offer; others are left out, and long ones read in part.

    >>> import pandas as pd
    >>> found = names_from([pd.DataFrame({"contact": [1, 2], "plan": ["pro", "free"], "tags": [["vip"], []]})])
    >>> dict(found.columns), found.values["plan"], found.known["tag"]
    ({'plan': 'text', 'tags': 'list'}, ('free', 'pro'), ('vip',))
    """
    columns: dict[str, str] = {}
    values: dict[str, tuple[str, ...]] = {}
    known: dict[str, tuple[str, ...]] = {}
    for frame in frames:
        if not {"contact", "contact_id", "id"} & set(frame.columns) or "event" in frame.columns:
            continue
        for name in map(str, frame.columns):
            if name not in ("contact", "contact_id", "id"):
                kind, texts = _column(frame[name].iloc[:MOST_ROWS].dropna())
                columns[name] = kind
                noun = next((one for one, many in _NOUNS.items() if name in (one, many)), "")
                (known if noun else values).update({noun or name: texts} if texts else {})
    return Names(columns, values, known)


def _column(cells: pd.Series) -> tuple[str, tuple[str, ...]]:
    """What a column holds, and its texts if there are few."""
    kinds = {"b": "yes or no", "i": "number", "u": "number", "f": "number", "M": "date"}
    kind = kinds.get(cells.dtype.kind)
    if kind:
        return kind, ()
    is_list = bool(len(cells)) and not isinstance(cells.iloc[0], str)
    different = cells.tolist() if cells.dtype == object else cells.unique().tolist()  # what is no text may be a list
    texts = {str(each) for cell in different for each in (_each(cell) if is_list else (cell,))}
    return "list" if is_list else "text", tuple(sorted(texts)) if len(texts) <= MOST_VALUES else ()


def _each(cell: Any) -> Sequence[object]:
    return tuple(cell) if hasattr(cell, "__iter__") else (cell,)


def used(text: str) -> dict[str, tuple[str, ...]]:
    """The quoted names of a text, by the noun or keyword before them, in their order.

    >>> used('when contact gets tag "vip" then send email "Hello" wait until opened "Hello"')
    {'tag': ('vip',), 'message': ('Hello',)}
    """
    found: dict[str, dict[str, None]] = {}
    said, _ = readings(text)
    noun = ""
    for before, one in pairwise([None, *said]):
        if one is None or one.terminal != "TEXT":
            continue
        if before is not None and before.terminal not in ("TEXT", "OR_NAME", "COMMA"):
            noun = noun_of(before)
        if noun:
            found.setdefault(noun, {})[one.first.text] = None
    return {noun: tuple(names) for noun, names in found.items()}


def noun_of(said: Said) -> str:
    """What a name behind these words is a name of: `tag`, `flow`, `message` for every channel and answer."""
    if said.terminal in ("LABEL", "GO_TO"):
        return "label"
    if said.terminal != "WORD":
        return said.last.text if said.terminal in ("FLOW", "CAMPAIGN", "EMAIL") else ""
    word = said.last.text
    channel = VOCABULARY.channel_words.get(word)
    if channel or word in _ANSWERS:
        return "message"
    return word.removesuffix("s") if word in FAMILIES else word


def _answers() -> frozenset[str]:
    """Words such as `opened`, behind which a message is named without its channel."""
    said = (phrase.split() for phrase in VOCABULARY.event_phrases.phrases)
    single = {words[0] for words in said if len(words) == 1}
    return frozenset(single & {"received", "opened", "clicked", "replied", "bounced", "blocked"})


_ANSWERS = _answers()
