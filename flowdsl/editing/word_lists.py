"""The words of the language, by kind, for highlighters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flowdsl.syntax import keywords
from flowdsl.syntax.keywords import DAY_SETS, DAYS, DECLARATIONS, KEYWORDS, UNITS
from flowdsl.vocabulary import VOCABULARY

TIME = (*UNITS, *DAYS, *DAY_SETS)


def families(language: str = "en") -> Mapping[str, Sequence[str]]:
    """The words of each kind, in lower case, longest phrases first, so that the first that fits is the right one.

    declarations   count as such at the beginning of a line only: flow, campaign…
    keywords       of one word or several: unless, or when, for up to…
    units          units of time and days
    phrases        single words of which phrases of the vocabulary are made, keywords apart: joins, program…

    >>> words = families()
    >>> "wait until" in words["keywords"], "days" in words["units"], "joins" in words["phrases"]
    (True, True, True)
    """
    said = {name: KEYWORDS[name][language] for name in KEYWORDS}
    units = {word for name in TIME for word in said[name]}
    declarations = {keywords.say(name, language) for name in DECLARATIONS}
    others = {
        phrase for name, phrases in said.items() if name not in (*TIME, *DECLARATIONS) for phrase in phrases
        if "<" not in phrase
    }  # fmt: skip
    known = {"declarations": declarations, "keywords": others, "units": units}
    known["phrases"] = set(of_phrases() - (units | declarations | others))
    return {kind: sorted(words, key=lambda word: (-len(word.split()), word)) for kind, words in known.items()}


def of_phrases() -> frozenset[str]:
    """Every word that a phrase of the vocabulary has.

    >>> {"member", "joins", "email"} <= of_phrases()
    True
    """
    lexicons = (VOCABULARY.event_phrases, VOCABULARY.condition_phrases, VOCABULARY.action_phrases)
    said = {word for lexicon in lexicons for phrase in lexicon.phrases for word in phrase.split()}
    return frozenset(said | VOCABULARY.subjects)
