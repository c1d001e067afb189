"""Golden programs: each good program with what every stage makes of it beside it. `make golden` rewrites them.

NAME.ast.txt is the tree, NAME.plan.json the runtime JSON, NAME.log.csv every row of a simulation with the contacts and
events of this folder. Programs made for the tree alone, which are not sound, have nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

import flowdsl
from flowdsl.plan import json as runtime_json
from flowdsl.results.table_files import write
from flowdsl.syntax import ast

HERE = Path(__file__).parents[1] / "programs"
GOOD = sorted((HERE / "good").glob("*.flow"))
RUN = [
    path
    for path in GOOD
    if not any(diagnostic.is_error for diagnostic in flowdsl.check(path.read_text(encoding="utf-8")))
]
UNSAID = ("span", "comments")
Golden = Callable[[Path, str], None]


def outline(node: object, name: str = "", depth: int = 0) -> Iterator[str]:
    """A tree as indented lines: a node's name, its plain fields, then its parts below it; what is empty is left out."""
    room = f"{'  ' * depth}{name}{': ' if name else ''}"
    if isinstance(node, tuple):
        for item in node:
            yield from outline(item, name, depth)
    elif is_dataclass(node):
        inside = {field.name: getattr(node, field.name) for field in fields(node) if field.name not in UNSAID}
        plain = {key: value for key, value in inside.items() if not _has_parts(value)}
        said = " ".join(f"{key}={value!r}" for key, value in plain.items() if value not in (None, (), ""))
        yield f"{room}{type(node).__name__} {said}".rstrip()
        for key, value in inside.items():
            if _has_parts(value):
                yield from outline(value, key, depth + 1)
    else:
        yield f"{room}{node!r}"


def _has_parts(value: object) -> bool:
    return is_dataclass(value) or (isinstance(value, tuple) and any(is_dataclass(item) for item in value))


def source(path: Path) -> ast.Program:
    return flowdsl.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_golden_trees(path: Path, golden: Golden) -> None:
    """What the parser reads stays what it read."""
    lines = [line for declaration in source(path).declarations for line in outline(declaration)]
    golden(path.with_suffix(".ast.txt"), "\n".join(lines) + "\n")


@pytest.mark.parametrize("path", RUN, ids=lambda path: path.stem)
def test_golden_plans(path: Path, golden: Golden) -> None:
    """What runs stays what it was: ids, ports, tables of delays, and the hash that seals them."""
    golden(path.with_suffix(".plan.json"), runtime_json.text(flowdsl.dump(source(path))))


@pytest.mark.parametrize("path", RUN, ids=lambda path: path.stem)
def test_golden_logs(path: Path, golden: Golden, tmp_path: Path) -> None:
    """The same contacts and events under the same program leave the same rows."""
    results = flowdsl.simulate(
        source(path), HERE / "contacts.csv", events=HERE / "events.csv", start="2026-01-05", days=21, seed=7
    )
    [written] = write(tmp_path, {"records.csv": results.records.dropna(axis="columns", how="all")})
    golden(path.with_suffix(".log.csv"), written.read_text(encoding="utf-8"))


def test_every_way_of_ending_is_in_the_logs() -> None:
    """The golden logs are worth keeping: runs end in every way there, and sends are refused."""
    results = [
        flowdsl.simulate(source(path), HERE / "contacts.csv", events=HERE / "events.csv", start="2026-01-05", days=21)
        for path in RUN
    ]
    assert len(RUN) >= 6
    assert {status for one in results for status in one.runs["status"]} >= {
        "completed",
        "converted",
        "cancelled",
        "declined",
        "pending",
    }
    assert len({reason for one in results for reason in one.sends["reason"].dropna()}) >= 2
