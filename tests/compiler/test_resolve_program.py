"""Resolving a whole program: workspace, scenarios, events, and diagnostics of words told with a way out."""

from __future__ import annotations

from datetime import date

import pytest
from meanings import DAY, asked, codes, read, well

from flowdsl.calendar.clock import Window
from flowdsl.chance import delay_laws
from flowdsl.compiler.checks import check
from flowdsl.compiler.resolve import resolve
from flowdsl.diagnostics.source import Source
from flowdsl.plan import plan
from flowdsl.plan.expressions import Column, Compare, Duration, Event, EventMatch, Has, TriggerField
from flowdsl.syntax.parser import parse
from flowdsl.vocabulary import EventEntry, Vocabulary

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
    assert policy.caps == (plan.Cap(3, "email", Duration(0, 7 * DAY)), plan.Cap(5, "", Duration(0, DAY)))
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
    assert answers[0] == plan.Answer("email.opened", "", sent, 350_000, delay_laws.about(4 * 3_600_000))
    assert answers[1] == plan.Answer(
        "email.opened", "", EventMatch(("email.received",), ("L",)), 400_000, delay_laws.within(2 * DAY)
    )
    assert answers[2] == plan.Answer(
        "email.clicked", "", EventMatch(("email.opened",)), 120_000, delay_laws.lognormal(1_200_000, 1.1)
    )
    assert answers[3] == plan.Answer(
        "offer.bought", "O", EventMatch(("email.clicked",), ("L",)), 30_000, delay_laws.exactly(14 * DAY)
    )
    assert answers[4] == plan.Answer("email.bounced", "", sent, 10_000, delay_laws.exactly(0))


def test_a_line_without_channel_is_about_the_channels_in_use() -> None:
    """`opens "L"` is one answer for each channel that the program sends on."""
    answers = world(' assume contact opens "L" 40%').answers
    assert [(each.event, each.cause) for each in answers] == [
        ("email.opened", EventMatch(("email.received",), ("L",))),
        ("sms.opened", EventMatch(("sms.received",), ("L",))),
    ]


def test_rates_are_numbers_per_unit() -> None:
    """So many events per contact and unit, in millionths."""
    rates = world(
        ' assume contacts where plan is "pro" buy offer "U" 0.5 per contact per day\n'
        ' assume contacts where has tag "x" buy offer "V" 2 per contact per week'
    ).rates
    assert rates[0] == plan.Rate("offer.bought", "U", 500_000, DAY, Compare(Column("plan"), "is", "pro"))
    assert rates[1] == plan.Rate("offer.bought", "V", 2_000_000, 7 * DAY, Has("tags", ("x",)))


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


def test_a_message_named_without_its_channel_and_never_sent_here_may_come_on_any_channel() -> None:
    """Another program may have sent it; whoever opened it there has opened it."""
    events = {event.id for event in well('when contact joins program if opened "L" then do "x" end').events}
    assert {"email.opened", "sms.opened", "chat.opened", "push.opened", "notification.opened"} <= events


# --- errors -----------------------------------------------------------------------------------------------------------


def test_a_registered_row_is_all_that_a_new_event_needs() -> None:
    """A new trigger is a row and its words: it starts flows, is counted, and moves its set, with no other change."""
    studio = Vocabulary()
    studio.register(
        EventEntry(Event("badge.won", "badge", adds="badges"), fields=("points",)),
        "wins/won/winning/win badge [<object>]",
    )
    text = 'when client wins badge "A" where points > 5 include existing if won badge twice then send chat end'
    program, diagnostics = resolve(parse(Source(text))[0], vocabulary=studio)
    assert diagnostics == []
    assert program.flows[0].triggers == (
        plan.OnEvent(EventMatch(("badge.won",), ("A",)), where=Compare(TriggerField("points"), "gt", 5)),
    )
    assert "badge.won" in {event.id for event in program.events}
    assert check(program)[1] == []
    assert next(diagnostic.code for diagnostic in resolve(parse(Source(text))[0])[1]) == "E201"


def test_a_misspelt_keyword_comes_with_its_fix() -> None:
    """`unles` is told as `unless`, with the text to put in its place."""
    _, diagnostics = read("when member joins program unles has membership wait 3 days then send chat")
    assert [diagnostic.code for diagnostic in diagnostics] == ["E205"]
    assert diagnostics[0].words == "unles"
    assert diagnostics[0].fixes[0].text == "unless"


