"""Programs that would grow without end stop with a diagnostic, the same in both engines, within a bounded memory."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import flowdsl
from flowdsl.cli.commands import app
from flowdsl.diagnostics.diagnostic import FlowError, RunError
from flowdsl.machine import budget
from flowdsl.sim.fast import layout

ENGINES = ("simpy", "fast")
STARTS = 'flow "S"\n  when contact visits page\n'
SCENARIO = '\nscenario "S"\n  assume '
MAILS = (
    STARTS + '  then send email "A"\nflow "T"\n  when contact opens email\n'
    '  then send email "A"\n  then send email "B"' + SCENARIO + "contact opens email 60% after about 4 hours"
)
BUYS = (
    STARTS
    + '  then do "x"\nflow "U"\n  when contact buys offer\n  then do "y"'
    + SCENARIO
    + 'contact buys offer 100% of buying offer\n  assume contact buys offer "A" 1 per contact per day'
)
OFTEN = (
    STARTS
    + '  then do "x"\n  wait 30 days\n  then do "y"'
    + SCENARIO
    + "contact visits page 100 per contact per second"
)
NEVER_SPEAKS = (
    STARTS + '  then do "x"' + SCENARIO + 'contacts where plan is "pro" visit page 100 per contact per second'
)
TAGS = STARTS + '  repeat 1000000000 times\n    then add tag "a"\n    then remove tag "a"\n  end'
NESTED = (
    STARTS
    + "  repeat 1000000000 times\n    repeat 1000000000 times\n      wait 0 seconds\n    end\n  end\n"
    + '  then do "x"'
)
WAITS = STARTS + '  repeat 1000000000 times\n    wait 1 second\n    then do "x"\n  end'
MANY = (
    "workspace\n  cap 1000000000 emails per contact every 7 days\n"
    + STARTS
    + (
        "  limit 1000000000 times per contact every 7 days\n"
        '  if contact visited page at least 1000000000 times in the last 1000 years then do "no" end\n'
        '  then send email "A"'
    )
)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small budget, so that tests are quick: a tenth of the true one."""
    monkeypatch.setattr(budget, "MOST", budget.Budget(2_000, 10_000, 30_000, 10))


