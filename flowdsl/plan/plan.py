"""The plan: the output of lowering, the content of the runtime JSON, and the input of every engine.

It has three parts: `flows` (what the sender will do), `policy` (the workspace: who sends, when, how much) and `world`
(scenarios: what contacts will do; only simulations read it). Nodes are connected by named ports that contain stable
node ids. Spans refer to the text and are ignored in comparisons, so two plans are equal if they mean the same. The
whole plan is defined in this one module, as its runtime JSON is one document.
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
    """A part of a plan with a place in the text."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


# --- waits ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Elapsed:
    """`wait 3 days`, `wait 1 month`: calendar months, then elapsed time."""

    lapse: Duration


@dataclass(frozen=True, slots=True)
class OnDay:
    """`wait 3 days at 09:00`: this many calendar months and days later, at that local minute of the day."""

    months: int
    days: int
    minute: int


@dataclass(frozen=True, slots=True)
class NextTime:
    """`wait until monday at 09:00`, `wait until 09:00`: the next local moment on one of the days.

    Bit 0 of `days` is Monday; now counts. minute -1: from midnight of that day on.
    """

    days: int
    minute: int


@dataclass(frozen=True, slots=True)
class OnDate:
    """`wait until 2026-03-01 at 09:00`: that local moment; if it is past, the run continues at once."""

    date: date
    minute: int = 0


@dataclass(frozen=True, slots=True)
class Relative:
    """`wait until 7 days before event.start at 09:00 or skip`: sign -1 before, +1 after.

    Months and days keep the wall time (minute -1) or move to `minute`; ms are elapsed time. past: what to do if the
    moment is past or missing.
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
    """`wait until clicked "Launch" for up to 7 days`: without up_to there is no limit."""

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
    """How often a contact (per "contact") or a related object (per its kind) may start a run: `times` in total, in a
    rolling period `every`, or at once (at_once: at most `times` active runs)."""

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
    """Where runs begin: triggers, and tests for entry. `ending` is the first moment that is too late."""

    id: str
    triggers: tuple[Trigger, ...]
    next: str
    include_existing: bool = False
    limit: Limit | None = None
    starting: LocalTime | None = None
    ending: LocalTime | None = None


@dataclass(frozen=True, slots=True)
class Branch(Placed):
    """`if`: decided when it is reached. `join` is where its branches meet again, for diagrams and for text from a
    plan."""

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
    """A random branch: shares add up to 1,000,000; the choice depends only on seed, contact, flow and split."""

    id: str
    arms: tuple[Arm, ...]
    join: str


@dataclass(frozen=True, slots=True)
class Wait(Placed):
    """A wait. The run continues at `next` in both cases; `it happened` distinguishes them."""

    id: str
    until: Until
    next: str


@dataclass(frozen=True, slots=True)
class Act(Placed):
    """An action: its effect, its settings, and the condition under which it is skipped."""

    id: str
    effect: Effect
    next: str
    settings: tuple[Setting, ...] = ()
    unless: Expr | None = None


@dataclass(frozen=True, slots=True)
class Repeat(Placed):
    """The head of `repeat N times`: its body leads back here; after N rounds the run continues at `next`."""

    id: str
    times: int
    body: str
    next: str


@dataclass(frozen=True, slots=True)
class Jump(Placed):
    """`go to`: at most `times` times in a run (0: no bound, and `next` is never used); `leaves` are the repeats whose
    count restarts."""

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
    """`goal` (status converted) or `exit when` (exited): active runs end when it happens."""

    KIND: ClassVar = "leave"  # in the runtime JSON

    status: Literal["converted", "exited"]
    occasion: WaitCondition


@dataclass(frozen=True, slots=True)
class Label:
    """A name for the node that comes after it.

    ends: the branch, split or repeat at the end of whose arm or body the label is ("" if it is right before its node).
    Runs ignore it; text made from the plan puts the label back in its position.
    """

    name: str
    node: str
    ends: str = ""


@dataclass(frozen=True)
class Flow(Placed):
    """One automation. `zone` "" means the contact's clock; nodes are in the order of the text, nodes[0] is Enter."""

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
    """At most `times` messages of a channel ("" for all channels together) per contact in any rolling period
    `every`."""

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
    """The content of a declared message; texts keep their placeholders."""

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
    """What may follow an event: `event` (with `name` as object) happens with a probability, after a drawn delay.

    cause     the event it answers: `email.received` for messages sent (names: only those messages)
    share     in millionths, 0 to 1,000,000
    delay     quantiles in whole ms, from which delays are drawn (delay_laws.py)
    event     for answers to messages the message's own name is the object if `name` is ""
    most      the upper end of an uncertain share, which each replication draws for itself; 0: the share is certain
    column    the contacts' column that contains the share (0 to 1) instead, or ""
    fields    what the event carries besides its object, one value each
    spread    quantiles of the contacts' own shares, in millionths, if these differ (heterogeneity.py), or ()
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
class Leaving:
    """When a contact leaves, so that a rate has no more events of it.

    share   millionths: the chance to leave after each event; 0: it leaves after a time
    ms      the mean time until it leaves, counted from when it is first known; 0: it leaves after an event
    spread  millionths of the number of the law by which contacts differ in this: the concentration of a beta law of
            their shares, or the shape of a gamma law of 1 / their mean times; 0: they are alike
    """

    share: int = 0
    ms: int = 0
    spread: int = 0


@dataclass(frozen=True, slots=True)
class Past:
    """What a contact did until the rates of a scenario begin says something of its own rate: Bayes' rule.

    shape   millionths of the shape of the gamma law by which contacts' rates differ
    column  of contacts, since when each is known; "": `date`
    date    since when all contacts are known, from 00:00 on the workspace's clock; None: since the first event
    """

    shape: int
    column: str = ""
    date: date | None = None


@dataclass(frozen=True, slots=True)
class Rate(Placed):
    """Events that each contact causes spontaneously: a Poisson process.

    rate      millionths of an event in every `per_ms`
    window    when events happen on the contact's clock: all of them, so the rate in open hours is higher; None: at
              any time
    most      the upper end of an uncertain rate, which each replication draws for itself; 0: the rate is certain
    column    the contacts' column that contains the number of events in every `per_ms` instead, or ""
    fields    what the event carries besides its object, one value each
    spread    quantiles of the factors, in millionths, by which contacts' own rates differ (heterogeneity.py), or ()
    leaving   when contacts leave; None: never
    past      what a contact's own past says; None: nothing
    daily     millionths of the shape of a gamma law: the rate has a factor of each day, with mean 1, the same for all
              contacts; 0: it has none. weekly: the same by week
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
    leaving: Leaving | None = None
    past: Past | None = None
    daily: int = 0
    weekly: int = 0


