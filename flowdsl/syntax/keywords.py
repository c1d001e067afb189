"""Every keyword of the language: a stable id and its words in each natural language.

The grammar only uses ids (its terminals are declared from this table), so another natural language is one more column.
A keyword may have several words; the printer writes the first spelling, the parser accepts all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

Spellings = tuple[str, ...]

# fmt: off
KEYWORDS: dict[str, dict[str, Spellings]] = {
    # declarations
    "flow": {"en": ("flow",)}, "campaign": {"en": ("campaign",)}, "email": {"en": ("email",)},
    "workspace": {"en": ("workspace",)}, "scenario": {"en": ("scenario",)}, "param": {"en": ("param",)},
    "paused": {"en": ("paused",)},
    # header clauses
    "description": {"en": ("description",)}, "when": {"en": ("when",)}, "or_when": {"en": ("or when",)},
    "where": {"en": ("where",)}, "include_existing": {"en": ("include existing",)}, "limit": {"en": ("limit",)},
    "one_at_a_time": {"en": ("one at a time",)}, "unless": {"en": ("unless",)}, "goal": {"en": ("goal",)},
    "exit_when": {"en": ("exit when",)}, "only": {"en": ("only",)}, "starting": {"en": ("starting",)},
    "ending": {"en": ("ending",)}, "timezone": {"en": ("timezone", "time zone")}, "contact": {"en": ("contact",)},
    "every": {"en": ("every",)}, "comes": {"en": ("comes",)}, "every_year": {"en": ("every year",)},
    "the_nth": {"en": ("the <ordinal> time",)}, "every_nth": {"en": ("every <ordinal> time",)},
    # steps
    "then": {"en": ("then",)}, "wait": {"en": ("wait", "wait for")}, "wait_until": {"en": ("wait until",)},
    "for_up_to": {"en": ("for up to",)}, "or_skip": {"en": ("or skip",)}, "or_continue": {"en": ("or continue",)},
    "or_exit": {"en": ("or exit",)}, "with": {"en": ("with",)}, "set": {"en": ("set",)}, "if": {"en": ("if",)},
    "otherwise_if": {"en": ("otherwise if",)}, "otherwise": {"en": ("otherwise",)}, "end": {"en": ("end",)},
    "split": {"en": ("split",)}, "repeat": {"en": ("repeat",)}, "label": {"en": ("label",)},
    "go_to": {"en": ("go to",)}, "exit": {"en": ("exit",)},
    # conditions
    "and": {"en": ("and",)}, "or": {"en": ("or",)}, "or_name": {"en": ("or",)}, "not": {"en": ("not",)},
    "never": {"en": ("never",)}, "since_start": {"en": ("since start",)}, "in_the_last": {"en": ("in the last",)},
    "is": {"en": ("is",)}, "is_not": {"en": ("is not",)}, "is_one_of": {"en": ("is one of",)},
    "is_none_of": {"en": ("is none of", "is not one of")}, "is_known": {"en": ("is known",)},
    "is_unknown": {"en": ("is unknown", "is not known")}, "is_before": {"en": ("is before",)},
    "is_after": {"en": ("is after",)}, "is_within": {"en": ("is within",)},
    "is_more_than": {"en": ("is more than",)}, "is_less_than": {"en": ("is less than",)},
    "is_at_least": {"en": ("is at least",)}, "is_at_most": {"en": ("is at most",)},
    "is_in": {"en": ("is in",)}, "is_not_in": {"en": ("is not in",)}, "ago": {"en": ("ago",)},
    "at_least": {"en": ("at least",)}, "at_most": {"en": ("at most",)}, "more_than": {"en": ("more than",)},
    "fewer_than": {"en": ("fewer than", "less than")}, "exactly": {"en": ("exactly",)},
    "once": {"en": ("once",)}, "twice": {"en": ("twice",)}, "times": {"en": ("times", "time")},
    # time and place
    "at": {"en": ("at",)}, "before": {"en": ("before",)}, "after": {"en": ("after",)}, "on": {"en": ("on",)},
    "between": {"en": ("between",)}, "to": {"en": ("to",)}, "per": {"en": ("per",)},
    "per_contact": {"en": ("per contact",)},
    "monday": {"en": ("monday", "mondays")}, "tuesday": {"en": ("tuesday", "tuesdays")},
    "wednesday": {"en": ("wednesday", "wednesdays")}, "thursday": {"en": ("thursday", "thursdays")},
    "friday": {"en": ("friday", "fridays")}, "saturday": {"en": ("saturday", "saturdays")},
    "sunday": {"en": ("sunday", "sundays")}, "weekdays": {"en": ("weekdays", "weekday")},
    "weekends": {"en": ("weekends", "weekend")},
    "second": {"en": ("second", "seconds")}, "minute": {"en": ("minute", "minutes")}, "hour": {"en": ("hour", "hours")},
    "day": {"en": ("day", "days")}, "week": {"en": ("week", "weeks")}, "month": {"en": ("month", "months")},
    "year": {"en": ("year", "years")},
    # workspace and messages
    "from": {"en": ("from",)}, "cap": {"en": ("cap",)}, "capacity": {"en": ("capacity",)},
    "subject": {"en": ("subject",)}, "reply_to": {"en": ("reply to",)}, "template": {"en": ("template",)},
    # scenarios
    "assume": {"en": ("assume",)}, "contacts": {"en": ("contacts",)},
    "new_contacts": {"en": ("new contacts", "new contact")},
    "like_the_table": {"en": ("like the table",)}, "of": {"en": ("of",)}, "by_column": {"en": ("by column",)},
    "varying_by": {"en": ("varying by",)}, "varying_by_day": {"en": ("varying by day",)},
    "varying_by_week": {"en": ("varying by week",)}, "until_leaving": {"en": ("until leaving",)},
    "given_the_past": {"en": ("given the past",)}, "given_the_past_since": {"en": ("given the past since",)},
    "about": {"en": ("about",)}, "within": {"en": ("within",)}, "activate": {"en": ("activate",)},
    "deactivate": {"en": ("deactivate",)}, "pause": {"en": ("pause",)}, "resume": {"en": ("resume",)},
    "stop": {"en": ("stop",)}, "replace": {"en": ("replace",)}, "for_contact": {"en": ("for contact",)},
    "and_cancel_pending": {"en": ("and cancel pending",)},
}

DECLARATIONS = ("flow", "campaign", "email", "workspace", "scenario", "param")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_SETS = {"weekdays": 0b0011111, "weekends": 0b1100000}  # bit 0 is Monday
UNITS = ("second", "minute", "hour", "day", "week", "month", "year")

ORDINALS: dict[str, dict[str, int]] = {
    "en": {
        "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
        "tenth": 10,
    }
}

# Keywords that are possible in the same places share a terminal of the grammar; any other has its own: id in capitals.
SHARED = {**dict.fromkeys(DAYS, "DAY"), **dict.fromkeys(DAY_SETS, "DAYS"), **dict.fromkeys(UNITS, "UNIT")}

# Some keywords are keywords only before certain tokens (kinds, or words by their id); else they are words of a phrase.
BEFORE: dict[str, frozenset[str]] = {
    "or_name": frozenset({"TEXT"}),
    "at": frozenset({"CLOCK", "DATE", "day"}),
    "is_in": frozenset({"WORD"}),
    "is_not_in": frozenset({"WORD"}),
}

# Words with which a misspelled word is compared, and words of other languages that people write instead.
CONTENT = (
    "when", "where", "unless", "wait", "until", "then", "if", "otherwise", "end", "limit", "goal", "split", "repeat",
    "label", "exit", "only", "between", "include existing", "starting", "ending", "timezone", "description", "with",
    "assume", "never", "exactly", "within", "before", "after", "every", "times",
)
INSTEAD: dict[str, dict[str, str]] = {
    "en": {
        "else": "otherwise", "elif": "otherwise if", "elsif": "otherwise if", "elseif": "otherwise if",
        "endif": "end", "fi": "end", "delay": "wait", "sleep": "wait", "pause": "wait", "goto": "go to",
        "jump": "go to", "loop": "repeat", "whenever": "when", "until": "wait until", "include": "include existing",
        "randomly": "split", "starts": "starting", "ends": "ending",
    }
}
# Words that are never part of a phrase, and the terminal they mean.
FOREIGN = {
    **dict.fromkeys(("else", "elif", "elsif", "elseif"), "OTHERWISE"), "endif": "END",
}
# The keywords of which the syntax tree keeps the id or a value; all others only separate the parts of a sentence.
SIGNIFICANT = frozenset((
    "paused", "every_year", "before", "after", "contact", "or_skip", "or_continue", "or_exit", "to", "ago", "is",
    "is_not", "is_one_of", "is_none_of", "is_known", "is_unknown", "is_before", "is_after", "is_within",
    "is_more_than", "is_less_than", "is_at_least", "is_at_most", "at_least", "at_most", "more_than", "fewer_than",
    "exactly", "about", "within", "and_cancel_pending", "like_the_table", "activate", "deactivate", "pause",
    "resume", "stop", "replace", "subject", "from", "reply_to", "template",
)) | {*DAYS, *DAY_SETS, *UNITS}
# fmt: on


@dataclass(frozen=True, slots=True)
class Keyword:
    """One spelling of a keyword: its id, its terminal, its words, and what must stand behind it ("" for anything)."""

    id: str
    terminal: str
    words: tuple[str, ...]
    before: frozenset[str]
    is_word: bool  # a single one


def terminal(keyword: str) -> str:
    """The terminal of the grammar that stands for a keyword.

    >>> terminal("or_when"), terminal("monday")
    ('OR_WHEN', 'DAY')
    """
    return SHARED.get(keyword, keyword.upper())


def say(keyword: str, language: str = "en") -> str:
    """The words of a keyword, as the printer writes them.

    >>> say("exit_when")
    'exit when'
    """
    return KEYWORDS[keyword][language][0]


@cache
def terminals() -> tuple[str, ...]:
    """All terminals that stand for keywords, in order of the alphabet."""
    return tuple(sorted({terminal(each) for each in KEYWORDS}))


@cache
def by_first_word(language: str = "en") -> dict[str, tuple[Keyword, ...]]:
    """The keywords that begin with a word, longest first; of equal ones those first that need something behind them.

    >>> [keyword.id for keyword in by_first_word()["or"]][-2:]
    ['or_name', 'or']
    """
    found: dict[str, list[Keyword]] = {}
    for id, languages in KEYWORDS.items():
        for spelling in languages[language]:
            words = tuple(spelling.split())
            found.setdefault(words[0], []).append(
                Keyword(id, terminal(id), words, BEFORE.get(id, frozenset()), len(words) == 1)
            )
    return {first: tuple(sorted(all, key=lambda k: (-len(k.words), not k.before))) for first, all in found.items()}


def is_keyword(word: str, language: str = "en") -> bool:
    """Whether a word is a keyword, or begins one.

    >>> is_keyword("Unless"), is_keyword("unles")
    (True, False)
    """
    return word.casefold() in by_first_word(language)


def near(word: str, language: str = "en", among: tuple[str, ...] = CONTENT) -> str | None:
    """The keyword that a word was probably meant to be; None for a right keyword and for anything far from all of them.

    >>> near("unles"), near("wiat"), near("else"), near("unless"), near("banana")
    ('unless', 'wait', 'otherwise', None, None)
    """
    written = word.casefold()
    if len(written) > 20 or (is_keyword(written, language) and written not in INSTEAD[language]):
        return None
    if among is CONTENT and written in INSTEAD[language]:
        return INSTEAD[language][written]
    if len(written) < 3:
        return None
    allowed = 1 if len(written) < 6 else 2
    alike = [each for each in among if abs(len(each) - len(written)) <= allowed]
    ranked = [(distance(written, each), abs(len(each) - len(written)), place) for place, each in enumerate(alike)]
    close = [rank for rank in ranked if 0 < rank[0] <= allowed]
    return alike[min(close)[2]] if close else None


def distance(one: str, other: str) -> int:
    """How many letters to add, drop, change or swap with a neighbour (Damerau 1964, neighbours swapped at most once).

    >>> distance("unles", "unless"), distance("wiat", "wait"), distance("goal", "goal")
    (1, 1, 0)
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one):
        new = [i + 1]
        for j, wanted in enumerate(other):
            cost = min(row[j + 1] + 1, new[j] + 1, row[j] + (letter != wanted))
            if i and j and letter == other[j - 1] and one[i - 1] == wanted:
                cost = min(cost, before[j - 1] + 1)
            new.append(cost)
        before, row = row, new
    return row[-1]
