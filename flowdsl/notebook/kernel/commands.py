"""The commands of the FlowDSL kernel; each yields the outputs of its cell.

Each has a usable meaning without any option: contacts, and what they do, are made up until somebody says it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import flowdsl
from flowdsl import demo
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.diagnostics.suggest import did_you_mean
from flowdsl.notebook.kernel import options
from flowdsl.notebook.kernel.assumed import assumed
from flowdsl.notebook.kernel.parts import MARK, TABLES, Command
from flowdsl.notebook.kernel.session import Session
from flowdsl.notebook.kernel.shown import Bundle, markdown, plain_text, remark, shown
from flowdsl.sim.options import diagnostic

if TYPE_CHECKING:
    import pandas as pd

    from flowdsl.forecasting import Forecast
    from flowdsl.hooks import Option
    from flowdsl.results.results import Results
    from flowdsl.syntax.ast import Program
    from flowdsl.tables import Table

DAYS = 28  # of a simulation whose end nothing says
FEW = 5  # rows of a table that are shown
OF_RESULTS = ("sends", "funnel", "cohorts", "hours")
OF_FORECAST = ("fan", "stack", "cost", "load")


@dataclass(frozen=True)
class Entry:
    """A command: what it takes, what it does in one sentence, how, and its options."""

    takes: str
    does: str
    run: Callable[[Session, Command], Iterator[Bundle]]
    options: options.Kinds = field(default_factory=dict)
    words: tuple[str, ...] = ()


def run(session: Session, command: Command) -> Iterator[Bundle]:
    """Does what a command says. Raises FlowError."""
    entry = COMMANDS.get(command.name)
    if entry is None:
        hint = did_you_mean(command.name, COMMANDS, f"`{MARK}{{}}`", f"`{MARK}help` lists all")
        raise RunError([diagnostic("E755", f"there is no command `{MARK}{command.name}`; {hint}", MARK + command.name)])
    return entry.run(session, command)


# --- tables -----------------------------------------------------------------------------------------------------------


def table(session: Session, command: Command) -> Iterator[Bundle]:
    """Takes a table from a file, from the lines below, or (contacts) made up."""
    source: Table
    if command.words == "demo" and command.name == "contacts":
        source = demo.contacts()
    elif command.words:
        source = " ".join(options.split(command.words))
    elif command.body:
        source = session.written(command.name, command.body)
    elif command.name in session.tables:
        source = session.tables[command.name]
    else:
        source = _made_up(command.name)
    frame = _opened(source, command.name)
    session.keep(command.name, source, frame)
    yield _first_rows(frame, command.name)


def _made_up(kind: str) -> Table:
    if kind != "contacts":
        raise RunError(
            [diagnostic("E756", f"`{MARK}{kind}` takes a file, or the table itself in the lines below", kind)]
        )
    return demo.contacts()


def _opened(source: Table, kind: str) -> pd.DataFrame:
    """A table as it is read. Raises DataError where it cannot be."""
    from flowdsl.diagnostics.collector import DiagnosticCollector
    from flowdsl.tables.sheets import open_sheet, raise_any

    findings = DiagnosticCollector()
    sheet = open_sheet(source, kind, findings)
    raise_any(findings)
    assert sheet is not None  # else there were findings
    return sheet.frame


def _first_rows(frame: pd.DataFrame, kind: str) -> Bundle:
    from flowdsl.display.html import table as html

    caption = f"{kind}: {len(frame):,} {'row' if len(frame) == 1 else 'rows'}"
    text = f"{caption}\n{frame.head(FEW).to_string(index=False)}"
    return {"text/plain": text, "text/html": html(frame, FEW, caption=caption)}


# --- what is to come --------------------------------------------------------------------------------------------------


def simulate(session: Session, command: Command) -> Iterator[Bundle]:
    """Lets the program run, and shows what came of it."""
    results = yield from _simulated(session, options.read(command.words, options.SIMULATE, command.name))
    yield _counts(results)


def forecast(session: Session, command: Command) -> Iterator[Bundle]:
    """Shows how many messages are to come."""
    yield shown((yield from _forecast(session, options.read(command.words, options.FORECAST, command.name))))


def _forecast(session: Session, options_of_command: dict[str, Option]) -> Generator[Bundle, None, Forecast]:
    """Forecasts, and reports what was assumed."""
    arguments, notes = _arguments(session, options_of_command)
    yield from notes
    session.forecast = flowdsl.forecast(session.program, **arguments)
    return session.forecast


def _simulated(session: Session, options_of_command: dict[str, Option]) -> Generator[Bundle, None, Results]:
    """Simulates, and reports what was assumed."""
    arguments, notes = _arguments(session, options_of_command)
    yield from notes
    session.results = flowdsl.simulate(session.program, **arguments)
    return session.results


def _arguments(session: Session, options_of_command: dict[str, Option]) -> tuple[dict[str, Any], list[Bundle]]:
    """The options of a verb, with made-up values for those that are missing, and remarks about these."""
    program = session.program
    arguments: dict[str, Any] = {"contacts": session.tables.get("contacts"), **session.options(), **options_of_command}
    people = doings = scenario = ""
    if arguments["contacts"] is None:
        arguments["contacts"] = session.seen["contacts"] = demo.contacts()
        people = f"the {demo.PEOPLE} contacts ({MARK}contacts takes others)"
    if "events" not in arguments:
        arguments.setdefault("start", demo.START)
        if "until" not in arguments:
            arguments.setdefault("days", DAYS)
        if "scenario" not in arguments and not _has_scenario(program) and (text := assumed(program)):
            arguments["scenario"] = flowdsl.parse(text)
            doings = f"what they do (a cell can say it, or {MARK}events takes what they did)"
            scenario, session.assumed = text if text != session.assumed else "", text
    made_up = " and ".join(part for part in (people, doings) if part)
    notes = [remark(f"Made up: {made_up}.")] if made_up else []
    return arguments, [*notes, plain_text(scenario)] if scenario else notes


def _has_scenario(program: Program) -> bool:
    from flowdsl.syntax.ast import Scenario

    return any(isinstance(each, Scenario) for each in program.declarations)


# --- looking at it ----------------------------------------------------------------------------------------------------


def show(session: Session, command: Command) -> Iterator[Bundle]:
    """Shows the program, or what came of it; what has not been simulated yet is."""
    what = command.words or "program"
    if what not in WHAT:
        hint = did_you_mean(what, WHAT, "`{}`", f"there are {', '.join(WHAT)}")
        raise RunError([diagnostic("E756", f"`{MARK}show` cannot show `{what}`; {hint}", what)])
    if what in TABLES:
        yield from table(session, Command(what, ""))
    elif what == "program":
        yield shown(session.program)
    elif what in ("forecast", *OF_FORECAST):
        forecast = session.forecast or (yield from _forecast(session, {}))
        yield shown(forecast) if what == "forecast" else _drawn(forecast, what)
    else:
        yield _of_results(session.results or (yield from _simulated(session, {})), what)


def _of_results(results: Results, what: str) -> Bundle:
    if what == "diagram":
        return shown(results.diagram())
    return _counts(results) if what == "results" else _drawn(results, what)


def _counts(results: Results) -> Bundle:
    return shown(results, str(results.summary()))


def _drawn(of: Results | Forecast, kind: str) -> Bundle:
    picture = of.plot(kind)
    return shown(picture, getattr(picture, "alt", kind))


def story(session: Session, command: Command) -> Iterator[Bundle]:
    """Shows what happened to one contact; without a name, to somebody to whom something happened."""
    results = session.results or (yield from _simulated(session, {}))
    contact = " ".join(options.split(command.words)) or _somebody(results)
    yield plain_text(results.story(contact))


def _somebody(results: Results) -> str:
    """Somebody whose story is worth telling: the first who has come to the end of a flow, or at least into one."""
    runs = results.runs[results.runs["run"].notna()]
    ended = runs[runs["ended"].notna()]
    for some in (ended, runs):
        if len(some):
            return str(some["contact"].iloc[0])
    return str(results.contact_ids[0])


# --- words ------------------------------------------------------------------------------------------------------------


def explain(session: Session, command: Command) -> Iterator[Bundle]:
    """Shows what the code of a diagnostic means."""
    from flowdsl.notebook.codes import explained

    yield explained(command.words)


def help(session: Session, command: Command) -> Iterator[Bundle]:
    """Lists the commands."""
    rows = [(f"{MARK}{name} {entry.takes}".rstrip(), entry.does) for name, entry in COMMANDS.items()]
    width = max(len(use) for use, _ in rows)
    plain = "\n".join(f"{use:{width}}  {does}" for use, does in rows)
    table = "\n".join(f"| `{use.replace('|', '/')}` | {does} |" for use, does in rows)
    head = "A cell with flows is the program. A cell without adds to it. Commands:"
    yield markdown(f"{head}\n\n| command | what it does |\n|---|---|\n{table}", f"{head}\n\n{plain}")


def done(session: Session, command: Command) -> Iterator[Bundle]:
    """What is done to the text of a cell is done before it is run: `mending`."""
    yield from ()


def forget(session: Session, command: Command) -> Iterator[Bundle]:
    """Forgets program, tables and results."""
    session.clear()
    yield remark("Program, tables and results are forgotten.")


WHAT = ("program", "diagram", "results", *OF_RESULTS, "forecast", *OF_FORECAST, *TABLES)
COMMANDS = {
    "contacts": Entry("[FILE]", "takes contacts from a file, or from the lines below", table),
    "events": Entry("[FILE]", "takes what happened: time, contact, event, object…", table),
    "objects": Entry("[FILE]", "takes related objects: kind, object_id, contact…", table),
    "catalogue": Entry("[FILE]", "takes the names there are: kind, name…", table),
    "simulate": Entry("[--days N …]", "lets the program run for the contacts", simulate, options.SIMULATE),
    "forecast": Entry(
        "[--days N …]", "forecasts the number of messages, with prediction intervals", forecast, options.FORECAST
    ),
    "show": Entry("[WHAT]", f"shows {', '.join(WHAT)}", show, words=WHAT),
    "story": Entry("[CONTACT]", "shows what happened to one contact", story),
    "explain": Entry("[CODE]", "explains the code of a diagnostic", explain),
    "fix": Entry("", "puts every repair that is offered into the cell", done),
    "fmt": Entry("", "writes the cell in the one style", done),
    "forget": Entry("", "forgets program, tables and results", forget),
    "help": Entry("", "lists the commands", help),
}
