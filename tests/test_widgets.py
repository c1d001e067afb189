"""Widgets: they are turned here as hands would turn them, without a browser; what they show is what results tell."""

from __future__ import annotations

import re
import sys
from base64 import b64decode
from collections.abc import Iterator

import pandas as pd
import pytest

import flowdsl
from flowdsl.errors import DataError, RunError
from flowdsl.notebook.widgets import offers

PROGRAM = """
flow "Welcome"
  when member joins program
  wait 2 days
  then send email "Hello"
  wait until opened "Hello" for up to 3 days
  if it happened
    then send sms "Come"
  end

scenario
  assume contact opens email 50% after 4 hours
"""


@pytest.fixture(autouse=True)
def notebook() -> Iterator[None]:
    """A notebook is at hand."""
    offers.load()
    yield
    offers.unload()


@pytest.fixture(scope="module")
def results() -> flowdsl.Results:
    people = pd.DataFrame({"contact": [f"c{n}" for n in range(20)]})
    joins = pd.DataFrame({"time": "2026-01-05 09:00", "contact": people["contact"], "event": "joins program"})
    return flowdsl.simulate(PROGRAM, people, events=joins, days=14)


def picture(html: str) -> str:
    """The SVG in an image."""
    found = re.search(r"base64,([^\"]+)", html)
    assert found
    return b64decode(found[1]).decode()


def glowing(svg: str) -> list[str]:
    """The nodes that are lit up, by what glows around them."""
    return re.findall(r'data-node="([^"]+)"[^>]*><title>[^<]*</title><rect[^>]*fill="#fb8f44"', svg)


# --- play -------------------------------------------------------------------------------------------------------------


def test_a_story_is_stepped_through_forward_and_back(results: flowdsl.Results) -> None:
    """Each scene is a line of the story, and lights up the step that it tells of."""
    player = results.play("c3")
    told = [line.split("  (")[0] for line in results.story("c3").splitlines()[2:] if line]
    shown, lit = [], []
    for step in range(len(player.scenes)):
        assert player.step == step
        shown.append(f"{player.scene.line.time}  {player.scene.line.text}")
        lit += glowing(picture(player.picture.value))
        assert player.scene.line.text.split('"')[0].replace("'", "&#x27;") in player.now.value
        player.buttons["forward"].click()
    assert [line.rstrip() for line in told] == shown
    assert lit[:3] == ["start", "wait", "wait"]
    assert lit[-1] == "end"
    player.go("first")
    assert (player.step, player.buttons["back"].disabled) == (0, True)


def test_what_is_to_come_is_pale_and_what_nobody_came_to_dim(results: flowdsl.Results) -> None:
    """At the beginning everything is still to come."""
    player = results.play("c3")
    assert player.story.value.count("opacity: 0.4") == len(player.scenes) - 1
    assert 'data-node="send Hello" opacity="0.35"' in picture(player.picture.value)
    player.go("last")
    assert "opacity: 0.4" not in player.story.value
    assert 'data-node="send Hello" opacity' not in picture(player.picture.value)


def test_another_contact_can_be_asked_for(results: flowdsl.Results) -> None:
    """From its beginning; one that is not there is said to be so, in place."""
    player = results.play("c3")
    player.go("last")
    player.contact.value = "c4"
    assert player.step == 0
    assert player.scenes
    player.contact.value = "nobody"
    assert "nobody" in player.now.value
    assert player.scene is None


def test_somebody_interesting_is_chosen(results: flowdsl.Results) -> None:
    """One who opened the message, since more happens to those."""
    opened = results.records[results.records["action"] == "email.opened"]["contact"].astype(str)
    assert results.play().contact.value in set(opened)


def test_what_cannot_be_played_is_refused(results: flowdsl.Results) -> None:
    """A flow that is not there; a run that kept counts alone; a script in which no notebook is loaded."""
    with pytest.raises(RunError):
        results.play("c3", "Nothing")
    people = pd.DataFrame({"contact": ["a"]})
    counts = flowdsl.simulate(PROGRAM, people, start="2026-01-05", days=3, records="counts")
    with pytest.raises((RunError, DataError)):
        counts.play()
    offers.unload()
    with pytest.raises(RunError) as caught:
        results.play("c3")
    assert "%load_ext flowdsl" in caught.value.diagnostics[0].example


# --- zoom -------------------------------------------------------------------------------------------------------------


def test_a_diagram_can_be_looked_at_nearer(results: flowdsl.Results) -> None:
    """The widget has the picture; without its kernel the picture is left, with its steps."""
    made = results.diagram()
    widget = made.zoom()
    assert widget.svg == made.svg()
    assert made._repr_html_() in str(widget._repr_mimebundle_())


def test_without_the_packages_it_is_said_what_to_install(
    results: flowdsl.Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No traceback of an import."""
    for name in [one for one in sys.modules if one.startswith(("anywidget", "flowdsl.notebook.widgets.zoom"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(RunError) as caught:
        results.diagram().zoom()
    assert 'pip install "flowdsl[notebook]"' in caught.value.diagnostics[0].example
