"""Resolving: what a program says becomes the few kinds of thing that run; what nobody knows is told with a way out."""

from __future__ import annotations

from datetime import date

import pytest

from flowdsl import laws, plan, resolved
from flowdsl.calculus import (
    And,
    Assign,
    Begin,
    Column,
    Compare,
    Consent,
    Counted,
    Do,
    Event,
    EventMatch,
    Expr,
    FieldIs,
    Flagged,
    Halt,
    Happened,
    Has,
    Known,
    Lapse,
    Not,
    ObjectField,
    Occasion,
    OneOf,
    Or,
    Put,
    Recent,
    Send,
    Setting,
    TriggerField,
)
from flowdsl.checks import check
from flowdsl.clock import Window
from flowdsl.errors import Diagnostic
from flowdsl.parser import parse
from flowdsl.resolve import resolve
from flowdsl.source import Source
from flowdsl.vocabulary import EventEntry, Vocabulary

DAY = 86_400_000
CHANNELS = ("email", "sms", "chat", "push", "notification")


def read(text: str) -> tuple[resolved.Resolved, list[Diagnostic]]:
    program, syntax = parse(Source(text))
    assert syntax == [], [str(fault) for fault in syntax]
    return resolve(program)


def well(text: str) -> resolved.Resolved:
    program, faults = read(text)
    assert faults == [], [str(fault) for fault in faults]
    return program


def flow(text: str) -> resolved.Flow:
    return well(text).flows[0]


def asked(condition: str, when: str = "member joins program") -> Expr:
    """The expression of a condition behind `if`."""
    step = flow(f'when {when}\n wait until opened "Z" for up to 1 day\n if {condition} then send chat "X" end').steps[1]
    assert isinstance(step, resolved.If)
    return step.arms[0].test


def until(wait: str, when: str = "member joins program") -> plan.Until:
    step = flow(f'when {when}\n wait {wait}\n then send chat "X"').steps[0]
    assert isinstance(step, resolved.Wait)
    return step.until


def effect(action: str, when: str = "member joins program") -> object:
    step = flow(f"when {when} then {action}").steps[0]
    assert isinstance(step, resolved.Act)
    return step.effect


def trigger(when: str) -> plan.Trigger:
    return flow(f'when {when} then send chat "X"').triggers[0]


def on_event(when: str) -> plan.OnEvent:
    found = trigger(when)
    assert isinstance(found, plan.OnEvent)
    return found


def codes(text: str) -> list[str]:
    return [fault.code for fault in read(text)[1]]


# --- the sentence -----------------------------------------------------------------------------------------------------


def test_the_sentence_is_a_program() -> None:
    """One sentence is one flow named `flow 1`, with its trigger, counter-condition, wait and send."""
    program = well("when member joins program unless has membership wait 3 days then send chat")
    assert program.flows[0].name == "flow 1"
    assert program.flows[0].triggers[0] == plan.OnEvent(EventMatch(("program.joined",)))
    assert program.flows[0].unless == Has("memberships")
    assert program.flows[0].steps == (
        resolved.Wait(plan.Elapsed(Lapse(0, 3 * DAY))),
        resolved.Act(Send("chat", "")),
    )
    assert not program.partial


def test_a_bare_sentence_is_named_after_its_file() -> None:
    """A sentence in welcome.flow is the flow "welcome"."""
    program, _ = parse(Source("when member joins program then send chat", "shop/welcome.flow"))
    assert resolve(program)[0].flows[0].name == "welcome"


# --- triggers ---------------------------------------------------------------------------------------------------------


