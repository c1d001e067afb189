"""Steps other than waits: branches, splits, repeats, jumps, exits and actions; and what conditions mean."""

from __future__ import annotations

from math import sqrt

import pandas as pd
import pytest
from lives import Lived, Row, live, on

JOINED = on("2026-01-05 10:00", "joins program", "Yoga")


def names(lived: Lived, contact: str = "ann") -> list[str]:
    """What a contact's actions were, without their times."""
    return [line[17:] for line in lived.actions(contact)]


def steps(text: str, *events: Row, **contact: object) -> list[str]:
    """The actions of ann, who joins a program on 5 January at 10:00, behind these steps."""
    return names(live(f"when member joins program {text}", *events, JOINED, contacts=[{"contact": "ann", **contact}]))


# --- branches ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("age", "done"), [(70, "old"), (30, "grown"), (10, "young"), (None, "young")])
def test_the_first_arm_that_holds_is_taken(age: int | None, done: str) -> None:
    """`otherwise if` continues the chain; a missing value makes every comparison false."""
    chain = 'if age >= 65 then do "old" otherwise if age >= 18 then do "grown" otherwise do "young" end then do "after"'
    assert steps(chain, age=age) == [done, "after"]


def test_a_branch_is_decided_once_when_it_is_reached() -> None:
    """A tag that is lost on the way changes nothing; `otherwise then if` nests."""
    text = 'if has tag "t" wait 2 days then do "in" otherwise then if has tag "u" then do "u" end end then do "after"'
    assert steps(text, on("2026-01-06", "loses tag", "t"), tags="t") == ["in", "after"]
    assert steps(text, tags="u") == ["u", "after"]


# --- repeats and jumps ------------------------------------------------------------------------------------------------


def test_repeats_count_and_nest() -> None:
    """The inner count begins anew in every round of the outer one; iterations number the visits of each action."""
    text = 'repeat 2 times then do "a" repeat 3 times then do "b" end end then do "c"'
    lived = live(f"when member joins program {text}", JOINED)
    assert names(lived) == ["a", "b", "b", "b", "a", "b", "b", "b", "c"]
    assert [row["iteration"] for row in lived.rows("actions")] == [1, 1, 2, 3, 2, 4, 5, 6, 1]


def test_a_bounded_jump_goes_on_below_when_it_is_used_up() -> None:
    """`at most 2 times` is three rounds in all, for each run anew."""
    text = 'label "Again" then do "a" wait 1 day go to "Again" at most 2 times then do "b"'
    lived = live(f"when member joins program {text}", JOINED, on("2026-01-20", "joins program"))
    assert names(lived) == ["a", "a", "a", "b"] * 2
    assert lived.actions()[2] == "2026-01-07 10:00 a"


def test_a_jump_out_of_a_repeat_leaves_it() -> None:
    """Whoever comes back to the repeat later counts from the beginning."""
    text = """
        label "Start"
        repeat 3 times
          then do "a"
          wait 1 day
          if has tag "t" go to "Out" end
        end
        label "Out"
        then do "out"
        wait 1 day
        go to "Start" at most 1 time
        then do "end"
    """
    rows = [on("2026-01-06 00:00", "gets tag", "t"), on("2026-01-06 12:00", "loses tag", "t")]
    assert steps(text, *rows) == ["a", "out", "a", "a", "a", "out", "end"]


def test_a_forward_jump_needs_no_bound() -> None:
    """It skips what stands between."""
    assert steps('if has tag "t" go to "End" end then do "a" label "End" then do "b"', tags="t") == ["b"]


# --- exits ------------------------------------------------------------------------------------------------------------


def test_an_exit_completes_the_run_with_its_reason() -> None:
    """From any branch; the end of the flow completes it without one."""
    program = 'when member joins program if has tag "t" exit "tagged" end then do "a"'
    assert live(program, JOINED, contacts=[{"contact": "ann", "tags": "t"}]).runs() == ["completed: tagged"]
    assert live(program, JOINED).runs() == ["completed"]


# --- splits -----------------------------------------------------------------------------------------------------------

SPLIT = """
    flow "{flow}"
      when member joins program
      split 30% "short" then do "short"
            60% "long" then do "long"
            10% "nothing"
      end
      then do "after"
"""


def arms(contacts: list[str], flow: str = "F", **options: object) -> dict[str, str]:
    """The arm of each contact."""
    rows = [on("2026-01-05", "joins program", contact=name) for name in contacts]
    program = SPLIT.format(flow=flow)
    lived = live(program, *rows, contacts=[{"contact": name} for name in contacts], days=10, **options)  # type: ignore[arg-type]
    first = pd.DataFrame(lived.rows("actions")).groupby("contact")["name"].first()
    return {name: str(first[name]) for name in contacts}


