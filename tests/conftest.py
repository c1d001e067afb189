"""What every test may ask for: golden files, and how hard generated programs are tried."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

collect_ignore = ["support/mutants.py"]  # needs a tool of its own

settings.register_profile("steady", deadline=None, derandomize=True)  # a gate must not fail by luck
settings.register_profile("soak", deadline=None, database=None)  # `make soak` looks further each time
settings.load_profile("soak" if os.environ.get("SOAK") else "steady")


@pytest.fixture
def golden() -> Callable[[Path, str], None]:
    """Holds a text against a golden file; `make golden` writes the file instead, and the diff is the review."""

    def compare(path: Path, text: str) -> None:
        if os.environ.get("GOLDEN") == "write":
            path.write_text(text, encoding="utf-8", newline="\n")
        assert text == path.read_text(encoding="utf-8"), f"{path.name} has changed; make golden rewrites it"

    return compare