def test_triggers_name_events_objects_and_fields() -> None:
    """Several names mean any of them; a step may say its program."""
    assert on_event('member joins program "A" or "B"').match == EventMatch(("program.joined",), ("A", "B"))
    assert on_event('participant completes step "S1"').match == EventMatch(("step.completed",), ("S1",))
    assert on_event('participant completes step "S1" of program "Y"').match == EventMatch(
        ("step.completed",), ("S1",), (FieldIs("program", ("Y",)),)
    )
    assert on_event('"checkout_started" happens').match == EventMatch(("custom.happened",), ("checkout_started",))
    assert on_event('event becomes "confirmed"').match == EventMatch(("event.became",), ("confirmed",))
    assert on_event("event is created").match == EventMatch(("event.created",))
    assert on_event("email bounces").match == EventMatch(("email.bounced",))
    assert on_event("client is refunded").match == EventMatch(("sale.refunded",))


def test_message_triggers_are_about_any_send() -> None:
    """A trigger on an opening is not narrowed to a run's own message: there is no run yet."""
    assert on_event('contact opens email "L"').match == EventMatch(("email.opened",), ("L",))


def test_nth_times() -> None:
    """`the 4th time` and `every 4th time`."""
    fourth = on_event("client buys offer the 4th time")
    assert (fourth.nth, fourth.every) == (4, False)
    each_fourth = on_event("client buys offer every 4th time")
    assert (each_fourth.nth, each_fourth.every) == (4, True)


def test_where_sees_fields_first_then_columns() -> None:
    """A field the event is known to carry is the event's, any other bare name a column; both can be said outright."""
    assert on_event("client buys offer where amount > 50").where == Compare(TriggerField("amount"), "gt", 50)
    assert on_event('client buys offer where plan is "pro"').where == Compare(Column("plan"), "is", "pro")
    assert on_event("client buys offer where contact.amount > 50").where == Compare(Column("amount"), "gt", 50)
    assert on_event('member joins program where program is "Y"').where == Compare(TriggerField("program"), "is", "Y")


def test_where_of_a_custom_event_decides_when_it_happens() -> None:
    """Nobody knows what a custom event carries: its own field counts where it has one, else the contact's column."""
    field, column = TriggerField("amount"), Column("amount")
    assert on_event('"x" happens where amount > 50').where == Or(
        (Compare(field, "gt", 50), And((Not(Known(field)), Compare(column, "gt", 50))))
    )
    assert on_event('"x" happens where amount is unknown').where == And((Not(Known(field)), Not(Known(column))))
    assert on_event('"x" happens where trigger.amount > 50').where == Compare(field, "gt", 50)


def test_or_when_has_its_own_where() -> None:
    """`where … or when …` starts a new trigger."""
    found = flow('when client buys offer where amount > 50 or when contact joins program "Y" then send chat "X"')
    assert [type(each) for each in found.triggers] == [plan.OnEvent, plan.OnEvent]
    assert found.triggers[1] == plan.OnEvent(EventMatch(("program.joined",), ("Y",)))


def test_dates_and_the_calendar_start_runs() -> None:
    """Offsets keep days and hours apart; without a time of day a date keeps its own."""
    assert trigger("7 days before trial_ends at 09:00") == plan.OnColumn("trial_ends", -1, 0, 7, 0, 540)
    assert trigger("birthday comes every year at 09:00") == plan.OnColumn("birthday", 1, minute=540, yearly=True)
    assert trigger("2 hours after trial_ends") == plan.OnColumn("trial_ends", 1, 0, 0, 7_200_000)
    assert trigger("every monday at 09:00") == plan.OnSchedule(1, 0, 540)
    assert trigger("every month on day 1 at 09:00") == plan.OnSchedule(0, 1, 540)


