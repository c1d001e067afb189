"""Who would enter: the count and the list before a program is switched on, with the reason for each who would not."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from lives import live, on, table
from programs_at_random import World, worlds

import flowdsl
from flowdsl import RunError

PEOPLE = [
    {"contact": "ann", "plan": "pro", "programs": "Yoga", "born": "1990-01-05", "tags": "x"},
    {"contact": "bob", "plan": "pro", "programs": "Yoga;Judo", "born": "1991-07-01", "tags": None},
    {"contact": "cem", "plan": "free", "programs": None, "born": None, "tags": None},
]


def asked(program: str, at: str = "2026-01-05", events: Any = (), **options: Any) -> dict[str, str]:
    """What is said of each contact: "yes", or the reason why not."""
    rows = table(events) if events else None
    found = flowdsl.who_would_enter(program, table(PEOPLE), at=at, events=rows, **options).table
    return {row.contact: "yes" if row.enters else row.reason for row in found.itertuples()}


@pytest.mark.parametrize(
    ("begins", "expected"),
    [
        ("when contact joins program", ["yes", "yes", "yes"]),
        ('when contact joins program unless has tag "x"', ["unless", "yes", "yes"]),
        ('when contact joins program where plan is "pro"', ["yes", "yes", "where"]),
        ('when contact joins program "Yoga" include existing', ["yes", "yes", "not in that state"]),
        ('when contact joins program include existing goal plan is "pro"',
         ["goal already met", "goal already met", "not in that state"]),
        ('when contact joins program where plan is "free" include existing', ["where", "where", "not in that state"]),
        ("when contact joins program starting 2026-02-01", ["before start"] * 3),
        ("when contact joins program ending 2025-12-31", ["after end"] * 3),
        ("when born comes every year at 09:00", ["yes", "another day", "no date"]),
        ("when every monday at 09:00 where plan is \"pro\"", ["yes", "yes", "where"]),
        ("when every tuesday at 09:00", ["another day"] * 3),
        ("when contact buys offer where amount > 5", ["where (needs trigger.amount)"] * 3),
        ("when event is created limit once per event", ["yes", "yes", "yes"]),
        ('when contact gets tag "x" unless has tag "x"', ["unless", "unless", "unless"]),
    ],
)  # fmt: skip
def test_each_contact_has_an_answer(begins: str, expected: list[str]) -> None:
    """Yes, or the reason: of the entry tests, or that nothing would start the flow for this contact then."""
    assert list(asked(f'{begins} then send chat "Hello"').values()) == expected


def test_history_counts() -> None:
    """What happened before the moment is known: the second purchase is the next one for who has bought once."""
    program = 'when contact buys offer the 2nd time then send chat "Thanks"'
    bought = [on("2025-12-01", "buys offer", contact="bob"), on("2026-02-01", "buys offer", contact="cem")]
    assert asked(program, events=bought) == {"ann": "not this time", "bob": "yes", "cem": "not this time"}


def test_a_paused_flow_is_taken_as_switched_on_and_others_are_as_they_are() -> None:
    """Before a flow is switched on one wants to know what it will do; the flows not asked about stay paused."""
    program = """
        flow "First" paused
          when contact joins program
          then add tag "seen"
        flow "Second" paused
          when contact joins program
          unless has tag "seen"
          then send chat "Hello"
    """
    assert set(asked(program.replace("        flow", "flow"), flow="Second").values()) == {"yes"}


def test_it_tells_when_and_counts() -> None:
    """The moment is that of the flow's own clock; counts and text say how many would enter, and why others not."""
    program = 'workspace\n  timezone "Asia/Tokyo"\nflow "Birthday"\n  when born comes every year at 09:00\n'
    found = flowdsl.who_would_enter(f'{program}  then send chat "Hooray"', table(PEOPLE), at="2026-01-05")
    assert (found.count, len(found)) == (1, 1)
    assert found.table["time"].iloc[0] == pd.Timestamp("2026-01-05T00:00Z")
    assert found.table["time"].isna().tolist() == [False, True, True]
    assert found.counts["contacts"].tolist() == [1, 1, 1]
    assert str(found).splitlines()[0] == "Birthday, born comes every year at 09:00: 1 of 3 would enter"
    assert "another day" in found._repr_html_()


def test_several_ways_in_are_told_apart() -> None:
    """Each name and each trigger is a way in of its own, said as in the program."""
    program = 'when contact joins program "A" or "B" where trigger.program is "B" or when contact gets tag "y"'
    found = flowdsl.who_would_enter(f'{program} then send chat "x"', table(PEOPLE[:1]), at="2026-01-05").table
    assert list(zip(found["trigger"], found["enters"], strict=True)) == [
        ('contact joins program "A"', False),
        ('contact joins program "B"', True),
        ('contact gets tag "y"', True),
    ]


def test_an_unknown_flow_is_answered_in_words() -> None:
    """A name that no flow has is a diagnostic that names those there are."""
    with pytest.raises(RunError, match='did you mean "Hello"') as wrong:
        asked('flow "Hello"\n  when contact joins program\n  then send chat "x"', flow="hello")
    assert wrong.value.diagnostics[0].code == "E716"


@pytest.mark.parametrize("at", ["yesterday", "2026-02-30", 20260105])
def test_a_moment_that_is_none_is_called_by_its_option(at: object) -> None:
    """The diagnostic speaks of `at`, which was said, and of no option of a simulation."""
    program = flowdsl.parse("when contact joins program then send chat")
    with pytest.raises(RunError, match="E702: at: ") as wrong:
        flowdsl.who_would_enter(program, table([{"contact": "ann"}]), at=at)  # type: ignore[arg-type]
    assert [diagnostic.code for diagnostic in wrong.value.diagnostics] == ["E702"]


@given(worlds())
@settings(max_examples=15)
def test_whom_include_existing_takes_in_is_whom_a_simulation_takes_in(world: World) -> None:
    """Of flows that enrol who is in a state already, a simulation that begins then starts just the runs foretold."""
    at = "2026-01-09"
    text = world.program.split("scenario")[0]
    plan = flowdsl.load_plan(flowdsl.dump(flowdsl.parse(text)))
    contacts, events = table(world.contacts), table(world.events)
    begins = pd.Timestamp(at, tz=plan.policy.zone or "UTC")
    started = live(text, *world.events, contacts=world.contacts, start=at, days=1).rows("runs")
    for flow in plan.flows:
        if not flow.enter.include_existing or flow.paused or flow.enter.starting:
            continue
        said = flowdsl.who_would_enter(plan, contacts, at=at, events=events, flow=flow.name).table
        said = said[said["trigger"] == "include existing"]
        begun = {
            row["contact"] for row in started if (row["flow"], row["started"], row["run"]) == (flow.name, begins, 1)
        }
        assert set(said.loc[said["enters"], "contact"]) <= begun
