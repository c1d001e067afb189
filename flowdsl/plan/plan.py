"""What will run: the plan, as lowering makes it, the runtime JSON carries it, and every engine walks it.

Three parts: `flows` (what the sender will do), `policy` (the workspace: who sends, when, how much) and `world`
(scenarios: what contacts will do; a simulation reads it, live never). Nodes are joined by named ports that hold stable
node ids. Spans lead back to the text and count in no comparison, so two plans are equal when they mean the same. All
of a plan stands on this one long page, as its runtime JSON is one document.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import ClassVar, Literal, TypeAlias

from flowdsl.calendar.clock import Window
from flowdsl.diagnostics.source import NOWHERE, Span
from flowdsl.plan.expressions import (
    Duration,
    Effect,
    Event,
    EventMatch,
    Expr,
    FieldIs,
    Ref,
    Setting,
    Value,
    WaitCondition,
)

SCHEMA_VERSION = 1
END = "end"  # the id of every flow's last node


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Anything that leads back to a place in the text."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


# --- waits ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Elapsed:
    """`wait 3 days`, `wait 1 month`: calendar months, then elapsed time."""

    lapse: Duration


@dataclass(frozen=True, slots=True)
class OnDay:
    """`wait 3 days at 09:00`: so many calendar months and days on, at that local minute of the day."""

    months: int
    days: int
    minute: int


@dataclass(frozen=True, slots=True)
class NextTime:
    """`wait until monday at 09:00`, `wait until 09:00`: the next local moment on one of the days.

    Bit 0 of `days` is Monday; now counts. minute -1: the day itself, from its midnight on.
    """

    days: int
    minute: int


@dataclass(frozen=True, slots=True)
class OnDate:
    """`wait until 2026-03-01 at 09:00`: that local moment; a past one passes at once."""

    date: date
    minute: int = 0


@dataclass(frozen=True, slots=True)
class Relative:
    """`wait until 7 days before event.start at 09:00 or skip`: sign -1 before, +1 after.

    Months and days keep the wall time (minute -1) or go to `minute`; ms are elapsed. past: what to do when the moment
    is past or missing.
    """

    ref: Ref
    sign: Literal[-1, 1]
    months: int = 0
    days: int = 0
    ms: int = 0
    minute: int = -1
    past: Literal["skip", "continue", "exit"] = "skip"


@dataclass(frozen=True, slots=True)
class Happens:
    """`wait until clicked "Launch" for up to 7 days`: without up_to it waits for ever."""

    occasion: WaitCondition
    up_to: Duration | None = None


Until: TypeAlias = Elapsed | OnDay | NextTime | OnDate | Relative | Happens


# --- triggers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OnEvent(Placed):
    """`when client books class the 4th time where …`; nth 0: every time; every: each multiple of nth."""

    match: EventMatch
    nth: int = 0
    every: bool = False
    where: Expr | None = None


@dataclass(frozen=True, slots=True)
class DateTrigger(Placed):
    """`when 7 days before trial_ends at 09:00`, `when birthday comes every year`: a date column of the contact.

    sign, months, days, ms as in Relative; minute -1 keeps the column's own time (midnight for a date).
    """

    KIND: ClassVar = "on_column"  # in the runtime JSON

    column: str
    sign: Literal[-1, 1] = 1
    months: int = 0
    days: int = 0
    ms: int = 0
    minute: int = -1
    yearly: bool = False
    where: Expr | None = None


@dataclass(frozen=True, slots=True)
class OnSchedule(Placed):
    """`when every monday at 09:00` (days, bit 0 Monday) or `when every month on day 1 at 09:00` (month_day)."""

    days: int = 0
    month_day: int = 0
    minute: int = 0
    where: Expr | None = None


Trigger: TypeAlias = OnEvent | DateTrigger | OnSchedule


# --- nodes ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limit:
    """How often a contact (per "contact") or a related object (per its kind) may start a run: `times` in all, or in a
    rolling `every`, or at once (at_once: as many live runs as `times`)."""

    times: int
    per: str = "contact"
    every: Duration | None = None
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A date and a minute of the day on the flow's clock."""

    date: date
    minute: int


