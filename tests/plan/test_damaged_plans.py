"""Damaged plans are refused with code and place, or they run: never a traceback, a hang or a full memory."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from damage import Document, damaged, sealed
from jsonschema import Draft202012Validator
from lives import Row, on, table
from pandas.testing import assert_frame_equal
from programs_at_random import CONTACTS, OBJECTS, world_at_random

import flowdsl
from flowdsl import FlowError, Plan, PlanError, Results, workspace
from flowdsl.plan.json.schema import schema
from flowdsl.plan.usage import matches

HERE = Path(__file__).parents[1]
GOOD = HERE / "programs" / "good"
PROGRAMS = (
    *(path.parent / path.name.replace(".log.csv", ".flow") for path in sorted(GOOD.glob("*.log.csv"))),
    *sorted({path.parent for path in (HERE.parent / "examples").glob("*/*.flow")}),
    *(template.folder for template in workspace.templates()),
)
RANDOM_PROGRAMS = 40
DAMAGES = 4_000 if os.environ.get("SOAK") else 150
VALIDATOR = Draft202012Validator(schema())
TABLES = ("sends", "runs", "actions", "records")
WHEN: dict[str, Any] = {"start": "2026-01-01", "days": 15, "objects": table(OBJECTS)}


@dataclass(frozen=True)
class Sound:
    """A sound plan as a document, and events that make something happen in it."""

    name: str
    document: Document
    events: tuple[Row, ...]


@cache
def sound(number: int) -> Sound:
    """The plan of a program that is shipped, or of one at random."""
    if number >= len(PROGRAMS):
        world = world_at_random(number)
        return Sound(f"random {number}", flowdsl.dump(world.program), world.events)
    program = flowdsl.load(PROGRAMS[number])
    return Sound(str(PROGRAMS[number]), flowdsl.dump(program), tuple(_events(flowdsl.load_plan(flowdsl.dump(program)))))


def _events(whole: Plan) -> Iterator[Row]:
    """Each kind of event that the plan listens to, twice for ann."""
    for match in matches(whole):
        for event in match.events:
            for day in (5, 7):
                yield on(f"2026-01-{day:02}T10:00Z", event, match.names[0] if match.names else "x", amount=30)


def damage(seed: int) -> tuple[str, Document, Sound]:
    random = Random(seed)
    while True:
        original = sound(random.randrange(len(PROGRAMS) + RANDOM_PROGRAMS))
        said, document = damaged(original.document, random)
        if said != "nothing":
            return f"{seed}: {original.name}: {said}", document, original


def loaded(document: Document) -> Plan | None:
    """The plan of a document, or None where it is refused as it should be: with codes, each with its place."""
    try:
        return flowdsl.load_plan(document)
    except PlanError as error:
        found = error.diagnostics
    assert found
    assert all(one.code.startswith("E6") and one.place for one in found)
    return None


def outcome(of: Callable[[], Any]) -> Any:
    """What comes of a call, or the codes of what is said to be wrong."""
    try:
        return of()
    except FlowError as error:
        return sorted({found.code for found in error.diagnostics})


def lives(whole: Plan, events: Sequence[Row]) -> None:
    """Holds all that can be done with a plan against what is promised of it."""
    given: dict[str, Any] = {**WHEN, "events": table(events) if events else None}
    if whole.world:
        given["scenario"] = whole.world[0].name
    people = table(CONTACTS)
    slow, fast = (
        outcome(lambda engine=engine: flowdsl.simulate(whole, people, engine=engine, **given))
        for engine in ("simpy", "fast")
    )
    same(slow, fast)
    assert flowdsl.load_plan(json.loads(json.dumps(flowdsl.dump(whole)))) == whole
    said = outcome(lambda: flowdsl.format(whole))
    assert isinstance(said, str) or said == ["E610"]
    if isinstance(fast, Results):
        assert isinstance(slow.story("ann"), str)
        picture = outcome(lambda: fast.diagram()._repr_html_())
        assert isinstance(picture, str) or picture == said == ["E610"]
        outcome(lambda: flowdsl.forecast(whole, people, replications=19, engine="fast", **given))


def same(slow: Any, fast: Any) -> None:
    if not isinstance(slow, Results) or not isinstance(fast, Results):
        assert slow == fast
        return
    for name in TABLES:
        assert_frame_equal(getattr(slow, name), getattr(fast, name), check_exact=True, obj=name)


@pytest.mark.parametrize("first", range(0, DAMAGES, 15))
def test_a_damaged_plan_is_refused_or_runs(first: int) -> None:
    """Whatever is damaged in a plan, it is refused with a code and a place, or both engines run it alike."""
    for seed in range(first, first + 15):
        said, document, original = damage(seed)
        whole = loaded(document)
        if whole is not None:
            try:
                lives(whole, original.events)
            except Exception as error:
                raise AssertionError(said) from error


def test_a_picture_needs_no_words_for_the_scenario() -> None:
    """A plan whose delays no text says cannot be written as text, but its flows can still be drawn."""
    program = 'flow "F" when buys offer then send email "A"\nscenario "S"\n  assume contact opens email 5% after 1 hour'
    document = flowdsl.dump(program)
    document["world"][0]["answers"][0]["event"] = "email.blocked"
    document["world"][0]["rates"] = [{"event": "offer.bought", "name": "", "rate": 0, "per_ms": 7}]
    whole = flowdsl.load_plan(sealed(document))
    with pytest.raises(PlanError, match="E610"):
        flowdsl.format(whole)
    results = flowdsl.simulate(whole, table(CONTACTS), events=table([on("2026-01-05", "buys offer")]), days=3)
    assert "send email" in str(results.diagram())


@pytest.mark.parametrize(
    "line",
    ["wait 365000 days 6000 hours", "wait 365243 days", "wait 11999 months 60 days"],
)
def test_a_text_keeps_the_same_bounds(line: str) -> None:
    """Months, days and hours of one length count together: what a text may say, a plan may hold."""
    said = [found.code for found in flowdsl.check(f'when buys offer {line} then do "x"')]
    assert said == ["E408"]


def test_a_day_of_a_scenario_lies_within_a_thousand_years() -> None:
    """`at day` takes the days that a plan can hold."""
    program = 'flow "F" when buys offer then do "x"\nscenario "S"\n  at day {} pause flow "F"'
    assert [found.code for found in flowdsl.check(program.format(365_243))] == ["E408"]
    assert flowdsl.load_plan(flowdsl.dump(program.format(365_242))).world[0].controls[0].day == 365_242


def test_what_the_schema_refuses_is_refused() -> None:
    """Who checks a document with the JSON Schema first refuses nothing that loads."""
    for seed in range(DAMAGES):
        said, document, _ = damage(seed)
        document = json.loads(json.dumps(document)) if _is_json(document) else document
        if _is_json(document) and not VALIDATOR.is_valid(document):
            assert loaded(document) is None, said


def _is_json(document: Document) -> bool:
    try:
        json.dumps(document, allow_nan=False)
    except ValueError:
        return False
    return True
