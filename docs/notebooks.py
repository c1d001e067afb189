"""Notebooks are run again: files of `notebooks/` go in; the same come out with the outputs of today, and nothing else.

`python docs/notebooks.py` runs all of them, `python docs/notebooks.py 01_first_flow` one. Of the metadata only the
kernel is kept, so that a diff shows what has changed for a reader.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
WIDGET = "application/vnd.jupyter.widget-view+json"
PATIENCE = 600  # seconds a cell


def run(path: Path) -> None:
    """Executes a notebook in its folder and writes it back, cleaned."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        timeout=PATIENCE,
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    clean(notebook)
    nbformat.write(notebook, path)


def clean(notebook: Any) -> None:
    """Leaves what a reader sees. A widget needs its kernel; without one its HTML is shown, if nothing else is there."""
    notebook.metadata = nbformat.from_dict(KERNEL)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop(WIDGET, None)
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})


def main(names: list[str]) -> None:
    """Runs the notebooks of these names, or all."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if not names or path.stem in names:
            run(path)
            print(f"{path.name}: {path.stat().st_size / 1000:,.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
