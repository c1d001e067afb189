"""The flow of `journey.py` in whole columns of NumPy: each step for all contacts at once; counts by day come out.

It is quickly written for a flow without loops, limits or events that meet; a flow that has them cannot be said so.
"""

from __future__ import annotations

import json
import sys
from time import process_time
from typing import Any

import numpy as np

from benchmarks.journey import BEGIN, DAY, DAYS, MU, OPENS, SIGMA, arrays


def counts(joins: Any, members: Any, begin: int, until: int, seed: int = 0) -> dict[str, Any]:
    """Sends by day, for each message, and how many joined, opened and ended."""
    chance = np.random.default_rng(seed)
    waited = joins + 3 * DAY
    there = waited < until
    sent = waited[there & ~members]
    opens = sent + np.rint(chance.lognormal(MU, SIGMA, len(sent))).astype(np.int64)
    opens[chance.random(len(sent)) >= OPENS] = until
    is_open = opens <= sent + 7 * DAY
    ends = np.where(is_open, opens, sent + 7 * DAY)
    over = ends < until
    daily = {"A": sent, "B": ends[is_open & over], "C": ends[~is_open & over]}
    return {
        **{name: np.bincount((times - begin) // DAY, minlength=DAYS) for name, times in daily.items()},
        "joined": len(joins),
        "opened": int((opens < until).sum()),
        "ended": int((there & members).sum() + over.sum()),
    }


def main(size: int) -> None:
    """Prints the figures of a run with this many contacts."""
    begin = int(BEGIN.timestamp() * 1000)
    joins, members = arrays(size)
    start = process_time()
    found = counts(joins, members, begin, begin + DAYS * DAY)
    cpu = process_time() - start
    found |= {"started": found["joined"]} | {name: int(found[name].sum()) for name in "ABC"}
    print(json.dumps({"cpu": cpu, "counts": found}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
