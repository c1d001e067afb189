"""The vocabulary: what people write about events is understood in every form, and a new row touches nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowdsl.plan.expressions import Event
from flowdsl.vocabulary import (
    CHANNELS,
    NAMES,
    VOCABULARY,
    ActionEntry,
    AnyEvent,
    Clash,
    ConditionEntry,
    EventEntry,
    Vocabulary,
    event_id,
)
from flowdsl.vocabulary.english import ENGLISH
from flowdsl.vocabulary.lookup import expand

EVENTS = [row.id for row in VOCABULARY.rows.values() if isinstance(row, EventEntry)]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("joins program", "program.joined"),
        ("joined program", "program.joined"),
        ("joining program", "program.joined"),
        ("join programs", "program.joined"),
        ("member joins a program", "program.joined"),
        ("the client has", None),
        ("Client JOINS the Program", "program.joined"),
        ("program.joined", "program.joined"),
        ("left group", "group.left"),
        ("paid for program", "program.paid"),
        ("misses step", "step.missed"),
        ("buys offer", "offer.bought"),
        ("bought an offer", "offer.bought"),
        ("is refunded", "sale.refunded"),
        ("abandons cart", "cart.abandoned"),
        ("opens email", "email.opened"),
        ("opened", "email.opened"),
        ("clicked push", "push.clicked"),
        ("replies to sms", "sms.replied"),
        ("email bounces", "email.bounced"),
        ("email is blocked", "email.blocked"),
        ("unsubscribes", "email.unsubscribed"),
        ("unsubscribes from sms", "sms.unsubscribed"),
        ("clicks a link", "link.clicked"),
        ("event is created", "event.created"),
        ("event becomes", "event.became"),
        ("event changes", "event.changed"),
        ("buys membership", "membership.bought"),
        ("membership expires", "membership.expired"),
        ("checkout_started", None),
        ("joins", None),
        ("joins program twice", None),
        ("", None),
    ],
)
def test_an_events_table_may_name_events_by_id_or_by_phrase(text: str, meant: str | None) -> None:
    """Any tense, with or without subject and articles, is one event; anything else is nobody's."""
    assert event_id(text) == meant


@pytest.mark.parametrize("id", EVENTS)
@pytest.mark.parametrize("form", ["third", "past", "gerund", "base"])
def test_every_event_understands_what_it_says(id: str, form: str) -> None:
    """A phrase that the vocabulary says, with a name or without, is read back as the event it was said for."""
    row = VOCABULARY.event(id)
    plain = VOCABULARY.say(id, form=form)  # type: ignore[arg-type]
    named = VOCABULARY.say(id, ["A", "B"], form=form)  # type: ignore[arg-type]
    if not row.needs_name:
        assert event_id(plain) == id
    assert event_id(named.replace('"A" or "B"', '"A"')) == id


def test_every_row_has_words_and_all_words_have_a_row() -> None:
    """No phrase is without meaning and no meaning without a phrase."""
    assert set(ENGLISH.words) == set(VOCABULARY.rows)


def test_ids_say_family_and_what_happened() -> None:
    """Event ids are stable texts of two parts; the message events exist for every channel."""
    assert all(id.count(".") == 1 for id in EVENTS)
    assert {f"{channel}.clicked" for channel in CHANNELS} <= set(EVENTS)


def test_what_adds_to_a_set_is_undone_by_something_of_the_same_set() -> None:
    """For tags, groups, programs and memberships there is an event that gives the name and one that takes it."""
    rows = [VOCABULARY.event(id).event for id in EVENTS]
    for family in ("tags", "groups", "programs", "memberships"):
        assert any(event.adds == family for event in rows)
        assert any(event.removes == family for event in rows)


def test_actions_cause_events_that_exist_and_move_the_same_set() -> None:
    """`add tag` raises the event `gets tag`, which itself adds to the tags."""
    for row in VOCABULARY.rows.values():
        if isinstance(row, ActionEntry) and row.kind == "put":
            event = VOCABULARY.event(row.event).event
            assert (event.adds if row.present else event.removes) == row.of


def test_a_phrase_without_channel_means_every_channel() -> None:
    """`opened "L"` stands for the openings on all channels, e-mail first."""
    assert VOCABULARY.kinds("message.opened")[0] == "email.opened"
    assert set(VOCABULARY.kinds("message.opened")) == {f"{channel}.opened" for channel in CHANNELS}


def test_the_longest_known_phrase_counts() -> None:
    """`lead becomes "won"` is about the lead's status, though `becomes lead` and the subject `lead` are known too."""
    reading = VOCABULARY.read(VOCABULARY.event_phrases, ["lead", "becomes", NAMES])
    assert reading[1] is not None
    assert reading[1].id == "lead.changed"
    step = VOCABULARY.read(VOCABULARY.event_phrases, ["member", "completes", "step", NAMES, "of", "program", NAMES])
    assert step[0] == 1
    assert step[1] is not None
    assert [name for name, _ in step[1].slots] == ["object", "program"]


def test_a_new_event_works_at_once_and_may_not_sound_like_another() -> None:
    """Registering is all it takes; a phrase that is taken is refused and leaves the vocabulary as it was."""
    studio = Vocabulary()
    studio.register(EventEntry(Event("mat.rented", "mat")), "rents/rented/renting/rent mat [<object>]")
    assert studio.event_id("client rented a mat") == "mat.rented"
    assert VOCABULARY.event_id("client rented a mat") is None
    with pytest.raises(Clash, match="program\\.joined"):
        studio.register(EventEntry(Event("program.entered", "program")), "joins program")
    assert "program.entered" not in studio.rows
    with pytest.raises(Clash, match="already"):
        studio.register(EventEntry(Event("mat.rented", "mat")), "borrows mat")


def test_a_new_condition_and_a_new_action_are_rows_too() -> None:
    """Conditions and actions are registered the same way."""
    studio = Vocabulary()
    studio.register(ConditionEntry("locker.has", "has", "lockers"), "has locker [<name>]")
    studio.register(ActionEntry("locker.open", "do"), "open locker [<name>]")
    found = studio.condition_phrases.longest(["has", "locker", NAMES])
    assert found is not None
    assert found.id == "locker.has"
    assert studio.action_phrases.say("locker.open", {"name": '"7"'}) == 'open locker "7"'


def test_a_pattern_writes_out_every_way_to_say_it() -> None:
    """Alternatives and optional parts multiply; the plain way comes first."""
    ways = expand("a/b [c|d [<e>]] f")
    assert ways[0] == ("a", "f")
    assert set(ways) == {
        (verb, *middle, "f") for verb in "ab" for middle in [(), ("c",), ("d",), ("c", "<e>"), ("d", "<e>")]
    }


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["joins", "a", "program", "member", "the", NAMES, "opens", "email", "x", "of"]), max_size=9
    )
)
def test_any_words_at_all_are_read_without_surprise(tokens: list[str]) -> None:
    """Whatever words come in, what is taken lies inside them and names a row."""
    start, reading = VOCABULARY.read(VOCABULARY.event_phrases, tokens)
    assert 0 <= start <= len(tokens)
    if reading is not None:
        assert 0 < reading.used <= len(tokens) - start
        assert isinstance(VOCABULARY.rows[reading.id], EventEntry | AnyEvent)
        assert all(tokens[at] == NAMES for _, at in reading.slots)
