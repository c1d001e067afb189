"""A family of one's own, from Python: registered, it works everywhere at once; another language is another column."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pandas as pd
import pytest
from lives import live, on

import flowdsl
from flowdsl.plan.expressions import ChangeMembership, Counted, EventMatch, Has, ObjectField
from flowdsl.vocabulary import (
    NAMES,
    VOCABULARY,
    ActionEntry,
    Clash,
    ConditionEntry,
    Event,
    EventEntry,
    Language,
    ObjectKind,
    Unfit,
    Vocabulary,
    event_id,
    register,
)
from flowdsl.vocabulary.pages import page

PROGRAM = """
flow "Lockers"
  when member rents locker "North" or "South"
  limit once per locker
  goal returns locker
  then send email "Key to {locker.number}"
  wait until 1 day before locker.until or exit
  if has locker "North" and rented locker at least 1 time
    then send sms "Bring it back"
  end
  wait until locker.number is 9 for up to 30 days

flow "Gift"
  when contact gets tag "vip"
  wait until rents locker for up to 1 day
  then assign locker "Gold"
  then set locker_kind to "gold"
  then send chat "Yours"

flow "Golden"
  when contact rents locker "Gold"
  then send chat "It shines"

scenario "Busy"
  assume contact rents locker "South" 0.5 per contact per week
  assume contact returns locker 80% of renting locker after 3 days
