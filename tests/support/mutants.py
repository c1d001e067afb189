"""A mutation check of the walk: changes drawn at random from all that Cosmic Ray can make, and which tests notice them.

    pip install cosmic-ray
    python tests/support/mutants.py SEED FIRST COUNT TREE

works in TREE, a copy of the repository that nothing else uses, with the Python that runs this. One line a change is
printed: file, line, operator, before and after, and the first test that failed, or "SURVIVED". Changes of annotations
and documentation strings are not drawn. What a survivor means is for a person to find out: the change is equivalent, or
a test is missing.
"""

from __future__ import annotations

import ast
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import MutationVisitor
from cosmic_ray.plugins import get_operator, operator_names

_REFERENCE = "wake steps actions entry instant memory schedule listening conditions controls budget"
_COMPILED = "wake steps actions runs entry caps capacity cells conditions schedule chance life contact single heap rows"
REFERENCE = [f"flowdsl/machine/{name}.py" for name in _REFERENCE.split()]
COMPILED = [f"flowdsl/sim/fast/{name}.py" for name in _COMPILED.split()]
QUICK = ("tests/machine", "tests/engines/test_step_kinds.py", "tests/engines/test_without_jit.py")
WHOLE = ("tests/engines", "tests/language", "tests/oracles")
LIMIT = 300  # seconds, for tests that a change has made endless


@dataclass(frozen=True)
class Mutant:
    """One change: the occurrence of an operator in a module, with the line before and after."""

    module: str
    operator: str
    occurrence: int
    line: int
    before: str
    after: str


def occurrences(tree: Path, module: str) -> Iterator[tuple[str, str, int]]:
    """Every place of a module that an operator of the tool can change."""
    nodes = [*ast_nodes(get_ast((tree / module).read_text()))]
    for name in sorted(operator_names()):
        operator = get_operator(name)
        if not operator.arguments():
            places = sum(len([*operator().mutation_positions(node)]) for node in nodes)
            yield from ((module, name.removeprefix("core/"), place) for place in range(places))


def mutant(tree: Path, module: str, operator: str, occurrence: int) -> Mutant | None:
    """The change at a place; None where it changes nothing that the module does."""
    source = (tree / module).read_text()
    changed = _changed(source, operator, occurrence)
    if _plain(changed) in (_plain(source), ""):
        return None
    return Mutant(module, operator, occurrence, *_difference(source, changed))


def _changed(source: str, operator: str, occurrence: int) -> str:
    changed = MutationVisitor.mutate_code(source, get_operator(f"core/{operator}")(), occurrence)
    assert changed is not None
    return changed


def _plain(source: str) -> str:
    """What a module does, without annotations and texts of documentation; "" where it is no Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(None)
    return ast.dump(tree)


def _difference(before: str, after: str) -> tuple[int, str, str]:
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    return next(((n, a.strip(), b.strip()) for n, (a, b) in enumerate(pairs, 1) if a != b), (0, "", ""))


def killed_by(tree: Path, mutant: Mutant) -> str:
    """The first test that fails with the change."""
    path = tree / mutant.module
    source = path.read_text()
    path.write_text(_changed(source, mutant.operator, mutant.occurrence))
    try:
        for tests, more in ((QUICK, {"NUMBA_DISABLE_JIT": "1"}), (WHOLE, {})):
            if failed := _failed(tree, tests, more):
                return failed
        return "SURVIVED"
    finally:
        path.write_text(source)


def _failed(tree: Path, tests: tuple[str, ...], more: dict[str, str]) -> str:
    cache = tree / ".mutant-cache"
    shutil.rmtree(cache, ignore_errors=True)
    there = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "NUMBA_CACHE_DIR": str(cache),
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    command += ["-k", "not auto_takes and not without_any_folder"] if more else []
    try:
        done = subprocess.run(command, cwd=tree, env=there, capture_output=True, text=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return f"more than {LIMIT} seconds"
    if done.returncode == 0:
        return ""
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return found[1] if found else f"pytest ended with {done.returncode}: {(done.stdout + done.stderr)[-300:]}"


def drawn(tree: Path, seed: int, modules: Sequence[str]) -> Iterator[Mutant]:
    """All changes of some modules, in a random order."""
    places = [place for module in modules for place in occurrences(tree, module)]
    random.Random(seed).shuffle(places)
    yield from filter(None, (mutant(tree, *place) for place in places))


def main(seed: int, first: int, count: int, tree: Path) -> None:
    """Prints what became of some changes, drawn in turn from each engine: `count` of them from number `first` on."""
    engines = [drawn(tree, seed, modules) for modules in (REFERENCE, COMPILED)]
    for number in range(first + count):
        one = next(engines[number % 2])
        if number >= first:
            print(json.dumps({"number": number, **asdict(one), "killed by": killed_by(tree, one)}), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), Path(sys.argv[4]).resolve())