def test_a_misspelt_word_is_put_right_word_by_word() -> None:
    """A typo inside a phrase is mended where it is."""
    _, diagnostics = read('when member joins progam "Yoga" then send chat "Hi"')
    assert [(diagnostic.code, diagnostic.fixes[0].text) for diagnostic in diagnostics] == [("E201", "program")]


def test_every_rule_is_told_in_one_go() -> None:
    """Errors of trigger, wait, condition, action and label do not hide each other, nor does one make up another."""
    assert codes(
        'flow "A"\n when member enters program\n wait 1.5 months\n'
        ' if plan is pro and owns boat then add tag end\n then fly away\n go to "x" at most 2 times'
    ) == ["E201", "E415", "E407", "E202", "E208", "E203", "E211"]


def test_names_that_differ_by_capitals_come_with_their_fix() -> None:
    """Names are exact; the one that was meant is offered."""
    _, diagnostics = read(
        'flow "A"\n when member joins program\n then start flow "b"\n'
        'flow "B"\n when member leaves program\n then send chat'
    )
    assert [(diagnostic.code, diagnostic.fixes[0].text) for diagnostic in diagnostics] == [("E210", '"B"')]


def test_lessons_are_not_misspelt_lessons() -> None:
    """A name that differs from a declared one by its number is another message."""
    assert (
        codes('email "Lesson 1"\n subject "x"\nflow "A"\n when member joins program\n then send email "Lesson 2"') == []
    )


def test_a_city_alone_is_told_its_zone() -> None:
    """`Paris` is offered as Europe/Paris."""
    _, diagnostics = read('when member joins program timezone "Paris" then send chat')
    assert [(diagnostic.code, diagnostic.fixes[0].text) for diagnostic in diagnostics] == [("E402", '"Europe/Paris"')]


@pytest.mark.parametrize(
    ("text", "code", "fixes"),
    [
        ('when client buys "X" then send chat', "E201", ["buys offer", "buys membership"]),
        ('when contact has tag "vip" then send chat', "E201", ["gets tag"]),
        ("when event is confirmed then send chat", "E201", ['event becomes "confirmed"']),
        ("when member joins program Yoga then send chat", "E204", ['"Yoga"']),
        ('when member joins program then send "Hi"', "E203", ["send email", "send sms", "send chat"]),
        ('when member joins program then tag "x"', "E203", ["add tag", "remove tag"]),
        ("when member joins program if plan is pro then send chat end", "E407", ['"pro"']),
        ('when member joins program if has tag "x" send chat end', "E204", ["then send"]),
        ('when member joins program then send chat "A" add tag "b"', "E204", ["then add"]),
        ("when member joins program if cannot receive sms then send chat end", "E202", ["not can receive sms"]),
        (
            'when member joins program if does not have tag "x" or "y" then send chat end',
            "E202",
            ['not have tag "x" or "y"'],
        ),
        ("when member joins program if does not own house then send chat end", "E202", []),
        ('when client buys offer then do "x" with amount trigger.amount', "E407", ['"{trigger.amount}"']),
    ],
)
def test_what_was_probably_meant_is_offered(text: str, code: str, fixes: list[str]) -> None:
    """Missing nouns, missing quotes, a state where an event must stand: each comes with what may be meant, and what is
    denied never with its opposite."""
    _, diagnostics = read(text)
    assert [diagnostic.code for diagnostic in diagnostics] == [code]
    assert [fix.text for fix in diagnostics[0].fixes] == fixes


def test_has_may_stand_before_a_past_word() -> None:
    """`has bought offer` is `bought offer`; `has tag` stays a state."""
    assert asked("has bought offer") == asked("bought offer")
    assert asked('contact has opened email "L"') == asked('opened email "L"')
    assert asked('contact has tag "x"') == Has("tags", ("x",))


def test_a_diagnostic_inside_a_text_offers_no_fix_for_the_whole_text() -> None:
    """Putting `event.start` in the place of all of a message's name would do harm."""
    _, diagnostics = read('when event is created then send sms "Starts {evnt.start}"')
    assert [(diagnostic.code, diagnostic.fixes) for diagnostic in diagnostics] == [("E214", ())]
