"""The whole road, a line a stage, and the public verbs that walk it.

    Source -parse-> Program -resolve-> Resolved -check-> Checked -lower-> Plan -simulate-> Results
                                                                  Plan -dump-> runtime JSON -load_plan-> Plan

Rooms are opened when a verb first needs them: checking a program loads no pandas and no simulation.
Half of this page is what the public verbs say of themselves, with their examples; the road itself is its first screen.
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
from flowdsl.diagnostics.diagnostic import MOST_SHOWN, Diagnostic, ProgramError, RunError
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
    from flowdsl.sim.passed import Passed
    from flowdsl.syntax.ast import Program
    from flowdsl.tables import Table, Tables
    from flowdsl.tables.sources import TableSources
    from flowdsl.vocabulary import Words


# --- the road ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Compiled:
    """A program that went through the stages once; `checked` is None where it has errors, and `diagnostics` has all."""

    program: Program
    resolved: Resolved
    checked: Checked | None
    diagnostics: Sequence[Diagnostic]

    @cached_property
    def plan(self) -> Plan:
        """The plan, lowered when it is first needed. Raises ProgramError when the program has errors."""
        from flowdsl.compiler.lowering import lower

        if self.checked is None:
            raise _wrong(self.diagnostics, self.program.sources)
        return lower(self.checked)

    def check_table(self, columns: Mapping[str, str]) -> None:
        """Checks the columns of contacts (name -> type) against the program. Raises ProgramError."""
        from flowdsl.compiler.checks import check_table

        found = check_table(self.resolved, columns)
        if any(diagnostic.is_error for diagnostic in found):
            raise _wrong(in_order([*self.diagnostics, *found]), self.program.sources)


def parsed(sources: Iterable[Source]) -> tuple[Program, list[Diagnostic]]:
    """A program in several texts, and what is wrong with its syntax."""
    from flowdsl.syntax.parser import parse

    return merged(map(parse, sources))


def merged(texts: Iterable[tuple[Program, list[Diagnostic]]]) -> tuple[Program, list[Diagnostic]]:
    """The same for texts that are parsed already."""
    from flowdsl.syntax.parser import merge

    programs, found = zip(*texts, strict=True)
    return files.with_templates(merge(programs)), [diagnostic for of_one in found for diagnostic in of_one]


def compiled(program: Program, syntax: Sequence[Diagnostic] = (), contacts: Table | None = None) -> Compiled:
    """Takes a program through the stages, with what was wrong with its syntax and the table of contacts, if known.

    The program that was compiled last is remembered, so that a notebook shows what it has just read without compiling
    it again.
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
    """The program that was compiled last, and the words that were registered then: other words may mean something else.

    Programs are told apart by identity, for equal ones may stand on other lines.
    """

    def __init__(self) -> None:
        self._kept: tuple[Compiled, Words] | None = None

    def of(self, program: Program) -> Compiled | None:
        """What this program was compiled to, if it was the last one."""
        from flowdsl.vocabulary import VOCABULARY

        kept = self._kept  # read once, for other threads may compile
        return kept[0] if kept and kept[0].program is program and kept[1] is VOCABULARY.registered else None

    def keep(self, compiled: Compiled) -> Compiled:
        """Remembers a program, unless it has errors: some are mended outside of it, such as a missing template."""
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

    Raises ProgramError when its grammar is wrong; the error then tells every error of the text, of meaning too. Errors
    of meaning alone are found by `check`, and by whatever runs the program.

    >>> parse('when member joins program then send chat "Hello"') == parse(\'\'\'
    ...   WHEN member joins program   # the same, written in another way
    ...   THEN send chat “Hello”
    ... \'\'\')
    True
    """
    return read([_source(text)])


def load(path_or_folder: str | Path) -> Program:
    """Reads a program from a file, or from all .flow files of a folder, in the order of their paths.

    Raises ProgramError when there is nothing to read, or the grammar of any text is wrong.
    """
    return read(files.sources(path_or_folder))


def check(text_or_program: str | Program, contacts: Table | None = None) -> list[Diagnostic]:
    """Finds every error of a program, in the order of its text, at most 100; warnings too. An empty list is praise.

    With a table of contacts (DataFrame, Arrow table, or path of a CSV or Parquet file), columns that it lacks or that
    hold something else than the program takes them for are diagnostics, and so is what is wrong with the table.

    >>> [diagnostic.code for diagnostic in check('when member joins program wait 3 days then go to "Start"')]
    ['E211']
    """
    if isinstance(text_or_program, str):
        return check_sources([_source(text_or_program)], contacts)
    return list(compiled(_program(text_or_program), (), contacts).diagnostics[:MOST_SHOWN])


def format(text: str | Program | Plan) -> str:
    """Writes a program in the one style, comments kept; of a plan, a text that means the same.

    Raises ProgramError when the grammar of the text is wrong.

    >>> print(format('when member joins program "Yoga" then wait 3 days then send chat "Hello"'), end="")
    when member joins program "Yoga"
    wait 3 days
    then send chat "Hello"
    """
    from flowdsl.syntax.printer import to_text

    return to_text(_decompiled(text) if isinstance(text, Plan) else _program(text))


def dump(program_or_plan: Program | Plan | str) -> dict[str, Any]:
    """Makes the runtime JSON of a program: all that another program needs to run it (docs/reference/runtime-json.md).

    Raises ProgramError when the program has diagnostics.

    >>> dump(parse('when member joins program then send chat "Hello"'))["schema_version"]
    1
    """
    from flowdsl.plan import json as runtime_json

    return runtime_json.dump(plan_of(program_or_plan))


def load_plan(dict_or_path: Mapping[str, Any] | str | Path) -> Plan:
    """Reads a plan from runtime JSON, as a dict or in a file.

    Raises PlanError, with the path of everything that is wrong, for a document that is damaged, foreign or newer.

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
    progress: Callable[[Passed], None] | None = None,
    out: str | Path | None = None,
    backend: str | None = None,
    client: Client | str | None = None,
) -> Results:
    """Lets a program run for contacts in simulated time, and tells who got what, when, and why not.

    contacts, events, objects, catalogue   DataFrames, Arrow tables or paths of CSV or Parquet files; never changed
    scenario   what contacts do: a name, a World, a Scenario, a program with one, or None for the program's only one
    start      first moment that counts: a date (its midnight), a datetime or ISO 8601 text, on the workspace's clock
               where no zone is given; None: the day of the first event. Events before it are history
    days, until   how many calendar days, or the moment at which it is over; neither: the end of the last event's day
    warm_from  flows run from this moment on, though rows count from start only; where events tell what happened until
               start, rates and new contacts of the scenario begin there
    seed, replication   key all chance; equal keys give equal rows
    engine     "simpy", plain Python; "fast", compiled, with the same rows; "auto": the one that is sooner done, which
               `results.engine` tells
    records    "full": every row; "sends": those of `sends` and `runs`; "counts": none, but all that `summary`,
               `timeline` and `funnel` tell, in memory that does not grow with the contacts
    progress   called with what has Passed: a fraction, 0 to 1, that knows `contacts`, `of`, `rate` a second and seconds
               `left`; `print` will do
    out        a folder for Parquet tables: contacts are simulated in parts, with no more than one in memory. Tables may
               be patterns ("contacts/*.parquet"), folders or lists of Parquet files then
    backend    None: parts are lived here; "dask": by workers, those of `client` (a Client or its address), the client
               there is, or new ones on this machine

    Raises ProgramError, DataError, PlanError or RunError; each tells all diagnostics of its kind at once.

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
    given = with_scenario(program_or_plan, scenario)
    tables, times = TableSources(contacts, events, objects, catalogue), TimeRange(start, days, until, warm_from)
    if is_in_parts(out, backend, *tables.people):
        from flowdsl import partitioned

        parts = replace(in_parts(given, tables, times), options=options, backend=backend, client=client)
        with given.showing_lines():
            results = partitioned.simulate(parts)
        return replace(results, program=given.text)
    from flowdsl.sim import engines

    config = config_of(given, tables, times, options)
    with given.showing_lines():
        results = engines.simulate(config, options.engine, options.progress, options.records)
    return replace(results, program=given.text)


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
    """Tells before a program is switched on who would enter its flows (or one of them), and why the others would not.

    With `include existing`, dates and calendars: whom the flow would enrol by itself at that moment, or on its day.
    With events: who would enter if the event happened to them at that moment. A paused flow is taken as switched on.

    at      the moment: a date (its midnight), a datetime or ISO 8601 text, as in `simulate`
    events  what happened before it

    Raises ProgramError, DataError, PlanError or RunError; each tells all diagnostics of its kind at once.

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

    given = with_scenario(program_or_plan, EMPTY)
    asked = find_flows(given.plan, flow)
    tables = given.open_tables(TableSources(contacts, events, objects, catalogue))
    begin = simulation_options.moment(given.plan, "at", at)
    config = SimulationConfig(given.plan, tables, begin, begin, begin)
    return entrants(config, asked, _ways_in(given.plan))


