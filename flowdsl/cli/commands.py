"""The commands, one function each: each calls a public verb, and a Screen prints the results.

Modules that take long to load are imported inside the commands that need them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

import flowdsl
from flowdsl.api import pipeline
from flowdsl.atomic_files import write_text
from flowdsl.cli import folder, forecasts, kernel
from flowdsl.cli.screen import STDIN, Format, Screen
from flowdsl.syntax import files

if TYPE_CHECKING:
    from flowdsl.plan.plan import Plan
    from flowdsl.results.results import Results
    from flowdsl.syntax import ast

Found = TypeVar("Found")
app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)  # rich's help and tracebacks would cost every command a tenth of a second

Program = Annotated[str, typer.Argument(metavar="PROGRAM", help="A .flow file, a folder of them, or - for stdin.")]
Runnable = Annotated[
    str, typer.Argument(metavar="PROGRAM", help="A .flow file, a folder of them, a plan (.json), or - for stdin.")
]
Contacts = Annotated[str, typer.Option(metavar="FILE", help="Contacts, one row each: CSV, Parquet, dir/*.parquet.")]
MaybeContacts = Annotated[str | None, typer.Option("--contacts", metavar="FILE", help="Also check its columns.")]
Events = Annotated[str | None, typer.Option(metavar="FILE", help="Events: time, contact, event, object…")]
Objects = Annotated[str | None, typer.Option(metavar="FILE", help="Related objects: kind, object_id, contact…")]
Catalogue = Annotated[str | None, typer.Option(metavar="FILE", help="Names that programs may use: kind, name…")]
Scenario = Annotated[
    str | None, typer.Option(metavar="NAME|FILE", help="The scenario to simulate: by name, or from a file.")
]
Start = Annotated[str | None, typer.Option(metavar="DATE", help="First day. Default: the day of the first event.")]
Days = Annotated[
    int | None, typer.Option(metavar="N", help="Number of days. Default: until the day of the last event.")
]
Until = Annotated[str | None, typer.Option(metavar="DATE", help="End of the simulation, instead of --days.")]
WarmFrom = Annotated[
    str | None, typer.Option(metavar="DATE", help="Warm-up: flows run from this day, rows count from --start.")
]
Seed = Annotated[int, typer.Option(metavar="N", help="Random seed: the same seed gives the same rows.")]
Replication = Annotated[int, typer.Option(metavar="N", help="Number of another replication with the same seed.")]
Engine = Annotated[str, typer.Option(metavar="NAME", help="Simulation engine: auto, simpy or fast (compiled).")]
Records = Annotated[
    str, typer.Option(metavar="full|sends|counts", help="Which rows to keep; counts need the least memory.")
]
Tables = Annotated[str, typer.Option(metavar="csv|parquet", help="File format of the tables.")]
Backend = Annotated[str | None, typer.Option(metavar="dask", help="Run on Dask workers.")]
Client = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Address of the Dask scheduler. Default: local workers.")
]
AsFormat = Annotated[Format, typer.Option("--format", help="json writes one JSON document.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"flowdsl {flowdsl.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Check, simulate and export customer journeys that are written as sentences."""


# --- the text ---------------------------------------------------------------------------------------------------------


@app.command()
def check(program: Program, contacts: MaybeContacts = None, format: AsFormat = Format.TEXT) -> None:
    """Check a program and report all errors and warnings."""
    with Screen(format) as screen:
        found = pipeline.check_sources(screen.read(program), contacts)
        screen.diagnostics(found, praise=f"{program}: no errors")


@app.command()
def fmt(
    programs: Annotated[list[str], typer.Argument(metavar="PROGRAM…", help=".flow files, folders, or - for stdin.")],
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit with 1 if a file would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Change nothing; show the changes.")] = False,
) -> None:
    """Format programs in the standard style. Comments are kept."""
    from flowdsl.cli import rewrite

    with Screen() as screen:
        sources = [(program, source) for program in programs for source in screen.read(program)]
        screen.sources = [source for _, source in sources]
        texts = [rewrite.formatted(source) for source in screen.sources]
        changed = []
        for (program, source), text in zip(sources, texts, strict=True):
            if program == STDIN and not (check or diff):
                screen.data(text)
            elif text != source.text:
                changed.append(source.name)
                if diff:
                    screen.data(rewrite.difference(source, text))
                elif not check:
                    files.write({Path(source.name): text})
        if check or (programs != [STDIN] and not diff):
            screen.note(rewrite.said(changed, len(sources), only_look=check or diff))
        if check and changed:
            raise typer.Exit(1)


@app.command()
def explain(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The code of a diagnostic, such as E303.")],
) -> None:
    """Explain the code of a diagnostic, with a correct example."""
    from flowdsl.diagnostics.explain import explain as explained

    try:
        Screen().text(explained(code))
    except LookupError as error:
        raise typer.BadParameter(str(error.args[0])) from None


