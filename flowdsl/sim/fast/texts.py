"""Numbers texts: equal texts have one number; the texts of the machine itself come first.

Whole numbers that 64 bits do not hold go by their places among all of them, in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from flowdsl.chance.keyed_draws import hash_text
from flowdsl.sim.fast.layout import FIXED
from flowdsl.sim.fast.words import Ints


class Texts:
    """The texts of a simulation by number; number 0 is the empty text.

    >>> texts = Texts()
    >>> texts.number(""), texts.number("Yoga") == texts.number("Yoga")
    (0, True)
    """

    def __init__(self, huge: Iterable[int] = ()) -> None:
        self.huge = sorted(set(huge))
        self._numbers = {text: number for number, text in enumerate(FIXED)}
        self._hashes: list[int] = []
        self._ranks: Ints | None = None

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, text: str) -> int:
        """The number of a text, a new one where it has none."""
        return self._numbers.setdefault(text, len(self._numbers))

    def numbers(self, texts: Iterable[str]) -> Mapping[str, int]:
        """The numbers of many texts, by text."""
        for text in dict.fromkeys(texts):
            self._numbers.setdefault(text, len(self._numbers))
        return self._numbers

    def all(self) -> list[str]:
        """Every text, by number."""
        return list(self._numbers)

    def hashes(self, count: int) -> list[int]:
        """The hashes (draws.hash_text) of the first so many texts; each is made once."""
        known = len(self._hashes)
        self._hashes += map(hash_text, self.all()[known:count] if known < count else ())
        return self._hashes[:count]

    def ranks(self) -> Ints:
        """The place of each text among all of them in order; made once, unless texts have come since."""
        if self._ranks is None or len(self._ranks) < len(self):
            ordered = sorted(self._numbers)
            self._ranks = np.zeros(len(ordered), dtype=np.int64)
            for rank, text in enumerate(ordered):
                self._ranks[self._numbers[text]] = rank
        return self._ranks
