"""Counts, ordinals and message flags on histories made at random, against pandas that filters a table and counts rows.

Times lie on whole hours, so that many events fall into one instant; the table's order decides there. Everybody's first
weeks are history before the start.
"""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import Lived, live, on

START = pd.Timestamp("2026-01-20", tz="UTC")
FIRST = START - pd.Timedelta(days=25)
KINDS = (
    "buys offer A",
    "buys offer B",
    "visits page P",
    "opens email L",
    "clicks email L",
    "gets tag t",
    "loses tag t",
)
OBJECTS = ("invoice is overdue i1", "invoice is overdue i2", "invoice changes i1", "invoice changes i2")
HOURS = 24 * 60


def histories(kinds: tuple[str, ...] = KINDS, most: int = 60) -> st.SearchStrategy[pd.DataFrame]:
    """Tables of events in order of time; rows of one hour stay in the order in which they were drawn."""
    rows = st.lists(st.tuples(st.integers(0, HOURS), st.sampled_from(kinds)), min_size=5, max_size=most)
    return rows.map(_history)


def _history(rows: list[tuple[int, str]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["hour", "what"]).sort_values("hour", kind="stable", ignore_index=True)
    table["time"] = FIRST + pd.to_timedelta(table["hour"], unit="h")
    parts = table["what"].str.rsplit(" ", n=1)
    return table.assign(event=parts.str[0], name=parts.str[1])


def lived_through(program: str, history: pd.DataFrame) -> Lived:
    """Ann lives through a history; ids of invoices are objects, other names are what an event is about."""
    rows = [
        on(str(row.time), str(row.event), None, object_id=row.name_)
        if str(row.event).startswith("invoice")
        else on(str(row.time), str(row.event), str(row.name_))
        for row in history.rename(columns={"name": "name_"}).itertuples()
    ]
    return live(program, *rows, start=str(START.date()), days=90)


def told(lived: Lived, flow: str = "F") -> list[tuple[pd.Timestamp, str]]:
    """When a flow did what, in order."""
    rows = [row for row in lived.rows("actions") if row["flow"] == flow and row["status"] == "done"]
    return [(row["time"], str(row["name"])) for row in rows if row["action"] != "send"]


def of(history: pd.DataFrame, event: str, name: str = "") -> pd.DataFrame:
    """The rows of one kind."""
    return history[(history["event"] == event) & ((history["name"] == name) if name else True)]


# --- ordinals ---------------------------------------------------------------------------------------------------------


@given(histories(KINDS[:2]), st.integers(1, 6), st.sampled_from(["", ' "A"', ' "A" or "B"']))
@settings(max_examples=12)
def test_ordinals_number_the_rows_of_all_history(history: pd.DataFrame, n: int, names: str) -> None:
    """`the 4th time` is the fourth row there is, `every 3rd time` each third; those before the start count, unseen."""
    bought = of(history, "buys offer", "A" if names == ' "A"' else "")
    number = pd.Series(range(1, len(bought) + 1), bought.index)
    seen = bought["time"] >= START
    for words, turns in ((f"the {_nth(n)} time", number == n), (f"every {_nth(n)} time", number % n == 0)):
        lived = lived_through(f'flow "F"\n when client buys offer{names} {words}\n then do "x"', history)
        assert [at for at, _ in told(lived)] == bought["time"][turns & seen].tolist()


def _nth(n: int) -> str:
    return f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n, 'th') }"  # fmt: skip


# --- counts -----------------------------------------------------------------------------------------------------------

OPERATORS = {
    "at least 2 times": lambda n: n >= 2,
    "more than 3 times": lambda n: n > 3,
    "fewer than 3 times": lambda n: n < 3,
    "at most 1 time": lambda n: n <= 1,
    "exactly 2 times": lambda n: n == 2,
    "once": lambda n: n == 1,
    "twice": lambda n: n == 2,
    "": lambda n: n >= 1,
}
WINDOWS = {
    "": lambda now: pd.Timestamp.min.tz_localize("UTC"),
    "in the last 30 days": lambda now: now - pd.Timedelta(days=30),
    "in the last 12 hours": lambda now: now - pd.Timedelta(hours=12),
    "in the last 1 month": lambda now: now - pd.DateOffset(months=1),
}