@app.command()
def export(
    program: Program,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Output file; - for stdout.")] = STDIN,
) -> None:
    """Export the plan as runtime JSON."""
    from flowdsl.plan.json import text

    with Screen() as screen:
        document = text(pipeline.dump(pipeline.read(screen.read(program))))
        if output == STDIN:
            screen.data(document)
        else:
            _keep_apart(screen, [output], program)
            write_text(output, document)


# --- simulation -------------------------------------------------------------------------------------------------------


@app.command()
def simulate(
    program: Runnable,
    contacts: Contacts,
    events: Events = None,
    objects: Objects = None,
    catalogue: Catalogue = None,
    scenario: Scenario = None,
    start: Start = None,
    days: Days = None,
    until: Until = None,
    warm_from: WarmFrom = None,
    seed: Seed = 0,
    replication: Replication = 0,
    engine: Engine = "auto",
    records: Records = "full",
    out: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Folder for the tables or counts. Input files are never overwritten."),
    ] = None,
    tables: Tables = "csv",
    backend: Backend = None,
    client: Client = None,
    funnel: Annotated[bool, typer.Option("--funnel", help="Show how many runs reached each step.")] = False,
    format: AsFormat = Format.TEXT,
) -> None:
    """Simulate a program for contacts."""
    from flowdsl.cli import simulation_output
    from flowdsl.results.results import COUNTED, KEPT
    from flowdsl.sim import options

    _check_tables(tables)
    chosen = _chosen_options(locals())
    with Screen(format) as screen:
        in_parts = options.is_in_parts(None, backend, contacts, events, objects)
        kinds = (".parquet", "", ".json") if in_parts else (f".{tables}",)
        places = _places(out, simulation_output.TABLES, kinds)
        _keep_apart(screen, places, program, contacts, events, objects, catalogue, scenario)
        if out is not None and not in_parts:
            _keep_foreign(out, KEPT.get(records) or COUNTED, tables)
        parts = {"out": out, "backend": backend, "client": client} if in_parts else {}
        results = _simulated(screen, program, contacts, {**chosen, **parts})
        files = results.to_dir(out, tables) if out is not None and not in_parts else []
        simulation_output.show(screen, results, files, with_funnel=funnel)


@app.command()
def forecast(
    program: Runnable,
    contacts: Contacts,
    events: Events = None,
    objects: Objects = None,
    catalogue: Catalogue = None,
    scenario: Scenario = None,
    start: Start = None,
    days: Days = None,
    until: Until = None,
    warm_from: WarmFrom = None,
    seed: Seed = 0,
    replications: forecasts.Replications = "auto",
    level: forecasts.Level = 0.9,
    by: forecasts.By = "channel,flow,message",
    every: forecasts.Every = "day",
    price: forecasts.Price = None,
    engine: Engine = "auto",
    backend: Backend = None,
    client: Client = None,
    method: forecasts.Method = "simulate",
    out: Annotated[str | None, typer.Option(metavar="DIR", help="Folder for the tables.")] = None,
    tables: Tables = "csv",
    plot: forecasts.Plot = None,
    report: forecasts.Report = None,
    format: AsFormat = Format.TEXT,
) -> None:
    """Forecast the number of messages, with prediction intervals."""
    _check_tables(tables)
    forecasts.check_files(plot)
    chosen = {
        **_chosen_options(locals()),
        "replications": forecasts.number(replications),
        "level": level,
        "by": forecasts.columns(by),
        "every": every,
        "prices": forecasts.prices(price),
        "backend": backend,
        "client": client,
        "method": method,
    }
    with Screen(format) as screen:
        places = [*_places(out, forecasts.TABLES, (f".{tables}",)), plot, report]
        _keep_apart(screen, places, program, contacts, events, objects, catalogue, scenario)
        if out is not None:
            _keep_foreign(out, forecasts.TABLES, tables)
        found = _run_verb(screen, flowdsl.forecast, "forecasting", program, contacts, chosen)
        forecasts.show(screen, found, out, tables, plot, report)


@app.command()
def story(
    program: Runnable,
    contact: Annotated[str, typer.Option(metavar="ID", help="The contact.")],
    contacts: Contacts,
    events: Events = None,
    objects: Objects = None,
    catalogue: Catalogue = None,
    scenario: Scenario = None,
    start: Start = None,
    days: Days = None,
    until: Until = None,
    warm_from: WarmFrom = None,
    seed: Seed = 0,
    replication: Replication = 0,
    engine: Engine = "auto",
    format: AsFormat = Format.TEXT,
) -> None:
    """Show what happens to one contact, in plain sentences."""
    from flowdsl.cli import simulation_output

    chosen = _chosen_options(locals())
    with Screen(format) as screen:
        results = _simulated(screen, program, contacts, chosen)
        if screen.is_json:
            screen.document(simulation_output.story_document(results, contact))
        else:
            screen.text(results.story(contact))