# --- conditions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('plan is "pro"', Compare(Column("plan"), "is", "pro")),
        ('plan is not "pro"', Compare(Column("plan"), "is_not", "pro")),
        ('country is one of "FR", "BE"', OneOf(Column("country"), ("FR", "BE"))),
        ('country is none of "FR", "BE"', OneOf(Column("country"), ("FR", "BE"), none=True)),
        ("phone is known", Known(Column("phone"))),
        ("phone is unknown", Not(Known(Column("phone")))),
        ("vip is yes", Compare(Column("vip"), "is", True)),
        ("vip is no", Compare(Column("vip"), "is", False)),
        ("age >= 18", Compare(Column("age"), "ge", 18)),
        ("trial_ends is before 2026-03-01", Compare(Column("trial_ends"), "before", date(2026, 3, 1))),
        ("trial_ends is within 30 days", Recent(Column("trial_ends"), "within", Lapse(0, 30 * DAY))),
        ("last_visit is more than 30 days ago", Recent(Column("last_visit"), "more_than_ago", Lapse(0, 30 * DAY))),
        ("has membership", Has("memberships")),
        ('has membership "Gold"', Has("memberships", ("Gold",))),
        ('has tag "a" or "b"', Has("tags", ("a", "b"))),
        ('has no tag "a"', Not(Has("tags", ("a",)))),
        ('in group "g"', Has("groups", ("g",))),
        ('contact in program "A" or "B" and has tag "t"', And((Has("programs", ("A", "B")), Has("tags", ("t",))))),
        ("can receive sms", Consent("sms")),
        ("it happened", Happened()),
        ("trigger.amount > 5", Compare(TriggerField("amount"), "gt", 5)),
        ('not (has tag "a" or plan is "x")', Not(Or((Has("tags", ("a",)), Compare(Column("plan"), "is", "x"))))),
    ],
)
def test_conditions(text: str, meant: Expr) -> None:
    """Columns, states and their combinations mean what they say."""
    assert asked(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('opened "L"', Flagged((), "L", ("opened",))),
        ('clicked email "L"', Flagged(("email",), "L", ("clicked",))),
        ('ever opened "L"', Flagged((), "L", ("opened",), scope="ever")),
        ('email "L" is one of opened, clicked', Flagged(("email",), "L", ("opened", "clicked"))),
        ('email "L" is none of opened, bounced', Flagged(("email",), "L", ("opened", "bounced"), none=True)),
        ('email "L" is opened', Flagged(("email",), "L", ("opened",))),
    ],
)
def test_message_words_look_at_the_latest_send(text: str, meant: Expr) -> None:
    """A named message is looked up by its flags, on every channel when none is said."""
    assert asked(text) == meant


@pytest.mark.parametrize(
    ("text", "op", "times", "window", "since"),
    [
        ('completed step "x"', "at_least", 1, None, "ever"),
        ('completed step "x" at least 4 times', "at_least", 4, None, "ever"),
        ('completed step "x" once', "exactly", 1, None, "ever"),
        ('completed step "x" more than 2 times in the last 30 days', "more_than", 2, Lapse(0, 30 * DAY), "ever"),
        ('never completed step "x" since start', "exactly", 0, None, "start"),
        ('completed step "x" since start', "at_least", 1, None, "start"),
    ],
)
def test_history_counts(text: str, op: str, times: int, window: Lapse | None, since: str) -> None:
    """History words count events; a bare one means at least once."""
    expr = asked(text)
    assert isinstance(expr, Counted)
    assert expr.match == EventMatch(("step.completed",), ("x",))
    assert (expr.op, expr.times, expr.window, expr.since) == (op, times, window, since)


def test_custom_events_can_be_asked_for() -> None:
    """`did "checkout_started"` is the history of a custom event."""
    expr = asked('did "checkout_started"')
    assert isinstance(expr, Counted)
    assert expr.match == EventMatch(("custom.happened",), ("checkout_started",))


# --- edge and level ---------------------------------------------------------------------------------------------------


def test_waits_for_events_are_edges_of_this_runs_message() -> None:
    """A named message in a wait is this run's own; other events are simply those to come."""
    opened = tuple(f"{channel}.clicked" for channel in CHANNELS)
    assert until('until clicked "L" for up to 7 days') == plan.Happens(
        Occasion((EventMatch(opened, ("L",), answer=True),)), Lapse(0, 7 * DAY)
    )
    assert until("until client buys offer") == plan.Happens(Occasion((EventMatch(("offer.bought",)),)))


