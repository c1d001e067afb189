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
_HEAD = "// Made by `make docs` from the tables of the language (flowdsl/keywords.py, flowdsl/vocabulary). Not written by hand.\n"
_SLOT = re.compile(r"<\w+>")
# Keywords that join what others say, as `and` and `at least` do; the others say what is done.
_JOINTS = frozenset(
    "and or or_name not never since_start in_the_last is is_not is_one_of is_none_of is_known is_unknown is_before is_after "
    "is_within is_more_than is_less_than is_at_least is_at_most is_in is_not_in ago at_least at_most more_than fewer_than "
    "exactly once twice times at before after on between to per per_contact of about within by_column varying_by every "
    "the_nth every_nth every_year comes with like_the_table for_contact from".split()
)


def families() -> Mapping[str, tuple[str, ...]]:
    """The phrases of each family."""
    times = {*DAYS, *DAY_SETS, *UNITS}
    kinds = {
        "declarations": set(DECLARATIONS),
        "structure": KEYWORDS.keys() - _JOINTS - times - set(DECLARATIONS) - {"contact", "contacts"},
        "joints": _JOINTS,
        "times": times,
    }
    said = {kind: {spelling for id in ids for spelling in KEYWORDS[id]["en"]} for kind, ids in kinds.items()}
    known = {spelling for spellings in said.values() for spelling in spellings} - said["declarations"]
    return {kind: tuple(sorted(all)) for kind, all in {**said, "phrases": _phrases() - known}.items()}


def _phrases() -> set[str]:
    patterns = [pattern for all in VOCABULARY.words.values() for pattern in all]
    return VOCABULARY.language.subjects | {word for pattern in patterns for word in re.findall(r"[\w-]+", _SLOT.sub(" ", pattern))}


def text() -> str:
    """What words.js says.

    >>> '"or when"' in text()
    True
    """
    return f"{_HEAD}export const FAMILIES = {json.dumps(families(), ensure_ascii=False, indent=2)};\n"
