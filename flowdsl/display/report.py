"""The report of a forecast: one HTML page, without network access or scripts.

What is to come, and how sure; the pictures; the tables; what was assumed; the program; and how to make it again. Equal
forecasts make equal pages.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from flowdsl.atomic_files import write_text
from flowdsl.calendar.clock import format_ms
from flowdsl.compiler.decompile import decompile
from flowdsl.diagnostics.diagnostic import PlanError
from flowdsl.display import forecasts, html
from flowdsl.display.diagram import diagram
from flowdsl.display.page import code, figure, folded, page, paragraph, section
from flowdsl.forecasting.hours import clock_of
from flowdsl.forecasting.result import Forecast
from flowdsl.plan.json import content_hash
from flowdsl.plan.plan import Plan, World
from flowdsl.syntax import ast
from flowdsl.syntax.printer import to_text

MADE_WITH = ("flowdsl", "numpy", "pandas", "scipy", "simpy", "matplotlib")
HALF = (4.4, 2.75)  # inches of pictures side by side
ROWS = 1000  # of the table by period
INTERVALS = (
    "The {level:.4g}% prediction interval says what one real future will look like: it holds the number that will be"
    " seen with this probability, if the assumptions hold. The confidence interval says how sure the simulation is of"
    " the mean of all futures; more replications make it narrower, and the future no more certain."
)
EXACT = "Expected numbers, worked out exactly: nothing was drawn by chance, and there are no intervals."


def report(forecast: Forecast, path: str | Path, title: str = "") -> Path:
    """Writes the page of a forecast, whole or not at all; gives its path."""
    place = Path(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_text(place, document(forecast, title))
    return place


def document(forecast: Forecast, title: str = "") -> str:
    """The page as text."""
    clock = clock_of(forecast.plan)
    when = f"{format_ms(forecast.start_ms, clock)} to {format_ms(forecast.until_ms, clock)} ({clock.name})"
    return page(
        title or _title(forecast),
        f"<h1>{html.text(title or _title(forecast))}</h1>",
        paragraph(f"Messages to come, {when}. {forecast.contacts:,} contacts.", "lead"),
        html.facts(forecasts.headline(forecast)),
        paragraph(INTERVALS.format(level=forecast.level * 100) if forecast.replications else EXACT),
        section("What is to come", *_pictures(forecast)),
        section("In all", *_totals(forecast)),
        section("Load on capacity", *_load(forecast)),
        section("What was assumed", *_assumptions(forecast)),
        section("Program", *_program(forecast)),
        section("By period", _periods(forecast)),
        section("To make it again", *_again(forecast)),
    )


def _title(forecast: Forecast) -> str:
    names = [flow.name for flow in forecast.plan.flows]
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"Forecast: {shown}" if names else "Forecast"


# --- what comes -------------------------------------------------------------------------------------------------------


def _pictures(forecast: Forecast) -> list[str]:
    from flowdsl.display.plots import WIDE

    beside = [forecasts.stack(forecast, size=HALF).svg("stack"), forecasts.hours(forecast, size=HALF).svg("hours")]
    shown = [
        figure(forecasts.fan(forecast, size=WIDE).svg("fan")),
        html.element("div", *map(figure, beside), class_="pair"),
    ]
    if forecast.prices:
        shown.append(figure(forecasts.cost(forecast, size=WIDE).svg("cost")))
    return shown


def _totals(forecast: Forecast) -> list[str]:
    parts = [html.table(forecast.totals(), names=forecasts.LIMITS)]
    if forecast.prices:
        parts.append(html.table(forecast.cost_totals(), names=forecasts.LIMITS, caption=_prices(forecast)))
    if forecast.replications and forecast.counts.any():
        parts += [paragraph(_sentence(str(peak))) for peak in (forecast.peak_day, forecast.peak_hour)]
    return parts


def _prices(forecast: Forecast) -> str:
    prices = ", ".join(f"{channel} {price:g}" for channel, price in (forecast.prices or {}).items())
    return f"Cost, at these prices for one message: {prices}"


def _load(forecast: Forecast) -> list[str]:
    if not forecast.servers:
        return []
    from flowdsl.display.plots import WIDE

    picture = forecasts.load(forecast, size=WIDE).svg("load")
    return [figure(picture), html.table(forecast.load_totals(), names=forecasts.LIMITS)]


def _periods(forecast: Forecast) -> str:
    frame = forecast.to_frame()
    table = html.table(frame, ROWS, forecasts.LIMITS)
    return folded(f"{len(frame):,} rows, a row a {forecast.every} and group", table)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + "."


# --- what it was made of ----------------------------------------------------------------------------------------------


def _assumptions(forecast: Forecast) -> list[str]:
    """The scenario as text; each of its lines is an assumption."""
    explained = "The scenario: what contacts are assumed to do. A range such as 30% to 40% is uncertain, and each"
    try:
        words = to_text(ast.Program(_scenario(forecast)))
    except PlanError as error:  # a world from elsewhere may hold what no text says
        return [code(str(error))]
    if not words:
        return [paragraph("Nothing: there is no scenario, and contacts do what the table of events says.")]
    return [paragraph(f"{explained} replication draws a number of its own."), code(words)]


def _scenario(forecast: Forecast) -> tuple[ast.Declaration, ...]:
    """The scenario as it was written, with comments; otherwise as text made from the plan."""
    if not isinstance(forecast.program, Plan):
        written = [one for one in forecast.program.declarations if isinstance(one, ast.Scenario)]
        named = [one for one in written if (one.name.value if one.name else "") == forecast.world.name]
        if len(named) == 1:
            return (named[0],)
    if forecast.world == World(forecast.world.name):
        return ()
    parts = decompile(replace(forecast.plan, world=(forecast.world,))).declarations
    return tuple(one for one in parts if isinstance(one, ast.Scenario))


def _program(forecast: Forecast) -> list[str]:
    try:
        program = (
            decompile(replace(forecast.program, world=())) if isinstance(forecast.program, Plan) else forecast.program
        )
    except PlanError as error:
        return [code(str(error))]
    kept = tuple(one for one in program.declarations if not isinstance(one, ast.Scenario))
    return [figure(diagram(program).svg("flow")), code(to_text(ast.Program(kept)))]


def _again(forecast: Forecast) -> list[str]:
    parts = [
        ("seed", str(forecast.seed)),
        ("replications", f"{forecast.replications:,}" + (f" ({forecast.enough})" if forecast.enough else "")),
        ("method", forecast.method + (f" ({forecast.note})" if forecast.note and not forecast.enough else "")),
        ("engine", forecast.engine or "none"),
        ("plan", content_hash(forecast.plan)),
        ("made with", ", ".join([f"Python {sys.version.split()[0]}", *(f"{one} {version(one)}" for one in MADE_WITH)])),
    ]
    rows = [html.element("tr", html.element("th", html.text(name), scope="row", style=html.WORDS),
                         html.element("td", html.text(value), style=html.WORDS)) for name, value in parts]  # fmt: skip
    explained = "The same program, contacts, events and versions give the same numbers with"
    return [paragraph(explained), code(_call(forecast)), html.element("table", html.element("tbody", *rows))]


def _call(forecast: Forecast) -> str:
    options = {
        "start": f"{forecast.start:%Y-%m-%dT%H:%M:%SZ}",
        "until": f"{forecast.until:%Y-%m-%dT%H:%M:%SZ}",
        "seed": forecast.seed,
        "replications": forecast.replications,
        "level": forecast.level,
        "by": forecast.by,
        "every": forecast.every,
        "prices": dict(forecast.prices) if forecast.prices else None,
        "method": forecast.method,
    }
    usual = {"every": "day", "prices": None, "method": "simulate", "replications": 0}
    said = [f"    {name}={value!r},\n" for name, value in options.items() if name not in usual or value != usual[name]]
    return f"flowdsl.forecast(\n    program,\n    contacts,\n{''.join(said)})"