def _tables(contacts: int, visits: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    ids = [f"c{number}" for number in range(contacts)]
    times = [pd.Timestamp("2026-01-05 10:00") + pd.Timedelta(minutes=n) for n in range(visits)]
    rows = [(one, time, "visits page", "X") for one in ids for time in times]
    events = pd.DataFrame(rows, columns=["contact", "time", "event", "object"])
    return pd.DataFrame({"contact": ids, "plan": "free"}), events


def _outcome(text: str, engine: str, contacts: int = 20, visits: int = 1, **more: Any) -> Any:
    people, events = _tables(contacts, visits)
    asked = {"start": "2026-01-01", "days": 30, "engine": engine, **more}
    try:
        return flowdsl.simulate(flowdsl.parse(text), people, events=events, **asked)
    except FlowError as error:
        return [one.code for one in error.diagnostics], str(error), error.diagnostics[0].span


@pytest.mark.parametrize(
    ("text", "code", "named", "line"),
    [
        (MAILS, "E738", "email.opened", "opens email 60%"),
        (BUYS, "E738", "offer.bought", "100% of buying offer"),
        (OFTEN, "E738", "page.visited", "100 per contact"),
        (NEVER_SPEAKS, "E738", "page.visited", "100 per contact"),
        (TAGS, "E735", 'flow "S"', "tag"),
        (NESTED, "E735", 'flow "S"', "e"),
        (WAITS, "E738", 'flow "S"', "w"),
    ],
)
def test_what_grows_without_end_is_a_diagnostic_that_names_flow_and_contact(
    text: str, code: str, named: str, line: str
) -> None:
    """Answers that cause answers, rates and loops end in the same diagnostic in both engines, of the same contact."""
    (codes, told, _), (other, said, span) = (_outcome(text, engine) for engine in ENGINES)
    assert codes == other == [code]
    assert named in told
    assert named in said
    assert span is not None
    assert line in text.splitlines()[span.line - 1]
    who = told.partition("the contact ")[2].split()[0]
    assert who == said.partition("the contact ")[2].split()[0]


@pytest.mark.parametrize("records", ["sends", "counts"])
def test_the_diagnostic_is_the_same_whatever_is_kept(records: str) -> None:
    """What is kept of the rows does not change how far a contact may go."""
    for engine in ENGINES:
        assert _outcome(MAILS, engine, records=records)[0] == ["E738"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("records", ["full", "counts"])
@pytest.mark.parametrize(("text", "code"), [(MAILS, "E738"), (TAGS, "E735")])
def test_capacity_does_not_keep_growth_from_being_seen(engine: str, records: str, text: str, code: str) -> None:
    """Contacts who queue for slots live side by side; one who grows without end stops the simulation all the same."""
    assert _outcome(f"workspace\n  capacity email 100000 per hour\n{text}", engine, records=records)[0] == [code]


def test_a_forecast_of_what_grows_ends_in_the_same_diagnostic() -> None:
    """Many replications fail as one does."""
    people, events = _tables(5)
    with pytest.raises(RunError) as caught:
        flowdsl.forecast(flowdsl.parse(MAILS), people, events=events, start="2026-01-01", days=30, replications=100)
    assert [one.code for one in caught.value.diagnostics] == ["E738"]


@pytest.mark.parametrize("engine", ENGINES)
def test_too_many_rows_for_memory_are_a_diagnostic(engine: str) -> None:
    """Rows that are kept are counted for all contacts together; counts alone have no such end."""
    text = STARTS + '  then do "x"' + SCENARIO + "contact visits page 60 per contact per day"
    codes, told, _ = _outcome(text, engine)
    assert codes == ["E739"]
    assert "30,200 rows" in told
    assert not isinstance(_outcome(text, engine, records="counts"), tuple)


@pytest.mark.parametrize("engine", ENGINES)
def test_huge_numbers_in_caps_limits_and_counts_take_no_memory(engine: str) -> None:
    """A cap of a thousand million is a cap that is never reached, and takes the memory of what is sent."""
    found = _outcome(MANY, engine, contacts=2, visits=50)
    assert found.actions["status"].tolist() == ["done"] * 100


@pytest.mark.parametrize("cap", [1, 3, 7, 40])
def test_caps_limits_and_counts_of_any_size_agree(cap: int) -> None:
    """Both engines keep as many times as a number asks for, and count by hand what comes of them."""
    text = (
        f"workspace\n  cap {cap} emails per contact every 30 minutes\n"
        + STARTS
        + f"  limit {2 * cap} times per contact every 2 hours\n"
        + f'  if contact visited page at least {cap} times in the last 20 minutes then do "often" end\n'
        + '  then send email "A"'
    )
    slow, fast = (_outcome(text, engine, contacts=1, visits=200).actions for engine in ENGINES)
    pd.testing.assert_frame_equal(slow, fast)
    sent, entries, skipped, often = list[int](), list[int](), 0, 0
    for minute in range(200):
        if sum(minute - one < 120 for one in entries) < 2 * cap:
            entries.append(minute)
            often += min(minute + 1, 20) >= cap
            if sum(minute - one < 30 for one in sent) < cap:
                sent.append(minute)
            else:
                skipped += 1
    mails = slow[slow["action"] == "send"]
    assert (mails["status"] == "done").sum() == len(sent)
    assert (mails["status"] == "skipped").sum() == skipped
    assert (slow["action"] == "custom.do").sum() == often


def test_the_environment_allows_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """FLOWDSL_BUDGET multiplies the budget; what is no number is a diagnostic."""
    text = STARTS + '  repeat 1500 times\n    then do "x"\n  end'
    assert _outcome(text, "simpy", contacts=1)[0] == ["E735"]
    monkeypatch.setenv(budget.VARIABLE, "2")
    for engine in ENGINES:
        assert len(_outcome(text, engine, contacts=1).actions) == 1500
    for odd in ("lots", "0", "-1", "", "1e3", "99999"):
        monkeypatch.setenv(budget.VARIABLE, odd)
        assert _outcome(text, "simpy", contacts=1)[0] == ["E748"]


GROWS = (
    'flow "A"\n  when client opens email\n  then send email "B"\n  then send email "C"\n'
    'scenario "S"\n  assume client opens email {share} after about 4 hours'
)


def _warned(text: str) -> list[str]:
    return [one.message for one in flowdsl.check(flowdsl.parse(text)) if one.code == "W306"]


def test_check_warns_where_an_event_causes_one_of_its_kind_or_more() -> None:
    """Two messages on each opening: half of them opened is the edge; the warning names every line that takes part."""
    assert _warned(GROWS.format(share="49%")) == []
    for share in ("50%", "60%"):
        (message,) = _warned(GROWS.format(share=share))
        assert "lines 3, 4, 6" in message
    bought = (
        'flow "U"\n  when client buys offer\n  then do "y"\nscenario "S"\n  assume client buys offer {} of buying offer'
    )
    assert len(_warned(bought.format("100%"))) == 1
    assert _warned(bought.format("99%")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('  then send email "B"', '  limit once per contact\n  then send email "B"'),
        ('  then send email "B"', '  if plan is "pro" then send email "B" end'),
        ('flow "A"', 'workspace\n  cap 1 email per contact every 1 day\nflow "A"'),
        ("opens email {share}", 'opens email "X" {share}'),
        ("when client opens email", 'when client opens email "X"'),
    ],
)
def test_what_is_held_back_is_no_growth(old: str, new: str) -> None:
    """Limits, caps, conditions and names that do not meet keep numbers from growing, or may: no warning in vain."""
    assert _warned(GROWS.replace(old, new).format(share="60%")) == []


# --- the line of the program ------------------------------------------------------------------------------------------

MARK = "  assume contact opens email 60% after about 4 hours"


def test_the_diagnostic_shows_the_line_in_python_and_on_the_command_line(tmp_path: Path) -> None:
    """Whoever runs a program sees the line that makes it grow, in Python, in a forecast and on the command line."""
    people, events = _tables(3)
    for verb in (flowdsl.simulate, flowdsl.forecast):
        with pytest.raises(RunError) as caught:
            verb(MAILS, people, events=events, start="2026-01-01", days=30)
        assert f"| {MARK}\n" in str(caught.value)
        assert [source.text for source in caught.value.sources] == [MAILS]
    (tmp_path / "grows.flow").write_text(MAILS)
    people.to_csv(tmp_path / "people.csv", index=False)
    events.to_csv(tmp_path / "events.csv", index=False)
    tables = ["--contacts", str(tmp_path / "people.csv"), "--events", str(tmp_path / "events.csv")]
    command = ["simulate", str(tmp_path / "grows.flow"), *tables, "--start", "2026-01-01", "--days", "30"]
    for more in ([], ["--out", str(tmp_path / "out")]):
        done = CliRunner().invoke(app, [*command, *more])
        assert done.exit_code == 1
        assert f"| {MARK}\n" in done.output
        assert "error E738" in done.output


@pytest.mark.parametrize("is_plan", [True, False])
def test_no_line_is_shown_where_the_text_is_not_at_hand(is_plan: bool) -> None:
    """A plan has no text, and a scenario of another program has lines of another text: a wrong one is never shown."""
    people, events = _tables(3)
    plan = flowdsl.load_plan(flowdsl.dump(MAILS))
    program = plan if is_plan else flowdsl.parse(MAILS.partition("scenario")[0])
    with pytest.raises(RunError) as caught:
        flowdsl.simulate(program, people, events=events, scenario=plan.world[0], start="2026-01-01", days=30)
    assert not caught.value.sources
    assert " | " not in str(caught.value)


# --- counts and forecasts of a long time ------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("verb", [flowdsl.simulate, flowdsl.forecast])
def test_counts_of_far_too_long_a_time_are_a_diagnostic(
    engine: str, verb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers by the quarter hour of thousands of years are refused before anything runs; rows alone are not."""
    monkeypatch.setattr(budget, "MOST", budget.Budget())
    people, events = _tables(2)
    text = STARTS + '  then do "x"' + SCENARIO + "contact visits page 1 per contact per year"
    counts = {"records": "counts"} if verb is flowdsl.simulate else {"replications": 19}
    with pytest.raises(RunError) as caught:
        verb(text, people, events=events, start="2026-01-01", days=999_999, engine=engine, **counts)
    assert [one.code for one in caught.value.diagnostics] == ["E739"]
    assert re.search(r"2,739 years by the quarter hour; [\d,]+ are the most here", str(caught.value))
    assert len(_outcome(STARTS + '  then do "x"', engine, contacts=2, days=999_999).runs) == 2


def test_both_engines_count_on_the_same_lines() -> None:
    """What is refused as too long is what the compiled engine would make room for."""
    assert budget.LINES_OF_FLOW == layout.LINES_OF_FLOW


# --- hostile numbers --------------------------------------------------------------------------------------------------

HOSTILE = Path(__file__).parent.parent / "support" / "hostile_numbers.py"
PROGRAMS = 600 if os.environ.get("SOAK") else 24


def test_programs_with_hostile_numbers_end_alike_in_both_engines() -> None:
    """Whatever numbers stand in a program, both engines give the same rows or the same code, in bounded memory."""
    first = secrets.randbelow(10**6) if os.environ.get("SOAK") else 0
    command = [sys.executable, str(HOSTILE), str(first), str(first + PROGRAMS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30 * PROGRAMS, check=False)
    lines = done.stdout.splitlines()
    assert [line for line in lines if "different: " in line or "traceback: " in line] == []
    assert len(lines) == PROGRAMS, done.stderr[-2000:]
    assert any(line.endswith(" same") for line in lines)
