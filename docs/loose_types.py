"""Types that say nothing: `Any`, `object`, `cast(…)` and `# type: ignore`, counted for each room of flowdsl/.

loose_types.toml holds the number that each room has. More fails, and so does less until the number there is lowered: it
can only fall. `make loose` runs it, and so does `make check`; with `--places ROOM` it prints where they stand.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMITS = ROOT / "docs" / "loose_types.toml"
LOOSE = {"Any", "object"}


def rooms(package: Path) -> dict[str, list[str]]:
    """The places with a loose type, as `file:line: what`, for each top-level room of a package."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package)
        room = name.parts[0].removesuffix(".py")
        found = sorted(loose(path.read_text(encoding="utf-8")))
        places[room] += [f"{package.name}/{name.as_posix()}:{line}: {what}" for line, what in found]
    return dict(places)


def loose(text: str) -> Iterator[tuple[int, str]]:
    """The line and the kind of every loose type in the text of a module."""
    tree = ast.parse(text)
    for node in ast.walk(tree) if _casts(tree) else ():
        if isinstance(node, ast.Call) and _name(node.func) == "cast":
            yield node.lineno, "cast"
    kinds = [*_types(tree)]  # kept, so that ids stay unique; a part of two types counts once
    for part in {id(part): part for kind in kinds for part in ast.walk(kind)}.values():
        if isinstance(part, ast.expr) and (name := _name(part)) in LOOSE:
            yield part.lineno, str(name)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and "type: ignore" in token.string:
            yield token.start[0], "type: ignore"


def _casts(tree: ast.AST) -> bool:
    """Whether a module takes `cast` from typing: tables of other libraries have a method of that name."""
    taken = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "typing")
    return any(name.name == "cast" for node in taken for name in node.names)


def _types(tree: ast.AST) -> Iterator[ast.expr]:
    """Every expression that is a type: annotations, aliases, and what stands in brackets."""
    for node in ast.walk(tree):
        match node:
            case ast.arg(annotation=ast.expr() as kind) | ast.FunctionDef(returns=ast.expr() as kind):
                yield kind
            case ast.AsyncFunctionDef(returns=ast.expr() as kind):
                yield kind
            case ast.AnnAssign(annotation=ast.Name(id="TypeAlias"), value=ast.expr() as kind):
                yield _parsed(kind)
            case ast.AnnAssign(annotation=kind) | ast.Subscript(slice=kind):
                yield kind
            case ast.Assign(value=ast.Name(id="Any") as kind):
                yield kind


def _parsed(kind: ast.expr) -> ast.expr:
    """A type as it is, or what a type in quotes says, on the line of the quotes."""
    match kind:
        case ast.Constant(value=str() as text):
            return ast.increment_lineno(ast.parse(text, mode="eval").body, kind.lineno - 1)
    return kind


def _name(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return None


def complaints(found: dict[str, list[str]], limits: dict[str, int]) -> Iterator[str]:
    """What is wrong, room by room: too many, with every place, or fewer than the limit."""
    for room in sorted({*found, *limits}):
        places, limit = found.get(room, []), limits.get(room, 0)
        if len(places) > limit:
            yield f"{room}: {len(places)} loose types, at most {limit} are allowed:"
            yield from places
        elif len(places) < limit:
            yield f"{room}: {len(places)} loose types instead of {limit}: lower its number in docs/{LIMITS.name}"


def main() -> None:
    """Prints what is wrong, and exits with 1 if there is anything; or the places in one room."""
    found = rooms(ROOT / "flowdsl")
    if sys.argv[1:2] == ["--places"]:
        print(*found.get(sys.argv[2], []), sep="\n")
        return
    wrong = list(complaints(found, tomllib.loads(LIMITS.read_text(encoding="utf-8"))["rooms"]))
    print(*wrong, sep="\n", end="\n" if wrong else "")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