def test_top_level_or_parts_events_from_tests() -> None:
    """Events as they happen on one side, everything that may hold already on the other."""
    found = until('until client buys offer or plan is "pro" or has tag "t"')
    assert found == plan.Happens(
        Occasion(
            (EventMatch(("offer.bought",)),),
            Or((Compare(Column("plan"), "is", "pro"), Has("tags", ("t",)))),
        )
    )


def test_inside_and_message_and_history_words_look_at_what_comes_after() -> None:
    """In a conjunction they become tests that leave out what was there before the step."""
    found = until('until opened "L" and bought offer at least 2 times')
    assert found == plan.Happens(
        Occasion(
            (),
            And(
                (
                    Flagged((), "L", ("opened",), since_step=True),
                    Counted(EventMatch(("offer.bought",)), "at_least", 2, None, "step"),
                )
            ),
        )
    )
    start = until("until bought offer at least 2 times since start")
    assert isinstance(start, plan.Happens)
    assert isinstance(start.occasion.test, Counted)
    assert start.occasion.test.since == "start"


def test_goals_and_exits_leave_with_their_status() -> None:
    """`goal` converts, `exit when` exits; several may stand in a flow."""
    found = flow(
        'when member joins program goal client buys offer exit when has tag "x" exit when unsubscribes'
        ' then send chat "X"'
    )
    assert [leave.status for leave in found.leaves] == ["converted", "exited", "exited"]
    assert found.leaves[0].occasion == Occasion((EventMatch(("offer.bought",)),))
    assert found.leaves[1].occasion == Occasion((), Has("tags", ("x",)))
    assert found.leaves[2].occasion == Occasion((EventMatch(("email.unsubscribed",)),))


# --- waits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1 hour 30 minutes", plan.Elapsed(Lapse(0, 5_400_000))),
        ("2 weeks", plan.Elapsed(Lapse(0, 14 * DAY))),
        ("1 month", plan.Elapsed(Lapse(1, 0))),
        ("1 year 2 months 1 day", plan.Elapsed(Lapse(14, DAY))),
        ("1.5 days", plan.Elapsed(Lapse(0, 3 * DAY // 2))),
        ("3 days at 09:00", plan.OnDay(0, 3, 540)),
        ("1 month at 09:00", plan.OnDay(1, 0, 540)),
        ("until 09:00", plan.NextTime(127, 540)),
        ("until monday at 09:00", plan.NextTime(1, 540)),
        ("until monday", plan.NextTime(1, -1)),
        ("until 2026-03-01 at 09:00", plan.OnDate(date(2026, 3, 1), 540)),
        ("until 2026-03-01", plan.OnDate(date(2026, 3, 1), 0)),
        ("until 7 days before trial_ends", plan.Relative(Column("trial_ends"), -1, 0, 7)),
        ("until 2 hours after trial_ends or exit", plan.Relative(Column("trial_ends"), 1, 0, 0, 7_200_000, -1, "exit")),
        ("until trial_ends", plan.Relative(Column("trial_ends"), 1)),
    ],
)
def test_waits(text: str, meant: plan.Until) -> None:
    """Months stay months, days and elapsed time are kept apart where the wall clock matters."""
    assert until(text) == meant


def test_waits_for_dates_of_the_related_object() -> None:
    """A flow about an event can wait for the event's own dates."""
    found = until("until 7 days before event.start at 09:00 or continue", when="event is created")
    assert found == plan.Relative(ObjectField("event", "start"), -1, 0, 7, 0, 540, "continue")
    assert until("until event.start", when="event is created") == plan.Relative(ObjectField("event", "start"), 1)


# --- actions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('send email "L"', Send("email", "L")),
        ("send chat", Send("chat", "")),
        ('send email "L" transactional', Send("email", "L", transactional=True)),
        ('send email "L" to "a@x.org", "b@x.org"', Send("email", "L", to=("a@x.org", "b@x.org"))),
        ('send email "L" to staff "Anna"', Send("email", "L", staff="Anna")),
        ('add tag "t"', Put("tags", "t", True, "tag.got")),
        ('remove tag "t"', Put("tags", "t", False, "tag.lost")),
        ('add to group "g"', Put("groups", "g", True, "group.joined")),
        ('remove from group "g"', Put("groups", "g", False, "group.left")),
        ('award badge "b"', Put("badges", "b", True)),
        ('set plan to "pro"', Assign(Column("plan"), "pro")),
        ("set score to 5", Assign(Column("score"), 5)),
        ("set vip to yes", Assign(Column("vip"), True)),
        ('do "fly"', Do("custom.do", "fly")),
        ('call webhook "https://x.org/a"', Do("webhook.call", "https://x.org/a")),
        ('stop flow "flow 1"', Halt("flow 1")),
        ('start flow "flow 1"', Begin("flow 1")),
    ],
)
def test_actions(text: str, meant: object) -> None:
    """Each action is one effect."""
    assert effect(text) == meant


