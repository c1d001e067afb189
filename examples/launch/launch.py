"""Lets a table of made-up subscribers live through `launch.flow`: prints what was sent, and what each arm brought."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from flowdsl import Results, load, simulate


def launch(size: int = 2_000, seed: int = 1) -> Results:
    """So many subscribers, three weeks, answers by chance: another seed, other answers."""
    subscribers = pd.DataFrame({"contact": [f"s{number}" for number in range(size)], "groups": "Newsletter"})
    program = load(Path(__file__).resolve().parent / "launch.flow")
    return simulate(program, subscribers, start="2026-05-04", days=21, seed=seed)


def buyers(results: Results) -> pd.DataFrame:
    """A row an arm of the split: subscribers, and how many of them bought."""
    first = results.sends.drop_duplicates("contact").set_index("contact")["message"].astype(str)
    runs = results.runs.set_index("contact")
    arm = first.reindex(runs.index).replace("Last call", "(holdout)")
    has_bought = runs["status"] == "converted"
    by_arm = has_bought.groupby(arm.rename("first message"))
    return pd.DataFrame({"subscribers": by_arm.size(), "bought": by_arm.sum()})


if __name__ == "__main__":
    results = launch()
    print(results.summary(), buyers(results), sep="\n\n")
