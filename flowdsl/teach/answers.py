"""The verb `check`: simulates an answer and the expected program for the same contacts, and gives a Verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from flowdsl.api import pipeline
from flowdsl.calendar.zones import zone
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.diagnostic import Diagnostic, FlowError
from flowdsl.diagnostics.source import NOWHERE, Source, Span
from flowdsl.display.story import lines, moment
from flowdsl.plan import plan, usage
from flowdsl.plan.expressions import StartFlow, StopFlow
from flowdsl.plan.plan import Plan, World
from flowdsl.plan.visit import steps
from flowdsl.tables.sheets import open_sheet, raise_any
from flowdsl.teach import cases
from flowdsl.teach.observed_actions import actions_of, difference
from flowdsl.teach.reasons import Side, explain_difference, with_events
from flowdsl.teach.verdict import Verdict, side_by_side

if TYPE_CHECKING:
    from flowdsl.compiler.scenario_builder import Scenario
    from flowdsl.results.results import Results
    from flowdsl.sim.options import Moment
    from flowdsl.syntax.ast import Program
    from flowdsl.tables import Table

Given: TypeAlias = "Program | Plan | str | Mapping[str, Any]"
ID = ("contact", "contact_id", "id")
SHOWN = 6  # columns of a contact that are shown


def check(
    answer: Given,
    wanted: Given,
    contacts: Table | None = None,
    events: Table | None = None,
    *,
    scenario: str | World | Scenario | Program | None = None,
    objects: Table | None = None,
    catalogue: Table | None = None,
    start: Moment | None = None,
    days: int | None = None,
    seed: int = 0,
    skips: bool = False,
    ends: bool = False,
) -> Verdict:
    """Checks whether an answer does what is wanted, and if not, shows the first contact for whom it differs.

    What counts is what reaches contacts: messages, actions, and when. Names of flows, order of clauses and wording do
    not.

    wanted   a program that does what is wanted: text, Program, Plan, or runtime JSON as a dict
    contacts, events   tables for both simulations; None: contacts and events are generated for which the two differ,
             as far as that can be found out from what they mention
    scenario what contacts do, as in `simulate`; None: the wanted program's, if it has one; never that of the answer
    objects, catalogue, start, days, seed   as in `simulate`
    skips    compare skipped actions and their reasons, too; ends: compare how runs end, too

    Errors of the answer are part of the Verdict. Errors of the wanted program and of the tables are raised:
    ProgramError, DataError, RunError.

    >>> print(check("when member joins program then send chat", "when member joins program wait 1 day then send chat"))
    Not yet. For ann something else happens than is wanted, first Mon 2026-01-05 10:00.
    <BLANKLINE>
                            Your program                                  Wanted
    > Mon 2026-01-05 10:00  joined program: run 1 of "flow 1" began       joined program: run 1 of "flow 1" began
                            sent chat                                     waits until Tue 2026-01-06 10:00
                            run 1 of "flow 1" completed
      Tue 2026-01-06 10:00                                                the wait is over
                                                                          sent chat
                                                                          run 1 of "flow 1" completed
    <BLANKLINE>
    Your program: sent chat.
    Wanted:       the same, but on Tue 2026-01-06 10:00.
    Look at:      line 1, `then send chat`
    Hint:         the right thing at another moment: compare how long it waits, and until which time of day.
    """
    model = plan_of(wanted)
    texts, given, diagnostics = _read(answer)
    if given is None:
        return Verdict(False, diagnostics, texts)
    tables = _tables(
        contacts, events, [model, pipeline.with_scenario(given, World("")).plan], start, days, bool(objects)
    )
    world = pipeline.with_scenario(model, scenario).world
    keyed: dict[str, Any] = {"events": tables.events, "objects": objects, "catalogue": catalogue, "scenario": world}
    keyed |= {"start": tables.start, "days": tables.days, "seed": seed, "engine": "simpy"}
    right = pipeline.simulate(model, tables.contacts, **keyed)
    diagnostics = tuple(diagnostic for diagnostic in _diagnostics(given, tables) if diagnostic.is_error)
    if diagnostics:
        return Verdict(False, diagnostics, texts)
    try:
        mine = pipeline.simulate(_named_alike(given, model, tables.are_made), tables.contacts, **keyed)
    except FlowError as error:
        return Verdict(False, tuple(error.diagnostics), texts)
    return _compared(mine, right, partial(actions_of, skips=skips, ends=ends), texts, tables.contacts)


# --- programs ---------------------------------------------------------------------------------------------------------


def plan_of(wanted: Given) -> Plan:
    """The plan of the wanted program, in any of its forms. Raises ProgramError or PlanError for an invalid program.

    >>> plan_of("when member joins program then send chat").flows[0].name
    'flow 1'
    """
    if isinstance(wanted, Mapping):
        return pipeline.load_plan(wanted)
    return pipeline.plan_of(wanted)


def _read(answer: Given) -> tuple[tuple[Source, ...], Program | Plan | None, tuple[Diagnostic, ...]]:
    """The texts of an answer, the program if it can run, and its diagnostics."""
    texts: tuple[Source, ...] = ()
    try:
        program = answer
        if isinstance(program, Mapping):
            program = pipeline.load_plan(program)
        if isinstance(program, str):
            texts = (Source(program),)
            program = pipeline.parse(program)
        texts = getattr(program, "sources", ())
        pipeline.dump(program)
    except FlowError as error:
        return texts, None, tuple(error.diagnostics)
    return texts, program, ()


def _diagnostics(given: Program | Plan, tables: AnswerTables) -> list[Diagnostic]:
    """Columns that the answer needs and contacts do not have; for generated contacts, wrong types."""
    found = [] if isinstance(given, Plan) else pipeline.check(given, tables.contacts)
    return [diagnostic for diagnostic in found if diagnostic.code == "E411"] if tables.are_made else found


def _named_alike(given: Program | Plan, model: Plan, are_made: bool) -> Program | Plan:
    """The answer, with the wanted names of flows where chance is drawn by them: in splits."""
    own = pipeline.with_scenario(given, World("")).plan
    has_splits = any(steps(own, plan.Split))
    if not has_splits or len(own.flows) != len(model.flows):
        return own if are_made else given
    names = {flow.name: other.name for flow, other in zip(own.flows, model.flows, strict=True)}
    flows = tuple(
        replace(flow, name=names[flow.name], nodes=tuple(_renamed(node, names) for node in flow.nodes))
        for flow in own.flows
    )
    return replace(own, flows=flows, world=())


def _renamed(node: plan.Node, names: Mapping[str, str]) -> plan.Node:
    if isinstance(node, plan.Act) and isinstance(node.effect, StartFlow | StopFlow):
        return replace(node, effect=replace(node.effect, flow=names.get(node.effect.flow, node.effect.flow)))
    return node


# --- tables -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AnswerTables:
    """The tables and the time of both simulations."""

    contacts: pd.DataFrame
    events: Table | None
    start: Moment | None
    days: int | None
    are_made: bool = False


def _tables(
    contacts: Table | None,
    events: Table | None,
    plans: list[Plan],
    start: Moment | None,
    days: int | None,
    has_objects: bool,
) -> AnswerTables:
    """The tables of the caller, with generated tables for those that are missing."""
    people = _frame(contacts, "contacts") if contacts is not None else None
    if events is not None:
        if people is None:
            rows = _frame(events, "events")
            people = pd.DataFrame({"contact": rows[next(one for one in ID if one in rows)].drop_duplicates()})
        return AnswerTables(people, events, start, days)
    if people is not None and (start is not None or has_objects):
        return AnswerTables(people, None, start, days)
    key = next((one for one in ID if people is not None and one in people.columns), "contact")
    made = cases.make(plans, people, key)
    return AnswerTables(made.contacts, made.events, start or made.start, days or made.days, contacts is None)


def _frame(table: Table, name: str) -> pd.DataFrame:
    """A table as a DataFrame. Raises DataError for an invalid table."""
    if isinstance(table, pd.DataFrame):
        return table
    findings = DiagnosticCollector()
    sheet = open_sheet(table, name, findings)
    raise_any(findings) if sheet is None else None
    assert sheet is not None
    return sheet.frame


# --- comparison -------------------------------------------------------------------------------------------------------


def _compared(mine: Results, right: Results, of: Any, texts: tuple[Source, ...], contacts: pd.DataFrame) -> Verdict:
    first, second = of(mine), of(right)
    for contact in right.contact_ids:
        found = difference(first.get(contact, []), second.get(contact, []))
        if found is not None:
            break
    else:
        size = sum(map(len, second.values()))
        return Verdict(True, sources=texts, contacts=len(right.contact_ids), actions=size)
    clock = mine.clock_of(contact)
    left = Side(mine.plan, mine.trace(contact), first.get(contact, []))
    other = Side(right.plan, right.trace(contact), second.get(contact, []))
    say = partial(moment, clock=clock)
    explanation = explain_difference(found, left, other, say)
    answer_lines, wanted_lines = (
        list(lines(side.plan, with_events(side.records, against.records), clock))
        for side, against in ((left, other), (other, left))
    )
    zones = {clock.name, *(flow.zone for side in (left, other) for flow in side.plan.flows if flow.zone)}
    marked = {moment(found.time, zone(name)) + (f" ({name})" if name != clock.name else "") for name in zones}
    return Verdict(
        False,
        sources=texts,
        contact=contact,
        about=_about(contacts, contact, (left.plan, other.plan)),
        moment=say(found.time),
        rows=side_by_side(answer_lines, wanted_lines, marked),
        mine=explanation.mine,
        wanted=explanation.wanted,
        hint=explanation.hint,
        place=_place(explanation.span, texts),
        contacts=len(right.contact_ids),
        actions=sum(map(len, second.values())),
    )


def _about(contacts: pd.DataFrame, contact: str, plans: tuple[Plan, ...]) -> str:
    """The values of a contact that either program uses."""
    key = next((one for one in ID if one in contacts.columns), None)
    if key is None:
        return ""
    row = contacts[contacts[key].astype(str) == contact].iloc[0]
    relevant = {name for one in plans for name in (*usage.columns(one), *usage.families(one), "membership", "timezone")}
    consents = [name for name in contacts.columns if str(name).startswith("can_") and row[name] is False]
    names = [name for name in contacts.columns if name in relevant and name != key]
    known = [name for name in names if isinstance(row[name], list) or (pd.notna(row[name]) and row[name] != "")]
    return ", ".join(f"{name} {row[name]}" for name in [*known, *consents][:SHOWN])


def _place(span: Span, texts: tuple[Source, ...]) -> str:
    """A place in the answer: the number and the text of its line."""
    source = next((one for one in texts if one.name == span.file), None)
    if span == NOWHERE or source is None:
        return ""
    words = " ".join(source.text[span.start : span.end].split("\n")[0].split())
    return f"line {span.line}, `{words if len(words) <= 60 else words[:59] + '…'}`"