# --- what was given ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ScenarioPlan:
    """A program in its scenario: the program as it was written, or a plan; its plan with the scenario in it.

    compiled  the stages that the program went through; None for a plan, which has no text
    tables    opened before, for a program that runs several times or with other numbers; None: each run opens its own
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
        """Gives a error of a simulation the texts that it speaks of: a plan knows its lines, but not what they say."""
        try:
            yield
        except RunError as error:
            texts = () if error.sources else self._texts_of(error.diagnostics)
            if not texts:
                raise
            raise RunError(error.diagnostics, render.report(error.diagnostics, texts), texts) from None

    def _texts_of(self, found: Iterable[Diagnostic]) -> tuple[Source, ...]:
        """The texts of the program that diagnostics name; none where a line may stand in another text of that name."""
        if self.text is None or not self._is_of_its_text:
            return ()
        files = {one.span.file for one in found if one.span}
        texts = tuple(source for source in self.text.sources if source.name in files)
        return texts if len(texts) == len({source.name for source in texts}) else ()

    @property
    def _is_of_its_text(self) -> bool:
        """Whether the scenario stands in the text of the program: another one has lines of a text that nobody kept."""
        own = self.compiled.plan.world if self.compiled else ()
        return not self.world.name or any(self.world is one for one in own)

    def open_tables(self, sources: TableSources) -> Tables:
        """Opens the tables as far as the plan uses them, and checks its names and columns against them.

        Raises ProgramError, DataError or RunError.
        """
        from flowdsl.tables import plan_tables

        tables = plan_tables.open_for(self.plan, sources, self.used)
        self.check_table(tables.contacts.types)
        plan_tables.check_columns(self.plan, tables.contacts)  # those of a scenario made in Python, too
        plan_tables.check_names(self.plan, tables.catalogue)
        plan_tables.check_events(self.plan, tables.events)
        return tables


def plan_of(given: Program | Plan | str) -> Plan:
    """The plan of a program. Raises ProgramError when the program has errors."""
    return given if isinstance(given, Plan) else compiled(_program(given)).plan


def with_scenario(
    program_or_plan: Program | Plan | ScenarioPlan | str, scenario: str | World | Scenario | Program | None = None
) -> ScenarioPlan:
    """Compiles a program in the scenario that is asked for; what is a ScenarioPlan already stays as it is.

    Raises ProgramError or RunError.
    """
    from flowdsl.compiler.scenarios import add_scenario, find_scenario

    if isinstance(program_or_plan, ScenarioPlan):
        return program_or_plan
    program, asked = _in_scenario(program_or_plan, scenario)
    once = None if isinstance(program, Plan) else compiled(program)
    plan = once.plan if once else plan_of(program)
    world = find_scenario(plan, asked)
    return ScenarioPlan(program, add_scenario(plan, world), world, once)


def written(
    program_or_plan: Program | Plan | str, scenario: str | World | Scenario | Program | None
) -> tuple[Program, str | None]:
    """A program as it is written, with the scenario that is asked for in it, and the name of that (None: its only one).

    Raises ProgramError or RunError.
    """
    from flowdsl.compiler.scenarios import add_scenario

    program, asked = _in_scenario(program_or_plan, scenario)
    if isinstance(asked, World):
        program, asked = replace(add_scenario(plan_of(program), asked), world=(asked,)), None
    return (_decompiled(program) if isinstance(program, Plan) else program), asked


def config_of(
    given: ScenarioPlan, tables: TableSources, times: TimeRange, options: SimulationOptions | None = None
) -> SimulationConfig:
    """What an engine gets: tables are opened, and times read.

    Raises ProgramError, DataError or RunError.
    """
    from flowdsl.sim import options as simulation_options
    from flowdsl.sim.config import SimulationConfig

    opened = given.tables or given.open_tables(tables)
    when = simulation_options.times(given.plan, times, opened.events.first, opened.events.last)
    chosen = options or simulation_options.SimulationOptions()
    keyed = (given.world, chosen.seed, chosen.replication)
    told = tables.events is not None
    return SimulationConfig(given.plan, opened, when.begin, when.start, when.until, *keyed, told=told)


def in_parts(given: ScenarioPlan, tables: TableSources, times: TimeRange) -> SimulationInParts:
    """The same for tables in parts."""
    from flowdsl import partitioned
    from flowdsl.sim import options as simulation_options

    return partitioned.SimulationInParts(
        plan=given.plan,
        world=given.world,
        tables=tables.framed(),
        times=partial(simulation_options.times, given.plan, times),
        check=given.check_table,
        used=given.used,
    )


def check_sources(sources: Iterable[Source], contacts: Table | None = None) -> list[Diagnostic]:
    """Finds every diagnostic of a program in several texts, as `check` does.

    >>> [diagnostic.code for diagnostic in check_sources([Source("when member joins program", "a.flow")])]
    ['W302']
    """
    return list(compiled(*parsed(sources), contacts).diagnostics[:MOST_SHOWN])


def read(sources: Iterable[Source]) -> Program:
    """Reads a program in several texts.

    Raises ProgramError when the grammar of any text is wrong; the error tells every diagnostic of all texts.
    """
    program, found = parsed(sources)
    if any(diagnostic.is_error for diagnostic in found):
        raise _wrong(compiled(program, found).diagnostics, program.sources)
    return program


def read_checked(sources: Iterable[Source]) -> Program:
    """Reads a program in several texts, and checks it.

    Raises ProgramError with every error when it has an error, of syntax or of meaning; warnings alone are no reason.
    """
    return checked_program(*parsed(sources))


def checked_program(program: Program, syntax: Sequence[Diagnostic]) -> Program:
    """The same for a program that is parsed already, with what was wrong with its syntax."""
    once = compiled(program, syntax)
    if once.checked is None:
        raise _wrong(once.diagnostics[:MOST_SHOWN], once.program.sources)
    return once.program


def _program(given: Program | str) -> Program:
    from flowdsl.syntax.ast import Program

    if isinstance(given, str):
        return parse(given)
    if not isinstance(given, Program):
        raise RunError([_no_program(given)])
    return given


def _ways_in(plan: Plan) -> dict[tuple[str, int, str], str]:
    """How a program says each way into its flows: by flow, number of the trigger and name of its event."""
    from flowdsl.compiler.decompile.flows import trigger
    from flowdsl.sim.entrants import ways
    from flowdsl.syntax.printer.node_text import line

    said = {}
    for flow in plan.flows:
        for number, name in ways(flow):
            one = flow.enter.triggers[number] if number >= 0 else None
            if isinstance(one, OnEvent):
                one = replace(one, match=replace(one.match, names=(name,) if name else ()))
            said[flow.name, number, name] = line(trigger(replace(one, where=None))) if one else "include existing"
    return said


def _source(text: str) -> Source:
    if not isinstance(text, str):
        raise RunError([_no_program(text)])
    if text.endswith(files.ENDING) and "\n" not in text:
        raise RunError([_no_program(text)])
    return Source(text.removeprefix(files.BYTE_ORDER_MARK))


def _no_program(given: object) -> Diagnostic:
    what = f'"{shown(given)}" is a path' if isinstance(given, str) else f"{type(given).__name__} is no program"
    return Diagnostic("E709", what, words=shown(given), reason=RUNS["E709"].why, example=RUNS["E709"].right)


def _wrong(found: Sequence[Diagnostic], sources: Iterable[Source]) -> ProgramError:
    texts = tuple(sources)
    return ProgramError(found, render.report(found, texts), texts)


def _columns(resolved: Resolved, contacts: Table) -> tuple[Mapping[str, str] | None, list[Diagnostic]]:
    """The columns of a contact table with their types, and what is wrong with it."""
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
    """The program with the scenario that is asked for in it, and how to find it there."""
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