@dataclass(frozen=True, slots=True)
class Arrival(Placed):
    """New contacts, `new-1`, `new-2`…, who arrive in a Poisson process; `event` happens to each on arrival.

    rate        millionths of a contact in every `per_ms`
    window      when contacts arrive on the workspace's clock: all of them, so the rate in open hours is higher; None:
                at any time
    like_table  each new contact has the columns of a randomly chosen contact of the table; else it has none
    most        the upper end of an uncertain rate, which each replication draws for itself; 0: the rate is certain
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
    """The contacts in a state at the beginning: the name is added to each contact's set with this probability.

    share     in millionths, 0 to 1,000,000; contacts who already have the name keep it
    most      the upper end of an uncertain share, which each replication draws for itself; 0: the share is certain
    column    the contacts' column that contains the share (0 to 1) instead, or ""
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

    by        the flow that replaces `flow` (verb replace), or ""
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
    """One scenario: answers and rates of contacts, their states at the beginning, new contacts, and what the sender
    does meanwhile; each in the order of their lines."""

    name: str
    answers: tuple[Answer, ...] = ()
    rates: tuple[Rate, ...] = ()
    controls: tuple[Control, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    shares: tuple[Share, ...] = ()


Chancy: TypeAlias = Answer | Rate | Arrival | Share  # a line with a number that may be uncertain


@dataclass(frozen=True)
class Plan:
    """A whole program, ready to run. `events` are the kinds that affect it, with what they change in cells."""

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
