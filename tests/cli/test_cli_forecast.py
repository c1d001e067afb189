"""The command `forecast`: what it prints, writes and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

import flowdsl
from flowdsl.cli.commands import app

HELLO = """
flow "Hello"
  when contact joins program
  then send email "Hello"
  wait 1 day
  then send sms "Soon"
scenario "As a rule"
  assume 20 new contacts per day join program
scenario "Quiet"
  assume 1 new contacts per day join program
"""
ASKED = ("forecast", "hello.flow", "--contacts", "people.csv", "--start", "2026-01-05", "--days", "6")
RULE = (*ASKED, "--scenario", "As a rule", "--replications", "19")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a program and contacts."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hello.flow").write_text(HELLO)
    (tmp_path / "people.csv").write_text("contact\nann\nbob\n")
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_the_headline_and_the_totals_are_printed() -> None:
    """What is printed is what the verb gives, as text."""
    said = run(*RULE)
    options = {"scenario": "As a rule", "start": "2026-01-05", "days": 6, "replications": 19}
    assert said.exit_code == 0
    assert said.stdout.strip() == str(flowdsl.forecast(HELLO, "people.csv", **options)).strip()


def test_tables_are_written(folder: Path) -> None:
    """--out writes the tables; with prices what it costs, as CSV or Parquet."""
    assert "written: out/forecast.csv, out/totals.csv" in run(*RULE, "--out", "out", "--by", "channel").stdout
    found = pd.read_csv(folder / "out" / "forecast.csv")
    assert list(found.columns[:3]) == ["date", "channel", "mean"]
    assert len(found) == 12
    priced = ("--price", "sms=0.05", "--price", "email=0.001", "--tables", "parquet", "--every", "week", "--by", "")
    run(*RULE, "--out", "more", *priced)
    costs = pd.read_parquet(folder / "more" / "cost_totals.parquet")
    assert costs["mean"].iloc[0] == pytest.approx(100 * 0.05, rel=0.2)
    assert sorted(path.stem for path in (folder / "more").glob("*.parquet")) == [
        "cost",
        "cost_totals",
        "forecast",
        "totals",
    ]


def test_pictures_are_drawn(folder: Path) -> None:
    """--plot draws the fan as PNG, SVG or PDF, in place of what was there."""
    (folder / "fan.svg").write_text("old")
    assert "written: fan.svg" in run(*RULE, "--plot", "fan.svg").stdout
    assert (folder / "fan.svg").read_text(encoding="utf-8").lstrip().startswith("<?xml")
    run(*RULE, "--plot", "pictures/fan.PNG")
    assert (folder / "pictures" / "fan.PNG").read_bytes().startswith(b"\x89PNG")


def test_machines_get_one_document() -> None:
    """--format json has how it was made, totals and rows."""
    document = json.loads(run(*RULE, "--format", "json", "--level", "0.5", "--seed", "3").stdout)
    assert (document["ok"], document["replications"], document["seed"], document["level"]) == (True, 19, 3, 0.5)
    assert len(document["rows"]) == 12
    assert document["rows"][0]["date"] == "2026-01-05T00:00"
    assert document["totals"][0]["message"] == "Hello"


def test_what_is_wrong_is_told_without_a_traceback() -> None:
    """Diagnostics of options, prices and files end with their reason and an exit code."""
    for words, said in (
        (("--replications", "5"), "E724"),
        (("--replications", "many"), "E707"),
        (("--by", "colour"), "E707"),
        (("--price", "sms=cheap"), "no price"),
        (("--plot", "fan.docx"), ".png"),
        (("--tables", "xlsx"), "neither csv nor parquet"),
        (("--scenario", "Loud"), "E705"),
    ):
        done = run(*RULE, *words)
        assert done.exit_code in (1, 2)
        assert said in done.stderr
        assert isinstance(done.exception, SystemExit)