PEOPLE = [f"c{number}" for number in range(2000)]


def test_a_split_keeps_its_proportions() -> None:
    """Within five standard deviations of the binomial law; an empty arm goes on behind the split."""
    got = pd.Series(arms(PEOPLE)).value_counts()
    for name, share in [("short", 0.3), ("long", 0.6), ("after", 0.1)]:
        assert abs(got[name] - share * len(PEOPLE)) < 5 * sqrt(len(PEOPLE) * share * (1 - share))


def test_a_split_is_sticky_and_keyed() -> None:
    """It depends on seed, contact, flow and split alone: not on order or number of contacts, nor the replication."""
    few = PEOPLE[:60]
    first = arms(few)
    assert arms(few[::-1]) == arms(few, replication=3) == first
    assert arms(few[:7]) == {name: first[name] for name in few[:7]}
    assert arms(few, seed=1) != first
    assert arms(few, flow="G") != first


def test_a_contact_gets_the_same_arm_every_time() -> None:
    """In every run, and in every round of a repeat."""
    split = 'split 50% "a" then do "a" 50% "b" then do "b" end'
    again = [on(f"2026-01-{day:02}", "joins program") for day in range(5, 15)]
    lived = live(f"when member joins program repeat 3 times {split} end", *again)
    assert len(names(lived)) == 30
    assert len(set(names(lived))) == 1


def test_two_splits_are_independent() -> None:
    """Knowing a contact's first arm says nothing about the second: a chi-square of one degree below its 1e-6 bound."""
    split = 'split 50% "a" then do "{0}a" 50% "b" then do "{0}b" end'
    rows = [on("2026-01-05", "joins program", contact=name) for name in PEOPLE]
    program = f"when member joins program {split.format(1)} {split.format(2)}"
    lived = live(program, *rows, contacts=[{"contact": name} for name in PEOPLE], days=10)
    both = pd.DataFrame(lived.rows("actions")).groupby("contact")["name"].agg(tuple).value_counts()
    expected = len(PEOPLE) / 4
    assert sum((count - expected) ** 2 / expected for count in both) < 24 + 10


# --- actions ----------------------------------------------------------------------------------------------------------


def test_actions_change_the_contact_at_once() -> None:
    """Tags, groups, badges and columns are there for the next step."""
    text = """
        then add tag "t" then add to group "g" then award badge "b" then set plan to "pro"
        if has tag "t" and in group "g" and has badge "b" and plan is "pro" then do "all" end
        then remove tag "t" then remove from group "g"
        if has tag "t" or in group "g" then do "still" otherwise do "gone" end
    """
    assert steps(text, plan="free")[4::3][:1] == ["all"]
    assert steps(text, plan="free")[-1] == "gone"


def test_a_flow_may_set_a_column_that_nobody_had() -> None:
    """`set` makes the column; before it, its value is missing."""
    text = 'if score is known then do "before" end then set score to 5 if score > 4 then do "after" end'
    assert steps(text) == ["score", "after"]


# --- conditions -------------------------------------------------------------------------------------------------------

ANN: Row = {
    "plan": "pro", "age": 30, "score": 1.5, "member": True, "born": "1996-02-29", "tags": "vip;new", "groups": "A",
    "last": "2026-01-03", "seen": "2026-01-05T09:00:00Z", "empty": None, "membership": "Gold", "badges": "x",
}  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ('plan is "pro"', True),
        ('plan is "Pro"', False),
        ('plan is not "free"', True),
        ('plan is one of "free", "pro"', True),
        ('plan is none of "free", "basic"', True),
        ('plan is none of "free", "pro"', False),
        ("plan is known", True),
        ("empty is known", False),
        ('empty is "x"', False),
        ('empty is not "x"', False),
        ('empty is none of "x", "y"', False),
        ("empty > 1", False),
        ('not empty is "x"', True),
        ("member is yes", True),
        ("age >= 30", True),
        ("age > 30", False),
        ("age <= 30", True),
        ("age < 30", False),
        ("age is 30", True),
        ("score > 1", True),
        ("born is before 1996-03-01", True),
        ("born is after 1996-02-29", False),
        ("last is within 2 days", True),
        ("last is within 1 day", False),
        ("last is more than 1 day ago", True),
        ("last is more than 2 days ago", False),
        ("seen is within 1 hour", True),
        ("seen is within 59 minutes", False),
        ("seen is more than 59 minutes ago", True),
        ("seen is more than 1 hour ago", False),
        ('has tag "vip"', True),
        ("has tag", True),
        ('has tag "x" or "new"', True),
        ('has tag "x"', False),
        ("has membership", True),
        ('has membership "Gold"', True),
        ('has membership "Silver"', False),
        ('has badge "x"', True),
        ('in group "A"', True),
        ('in group "B"', False),
        ('in program "Yoga"', True),
        ('in program "B" or "Yoga" and has tag "vip"', True),
        ('in program "B" and has tag "vip" or has tag "new"', True),
        ('not (has tag "vip" and has tag "x")', True),
        ('not has tag "vip" or has tag "x"', False),
        ("can receive sms", True),
    ],
)
def test_states_and_comparisons(condition: str, holds: bool) -> None:
    """Missing values make comparisons false, `and` binds tighter than `or`, dates without time count whole days."""
    assert steps(f'if {condition} then do "yes" otherwise do "no" end', **ANN) == ["yes" if holds else "no"]