@dataclass(frozen=True, slots=True)
class Enter(Placed):
    """Where runs begin: triggers, and the tests an entry must pass. `ending` is the first moment that is too late."""

    id: str
    triggers: tuple[Trigger, ...]
    next: str
    include_existing: bool = False
    limit: Limit | None = None
    starting: LocalTime | None = None
    ending: LocalTime | None = None


@dataclass(frozen=True, slots=True)
class Branch(Placed):
    """`if`: decided when reached. `join` is where its branches meet again, for pictures and for text from a plan."""

    id: str
    test: Expr
    then: str
    otherwise: str
    join: str


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of a split: its share in millionths, its name and its first node."""

    share: int
    name: str
    to: str


@dataclass(frozen=True, slots=True)
class Split(Placed):
    """A random branch: shares add up to 1,000,000; sticky by seed, contact, flow and split."""

    id: str
    arms: tuple[Arm, ...]
    join: str


@dataclass(frozen=True, slots=True)
class Wait(Placed):
    """A wait. Both ways of ending go on at `next`; `it happened` tells which."""

    id: str
    until: Until
    next: str


@dataclass(frozen=True, slots=True)
class Act(Placed):
    """An action: what it does, what it carries along, and what makes it be skipped."""

    id: str
    effect: Effect
    next: str
    settings: tuple[Setting, ...] = ()
    unless: Expr | None = None


@dataclass(frozen=True, slots=True)
class Repeat(Placed):
    """The head of `repeat N times`: its body leads back here; after N rounds the run goes on at `next`."""

    id: str
    times: int
    body: str
    next: str


@dataclass(frozen=True, slots=True)
class Jump(Placed):
    """`go to`: at most `times` times a run (0: without bound, and then `next` is never taken); `leaves` are the repeats
    whose count starts anew."""

    id: str
    to: str
    next: str
    times: int = 0
    leaves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exit(Placed):
    """The end of a run: completed, with the reason."""

    id: str
    reason: str = ""


Node: TypeAlias = Enter | Branch | Split | Wait | Act | Repeat | Jump | Exit


# --- flows and policy -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExitRule(Placed):
    """`goal` (status converted) or `exit when` (exited): runs under way end as it happens."""

    KIND: ClassVar = "leave"  # in the runtime JSON

    status: Literal["converted", "exited"]
    occasion: WaitCondition


@dataclass(frozen=True, slots=True)
class Label:
    """A name for the node that comes after it.

    ends: the branch, split or repeat whose arm or body the label is the end of ("" where it stands right before its
    node). Runs do not care; a text made from the plan puts the label back where it stood.
    """

    name: str
    node: str
    ends: str = ""


@dataclass(frozen=True)
class Flow(Placed):
    """One automation. `zone` "" reads the contact's clock; nodes come in the order of the text, nodes[0] is Enter."""

    name: str
    nodes: tuple[Node, ...]
    kind: Literal["flow", "campaign"] = "flow"
    description: str = ""
    paused: bool = False
    zone: str = ""
    window: Window | None = None
    unless: Expr | None = None
    leaves: tuple[ExitRule, ...] = ()
    labels: tuple[Label, ...] = ()

    @property
    def enter(self) -> Enter:
        first = self.nodes[0]
        assert isinstance(first, Enter)
        return first

    @cached_property
    def by_id(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}


@dataclass(frozen=True, slots=True)
class Word:
    """`set business_name "Studio Lotus"` of the workspace."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `times` messages of a channel ("" all channels together) per contact in any rolling `every`."""

    times: int
    channel: str
    every: Duration


@dataclass(frozen=True, slots=True)
class Capacity:
    """One server with fixed spacing, first come first served: `amount` messages of a channel per `per_ms`."""

    channel: str
    amount: int
    per_ms: int


