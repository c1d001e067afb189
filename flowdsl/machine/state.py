"""All that is known of one contact: cells, runs under way and the agenda; plain data that JSON can hold.

`wake` owns a State and changes it in place; nobody else does. In memory it names flows, steps, counts and caps by their
numbers in the prepared plan; state_json.py writes it as JSON that names them by ids.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, TypeAlias

from flowdsl.calendar.clock import NEVER

Cell: TypeAlias = str | bool | int | float | date | datetime  # a value of a contact or of an object

OPENING, TIMER = 0, 3  # kinds of alarms; inputs stand between them


class Alarm(NamedTuple):
    """When something is due: its order among others is docs/reference/language.md#instant-order as one comparison.

    run    the number of the run that waits; 0: none does, and `step` is the number of a trigger
    token  which alarm of the run is the valid one
    """

    due: int
    kind: int
    flow: int
    run: int = 0
    step: int = 0
    token: int = 0


@dataclass(slots=True)
class Sent:
    """The latest send of one message: `index` counts the contact's sends; flags with the event that last set each.

    again   the message had been sent before
    """

    index: int
    flags: dict[str, int] = field(default_factory=dict)
    again: bool = False


class CountedEvent(NamedTuple):
    """One time that a tally counts: when, and the number of the event."""

    time: int
    seq: int


@dataclass(slots=True)
class Tally:
    """How often something happened: all in all, and the last few."""

    total: int = 0
    last: list[CountedEvent] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """One passage through one flow.

    anchor       number of the event that started it; `began` the number of the last event before the current wait
    mode         "" walking, "waiting", "held" (send window), "queued" (capacity), "frozen" (flow paused), "moved" (an
                 edit took its step away: it goes on at the next wake), "gone"
    due, token   when its alarm rings (NEVER: it has none), and which alarm is the valid one
    skip         why every action is skipped until the next wait (`date passed`, `no date`)
    past         what its last wait says about being late: skip, continue or exit
    sent         this run's latest send of each message; `skipped` those whose latest attempt was skipped
    path         the steps reached so far, as bits (paths.py)
    visits       how often each action was taken; `turns` the same for repeats and jumps
    done         actions that were done before an edit put them ahead of the run again: it passes them once
    """

    flow: int
    number: int
    started: int
    anchor: int
    node: int
    object_kind: str = ""
    object_id: str = ""
    trigger: dict[str, Cell] = field(default_factory=dict)
    mode: str = ""
    due: int = NEVER
    token: int = 0
    began: int = 0
    happened: bool = False
    skip: str = ""
    past: str = "continue"
    asked: int = 0
    path: int = 1
    sent: dict[str, Sent] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    visits: dict[str, int] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)


@dataclass(slots=True)
class State:
    """One contact.

    zone         name of the contact's own zone, already filled in from the workspace
    born         when (ms) it came into being: at the beginning, or later where a scenario lets new contacts come
    seq          number of events taken so far
    refused      channels without consent; `suppressed` channels with the reasons
    objects      kind -> object id -> fields
    tallies      history cell ("3", or "3 id" for one object) -> how often
    messages     "email:Launch" -> latest send; `ever` flags that any send of it has ever had
    started      flow -> how many runs ever; `starts` "3" or "3 id" (flow 3, one object) -> count and last times
    recent       cap -> times of the last sends it counts
    controls     how many `at` lines have been lived through; `begun` flows started by caused events at `begun_at`
    switches     flow -> "deactivated", "replaced", or "" when an `at` line switched it on; `paused` those that one has
                 paused
    work         what it has used of its budget
    carried      since the last wake the plan was edited: the names of the flows that are new; None when it was not
    """

    contact: str
    zone: str = "UTC"
    born: int = 0
    seq: int = 0
    columns: dict[str, Cell] = field(default_factory=dict)
    sets: dict[str, list[str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    suppressed: dict[str, list[str]] = field(default_factory=dict)
    objects: dict[str, dict[str, dict[str, Cell]]] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    messages: dict[str, Sent] = field(default_factory=dict)
    ever: dict[str, list[str]] = field(default_factory=dict)
    sends: int = 0
    started: dict[str, int] = field(default_factory=dict)
    starts: dict[str, Tally] = field(default_factory=dict)
    recent: dict[str, list[int]] = field(default_factory=dict)
    switches: dict[str, str] = field(default_factory=dict)
    paused: list[str] = field(default_factory=list)
    runs: dict[tuple[int, int], Run] = field(default_factory=dict)
    agenda: list[Alarm] = field(default_factory=list)
    controls: int = 0
    begun_at: int = -1
    begun: list[int] = field(default_factory=list)
    tokens: int = 0
    work: int = 0
    carried: list[str] | None = None