@given(histories(KINDS[:3]), st.sampled_from(["", "A"]), st.sampled_from([*OPERATORS]), st.sampled_from([*WINDOWS]))
@settings(max_examples=12)
def test_counts_in_a_window_are_those_of_a_filter(history: pd.DataFrame, name: str, times: str, window: str) -> None:
    """Asked at each visit: rows of this kind so far whose time is in (now - window, now]."""
    phrase = f'offer "{name}"' if name else "offer"
    words = f"bought {phrase} {times} {window}"
    program = f'flow "F"\n when contact visits page\n if {words} then do "yes" otherwise do "no" end'
    never = (
        f'flow "N"\n when contact visits page\n if never bought {phrase} {window} then do "yes" otherwise do "no" end'
    )
    expected, none = [], []
    for visit in of(history, "visits page").itertuples():
        before = of(history.loc[: visit.Index], "buys offer", name)
        counted = int((before["time"] > WINDOWS[window](visit.time)).sum())
        if visit.time >= START:
            expected.append((visit.time, "yes" if OPERATORS[times](counted) else "no"))
            none.append((visit.time, "no" if counted else "yes"))
    lived = lived_through(f"{program}\n{never}", history)
    assert told(lived) == expected
    assert told(lived, "N") == none


@given(histories(KINDS[:3]), st.sampled_from([*OPERATORS]))
@settings(max_examples=12)
def test_counts_since_the_start_begin_behind_the_event_that_started_the_run(history: pd.DataFrame, times: str) -> None:
    """Rows behind the visit, up to five days later and that moment included; `never` is none of them."""
    program = f"""
        flow "F"
          when contact visits page or when contact buys offer "B"
          wait 5 days
          if bought offer {times} since start then do "yes" otherwise do "no" end
          if never bought offer since start then do "none" end
    """
    asked = []
    for begin in history[(history["time"] >= START) & (history["name"] != "A")].itertuples():
        then = begin.time + pd.Timedelta(days=5)
        after = of(history.loc[begin.Index + 1 :], "buys offer")
        counted = int((after["time"] <= then).sum())
        asked += [(then, "yes" if OPERATORS[times](counted) else "no"), *([] if counted else [(then, "none")])]
    assert told(lived_through(program, history)) == asked


@given(histories((*OBJECTS, "visits page P")), st.sampled_from([*OPERATORS]))
@settings(max_examples=12)
def test_counts_of_a_run_about_one_object_are_of_that_object(history: pd.DataFrame, times: str) -> None:
    """A run that `invoice changes` started counts its own invoice; one that is about nothing counts them all."""
    program = "".join(
        f'flow "{name}"\n when {trigger}\n if invoice overdue {times} then do "yes" otherwise do "no" end\n'
        for name, trigger in (("One", "invoice changes"), ("All", "contact visits page"))
    )
    lived = lived_through(program, history)
    for name, event in (("One", "invoice changes"), ("All", "visits page")):
        expected = []
        for asked in of(history, event).itertuples():
            own = str(asked[history.columns.get_loc("name") + 1]) if name == "One" else ""
            counted = len(of(history.loc[: asked.Index], "invoice is overdue", own))
            if asked.time >= START:
                expected.append((asked.time, "yes" if OPERATORS[times](counted) else "no"))
        assert told(lived, name) == expected


# --- messages ---------------------------------------------------------------------------------------------------------


