"""The flow of `journey.py` as a network of queues in Ciw: each step a node with servers without end; records come out.

Waits are services, the wait for an answer is one whose length is drawn. Whoever opens after seven days cannot be said:
the contact has left the node by then. Ciw keeps a record of each visit to a node.
"""

from __future__ import annotations

import json
import random
import sys
from time import process_time
from typing import Any

import ciw
import numpy as np

from benchmarks.journey import BEGIN, DAY, DAYS, MU, OPENS, SIGMA, arrays


class Answer(ciw.dists.Distribution):  # type: ignore[misc]
    """How long a contact waits for an opening, seven days at most."""

    def sample(self, t: float | None = None, ind: Any = None) -> float:
        if random.random() < OPENS:
            return min(random.lognormvariate(MU, SIGMA), 7.0 * DAY)
        return 7.0 * DAY


def simulate(joins: Any, members: Any, begin: int) -> list[Any]:
    """Lives through the flow for all contacts; gives Ciw's records."""
    ciw.seed(0)
    days = float(3 * DAY)
    gaps = {
        name: [*np.diff(np.sort(joins[those] - begin), prepend=0).astype(float).tolist(), float("inf")]
        for name, those in (("member", members), ("other", ~members))
    }
    network = ciw.create_network(
        arrival_distributions={name: [ciw.dists.Sequential(gaps[name]), None] for name in gaps},
        service_distributions={name: [ciw.dists.Deterministic(days), Answer()] for name in gaps},
        number_of_servers=[float("inf"), float("inf")],
        routing={"member": [[0.0, 0.0], [0.0, 0.0]], "other": [[0.0, 1.0], [0.0, 0.0]]},
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(DAYS * DAY)
    found: list[Any] = simulation.get_all_records()
    return found


def main(size: int) -> None:
    """Prints the figures of a run with this many contacts."""
    joins, members = arrays(size)
    start = process_time()
    records = simulate(joins, members, int(BEGIN.timestamp() * 1000))
    cpu = process_time() - start
    waited = [one for one in records if one.node == 1]
    answers = [one for one in records if one.node == 2]
    opened = sum(one.service_time < 7 * DAY for one in answers)
    counts = {"A": len(answers), "B": opened, "C": len(answers) - opened, "opened": opened}
    counts |= {"joined": len(waited), "started": len(waited), "ended": len(waited)}
    print(json.dumps({"cpu": cpu, "counts": counts}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
