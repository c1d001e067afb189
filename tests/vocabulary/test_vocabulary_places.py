"""Every row of the vocabulary works wherever an event, a state or an action can stand: checked, run, said again."""

from __future__ import annotations

import pytest
from lives import live, on

import flowdsl
from flowdsl.plan.expressions import EventMatch
from flowdsl.plan.plan import Plan
from flowdsl.vocabulary import FORMS, NAMES, VOCABULARY, ActionEntry, AnyEvent, ConditionEntry, EventEntry
from flowdsl.vocabulary.lookup import expand

EVENTS = [row.id for row in VOCABULARY.rows.values() if isinstance(row, EventEntry)]
MESSAGES = [row.id for row in VOCABULARY.rows.values() if isinstance(row, AnyEvent)]
STATES = [row.id for row in VOCABULARY.rows.values() if isinstance(row, ConditionEntry)]
ACTIONS = [row.id for row in VOCABULARY.rows.values() if isinstance(row, ActionEntry)]
SENT = 'flow "Sender"\n  when contact gets tag "never"\n  then send email "A"\n'


def plan_of(program: str) -> Plan:
    return flowdsl.load_plan(flowdsl.dump(program))


def said(id: str, form: str = "third", named: bool = True) -> str:
    return VOCABULARY.say(id, ["A"] if named and takes_name(id) else [], form=form)  # type: ignore[arg-type]


def takes_name(id: str) -> bool:
    return VOCABULARY.event_phrases.takes(id, "object")


def subject(id: str) -> str:
    """The subject a phrase takes: none where the noun itself comes first (`invoice is paid`, `membership expires`)."""
    return "client " if "/" in VOCABULARY.words[id][0].split()[0] else ""


def meant(id: str) -> EventMatch:
    return EventMatch(VOCABULARY.kinds(id), ("A",) if takes_name(id) else ())


@pytest.mark.parametrize("id", [*EVENTS, *MESSAGES])
@pytest.mark.parametrize("form", FORMS)
def test_every_event_in_every_form_means_the_same_in_triggers_waits_goals_and_counts(id: str, form: str) -> None:
    """`joins`, `joined`, `joining`, `join`: with a subject or without, the plan is about that event and its name."""
    for who in ("", subject(id)):
        phrase, counted = who + said(id, form), said(id, form)
        plan = plan_of(
            f'flow "F"\n  when {phrase}\n  goal {phrase}\n  exit when {phrase}\n'
            f"  wait until {phrase} for up to 2 days\n"
            f'  if {who}{counted} at least 2 times in the last 30 days\n    then send chat "X"\n  end\n{SENT}'
        )
        flow = plan.flows[0]
        assert flow.enter.triggers[0].match == meant(id)  # type: ignore[union-attr]
        heard = [leave.occasion.events[0] for leave in flow.leaves] + [flow.nodes[1].until.occasion.events[0]]  # type: ignore[union-attr]
        assert {(match.events, match.names) for match in heard} == {(meant(id).events, meant(id).names)}
        assert flow.nodes[2].test.match == meant(id)  # type: ignore[union-attr]


@pytest.mark.parametrize("id", [*EVENTS, *MESSAGES])
@pytest.mark.parametrize("form", ["third", "base"])
def test_every_event_stands_in_scenarios(id: str, form: str) -> None:
    """As what contacts do, at a rate and as an answer, and as what is answered."""
    who = "contact " if subject(id) else ""
    phrase, cause = who + said(id, form), said(id, "gerund")
    plan = plan_of(
        f'{SENT}scenario "S"\n  assume {phrase} 0.5 per contact per week\n  assume {phrase} 20% within 2 days\n'
        f"  assume contact visits page 3% of {cause}\n"
    )
    world = plan.world[0]
    kind = VOCABULARY.kinds(id)[0]
    assert world.rates[0].event == world.answers[0].event == kind
    assert kind in world.answers[1].cause.events


@pytest.mark.parametrize("id", EVENTS)
def test_every_way_to_write_an_event_is_understood_in_an_events_table(id: str) -> None:
    """Every form and every other word of a row, singular or plural, with articles or without, names that event."""
    for pattern in VOCABULARY.words[id]:
        for way in expand(pattern):
            words = ['"A"' if word.startswith("<") else word for word in way]
            if '"A"' in words or not VOCABULARY.event(id).needs_name:
                assert VOCABULARY.event_id(" ".join(words)) == id
                assert VOCABULARY.event_id(" ".join(["the", *words])) == id


@pytest.mark.parametrize("id", EVENTS)
def test_every_event_of_a_table_starts_the_flow_that_waits_for_it(id: str) -> None:
    """Replayed by its id, each event starts a run, once."""
    about = VOCABULARY.event(id).event.about
    row = on("2026-01-05", id, "A" if takes_name(id) else None, **({"object_id": "o1"} if about else {}))
    lived = live(f'flow "F"\n  when {said(id)}\n  then send chat "Hello"\n{SENT}', row)
    assert lived.runs() == ["completed"]


@pytest.mark.parametrize("id", STATES)
def test_every_state_is_a_condition_and_is_said_again(id: str) -> None:
    """With a name where it takes one, plural too; a text made from the plan means the same."""
    lexicon = VOCABULARY.condition_phrases
    for slots in ({"name": '"A"'}, {}):
        phrase = lexicon.say(id, slots)
        for who in ("", "client "):
            plan = plan_of(f'when client visits page if {who}{phrase} then send chat "X" end')
            assert plan_of(flowdsl.format(plan)) == plan


@pytest.mark.parametrize("id", ACTIONS)
def test_every_action_runs_and_is_said_again(id: str) -> None:
    """Each is done once, leaves its row, and a text made from the plan means the same."""
    phrase = VOCABULARY.action_phrases.say(id, {"name": '"A"'})
    others = 'flow "A"\n  when contact gets tag "never"\n  then send chat "Z"\n' if "flow" in phrase else ""
    others += 'campaign "A"\n  then send email "Lesson"\n' if "campaign" in phrase else ""
    plan = plan_of(f'flow "F"\n  when client visits page\n  then {phrase}\n  then send push "Last"\n{others}')
    assert plan_of(flowdsl.format(plan)) == plan
    member = {"contact": "ann", "tags": "A", "groups": "A", "courses": "A", "campaigns": "A"}
    for contact in (member, {"contact": "ann"}):
        done = live(plan, on("2026-01-05", "visits page"), contacts=[contact]).actions()
        assert "2026-01-05 00:00 Last" in done
        assert len([line for line in done if line.endswith((" A", " Lesson"))]) <= 2


def test_articles_and_plurals_may_stand_anywhere() -> None:
    """`the client registers for a webinar`, `clients miss webinars`: one event."""
    for text in (
        "the client registers for a webinar",
        "clients register for webinars",
        "registering for the webinar",
        "has registered for any webinar",
    ):
        assert VOCABULARY.event_id(text) == "webinar.registered"
    assert NAMES not in VOCABULARY.event_phrases.phrases