@given(histories(KINDS[2:5]))
@settings(max_examples=15)
def test_flags_are_of_this_runs_send_and_ever_of_all(history: pd.DataFrame) -> None:
    """Each visit sends; an answer belongs to the latest send before it; three days later each run asks about its own.

    A click is an opening as well. `ever` looks at all sends, those of the time before the start too.
    """
    program = """
        flow "F"
          when contact visits page
          then send email "L"
          wait 3 days
          if opened "L" then do "opened" end
          if clicked "L" then do "clicked" end
          if email "L" is none of opened, clicked then do "silent" end
          if ever clicked "L" then do "ever" end
    """
    visits = of(history, "visits page")
    visits = visits[visits["time"] >= START]
    answers = history[history["event"].isin(["opens email", "clicks email"])]
    expected = []
    for n, visit in enumerate(visits.itertuples()):
        then = visit.time + pd.Timedelta(days=3)
        next_send = visits.index[n + 1] if n + 1 < len(visits) else len(history)
        own = answers.loc[visit.Index : next_send]
        own = own[own["time"] <= then]
        is_clicked = (own["event"] == "clicks email").any()
        ever = ((answers["event"] == "clicks email") & (answers["time"] <= then)).any()
        flags = {"opened": len(own) > 0, "clicked": is_clicked, "silent": len(own) == 0, "ever": ever}
        expected += [(then, flag) for flag, holds in flags.items() if holds]
    assert told(lived_through(program, history)) == expected


# --- edge and level ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "kind", "times"), [("buys offer", "buys offer", 1), ("bought offer at least 2 times", "buys offer", 2)]
)
@given(history=histories(KINDS[:3]))
@settings(max_examples=12)
def test_events_and_history_are_met_after_the_step_alone(
    words: str, kind: str, times: int, history: pd.DataFrame
) -> None:
    """A wait ends with the first (or second) row behind its beginning, or after five days; a goal likewise."""
    program = f"""
        flow "F"
          when contact visits page
          wait until {words} for up to 5 days
          if it happened then do "yes" otherwise do "no" end
        flow "G"
          when contact visits page
          goal {words}
          wait 5 days
    """
    lived = lived_through(program, history)
    expected, ended = [], []
    visits = of(history, "visits page")
    for visit in visits[visits["time"] >= START].itertuples():
        late = visit.time + pd.Timedelta(days=5)
        rows = of(history.loc[visit.Index + 1 :], kind)["time"]
        at = rows.iloc[times - 1] if len(rows) >= times else pd.Timestamp.max.tz_localize("UTC")
        expected.append((min(at, late), "yes" if at <= late else "no"))
        ended.append((min(at, late), "converted" if at <= late else "completed"))
    assert sorted(told(lived)) == sorted(expected)
    runs = [row for row in lived.rows("runs") if row["flow"] == "G"]
    assert [(row["ended"], str(row["status"])) for row in runs] == ended


@given(histories(KINDS[2:]))
@settings(max_examples=15)
def test_states_are_met_at_once(history: pd.DataFrame) -> None:
    """Who has the tag passes on the spot, and is not let in where it is the goal; who has not waits until it comes."""
    program = """
        flow "F"
          when contact visits page
          wait until has tag "t" for up to 5 days
          if it happened then do "yes" otherwise do "no" end
        flow "G"
          when contact visits page
          goal has tag "t"
          wait 5 days
    """
    lived = lived_through(program, history)
    expected, statuses = [], []
    visits = of(history, "visits page")
    for visit in visits[visits["time"] >= START].itertuples():
        tags = history[history["event"].isin(["gets tag", "loses tag"])]
        before = tags.loc[: visit.Index]["event"]
        late = visit.time + pd.Timedelta(days=5)
        coming = of(tags.loc[visit.Index :], "gets tag")["time"]
        at = coming.iloc[0] if len(coming) else pd.Timestamp.max.tz_localize("UTC")
        if len(before) and before.iloc[-1] == "gets tag":
            at = visit.time
            statuses.append("declined")
        else:
            statuses.append("converted" if at <= late else "completed")
        expected.append((min(at, late), "yes" if at <= late else "no"))
    assert sorted(told(lived)) == sorted(expected)
    assert [str(row["status"]) for row in lived.rows("runs") if row["flow"] == "G"] == statuses