"""
QUIET = PROGRAM[: PROGRAM.index("scenario")]


def lockers_of(words: Vocabulary) -> None:
    """Registers lockers, which have a number and a day until which they are rented."""
    words.register(ObjectKind("locker", ("number", "until")), family="lockers")
    words.register(
        EventEntry(Event("locker.rented", "locker", about="locker", adds="lockers"), fields=("until",)),
        "rents/rented/renting/rent locker|lockers [<object>]",
        family="lockers",
    )
    words.register(
        EventEntry(Event("locker.returned", "locker", about="locker", removes="lockers")),
        "returns/returned/returning/return locker|lockers [<object>]",
        family="lockers",
    )
    words.register(ConditionEntry("locker.has", "has", "lockers"), "has|have locker|lockers [<name>]", family="lockers")
    words.register(
        ActionEntry("locker.assign", "put", "lockers", event="locker.rented"),
        "assign locker <name>",
        family="lockers",
    )


@pytest.fixture
def lockers() -> Iterator[Vocabulary]:
    """The vocabulary with lockers, for one test."""
    with VOCABULARY.scoped() as words:
        lockers_of(words)
        yield words


@pytest.mark.usefixtures("lockers")
def test_a_program_with_own_words_is_checked_printed_exported_and_said_again() -> None:
    """Every stage of the road knows the new family; the plan that comes back from JSON is the same."""
    assert flowdsl.check(PROGRAM) == []
    program = flowdsl.parse(PROGRAM)
    assert flowdsl.parse(flowdsl.format(program)) == program
    plan = flowdsl.load_plan(flowdsl.dump(program))
    assert flowdsl.load_plan(flowdsl.dump(flowdsl.format(plan))) == plan
    first, gift, _ = plan.flows
    assert first.enter.limit is not None
    assert first.enter.limit.per == "locker"
    assert first.nodes[2].until.ref == ObjectField("locker", "until")  # type: ignore[union-attr]
    assert first.nodes[3].test.items == (  # type: ignore[union-attr]
        Has("lockers", ("North",)),
        Counted(EventMatch(("locker.rented",)), "at_least", 1),
    )
    assert gift.nodes[2].effect == ChangeMembership("lockers", "Gold", True, "locker.rented")  # type: ignore[union-attr]
    assert plan.world[0].answers[0].event == "locker.returned"


@pytest.mark.usefixtures("lockers")
def test_a_table_of_own_events_is_replayed_each_locker_for_itself() -> None:
    """Phrases name the events, fields move the date waited for, and a return ends the run about that locker alone."""
    lived = live(
        QUIET,
        on("2026-01-05 10:00", "member rents a locker", "North", object_id="n1", until="2026-02-10", number=7),
        on("2026-01-05 11:00", "rented locker", "South", object_id="s1", until="2026-02-01", number=8),
        on("2026-01-06 10:00", "locker.rented", "North", object_id="n1"),
        on("2026-01-08 10:00", "locker is painted", object_id="n1", until="2026-02-04"),
        on("2026-01-20 10:00", "returns locker", "South", object_id="s1"),
    )
    assert lived.runs(flow="Lockers") == ["pending: waiting", "converted: locker.returned", "declined: limit"]
    assert "2026-02-03 00:00 Bring it back" in lived.actions()
    assert len([line for line in lived.sends() if "Key to" in line]) == 2


@pytest.mark.usefixtures("lockers")
def test_an_own_action_changes_its_set_and_causes_its_event() -> None:
    """Assigning a locker starts the flow that waits for it; assigning it again changes nothing and causes nothing."""
    for before, told in (("", ["2026-01-06 10:00 It shines"]), ("Gold;South", [])):
        lived = live(QUIET, on("2026-01-05 10:00", "gets tag", "vip"), contacts=[{"contact": "ann", "lockers": before}])
        assert [line for line in lived.sends() if "shines" in line] == told
        assert "2026-01-06 10:00 Yours" in lived.sends()


@pytest.mark.usefixtures("lockers")
def test_a_scenario_of_own_events_gives_back_the_very_locker_that_was_rented() -> None:
    """Each answer is about the object, and the name, of what it answers."""
    lived = live(PROGRAM.replace("80%", "100%"), days=60, seed=4)
    taken = [row for row in lived.rows("records") if row["kind"] == "event"]
    rented = [row for row in taken if row["action"] == "locker.rented"]
    returned = [row for row in taken if row["action"] == "locker.returned"]
    assert len(rented) >= 4
    due = [(row["time"] + pd.Timedelta(days=3), row["name"], row["object_id"]) for row in rented]
    seen = [(row["time"], row["name"], row["object_id"]) for row in returned]
    assert seen == due[: len(seen)]
    assert len(seen) >= len(due) - 2


def test_a_plan_with_own_words_runs_where_nobody_has_registered_them() -> None:
    """The exported plan says all that runs it: tables may name its events by their ids."""
    with VOCABULARY.scoped():
        lockers_of(VOCABULARY)
        document = flowdsl.dump(QUIET)
    lived = live(
        flowdsl.load_plan(document),
        on("2026-01-05 10:00", "locker.rented", "North", object_id="n1", until="2026-02-10", number=7),
        on("2026-01-06 10:00", "locker.returned", "North", object_id="n1"),
    )
    assert lived.runs() == ["converted: locker.returned"]


def test_own_words_are_completed_and_documented(lockers: Vocabulary) -> None:
    """What can come next, and the reference page, know them from the moment they are registered."""
    assert lockers.next_words(["member", "rents", "a"]) == ("locker", "lockers")
    assert lockers.next_words(["returns", "locker"]) == (NAMES,)
    assert "rents" in lockers.next_words([])
    assert "member" in lockers.next_words([])
    assert "locker" in lockers.next_words(["has"], lockers.condition_phrases)
    assert lockers.next_words(["assign"], lockers.action_phrases) == ("locker",)
    assert lockers.next_words(["sings"]) == ()
    text = page(lockers)
    assert "## Lockers" in text
    assert '| `locker.assign` | assign locker "…" | adds to `lockers`; causes `locker.rented`' in text
    assert "`locker.until`" in text


def test_what_is_registered_in_a_scope_is_forgotten_after_it() -> None:
    """Words of one test, or of one notebook cell, never reach the next."""
    with VOCABULARY.scoped():
        register(EventEntry(Event("mat.rented", "mat")), "rents/rented/renting/rent mat")
        assert event_id("client rented a mat") == "mat.rented"
    assert event_id("client rented a mat") is None
    assert "mat.rented" not in VOCABULARY.rows
    assert [diagnostic.code for diagnostic in flowdsl.check("when client rents mat then send chat")] == ["E201"]


def test_two_threads_with_scopes_of_their_own_do_not_see_each_other() -> None:
    """Each thread reads its own words, while the other has different ones for the same phrase; then neither is left."""
    both_there = Barrier(2)

    def read(id: str) -> tuple[list[str], str | None]:
        with VOCABULARY.scoped():
            register(EventEntry(Event(id, "thing")), "rents/rented/renting/rent mat")  # a phrase that is free, in each
            both_there.wait(timeout=30)
            found = [diagnostic.code for diagnostic in flowdsl.check("when client rents mat then send chat")]
            both_there.wait(timeout=30)
            return found, event_id("rented mat")

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(read, ["mat.rented", "mat.taken"])) == [([], "mat.rented"), ([], "mat.taken")]
    assert event_id("rented mat") is None


def test_what_is_registered_outside_of_a_scope_is_seen_by_every_thread() -> None:
    """Words without a scope belong to the process; a scope elsewhere hides nothing from the others."""
    studio = Vocabulary()
    with studio.scoped(), ThreadPoolExecutor(1) as pool:
        studio.register(EventEntry(Event("mat.rented", "mat")), "rents/rented/renting/rent mat")
        assert pool.submit(studio.event_id, "rents mat").result() is None
        ball = EventEntry(Event("ball.rented", "ball"))
        pool.submit(studio.register, ball, "rents/rented/renting/rent ball").result()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(studio.event_id, "rents ball").result() == "ball.rented"
    assert studio.event_id("rents ball") == "ball.rented"
    assert studio.event_id("rents mat") is None


def test_scopes_stand_inside_each_other() -> None:
    """The inner scope knows the words of the outer one, and its own are forgotten before those."""
    with VOCABULARY.scoped():
        register(EventEntry(Event("mat.rented", "mat")), "rents/rented/renting/rent mat")
        with VOCABULARY.scoped():
            register(EventEntry(Event("ball.rented", "ball")), "rents/rented/renting/rent ball")
            assert (event_id("rents mat"), event_id("rents ball")) == ("mat.rented", "ball.rented")
        assert (event_id("rents mat"), event_id("rents ball")) == ("mat.rented", None)


@pytest.mark.parametrize(
    ("row", "words", "why"),
    [
        (EventEntry(Event("mat.rented", "mat")), ["joins program"], "program.joined"),
        (EventEntry(Event("tag.got", "tag")), ["grabs tag"], "already"),
        (EventEntry(Event("mat.rented", about="mat")), ["rents mat"], "no kind of object"),
        (EventEntry(Event("mat", "mat")), ["rents mat"], "an id is"),
        (EventEntry(Event("mat.rented", "mat")), [], "needs words"),
        (EventEntry(Event("mat.rented", "mat")), ["rents mat <colour>"], "colour"),
        (EventEntry(Event("mat.rented", "mat")), ["rents mat [<object>"], "does not close"),
        (ActionEntry("mat.lend", "put", "mats", event="mat.lent"), ["lend mat <name>"], "no event yet"),
        (ActionEntry("mat.lend", "put"), ["lend mat <name>"], "of what"),
        (ObjectKind("webinar", ()), [], "already"),
        (ObjectKind("mat", ()), ["mat"], "no phrases"),
    ],
)
def test_rows_that_do_not_hold_together_are_refused(
    row: EventEntry | ActionEntry | ObjectKind, words: list[str], why: str
) -> None:
    """A refusal says why, and leaves the vocabulary as it was."""
    before = dict(VOCABULARY.rows)
    with pytest.raises((Clash, Unfit), match=why):
        register(row, *words)
    assert dict(VOCABULARY.rows) == before


TOY = Language(
    "toy",
    words={
        "program.joined": ("rejoint/rejoignit/rejoignant/rejoindre programme|programmes [<object>]",),
        "tag.got": ("reçoit/reçut/recevant/recevoir étiquette [<object>]",),
        "tag.has": ("a étiquette [<name>]",),
        "tag.add": ("ajoute étiquette <name>",),
    },
    nouns={"email": "courriel|courriels"},
    subjects=frozenset({"membre", "membres"}),
    articles=frozenset({"le", "la", "les", "un", "une"}),
    families={"programs": "Programmes"},
)


def test_another_language_is_another_column_of_words() -> None:
    """The same ids are read from other words and said in them; the rows themselves do not change."""
    toy = Vocabulary(language=TOY)
    assert toy.rows == VOCABULARY.rows
    for text in ("le membre rejoint un programme", "rejoignit programme", "les membres rejoindre les programmes"):
        assert toy.event_id(text) == "program.joined" == VOCABULARY.event_id("member joins program")
    assert toy.event_id("joins program") is None
    assert toy.say("program.joined", ["Yoga"], form="past") == 'rejoignit programme "Yoga"'
    assert toy.next_words(["membre", "reçoit", "une"]) == ("étiquette",)
    found = toy.condition_phrases.longest(["a", "une", "étiquette", NAMES])
    assert found is not None
    assert found.id == "tag.has"
    assert toy.action_phrases.say("tag.add", {"name": '"vip"'}) == 'ajoute étiquette "vip"'
    assert toy.channel_words == {"courriel": "email", "courriels": "email"}
    assert "## Programmes" in page(toy)


def test_english_has_a_word_for_every_row() -> None:
    """No row of the table goes unsaid, no words lack a row, and every family has a heading."""
    assert set(VOCABULARY.language.words) == set(VOCABULARY.rows)
    assert set(VOCABULARY.language.families) == {family.id for family in VOCABULARY.table}


def test_an_event_of_ones_own_is_found_by_its_words_as_long_as_it_is_registered() -> None:
    """Also if events were looked up before, and no longer when the scope of its words is over."""
    vocabulary = Vocabulary()
    assert vocabulary.same_event("Mat.Rented") is None
    with vocabulary.scoped():
        vocabulary.register(EventEntry(Event("mat.rented", "mat")), "rents/rented/renting/rent mat")
        assert vocabulary.same_event("Mat.Rented") == "mat.rented"
    assert vocabulary.same_event("Mat.Rented") is None
