"""Writes `words.js`, the word lists of the language for the editor.

`make docs` writes it, `make check` compares it, so that the editor colours exactly the words of the parser.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from flowdsl.editing import word_lists
from flowdsl.syntax.keywords import KEYWORDS

FILE = Path(__file__).resolve().parent / "labextensions" / "flowdsl" / "modules" / "words.js"
_HEAD = "// Made by `make docs` from the tables of the language: flowdsl/syntax/keywords.py and flowdsl/vocabulary.\n"
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
    """The phrases of each kind, in lower case; what is in several kinds is of the first one that fits.

    declarations  flow, campaign…: such only where a line begins     joints   keywords that join: at least, and, per
    structure     keywords that say what is done: when, wait until   times    units and days: days, monday
    phrases       single words of triggers, conditions, actions: joins, program, member
    """
    all_words = word_lists.families()
    joints, people = _spellings(_JOINTS), _spellings(_PEOPLE)
    kinds = {
        "declarations": all_words["declarations"],
        "structure": set(all_words["keywords"]) - joints - people,
        "joints": joints,
        "times": all_words["units"],
        "phrases": {*all_words["phrases"], *all_words["declarations"], *people},
    }
    return {kind: tuple(sorted(all)) for kind, all in kinds.items()}


def _spellings(keywords: Iterable[str]) -> set[str]:
    return {spelling for id in keywords for spelling in KEYWORDS[id]["en"]}


def text() -> str:
    """What words.js says.

    >>> '"or when"' in text()
    True
    """
    return f"{_HEAD}export const FAMILIES = {json.dumps(families(), ensure_ascii=False, indent=2)};\n"