def test_setting_a_status_is_an_event_of_the_object() -> None:
    """`set event.status` causes `event becomes`; another field `event changes`."""
    status = effect('set event.status to "off"', when="event is created")
    assert status == Assign(ObjectField("event", "status"), "off", "event.became")
    room = effect('set event.room to "B"', when="event is created")
    assert room == Assign(ObjectField("event", "room"), "B", "event.changed")


def test_actions_carry_settings_and_their_own_unless() -> None:
    """`with key value` rides along; the person of a task is a setting too."""
    found = flow(
        'when member joins program then create task "Call" for "desk" with days 3, urgent yes unless has tag "t"'
    )
    step = found.steps[0]
    assert step == resolved.Act(
        Do("task.create", "Call"),
        (Setting("for", "desk"), Setting("days", 3), Setting("urgent", True)),
        Has("tags", ("t",)),
    )


# --- structure --------------------------------------------------------------------------------------------------------


def test_branches_splits_and_jumps_keep_their_nesting() -> None:
    """Shares become millionths, an empty arm stays, labels and bounds stay."""
    found = flow(
        'when member joins program label "A" split 33.3% "x" then send chat "X" 66.7% end'
        ' if has tag "t" then add tag "u" otherwise if vip is yes exit "v" otherwise repeat 2 times wait 1 day end end'
        ' wait 1 day go to "A" at most 3 times'
    )
    label, split, branch, _, jump = found.steps
    assert label == resolved.Label("A")
    assert isinstance(split, resolved.Split)
    assert [(arm.share, arm.name, len(arm.steps)) for arm in split.arms] == [(333_000, "x", 1), (667_000, "", 0)]
    assert isinstance(branch, resolved.If)
    assert len(branch.arms) == 2
    assert branch.arms[1].steps == (resolved.Exit("v"),)
    assert isinstance(branch.otherwise[0], resolved.Repeat)
    assert jump == resolved.GoTo("A", 3)


def test_clauses() -> None:
    """Header clauses become what the plan's entry and policy need."""
    found = flow(
        'flow "A" paused description "D" when event is created limit 3 times per event every 24 hours'
        " only on monday to friday between 22:00 and 06:00 starting 2026-01-15 at 09:00 ending 2026-03-01"
        ' timezone "Europe/Paris" include existing then send chat "X"'
    )
    assert (found.name, found.paused, found.description) == ("A", True, "D")
    assert found.limit == plan.Limit(3, "event", Lapse(0, DAY))
    assert found.window == Window(0b11111, 22 * 60, 6 * 60)
    assert found.starting == plan.LocalTime(date(2026, 1, 15), 540)
    assert found.ending == plan.LocalTime(date(2026, 3, 1), 1440)
    assert found.zone == "Europe/Paris"
    assert found.include_existing is not None


def test_one_at_a_time_and_contact_clock() -> None:
    """`one at a time` bounds live runs; `timezone contact` is the contact's own clock."""
    found = flow('when client buys offer limit one at a time timezone contact then send chat "X"')
    assert found.limit == plan.Limit(1, "contact", at_once=True)
    assert found.zone == ""


