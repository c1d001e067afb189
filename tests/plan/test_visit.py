"""Visiting a plan: everything in it comes once, in the order of the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args

import pytest

import flowdsl
from flowdsl.plan import plan
from flowdsl.plan.expressions import And, Consent, Counted, EventMatch, Expr, Happened, Not, Send
from flowdsl.plan.visit import Part, conditions, effects, parts, steps, visit

KINDS = tuple(get_args(Part))
FOLDERS = sorted({path.parent for path in Path(flowdsl.__file__).parents[1].glob("examples/*/*.flow")})

TEXT = """
flow "Welcome"
  when member joins program where contact.age > 30
  unless has tag "vip"
  then send email "Hello"
  wait until clicks "Hello" for up to 3 days
  if has tag "a" and not has tag "b"
    then send sms "A"
  otherwise
    then send chat "B" unless has tag "c"
  end
"""


def in_fields(thing: Any) -> Iterator[Any]:
    """An independent walk: every part that stands in any field of a dataclass or in a tuple."""
    if isinstance(thing, tuple):
        for one in thing:
            yield from in_fields(one)
    elif is_dataclass(thing) and not isinstance(thing, type):
        if isinstance(thing, KINDS):
            yield thing
        for each in fields(thing):
            yield from in_fields(getattr(thing, each.name))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_part_of_the_examples_comes_once(folder: Path) -> None:
    """What is reached through the fields of a plan, and nothing else, is visited."""
    whole = flowdsl.load_plan(flowdsl.dump(flowdsl.load(folder)))
    assert Counter(map(id, visit(whole))) == Counter(map(id, in_fields(whole)))


def test_parts_come_in_the_order_of_the_text() -> None:
    """Of everything that has a place in the text, none comes before what stands above it."""
    whole = flowdsl.load_plan(flowdsl.dump(TEXT))
    messages = [send.message for send in parts(whole, Send)]
    assert messages == [send.message for send in effects(whole, Send)] == ["Hello", "A", "B"]
    assert [act.effect for act in steps(whole, plan.Act)] == list(effects(whole, Send))
    assert [tag for one in conditions(whole) for tag in getattr(one, "names", ())] == ["vip", "a", "b", "c"]
    assert [match.events[0] for match in parts(whole, EventMatch)] == ["program.joined", "email.clicked"]


def test_conditions_may_be_as_deep_as_one_likes() -> None:
    """A condition within ten thousand others is found without running out of Python's stack."""
    deep: Expr = Counted(EventMatch(("page.visited",)), "at_least", 1)
    for _ in range(10_000):
        deep = Not(And((deep, Happened())))
    assert [one.events for one in parts(deep, EventMatch)] == [("page.visited",)]
    assert sum(1 for _ in conditions(deep)) == 30_001


def test_a_part_alone_is_visited_too() -> None:
    """A flow, a step or a condition is visited as a whole plan is; what has nothing within it is one part."""
    assert list(visit(Consent("sms"))) == [Consent("sms")]
    flow = flowdsl.load_plan(flowdsl.dump(TEXT)).flows[0]
    assert next(visit(flow)) is flow
    assert [type(one).__name__ for one in visit(flow.enter)] == ["Enter", "OnEvent", "EventMatch", "Compare"]


def test_a_plan_of_many_flows_takes_as_many_steps() -> None:
    """Visiting is linear: a thousand flows have a thousand times as many parts as one, each of them looked at once."""
    one = flowdsl.load_plan(flowdsl.dump(TEXT))
    alone = sum(1 for _ in visit(one.flows[0]))
    many = plan.Plan(one.flows * 1_000)
    assert sum(1 for _ in visit(many)) == 1 + 1_000 * alone
