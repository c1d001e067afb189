"""The check of loose types: it counts what says nothing in types, and the numbers can only fall."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECK = runpy.run_path(str(ROOT / "docs" / "loose_types.py"))


def test_no_room_has_more_loose_types_than_its_number() -> None:
    """The package has exactly as many loose types as docs/loose_types.toml says."""
    done = subprocess.run([sys.executable, "docs/loose_types.py"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def f(a: Any, *b: object, c: int = 0) -> list[Any]: ...", [(1, "Any"), (1, "Any"), (1, "object")]),
        ("class A:\n    x: dict[str, typing.Any]", [(2, "Any")]),
        ("Alias = Callable[..., Any]\nOther = Any", [(1, "Any"), (2, "Any")]),
        ('\nQuoted: TypeAlias = "np.ndarray[Any, int]"', [(2, "Any")]),
        ("from typing import cast\nx = cast(int, y)", [(2, "cast")]),
        ("table.cast(schema)", []),
        ("x = f()  # type: ignore[no-untyped-call]", [(1, "type: ignore")]),
        ("object()\nx.astype(object)\nobject.__setattr__(a, b, c)", []),
        ("names = ['Any']  # Any", []),
    ],
)
def test_loose_types_are_found(text: str, found: list[tuple[int, str]]) -> None:
    """Types in signatures, fields and aliases count, each once; the same words elsewhere do not."""
    assert sorted(CHECK["loose"](text)) == found


def test_numbers_can_only_fall() -> None:
    """More than the number fails with every place; fewer fails, too, until the number is lowered."""
    complaints = CHECK["complaints"]
    assert list(complaints({"api": ["api/a.py:1: Any"]}, {"api": 1})) == []
    assert list(complaints({"api": ["api/a.py:1: Any"]}, {})) == [
        "api: 1 loose types, at most 0 are allowed:",
        "api/a.py:1: Any",
    ]
    assert list(complaints({}, {"api": 2})) == [
        "api: 0 loose types instead of 2: lower its number in docs/loose_types.toml"
    ]
