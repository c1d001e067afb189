"""Where errors are gathered: a code, a place and what to say go in, Errors with the words as written come out.

Reason and example come from the catalogue when a caller has nothing closer to say.
"""

from __future__ import annotations

from collections.abc import Iterable

from flowdsl.diagnostics.catalogue.meaning import MEANING
from flowdsl.diagnostics.diagnostic import MOST_SHOWN, Diagnostic, Fix, Severity
from flowdsl.diagnostics.source import NOWHERE, Source, Span

LONGEST_QUOTE = 80  # characters of the program that a message repeats


class Findings:
    """The diagnostics found so far, and the texts they were found in."""

    def __init__(self, sources: Iterable[Source] = ()) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._sources = {source.name: source for source in sources}

    @property
    def is_full(self) -> bool:
        """True when more is known than will be shown: then suggestions are no longer worth their time."""
        return len(self.diagnostics) > MOST_SHOWN

    def in_order(self) -> list[Diagnostic]:
        """All diagnostics, in the order of the text."""
        return sorted(self.diagnostics, key=lambda diagnostic: (diagnostic.span is None, diagnostic.span or NOWHERE))

    @property
    def errors(self) -> int:
        return sum(1 for diagnostic in self.diagnostics if diagnostic.is_error)

    def written(self, span: Span) -> str:
        """The text at a place, on one line and cut to a readable length."""
        source = self._sources.get(span.file)
        text = " ".join(source.text[span.start : span.end].split()) if source else ""
        return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"

    def span_in(self, span: Span, words: str) -> Span | None:
        """Where some words stand first at a place of the text; None where they are written in another way there."""
        source = self._sources.get(span.file)
        at = source.text.find(words, span.start, span.end) if source else -1
        return source.span(at, at + len(words)) if source and at >= 0 else None

    def add(
        self,
        code: str,
        message: str,
        span: Span,
        *,
        words: str = "",
        reason: str = "",
        example: str = "",
        fixes: Iterable[Fix] = (),
    ) -> None:
        """Note one diagnostic. Codes that begin with W are warnings."""
        diagnostic = MEANING[code]
        self.diagnostics.append(
            Diagnostic(
                code,
                message,
                span if span != NOWHERE else None,
                words or self.written(span),
                reason or diagnostic.why,
                example or diagnostic.right,
                tuple(fixes),
                Severity.WARNING if code.startswith("W") else Severity.ERROR,
            )
        )


def did_you_mean(span: Span, text: str) -> Fix:
    """The repair that puts another text in the place of what was written.

    >>> did_you_mean(NOWHERE, "unless").label
    'did you mean `unless`?'
    """
    return Fix(span, text, f"did you mean `{text}`?")
