"""The notebooks as files: what a reader finds on opening one. What they print is compared by nbval (`make test`)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MACHINE = re.compile(r"/(?:home|root|work|usr|opt|tmp|Users)/|[A-Z]:\\\\|ipykernel_\d")
EVERY = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path: Path, kind: str = "") -> list[dict[str, Any]]:
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if kind in ("", cell["cell_type"])]


def test_there_are_six_and_the_page_lists_them() -> None:
    """The folder's page has a line for each notebook, and for no other."""
    listed = re.findall(r"\]\((\w+\.ipynb)\)", (NOTEBOOKS[0].parent / "README.md").read_text(encoding="utf-8"))
    assert listed == [path.name for path in NOTEBOOKS]
    assert len(listed) == 6


@EVERY
def test_it_opens_with_whom_it_is_for(path: Path) -> None:
    """The first cell says for whom, what for, and how long it takes."""
    first = "".join(cells(path)[0]["source"])
    assert first.startswith("# ")
    for words in ("**For you if**", "**At the end you have**", "**It takes**"):
        assert words in first


@EVERY
def test_it_is_small_clean_and_names_no_machine(path: Path) -> None:
    """Less than 400 kB, nothing in the metadata but the kernel, no path of a machine, no warning of a library."""
    assert path.stat().st_size < 400_000
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert set(notebook["metadata"]) <= {"kernelspec", "language_info", "widgets"}
    for cell in notebook["cells"]:
        assert set(cell["metadata"]) <= {"tags"}
        shown = {**cell, "outputs": [_without_pictures(one) for one in cell.get("outputs", [])]}
        assert not MACHINE.search(json.dumps(shown, ensure_ascii=False)), cell["id"]
        assert not any(one.get("name") == "stderr" for one in cell.get("outputs", []))


def _without_pictures(output: dict[str, Any]) -> str:
    return re.sub(r"base64,[A-Za-z0-9+/=]+", "", json.dumps(output, ensure_ascii=False))


@EVERY
def test_it_has_been_run_from_top_to_bottom_and_ends_in_what_it_holds(path: Path) -> None:
    """Cells are numbered from 1 on; only cells that mean to fail do; the last one asserts."""
    code = cells(path, "code")
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    for cell in code:
        has_failed = any(one["output_type"] == "error" for one in cell["outputs"])
        assert has_failed == ("raises-exception" in cell["metadata"].get("tags", []))
    assert "assert " in "".join(code[-1]["source"])
    assert cells(path)[-1]["cell_type"] == "code"


def test_nbconvert_executes_one_into_a_page(tmp_path: Path) -> None:
    """Whoever makes pages of notebooks on a server gets diagrams and diagnostics in it."""
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "html", "--output-dir", str(tmp_path)]
    done = subprocess.run([*command, str(NOTEBOOKS[0])], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / NOTEBOOKS[0].with_suffix(".html").name).read_text(encoding="utf-8")
    assert page.count("data:image/svg+xml;base64") >= 2
    assert "did you mean" in page
