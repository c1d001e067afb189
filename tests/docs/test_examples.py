"""The examples: their programs are sound and in the one style, and what their READMEs say comes out does come out.

The tables in the READMEs were worked out by hand, with calendar and time zone at hand; they are the oracle.
"""

from __future__ import annotations

import re
import runpy
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from typer.testing import CliRunner

import flowdsl
from flowdsl.cli.commands import app

if TYPE_CHECKING:
    from flowdsl import Results

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PROGRAMS = sorted({path.relative_to(EXAMPLES).parts[0] for path in EXAMPLES.rglob("*.flow")})
PRODUCTS = ("email_scenario", "event_crm", "momence_sequences", "systeme_workflow", "wix_programs")
BY_HAND = ("welcome", "reminders", "discovery", *PRODUCTS)
TABLES = {"channel": "sends", "action": "actions", "started": "runs"}  # a heading that only this table has

Rows = list[dict[str, str]]


def test_every_example_is_listed() -> None:
    """The page of examples links each of them, and this file knows each of them."""
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert set(PROGRAMS) == {*BY_HAND, "launch", "spring", "winback"}
    assert all(f"]({folder}/)" in page for folder in PROGRAMS)


@pytest.mark.parametrize("folder", PROGRAMS)
def test_program_is_sound_and_in_the_one_style(folder: str) -> None:
    """An example has no error and no warning, the formatter leaves it as it is, and its runtime JSON is read back."""
    program = flowdsl.load(EXAMPLES / folder)
    assert flowdsl.check(program) == []
    for path in (EXAMPLES / folder).rglob("*.flow"):
        text = path.read_text(encoding="utf-8")
        assert flowdsl.format(text) == text
    plan = flowdsl.load_plan(flowdsl.dump(program))
    assert flowdsl.load_plan(flowdsl.dump(plan)) == plan


