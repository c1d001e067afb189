"""Prints the results of a simulation: counts for a terminal, a pipe or a machine, and stories."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import asdict
from gzip import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowdsl.api import pipeline
from flowdsl.atomic_files import write_text, written
from flowdsl.calendar.clock import format_ms
from flowdsl.calendar.zones import UTC, zone
from flowdsl.cli.progress import bar
from flowdsl.cli.screen import Screen
from flowdsl.diagnostics.render import clean

if TYPE_CHECKING:
    import pandas as pd

    from flowdsl.display.preview import Preview
    from flowdsl.results.results import Results
    from flowdsl.results.summary import Summary
    from flowdsl.sim.entrants import Entrants

TABLES = ("sends", "runs", "actions", "records", "counts", "steps", "why", "tally")  # files of a simulation
TITLES = {"flows": "Runs", "declined": "Declined entries", "messages": "Messages", "skipped": "Skipped messages"}


def show(screen: Screen, results: Results, files: Sequence[Path], *, with_funnel: bool = False) -> None:
    """Prints the counts of a simulation, its funnels on request, and the names of written files."""
    summary = results.summary()
    if screen.is_json:
        counts = {**summary_document(results, summary), **(funnel_document(results) if with_funnel else {})}
        screen.document({"ok": True, **counts, "files": [str(file) for file in files]})
        return
    screen.text(f"{results.contacts:,} contacts, {_span(results)}, seed {results.seed}")
    _print_tables(screen, summary)
    if with_funnel:
        screen.text(f"\n{screen.painted('title', 'How far runs came')}\n{clean_lines(str(results.funnel()))}")
    if files:
        screen.text("\nwritten: " + ", ".join(str(file) for file in files))


def _span(results: Results) -> str:
    clock = zone(results.plan.policy.zone) if results.plan.policy.zone else UTC
    return f"{format_ms(results.start_ms, clock)} to {format_ms(results.until_ms, clock)} ({clock.name})"


def show_entrants(screen: Screen, found: Entrants, out: str | None) -> None:
    """Prints who would enter, and writes the list if a file is given."""
    if out is not None:
        text = found.table.to_csv(index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
        with written(Path(out)) as (file,):
            file.write_bytes(compress(text.encode("utf-8")) if out.endswith(".gz") else text.encode("utf-8"))
    if screen.is_json:
        counts = found.counts.astype(object).where(found.counts.notna(), None)
        screen.document({"ok": True, "count": found.count, "counts": counts.to_dict("records")})
    else:
        screen.text(clean_lines(str(found)))


def show_preview(screen: Screen, shown: Preview, html: str | None) -> None:
    """Prints a message, and writes its body if a file is given."""
    if html is not None:
        write_text(html, shown.body)
    if screen.is_json:
        screen.document({"ok": True, **asdict(shown)})
    else:
        screen.text(clean_lines(str(shown)))


def clean_lines(text: str) -> str:
    """A text of several lines, each safe on a terminal."""
    return "\n".join(clean(line) for line in text.splitlines())


# --- tables of counts -------------------------------------------------------------------------------------------------


def _print_tables(screen: Screen, summary: Summary) -> None:
    for name, title in TITLES.items():
        rows = _cells(getattr(summary, name))
        if len(rows) > 1:
            screen.text(f"\n{screen.painted('title', title)}\n{columns(rows)}")
    if summary.nothing:
        screen.text(f"\n{clean(summary.nothing)}")
    if summary.remarks:
        screen.text("\n" + "\n".join(map(clean, summary.remarks)))


def _cells(frame: pd.DataFrame) -> list[list[str]]:
    """The headings of a table, then its rows, as texts that are safe on a terminal."""
    flat = frame.reset_index()
    rows = [[clean(str(cell)) for cell in row] for row in flat.itertuples(index=False)]
    return [[str(name) for name in flat.columns], *rows]


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows of texts, lined up: words to the left, numbers to the right.

    >>> print(columns([["flow", "entered"], ["Hello", "12"]]))
    flow   entered
    Hello       12
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    numbers = [all(cell.isdigit() for cell in column) for column in zip(*rows[1:], strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(row, widths, numbers, strict=True)
        ).rstrip()
        for row in rows
    ]
    return "\n".join(lines)


# --- for machines -----------------------------------------------------------------------------------------------------


def summary_document(results: Results, summary: Summary) -> dict[str, Any]:
    """The counts of a simulation as plain data."""
    tables = {name: _rows(getattr(summary, name)) for name in (*TITLES, "ignored")}
    return {
        "start": results.start.isoformat(),
        "until": results.until.isoformat(),
        "seed": results.seed,
        "replication": results.replication,
        "contacts": results.contacts,
        **tables,
        **({"nothing": summary.nothing} if summary.nothing else {}),
    }


def _rows(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    return frame.reset_index().to_dict("records")


def funnel_document(results: Results) -> dict[str, Any]:
    """The funnels of a simulation as plain data."""
    found = results.funnel()
    steps = found.steps.astype(object).where(found.steps.notna(), None)
    return {"funnel": {"steps": steps.to_dict("records"), "why": found.why.to_dict("records")}}


def story_document(results: Results, contact: str) -> dict[str, Any]:
    """One contact's Records as plain data, times in ms since 1970."""
    return {"ok": True, "contact": contact, "records": [record._asdict() for record in results.trace(contact)]}


# --- the demonstration ------------------------------------------------------------------------------------------------


def demo(screen: Screen) -> None:
    """Prints a program, what a simulation of it counts, and the story of one contact."""
    from flowdsl import demo as studio

    screen.text(studio.PROGRAM)
    with bar("simulating") as progress:
        results = pipeline.simulate(
            studio.PROGRAM, studio.contacts(), start=studio.START, days=studio.DAYS, seed=1, progress=progress
        )
    screen.text("")
    show(screen, results, [])
    screen.text(f"\n{results.story(studio.SOMEBODY)}")
