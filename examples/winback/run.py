"""Replays the CDNOW purchases under `winback.flow` and prints what would have been sent, and one customer's story."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from flowdsl import Results, parse, simulate

HERE = Path(__file__).resolve().parent


def replay() -> Results:
    """All purchases from 1997-01-01 to 1998-06-30, fetched if need be."""
    subprocess.run([sys.executable, HERE / "fetch.py"], check=True)
    program = parse((HERE / "winback.flow").read_text(encoding="utf-8"))
    return simulate(program, HERE / "data" / "customers.csv", events=HERE / "data" / "purchases.csv")


def show(results: Results) -> None:
    """Prints the counts, and the story of a customer who came back."""
    print(results.summary())
    print()
    print(results.story("00016"))


if __name__ == "__main__":
    show(replay())
