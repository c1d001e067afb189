"""The stages from source to results, and the public verbs that run them.

    Source -parse-> Program -resolve-> Resolved -check-> Checked -lower-> Plan -simulate-> Results
                                                                  Plan -dump-> runtime JSON -load_plan-> Plan

Packages are imported when a verb first needs them: checking a program loads no pandas and no simulation.
Half of this module is the docstrings of the public verbs with their examples, which is why it is longer than 400 lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowdsl.compiler.scenario_builder import Scenario
from flowdsl.diagnostics import render
from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.collector import in_order
from flowdsl.diagnostics.diagnostic import MOST_SHOWN, Diagnostic, RunError
from flowdsl.diagnostics.input_checks import shown
from flowdsl.diagnostics.source import Source
from flowdsl.plan.plan import OnEvent, Plan, World
from flowdsl.progress import watched
from flowdsl.syntax import files

if TYPE_CHECKING:
    from flowdsl.compiler.resolved import Checked, Resolved
    from flowdsl.partitioned import SimulationInParts
    from flowdsl.partitioned.dask import Client
    from flowdsl.results.results import Results
    from flowdsl.sim.config import SimulationConfig
    from flowdsl.sim.entrants import Entrants
    from flowdsl.sim.options import Moment, SimulationOptions, TimeRange
    from flowdsl.sim.run_progress import SimulationProgress
    from flowdsl.syntax.ast import Program
    from flowdsl.tables import Table, Tables
    from flowdsl.tables.sources import TableSources
    from flowdsl.vocabulary import Words


# --- the stages -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Compiled:
    """A program after all stages; `checked` is None if it has errors, and `diagnostics` has all of them."""

    program: Program
    resolved: Resolved
    checked: Checked | None
    diagnostics: Sequence[Diagnostic]

    @cached_property
    def plan(self) -> Plan:
        """The plan, lowered when first needed. Raises ProgramError if the program has errors."""
        from flowdsl.compiler.lowering import lower

        if self.checked is None:
            raise render.program_error(self.diagnostics, self.program.sources)
        return lower(self.checked)

    def check_table(self, columns: Mapping[str, str]) -> None:
        """Checks the columns of contacts (name -> type) against the program. Raises ProgramError."""
        from flowdsl.compiler.checks import check_table

        found = check_table(self.resolved, columns)
        if any(diagnostic.is_error for diagnostic in found):
            raise render.program_error(in_order([*self.diagnostics, *found]), self.program.sources)


def parsed(sources: Iterable[Source]) -> tuple[Program, list[Diagnostic]]:
    """A program in several texts, and the diagnostics of its syntax."""
    from flowdsl.syntax.parser import parse

    return merged(map(parse, sources))


def merged(texts: Iterable[tuple[Program, list[Diagnostic]]]) -> tuple[Program, list[Diagnostic]]:
    """The same for parsed texts."""
    from flowdsl.syntax.parser import merge

    programs, found = zip(*texts, strict=True)
    return files.with_templates(merge(programs)), [diagnostic for of_one in found for diagnostic in of_one]


def compiled(program: Program, syntax: Sequence[Diagnostic] = (), contacts: Table | None = None) -> Compiled:
    """Compiles a program, given the diagnostics of its syntax and a table of contacts, if there is one.

    The last compiled program is cached, so that a notebook can show the program it has just read without compiling it
    again.
    """
    if syntax or contacts is not None:
        return _compiled(program, syntax, contacts)
    last = _LAST.of(program)
    return last or _LAST.keep(_compiled(program))


def _compiled(program: Program, syntax: Sequence[Diagnostic] = (), contacts: Table | None = None) -> Compiled:
    from flowdsl.compiler.checks import check
    from flowdsl.compiler.resolve import resolve

    resolved, unresolved = resolve(program, syntax)
    columns, of_table = _columns(resolved, contacts) if contacts is not None else (None, [])
    checked, unsound = check(resolved, columns)
    missing = files.missing_templates(program)
    found = in_order([*syntax, *unresolved, *unsound, *missing])
    return Compiled(program, resolved, None if missing else checked, [*found, *of_table])


class _Last:
    """The last compiled program, and the words that were registered then, since other words can change its meaning.

    Programs are compared by identity, since equal ones can have other line numbers.
    """

    def __init__(self) -> None:
        self._kept: tuple[Compiled, Words] | None = None

    def of(self, program: Program) -> Compiled | None:
        """The compiled program, if this was the last one."""
        from flowdsl.vocabulary import VOCABULARY

        kept = self._kept  # read once, since other threads can compile
        return kept[0] if kept and kept[0].program is program and kept[1] is VOCABULARY.registered else None

    def keep(self, compiled: Compiled) -> Compiled:
        """Caches a program without errors: some errors are fixed outside the program, such as a missing template."""
        from flowdsl.vocabulary import VOCABULARY

        self._kept = (compiled, VOCABULARY.registered) if compiled.checked is not None else None
        return compiled


_LAST = _Last()


def _decompiled(plan: Plan) -> Program:
    from flowdsl.compiler.decompile import decompile

    return decompile(plan)


# --- the verbs --------------------------------------------------------------------------------------------------------


def parse(text: str) -> Program:
    """Reads the text of a program.

    Raises ProgramError if the syntax is wrong; the error then reports every error of the text, of meaning too. `check`
    and the verbs that run a program report errors of meaning alone.

    >>> parse('when member joins program then send chat "Hello"') == parse(\'\'\'
    ...   WHEN member joins program   # the same, written in another way
    ...   THEN send chat “Hello”
    ... \'\'\')
    True
    """
    return read([_source(text)])


def load(path_or_folder: str | Path) -> Program:
    """Reads a program from a file, or from all .flow files of a folder, in the order of their paths.

    Raises ProgramError if there is nothing to read, or the syntax of any text is wrong.
    """
    return read(files.sources(path_or_folder))


def check(text_or_program: str | Program, contacts: Table | None = None) -> list[Diagnostic]:
    """Finds every error of a program, in the order of its text, at most 100; warnings too. An empty list means that it
    has none.

    With a table of contacts (DataFrame, Arrow table, or path of a CSV or Parquet file), it also reports columns that
    are missing or have a type that does not fit the program, and errors of the table itself.

    >>> [diagnostic.code for diagnostic in check('when member joins program wait 3 days then go to "Start"')]
    ['E211']
    """
    if isinstance(text_or_program, str):
        return check_sources([_source(text_or_program)], contacts)
    return list(compiled(_program(text_or_program), (), contacts).diagnostics[:MOST_SHOWN])


def format(text: str | Program | Plan) -> str:
    """Formats a program in the standard style and keeps comments; for a plan, returns a text that means the same.


    Raises ProgramError if the syntax of the text is wrong.

    >>> print(format('when member joins program "Yoga" then wait 3 days then send chat "Hello"'), end="")
    when member joins program "Yoga"
    wait 3 days
    then send chat "Hello"
    """
    from flowdsl.syntax.printer import to_text

    return to_text(_decompiled(text) if isinstance(text, Plan) else _program(text))


def dump(program_or_plan: Program | Plan | str) -> dict[str, Any]:
    """Makes the runtime JSON of a program: all that another system needs to run it (docs/reference/runtime-json.md).

    Raises ProgramError if the program has errors.

    >>> dump(parse('when member joins program then send chat "Hello"'))["schema_version"]
    1
    """
    from flowdsl.plan import json as runtime_json

    return runtime_json.dump(plan_of(program_or_plan))


def load_plan(dict_or_path: Mapping[str, Any] | str | Path) -> Plan:
    """Reads a plan from runtime JSON, as a dict or in a file.

    Raises PlanError, with the path of each error, if the document is damaged, not from FlowDSL, or from a newer
    version.

    >>> program = parse('when member joins program then send chat "Hello"')
    >>> load_plan(dump(program)).flows[0].name
    'flow 1'
    """
    from flowdsl.plan import json as runtime_json

    return runtime_json.load_plan(dict_or_path)


@watched("simulation")
def simulate(
    program_or_plan: Program | Plan | ScenarioPlan | str,
    contacts: Table | Sequence[str | Path],
    *,
    events: Table | Sequence[str | Path] | None = None,
    objects: Table | Sequence[str | Path] | None = None,
    catalogue: Table | None = None,
    scenario: str | World | Scenario | Program | None = None,
    start: Moment | None = None,
    days: int | None = None,
    until: Moment | None = None,
    warm_from: Moment | None = None,
    seed: int = 0,
    replication: int = 0,
    engine: str = "auto",
    records: str = "full",
    progress: Callable[[SimulationProgress], None] | None = None,
    out: str | Path | None = None,
    backend: str | None = None,
    client: Client | str | None = None,
) -> Results:
    """Simulates a program for contacts, and reports who got what, when, and why not.

    contacts, events, objects, catalogue   DataFrames, Arrow tables or paths of CSV or Parquet files; never changed
    scenario   what contacts do: a name, a World, a Scenario, a program with one, or None for the program's only one
    start      first moment that counts: a date (its midnight), a datetime or ISO 8601 text, in the time zone of the
               workspace if it has none; None: the day of the first event. Earlier events are history
    days, until   the number of calendar days, or the moment of the end; neither: the end of the day of the last event
    warm_from  flows run from this moment on, but rows count from start only. If there is a table of events, rates and
               new contacts of the scenario begin at start
    seed, replication   keys of all random numbers; equal keys give equal rows
    engine     "simpy", plain Python; "fast", compiled, with the same rows; "auto": the faster one, which
               `results.engine` shows
    records    "full": every row; "sends": those of `sends` and `runs`; "counts": none, but all numbers of `summary`,
               `timeline` and `funnel`, in memory that does not grow with the contacts
    progress   called with the fraction done, 0 to 1, which has the attributes `contacts`, `of`, `rate` (a second) and
               `left` (seconds); `print` works
    out        a folder for Parquet tables: contacts are simulated in parts, one part in memory at a time. Tables may
               then be patterns ("contacts/*.parquet"), folders or lists of Parquet files
    backend    None: parts run here; "dask": on the workers of `client` (a Client or its address), of the current
               client, or on new ones on this machine

    Raises ProgramError, DataError, PlanError or RunError; each reports all diagnostics of its kind at once.

    >>> import pandas as pd
    >>> people = pd.DataFrame({"contact": ["ann", "bob"], "membership": [None, "Gold"]})
    >>> joins = pd.DataFrame({"time": "2026-01-05", "contact": ["ann", "bob"], "event": "joins program"})
    >>> program = parse("when member joins program unless has membership wait 3 days then send chat")
    >>> results = simulate(program, people, events=joins, days=7)
    >>> print(results.runs[["contact", "status", "reason"]])
      contact     status  reason
    0     ann  completed     NaN
    1     bob   declined  unless
    """
    from flowdsl.sim.options import SimulationOptions, TimeRange, is_in_parts
    from flowdsl.tables.sources import TableSources

    options = SimulationOptions(
        engine=engine, records=records, seed=seed, replication=replication, progress=progress, out=out
    ).checked()
    scenario_plan = with_scenario(program_or_plan, scenario)
    tables, times = TableSources(contacts, events, objects, catalogue), TimeRange(start, days, until, warm_from)
    if is_in_parts(out, backend, *tables.people):
        from flowdsl import partitioned

        parts = replace(in_parts(scenario_plan, tables, times), options=options, backend=backend, client=client)
        with scenario_plan.showing_lines():
            results = partitioned.simulate(parts)
        return replace(results, program=scenario_plan.text)
    from flowdsl.sim import engines

    config = config_of(scenario_plan, tables, times, options)
    with scenario_plan.showing_lines():
        results = engines.simulate(config, options.engine, options.progress, options.records)
    return replace(results, program=scenario_plan.text)


def who_would_enter(
    program_or_plan: Program | Plan | str,
    contacts: Table,
    *,
    at: Moment,
    events: Table | None = None,
    objects: Table | None = None,
    catalogue: Table | None = None,
    flow: str | None = None,
) -> Entrants:
    """Shows who would enter the flows of a program (or one of them) if it were switched on, and why others would not.

    With `include existing`, dates and calendars: whom the flow would enrol at that moment, or on that day.
    With events: who would enter if the event happened to them at that moment. Paused flows count as active.

    at      the moment: a date (its midnight), a datetime or ISO 8601 text, as in `simulate`
    events  what happened before it

    Raises ProgramError, DataError, PlanError or RunError; each reports all diagnostics of its kind at once.

    >>> import pandas as pd
    >>> people = pd.DataFrame({"contact": ["ann", "bob"], "membership": [None, "Gold"]})
    >>> program = parse("when member joins program unless has membership wait 3 days then send chat")
    >>> print(who_would_enter(program, people, at="2026-01-05"))
    flow 1, contact joins program: 1 of 2 would enter
            1 not: unless
    """
    from flowdsl.compiler.scenarios import EMPTY, find_flows
    from flowdsl.sim import options as simulation_options
    from flowdsl.sim.config import SimulationConfig
    from flowdsl.sim.entrants import entrants
    from flowdsl.tables.sources import TableSources

    scenario_plan = with_scenario(program_or_plan, EMPTY)
    flows = find_flows(scenario_plan.plan, flow)
    tables = scenario_plan.open_tables(TableSources(contacts, events, objects, catalogue))
    begin = simulation_options.moment(scenario_plan.plan, "at", at)
    config = SimulationConfig(scenario_plan.plan, tables, begin, begin, begin)
    return entrants(config, flows, _texts_of_triggers(scenario_plan.plan))


# --- programs and scenarios--------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ScenarioPlan:
    """A program or plan, and its plan with one scenario.

    compiled  the compiled program; None for a plan, which has no text
    tables    open tables, for a program that runs several times; None: each run opens its own
    """

    program: Program | Plan
    plan: Plan
    world: World
    compiled: Compiled | None = None
    tables: Tables | None = None

    @property
    def text(self) -> Program | None:
        """The program as it was written; None for a plan."""
        return None if isinstance(self.program, Plan) else self.program

    @property
    def used(self) -> frozenset[str]:
        """The columns that the text of the program uses, in placeholders too; none for a plan, which has no text."""
        from flowdsl.compiler.checks import names

        return names(self.compiled.resolved) if self.compiled is not None else frozenset()

    def check_table(self, columns: Mapping[str, str]) -> None:
        """Checks the columns of contacts (name -> type) against the text of the program. Raises ProgramError."""
        if self.compiled is not None:
            self.compiled.check_table(columns)

    @contextmanager
    def showing_lines(self) -> Iterator[None]:
        """Adds the texts of the program to an error of a simulation: a plan has line numbers, but not the lines."""
        try:
            yield
        except RunError as error:
            texts = () if error.sources else self._texts_of(error.diagnostics)
            if not texts:
                raise
            raise RunError(error.diagnostics, render.report(error.diagnostics, texts), texts) from None

    def _texts_of(self, found: Iterable[Diagnostic]) -> tuple[Source, ...]:
        """The texts of the program that diagnostics refer to; none if a line may be in another text of that name."""
        if self.text is None or not self._is_of_its_text:
            return ()
        files = {one.span.file for one in found if one.span}
        texts = tuple(source for source in self.text.sources if source.name in files)
        return texts if len(texts) == len({source.name for source in texts}) else ()

    @property
    def _is_of_its_text(self) -> bool:
        """Whether the scenario is in the text of the program; the text of another scenario is not available."""
        own = self.compiled.plan.world if self.compiled else ()
        return not self.world.name or any(self.world is one for one in own)

    def open_tables(self, sources: TableSources) -> Tables:
        """Opens what the plan uses of the tables, and checks its names and columns against them.

        Raises ProgramError, DataError or RunError.
        """
        from flowdsl.tables import plan_tables

        tables = plan_tables.open_for(self.plan, sources, self.used)
        self.check_table(tables.contacts.types)
        plan_tables.check_columns(self.plan, tables.contacts)  # also those of a scenario made in Python
        plan_tables.check_names(self.plan, tables.catalogue)
        plan_tables.check_events(self.plan, tables.events)
        return tables


def plan_of(program: Program | Plan | str) -> Plan:
    """The plan of a program. Raises ProgramError when the program has errors."""
    return program if isinstance(program, Plan) else compiled(_program(program)).plan


def with_scenario(
    program_or_plan: Program | Plan | ScenarioPlan | str, scenario: str | World | Scenario | Program | None = None
) -> ScenarioPlan:
    """Compiles a program with a scenario; returns a ScenarioPlan unchanged.

    Raises ProgramError or RunError.
    """
    from flowdsl.compiler.scenarios import add_scenario, find_scenario

    if isinstance(program_or_plan, ScenarioPlan):
        return program_or_plan
    program, scenario_name = _in_scenario(program_or_plan, scenario)
    once = None if isinstance(program, Plan) else compiled(program)
    plan = once.plan if once else plan_of(program)
    world = find_scenario(plan, scenario_name)
    return ScenarioPlan(program, add_scenario(plan, world), world, once)


def written(
    program_or_plan: Program | Plan | str, scenario: str | World | Scenario | Program | None
) -> tuple[Program, str | None]:
    """A program as it is written, with the scenario added, and the scenario's name (None: its only one).

    Raises ProgramError or RunError.
    """
    from flowdsl.compiler.scenarios import add_scenario

    program, scenario_name = _in_scenario(program_or_plan, scenario)
    if isinstance(scenario_name, World):
        program, scenario_name = replace(add_scenario(plan_of(program), scenario_name), world=(scenario_name,)), None
    return (_decompiled(program) if isinstance(program, Plan) else program), scenario_name


def config_of(
    scenario_plan: ScenarioPlan, tables: TableSources, times: TimeRange, options: SimulationOptions | None = None
) -> SimulationConfig:
    """The configuration for an engine, with open tables and times in ms.

    Raises ProgramError, DataError or RunError.
    """
    from flowdsl.sim import options as simulation_options
    from flowdsl.sim.config import SimulationConfig

    opened = scenario_plan.tables or scenario_plan.open_tables(tables)
    when = simulation_options.times(scenario_plan.plan, times, opened.events.first, opened.events.last)
    chosen = options or simulation_options.SimulationOptions()
    keyed = (scenario_plan.world, chosen.seed, chosen.replication)
    has_history = tables.events is not None
    return SimulationConfig(
        scenario_plan.plan, opened, when.begin, when.start, when.until, *keyed, has_history=has_history
    )


def in_parts(scenario_plan: ScenarioPlan, tables: TableSources, times: TimeRange) -> SimulationInParts:
    """The same for tables in parts, which stay closed."""
    from flowdsl import partitioned
    from flowdsl.sim import options as simulation_options

    return partitioned.SimulationInParts(
        plan=scenario_plan.plan,
        world=scenario_plan.world,
        tables=tables.framed(),
        times=partial(simulation_options.times, scenario_plan.plan, times),
        check=scenario_plan.check_table,
        used=scenario_plan.used,
    )


def check_sources(sources: Iterable[Source], contacts: Table | None = None) -> list[Diagnostic]:
    """Finds every diagnostic of a program in several texts, as `check` does.

    >>> [diagnostic.code for diagnostic in check_sources([Source("when member joins program", "a.flow")])]
    ['W302']
    """
    return list(compiled(*parsed(sources), contacts).diagnostics[:MOST_SHOWN])


def read(sources: Iterable[Source]) -> Program:
    """Reads a program in several texts.

    Raises ProgramError if the syntax of any text is wrong; the error has all diagnostics of all texts.
    """
    program, found = parsed(sources)
    if any(diagnostic.is_error for diagnostic in found):
        raise render.program_error(compiled(program, found).diagnostics, program.sources)
    return program


def read_checked(sources: Iterable[Source]) -> Program:
    """Reads a program in several texts, and checks it.

    Raises ProgramError with all errors, of syntax and of meaning; not for warnings alone.
    """
    return checked_program(*parsed(sources))


def checked_program(program: Program, syntax: Sequence[Diagnostic]) -> Program:
    """The same for a parsed program, with the diagnostics of its syntax."""
    once = compiled(program, syntax)
    if once.checked is None:
        raise render.program_error(once.diagnostics[:MOST_SHOWN], once.program.sources)
    return once.program


def _program(program: Program | str) -> Program:
    from flowdsl.syntax.ast import Program

    if isinstance(program, str):
        return parse(program)
    if not isinstance(program, Program):
        raise RunError([_not_a_program(program)])
    return program


def _texts_of_triggers(plan: Plan) -> dict[tuple[str, int, str], str]:
    """The text of each trigger, by flow, number of the trigger and name of its event."""
    from flowdsl.compiler.decompile.flows import trigger
    from flowdsl.sim.entrants import entry_points
    from flowdsl.syntax.printer.node_text import line

    texts = {}
    for flow in plan.flows:
        for number, name in entry_points(flow):
            one = flow.enter.triggers[number] if number >= 0 else None
            if isinstance(one, OnEvent):
                one = replace(one, match=replace(one.match, names=(name,) if name else ()))
            texts[flow.name, number, name] = line(trigger(replace(one, where=None))) if one else "include existing"
    return texts


def _source(text: str) -> Source:
    if not isinstance(text, str):
        raise RunError([_not_a_program(text)])
    if text.endswith(files.ENDING) and "\n" not in text:
        raise RunError([_not_a_program(text)])
    return Source(text.removeprefix(files.BYTE_ORDER_MARK))


def _not_a_program(value: object) -> Diagnostic:
    what = f'"{shown(value)}" is a path' if isinstance(value, str) else f"{type(value).__name__} is not a program"
    return Diagnostic("E709", what, words=shown(value), reason=RUNS["E709"].why, example=RUNS["E709"].right)


def _columns(resolved: Resolved, contacts: Table) -> tuple[Mapping[str, str] | None, list[Diagnostic]]:
    """The columns of a contact table with their types, and its diagnostics."""
    from flowdsl.compiler.checks import bounds, expected, names
    from flowdsl.diagnostics.collector import DiagnosticCollector
    from flowdsl.tables.needs import TableNeeds
    from flowdsl.tables.people import contacts_from

    findings, types = DiagnosticCollector(), expected(resolved)
    needs = TableNeeds(columns=types, expected=types, bounds=bounds(resolved), used=names(resolved))
    people = contacts_from(contacts, None, findings, needs)
    return people.types or None, findings.diagnostics


def _in_scenario(
    program: Program | Plan | str, scenario: str | World | Scenario | Program | None
) -> tuple[Program | Plan, str | World | None]:
    """The program with the scenario added, and the scenario's name or World."""
    from flowdsl.syntax.ast import Program
    from flowdsl.syntax.ast import Scenario as Declaration

    given = program if isinstance(program, Plan) else _program(program)
    if isinstance(scenario, Scenario):
        scenario = scenario.program()
    if not isinstance(scenario, Program):
        return given, scenario
    one = [each for each in scenario.declarations if isinstance(each, Declaration)]
    if len(one) != 1:
        raise RunError([_not_one_scenario(len(one))])
    whole = _decompiled(given) if isinstance(given, Plan) else given
    kept = [each for each in whole.declarations if not isinstance(each, Declaration)]
    return replace(whole, declarations=(*kept, *one), sources=(*whole.sources, *scenario.sources)), None


def _not_one_scenario(number: int) -> Diagnostic:
    return Diagnostic(
        "E705",
        f"the program given as scenario has {number} scenarios, not one",
        reason=RUNS["E705"].why,
        example=RUNS["E705"].right,
    )
