"""The yardstick: the flow of `journey.py` as an engineer writes it by hand in SimPy. Two frames in, a list of rows out.

One process a contact; everything that happens is kept as a row (time, contact, what, name), as the engine keeps it.
It knows this one flow and nothing else: no text, no goals, no limits, no local times, no consent, no keyed chance.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Generator, Iterable
from time import process_time
from typing import Any

import pandas as pd
import simpy

from benchmarks.journey import BEGIN, DAY, DAYS, MU, OPENS, SIGMA, frames
from benchmarks.measure import peak_memory

Row = tuple[float, str, str, str]


class Simulation:
    """All contacts of the flow in one environment."""

    def __init__(self, begin: int, seed: int = 0) -> None:
        self.env = simpy.Environment(initial_time=begin)
        self.random = random.Random(seed)
        self.rows: list[Row] = []

    def note(self, contact: str, what: str, name: str = "") -> None:
        self.rows.append((self.env.now, contact, what, name))

    def contact(self, contact: str, joins: int, is_member: bool) -> Generator[simpy.Event, Any, None]:
        env = self.env
        yield env.timeout(joins - env.now)
        self.note(contact, "joined", "Yoga")
        self.note(contact, "started")
        yield env.timeout(3 * DAY)
        if is_member:
            self.note(contact, "completed", "member")
            return
        self.note(contact, "sent", "A")
        opened = env.event()
        if self.random.random() < OPENS:
            env.process(self.opening(contact, opened))
        yield opened | env.timeout(7 * DAY)
        self.note(contact, "sent", "B" if opened.triggered else "C")
        self.note(contact, "completed")

    def opening(self, contact: str, opened: simpy.Event) -> Generator[simpy.Event, Any, None]:
        yield self.env.timeout(round(self.random.lognormvariate(MU, SIGMA)))
        self.note(contact, "opened", "A")
        opened.succeed()


def simulate(contacts: pd.DataFrame, events: pd.DataFrame, begin: int, until: int, seed: int = 0) -> list[Row]:
    """Lives through the flow for all contacts and gives the rows, in the order in which they happened."""
    simulation = Simulation(begin, seed)
    members: dict[str, bool] = dict(zip(contacts["contact"], contacts["membership"], strict=True))
    joins: Iterable[int] = events["time"].dt.as_unit("ms").astype("int64").tolist()
    for contact, time in zip(events["contact"], joins, strict=True):
        simulation.env.process(simulation.contact(contact, time, members[contact]))
    simulation.env.run(until=until)
    return simulation.rows


def main(size: int) -> None:
    """Prints the figures of a run with this many contacts."""
    begin, until = int(BEGIN.timestamp() * 1000), int(BEGIN.timestamp() * 1000) + DAYS * DAY
    simulate(*frames(10), begin, until)  # whatever is loaded at first use is loaded now
    pd.DataFrame(Simulation(0).rows)
    imports = peak_memory()
    contacts, events = frames(size)
    inputs = peak_memory()
    start = process_time()
    rows = simulate(contacts, events, begin, until)
    ran = process_time()
    memory = peak_memory()
    table = pd.DataFrame(rows, columns=["time", "contact", "what", "name"])
    table["time"] = pd.to_datetime(table["time"], unit="ms", utc=True)
    made = process_time()
    sent = table[table["what"] == "sent"]["name"].value_counts()
    what = table["what"].value_counts()
    counts = {name: int(sent[name]) for name in "ABC"}
    counts |= {name: int(what[name]) for name in ("joined", "started", "opened")} | {"ended": int(what["completed"])}
    print(
        json.dumps(
            {
                "cpu": ran - start,
                "with_tables": made - start,
                "memory": memory - imports,
                "inputs": inputs - imports,
                "counts": counts,
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
