"""The printer: writes a Program as text in the style of the formatter.

The style: a declaration starts in the first column, with an empty line between two (params are kept together); each
clause and step is on a line of its own, indented by two spaces inside its block; `then` precedes every action; keywords
are in lower case. Lines are never broken, except for a `when` of several triggers wider than 100 columns; names, texts
and words of phrases stay as written. The order of clauses stays, too. A program without `flow` stays a bare sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowdsl.syntax import ast
from flowdsl.syntax.keywords import say
from flowdsl.syntax.printer.node_text import line

__all__ = ["line", "to_text"]

WIDEST = 100  # columns
INDENT = "  "


def to_text(program: ast.Program) -> str:
    """The text of a program; parsing it gives an equal program.

    >>> duration = ast.Duration(((3, "day"),))
    >>> print(to_text(ast.Program((ast.Param(ast.Word("pause"), duration),))), end="")
    param pause 3 days
    """
    lines: list[str] = []
    above: ast.Declaration | None = None
    for declaration in program.declarations:
        together = isinstance(above, ast.Param) and isinstance(declaration, ast.Param)
        if above is not None and not (together and not declaration.comments.before):
            lines.append("")
        lines.extend(_declaration(declaration))
        above = declaration
    if program.comments.inside:
        lines.extend([""] if lines else [])
        lines.extend(_remarks(program.comments.inside, ""))
    return "".join(f"{each}\n" for each in lines)


def _declaration(node: ast.Declaration) -> Iterator[str]:
    if isinstance(node, ast.Flow) and node.name is None:
        yield from _bare(node)
        return
    yield from _head(node, "")
    if isinstance(node, ast.Flow | ast.Campaign):
        yield from _steps((*node.clauses, *node.steps), INDENT)
    elif not isinstance(node, ast.Param):
        yield from _steps(node.lines, INDENT)
    yield from _remarks(node.comments.inside, INDENT)


def _bare(node: ast.Flow) -> Iterator[str]:
    """A flow without a name: one sentence, each clause and step at the start of a line."""
    yield from _remarks(node.comments.before, "")
    yield from _steps((*node.clauses, *node.steps), "")
    yield from _remarks(node.comments.inside, INDENT)


def _steps(nodes: Iterable[ast.Sentence], indent: str) -> Iterator[str]:
    for node in nodes:
        yield from _step(node, indent)


def _step(node: ast.Sentence, indent: str) -> Iterator[str]:
    if isinstance(node, ast.If):
        yield from _if(node, indent)
        return
    if isinstance(node, ast.When) and len(indent + line(node)) > WIDEST and len(node.triggers) > 1:
        yield from _wide_when(node, indent)
        return
    yield from _head(node, indent)
    if isinstance(node, ast.Split):
        for arm in node.arms:
            yield from _head(arm, indent + INDENT)
            yield from _steps(arm.steps, indent + 2 * INDENT)
            yield from _remarks(arm.comments.inside, indent + 2 * INDENT)
    elif isinstance(node, ast.Repeat):
        yield from _steps(node.steps, indent + INDENT)
    if isinstance(node, ast.Split | ast.Repeat):
        yield from _remarks(node.comments.inside, indent + INDENT)
        yield _behind(f"{indent}{say('end')}", node.comments.end)


def _otherwise_steps(nodes: tuple[ast.Step, ...], indent: str) -> Iterator[str]:
    """The steps after `otherwise`. An `if` at their beginning keeps its `then`, since `otherwise if` is one keyword."""
    if nodes and isinstance(nodes[0], ast.If):
        yield from _if(nodes[0], indent, f"{say('then')} ")
        nodes = nodes[1:]
    yield from _steps(nodes, indent)


def _if(node: ast.If, indent: str, then: str = "") -> Iterator[str]:
    yield from _remarks(node.comments.before, indent)
    for index, arm in enumerate(node.arms):
        yield from _remarks(arm.comments.before, indent)
        word = say("otherwise_if") if index else then + say("if")
        yield _behind(f"{indent}{word} {line(arm.condition)}", arm.comments.after)
        yield from _steps(arm.steps, indent + INDENT)
        yield from _remarks(arm.comments.inside, indent + INDENT)
    if node.otherwise:
        yield from _head(node.otherwise, indent)
        yield from _otherwise_steps(node.otherwise.steps, indent + INDENT)
        yield from _remarks(node.otherwise.comments.inside, indent + INDENT)
    yield from _remarks(node.comments.inside, indent + INDENT)
    yield _behind(f"{indent}{say('end')}", node.comments.end)


def _wide_when(node: ast.When, indent: str) -> Iterator[str]:
    """A `when` with one trigger per line."""
    yield from _remarks(node.comments.before, indent)
    first, *rest = (line(trigger) for trigger in node.triggers)
    written = [f"{indent}{say('when')} {first}", *(f"{indent}{INDENT}{say('or_when')} {each}" for each in rest)]
    yield from written[:-1]
    yield _behind(written[-1], node.comments.after)


def _head(node: ast.Sentence, indent: str) -> Iterator[str]:
    """The comments before a sentence, and its own line."""
    yield from _remarks(node.comments.before, indent)
    yield _behind(f"{indent}{line(node)}", node.comments.after)


def _remarks(comments: tuple[str, ...], indent: str) -> Iterator[str]:
    for comment in comments:
        yield f"{indent}# {comment}".rstrip() if comment else ""


def _behind(written: str, comment: str) -> str:
    return f"{written}  # {comment}" if comment else written
