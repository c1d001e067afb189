"""Diagrams: each step is a box with its words, nothing overlaps, branches meet again, and no network is needed."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from programs_at_random import World, worlds

import flowdsl
from flowdsl.errors import RunError
from flowdsl.show.diagram import Diagram, diagram
from flowdsl.show.diagram.pieces import Box, Tag, Way

JOURNEY = dedent(
    """
    flow "Offer"
      when client books class the 4th time
      limit once per contact
      goal buys membership
      wait 3 days at 09:00
      then send email "Try <it> & see"
      wait until clicked "Try <it> & see" for up to 7 days
      if it happened
        then create lead "Discovery"
        exit "lead"
      otherwise send sms "Last days"
        label "Again"
        wait 2 days
        go to "Again" at most 3 times
      end
      split 30% "short" then send chat "Short" 70% "holdout" end
      repeat 2 times
        wait 1 day
        then send push "Reminder"
      end

    flow "Old" paused
      when member joins program
      then send chat
    """
)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(text: str, flow: str = "") -> Diagram:
    """The diagram of a program in words."""
    made: Diagram = flowdsl.parse(text).diagram(flow)
    return made


def boxes(of: Diagram) -> dict[str, Box]:
    """Its boxes by what they say."""
    return {item.said: item for item in of.items if isinstance(item, Box)}


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes cover some of the same ground."""
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    return not beside and not (one.y + one.height <= other.y or other.y + other.height <= one.y)


def test_every_step_is_a_box_with_its_words_and_kind() -> None:
    """Names, triggers, rules, waits, questions, messages, jumps and ends."""
    found = {said: box.kind for said, box in boxes(drawn(JOURNEY)).items()}
    assert found == {
        "Offer": "flow",
        "when client books class the 4th time": "trigger",
        "limit once per contact; goal buys membership": "rules",
        "wait 3 days at 09:00": "wait",
        'send email "Try <it> & see"': "send",
        'wait until clicked "Try <it> & see" for up to 7 days': "wait",
        "it happened?": "if",
        'create lead "Discovery"': "action",
        'exit "lead"': "end",
        'send sms "Last days"': "send",
        'label "Again"': "label",
        "wait 2 days": "wait",
        'go to "Again" at most 3 times': "jump",
        "split": "split",
        'send chat "Short"': "send",
        "wait 1 day": "wait",
        'send push "Reminder"': "send",
        "end": "end",
        "Old (paused)": "paused",
        "when member joins program": "trigger",
        "send chat": "send",
    }


def test_ways_say_which_answer_they_are() -> None:
    """Yes, no, and the shares of a split with their names."""
    tags = [item.text for item in drawn(JOURNEY).items if isinstance(item, Tag)]
    assert tags == ["yes", "no", '30% "short"', '70% "holdout"']


def test_an_end_leads_nowhere_and_open_branches_meet() -> None:
    """Below `exit` there is no way; the branch that goes on leads to what comes after the `if`."""
    picture = drawn(JOURNEY, "Offer")
    found, ways = boxes(picture), [item for item in picture.items if isinstance(item, Way)]
    begins = {way.points[0] for way in ways}
    last = found['exit "lead"']
    assert (last.x + last.width / 2, last.y + last.height) not in begins
    split = found["split"]
    assert any(way.points[-1] == (split.x + split.width / 2, split.y) and way.has_arrow for way in ways)


def test_a_jump_is_a_dashed_way_to_its_label() -> None:
    """It begins beside the jump and ends beside the label, without crossing a box."""
    picture = drawn(JOURNEY, "Offer")
    (way,) = [item for item in picture.items if isinstance(item, Way) and item.is_dashed]
    jump, label = (boxes(picture)[said] for said in ('go to "Again" at most 3 times', 'label "Again"'))
    assert way.points[0][1] == jump.y + jump.height / 2
    assert way.points[-1][1] == label.y + label.height / 2


@given(worlds())
@settings(max_examples=40)
def test_nothing_overlaps_and_all_is_inside(world: World) -> None:
    """Of any program: no two boxes cover each other, and all lie within the picture."""
    picture = diagram(flowdsl.parse(world.program))
    found = [item for item in picture.items if isinstance(item, Box)]
    assert not [(one.said, other.said) for one, other in combinations(found, 2) if overlap(one, other)]
    for box in found:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= picture.width + 0.01
        assert box.y + box.height <= picture.height + 0.01
    ElementTree.fromstring(picture.svg())


def test_the_picture_is_whole_in_itself(tmp_path: Path) -> None:
    """SVG that any reader of XML takes, texts escaped, nothing fetched, and words for those who hear it."""
    picture = drawn(JOURNEY)
    path = picture.save(tmp_path / "flow.svg")
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    assert root.attrib["aria-label"].startswith("Offer: when client books class the 4th time; ")
    texts = "".join(node.text or "" for node in root.iter(f"{SVG}text"))
    assert "Try <it> & see" in texts
    assert "http" not in path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    html = picture._repr_html_()
    assert "<script" not in html
    assert "data:image/svg+xml;base64," in html
    assert "wait 3 days at 09:00" in html  # the list of steps, for whoever does not see


def test_a_plan_has_the_same_picture_as_its_text() -> None:
    """What comes back from the runtime JSON is drawn alike."""
    words = JOURNEY.replace("client", "contact").replace("member ", "contact ").replace("goal buys", "goal bought")
    program = flowdsl.parse(words)  # as a plan says it, which does not know who its text called a client
    again = flowdsl.load_plan(flowdsl.dump(program))
    assert diagram(again).svg() == diagram(program).svg()


def test_a_flow_that_is_not_there_is_refused_with_those_that_are() -> None:
    """By its name, before anything is drawn."""
    with pytest.raises(RunError) as told:
        drawn(JOURNEY, "Ofer")
    assert "Offer" in str(told.value)
