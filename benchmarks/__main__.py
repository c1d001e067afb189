"""Runs all benchmarks and prints one table: each figure, its target and whether it is met. Always ends with 0.

A timing depends on the machine and its load, so a missed target is marked and breaks nothing. The ratios compare two
programs in the same minutes on the same machine, and are what counts.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from benchmarks.curve import draw
from benchmarks.journey import same_work
from benchmarks.measure import Figures, Job, in_turn

BY_HAND = {
    "plain SimPy": ("plain_simpy", 200_000),
    "a heap in plain Python": ("heap_by_hand", 200_000),
    "Ciw (it grows with the square: few contacts)": ("ciw_network", 2_000),
    "NumPy, all contacts at once": ("numpy_cohorts", 2_000_000),
}
MILLION = 1_000_000
RATIO = 2.5  # the SimPy engine against plain SimPy: CPU time, and memory
FLOWS = 1000
PARSING = 8.0  # seconds for so many flows
LINEAR = 2.2  # twice the flows take so many times as long, at most
PICTURES = {10: 0.02, 300: 0.5}  # seconds for a diagram of so many steps
IMPORT, CHECK, LOAD = 0.3, 0.4, 0.5  # seconds on the wall clock
TYPED, TAB = 10, 50.0  # flows in a cell, and ms until Tab must have offered something


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; without a target it is there to be known."""

    what: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False

    def __str__(self) -> str:
        digits = 3 if self.value < 10 and self.unit == "µs" else 2
        said = f"{self.what:<64}{self.value:>9.{digits}f} {self.unit:<3}"
        if self.target is None:
            return said
        is_met = self.value >= self.target if self.at_least else self.value <= self.target
        return f"{said}  at {'least' if self.at_least else 'most'} {self.target:g}: {'met' if is_met else 'MISSED'}"


def main() -> None:
    """Measures and prints."""
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("--quick", action="store_true", help="leave out what takes minutes")
    options.add_argument("--picture", type=Path, help="draw growth into this PNG file")
    asked = options.parse_args()
    quick = asked.quick
    show("Start of a program (wall clock)", startup())
    show(f"Typing in a cell of {TYPED} flows, beside a million contacts (wall clock)", typing())
    show(f"Parsing and checking {FLOWS:,} and {2 * FLOWS:,} flows (CPU time)", language())
    show("Diagrams, as a notebook shows them (CPU time)", diagrams())
    for size, repeats in ((20_000, 3),) if quick else ((20_000, 5), (200_000, 2)):
        show(f"The SimPy engine and plain SimPy, {size:,} contacts", engine(size, repeats))
    show("The compiled engine and what others would write (CPU time a contact, packed tables)", compiled(3))
    show("A forecast: 200 replications of 100,000 contacts (wall clock, all processors)", forecast(2))
    if not quick:
        show("The compiled engine: growth, flows, threads, memory", growth(asked.picture))
        show("The door: Parquet files to packed tables", door())


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
        Line("%load_ext flowdsl, in a shell", least["load_ext"], "s", LOAD),
        Line("the first %%flow after it, shown", least["cell"], "s"),
    ]


