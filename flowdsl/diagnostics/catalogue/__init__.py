"""A Rule is one entry of the catalogue of diagnostics; error pages and explanations are made from it.

The entries stand by stage, a room each: reading (E1), meaning (E2 to E4 and W), data (E5), plan (E6), run (E7),
results (E8), programs in a folder (E9).
"""

from __future__ import annotations

from dataclasses import dataclass

from flowdsl.diagnostics.diagnostic import Diagnostic
from flowdsl.diagnostics.input_checks import shown
from flowdsl.diagnostics.source import Span


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of error. `wrong` is a small program that has exactly this error, `right` the same program put right."""

    code: str
    title: str
    why: str
    wrong: str
    right: str

    def diagnostic(self, message: str, words: object = "", span: Span | None = None) -> Diagnostic:
        """One case of this kind of diagnostic, with its reason and its right example.

        >>> rule = Rule("E9", "a title", "the reason", "wrong", "right")
        >>> rule.diagnostic("it is wrong", 3).words
        '3'
        """
        return Diagnostic(self.code, message, span, shown(words), self.why, self.right)
