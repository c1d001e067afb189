"""Opens the tables of a simulation as far as its plan needs them.

Names and columns of the plan are compared with the tables, so that a slip is reported before anything runs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from flowdsl import vocabulary
from flowdsl.diagnostics.catalogue.meaning import MEANING
from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.diagnostic import Diagnostic, ProgramError, RunError
from flowdsl.diagnostics.source import NOWHERE, Span
from flowdsl.plan import plan, usage
from flowdsl.plan.expressions import ChangeMembership, Column, EventMatch, Has, SetField, TriggerField
from flowdsl.plan.plan import Plan
from flowdsl.plan.visit import effects, parts, steps
from flowdsl.tables import Catalogue, Contacts, Events, FindEvent, TableNeeds, Tables, open_tables
from flowdsl.tables.headings import note_others
from flowdsl.tables.sheets import raise_any
from flowdsl.tables.sources import TableSources
from flowdsl.vocabulary.columns import blank_name, not_settable


def open_for(program: Plan, sources: TableSources, used: Collection[str] = ()) -> Tables:
    """Open tables, keeping what the plan needs and nothing else; `used` as in `needs_of`.

    Raises DataError with every diagnostic of every table.

    >>> import pandas as pd
    >>> open_for(Plan(()), TableSources(pd.DataFrame({"id": ["c1"], "plan": ["pro"]}))).contacts.columns
    {}
    """
    return open_tables(sources, needs_of(program, used))


def needs_of(program: Plan, used: Collection[str] = ()) -> TableNeeds:
    """What a plan needs of the tables.

    used: further columns that the program knows of, such as those that fill its messages.
    """
    columns, fields = usage.types(program)
    bounds: dict[str, float] = {}
    for name, most in usage.numbers(program):
        bounds[name] = min(most, bounds.get(name, most))
    return TableNeeds(
        columns=usage.columns(program),
        families=usage.families(program),
        events=frozenset(event.id for event in program.events),
        with_objects=usage.uses_objects(program),
        fields=usage.fields(program),
        expected=columns,
        expected_fields=fields,
        event_id=finder(program),
        listened=usage.custom_names(program),
        listens=usage.listener(program),
        bounds=bounds,
        used=used,
    )


def finder(program: Plan) -> FindEvent:
    """How a table's events are found: by the ids that the plan lists, else as the vocabulary knows them.

    So a plan made with words of one's own runs where nobody has registered them.

    >>> from flowdsl.plan.expressions import Event
    >>> finder(Plan((), events=(Event("mat.rented"),)))("mat.rented")
    'mat.rented'
    """
    return lambda text: text if text in program.events_by_id else vocabulary.event_id(text)


def check_headings(program: Plan, table: str, columns: Sequence[str]) -> None:
    """Hold the headings of a table of events or objects in parts against those that are known. Raises DataError."""
    findings = DiagnosticCollector()
    note_others(columns, table, table, usage.fields(program), findings)
    raise_any(findings)


# --- columns ----------------------------------------------------------------------------------------------------------


def check_columns(program: Plan, contacts: Contacts) -> None:
    """Hold the columns of a plan that came without its text against the contacts.

    Raises RunError for those that are missing, and for those that the plan sets though they have another meaning.
    """
    there = {*contacts.types, *_assigned(program), *_maybe_fields(program)}
    missing = sorted(usage.columns(program) - there)
    wrong = [
        Diagnostic(
            "E410",
            f"the contacts have no column `{name}`",
            words=name,
            reason=MEANING["E410"].why,
            place="contacts",
        )
        for name in missing
    ]
    wrong += _wrongly_set(program)
    if wrong:
        raise RunError(wrong)


def _wrongly_set(program: Plan) -> Iterator[Diagnostic]:
    """Columns that the plan sets although that changes nothing: those with a meaning of their own."""
    read = {ref.name for ref in usage.reads(program) if isinstance(ref, Column)}
    spans = {ref.name: span for ref, span in usage.targets(program) if isinstance(ref, Column)}
    for name, span in spans.items():
        if reason := not_settable(name, read):
            message = f"setting `{name}` has no effect"
            place = span if span != NOWHERE else None
            yield Diagnostic("E420", message, place, words=name, reason=reason, example=MEANING["E420"].right)


def _assigned(program: Plan) -> Iterator[str]:
    """The columns that come into being as the plan runs: it sets them, or events do."""
    yield from (event.sets for event in program.events if event.sets and not event.about)
    yield from (one.target.name for one in effects(program, SetField) if isinstance(one.target, Column))


def _maybe_fields(program: Plan) -> Iterator[str]:
    """Names that are a field of the trigger where it has one: after custom events a bare name can be either."""
    return (ref.name for ref in usage.references(program) if isinstance(ref, TriggerField))


# --- names ------------------------------------------------------------------------------------------------------------


def check_names(program: Plan, catalogue: Catalogue) -> None:
    """Hold the names of programs, groups, offers… against the catalogue.

    Raises ProgramError with every unknown one, with those that have blanks around them, and with steps of programs that
    have none.

    >>> check_names(Plan(()), Catalogue({"program": {"Yoga": {}}}))
    """
    found = {
        (kind, name): _unknown(kind, name, span, catalogue) if name == name.strip() else _blank(name, span)
        for kind, name, span in _names(program)
        if name != name.strip() or not catalogue.knows(kind, name)
    }
    wrong = [*found.values(), *_of_steps(program, catalogue)]
    if wrong:
        raise ProgramError(wrong)


MOST_COMPARED = 50  # custom events: each is compared with every phrase


def check_events(program: Plan, events: Events) -> None:
    """Hold custom events of the table against the vocabulary, unless the plan speaks of them.

    Raises RunError with every one that is a known id or phrase but for case and signs (`buys_offer`), and with phrases
    of several words that are nearly known: as a custom event nothing would take notice of it.

    >>> check_events(Plan(()), Events(customs=("checkout_started", "door opened twice")))
    """
    meant = usage.custom_names(program)
    named_customs = [text for text in events.customs if text not in meant]
    phrases = [text for text in named_customs if " " in text][:MOST_COMPARED]
    exact = {text: found for text in named_customs if (found := vocabulary.VOCABULARY.same_event(text))}
    near = exact | {text: found for text in phrases if (found := vocabulary.VOCABULARY.near_event(text))}
    if near:
        raise RunError(
            Diagnostic(
                "E715",
                f'the event "{text}" is not known; did you mean "{found}"?',
                words=text,
                reason=RUNS["E715"].why,
                place="events",
            )
            for text, found in near.items()
        )


NO_STEPS = ("no", "none", "false")  # a column that holds names as well is one of texts
SOME_STEPS = ("yes", "true")
NUMBER = re.compile(r"\d+(\.\d+)?")


def steps_of(catalogue: Catalogue, program: str) -> frozenset[str] | None:
    """The names of a program's steps as its catalogue lists them (`Warm up;Flow`); None when it lists no names.

    >>> steps_of(Catalogue({"program": {"Yoga": {"steps": "S1;S2"}, "Open day": {"steps": 0}}}), "Open day")
    frozenset()
    """
    steps = catalogue.names.get("program", {}).get(program, {}).get("steps")
    if steps is None:
        return None
    said = str(steps).strip().casefold()
    if NUMBER.fullmatch(said):  # an empty cell in the column makes 0.0 of 0
        return None if float(said) else frozenset()
    if said in NO_STEPS:
        return frozenset()
    return None if said in SOME_STEPS else frozenset(name.strip() for name in str(steps).split(";") if name.strip())


def _of_steps(program: Plan, catalogue: Catalogue) -> Iterator[Diagnostic]:
    """What is wrong where the plan speaks of steps: programs that have none, steps that none of its programs has."""
    steps = {event.id for event in program.events if event.noun == "step"}
    for match in usage.matches(program):
        if steps.isdisjoint(match.events):
            continue
        programs = [name for each in match.fields if each.field == "program" for name in each.values]
        listed = {name: steps_of(catalogue, name) for name in programs}
        yield from (_stepless(name, match.span) for name, there in listed.items() if there == frozenset())
        if listed and all(listed.values()):
            known = Catalogue({"step": {step: {} for there in listed.values() for step in there or ()}})
            yield from (
                _unknown("step", name, match.span, known) for name in match.names if not known.knows("step", name)
            )


def _names(program: Plan) -> Iterator[tuple[str, str, Span]]:
    """Every name of a plan with the kind of thing that it names."""
    nouns = {event.id: event.noun for event in program.events}
    families = {event.adds: event.noun for event in program.events if event.adds}
    for match in usage.matches(program):
        yield from _of_match(match, nouns)
    for has in parts(program, Has):
        yield from ((families.get(has.family, ""), name, has.span) for name in has.names)
    for world in program.world:
        lines: tuple[plan.Answer | plan.Rate | plan.Arrival, ...] = (*world.answers, *world.rates, *world.arrivals)
        for line in lines:
            yield from _of_line(line, nouns)
        yield from ((families.get(share.family, ""), share.name, share.span) for share in world.shares if share.name)
    for act in steps(program, plan.Act):
        if isinstance(act.effect, ChangeMembership):
            yield families.get(act.effect.family, ""), act.effect.name, act.span


def _of_line(line: plan.Answer | plan.Rate | plan.Arrival, nouns: Mapping[str, str]) -> Iterator[tuple[str, str, Span]]:
    """The names that a line of a scenario speaks of: in what happens, and in what that follows."""
    names = (line.name,) if line.name else ()
    yield from _of_match(EventMatch((line.event,), names, line.fields, span=line.span), nouns)
    if isinstance(line, plan.Answer):
        yield from _of_match(line.cause, nouns)


def _of_match(match: EventMatch, nouns: Mapping[str, str]) -> Iterator[tuple[str, str, Span]]:
    kinds: Iterable[str] = dict.fromkeys(nouns.get(event, "") for event in match.events)
    for kind in kinds:
        yield from ((kind, name, match.span) for name in match.names)
    for field in match.fields:
        yield from ((field.field, name, match.span) for name in field.values)


def _blank(name: str, span: Span) -> Diagnostic:
    """A name that no table can hold, for the tables are held to the same rule."""
    place = span if span != NOWHERE else None
    diagnostic = MEANING["E421"]
    return Diagnostic(
        "E421", blank_name(name), place, words=f'"{name}"', reason=diagnostic.why, example=diagnostic.right
    )


def _stepless(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E711",
        f'the program "{name}" has no steps',
        span if span != NOWHERE else None,
        words=name,
        reason=RUNS["E711"].why,
        example=RUNS["E711"].right,
    )


def _unknown(kind: str, name: str, span: Span, catalogue: Catalogue) -> Diagnostic:
    near = catalogue.nearest(kind, name)
    return Diagnostic(
        "E708",
        f'the catalogue has no {kind} "{name}"' + (f'; did you mean "{near}"?' if near else ""),
        span if span != NOWHERE else None,
        words=name,
        reason=RUNS["E708"].why,
        example=RUNS["E708"].right,
    )