def test_params_are_put_in_place() -> None:
    """A param stands for its value wherever a value can stand."""
    program = well(
        'param pause 3 days\nparam rounds 4\nparam target "pro"\n'
        'flow "A"\n when member joins program\n wait pause\n'
        ' repeat rounds times wait 1 day end\n if plan is target then send chat "Y" end'
    )
    wait, repeat, branch = program.flows[0].steps
    assert wait == resolved.Wait(plan.Elapsed(Lapse(0, 3 * DAY)))
    assert isinstance(repeat, resolved.Repeat)
    assert repeat.times == 4
    assert isinstance(branch, resolved.If)
    assert branch.arms[0].test == Compare(Column("plan"), "is", "pro")


# --- workspace and messages -------------------------------------------------------------------------------------------


def test_the_workspace_is_the_policy() -> None:
    """Zone, sender, words, window, caps and capacities; declared messages keep their placeholders."""
    program = well(
        'workspace\n timezone "Europe/Paris"\n from "Studio <s@x.org>"\n set business_name "Lotus"\n'
        " only on monday to saturday between 08:00 and 21:00\n cap 3 emails per contact every 7 days\n"
        " cap 5 messages per contact every 1 day\n capacity email 5000 per hour\n"
        'email "Lesson 1"\n subject "Hi, {first_name}"\n from "Anna"\n reply to "h@x.org"\n template "l.html"\n'
        'flow "A"\n when member joins program\n then send email "Lesson 1"'
    )
    policy = program.policy
    assert (policy.zone, policy.sender) == ("Europe/Paris", "Studio <s@x.org>")
    assert policy.words == (plan.Word("business_name", "Lotus"),)
    assert policy.window == Window(0b111111, 480, 1260)
    assert policy.caps == (plan.Cap(3, "email", Lapse(0, 7 * DAY)), plan.Cap(5, "", Lapse(0, DAY)))
    assert policy.capacities == (plan.Capacity("email", 5000, 3_600_000),)
    assert policy.messages == (plan.Message("email", "Lesson 1", "Hi, {first_name}", "Anna", "h@x.org", "l.html"),)
    assert [name for name, _ in program.placeholders] == ["first_name"]


# --- scenarios --------------------------------------------------------------------------------------------------------

SENDS = 'flow "A"\n when member joins program\n then send email "L"\n then send sms "M"\n'


def world(lines: str) -> plan.World:
    return well(f'{SENDS}scenario "S"\n{lines}').world[0]


def test_answers_follow_messages_sent_or_the_event_they_name() -> None:
    """Without `of` an answer follows messages sent; `it` is the message of the line; sales follow what is said."""
    answers = world(
        " assume contact opens email 35% after about 4 hours\n"
        ' assume contact opens email "L" 40% within 2 days\n'
        " assume contact clicks email 12% of opening it after lognormal(20 minutes, 1.1)\n"
        ' assume contact buys offer "O" 3% of clicking email "L" after 14 days\n'
        " assume email bounces 1%"
    ).answers
    sent = EventMatch(("email.received",))
    assert answers[0] == plan.Answer("email.opened", "", sent, 350_000, laws.about(4 * 3_600_000))
    assert answers[1] == plan.Answer(
        "email.opened", "", EventMatch(("email.received",), ("L",)), 400_000, laws.within(2 * DAY)
    )
    assert answers[2] == plan.Answer(
        "email.clicked", "", EventMatch(("email.opened",)), 120_000, laws.lognormal(1_200_000, 1.1)
    )
    assert answers[3] == plan.Answer(
        "offer.bought", "O", EventMatch(("email.clicked",), ("L",)), 30_000, laws.exactly(14 * DAY)
    )
    assert answers[4] == plan.Answer("email.bounced", "", sent, 10_000, laws.exactly(0))


def test_a_line_without_channel_is_about_the_channels_in_use() -> None:
    """`opens "L"` is one answer for each channel that the program sends on."""
    answers = world(' assume contact opens "L" 40%').answers
    assert [(each.event, each.cause) for each in answers] == [
        ("email.opened", EventMatch(("email.received",), ("L",))),
        ("sms.opened", EventMatch(("sms.received",), ("L",))),
    ]


