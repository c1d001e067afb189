"""Finds out, for every contact, whether it would enter a flow that is not switched on yet, and why not.

The machine itself decides, with the state of each contact from the tables at that moment; what the run would do is
discarded. `include existing` and triggers with dates or calendars enrol contacts without an event, so the answer is
whom they enrol. For a trigger with an event, the answer is who would enter if the event happened now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from flowdsl.calendar import clock
from flowdsl.calendar.clock import NEVER
from flowdsl.machine import Happening, Ready, State, entry, memory, schedule
from flowdsl.machine.instant import Instant
from flowdsl.machine.listening import ReadyTrigger
from flowdsl.machine.ready import ReadyFlow
from flowdsl.plan import plan, usage
from flowdsl.plan.expressions import TriggerField
from flowdsl.results.tables import TEXT, moments
from flowdsl.sim.config import SimulationConfig, initial_state, replay


class Answer(NamedTuple):
    """Whether one contact would enter: the reason if not, and the time (ms; -1 if not)."""

    reason: str
    time: int


@dataclass(frozen=True, slots=True, eq=False)
class Entrants:
    """Who would enter, and why the others would not.

    table   one row per contact, flow and trigger: contact flow trigger enters reason time. trigger is the event or date
            as in the program; an event with several names has a row for each. reason is missing for contacts who would
            enter, time for those who would not
    counts  one row per flow, trigger and reason: flow trigger reason contacts; contacts who would enter have no reason
    """

    table: pd.DataFrame

    @property
    def count(self) -> int:
        """How many contacts would enter at least one of the flows."""
        return int(self.table.loc[self.table["enters"], "contact"].nunique())

    @property
    def counts(self) -> pd.DataFrame:
        """The number of contacts for each answer."""
        by = ["flow", "trigger", "reason"]
        found = self.table.groupby(by, dropna=False, observed=True).size().reset_index(name="contacts")
        ordered = found.sort_values(["flow", "trigger", "contacts"], ascending=[True, True, False], kind="stable")
        return ordered.reset_index(drop=True)

    def __len__(self) -> int:
        return self.count

    def __str__(self) -> str:
        return "\n".join(_summary(self.table)) or "There are no flows that could start."

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<p>{self.count:,} would enter</p>\n{self.counts.to_html(index=False, na_rep='')}"


def _summary(table: pd.DataFrame) -> Iterator[str]:
    for (flow, trigger), rows in table.groupby(["flow", "trigger"], observed=True):
        refused = rows.loc[~rows["enters"], "reason"].value_counts(sort=True)
        yield f"{flow}, {trigger}: {int(rows['enters'].sum()):,} of {len(rows):,} would enter"
        yield from (f"  {count:>7,} not: {reason}" for reason, count in refused.items())


# --- asking the machine -----------------------------------------------------------------------------------------------


def entrants(config: SimulationConfig, flows: Sequence[str], words: dict[tuple[str, int, str], str]) -> Entrants:
    """Who would enter the flows at the beginning of a simulation, or on that day.

    words: the text of a trigger in the program, by flow, number of the trigger (-1: `include existing`) and name.
    """
    ready = config.ready()
    chosen = [flow for flow in ready.flows if flow.name in flows]
    rows: list[tuple[str, str, str, Answer]] = []
    for position in range(len(config.tables.contacts)):
        state = _before(config, ready, position, flows)
        for flow in chosen:
            for number, name, answer in _answers(config, ready, flow, state):
                rows.append((state.contact, flow.name, words[flow.name, number, name], answer))
    return Entrants(_table(rows))


def _table(rows: Sequence[tuple[str, str, str, Answer]]) -> pd.DataFrame:
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    answers: Sequence[Answer] = columns[3]
    return pd.DataFrame(
        {
            "contact": pd.Series(list(columns[0]), dtype=TEXT),
            **{name: _categories(columns[at]) for at, name in ((1, "flow"), (2, "trigger"))},
            "enters": np.array([not answer.reason for answer in answers], dtype=bool),
            "reason": pd.Series([answer.reason or None for answer in answers], dtype=TEXT),
            "time": moments(np.array([NEVER if answer.reason else answer.time for answer in answers], dtype=np.int64)),
        }
    )


def _categories(names: Sequence[str]) -> pd.Categorical:
    """A column of repeated names, in the order of the program: each contact has all of them."""
    return pd.Categorical(list(names), categories=pd.Index(list(dict.fromkeys(names)), dtype=TEXT))


def _before(config: SimulationConfig, ready: Ready, position: int, flows: Sequence[str]) -> State:
    """A contact at the beginning, with these flows switched on."""
    state = initial_state(config, ready, position)
    replay(config, ready, state, position)
    state.switches.update(dict.fromkeys(flows, ""))
    return state


class Way(NamedTuple):
    """A way into a flow: the number of its trigger (-1: `include existing`), and the name of the event or ""."""

    number: int
    name: str


def entry_points(flow: plan.Flow) -> Iterator[Way]:
    """The ways to enter a flow."""
    if flow.enter.include_existing:
        yield Way(-1, "")
    for number, trigger in enumerate(flow.enter.triggers):
        if not isinstance(trigger, plan.OnEvent):
            yield Way(number, "")
        elif not flow.enter.include_existing:
            yield from (Way(number, name) for name in trigger.match.names or ("",))


def _answers(
    config: SimulationConfig, ready: Ready, flow: ReadyFlow, state: State
) -> Iterator[tuple[int, str, Answer]]:
    for number, name in entry_points(flow.flow):
        instant = Instant(ready, deepcopy(state), config.begin)
        if number < 0:
            yield number, name, _existing(instant, flow)
        elif flow.triggers[number].match is None:
            yield number, name, _by_clock(config, instant, flow, flow.triggers[number])
        else:
            yield number, name, _by_event(instant, flow, flow.triggers[number], name)


def _answer_of(instant: Instant, flow: ReadyFlow, nothing: str) -> Answer:
    """The answer in the machine's first row of the flow; the reason `nothing` if there is no row."""
    row = next((row for row in instant.records if row.kind == "run" and row.flow == flow.name), None)
    if row is None:
        return Answer(nothing, -1)
    return Answer("", row.time) if row.status == "started" else Answer(row.reason, -1)


