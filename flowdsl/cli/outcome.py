"""What came of a simulation: Results go in; counts for a terminal, a pipe or a machine, and stories, come out."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowdsl import pipeline
from flowdsl.cli.progress import bar
from flowdsl.cli.screen import Screen, is_coloured
from flowdsl.clock import format_ms
from flowdsl.render import clean

if TYPE_CHECKING:
    import pandas as pd

    from flowdsl.sim.results import Results
    from flowdsl.sim.summary import Summary

TITLES = {"flows": "Runs", "declined": "Declined entries", "messages": "Messages", "skipped": "Skipped messages"}


def show(screen: Screen, results: Results, files: Sequence[Path]) -> None:
    """Prints the counts of a simulation and the files that were written."""
    summary = results.summary()
    if screen.is_json:
        screen.document({"ok": True, **summary_document(results, summary), "files": [str(file) for file in files]})
        return
    screen.text(f"{len(results.contact_ids):,} contacts, {_span(results)}, seed {results.seed}\n\n")
    if sys.stdout.isatty():
        _print_tables({title: getattr(summary, name) for name, title in TITLES.items()})
    else:
        screen.text(f"\n{summary}")
    if files:
        screen.text("\nwritten: " + ", ".join(str(file) for file in files))


def _span(results: Results) -> str:
    return f"{format_ms(results.start_ms)} to {format_ms(results.until_ms)} UTC"


def _print_tables(frames: dict[str, pd.DataFrame]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(no_color=not is_coloured(sys.stdout), highlight=False)
    for title, frame in frames.items():
        if not len(frame):
            continue
        table = Table(title=f"\n{title}", title_justify="left", title_style="bold")
        flat = frame.reset_index()
        for name in flat.columns:
            table.add_column(str(name), justify="right" if flat[name].dtype.kind in "iu" else "left")
        for row in flat.itertuples(index=False):
            table.add_row(*(clean(str(cell)) for cell in row))
        console.print(table)


# --- for machines -----------------------------------------------------------------------------------------------------


def summary_document(results: Results, summary: Summary) -> dict[str, Any]:
    """The counts of a simulation as plain data."""
    tables = {name: _rows(getattr(summary, name)) for name in TITLES}
    return {
        "start": results.start.isoformat(),
        "until": results.until.isoformat(),
        "seed": results.seed,
        "replication": results.replication,
        "contacts": len(results.contact_ids),
        **tables,
    }


def _rows(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    return frame.reset_index().to_dict("records")


def story_document(results: Results, contact: str) -> dict[str, Any]:
    """One contact's Records as plain data, times in ms since 1970."""
    return {"ok": True, "contact": contact, "records": [record._asdict() for record in results.trace(contact)]}


# --- the demonstration ------------------------------------------------------------------------------------------------


def demo(screen: Screen) -> None:
    """Prints a program, what a simulation of it counts, and the story of one contact."""
    from flowdsl import demo as studio

    screen.text(f"{studio.PROGRAM}\n")
    with bar("simulating") as progress:
        results = pipeline.simulate(
            studio.PROGRAM, studio.contacts(), start=studio.START, days=studio.DAYS, seed=1, progress=progress
        )
    show(screen, results, [])
    screen.text(f"\n{results.story(studio.SOMEBODY)}")
