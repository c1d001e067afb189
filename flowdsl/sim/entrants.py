"""Who would enter a flow before it is switched on: a config goes in; every contact with yes or no, and why, comes out.

The machine's own tests decide, on each contact's state as the tables have it at that moment; whatever the run would do
is thrown away. What is asked depends on how the flow begins: `include existing` and date and calendar triggers enrol by
themselves, so the answer is whom; an event must come from outside, so the answer is who would enter if it came now.
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
    """Whether one contact would enter: why not, and when it would (ms; -1 when it would not)."""

    reason: str
    time: int


@dataclass(frozen=True, slots=True, eq=False)
class Entrants:
    """Who would enter, and why the others would not.

    table   a row a contact, flow and way in: contact flow trigger enters reason time. trigger is the event or date as
            the program says it; of events with several names, a row each. reason is missing for those who would enter,
            time for those who would not
    counts  a row a flow, way in and reason: flow trigger reason contacts; those who would enter have no reason
    """

    table: pd.DataFrame

    @property
    def count(self) -> int:
        """How many contacts would enter at least one of the flows."""
        return int(self.table.loc[self.table["enters"], "contact"].nunique())

    @property
    def counts(self) -> pd.DataFrame:
        """How many contacts there are of each answer."""
        by = ["flow", "trigger", "reason"]
        found = self.table.groupby(by, dropna=False, observed=True).size().reset_index(name="contacts")
        ordered = found.sort_values(["flow", "trigger", "contacts"], ascending=[True, True, False], kind="stable")
        return ordered.reset_index(drop=True)

    def __len__(self) -> int:
        return self.count

    def __str__(self) -> str:
        return "\n".join(_told(self.table)) or "There are no flows that anything could start."

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<p>{self.count:,} would enter</p>\n{self.counts.to_html(index=False, na_rep='')}"


def _told(table: pd.DataFrame) -> Iterator[str]:
    for (flow, trigger), rows in table.groupby(["flow", "trigger"], observed=True):
        refused = rows.loc[~rows["enters"], "reason"].value_counts(sort=True)
        yield f"{flow}, {trigger}: {int(rows['enters'].sum()):,} of {len(rows):,} would enter"
        yield from (f"  {count:>7,} not: {reason}" for reason, count in refused.items())


# --- asking the machine -----------------------------------------------------------------------------------------------


def entrants(config: SimulationConfig, flows: Sequence[str], words: dict[tuple[str, int, str], str]) -> Entrants:
    """Whom the flows would enrol at the beginning of a setting, which lasts for the day that is asked about.

    words: how the program says a way in, by flow, number of the trigger (-1: `include existing`) and name.
    """
    ready = config.ready()
    asked = [flow for flow in ready.flows if flow.name in flows]
    rows: list[tuple[str, str, str, Answer]] = []
    for position in range(len(config.tables.contacts)):
        state = _before(config, ready, position, flows)
        for flow in asked:
            for number, name, answer in _ways(config, ready, flow, state):
                rows.append((state.contact, flow.name, words[flow.name, number, name], answer))
    return Entrants(_table(rows))


def _table(rows: Sequence[tuple[str, str, str, Answer]]) -> pd.DataFrame:
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    answers: Sequence[Answer] = columns[3]
    return pd.DataFrame(
        {
            "contact": pd.Series(list(columns[0]), dtype=TEXT),
            **{name: _named(columns[at]) for at, name in ((1, "flow"), (2, "trigger"))},
            "enters": np.array([not answer.reason for answer in answers], dtype=bool),
            "reason": pd.Series([answer.reason or None for answer in answers], dtype=TEXT),
            "time": moments(np.array([NEVER if answer.reason else answer.time for answer in answers], dtype=np.int64)),
        }
    )


def _named(names: Sequence[str]) -> pd.Categorical:
    """A column of repeated names, in the order of the program: each contact has all of them."""
    return pd.Categorical(list(names), categories=pd.Index(list(dict.fromkeys(names)), dtype=TEXT))


def _before(config: SimulationConfig, ready: Ready, position: int, flows: Sequence[str]) -> State:
    """A contact at the beginning; the flows that are asked about are taken as switched on."""
    state = initial_state(config, ready, position)
    replay(config, ready, state, position)
    state.switches.update(dict.fromkeys(flows, ""))
    return state


class Way(NamedTuple):
    """A way into a flow: the number of its trigger (-1: `include existing`), and the name of the event or ""."""

    number: int
    name: str


def ways(flow: plan.Flow) -> Iterator[Way]:
    """The ways into a flow."""
    if flow.enter.include_existing:
        yield Way(-1, "")
    for number, trigger in enumerate(flow.enter.triggers):
        if not isinstance(trigger, plan.OnEvent):
            yield Way(number, "")
        elif not flow.enter.include_existing:
            yield from (Way(number, name) for name in trigger.match.names or ("",))


def _ways(config: SimulationConfig, ready: Ready, flow: ReadyFlow, state: State) -> Iterator[tuple[int, str, Answer]]:
    for number, name in ways(flow.flow):
        i = Instant(ready, deepcopy(state), config.begin)
        if number < 0:
            yield number, name, _existing(i, flow)
        elif flow.triggers[number].match is None:
            yield number, name, _by_clock(config, i, flow, flow.triggers[number])
        else:
            yield number, name, _by_event(i, flow, flow.triggers[number], name)


def _said(i: Instant, flow: ReadyFlow, nothing: str) -> Answer:
    """What the machine's first row of the flow says; `nothing` when it had nothing to decide."""
    row = next((row for row in i.records if row.kind == "run" and row.flow == flow.name), None)
    if row is None:
        return Answer(nothing, -1)
    return Answer("", row.time) if row.status == "started" else Answer(row.reason, -1)