def _existing(instant: Instant, flow: ReadyFlow) -> Answer:
    instant.now = entry.opening(instant.state, flow, instant.now)
    entry.enter_existing(instant, flow)
    held = any(entry.held(instant.state, trigger) for trigger in flow.triggers)
    return _answer_of(instant, flow, "where" if held else "not in that state")


def _by_clock(config: SimulationConfig, instant: Instant, flow: ReadyFlow, trigger: ReadyTrigger) -> Answer:
    since = _midnight(config, instant, flow)
    due = schedule.next_moment(instant.ready, instant.state, trigger, since)
    if due >= clock.date_at(clock.local_day(since, _zone(instant, flow)) + 1, 0, _zone(instant, flow)):
        is_column = isinstance(trigger.trigger, plan.DateTrigger)
        dated = not is_column or all(instant.state.columns.get(column) is not None for column in trigger.reads)
        return Answer("another day" if due < NEVER or dated else "no date", -1)
    instant.now = due
    entry.enter_by_clock(instant, trigger)
    return _answer_of(instant, flow, "where")


def _zone(instant: Instant, flow: ReadyFlow) -> clock.Zone:
    return clock.zone(flow.zone or instant.state.zone)


def _midnight(config: SimulationConfig, instant: Instant, flow: ReadyFlow) -> int:
    """The midnight, in the flow's time zone, of the first day in the time zone of the workspace."""
    day = clock.local_day(config.begin, clock.zone(instant.ready.plan.policy.zone or "UTC"))
    return clock.date_at(day, 0, _zone(instant, flow))


def _by_event(instant: Instant, flow: ReadyFlow, trigger: ReadyTrigger, name: str) -> Answer:
    assert isinstance(trigger.trigger, plan.OnEvent)
    match = trigger.trigger.match
    fields = {one.field: one.values[0] for one in match.fields}
    about = instant.ready.events[match.events[0]].about
    happening = Happening(match.events[0], name, NEW_OBJECT if about else "", fields)
    entry.enter_by_event(instant, memory.remember(instant.ready, instant.state, happening, instant.now), caused=False)
    answer = _answer_of(instant, flow, "not this time")
    if answer.reason != "where":
        return answer
    known = {"object", instant.ready.events[match.events[0]].noun} if name else set()
    return Answer(_unknown(trigger, known | fields.keys()) or answer.reason, -1)


NEW_OBJECT = "(new)"  # an object that is in no table: an event that has not happened has no fields


def _unknown(trigger: ReadyTrigger, known: set[str]) -> str:
    """The reason with the fields of the event that its `where` needs, which are unknown before it happens."""
    where = trigger.trigger.where
    refs = usage.refs_of(where) if where else ()
    names = sorted({ref.name for ref in refs if isinstance(ref, TriggerField)} - known)
    return f"where (needs {', '.join(f'trigger.{name}' for name in names)})" if names else ""
