"""Resolving: what a program says becomes the few kinds of thing that run."""

from __future__ import annotations

from datetime import date

import pytest
from meanings import CHANNELS, DAY, asked, effect, flow, on_event, trigger, until, well

from flowdsl.calendar.clock import Window
from flowdsl.compiler import resolved
from flowdsl.compiler.resolve import resolve
from flowdsl.diagnostics.source import Source
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
    Send,
    SetField,
    Setting,
    StartFlow,
    StopFlow,
    TriggerField,
    WaitCondition,
)
from flowdsl.syntax.parser import parse

# --- the sentence -----------------------------------------------------------------------------------------------------


def test_the_sentence_is_a_program() -> None:
    """One sentence is one flow named `flow 1`, with its trigger, counter-condition, wait and send."""
    program = well("when member joins program unless has membership wait 3 days then send chat")
    assert program.flows[0].name == "flow 1"
    assert program.flows[0].triggers[0] == plan.OnEvent(EventMatch(("program.joined",)))
    assert program.flows[0].unless == Has("memberships")
    assert program.flows[0].steps == (
        resolved.Wait(plan.Elapsed(Duration(0, 3 * DAY))),
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
    assert trigger("7 days before trial_ends at 09:00") == plan.DateTrigger("trial_ends", -1, 0, 7, 0, 540)
    assert trigger("birthday comes every year at 09:00") == plan.DateTrigger("birthday", 1, minute=540, yearly=True)
    assert trigger("2 hours after trial_ends") == plan.DateTrigger("trial_ends", 1, 0, 0, 7_200_000)
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
        ("trial_ends is within 30 days", Recent(Column("trial_ends"), "within", Duration(0, 30 * DAY))),
        ("last_visit is more than 30 days ago", Recent(Column("last_visit"), "more_than_ago", Duration(0, 30 * DAY))),
        ("has membership", Has("memberships")),
        ('has membership "Gold"', Has("memberships", ("Gold",))),
        ('has tag "a" or "b"', Has("tags", ("a", "b"))),
        ('has no tag "a"', Not(Has("tags", ("a",)))),
        ('in group "g"', Has("groups", ("g",))),
        ('contact in program "A" or "B" and has tag "t"', And((Has("programs", ("A", "B")), Has("tags", ("t",))))),
        ("can receive sms", Consent("sms")),
        ('is not in group "G"', Not(Has("groups", ("G",)))),
        ('the member is not in group "G"', Not(Has("groups", ("G",)))),
        ("it happened", Happened()),
        ('trigger.program is "Yoga"', Compare(TriggerField("program"), "is", "Yoga")),
        ('not (has tag "a" or plan is "x")', Not(Or((Has("tags", ("a",)), Compare(Column("plan"), "is", "x"))))),
    ],
)
def test_conditions(text: str, meant: Expr) -> None:
    """Columns, states and their combinations mean what they say."""
    assert asked(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('opened "L"', MessageStatus((), "L", ("opened",))),
        ('clicked email "L"', MessageStatus(("email",), "L", ("clicked",))),
        ('ever opened "L"', MessageStatus((), "L", ("opened",), scope="ever")),
        ('email "L" is one of opened, clicked', MessageStatus(("email",), "L", ("opened", "clicked"))),
        ('email "L" is none of opened, bounced', MessageStatus(("email",), "L", ("opened", "bounced"), none=True)),
        ('email "L" is opened', MessageStatus(("email",), "L", ("opened",))),
        ('the email "L" is not opened', MessageStatus(("email",), "L", ("opened",), none=True)),
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
        ('completed step "x" more than 2 times in the last 30 days', "more_than", 2, Duration(0, 30 * DAY), "ever"),
        ('never completed step "x" since start', "exactly", 0, None, "start"),
        ('completed step "x" since start', "at_least", 1, None, "start"),
    ],
)
def test_history_counts(text: str, op: str, times: int, window: Duration | None, since: str) -> None:
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
        WaitCondition((EventMatch(opened, ("L",), answer=True),)), Duration(0, 7 * DAY)
    )
    assert until("until client buys offer") == plan.Happens(WaitCondition((EventMatch(("offer.bought",)),)))


