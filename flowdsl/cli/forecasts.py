"""The command `forecast`: prints, writes and draws the expected number of messages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowdsl.cli.screen import Screen
from flowdsl.diagnostics.render import Json

if TYPE_CHECKING:
    import pandas as pd

    from flowdsl.forecasting import Forecast

Replications = Annotated[str, typer.Option(metavar="auto|N", help="Number of replications.")]
Level = Annotated[float, typer.Option(metavar="P", help="Probability of the intervals, 0 to 1.")]
By = Annotated[str, typer.Option(metavar="A,B", help="Group rows by these: channel, flow, message.")]
Every = Annotated[str, typer.Option(metavar="hour|day|week", help="Period of each row.")]
Price = Annotated[
    list[str] | None, typer.Option(metavar="CHANNEL=AMOUNT", help="Price of one message; may be repeated.")
]
Method = Annotated[
    str, typer.Option(metavar="simulate|exact", help="simulate, or exact for expected numbers where possible.")
]
Plot = Annotated[str | None, typer.Option(metavar="FILE", help="Draw the forecast to this PNG, SVG or PDF file.")]
Report = Annotated[str | None, typer.Option(metavar="FILE", help="Write an HTML report to this file.")]
TABLES = ("forecast", "totals", "cost", "cost_totals", "load", "load_totals")  # files of --out
PICTURES = (".png", ".svg", ".pdf")


def number(replications: str) -> int | str:
    """Converts the number of replications; any other text is returned unchanged.

    >>> number("99"), number("auto")
    (99, 'auto')
    """
    return int(replications) if replications.isdigit() else replications


def columns(by: str) -> tuple[str, ...]:
    """Splits names at commas.

    >>> columns("channel, flow"), columns("")
    (('channel', 'flow'), ())
    """
    return tuple(name.strip() for name in by.split(",") if name.strip())


def prices(typed: list[str] | None) -> dict[str, float] | None:
    """Converts prices. Raises BadParameter for anything else.

    >>> prices(["email=0.001"])
    {'email': 0.001}
    """
    found = {}
    for one in typed or ():
        channel, _, amount = one.partition("=")
        try:
            found[channel.strip()] = float(amount)
        except ValueError:
            raise typer.BadParameter(f"{one} is no price, such as email=0.001", param_hint="--price") from None
    return found or None


def check_files(plot: str | None) -> None:
    """Raises BadParameter for an unknown picture format, before anything is simulated."""
    if plot is not None and not plot.lower().endswith(PICTURES):
        raise typer.BadParameter(f"{plot} ends in none of {', '.join(PICTURES)}", param_hint="--plot")


def show(screen: Screen, found: Forecast, out: str | None, tables: str, plot: str | None, report: str | None) -> None:
    """Writes the requested files, then prints the headline and the totals."""
    from flowdsl.cli.simulation_output import clean_lines

    files = found.to_dir(out, tables) if out is not None else []
    if plot is not None:
        files.append(drawn(found, Path(plot)))
    if report is not None:
        found.report(report)
        files.append(Path(report))
    if screen.is_json:
        screen.document({"ok": True, **document(found), "files": [str(file) for file in files]})
        return
    screen.text(clean_lines(str(found)))
    if files:
        screen.text("\nwritten: " + ", ".join(str(file) for file in files))


def drawn(found: Forecast, path: Path) -> Path:
    """Draws a forecast into a file, which is complete or not written at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found.plot().savefig(path)
    return path


def document(found: Forecast) -> dict[str, Json]:
    """A forecast as plain data: how it was made, the totals, and every row."""
    return {
        "start": found.start.isoformat(),
        "until": found.until.isoformat(),
        "replications": found.replications,
        "seed": found.seed,
        "level": found.level,
        "engine": found.engine,
        **({"note": found.note} if found.note else {}),
        "totals": rows(found.totals()),
        "rows": rows(found.to_frame()),
    }


def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A table as plain data; missing values are null, dates are texts."""
    plain = table.assign(date=table["date"].dt.strftime("%Y-%m-%dT%H:%M")) if "date" in table else table
    records = plain.astype(object).where(plain.notna(), None).to_dict("records")
    return [{str(name): cell for name, cell in row.items()} for row in records]
