"""Diagrams: each step is a box with its words, nothing overlaps, branches meet again, and no network is needed."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree

import matplotlib.image
import pandas as pd
import pytest
from hypothesis import given, settings
from programs_at_random import World, worlds

import flowdsl
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.display.diagram import Diagram, diagram
from flowdsl.display.drawing.shapes import Box, Edge, Tag

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


def test_a_campaign_says_that_it_is_one() -> None:
    """In the picture, in its words, in its list and in Mermaid; it has no trigger, and nothing dangles."""
    made = drawn('campaign "Course" paused\n  then send email "Lesson"\n')
    assert "Course (campaign, paused)" in boxes(made)
    assert made.alt == "Course (campaign, paused): 1 step"
    assert "<b>Course</b> (campaign, paused)</p>" in made.listed
    assert 'n1(["Course (campaign, paused)"])' in made.to_mermaid()


def test_ways_say_which_answer_they_are() -> None:
    """Yes, no, and the shares of a split with their names."""
    tags = [item.text for item in drawn(JOURNEY).items if isinstance(item, Tag)]
    assert tags == ["yes", "no", '30% "short"', '70% "holdout"']


def test_an_end_leads_nowhere_and_open_branches_meet() -> None:
    """Below `exit` there is no way; the branch that goes on leads to what comes after the `if`."""
    picture = drawn(JOURNEY, "Offer")
    found, ways = boxes(picture), [item for item in picture.items if isinstance(item, Edge)]
    begins = {way.points[0] for way in ways}
    last = found['exit "lead"']
    assert (last.x + last.width / 2, last.y + last.height) not in begins
    split = found["split"]
    assert any(way.points[-1] == (split.x + split.width / 2, split.y) and way.has_arrow for way in ways)


def test_a_jump_is_a_dashed_way_to_its_label() -> None:
    """It begins beside the jump and ends beside the label, without crossing a box."""
    picture = drawn(JOURNEY, "Offer")
    (way,) = [item for item in picture.items if isinstance(item, Edge) and item.is_dashed]
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
    assert re.sub(' data-node="[^"]*"', "", diagram(again).svg()) == diagram(program).svg()


def test_a_flow_that_is_not_there_is_refused_with_those_that_are() -> None:
    """By its name, before anything is drawn."""
    with pytest.raises(RunError) as told:
        drawn(JOURNEY, "Ofer")
    assert "Offer" in str(told.value)


def test_lines_of_a_box_are_about_as_long_as_each_other() -> None:
    """A text that needs two lines has no single short word on the second."""
    (found,) = [box for box in boxes(drawn(JOURNEY)).values() if box.said.startswith("when client")]
    assert found.lines == ("when client books", "class the 4th time")


# --- with results -----------------------------------------------------------------------------------------------------

SENT = dedent(
    """
    flow "Welcome"
      when member joins program
      unless has tag "no"
      goal buys offer
      wait 2 days
      then send email "Hello" unless has membership
      wait until opened "Hello" for up to 3 days
      if it happened
        then send sms "Come"
        exit "came"
      otherwise if plan is "pro"
        then send chat "Pro"
      otherwise
        split 50% "held"
          50% "sent"
          then send email "Again"
        end
      end
      repeat 2 times
        wait 1 day
        then send push "Ping"
      end

    scenario
      assume 20 new contacts per day join program like the table
      assume contact opens email 40% after about 4 hours
      assume contact buys offer 0.05 per contact per day
    """
)


@pytest.fixture(scope="module")
def results() -> flowdsl.Results:
    """Some hundred runs, some of them under way."""
    people = pd.DataFrame(
        {
            "contact": range(30),
            "membership": [["Gold"] if n % 5 == 0 else [] for n in range(30)],
            "tags": [["no"] if n % 7 == 0 else [] for n in range(30)],
            "plan": ["pro" if n % 3 == 0 else "free" for n in range(30)],
        }
    )
    return flowdsl.simulate(SENT, people, start="2026-01-05", days=30, seed=5)


def numbers(box: Box) -> dict[str, int]:
    """What is written in a box: {"sent": 1204}."""
    parts = (part.split() for part in box.counts.split(" · ") if part)
    return {word: int(number.replace(",", "")) for number, word in parts}


def test_boxes_tell_what_the_tables_tell(results: flowdsl.Results) -> None:
    """Counted again with plain pandas: entered, declined, sent, skipped, waiting, left and ended at each node."""
    found = {box.node: numbers(box) for box in boxes(results.diagram()).values() if box.node}
    runs, actions = results.runs, results.actions
    assert found["start"] == {
        "entered": int((runs["status"] != "declined").sum()), "declined": int((runs["status"] == "declined").sum())
    }  # fmt: skip
    done = actions[actions["status"] == "done"]["step"].astype(str).value_counts()
    skipped = actions[actions["status"] == "skipped"]["step"].astype(str).value_counts()
    for node, counted in found.items():
        assert counted.get("sent", 0) + counted.get("done", 0) == done.get(node, 0), node
        assert counted.get("skipped", 0) == skipped.get(node, 0), node
    waiting = runs[runs["status"] == "pending"]["step"].astype(str).value_counts()
    assert {node: one["waiting"] for node, one in found.items() if "waiting" in one} == waiting.to_dict()
    left = sum(one.get("left", 0) + one.get("ended", 0) for one in found.values())
    assert left == int(runs["status"].isin(["completed", "converted", "exited"]).sum())


def test_nobody_is_lost_on_the_way(results: flowdsl.Results) -> None:
    """The ways of a choice add up to all who came to it: of a question, of an `otherwise if`, of a split."""
    steps = results.funnel().steps.set_index(["step", "arm"])["reached"]
    tags = [item for item in results.diagram().items if isinstance(item, Tag)]
    yes, no, yes_2, no_2, held, sent = (int(tag.count.split()[0].replace(",", "")) for tag in in_order(tags))
    assert yes + no == steps["if", ""]
    assert yes_2 + no_2 == steps["if #2", ""] == no
    assert held + sent == steps["split", ""] == no_2


def in_order(tags: list[Tag]) -> list[Tag]:
    """From the top to the foot, from the left to the right."""
    return sorted(tags, key=lambda tag: (tag.y, tag.x))


def test_counts_alone_are_enough_and_plans_are_drawn_alike(results: flowdsl.Results) -> None:
    """The same numbers of a run that kept no rows, and on the picture of the program itself."""
    people = pd.DataFrame({"contact": range(30), "plan": "pro"})
    keys = {"start": "2026-01-05", "days": 30, "seed": 5}
    full, counts = (flowdsl.simulate(SENT, people, records=kept, **keys) for kept in ("full", "counts"))
    assert full.diagram().svg() == counts.diagram().svg()
    of_text = flowdsl.parse(SENT).diagram(results=full)
    assert [numbers(box) for box in boxes(of_text).values()] == [numbers(box) for box in boxes(full.diagram()).values()]


def test_words_have_the_numbers_of_the_picture(results: flowdsl.Results) -> None:
    """Who does not see the picture reads how many entered, and what was done at each step and on each way."""
    made = results.diagram()
    start = boxes(made)["Welcome"].counts.replace(" · ", "; ")
    assert made.alt.endswith(start)
    for box in boxes(made).values():
        if box.counts and box.node != "start":
            assert f"({box.counts.replace(' · ', ', ')})" in made.listed
    for tag in made.items:
        if isinstance(tag, Tag) and tag.text != "no":  # the way to an `otherwise if` is no line of its own
            assert f"({tag.count})" in made.listed


def test_nodes_are_where_they_are_drawn_and_can_be_lit(results: flowdsl.Results) -> None:
    """Every node of the plan has its place; one that is lit glows, those that nobody came to are dim."""
    made = results.diagram()
    assert {one.id for one in made.nodes} == {node.id for node in results.plan.flows[0].nodes}
    picture = ElementTree.fromstring(made.svg(now=["send Hello"], passed=["start", "wait"]))
    dims = {one.get("data-node"): one.get("opacity") for one in picture.iter() if one.get("data-node")}
    assert dims["send Hello"] is None
    assert dims["wait"] is None
    assert dims["send Pro"] == "0.35"
    assert {one.id for one in made.nodes} == set(dims)  # also the frame around what is repeated


# --- other forms ------------------------------------------------------------------------------------------------------


def test_a_picture_is_saved_as_png(tmp_path: Path, results: flowdsl.Results) -> None:
    """Twice as many pixels as the SVG has, and not blank."""
    made = results.diagram()
    image = matplotlib.image.imread(made.save(tmp_path / "flow.png"))
    assert abs(image.shape[1] - 2 * (made.width + 16)) <= 2
    assert len({tuple(pixel) for pixel in image.reshape(-1, image.shape[2])[::7].tolist()}) > 20


def test_other_formats_are_refused_with_a_way_out(tmp_path: Path) -> None:
    """Nothing is written."""
    with pytest.raises(RunError) as caught:
        drawn(JOURNEY).save(tmp_path / "flow.pdf")
    assert "E814" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_mermaid_has_every_step_and_every_way() -> None:
    """Each node once, quotes and angle brackets escaped, jumps dashed."""
    text = drawn(JOURNEY, "Offer").to_mermaid()
    assert text.startswith("flowchart TD\n")
    assert text.count("send email #quot;Try #lt;it#gt; & see#quot;") == 1
    assert "-.->" in text
    nodes = [line.split()[0] for line in text.splitlines()[1:] if "-->" not in line and "-.->" not in line]
    assert all(re.match(r"n\d+\W", one) for one in nodes)


def test_steps_are_a_list_for_who_does_not_see_the_picture() -> None:
    """Nested as they are in the program, in HTML that needs no style."""
    html = drawn(JOURNEY, "Offer")._repr_html_()
    listed = ElementTree.fromstring(f"<div>{html.split('</summary>')[1].split('</details>')[0]}</div>")
    said = [item.text for item in listed.iter("li")]
    assert 'send email "Try <it> & see"' in said
    assert "if it happened" in said