def test_top_level_or_parts_events_from_tests() -> None:
    """Events as they happen on one side, everything that may hold already on the other."""
    found = until('until client buys offer or plan is "pro" or has tag "t"')
    assert found == plan.Happens(
        WaitCondition(
            (EventMatch(("offer.bought",)),),
            Or((Compare(Column("plan"), "is", "pro"), Has("tags", ("t",)))),
        )
    )


def test_inside_and_message_and_history_words_look_at_what_comes_after() -> None:
    """In a conjunction they become tests that leave out what was there before the step."""
    found = until('until opened "L" and bought offer at least 2 times')
    assert found == plan.Happens(
        WaitCondition(
            (),
            And(
                (
                    MessageStatus((), "L", ("opened",), since_step=True),
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
    assert found.leaves[0].occasion == WaitCondition((EventMatch(("offer.bought",)),))
    assert found.leaves[1].occasion == WaitCondition((), Has("tags", ("x",)))
    assert found.leaves[2].occasion == WaitCondition((EventMatch(("email.unsubscribed",)),))


# --- waits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1 hour 30 minutes", plan.Elapsed(Duration(0, 5_400_000))),
        ("2 weeks", plan.Elapsed(Duration(0, 14 * DAY))),
        ("1 month", plan.Elapsed(Duration(1, 0))),
        ("1 year 2 months 1 day", plan.Elapsed(Duration(14, DAY))),
        ("1.5 days", plan.Elapsed(Duration(0, 3 * DAY // 2))),
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
        ('add tag "t"', ChangeMembership("tags", "t", True, "tag.got")),
        ('remove tag "t"', ChangeMembership("tags", "t", False, "tag.lost")),
        ('add to group "g"', ChangeMembership("groups", "g", True, "group.joined")),
        ('remove from group "g"', ChangeMembership("groups", "g", False, "group.left")),
        ('award badge "b"', ChangeMembership("badges", "b", True, "badge.got")),
        ('set plan to "pro"', SetField(Column("plan"), "pro")),
        ("set score to 5", SetField(Column("score"), 5)),
        ("set vip to yes", SetField(Column("vip"), True)),
        ('do "fly"', CustomAction("custom.do", "fly")),
        ('call webhook "https://x.org/a"', CustomAction("webhook.call", "https://x.org/a")),
        ('stop flow "flow 1"', StopFlow("flow 1")),
        ('start flow "flow 1"', StartFlow("flow 1")),
    ],
)
def test_actions(text: str, meant: object) -> None:
    """Each action is one effect."""
    assert effect(text) == meant


def test_setting_a_status_is_an_event_of_the_object() -> None:
    """`set event.status` causes `event becomes`; another field `event changes`."""
    status = effect('set event.status to "off"', when="event is created")
    assert status == SetField(ObjectField("event", "status"), "off", "event.became")
    room = effect('set event.room to "B"', when="event is created")
    assert room == SetField(ObjectField("event", "room"), "B", "event.changed")


def test_actions_carry_settings_and_their_own_unless() -> None:
    """`with key value` rides along; the person of a task is a setting too."""
    found = flow(
        'when member joins program then create task "Call" for "desk" with days 3, urgent yes unless has tag "t"'
    )
    step = found.steps[0]
    assert step == resolved.Act(
        CustomAction("task.create", "Call"),
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
    assert found.limit == plan.Limit(3, "event", Duration(0, DAY))
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
    assert wait == resolved.Wait(plan.Elapsed(Duration(0, 3 * DAY)))
    assert isinstance(repeat, resolved.Repeat)
    assert repeat.times == 4
    assert isinstance(branch, resolved.If)
    assert branch.arms[0].test == Compare(Column("plan"), "is", "pro")
