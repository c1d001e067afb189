"""Widgets: they are turned here as hands would turn them, without a browser; what they show is what results tell."""

from __future__ import annotations

import re
import sys
from base64 import b64decode
from typing import Any

import pandas as pd
import pytest

import flowdsl
from flowdsl.diagnostics.diagnostic import DataError, RunError

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
    """A flow that is not there; a run that kept counts alone."""
    with pytest.raises(RunError):
        results.play("c3", "Nothing")
    people = pd.DataFrame({"contact": ["a"]})
    counts = flowdsl.simulate(PROGRAM, people, start="2026-01-05", days=3, records="counts")
    with pytest.raises((RunError, DataError)):
        counts.play()


def test_of_a_long_flow_the_part_is_shown_where_the_contact_is() -> None:
    """A screen of it, with the lit step inside; a short flow is shown whole."""
    steps = "\n".join(f'wait 1 hour then send email "M{n}"' for n in range(30))
    people = pd.DataFrame({"contact": ["a"]})
    joins = pd.DataFrame({"time": "2026-01-05 09:00", "contact": ["a"], "event": "joins program"})
    player = flowdsl.simulate(f"when member joins program\n{steps}", people, events=joins, days=4).play("a")
    places = {one.id: one for one in player.results.diagram().nodes}
    for step in (0, 40, len(player.scenes) - 1):
        player.step = step
        found = re.search(r'viewBox="0 (\S+) \S+ (\S+)"', picture(player.picture.value))
        assert found
        top, height = float(found[1]), float(found[2])
        place = places[player.scene.node]
        assert top <= place.y
        assert place.y + place.height <= top + height + 1
        assert height == 760


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


# --- explore ----------------------------------------------------------------------------------------------------------

TURNED = """
param pause 2 days
flow "Welcome"
  when contact joins program
  wait pause
  then send email "Hello"
  split 50% "held"
    50% "sent"
    wait 1 day
    then send sms "Again"
  end

scenario "As is"
  assume 10 new contacts per day join program
  assume contact opens email 30% to 40% after about 4 hours
"""
NOBODY = pd.DataFrame({"contact": range(20)})
TIMES = {"start": "2026-01-05", "days": 14}


@pytest.fixture
def explorer() -> Any:
    return flowdsl.explore(flowdsl.parse(TURNED), NOBODY, **TIMES)


def test_every_number_of_a_program_is_a_slider(explorer: Any) -> None:
    """Params, waits, shares of splits, rates and probabilities; a number in doubt has two handles."""
    assert {name: slider.value for name, slider in explorer.sliders.items()} == {
        "pause": 2, 'split 50% "held"': 50, "wait 1 day": 1, "new contacts join program": 10, "opens email": (30, 40),
    }  # fmt: skip


def test_what_is_turned_is_what_is_forecast(explorer: Any) -> None:
    """As the verb forecasts the program that the explorer shows, same seed; the headline and the copied text follow."""
    explorer.set("pause", 5)
    explorer.set('split 50% "held"', 80)
    explorer.sliders["new contacts join program"].value = 20
    assert explorer.values == {"pause": 5, 'split 50% "held"': 80, "new contacts join program": 20}
    assert explorer.text == explorer.copy.text
    assert "param pause 5 days" in explorer.text
    assert '80% "held"' in explorer.text
    assert '20% "sent"' in explorer.text
    told = {"replications": 9, "level": 0.8, "by": ("channel",), **TIMES}
    other = flowdsl.forecast(flowdsl.parse(explorer.text), NOBODY, **told)
    pd.testing.assert_frame_equal(explorer.forecast.to_frame(), other.to_frame())
    mean = other.regroup(by=()).totals()["mean"].iloc[0]
    assert f"{mean:,.0f}" in explorer.headline.value


def test_turning_back_gives_the_program_as_it_was(explorer: Any) -> None:
    before = explorer.text, explorer.headline.value
    explorer.set("opens email", (10, 90))
    explorer.buttons["reset"].click()
    assert explorer.values == {}
    assert (explorer.text, explorer.headline.value) == before


def test_two_variants_stand_side_by_side(explorer: Any) -> None:
    """The difference is that of `compare`, pair by pair; two pictures are shown."""
    explorer.buttons["keep as A"].click()
    kept = explorer.text
    explorer.set("pause", 7)
    both = {"A": flowdsl.parse(kept), "now": flowdsl.parse(explorer.text)}
    told = {"replications": 9, "level": 0.8, "by": ("channel",), **TIMES}
    wanted = flowdsl.compare(both, NOBODY, **told).totals()
    pd.testing.assert_frame_equal(explorer.comparison.totals(), wanted)
    assert explorer.fan.value.count("<img") == 2
    assert "now less A" in explorer.compared.value


def test_programs_that_cannot_be_are_refused_before_anything_shows() -> None:
    with pytest.raises(flowdsl.ProgramError):
        flowdsl.explore("when member joins program then sen chat", NOBODY, **TIMES)


# --- a forecast from all sides ----------------------------------------------------------------------------------------


def test_groups_periods_and_intervals_are_chosen() -> None:
    """What is shown is the same forecast, grouped anew; levels that need more replications are not offered."""
    forecast = flowdsl.forecast(TURNED, NOBODY, replications=19, **TIMES)
    futures = forecast.explore()
    futures.group.value, futures.every.value, futures.level.value = "channel", "week", 0.5
    wanted = flowdsl.forecast(TURNED, NOBODY, replications=19, level=0.5, by="channel", every="week", **TIMES)
    pd.testing.assert_frame_equal(futures.chosen.to_frame(), wanted.to_frame())
    assert "prediction from" in futures.table.value
    futures.interval.value = "mean"
    assert "prediction from" not in futures.table.value
    assert [level for _, level in futures.level.options] == [0.5, 0.8, 0.9]