def typing() -> list[Line]:
    """What a person waits for while typing."""
    (least,) = in_turn([("tab", str(TYPED))], 3)
    return [
        Line("Tab, the first time", least["first"] * 1e3, "ms"),
        Line("Tab", least["tab"] * 1e3, "ms", TAB),
        Line("help on a word", least["help"] * 1e3, "ms"),
        Line("the diagnostics of the cell", least["diagnostics"] * 1e3, "ms"),
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


def diagrams() -> list[Line]:
    """Drawing a flow, without and with what a simulation told of it."""
    found = in_turn([("diagram", str(steps)) for steps in PICTURES], 3)
    return [
        Line(f"{steps} steps{words}", of[key], "s", most)
        for (steps, most), of in zip(PICTURES.items(), found, strict=True)
        for words, key in (("", "plain"), (", with results", "told"))
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


def compiled(repeats: int) -> list[Line]:
    """The five-step flow of the yardstick in every way it can be had."""
    jobs = [
        *((module, str(size)) for module, size in BY_HAND.values()),
        ("numba_by_hand", str(2 * MILLION), "counts"),
        ("numba_by_hand", str(MILLION), "columns"),
        *(("compiled", "simple", str(MILLION), records, "1") for records in ("counts", "sends", "full")),
        ("compiled", "busy", str(MILLION // 5), "full", "1"),
        ("compiled", "limited", str(20_000), "full", "1", "simpy"),
        ("compiled", "limited", str(MILLION // 5), "full", "1"),
    ]
    found = in_turn(jobs, repeats)
    for one in (*found[:2], *found[3:6]):
        assert abs(one["counts"]["A"] / one["counts"]["joined"] - 2 / 3) < 0.01, one
    cost = [one["cpu"] / int(_size(job)) * 1e6 for one, job in zip(found, jobs, strict=True)]
    plain, loop, columns, counts, sends, full = cost[0], cost[4], cost[5], cost[6], cost[7], cost[8]
    per_row = found[8]["cpu"] / found[8]["rows"], found[9]["cpu"] / found[9]["rows"]
    return [
        *(Line(name, one, "µs") for name, one in zip(BY_HAND, cost, strict=False)),
        Line("a Numba loop for this very flow: counts", loop, "µs"),
        Line("a Numba loop for this very flow: a row of everything", columns, "µs"),
        Line("compiled engine: counts", counts, "µs"),
        Line("compiled engine: sends and runs", sends, "µs"),
        Line("compiled engine: a row of everything", full, "µs"),
        Line("counts: plain SimPy / compiled", plain / counts, "x", 300, True),
        Line("counts: compiled / Numba loop", counts / loop, "x", 8),
        Line("a row of everything: plain SimPy / compiled", plain / full, "x", 100, True),
        Line("a row of everything: compiled / Numba loop", full / columns, "x", 6),
        Line("a channel of limited capacity: a row of everything", cost[11], "µs"),
        Line("a channel of limited capacity: our SimPy engine / compiled", cost[10] / cost[11], "x"),
        Line("five flows with windows, zones, counts, caps: a row, times as much", per_row[1] / per_row[0], "x", 5),
    ]


def forecast(repeats: int) -> list[Line]:
    """Replications side by side, with intervals by day and message, and as many runs of the plain program in a pool of
    processes: a smaller number of smaller ones, whose time grows with the contacts in them."""
    ours, plain = in_turn([("forecasts", "ours", "200", "100000"), ("forecasts", "plain", "8", "10000")], repeats)
    assert abs(ours["sent"] / 100_000 - plain["sent"] / 10_000) < 0.02, (ours, plain)
    extrapolated = plain["wall"] * (200 * 100_000) / (8 * 10_000)
    return [
        Line("a forecast with intervals", ours["wall"], "s", 60),
        Line("of it: CPU time of all processors", ours["cpu"], "s"),
        Line("plain SimPy, 8 runs of 10,000 contacts in a pool of processes", plain["wall"], "s"),
        Line("plain SimPy, 200 runs of 100,000: extrapolated from that", extrapolated, "s"),
        Line("plain SimPy / a forecast", extrapolated / ours["wall"], "x"),
    ]


def growth(picture: Path | None) -> list[Line]:
    """Cost by contacts, by flows and by threads; memory beyond the packed tables. picture: where to draw it."""
    by_contacts, by_flows, lines = dict[int, float](), dict[int, float](), []
    for size in (10_000, 100_000, MILLION, 10 * MILLION):
        (one,) = in_turn([("compiled", "simple", str(size), "counts", "1")], 3)
        by_contacts[size] = one["cpu"] / size * 1e6
        lines.append(Line(f"{size:,} contacts, counts: CPU time a contact", by_contacts[size], "µs"))
    lines.append(Line("of it: memory a contact beyond the packed tables, bytes", one["memory"] * 2**20 / size, "B", 60))
    for flows in (1, 10, 100):
        size = 3 * MILLION // flows
        (one,) = in_turn([("compiled", str(flows), str(size), "counts", "1")], 2)
        by_flows[flows] = one["cpu"] / size / flows * 1e6
        lines.append(
            Line(f"{flows} flows, {size:,} contacts, counts: CPU time a contact and flow", by_flows[flows], "µs")
        )
    if picture:
        draw(by_contacts, by_flows, picture)
    jobs = [("compiled", "simple", str(10 * MILLION), "counts", threads) for threads in ("1", "2")]
    one, two = in_turn(jobs, 2)
    lines.append(Line("10,000,000 contacts, counts, two threads: wall clock", two["wall"], "s"))
    lines.append(Line("wall clock with one thread / with two", one["wall"] / two["wall"], "x", 1.6, True))
    return lines


def door() -> list[Line]:
    """Reading, checking and packing ten million contacts and as many events, and what simulating them costs."""
    jobs = [
        ("door", str(10 * MILLION)),
        ("compiled", "busy", str(2 * MILLION), "counts", "1"),
        ("compiled", "busy", str(2 * MILLION), "full", "1"),
    ]
    read, counts, full = (one["cpu"] / int(_size(job)) * 1e6 for one, job in zip(in_turn(jobs, 1), jobs, strict=True))
    return [
        Line("opening 10,000,000 contacts and as many events: CPU time a contact", read, "µs"),
        Line("simulating five flows, 2,000,000 contacts: counts", counts, "µs"),
        Line("simulating five flows, 2,000,000 contacts: a row of everything", full, "µs"),
        Line("opening / simulating with a row of everything", read / full, "x", 1),
    ]


def _size(job: Job) -> str:
    """How many contacts a job has: its first argument, the second of the engine's own."""
    return job[2] if job[0] == "compiled" else job[1]


def both(what: str, name: str, plain: Figures, ours: Figures, unit: str, target: float | None = None) -> list[Line]:
    """A figure of both sides and their ratio."""
    return [
        Line(f"{what}: plain SimPy", plain[name], unit),
        Line(f"{what}: engine", ours[name], unit),
        Line(f"{what}: engine / plain SimPy", ours[name] / plain[name], "x", target),
    ]


if __name__ == "__main__":
    main()
