"""Made-up programs that the language has words for, as resolved trees: hypothesis strategies for texts made from plans.

What words mean hangs on where they stand, so every strategy here is a function of the flow's trigger (`Setting`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from hypothesis import strategies as st
from plans import trees

from flowdsl.calendar.clock import DAY, HOUR, Window
from flowdsl.chance import delay_laws, heterogeneity
from flowdsl.compiler.resolved import Act, Flow, Resolved, Wait
from flowdsl.diagnostics.source import NOWHERE
from flowdsl.plan import plan
from flowdsl.plan.expressions import (
    And,
    ChangeMembership,
    Column,
    Compare,
    Consent,
    Counted,
    CustomAction,
    Duration,
    EventMatch,
    Expr,
    FieldIs,
    Happened,
    Has,
    Known,
    MessageStatus,
    Not,
    ObjectField,
    OneOf,
    Or,
    Recent,
    Ref,
    Send,
    SetField,
    Setting,
    StartFlow,
    StopFlow,
    TriggerField,
    WaitCondition,
)

CHANNELS = ("email", "sms", "chat", "push", "notification")
FLAGS = ("received", "opened", "clicked", "replied", "bounced", "blocked", "unsubscribed")
FLOWS = ("Discovery", "Été", 'the "best"')
CAMPAIGN = "Drip \\ drop"
NAMES = st.sampled_from(["Launch", "Yoga", "no-sms", 'the "best"', "Ça va ?", "a\\b"])
SOME = st.lists(NAMES, min_size=1, max_size=2, unique=True).map(tuple)
ANY = st.just(()) | SOME
NUMBERS = st.integers(0, 10**6) | st.sampled_from([0.5, 12.25, 99.9])
DAYS = st.dates(date(2001, 1, 1), date(2090, 1, 1))
VALUES = NAMES | NUMBERS | DAYS | st.booleans()
MINUTES = st.sampled_from([0, 1, 540, 1439])
LAPSES = st.builds(
    Duration, st.sampled_from([0, 0, 1, 14]), st.sampled_from([DAY, 3 * DAY, HOUR, 90 * 60_000, DAY + 1000])
)
COLUMNS = st.sampled_from(["plan", "amount", "program", "birthday"])
EVENTS = st.one_of(
    st.builds(
        EventMatch, st.sampled_from([("program.joined",), ("tag.got",), ("offer.bought",), ("sale.refunded",)]), ANY
    ),
    st.builds(
        EventMatch,
        st.just(("step.completed",)),
        ANY,
        st.just(()) | st.builds(FieldIs, st.just("program"), SOME).map(lambda one: (one,)),
    ),
    st.builds(EventMatch, st.just(("custom.happened",)), SOME),
    st.builds(
        EventMatch, st.sampled_from([("event.created",), ("event.changed",), ("quote.sent",), ("invoice.paid",)])
    ),
    st.builds(
        EventMatch,
        st.sampled_from([("webinar.attended",), ("bundle.enrolled",), ("lead.became",), ("class.missed",)]),
        ANY,
    ),
    st.builds(EventMatch, st.just(("lead.changed",)), SOME),
    st.builds(EventMatch, st.just(("event.became",)), SOME),
    st.builds(EventMatch, st.sampled_from([("email.opened",), ("sms.clicked",), ("email.bounced",)]), ANY),
    st.builds(EventMatch, st.just(tuple(f"{channel}.clicked" for channel in CHANNELS)), SOME),
)


@dataclass(frozen=True)
class Spot:
    """Where a condition stands: what its flow's trigger gives it to look at, and whether it watches for what comes.

    carried: the fields that its trigger may have; none said: any.
    """

    has_event: bool = True
    about: bool = False
    watching: bool = False
    has_run: bool = True
    carried: tuple[str, ...] = ()


@cache
def refs(spot: Spot) -> st.SearchStrategy[Ref]:
    found: list[st.SearchStrategy[Any]] = [st.builds(Column, COLUMNS)]
    if spot.has_event:
        found.append(st.builds(TriggerField, st.sampled_from(spot.carried) if spot.carried else COLUMNS))
    if spot.about:
        found.append(st.builds(ObjectField, st.just("event"), st.sampled_from(["start", "status"])))
    return st.one_of(found)


@cache
def _leaves(spot: Spot) -> st.SearchStrategy[Expr]:
    left = refs(spot)
    events = (
        EVENTS if spot.has_run else EVENTS.filter(lambda match: not match.fields)
    )  # `of` has a meaning of its own there
    since = ["step", "start"] if spot.watching else ["ever", "start"]
    counted = st.builds(
        Counted,
        events,
        st.sampled_from(["at_least", "more_than", "fewer_than", "at_most", "exactly"]),
        st.integers(0, 4),
        st.none() | LAPSES,
        st.sampled_from(since),
    ).filter(lambda one: one.since != "start" or one.window is None)
    channels = st.just(()) | st.sampled_from(CHANNELS).map(lambda channel: (channel,))
    return st.one_of(
        st.builds(Compare, left, st.sampled_from(["is", "is_not"]), VALUES),
        st.builds(Compare, left, st.sampled_from(["lt", "le", "gt", "ge"]), NUMBERS),
        st.builds(Compare, left, st.sampled_from(["before", "after"]), DAYS),
        st.builds(OneOf, left, st.lists(VALUES, min_size=1, max_size=3).map(tuple), st.booleans()),
        st.builds(Known, left),
        st.builds(Recent, left, st.sampled_from(["within", "more_than_ago", "less_than_ago"]), LAPSES),
        st.builds(Has, st.sampled_from(["tags", "groups", "programs", "bundles", "leads"]), ANY),
        st.builds(Consent, st.sampled_from(CHANNELS)),
        st.builds(
            MessageStatus,
            channels,
            NAMES,
            st.sampled_from(FLAGS).map(lambda flag: (flag,)),
            scope=st.sampled_from(["latest", "ever"]),
            since_step=st.just(spot.watching),
        ),
        st.builds(
            MessageStatus,
            channels,
            NAMES,
            st.sampled_from([("opened", "clicked"), ("bounced",), ("opened", "clicked", "bounced")]),
            none=st.booleans(),
        ),
        counted,
        st.just(Happened() if spot.has_run else Known(Column("plan"))),
    )


@cache
def exprs(spot: Spot) -> st.SearchStrategy[Expr]:
    """Conditions without `and` directly inside `and`, or `or` inside `or`, but for several names of one message."""

    def joined(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        several = st.lists(inner, min_size=2, max_size=3)
        return st.one_of(
            st.builds(Not, inner),
            several.map(
                lambda items: And(
                    tuple(one for item in items for one in (item.items if isinstance(item, And) else (item,)))
                )
            ),
            several.map(
                lambda items: Or(
                    tuple(one for item in items for one in (item.items if isinstance(item, Or) else (item,)))
                )
            ),
        )

    return st.recursive(_leaves(spot), joined, max_leaves=4)


@cache
def occasions(spot: Spot) -> st.SearchStrategy[WaitCondition]:
    watching = replace(spot, watching=True)

    def heard(match: EventMatch) -> EventMatch:
        is_message = match.events[0].split(".")[0] in CHANNELS
        return EventMatch(match.events, match.names, match.fields, answer=is_message and bool(match.names))

    events = st.lists(EVENTS.map(heard), max_size=2).map(tuple)
    test = st.none() | exprs(watching).filter(_can_stand_at_the_top)
    return st.builds(WaitCondition, events, test).filter(lambda one: bool(one.events) or one.test is not None)


def _can_stand_at_the_top(test: Expr) -> bool:
    """A message word alone is an event there, not a test."""
    items = test.items if isinstance(test, Or) else (test,)
    return not any(isinstance(one, MessageStatus) and one.since_step and one.scope == "latest" for one in items)


# --- steps ------------------------------------------------------------------------------------------------------------


@cache
def waits(spot: Spot) -> st.SearchStrategy[Wait]:
    amounts = st.sampled_from([0, 1, 14]), st.sampled_from([0, 1, 40])
    sign, past = st.sampled_from([-1, 1]), st.sampled_from(["skip", "continue", "exit"])
    until = st.one_of(
        st.builds(plan.Elapsed, LAPSES),
        st.builds(plan.OnDay, *amounts, MINUTES),
        st.builds(plan.NextTime, st.integers(1, 127), st.just(-1) | MINUTES),
        st.builds(plan.OnDate, DAYS, MINUTES),
        st.builds(plan.Relative, refs(spot), sign, *amounts, st.just(0), st.just(-1) | MINUTES, past),
        st.builds(plan.Relative, refs(spot), sign, *amounts, st.sampled_from([HOUR, 90_000]), st.just(-1), past),
        st.builds(plan.Happens, occasions(spot), st.none() | LAPSES),
    )
    return st.builds(Wait, until)


@cache
def acts(spot: Spot) -> st.SearchStrategy[Act]:
    channel = st.sampled_from(CHANNELS)
    effects: list[st.SearchStrategy[Any]] = [
        st.builds(Send, channel, st.just("") | NAMES, transactional=st.booleans()),
        st.builds(Send, channel, NAMES, to=SOME, transactional=st.booleans()),
        st.builds(Send, channel, NAMES, staff=NAMES),
        st.builds(ChangeMembership, st.just("tags"), NAMES, st.just(True), st.just("tag.got")),
        st.builds(ChangeMembership, st.just("groups"), NAMES, st.just(False), st.just("group.left")),
        st.just(ChangeMembership("campaigns", CAMPAIGN, True, "campaign.joined")),
        st.just(ChangeMembership("campaigns", CAMPAIGN, False, "campaign.left")),
        st.builds(ChangeMembership, st.just("badges"), NAMES, st.just(True), st.just("badge.got")),
        st.builds(SetField, st.builds(Column, COLUMNS), VALUES),
        st.builds(StartFlow, st.sampled_from(FLOWS)),
        st.builds(StopFlow, st.sampled_from(FLOWS)),
        st.builds(CustomAction, st.sampled_from(["custom.do", "webhook.call", "task.create"]), NAMES),
        st.builds(ChangeMembership, st.just("leads"), st.just("") | NAMES, st.just(True), st.just("lead.became")),
        st.builds(SetField, st.just(Column("lead_status")), NAMES, st.just("lead.changed")),
    ]
    if spot.about:
        status = st.builds(ObjectField, st.just("event"), st.just("status"))
        effects.append(st.builds(SetField, status, NAMES, st.just("event.became")))
    settings = st.lists(st.builds(Setting, COLUMNS, VALUES), max_size=2).map(tuple)
    return st.builds(Act, st.one_of(effects), settings, st.none() | exprs(spot))


# --- flows ------------------------------------------------------------------------------------------------------------


@st.composite
def flows(draw: st.DrawFn, name: str) -> Flow:
    """One flow, its triggers of one kind."""
    kind = draw(st.sampled_from(["program", "custom", "event", "column", "schedule"]))
    carried = ("program", "object") if kind == "program" else ()
    spot = Spot(kind in ("program", "custom", "event"), kind == "event", carried=carried)
    nth = draw(st.sampled_from([(0, False), (4, False), (2, True)]))
    where = draw(st.none() | exprs(spot))
    match kind:
        case "program":
            match = EventMatch(("program.paid",), draw(ANY))
        case "custom":
            match = EventMatch(("custom.happened",), draw(SOME))
        case _:
            match = EventMatch(("event.created",))
    trigger: plan.Trigger = plan.OnEvent(match, *nth, where)
    if kind == "column":
        trigger = draw(_on_column(where))
    elif kind == "schedule":
        days, month_day = draw(st.tuples(st.integers(1, 127), st.just(0)) | st.tuples(st.just(0), st.integers(1, 31)))
        trigger = plan.OnSchedule(days, month_day, draw(MINUTES), where)
    leaves = st.builds(plan.ExitRule, st.sampled_from(["converted", "exited"]), occasions(spot))
    per = draw(st.sampled_from(["contact", "event"] if kind == "event" else ["contact"]))
    limits = st.builds(plan.Limit, st.integers(1, 3), st.just(per), st.none() | LAPSES) | st.just(
        plan.Limit(1, at_once=True)
    )
    window = st.builds(Window, st.integers(1, 127), st.sampled_from([0, 540]), st.sampled_from([360, 1440]))
    return Flow(
        name,
        draw(trees(acts(spot), waits(spot), exprs(spot))),
        (trigger,),
        description=draw(st.just("") | NAMES),
        paused=draw(st.booleans()),
        include_existing=NOWHERE if draw(st.booleans()) else None,
        limit=draw(st.none() | limits),
        starting=draw(st.none() | st.builds(plan.LocalTime, st.just(date(2020, 1, 1)), MINUTES)),
        ending=draw(st.none() | st.builds(plan.LocalTime, st.just(date(2030, 1, 1)), MINUTES | st.just(1440))),
        unless=draw(st.none() | exprs(spot)),
        leaves=tuple(draw(st.lists(leaves, max_size=2))),
        window=draw(st.none() | window),
        zone=draw(st.sampled_from(["", "Europe/Paris"])),
    )


def _on_column(where: Expr | None) -> st.SearchStrategy[plan.Trigger]:
    def made(column: str, sign: int, months: int, days: int, ms: int, minute: int, yearly: bool) -> plan.Trigger:
        if not (months or days or ms):
            sign = 1
        return plan.DateTrigger(column, sign, months, days, ms, -1 if ms else minute, yearly, where)

    return st.builds(
        made,
        COLUMNS,
        st.sampled_from([-1, 1]),
        st.sampled_from([0, 1]),
        st.sampled_from([0, 7]),
        st.sampled_from([0, 0, HOUR]),
        st.just(-1) | MINUTES,
        st.booleans(),
    )


# --- policy and world -------------------------------------------------------------------------------------------------

POLICIES = st.builds(
    plan.Policy,
    st.sampled_from(["", "Europe/Paris"]),
    st.just("") | NAMES,
    st.lists(st.builds(plan.Word, COLUMNS, VALUES), max_size=2, unique_by=lambda word: word.name).map(tuple),
    st.none() | st.builds(Window, st.integers(1, 127), st.just(480), st.just(1260)),
    st.lists(st.builds(plan.Cap, st.integers(1, 9), st.sampled_from(["", *CHANNELS]), LAPSES), max_size=2).map(tuple),
    st.lists(
        st.builds(plan.Capacity, st.sampled_from(CHANNELS), st.integers(1, 9), st.sampled_from([60_000, HOUR])),
        max_size=1,
    ).map(tuple),
    st.lists(
        st.builds(plan.Message, st.just("email"), NAMES, NAMES, st.just(""), NAMES, NAMES),
        max_size=2,
        unique_by=lambda one: one.name,
    ).map(tuple),
)
DELAYS = st.sampled_from(
    [
        delay_laws.exactly(0),
        delay_laws.exactly(DAY),
        delay_laws.within(2 * DAY),
        delay_laws.about(4 * HOUR),
        delay_laws.lognormal(20 * 60_000, 1.1),
        delay_laws.exponential(DAY),
        delay_laws.weibull(36 * HOUR, 0.7),
        delay_laws.gamma(DAY, 2.5),
        delay_laws.measured(0, HOUR, 3 * HOUR, DAY, 9 * DAY),
    ]
)
UNITS = st.sampled_from([1_000, 60_000, HOUR, DAY, 7 * DAY, 2_629_746_000, 12 * 2_629_746_000])
SHARES = st.integers(0, 1_000_000)
RATES = st.integers(1, 10**9)
WINDOWS = st.builds(Window, st.integers(1, 127), st.sampled_from([0, 540]), st.sampled_from([360, 1440]))


def numbers(key: str, some: st.SearchStrategy[int], column: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    """A share or rate: known, in doubt, or by column."""
    known = some.map(lambda low: {key: low})
    doubt = st.tuples(some, some).filter(lambda ends: ends[0] < ends[1])
    ways = [known, doubt.map(lambda ends: {key: ends[0], "most": ends[1]})]
    return st.one_of(*ways, COLUMNS.map(lambda name: {key: 0, "column": name})) if column else st.one_of(*ways)


def _varied(of: tuple[tuple[int, int], float]) -> dict[str, Any]:
    """A share that varies between contacts."""
    (low, most), concentration = of
    return {"share": low, "most": most, "spread": heterogeneity.beta(low, most, concentration)}


BETAS = [(350_000, 0), (400_000, 450_000), (10_000, 100_000), (0, 1_000_000)]
FACTORS = st.sampled_from([0.05, 0.55, 1.0, 17.23, 10_000.0]).map(lambda shape: {"spread": heterogeneity.gamma(shape)})
VARIED = st.tuples(st.sampled_from(BETAS), st.sampled_from([0.05, 0.5, 4.0, 1234.0])).map(_varied)


def _answer_to_message(channel: str, flag: str, names: tuple[str, ...], cause: str, **rest: Any) -> plan.Answer:
    return _answer(f"{channel}.{flag}", "", EventMatch((f"{channel}.{cause}",), names), **rest)


def _answer(event: str, name: str, cause: EventMatch, number: dict[str, Any], **rest: Any) -> plan.Answer:
    return plan.Answer(event, name, cause, **number, **rest)


@cache
def worlds() -> st.SearchStrategy[plan.World]:
    """Scenarios of answers, rates and `at` lines."""
    where = st.none() | exprs(Spot(has_event=False, has_run=False))
    rest = {"number": numbers("share", SHARES) | VARIED, "delay": DELAYS, "where": where}
    fields = st.just(()) | NAMES.map(lambda name: (FieldIs("program", (name,)),))
    answers = st.one_of(
        st.builds(
            _answer_to_message,
            st.sampled_from(CHANNELS),
            st.sampled_from(FLAGS[1:]),
            ANY,
            st.sampled_from(FLAGS[:3]),
            **rest,
        ),
        st.builds(
            _answer, st.just("offer.bought"), NAMES, st.builds(EventMatch, st.just(("email.clicked",)), ANY), **rest
        ),
        st.builds(
            _answer,
            st.just("step.completed"),
            NAMES,
            st.builds(EventMatch, st.just(("step.completed",)), SOME, fields),
            fields=fields,
            **rest,
        ),
    )
    rates = st.builds(
        lambda name, number, factors, unit, where, window: plan.Rate(
            "offer.bought",
            name,
            per_ms=unit,
            where=where,
            window=window,
            **number,
            **({} if "column" in number else factors),
        ),
        NAMES,
        numbers("rate", RATES),
        st.just({}) | FACTORS,
        UNITS,
        where,
        st.none() | WINDOWS,
    )
    arrivals = st.builds(
        lambda name, number, unit, like, window: plan.Arrival(
            "program.joined", name, per_ms=unit, like_table=like, window=window, **number
        ),
        st.just("") | NAMES,
        numbers("rate", RATES, column=False),
        UNITS,
        st.booleans(),
        st.none() | WINDOWS,
    )
    shares = st.builds(
        lambda family, name, number, where: plan.Share(family, name, where=where, **number),
        st.sampled_from(["tags", "memberships", "groups", "programs", "badges", "campaigns"]),
        st.just("") | NAMES,
        numbers("share", SHARES),
        where,
    )
    days = st.tuples(st.integers(1, 30), st.none()) | st.tuples(st.just(0), DAYS)
    controls = st.builds(
        lambda verb, flow, day, minute, cancel: plan.Control(verb, flow, *day, minute, cancel and verb == "deactivate"),
        st.sampled_from(["activate", "deactivate", "pause", "resume"]),
        st.sampled_from(FLOWS),
        days,
        MINUTES,
        st.booleans(),
    )
    controls |= st.builds(plan.Control, st.just("stop"), st.sampled_from(FLOWS), st.just(3), contact=NAMES)
    controls |= st.just(plan.Control("replace", FLOWS[0], 7, by=FLOWS[1]))
    return st.builds(
        plan.World,
        st.sampled_from(["Spring", "Autumn"]),
        st.lists(answers, max_size=1).map(tuple),
        st.lists(rates, max_size=1).map(tuple),
        st.lists(controls, max_size=2).map(tuple),
        st.lists(arrivals, max_size=1).map(tuple),
        st.lists(shares, max_size=1).map(tuple),
    )


@st.composite
def campaigns(draw: st.DrawFn) -> Flow:
    """A campaign with clauses and steps as a flow has them."""
    spot = Spot(has_event=False)
    return Flow(
        CAMPAIGN,
        draw(trees(acts(spot), waits(spot), exprs(spot))),
        (plan.OnEvent(EventMatch(("campaign.joined",), (CAMPAIGN,))),),
        "campaign",
        description=draw(st.just("") | NAMES),
        paused=draw(st.booleans()),
        limit=plan.Limit(1, at_once=True),
        unless=draw(st.none() | exprs(spot)),
        leaves=tuple(draw(st.lists(st.builds(plan.ExitRule, st.just("converted"), occasions(spot)), max_size=1))),
    )


@st.composite
def programs(draw: st.DrawFn) -> Resolved:
    """Whole programs: one flow full of things, others that it can start; the list of events is left to resolve."""
    trigger = plan.OnEvent(EventMatch(("program.joined",)))
    others = (Flow(name, (Act(Send("chat", "Hello")),), (trigger,)) for name in FLOWS[1:])
    made = (draw(flows(FLOWS[0])), draw(campaigns()), *others)
    return Resolved(made, draw(POLICIES), draw(st.lists(worlds(), max_size=1).map(tuple)))
