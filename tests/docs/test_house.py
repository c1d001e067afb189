"""The house: every room is drawn in ARCHITECTURE.md, and generated files are up to date."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "flowdsl"


def rooms() -> set[str]:
    """Top-level modules and packages."""
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    return modules | {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


def test_every_room_is_in_the_drawing() -> None:
    """ARCHITECTURE.md lists each room twice: on its layer, and in one line; and none that is not there."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    layers = text.partition("## The layers")[2].partition("More contracts")[0]
    lines = text.partition("## The packages")[2].partition("## Decisions")[0]
    first_cells = " ".join(line.split("|")[1] for line in lines.splitlines() if line.startswith("|"))
    assert set(re.findall(r"`(\w+)`", layers)) == rooms()
    assert set(re.findall(r"`(\w+)`", first_cells)) == rooms()


def test_every_room_says_what_it_is_for() -> None:
    """The first line of each module is a sentence, not a heading."""
    silent = [
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*.py")
        if len(path.read_text(encoding="utf-8").partition("\n")[0]) < 40
    ]
    assert silent == []


def test_generated_files_are_up_to_date() -> None:
    """Pages of codes, schema and parser table say what the code says; else: make docs."""
    ran = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert (ran.stdout, ran.stderr, ran.returncode) == ("", "", 0)


def test_every_upper_bound_says_why() -> None:
    """Whoever cannot install FlowDSL beside a newer library finds the reason on the line that forbids it."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    bounds = [line for line in lines if re.search(r'"[\w.-]+(>=[\d.]+,)?<', line)]
    assert len(bounds) >= 4
    assert [line for line in bounds if "  # " not in line] == []
