"""Suggestions: finds the name that was probably meant among the known ones."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from flowdsl.diagnostics.diagnostic import Fix
from flowdsl.diagnostics.source import Span

LONGEST = 60  # characters of a name; longer ones are texts, and comparing them takes long
CLOSE, STRICT, EQUAL = 0.6, 0.7, 1.0  # how alike two names are, from 0 to 1; equal ones may differ by capitals


def suggest(name: str, known: Iterable[str], cutoff: float = CLOSE) -> str:
    """The known name that was probably meant: one that differs only in case, else the closest; "" if none is close.

    cutoff  how alike names must be, 0 to 1 (difflib.get_close_matches)

    >>> suggest("lanch", ["Launch", "Lunch"]), suggest("LUNCH", ["Launch", "Lunch"]), suggest("tea", ["Lunch"])
    ('Launch', 'Lunch', '')
    """
    return next(iter(suggestions(name, known, 1, cutoff)), "")


def suggestions(name: str, known: Iterable[str], most: int, cutoff: float = CLOSE) -> list[str]:
    """The known names that may have been meant, the closest first; only the one that differs by capitals alone, if any.

    >>> suggestions("E51", ["E501", "E510", "W100"], 2)
    ['E510', 'E501']
    """
    by_fold: dict[str, str] = {}
    for one in known:
        by_fold.setdefault(one.casefold(), one)
    folded = name.strip().casefold()
    if folded in by_fold:
        return [by_fold[folded]]
    if len(folded) > LONGEST or cutoff >= EQUAL:
        return []
    return [by_fold[close] for close in get_close_matches(folded, by_fold, n=most, cutoff=cutoff)]


def suggest_path(name: str, known: Iterable[str], cutoff: float = CLOSE) -> str:
    """Like `suggest`, for names such as "Europe/Paris" that users may write as "new york".

    >>> zones = ["America/New_York", "Europe/Paris"]
    >>> suggest_path("paris", zones), suggest_path("New Yrok", zones), suggest_path("Europe/Pariss", zones)
    ('Europe/Paris', 'America/New_York', 'Europe/Paris')
    """
    written, names = name.strip().replace(" ", "_"), list(known)
    by_part: dict[str, str] = {}
    for one in names:
        by_part.setdefault(one.rpartition("/")[2].casefold(), one)
    for alike in dict.fromkeys((EQUAL, cutoff)):
        found = suggest(written, names, alike) or by_part.get(suggest(written, by_part, alike), "")
        if found:
            return found
    return ""


def did_you_mean(
    name: str, known: Iterable[str], form: str = '"{}"', otherwise: str = "", cutoff: float = CLOSE
) -> str:
    """A suggestion as a question, or `otherwise` if there is none. `form` is how the name is written.

    >>> did_you_mean("lanch", ["Launch"]), did_you_mean("tea", ["Launch"], otherwise="there is Launch")
    ('did you mean "Launch"?', 'there is Launch')
    """
    meant = suggest(name, known, cutoff)
    return f"did you mean {form.format(meant)}?" if meant else otherwise


def suggested_fix(span: Span, text: str) -> Fix:
    """The repair that puts another text in the place of what was written.

    >>> suggested_fix(Span("a.flow", 0, 5, 1, 1), "unless").label
    'did you mean `unless`?'
    """
    return Fix(span, text, f"did you mean `{text}`?")


def in_quotes(names: Iterable[str]) -> str:
    """Names as a message lists them.

    >>> in_quotes(["day", "week"])
    '"day", "week"'
    """
    return ", ".join(f'"{name}"' for name in names)
