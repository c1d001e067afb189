"""The context of parsing one text: its source, spans of tokens, and the diagnostics so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from flowdsl.diagnostics.catalogue.reading import READING
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.source import Source, Span
from flowdsl.syntax import ast
from flowdsl.syntax.parser.tokens import Token

Item: TypeAlias = "ast.Node | str | int | Sequence[Item] | None"
"""What a symbol of the grammar stands for: a node, a word, or several of them."""


class ParseContext(DiagnosticCollector):
    """One text being read, and the diagnostics found so far."""

    def __init__(self, source: Source) -> None:
        super().__init__(READING, (source,))
        self.source = source

    def span(self, first: Token, last: Token) -> Span:
        return Span(self.source.name, first.start, last.end, first.line, first.column)
