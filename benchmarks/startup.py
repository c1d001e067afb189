"""How long a fresh interpreter takes, on the wall clock: figures of `import flowdsl` and of `flowdsl check`, printed.

An interpreter that does nothing is told too; it is part of both.
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
    print(json.dumps(found))


def seconds(command: Sequence[str]) -> float:
    """How long a command takes; CalledProcessError when it fails."""
    start = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - start


if __name__ == "__main__":
    main()
