"""Words for the editor: the tables of the language go in; the text of `words.js` comes out, family by family.

`make docs` writes it, `make check` compares it, so that the editor colours what the parser knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from flowdsl.keywords import DAY_SETS, DAYS, DECLARATIONS, KEYWORDS, UNITS
from flowdsl.vocabulary import VOCABULARY

FILE = Path(__file__).resolve().parent / "labextensions" / "flowdsl" / "static" / "words.js"
_HEAD = "// Made by `make docs` from the tables of the language: flowdsl/keywords.py and flowdsl/vocabulary.\n"
_SLOT = re.compile(r"<\w+>")
# fmt: off
_JOINTS = frozenset({  # keywords that join what others say; all others say what is done
    "about", "after", "ago", "and", "at", "at_least", "at_most", "before", "between", "by_column", "comes", "every",
    "every_nth", "every_year", "exactly", "fewer_than", "for_contact", "from", "in_the_last", "is", "is_after",
    "is_at_least", "is_at_most", "is_before", "is_in", "is_known", "is_less_than", "is_more_than", "is_none_of",
    "is_not", "is_not_in", "is_one_of", "is_unknown", "is_within", "like_the_table", "more_than", "never", "not", "of",
    "on", "once", "or", "or_name", "per", "per_contact", "since_start", "the_nth", "times", "to", "twice",
    "varying_by", "with", "within",
})
_PEOPLE = frozenset({"contact", "contacts"})  # they say who, as other subjects do
# fmt: on


def families() -> Mapping[str, tuple[str, ...]]:
    """The phrases of each kind, in lower case.

    declarations  flow, campaign…: such only where a line begins     joints   keywords that join: at least, and, per
    structure     keywords that say what is done: when, wait until   times    units and days: days, monday
    phrases       single words of triggers, conditions, actions: joins, program, member
    """
    times = {*DAYS, *DAY_SETS, *UNITS}
    structure = KEYWORDS.keys() - _JOINTS - _PEOPLE - times - set(DECLARATIONS)
    kinds = {"declarations": set(DECLARATIONS), "structure": structure, "joints": _JOINTS, "times": times}
    said = {kind: {spelling for id in ids for spelling in KEYWORDS[id]["en"]} for kind, ids in kinds.items()}
    known = {spelling for spellings in said.values() for spelling in spellings} - said["declarations"]
    return {kind: tuple(sorted(all)) for kind, all in {**said, "phrases": _phrases() - known}.items()}


def _phrases() -> set[str]:
    patterns = [pattern for all in VOCABULARY.words.values() for pattern in all]
    words = {word for pattern in patterns for word in re.findall(r"[\w-]+", _SLOT.sub(" ", pattern))}
    return words | VOCABULARY.language.subjects


def text() -> str:
    """What words.js says.

    >>> '"or when"' in text()
    True
    """
    return f"{_HEAD}export const FAMILIES = {json.dumps(families(), ensure_ascii=False, indent=2)};\n"