def test_dates_are_compared_in_local_days() -> None:
    """At 23:30 UTC on the 5th it is the 6th in Paris: a date of the 6th is today there, within 0 whole days."""
    row = on("2026-01-05 23:30", "joins program")
    program = 'when member joins program if last is within 1 hour then do "today" end'
    contacts = [
        {"contact": "ann", "last": "2026-01-06", "timezone": "Europe/Paris"},
        {"contact": "bob", "last": "2026-01-06"},
    ]
    lived = live(program, row, {**row, "contact": "bob"}, contacts=contacts)
    assert (names(lived), names(lived, "bob")) == (["today"], [])


BUYS = [on(time, "buys offer", name) for time, name in [
    ("2025-11-01", "A"), ("2025-12-06 10:00", "A"), ("2025-12-06 10:00:00.001", "B"), ("2026-01-05 10:00", "A"),
    ("2026-01-06", "B")]]  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("bought offer", True),
        ("bought offer at least 4 times", True),
        ("bought offer at least 5 times", False),
        ("bought offer exactly 4 times", True),
        ("bought offer more than 3 times", True),
        ("bought offer fewer than 5 times", True),
        ("bought offer fewer than 4 times", False),
        ("bought offer at most 4 times", True),
        ('bought offer "A" exactly 3 times', True),
        ('bought offer "B" once', True),
        ('bought offer "A" twice', False),
        ('bought offer "C"', False),
        ('never bought offer "C"', True),
        ("bought offer exactly 2 times in the last 30 days", True),
        ("bought offer at least 3 times in the last 30 days", False),
        ("never bought offer in the last 30 days", False),
        ("never bought offer since start", True),
    ],
)
def test_history_counts(condition: str, holds: bool) -> None:
    """`in the last 30 days` is (now - 30 days, now]: the moment 30 days ago is out, this instant's purchase is in."""
    text = f'if {condition} then do "yes" otherwise do "no" end'
    assert steps(text, *BUYS) == ["yes" if holds else "no"]


def test_since_start_counts_from_the_run_on() -> None:
    """Without the event that started it, and without what came before."""
    text = 'wait 2 days if bought offer exactly 1 time since start then do "one" end'
    assert steps(text, *BUYS) == ["one"]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ('received "L"', True),
        ('opened "L"', True),
        ('clicked "L"', True),
        ('clicked email "L"', True),
        ('opened sms "L"', False),
        ('opened "M"', False),
        ('ever opened "L"', True),
        ('email "L" is one of opened, bounced', True),
        ('email "L" is none of bounced, blocked', True),
        ('email "L" is none of opened, bounced', False),
    ],
)
def test_the_status_of_a_message_is_a_set_of_flags(condition: str, holds: bool) -> None:
    """A click sets opened as well."""
    text = f'then send email "L" wait 2 days if {condition} then do "yes" otherwise do "no" end'
    assert steps(text, on("2026-01-06", "clicks email", "L"))[1:] == ["yes" if holds else "no"]


def test_message_words_speak_of_this_runs_latest_send() -> None:
    """An opening of an earlier send of the same name is `ever opened`, not `opened`; each run looks at its own."""
    text = """
        then send email "L"
        wait 1 day
        if opened "L" then do "opened" otherwise do "not" end
        if ever opened "L" then do "ever" end
    """
    rows = [on("2026-01-05 12:00", "opens email", "L"), on("2026-01-06 09:00", "joins program")]
    lived = live(f"when member joins program {text}", JOINED, *rows)
    # The first run looks after the second has sent, and still at its own send; the second run's send was not opened.
    assert [line for line in names(lived) if line != "L"] == ["opened", "ever", "not", "ever"]


def test_without_a_send_of_its_own_a_run_looks_at_the_contacts_latest() -> None:
    """Also when that was long before the start."""
    rows = [on("2025-12-01", "receives email", "L"), on("2025-12-02", "opens email", "L")]
    assert steps('if opened email "L" then do "yes" end', *rows) == ["yes"]
    again = on("2025-12-03", "receives email", "L")
    assert steps(
        'if opened email "L" then do "yes" otherwise if ever opened email "L" then do "ever" end', *rows, again
    ) == ["ever"]
