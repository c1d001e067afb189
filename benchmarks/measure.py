"""Measuring: a benchmark and its arguments go in, the figures it prints come out, each from a fresh process.

A figure is the least of several repeats: whatever else the machine does can only add to it. The processes that are
compared take turns, so that a slow minute meets all of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
Figures = dict[str, Any]
Job = tuple[str, ...]  # a module of this folder and its arguments


def figures(job: Job) -> Figures:
    """What `python -m benchmarks.MODULE ARGUMENTS` prints as JSON; CalledProcessError when it fails."""
    module, *arguments = job
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: Figures = json.loads(done.stdout)
    return found


def in_turn(jobs: Sequence[Job], repeats: int) -> list[Figures]:
    """The figures of each job, numbers as the least of all repeats; anything else must be the same in each."""
    rounds = [[figures(job) for job in jobs] for _ in range(repeats)]
    return [_least(of_one) for of_one in zip(*rounds, strict=True)]


def _least(repeats: Sequence[Figures]) -> Figures:
    least: Figures = {}
    for name, first in repeats[0].items():
        values = [one[name] for one in repeats]
        if isinstance(first, int | float):
            least[name] = min(values)
        else:
            assert all(value == first for value in values), f"{name} differs from one repeat to the next: {values}"
            least[name] = first
    return least


def peak_memory() -> float:
    """The most memory this process has held so far, in MB (Unix only)."""
    import resource

    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
