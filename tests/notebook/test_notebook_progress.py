"""Bars: they show to people only and after a while, move in one place, and leave one line; so does the stop button."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from shells import run, shell

from flowdsl.notebook import progress

PEOPLE = """
import flowdsl, pandas as pd
people = pd.DataFrame({"contact": range(1200)})
program = flowdsl.parse('''
flow "Offer"
  when contact visits page
  then send email "Offer"
scenario
  assume contact visits page 1 per contact per week
''')
asked = {"start": "2026-01-05", "days": 7, "engine": "simpy"}
"""


@pytest.fixture(name="ip")
def _ip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A shell in front of which somebody sits who has no patience."""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "MOVES", 0.0)
    with shell(tmp_path) as one:
        one.kernel = SimpleNamespace(_allow_stdin=True)
        run(one, PEOPLE)
        yield one


def shown(ip: InteractiveShell, cell: str) -> list[tuple[str, bool]]:
    """What a cell displays: texts, and whether each takes the place of the one before."""
    with capture_output() as captured:
        ip.run_cell(cell, store_history=True)
    return [(output.data["text/plain"], output.update) for output in captured.outputs]


@pytest.mark.parametrize("verb", ["simulate", "forecast"])
def test_long_work_moves_a_bar_and_leaves_one_line(ip: InteractiveShell, verb: str) -> None:
    """Each move takes the place of the one before."""
    more = ", replications=19" if verb == "forecast" else ""
    moves = shown(ip, f"found = flowdsl.{verb}(program, people, **asked{more})")
    assert [update for _, update in moves] == [False] + [True] * (len(moves) - 1)
    name = {"simulate": "simulation", "forecast": "forecast"}[verb]
    assert moves[0][0].startswith(f"{name}: ")
    assert moves[-1][0].startswith(f"{name} done in ")
    assert len(moves) > 2


def test_everything_that_one_cell_does_shares_a_place(ip: InteractiveShell) -> None:
    """A loop over simulations leaves one line; the next cell has a bar of its own."""
    cell = "for seed in range(3): flowdsl.simulate(program, people, seed=seed, **asked)"
    assert [update for _, update in shown(ip, cell)].count(False) == 1
    assert [update for _, update in shown(ip, cell)].count(False) == 1


def test_short_work_shows_nothing(ip: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar that comes and goes at once would only flicker."""
    monkeypatch.setattr(progress, "PATIENCE", 60.0)
    assert shown(ip, "found = flowdsl.simulate(program, people, **asked)") == []


def test_programs_that_run_notebooks_see_no_bar(ip: InteractiveShell) -> None:
    """nbconvert, nbclient and nbval say that nobody can be asked; nothing of a bar gets into what they write."""
    ip.kernel = SimpleNamespace(_allow_stdin=False)
    assert shown(ip, "found = flowdsl.simulate(program, people, **asked)") == []


def test_a_callback_of_ones_own_takes_the_place_of_the_bar(ip: InteractiveShell) -> None:
    """`progress=` is told as ever."""
    assert shown(ip, "told = []\nfound = flowdsl.simulate(program, people, progress=told.append, **asked)") == []
    assert float(ip.user_ns["told"][-1]) == 1.0


def test_the_stop_button_leaves_one_line(ip: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> None:
    """How far it was, and nothing of the rooms of the engine; code that catches KeyboardInterrupt still does."""

    def pressed(*about: Any) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(progress.ShellScreen, "is_watched", pressed)
    seen = run(ip, "found = flowdsl.simulate(program, people, **asked)")
    assert isinstance(seen.error, KeyboardInterrupt)
    assert seen.text.strip().startswith("simulation stopped after")
    assert "% was done" in seen.text
    assert len(seen.text.strip().splitlines()) == 1


def test_diagnostics_leave_no_bar(ip: InteractiveShell) -> None:
    """A simulation that cannot begin shows its diagnostic alone."""
    seen = run(ip, "flowdsl.simulate(program, people, start='soon')")
    assert "E702" in seen.text
    assert "simulation" not in seen.text.partition("error")[0]