@app.command()
def who(
    program: Runnable,
    contacts: Contacts,
    at: Annotated[str, typer.Option(metavar="DATE", help="The day on which the flows would be activated.")],
    events: Events = None,
    objects: Objects = None,
    catalogue: Catalogue = None,
    flow: Annotated[str | None, typer.Option(metavar="NAME", help="Only this flow.")] = None,
    out: Annotated[str | None, typer.Option(metavar="FILE", help="Write the full list to this CSV file.")] = None,
    format: AsFormat = Format.TEXT,
) -> None:
    """List the contacts who would enter the flows."""
    from flowdsl.cli import simulation_output

    with Screen(format) as screen:
        _keep_apart(screen, [out], program, contacts, events, objects, catalogue)
        tables = {"events": events, "objects": objects, "catalogue": catalogue}
        found = pipeline.who_would_enter(_runnable(screen, program), contacts, at=at, flow=flow, **tables)
        simulation_output.show_entrants(screen, found, out)


@app.command()
def preview(
    program: Program,
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="Name of the message.")],
    contact: Annotated[str, typer.Option(metavar="ID", help="The contact.")],
    contacts: Contacts,
    channel: Annotated[
        str, typer.Option(metavar="NAME", help="Channel, such as email or sms, if several messages have this name.")
    ] = "",
    html: Annotated[str | None, typer.Option(metavar="FILE", help="Write the message body to this file.")] = None,
    format: AsFormat = Format.TEXT,
) -> None:
    """Show a message as a contact receives it."""
    from flowdsl.cli import simulation_output
    from flowdsl.display.preview import preview

    with Screen(format) as screen:
        _keep_apart(screen, [html], program, contacts)
        shown = preview(pipeline.read(screen.read(program)), message, contact, contacts, channel)
        simulation_output.show_preview(screen, shown, html)


@app.command()
def warm(format: AsFormat = Format.TEXT) -> None:
    """Compile the compiled engine, so that later processes start at once."""
    from flowdsl.sim import engine_selection
    from flowdsl.tables import lookup

    with Screen(format) as screen:
        begun = perf_counter()
        folder = engine_selection.warm()
        lookup.warm()
        seconds = perf_counter() - begun
        if screen.is_json:
            screen.document({"ok": True, "seconds": round(seconds, 3), "folder": folder and str(folder)})
        else:
            screen.text(f"ready after {seconds:.1f} s; " + (f"kept in {folder}" if folder else "not kept: no folder"))


@app.command()
def demo() -> None:
    """Simulate a small program with generated contacts."""
    from flowdsl.cli import simulation_output

    simulation_output.demo(Screen())


OPTIONS = (
    "events",
    "objects",
    "catalogue",
    "scenario",
    "start",
    "days",
    "until",
    "warm_from",
    "seed",
    "replication",
)


def _chosen_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of `flowdsl.simulate` among all arguments of a command."""
    return {name: given[name] for name in (*OPTIONS, "engine", "records") if name in given}


def _keep_apart(screen: Screen, places: Iterable[str | None], program: str, *given: str | None) -> None:
    """Raises RunError if an output file is also an input file, before anything runs."""
    from flowdsl.diagnostics.user_input import refuse_inputs

    if named := [Path(place) for place in places if place is not None]:
        refuse_inputs(named, [*_files_of(screen, program), *given])


def _files_of(screen: Screen, program: str) -> list[str]:
    """The files of a program, including templates."""
    if program.endswith(".json"):
        return [program]
    sources = screen.read(program)
    templates = (str(path) for _, path in files.every_template(pipeline.read(sources)))
    return [*(source.name for source in sources if program != STDIN), *templates]


def _keep_foreign(out: str, names: Iterable[str], tables: str) -> None:
    """Raises RunError if results would replace a file that is not an earlier result, before anything runs."""
    from flowdsl.diagnostics.user_input import folder_path
    from flowdsl.results import mark

    mark.refuse(folder_path(out), [f"{name}.{tables}" for name in names])


def _places(out: str | None, names: Iterable[str], endings: Iterable[str]) -> list[str]:
    return [] if out is None else [str(Path(out) / f"{name}{ending}") for name in names for ending in endings]


def _check_tables(tables: str) -> None:
    if tables not in ("csv", "parquet"):
        raise typer.BadParameter(f"{tables} is neither csv nor parquet", param_hint="--tables")


def _simulated(screen: Screen, program: str, contacts: str, chosen: dict[str, Any]) -> Results:
    return _run_verb(screen, pipeline.simulate, "simulating", program, contacts, chosen)


def _run_verb(
    screen: Screen, verb: Callable[..., Found], doing: str, program: str, contacts: str, chosen: dict[str, Any]
) -> Found:
    """Calls a verb with a program and contacts, and shows a progress bar."""
    from flowdsl.cli.progress import bar

    given = _runnable(screen, program)
    if (chosen["scenario"] or "").endswith(files.ENDING):
        chosen = {**chosen, "scenario": pipeline.read(screen.read(chosen["scenario"]))}
    with bar(doing) as progress:
        return verb(given, contacts, progress=progress, **chosen)


def _runnable(screen: Screen, program: str) -> ast.Program | Plan:
    if program.endswith(".json"):
        return pipeline.load_plan(program)
    return pipeline.read(screen.read(program))


folder.add_to(app)
app.add_typer(kernel.app, name="kernel")