def _existing(i: Instant, flow: ReadyFlow) -> Answer:
    i.now = entry.opening(i.state, flow, i.now)
    entry.enter_existing(i, flow)
    held = any(entry.held(i.state, trigger) for trigger in flow.triggers)
    return _said(i, flow, "where" if held else "not in that state")


def _by_clock(config: SimulationConfig, i: Instant, flow: ReadyFlow, trigger: ReadyTrigger) -> Answer:
    since = _midnight(config, i, flow)
    due = schedule.next_moment(i.ready, i.state, trigger, since)
    if due >= clock.date_at(clock.local_day(since, _zone(i, flow)) + 1, 0, _zone(i, flow)):
        is_column = isinstance(trigger.trigger, plan.DateTrigger)
        dated = not is_column or all(i.state.columns.get(column) is not None for column in trigger.reads)
        return Answer("another day" if due < NEVER or dated else "no date", -1)
    i.now = due
    entry.enter_by_clock(i, trigger)
    return _said(i, flow, "where")


def _zone(i: Instant, flow: ReadyFlow) -> clock.Zone:
    return clock.zone(flow.zone or i.state.zone)


def _midnight(config: SimulationConfig, i: Instant, flow: ReadyFlow) -> int:
    """Where the day begins that is asked about: the date on the workspace's clock, read on the flow's own."""
    day = clock.local_day(config.begin, clock.zone(i.ready.plan.policy.zone or "UTC"))
    return clock.date_at(day, 0, _zone(i, flow))


def _by_event(i: Instant, flow: ReadyFlow, trigger: ReadyTrigger, name: str) -> Answer:
    assert isinstance(trigger.trigger, plan.OnEvent)
    match = trigger.trigger.match
    fields = {one.field: one.values[0] for one in match.fields}
    about = i.ready.events[match.events[0]].about
    happening = Happening(match.events[0], name, NEW_OBJECT if about else "", fields)
    entry.enter_by_event(i, memory.remember(i.ready, i.state, happening, i.now), caused=False)
    answer = _said(i, flow, "not this time")
    if answer.reason != "where":
        return answer
    known = {"object", i.ready.events[match.events[0]].noun} if name else set()
    return Answer(_unknown(trigger, known | fields.keys()) or answer.reason, -1)


NEW_OBJECT = "(new)"  # an object that no table knows: of an event that has not happened there are no fields


def _unknown(trigger: ReadyTrigger, known: set[str]) -> str:
    """Fields of the event that its `where` asks for: nobody knows them before it happens."""
    where = trigger.trigger.where
    refs = usage.refs_of(where) if where else ()
    names = sorted({ref.name for ref in refs if isinstance(ref, TriggerField)} - known)
    return f"where (needs {', '.join(f'trigger.{name}' for name in names)})" if names else ""
