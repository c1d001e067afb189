"""Pictures of flows: the figures of drawing one of so many steps, as a notebook does, with what a simulation told."""

from __future__ import annotations

import json
import sys
from statistics import median
from time import process_time

import pandas as pd

import flowdsl
from flowdsl.results.results import Results
from flowdsl.syntax.ast import Program

HEAD = 'flow "Long"\n  when member joins program\n'
PART = """
  wait 1 day
  then send email "Lesson {n}"
  if opened "Lesson {n}"
    then send sms "Well done {n}"
  otherwise
    split 50% "a" then send push "Again {n}" 50% "b" wait 2 days end
  end
  repeat 2 times
    wait 1 hour
    then send chat "Ping {n}"
  end
"""
STEPS = 10  # of PART
WORLD = "scenario\n  assume 5 new contacts per day join program\n"
ROUNDS = 7


def main(steps: int) -> None:
    """Prints the CPU seconds of a picture without and with results, for a flow of so many steps."""
    text = HEAD + "".join(PART.format(n=n) for n in range(steps // STEPS)) + WORLD
    program = flowdsl.parse(text)
    results = flowdsl.simulate(text, pd.DataFrame({"contact": range(10)}), start="2026-01-05", days=20)
    drawn(program, None)  # whatever is loaded at first use is loaded now
    print(json.dumps({"plain": typical(program, None), "told": typical(program, results)}))


def typical(program: Program, results: Results | None) -> float:
    """The middle of some rounds, seconds."""
    return median(drawn(program, results) for _ in range(ROUNDS))


def drawn(program: Program, results: Results | None) -> float:
    """The seconds from a program to what a notebook shows."""
    start = process_time()
    program.diagram(results=results)._repr_html_()
    return process_time() - start


if __name__ == "__main__":
    main(int(sys.argv[1]))
