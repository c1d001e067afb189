"""Collects diagnostics, orders them, and raises them together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from flowdsl.diagnostics.catalogue import Rule
from flowdsl.diagnostics.diagnostic import MOST_SHOWN, Diagnostic, Fix, FlowError, Severity
from flowdsl.diagnostics.input_checks import shown
from flowdsl.diagnostics.source import NOWHERE, Source, Span
from flowdsl.diagnostics.suggest import EQUAL, STRICT, suggest

LONGEST_QUOTE = 80  # characters of the program that a message repeats
NO_RULES: Mapping[str, Rule] = MappingProxyType({})


class DiagnosticCollector:
    """The diagnostics found so far.

    rules    the catalogue that gives the reason and the example where a caller has nothing closer to say
    sources  the texts that are checked: a diagnostic quotes what stands at its place

    >>> found = DiagnosticCollector()
    >>> found.add("E501", "the file cannot be read", "people.csv")
    >>> [str(one) for one in found.diagnostics]
    ['people.csv: error E501: the file cannot be read']
    """

    def __init__(self, rules: Mapping[str, Rule] = NO_RULES, sources: Iterable[Source] = ()) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._rules = rules
        self._sources = {source.name: source for source in sources}

    def add(
        self,
        code: str,
        message: str,
        place: Span | str = NOWHERE,
        *,
        words: object = "",
        reason: str = "",
        example: str = "",
        fixes: Iterable[Fix] = (),
    ) -> None:
        """Add one diagnostic. Codes that begin with W are warnings.

        place  a span of a text, or what names the rows of a table, a file or a path in JSON
        words  what was written there; without it, the text of the span
        """
        rule, span = self._rules.get(code), place if isinstance(place, Span) else NOWHERE
        self.diagnostics.append(
            Diagnostic(
                code,
                message,
                span if span != NOWHERE else None,
                shown(words) or self.written(span),
                reason or (rule.why if rule else ""),
                example or (rule.right if rule else ""),
                tuple(fixes),
                Severity.WARNING if code.startswith("W") else Severity.ERROR,
                "" if isinstance(place, Span) else place,
            )
        )

    def extend(self, found: Iterable[Diagnostic]) -> None:
        """Add diagnostics that others have found; each only once."""
        self.diagnostics = list(dict.fromkeys([*self.diagnostics, *found]))

    # --- what was found -----------------------------------------------------------------------------------------------

    @property
    def is_clean(self) -> bool:
        """True when nothing was found, not even a warning."""
        return not self.diagnostics

    @property
    def is_full(self) -> bool:
        """True when as many are known as will be shown: then to look further, or for suggestions, is not worth it."""
        return len(self.diagnostics) >= MOST_SHOWN

    @property
    def has_errors(self) -> bool:
        return any(one.is_error for one in self.diagnostics)

    def in_order(self) -> list[Diagnostic]:
        """All diagnostics, in the order of the text."""
        return in_order(self.diagnostics)

    def raise_any(self, error: type[FlowError], report: Callable[[Sequence[Diagnostic]], str] | None = None) -> None:
        """Raise one error with all diagnostics, if there is an error among them; report: makes the text of it.

        >>> from flowdsl.diagnostics.diagnostic import RunError
        >>> DiagnosticCollector().raise_any(RunError)
        """
        if self.has_errors:
            raise error(self.diagnostics, report(self.diagnostics) if report else "")

    # --- the text at a place ------------------------------------------------------------------------------------------

    def written(self, span: Span) -> str:
        """The text at a place, on one line and cut to a readable length; "" where the text is not known."""
        source = self._sources.get(span.file)
        if source is None:
            return ""
        end = min(span.end, span.start + 4 * LONGEST_QUOTE)
        text = " ".join(source.text[span.start : end].split())
        return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"

    def span_in(self, span: Span, words: str) -> Span | None:
        """Where some words stand first at a place of the text; None where they are written in another way there."""
        source = self._sources.get(span.file)
        at = source.text.find(words, span.start, span.end) if source else -1
        return source.span(at, at + len(words)) if source and at >= 0 else None

    def suggest(self, name: str, known: Iterable[str], cutoff: float = STRICT) -> str:
        """As the function `suggest`; once it is full, only a name that differs by capitals alone."""
        return suggest(name, known, EQUAL if self.is_full else cutoff)


def in_order(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Diagnostics in the order of the text; those without a place in it come last.

    >>> found = [Diagnostic("E2", ""), Diagnostic("E1", "", Source("a").span(0, 1))]
    >>> [one.code for one in in_order(found)]
    ['E1', 'E2']
    """
    return sorted(found, key=lambda one: (one.span is None, one.span or NOWHERE))