def test_rates_are_exponential_gaps() -> None:
    """So many events per contact and unit: the mean gap is the unit over the number."""
    rates = world(
        ' assume contacts where plan is "pro" buy offer "U" 0.5 per contact per day\n'
        ' assume contacts where has tag "x" buy offer "V" 2 per contact per week'
    ).rates
    assert rates[0] == plan.Rate("offer.bought", "U", laws.exponential(2 * DAY), Compare(Column("plan"), "is", "pro"))
    assert rates[1] == plan.Rate("offer.bought", "V", laws.exponential(7 * DAY / 2), Has("tags", ("x",)))


def test_at_lines_are_controls() -> None:
    """Day or date, time, verb, flow, cancelling and one contact."""
    controls = world(
        ' at day 10 deactivate flow "A"\n at day 20 at 09:00 deactivate flow "A" and cancel pending\n'
        ' at 2026-03-01 activate flow "A"\n at day 3 stop flow "A" for contact "c42"'
    ).controls
    assert controls == (
        plan.Control("deactivate", "A", 10),
        plan.Control("deactivate", "A", 20, minute=540, cancel=True),
        plan.Control("activate", "A", date=date(2026, 3, 1)),
        plan.Control("stop", "A", 3, contact="c42"),
    )


def test_lines_that_cannot_both_count_for_anybody_do_not_contradict() -> None:
    """Different plans, ages apart, a tag and its lack: no contact is under both lines."""
    lines = "\n".join(
        f" assume contacts where {where} buy offer {share} per contact per month"
        for where, share in [
            ('plan is "pro" and age >= 18', 1),
            ('plan is "pro" and age < 18', 2),
            ('plan is "free"', 3),
        ]
    )
    assert len(world(lines).rates) == 3


# --- the events a plan takes notice of --------------------------------------------------------------------------------


def test_a_plan_carries_the_events_it_can_feel_and_no_others() -> None:
    """What is named, what moves a set that is looked at, and answers on the channels in use."""
    ids = {event.id for event in well('when client buys offer unless has tag "t" then send sms "X"').events}
    assert ids == {"offer.bought", "tag.got", "tag.lost"} | {
        f"sms.{flag}" for flag in ("received", "opened", "clicked", "replied", "bounced", "blocked", "unsubscribed")
    }


# --- faults -----------------------------------------------------------------------------------------------------------


def test_a_registered_row_is_all_that_a_new_event_needs() -> None:
    """A new trigger is a row and its words: it starts flows, is counted, and moves its set, with no other change."""
    studio = Vocabulary()
    studio.register(
        EventEntry(Event("badge.won", "badge", adds="badges"), fields=("points",)),
        "wins/won/winning/win badge [<object>]",
    )
    text = 'when client wins badge "A" where points > 5 include existing if won badge twice then send chat end'
    program, faults = resolve(parse(Source(text))[0], vocabulary=studio)
    assert faults == []
    assert program.flows[0].triggers == (
        plan.OnEvent(EventMatch(("badge.won",), ("A",)), where=Compare(TriggerField("points"), "gt", 5)),
    )
    assert "badge.won" in {event.id for event in program.events}
    assert check(program)[1] == []
    assert next(fault.code for fault in resolve(parse(Source(text))[0])[1]) == "E201"


def test_a_misspelt_keyword_comes_with_its_fix() -> None:
    """`unles` is told as `unless`, with the text to put in its place."""
    _, faults = read("when member joins program unles has membership wait 3 days then send chat")
    assert [fault.code for fault in faults] == ["E205"]
    assert faults[0].words == "unles"
    assert faults[0].fixes[0].text == "unless"


def test_a_misspelt_word_is_put_right_word_by_word() -> None:
    """A typo inside a phrase is mended where it is."""
    _, faults = read('when member joins progam "Yoga" then send chat "Hi"')
    assert [(fault.code, fault.fixes[0].text) for fault in faults] == [("E201", "program")]


