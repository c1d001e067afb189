"""The flow of `journey.py` without a library: a heap of (time, number, contact, what) in plain Python; rows out."""

from __future__ import annotations

import heapq
import json
import random
import sys
from time import process_time

import pandas as pd

from benchmarks.journey import BEGIN, DAY, DAYS, MU, OPENS, SIGMA, frames

JOIN, WAITED, OPEN, TIMEOUT = range(4)


Row = tuple[int, str, str, str]


def simulate(contacts: pd.DataFrame, events: pd.DataFrame, until: int, seed: int = 0) -> list[Row]:
    """Lives through the flow for all contacts and gives the rows, in the order in which they happened."""
    chance = random.Random(seed)
    members = dict(zip(contacts["contact"], contacts["membership"], strict=True))
    joins = events["time"].dt.as_unit("ms").astype("int64").tolist()
    heap = [(time, n, contact, JOIN) for n, (contact, time) in enumerate(zip(events["contact"], joins, strict=True))]
    heapq.heapify(heap)
    number, waiting, rows = len(heap), set(), []
    while heap and heap[0][0] < until:
        now, _, contact, what = heapq.heappop(heap)
        number += 2
        if what == JOIN:
            rows += [(now, contact, "joined", "Yoga"), (now, contact, "started", "")]
            heapq.heappush(heap, (now + 3 * DAY, number, contact, WAITED))
        elif what == WAITED and members[contact]:
            rows.append((now, contact, "completed", "member"))
        elif what == WAITED:
            rows.append((now, contact, "sent", "A"))
            waiting.add(contact)
            if chance.random() < OPENS:
                heapq.heappush(heap, (now + round(chance.lognormvariate(MU, SIGMA)), number, contact, OPEN))
            heapq.heappush(heap, (now + 7 * DAY, number + 1, contact, TIMEOUT))
        else:
            if what == OPEN:
                rows.append((now, contact, "opened", "A"))
            if contact in waiting:
                waiting.remove(contact)
                rows += [(now, contact, "sent", "B" if what == OPEN else "C"), (now, contact, "completed", "")]
    return rows


def main(size: int) -> None:
    """Prints the figures of a run with this many contacts."""
    until = int(BEGIN.timestamp() * 1000) + DAYS * DAY
    contacts, events = frames(size)
    start = process_time()
    rows = simulate(contacts, events, until)
    cpu = process_time() - start
    sent = pd.Series([name for _, _, what, name in rows if what == "sent"]).value_counts()
    what = pd.Series([what for _, _, what, _ in rows]).value_counts()
    counts = {name: int(sent[name]) for name in "ABC"}
    counts |= {name: int(what[name]) for name in ("joined", "started", "opened")} | {"ended": int(what["completed"])}
    print(json.dumps({"cpu": cpu, "counts": counts}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
