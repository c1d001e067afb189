"""The SimPy engine on the flow of `journey.py`, through the public door: a size goes in, figures are printed."""

from __future__ import annotations

import json
import sys
from time import process_time

from benchmarks.journey import BEGIN, DAYS, PROGRAM, frames
from benchmarks.measure import peak_memory
from flowdsl import dump, load_plan, parse, simulate
from flowdsl.results.results import Results
from flowdsl.tables.plan_tables import open_for
from flowdsl.tables.sources import TableSources


def main(size: int) -> None:
    """Prints the figures of a run with this many contacts."""
    program = parse(PROGRAM)
    plan = load_plan(dump(program))
    small, joins = frames(10)
    simulate(program, small, events=joins, start=BEGIN, days=DAYS).records  # noqa: B018 - loads what first use loads
    imports = peak_memory()
    contacts, events = frames(size)
    inputs = peak_memory()
    start = process_time()
    results = simulate(program, contacts, events=events, start=BEGIN, days=DAYS, engine="simpy")
    ran = process_time()
    memory = peak_memory()
    results.records  # noqa: B018 - makes the table, as the other side makes its own
    made = process_time()
    open_for(plan, TableSources(contacts, events))
    opened = process_time()
    print(
        json.dumps(
            {
                "cpu": ran - start,
                "with_tables": made - start,
                "opening": opened - made,
                "memory": memory - imports,
                "inputs": inputs - imports,
                "counts": counts(results),
            }
        )
    )


def counts(results: Results) -> dict[str, int]:
    """How often each thing happened, by the names that the plain program gives them."""
    sends = results.sends["message"].value_counts()
    records = results.records
    events = records["action"][records["kind"] == "event"].value_counts()
    return {
        **{name: int(sends[name]) for name in "ABC"},
        "joined": int(events["program.joined"]),
        "started": len(results.runs),
        "opened": int(events["email.opened"]),
        "ended": int((results.runs["status"] == "completed").sum()),
    }


if __name__ == "__main__":
    main(int(sys.argv[1]))