def test_every_fault_is_told_in_one_go() -> None:
    """Faults of trigger, wait, condition, action and label do not hide each other, nor does one make up another."""
    assert codes(
        'flow "A"\n when member enters program\n wait 1.5 months\n'
        ' if plan is pro and owns boat then add tag end\n then fly away\n go to "x" at most 2 times'
    ) == ["E201", "E415", "E407", "E202", "E208", "E203", "E211"]


def test_names_that_differ_by_capitals_come_with_their_fix() -> None:
    """Names are exact; the one that was meant is offered."""
    _, faults = read(
        'flow "A"\n when member joins program\n then start flow "b"\n'
        'flow "B"\n when member leaves program\n then send chat'
    )
    assert [(fault.code, fault.fixes[0].text) for fault in faults] == [("E210", '"B"')]


def test_lessons_are_not_misspelt_lessons() -> None:
    """A name that differs from a declared one by its number is another message."""
    assert (
        codes('email "Lesson 1"\n subject "x"\nflow "A"\n when member joins program\n then send email "Lesson 2"') == []
    )


def test_a_city_alone_is_told_its_zone() -> None:
    """`Paris` is offered as Europe/Paris."""
    _, faults = read('when member joins program timezone "Paris" then send chat')
    assert [(fault.code, fault.fixes[0].text) for fault in faults] == [("E402", '"Europe/Paris"')]


def test_what_a_later_version_knows_is_said_so() -> None:
    """Other families and constructs are recognised and refused by name."""
    assert codes("when invoice is overdue then send chat") == ["E206"]
    assert codes('when member joins program then subscribe to campaign "C"') == ["E206"]
    assert codes('flow "A"\n when member joins program\n then send chat\ncampaign "C"\n then send email "L"') == [
        "E207"
    ]


def test_resolving_a_thousand_flows_is_quick() -> None:
    """The time grows with the program, and a thousand flows take no more than a few seconds on a slow machine."""
    import time

    one = (
        'flow "Offer {0}"\n description "D"\n when client books class the 4th time\n limit once per contact\n'
        ' unless has membership\n wait 3 days at 09:00\n then send email "Try {0}"\n'
        ' wait until clicked "Try {0}" for up to 7 days\n if it happened\n then create lead "Discovery"\n'
        ' then create task "Call {{first_name}}" for "front desk"\n'
        ' otherwise send sms "Last days, {{first_name}}!" unless has tag "no-sms"\n end\n exit "done"\n'
    )
    program, _ = parse(Source("".join(one.format(i) for i in range(300))))
    begin = time.process_time()
    resolve(program)
    assert time.process_time() - begin < 3


@pytest.mark.parametrize(
    ("text", "code", "fixes"),
    [
        ('when client buys "X" then send chat', "E201", ["buys membership", "buys offer"]),
        ('when contact has tag "vip" then send chat', "E201", ["gets tag"]),
        ("when event is confirmed then send chat", "E201", ['event becomes "confirmed"']),
        ("when member joins program Yoga then send chat", "E204", ['"Yoga"']),
        ('when member joins program then send "Hi"', "E203", ["send email", "send sms", "send chat"]),
        ('when member joins program then tag "x"', "E203", ["add tag", "remove tag"]),
        ("when member joins program if plan is pro then send chat end", "E407", ['"pro"']),
    ],
)
def test_what_was_probably_meant_is_offered(text: str, code: str, fixes: list[str]) -> None:
    """Missing nouns, missing quotes, a state where an event must stand: each comes with what may be meant."""
    _, faults = read(text)
    assert [fault.code for fault in faults] == [code]
    assert [fix.text for fix in faults[0].fixes] == fixes


def test_has_may_stand_before_a_past_word() -> None:
    """`has bought offer` is `bought offer`; `has tag` stays a state."""
    assert asked("has bought offer") == asked("bought offer")
    assert asked('contact has opened email "L"') == asked('opened email "L"')
    assert asked('contact has tag "x"') == Has("tags", ("x",))
