"""Suggestions: a name that is not known and those that are go in; the one that was probably meant comes out."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 60  # characters of a name; longer ones are texts, and comparing them takes long
CLOSE, EQUAL = 0.6, 1.0  # how alike two names are, from 0 to 1; equal ones may differ by capitals


def suggest(name: str, known: Iterable[str], cutoff: float = CLOSE) -> str:
    """The known name that was probably meant: one that differs by capitals alone, else the closest; "" for none.

    cutoff  how alike names must be, 0 to 1 (difflib.get_close_matches)

    >>> suggest("lanch", ["Launch", "Lunch"]), suggest("LUNCH", ["Launch", "Lunch"]), suggest("tea", ["Lunch"])
    ('Launch', 'Lunch', '')
    """
    by_fold: dict[str, str] = {}
    for one in known:
        by_fold.setdefault(one.casefold(), one)
    folded = name.strip().casefold()
    if folded in by_fold:
        return by_fold[folded]
    if len(folded) > LONGEST or cutoff >= EQUAL:
        return ""
    close = get_close_matches(folded, by_fold, n=1, cutoff=cutoff)
    return by_fold[close[0]] if close else ""


def did_you_mean(name: str, known: Iterable[str], form: str = '"{}"', otherwise: str = "") -> str:
    """A suggestion as a question; `otherwise` where there is none. form: how the name is written.

    >>> did_you_mean("lanch", ["Launch"]), did_you_mean("tea", ["Launch"], otherwise="there is Launch")
    ('did you mean "Launch"?', 'there is Launch')
    """
    meant = suggest(name, known)
    return f"did you mean {form.format(meant)}?" if meant else otherwise


def in_quotes(names: Iterable[str]) -> str:
    """Names as a message lists them.

    >>> in_quotes(["day", "week"])
    '"day", "week"'
    """
    return ", ".join(f'"{name}"' for name in names)
