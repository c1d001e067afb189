"""Runs all benchmarks and prints one table: each figure, its target and whether it is met. Always ends with 0.

A timing depends on the machine and its load, so a missed target is marked and breaks nothing. The ratios compare two
programs in the same minutes on the same machine, and are what counts.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from benchmarks.journey import same_work
from benchmarks.measure import Figures, in_turn

RATIO = 2.5  # the SimPy engine against plain SimPy: CPU time, and memory
FLOWS = 1000
PARSING = 8.0  # seconds for so many flows
LINEAR = 2.2  # twice the flows take so many times as long, at most
IMPORT, CHECK = 0.3, 0.4  # seconds on the wall clock


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; without a target it is there to be known."""

    what: str
    value: float
    unit: str
    target: float | None = None

    def __str__(self) -> str:
        said = f"{self.what:<64}{self.value:>9.2f} {self.unit:<3}"
        if self.target is None:
            return said
        return f"{said}  at most {self.target:g}: " + ("met" if self.value <= self.target else "MISSED")


def main() -> None:
    """Measures and prints."""
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("--quick", action="store_true", help="leave out what takes minutes")
    quick = options.parse_args().quick
    show("Start of a program (wall clock)", startup())
    show(f"Parsing and checking {FLOWS:,} and {2 * FLOWS:,} flows (CPU time)", language())
    for size, repeats in ((20_000, 3),) if quick else ((20_000, 5), (200_000, 2)):
        show(f"The SimPy engine and plain SimPy, {size:,} contacts", engine(size, repeats))


def show(title: str, lines: list[Line]) -> None:
    """Prints one part of the table."""
    print(title, *(f"  {line}" for line in lines), sep="\n", end="\n\n", flush=True)


def startup() -> list[Line]:
    """`import flowdsl` and `flowdsl check`, each in a fresh interpreter."""
    (least,) = in_turn([("startup",)], 7)
    return [
        Line("an interpreter that does nothing", least["python"], "s"),
        Line("import flowdsl", least["import"], "s", IMPORT),
        Line("flowdsl check, one flow", least["check"], "s", CHECK),
    ]


def language() -> list[Line]:
    """How long a large workspace takes, and whether twice as large takes twice as long."""
    once, twice = in_turn([("language", str(FLOWS)), ("language", str(2 * FLOWS))], 3)
    return [
        Line(f"parsing {FLOWS:,} flows", once["parse"], "s"),
        Line(f"checking {FLOWS:,} flows", once["check"], "s"),
        Line(f"parsing and checking {FLOWS:,} flows", once["both"], "s", PARSING),
        Line(f"{2 * FLOWS:,} flows, times as long", twice["both"] / once["both"], "x", LINEAR),
    ]


def engine(size: int, repeats: int) -> list[Line]:
    """The engine against the plain program, after making sure that both did the same job."""
    plain, ours = in_turn([("plain_simpy", str(size)), ("engine", str(size))], repeats)
    same_work(plain["counts"], ours["counts"])
    return [
        *both("CPU time, frames in, rows kept", "cpu", plain, ours, "s", RATIO),
        *both("CPU time with the table of all rows", "with_tables", plain, ours, "s"),
        *both("peak memory above that of the imports", "memory", plain, ours, "MB", RATIO),
        Line("of it: the two frames that go in, on either side", ours["inputs"], "MB"),
        Line("of the engine's CPU time: opening and checking the tables", ours["opening"], "s"),
        Line("the engine's CPU time a contact", ours["cpu"] / size * 1e6, "µs"),
    ]


def both(what: str, name: str, plain: Figures, ours: Figures, unit: str, target: float | None = None) -> list[Line]:
    """A figure of both sides and their ratio."""
    return [
        Line(f"{what}: plain SimPy", plain[name], unit),
        Line(f"{what}: engine", ours[name], unit),
        Line(f"{what}: engine / plain SimPy", ours[name] / plain[name], "x", target),
    ]


if __name__ == "__main__":
    main()