@pytest.mark.parametrize("example", BY_HAND)
def test_command_of_the_readme_gives_the_tables_of_the_readme(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command in an example's README runs, and writes just the rows that the README shows."""
    page = (EXAMPLES / example / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"```sh\nflowdsl (.*?)\n```", page, flags=re.DOTALL)
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(app, [*shlex.split(command), "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    shown = tables(page)
    assert shown
    for expected in shown:
        name = next(table for heading, table in TABLES.items() if heading in expected[0])
        assert written(tmp_path / f"{name}.csv", list(expected[0])) == expected


def tables(page: str) -> list[Rows]:
    """The Markdown tables of a page."""
    found = []
    for block in re.findall(r"^\|.*?(?=\n\n)", page, flags=re.DOTALL | re.MULTILINE):
        heading, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines())
        found.append([dict(zip(heading, row, strict=True)) for row in rows])
    return found


def written(path: Path, headings: list[str]) -> Rows:
    """The rows of a CSV file of results, moments to the minute, as the READMEs tell them."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)[headings]
    return [dict(zip(headings, map(_to_the_minute, row), strict=True)) for row in table.itertuples(index=False)]


def _to_the_minute(cell: str) -> str:
    return re.sub(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):00\.000Z$", r"\1 \2", cell)


# --- launch -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def launched() -> Results:
    """The launch among many subscribers."""
    results: Results = runpy.run_path(str(EXAMPLES / "launch" / "launch.py"))["launch"](size=4_000, seed=7)
    return results


def near(count: int, of: int, share: float) -> bool:
    """True when so many hits of so many draws are within 5 standard deviations of what the share makes expect."""
    return abs(count - of * share) <= 5 * float((of * share * (1 - share)) ** 0.5)


def test_launch_does_what_its_scenario_assumes(launched: Results) -> None:
    """Arms are as large as `split` says; openings, clicks and sales as frequent as the scenario says."""
    sent = launched.sends.groupby("message", observed=True).size()
    plain, story = int(sent["The course opens"]), int(sent["How I learned to breathe"])
    assert near(plain, 4_000, 0.45)
    assert near(story, 4_000, 0.45)
    events = launched.records[launched.records["kind"] == "event"]
    happened = events["action"].value_counts()
    opened = events[events["action"] == "email.opened"]["name"].value_counts()
    assert near(int(opened["The course opens"]), plain, 0.30)
    assert near(int(opened["How I learned to breathe"]), story, 0.40)
    assert near(int(happened["email.clicked"]), int(opened.sum()), 0.20)
    assert near(int(happened["offer.bought"]), int(happened["email.clicked"]), 0.25)


def test_launch_asks_who_opened_whether_they_have_questions(launched: Results) -> None:
    """Questions and answers go to those who opened an announcement within five days and are under way, to no others."""
    sends, records = launched.sends, launched.records
    asked = sends[sends["message"] == "Questions and answers"]
    decided = pd.Timestamp("2026-05-09", tz="UTC")
    happened = records[(records["kind"] == "event") & (records["time"] <= decided)]
    opened = happened[happened["action"] == "email.opened"]
    bought = happened[happened["action"] == "offer.bought"]
    assert set(asked["contact"]) == set(opened["contact"]) - set(bought["contact"])
    assert set(asked["time"]) == {decided}


def test_launch_leaves_buyers_and_the_holdout_alone(launched: Results) -> None:
    """The holdout gets the last call only, and nobody is written to after buying."""
    sends = launched.sends.astype({"message": str})
    announced = set(sends[sends["message"].isin(["The course opens", "How I learned to breathe"])]["contact"])
    holdout = sends[~sends["contact"].isin(announced)]
    assert set(holdout["message"]) == {"Last call"}
    runs = launched.runs.set_index("contact")
    bought = runs[runs["status"] == "converted"]["ended"]
    assert len(bought)
    of_buyers = sends[sends["contact"].isin(bought.index)]
    assert (of_buyers["time"] < of_buyers["contact"].map(bought)).all()


@pytest.mark.parametrize("example", ["launch", "spring"])
def test_golden_readmes_show_what_their_scripts_print(
    example: str, capsys: pytest.CaptureFixture[str], golden: Callable[[Path, str], None]
) -> None:
    """The output in the README is the output of the script."""
    runpy.run_path(str(EXAMPLES / example / f"{example}.py"), run_name="__main__")
    page = EXAMPLES / example / "README.md"
    above, shown, below = re.split(r"(?<=```text\n)(.*?)(?=```)", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert shown
    golden(page, above + capsys.readouterr().out + below)


# --- spring -----------------------------------------------------------------------------------------------------------


def test_spring_does_what_its_scenario_assumes() -> None:
    """Arrivals, memberships, openings and hours are as the scenario says; switches and the edit come when it says."""
    results: Results = runpy.run_path(str(EXAMPLES / "spring" / "spring.py"))["spring"](size=200)
    records, sends = results.records, results.sends
    arrived = records[records["action"] == "program.joined"]
    assert abs(len(arrived) - 28 * 120) < 5 * (28 * 120) ** 0.5
    in_time = arrived[arrived["time"] < pd.Timestamp("2026-03-15 09:00", tz="UTC")]
    launch = sends[sends["message"] == "Launch"]
    assert near(len(launch), len(in_time), 0.8)
    opened = records[(records["action"] == "email.opened") & (records["name"] == "Launch")]
    assert 0.36 < len(opened) / len(launch) < 0.48
    upgrades = records[records["name"] == "Upgrade"]["time"]
    assert len(upgrades)
    days = [upgrades.dt.tz_convert(zone).dt.day_of_week for zone in ("Europe/Paris", "Europe/Lisbon")]
    assert ((days[0] < 5) | (days[1] < 5)).all()
    spring, shorter = (sends[sends["flow"] == name] for name in ("Spring", "Spring, shorter"))
    edited = pd.Timestamp("2026-03-11", tz="UTC")
    assert spring["time"].min() >= pd.Timestamp("2026-03-01", tz="UTC")
    assert spring["time"].max() < edited <= shorter["time"].min()
    assert not set(spring["contact"]) & set(shorter["contact"])
