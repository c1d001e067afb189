"""How long a fresh interpreter takes, on the wall clock: figures of `import flowdsl` and of `flowdsl check`, printed.

An interpreter that does nothing is told too; it is part of both. `%load_ext flowdsl` and the first `%%flow` are told
without the start of IPython.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

PROGRAM = 'when member joins program unless has membership wait 3 days then send chat "Hello"\n'
NOTEBOOK = f"""
import tempfile
from time import perf_counter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
quiet = Config()
quiet.HistoryManager.enabled = False
with tempfile.TemporaryDirectory() as folder:
    shell = InteractiveShell.instance(config=quiet, ipython_dir=folder)
    begin = perf_counter()
    shell.run_line_magic("load_ext", "flowdsl")
    loaded = perf_counter()
    shell.display_formatter.format(shell.run_cell_magic("flow", "welcome", {PROGRAM!r}))
    print(loaded - begin, perf_counter() - loaded)
"""


def main() -> None:
    """Prints wall-clock seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hello.flow"
        path.write_text(PROGRAM, encoding="utf-8")
        check = [sys.executable, "-c", "from flowdsl.cli import main; main()", "check", str(path)]
        found = {
            "python": seconds([sys.executable, "-c", "pass"]),
            "import": seconds([sys.executable, "-c", "import flowdsl"]),
            "check": seconds(check),
        }
    found["load_ext"], found["cell"] = notebook()
    print(json.dumps(found))


def seconds(command: Sequence[str]) -> float:
    """How long a command takes; CalledProcessError when it fails."""
    start = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - start


def notebook() -> tuple[float, float]:
    """How long a shell takes to load the extension, and then to show its first program."""
    ran = subprocess.run([sys.executable, "-c", NOTEBOOK], check=True, capture_output=True, text=True)
    loaded, shown = map(float, ran.stdout.split())
    return loaded, shown


if __name__ == "__main__":
    main()
