"""A Lexicon finds the longest known phrase of a text, and gives the phrase of an id.

A phrase reaches it as tokens: words in lower case, and NAMES wherever quoted names stand. All patterns are written out
into one tree of words, so reading a phrase costs one step per word however large the vocabulary is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from flowdsl.vocabulary.fitting import Clash

NAMES = '"'  # the token of quoted names; no word can look like it
Form: TypeAlias = Literal["third", "past", "gerund", "base"]
FORMS: tuple[Form, ...] = ("third", "past", "gerund", "base")
_SLOT = re.compile(r"<\w+>")
_OPTIONAL = re.compile(r"\[.*\]")
_TOKEN = re.compile(r"[\[\]]|[^\s\[\]]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a phrase was read as: a row's id, where its slots stand (name, token index), how many tokens it took."""

    id: str
    slots: tuple[tuple[str, int], ...]
    used: int


@dataclass(slots=True)
class _Node:
    """A place in the tree of words."""

    next: dict[str, _Node] = field(default_factory=dict)
    id: str = ""
    slots: tuple[str, ...] = ()


def expand(pattern: str) -> tuple[tuple[str, ...], ...]:
    """Every way to say a pattern, `<slots>` included; the first is the plain one, without what may be left out.

    >>> expand("opens/opened [an|the] email [<object>]")[:2]
    (('opens', 'email'), ('opens', 'email', '<object>'))
    """
    tokens = _TOKEN.findall(pattern)
    ways, at = _sequence(tokens, 0)
    assert at == len(tokens), pattern
    return tuple(ways)


def _sequence(tokens: Sequence[str], at: int) -> tuple[list[tuple[str, ...]], int]:
    ways: list[tuple[str, ...]] = [()]
    while at < len(tokens) and tokens[at] != "]":
        if tokens[at] == "[":
            inner, at = _sequence(tokens, at + 1)
            choices: list[tuple[str, ...]] = [(), *inner]
        else:
            choices = [(word,) for word in re.split(r"[/|]", tokens[at])]
        ways = [way + choice for way in ways for choice in choices]
        at += 1
    return ways, at


def _fits(pattern: str, slots: Iterable[str]) -> bool:
    return set(slots) <= set(re.findall(r"<(\w+)>", pattern))


class Lexicon:
    """The phrases of one kind of row (events, states or actions) in one language."""

    def __init__(self, words: Mapping[str, tuple[str, ...]], articles: frozenset[str]) -> None:
        self._words = words
        self._articles = articles
        self._root = _Node()
        for row, patterns in words.items():
            for pattern in patterns:
                for way in expand(pattern):
                    self._plant(row, way)

    def __contains__(self, row: object) -> bool:
        return row in self._words

    def _plant(self, row: str, way: tuple[str, ...]) -> None:
        node = self._root
        for token in way:
            node = node.next.setdefault(NAMES if token.startswith("<") else token, _Node())
        if node.id not in ("", row):
            raise Clash(f"`{' '.join(way)}` is already a phrase of {node.id}, so it cannot be one of {row} too")
        node.id = row
        node.slots = tuple(token[1:-1] for token in way if token.startswith("<"))

    def longest(self, tokens: Sequence[str], start: int = 0) -> Reading | None:
        """The longest known phrase that begins at a token, articles apart; None when there is none.

        >>> tags = Lexicon({"tag.got": ("gets/got tag [<object>]",)}, frozenset({"the"}))
        >>> tags.longest(["got", "the", "tag", NAMES, "now"])
        Reading(id='tag.got', slots=(('object', 3),), used=4)
        """
        node = self._root
        names: list[int] = []
        found: Reading | None = None
        for at in range(start, len(tokens)):
            step = node.next.get(tokens[at])
            if step is None:
                if tokens[at] in self._articles:
                    continue
                break
            node = step
            if tokens[at] == NAMES:
                names.append(at)
            if node.id:
                found = Reading(node.id, tuple(zip(node.slots, names, strict=True)), at + 1 - start)
        return found

    def after(self, tokens: Sequence[str], start: int = 0) -> tuple[str, ...]:
        """The words, and NAMES, that can follow these tokens in a phrase; none where no phrase goes on.

        >>> Lexicon({"tag.got": ("gets/got tag [<object>]",)}, frozenset({"the"})).after(["gets", "the"])
        ('tag',)
        """
        node = self._root
        for token in tokens[start:]:
            step = node.next.get(token)
            if step is None and token not in self._articles:
                return ()
            node = step or node
        return tuple(sorted(node.next))

    def say(self, row: str, slots: Mapping[str, str] | None = None, form: Form = "third") -> str:
        """The phrase of a row in a form of its verb, with texts (already quoted) in its slots.

        >>> Lexicon({"tag.got": ("gets/got tag [<object>]",)}, frozenset()).say("tag.got", {"object": '"vip"'}, "past")
        'got tag "vip"'
        """
        slots = slots or {}
        pattern = next((p for p in self._words[row] if _fits(p, slots)), self._words[row][0])
        return _spoken(pattern, slots, FORMS.index(form))

    def patterns(self, row: str) -> tuple[str, ...]:
        """The patterns of a row, as its language writes them."""
        return self._words[row]

    def shown(self, row: str, number: int, form: Form = "third") -> str:
        """One pattern of a row for readers: plain words in one form, places for names as "…", what may be left out in
        brackets.

        >>> Lexicon({"tag.got": ("gets/got tag|tags [<object>]",)}, frozenset()).shown("tag.got", 0)
        'gets tag ["…"]'
        """
        spoken = (_choice(token, FORMS.index(form)) for token in _TOKEN.findall(self._words[row][number]))
        text = " ".join(_SLOT.sub('"…"', word) for word in spoken)
        return text.replace("[ ", "[").replace(" ]", "]")

    @cached_property
    def phrases(self) -> tuple[str, ...]:
        """Every phrase without names, for suggestions."""
        ways = (way for patterns in self._words.values() for pattern in patterns for way in expand(pattern))
        return tuple(dict.fromkeys(" ".join(word for word in way if not word.startswith("<")) for way in ways))

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """The plain phrase of every row in every form, without what may be left out; of rows that go without a name."""
        said = (patterns[0] for patterns in self._words.values() if not _SLOT.search(_OPTIONAL.sub("", patterns[0])))
        return tuple(dict.fromkeys(_spoken(pattern, {}, form) for pattern in said for form in range(len(FORMS))))

    def takes(self, row: str, slot: str) -> bool:
        """True when a row can be said with a name in this slot."""
        return any(f"<{slot}>" in pattern for pattern in self._words[row])

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word that is in a phrase."""
        return frozenset(word for phrase in self.phrases for word in phrase.split())


def _spoken(pattern: str, slots: Mapping[str, str], form: int) -> str:
    words: list[str] = []
    marks = [0]  # how many words stood before each open bracket; it is dropped unless it holds a slot that is filled
    keep = [True]
    for token in _TOKEN.findall(pattern):
        if token == "[":
            marks.append(len(words))
            keep.append(False)
        elif token == "]":
            mark = marks.pop()
            if not keep.pop():
                del words[mark:]
            else:
                keep[-1] = True
        elif token.startswith("<"):
            filled = slots.get(token[1:-1])
            if filled is not None:
                words.append(filled)
                keep[-1] = True
        else:
            words.append(_choice(token, form))
    return " ".join(words)


def _choice(token: str, form: int) -> str:
    """The word of a token in a form of the verb, the first where there are several."""
    choices = token.split("/")
    return choices[min(form, len(choices) - 1)].split("|")[0]
