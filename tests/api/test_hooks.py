"""Hooks: what was made in one process can be shown in another one, where nothing has been loaded before."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import flowdsl
from flowdsl import hooks

TEXT = 'flow "Welcome"\n  when member joins program wait 3 days then send chat "Hello"'
PEOPLE = pd.DataFrame({"contact": ["ann", "bob"]})
JOINS = pd.DataFrame({"time": "2026-01-05 09:00", "contact": ["ann", "bob"], "event": "joins program"})


def in_a_new_process(script: str, path: Path) -> str:
    """What a script prints; it has the path of a pickled object as its argument."""
    call = [sys.executable, "-c", f"import pickle, sys; it = pickle.load(open(sys.argv[1], 'rb'))\n{script}", str(path)]
    return subprocess.run(call, check=True, capture_output=True, text=True).stdout


def test_a_pickled_program_can_be_shown(tmp_path: Path) -> None:
    """Its diagram, what a notebook shows of it, and a message of it."""
    (tmp_path / "program").write_bytes(pickle.dumps(flowdsl.parse(TEXT)))
    script = (
        "print(it.diagram().alt, list(it._repr_mimebundle_()), it.preview('Hello', {'first_name': 'Ann'}), sep='|')"
    )
    alt, kinds, message = in_a_new_process(script, tmp_path / "program").split("|")
    assert alt == "Welcome: when member joins program; 2 steps"
    assert kinds == "['text/html', 'text/plain']"
    assert message.startswith('chat "Hello"')


def test_pickled_results_can_be_shown(tmp_path: Path) -> None:
    """Diagram, story, picture and HTML."""
    results = flowdsl.simulate(TEXT, PEOPLE, events=JOINS, days=7, engine="simpy")
    (tmp_path / "results").write_bytes(pickle.dumps(results))
    script = "print(it.diagram().alt, it.story('ann'), type(it.plot()).__name__, it._repr_html_()[:4], sep='|')"
    alt, story, plot, html = in_a_new_process(script, tmp_path / "results").split("|")
    assert alt.endswith("2 entered")
    assert story == results.story("ann")
    assert plot == "Picture"
    assert html.startswith("<")


@pytest.mark.parametrize("name", [name for name in hooks.TARGETS if name != "error.not_installed"])
def test_every_hook_leads_somewhere(name: str) -> None:
    """Each name stands for a function or class that there is."""
    assert callable(hooks.target(name))


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the package and how to install it, and is no ModuleNotFoundError."""
    monkeypatch.setitem(hooks.TARGETS, "results.play", "package_that_is_not_there.play:Player")
    results = flowdsl.simulate(TEXT, PEOPLE, events=JOINS, days=7, engine="simpy")
    with pytest.raises(flowdsl.RunError) as caught:
        results.play("ann")
    [diagnostic] = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.words) == ("E754", "package_that_is_not_there")
    assert "flowdsl[notebook]" in diagnostic.example
