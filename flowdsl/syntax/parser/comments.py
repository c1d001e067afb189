"""Attaches the comments of a text to its sentences.

A comment at the end of a line belongs to the sentence before it, one on a line of its own to the sentence that follows,
and one before `end` (or further to the right than the following `otherwise`) to the steps above it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from flowdsl.syntax import ast, keywords
from flowdsl.syntax.parser.tokens import Comment, Token

BLOCKS = (ast.If, ast.Split, ast.Repeat)


@dataclass(slots=True)
class _Around:
    """The comments of one sentence while they are gathered."""

    before: list[str] = field(default_factory=list)
    after: str = ""
    inside: list[str] = field(default_factory=list)
    end: str = ""


def attach(tokens: list[Token], comments: list[Comment], declarations: Iterable[ast.Declaration]) -> ast.Comments:
    """Attach every comment to its sentence; returns those after the last declaration, for the program."""
    if not comments:
        return ast.NO_COMMENTS
    places = _Places(tokens, tuple(declarations))
    for comment in comments:
        if comment.own:
            places.put_line(comment)
        else:
            places.put_behind(comment)
    for node, around in places.around.values():
        found = ast.Comments(tuple(around.before), around.after, tuple(around.inside), around.end)
        object.__setattr__(node, "comments", found)  # not yet given out: as if it had been built with them
    return ast.Comments(inside=tuple(places.rest))


class _Places:
    """The start of each sentence of a text, the ends of blocks, and the comments found for each."""

    def __init__(self, tokens: list[Token], declarations: tuple[ast.Declaration, ...]) -> None:
        self.tokens = tokens
        self.token_starts = [token.start for token in tokens]
        self.nodes: list[ast.Sentence] = []
        self.part_before: dict[int, ast.Sentence] = {}  # of an `otherwise` or an arm: the part above it
        for declaration in declarations:
            self._add(declaration)
        self.starts = [node.span.start for node in self.nodes]
        self.declared = [declaration.span.start for declaration in declarations]
        self.declarations = declarations
        self.ends = {node.span.end: node for node in self.nodes if isinstance(node, BLOCKS)}
        self.around: dict[int, tuple[ast.Sentence, _Around]] = {}
        self.rest: list[str] = []

    def _add(self, node: ast.Sentence) -> None:
        self.nodes.append(node)
        above: ast.Sentence | None = None
        for child in sentences_of(node):
            if above is not None and isinstance(child, ast.Arm | ast.Otherwise | ast.SplitArm):
                self.part_before[id(child)] = above
            self._add(child)
            above = child

    def of(self, node: ast.Sentence) -> _Around:
        return self.around.setdefault(id(node), (node, _Around()))[1]

    def put_behind(self, comment: Comment) -> None:
        """A comment with something before it on its line."""
        token = self.tokens[bisect_left(self.token_starts, comment.start) - 1]
        block = self.ends.get(token.end)
        node = self._innermost(token.start)
        if block is not None and token.text == keywords.say("end"):
            around = self.of(block)
            if around.end:
                around.inside.append(comment.text)
            else:
                around.end = comment.text
        elif node is None:
            self.rest.append(comment.text)
        elif self.of(node).after:
            self.of(node).before.append(comment.text)
        else:
            self.of(node).after = comment.text

    def put_line(self, comment: Comment) -> None:
        """A comment on a line of its own."""
        index = bisect_left(self.token_starts, comment.start)
        token = self.tokens[index] if index < len(self.tokens) else None
        _join(self._lines(comment, token), comment)

    def _lines(self, comment: Comment, token: Token | None) -> list[str]:
        if token is None or token.start in self.declared:
            above = bisect_left(self.declared, comment.start) - 1
            if comment.column > 1 and above >= 0:
                return self.of(self.declarations[above]).inside
            if token is None:
                return self.rest
        block = self.ends.get(token.end)
        if block is not None and token.text == keywords.say("end"):
            return self.of(_last_part(block)).inside
        node = self._outermost(token.start)
        if node is None:
            inner = self._innermost(token.start)
            return self.of(inner).before if inner is not None else self.rest
        part = self.part_before.get(id(node))
        if part is not None and comment.column > token.column:
            return self.of(part).inside
        return self.of(node).before

    def _innermost(self, start: int) -> ast.Sentence | None:
        index = bisect_right(self.starts, start) - 1
        return self.nodes[index] if index >= 0 else None

    def _outermost(self, start: int) -> ast.Sentence | None:
        index = bisect_left(self.starts, start)
        return self.nodes[index] if index < len(self.nodes) and self.starts[index] == start else None


def _join(lines: list[str], comment: Comment) -> None:
    if comment.gap and lines:
        lines.append("")  # an empty line between two comments stays
    lines.append(comment.text or " ")


def _last_part(block: ast.Sentence) -> ast.Sentence:
    if isinstance(block, ast.If):
        return block.otherwise or block.arms[-1]
    if isinstance(block, ast.Split) and block.arms:
        return block.arms[-1]
    return block


def sentences_of(node: ast.Sentence) -> Iterator[ast.Sentence]:
    """The sentences directly inside one, in the order of the text."""
    if isinstance(node, ast.Flow | ast.Campaign):
        yield from node.clauses
        yield from node.steps
    elif isinstance(node, ast.Message | ast.Workspace | ast.Scenario):
        yield from node.lines
    elif isinstance(node, ast.If):
        yield from node.arms
        if node.otherwise:
            yield node.otherwise
    elif isinstance(node, ast.Split):
        yield from node.arms
    elif isinstance(node, ast.Arm | ast.Otherwise | ast.SplitArm | ast.Repeat):
        yield from node.steps