@dataclass(frozen=True, slots=True)
class Message(Placed):
    """What a declared message says; texts keep their placeholders."""

    channel: str
    name: str
    subject: str = ""
    sender: str = ""
    reply_to: str = ""
    template: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the sender decides for all flows."""

    zone: str = ""
    sender: str = ""
    words: tuple[Word, ...] = ()
    window: Window | None = None
    caps: tuple[Cap, ...] = ()
    capacities: tuple[Capacity, ...] = ()
    messages: tuple[Message, ...] = ()


EVERYTHING_ALLOWED = Policy()


# --- the world --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer(Placed):
    """What may follow an event: `event` (with `name` as object) happens with the share, after a drawn delay.

    cause     the event it answers: `email.received` for messages sent (names: only those messages)
    share     in millionths, 0 to 1,000,000
    delay     quantiles in whole ms, as laws.py draws from them
    event     for answers to messages the message's own name is the object when `name` is ""
    most      the upper end of a share in doubt, which each replication draws for itself; 0: there is no doubt
    column    the contacts' column that holds the share (0 to 1) instead, or ""
    fields    what the event carries besides its object, one value each
    spread    quantiles of the contacts' own shares, in millionths, where these differ (mixtures.py), or ()
    """

    event: str
    name: str
    cause: EventMatch
    share: int
    delay: tuple[int, ...]
    where: Expr | None = None
    most: int = 0
    column: str = ""
    fields: tuple[FieldIs, ...] = ()
    spread: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rate(Placed):
    """Events that each contact causes by itself: a Poisson process.

    rate      millionths of an event in every `per_ms`
    window    when on the contact's clock they come: all of them, so that open time has the more; without it any time
    most      the upper end of a rate in doubt, which each replication draws for itself; 0: there is no doubt
    column    the contacts' column that holds how many there are in every `per_ms` instead, or ""
    fields    what the event carries besides its object, one value each
    spread    quantiles of the factors, in millionths, by which contacts' own rates differ (mixtures.py), or ()
    """

    event: str
    name: str
    rate: int
    per_ms: int
    where: Expr | None = None
    window: Window | None = None
    most: int = 0
    column: str = ""
    fields: tuple[FieldIs, ...] = ()
    spread: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrival(Placed):
    """New contacts, `new-1`, `new-2`…, who come in a Poisson process; `event` happens to each as it comes.

    rate        millionths of a contact in every `per_ms`
    window      when on the workspace's clock they come: all of them, so that open time has the more; else at any time
    like_table  what is known of each is what the table says of one of its contacts, chosen by key; else nothing is
    most        the upper end of a rate in doubt, which each replication draws for itself; 0: there is no doubt
    fields      what the event carries besides its object, one value each
    """

    event: str
    name: str
    rate: int
    per_ms: int
    like_table: bool = False
    most: int = 0
    fields: tuple[FieldIs, ...] = ()
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Share(Placed):
    """Who is in a state at the beginning: each contact's set gains the name with the share; who has it keeps it.

    share     in millionths, 0 to 1,000,000
    most      the upper end of a share in doubt, which each replication draws for itself; 0: there is no doubt
    column    the contacts' column that holds the share (0 to 1) instead, or ""
    """

    family: str
    name: str
    share: int
    where: Expr | None = None
    most: int = 0
    column: str = ""


@dataclass(frozen=True, slots=True)
class Control(Placed):
    """An `at` line: day (from 1, the first local day) or date, at a minute, on the workspace's clock.

    by        the flow that takes the place of `flow` (verb replace), or ""
    """

    verb: Literal["activate", "deactivate", "pause", "resume", "stop", "replace"]
    flow: str
    day: int = 0
    date: date | None = None
    minute: int = 0
    cancel: bool = False
    contact: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class World(Placed):
    """One scenario: what contacts answer, do by themselves and are at the beginning, who comes, and what the sender
    does meanwhile; each in the order of their lines."""

    name: str
    answers: tuple[Answer, ...] = ()
    rates: tuple[Rate, ...] = ()
    controls: tuple[Control, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    shares: tuple[Share, ...] = ()


Chancy: TypeAlias = Answer | Rate | Arrival | Share  # a line with a number that may be in doubt


@dataclass(frozen=True)
class Plan:
    """A whole program, ready to run. `events` are the kinds it can take notice of, with what they do to cells."""

    flows: tuple[Flow, ...]
    policy: Policy = EVERYTHING_ALLOWED
    world: tuple[World, ...] = ()
    events: tuple[Event, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Flow]:
        return {flow.name: flow for flow in self.flows}

    @cached_property
    def events_by_id(self) -> dict[str, Event]:
        return {event.id: event for event in self.events}
