"""What one reading of a text gathers: its Source goes in; spans of tokens and Diagnostics come out."""

from __future__ import annotations

from collections.abc import Iterable

from flowdsl.diagnostics.catalogue.reading import READING
from flowdsl.diagnostics.diagnostic import MOST_SHOWN, Diagnostic, Fix
from flowdsl.diagnostics.source import Source, Span
from flowdsl.syntax.parser.tokens import Token

LONGEST_QUOTE = 80  # characters of the program that a message repeats


class ParseContext:
    """One text being read, and the diagnostics found so far."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []

    @property
    def is_full(self) -> bool:
        """True when as many diagnostics are known as will be shown: then reading stops."""
        return len(self.diagnostics) >= MOST_SHOWN

    def span(self, first: Token, last: Token) -> Span:
        return Span(self.source.name, first.start, last.end, first.line, first.column)

    def written(self, span: Span) -> str:
        """The text at a place, on one line and cut to a readable length."""
        text = " ".join(self.source.text[span.start : min(span.end, span.start + 4 * LONGEST_QUOTE)].split())
        return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"

    def diagnostic(
        self,
        code: str,
        message: str,
        span: Span,
        *,
        reason: str = "",
        example: str = "",
        fixes: Iterable[Fix] = (),
    ) -> None:
        """Note one diagnostic; reason and example come from the catalogue when there is nothing closer to say."""
        known = READING[code]
        words = self.written(span)
        self.diagnostics.append(
            Diagnostic(code, message, span, words, reason or known.why, example or known.right, tuple(fixes))
        )
