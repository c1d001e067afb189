"""Both engines take each step as plan/step_kinds.py describes it, and change the same things at the same step."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from typing import get_args

import pytest
from lives import Row, on, setting_of
from programs_at_random import world_at_random
from watched_steps import Visit, Visits, outcomes_of, watch_compiled, watch_machine

from flowdsl.plan import plan
from flowdsl.plan.expressions import Effect
from flowdsl.plan.step_kinds import NODES, STEP_KINDS
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.contact_process import make_context
from flowdsl.sim.fast import layout

WORLDS = 400 if os.environ.get("SOAK") else 24

# What random worlds seldom contain. A run may stand at each kind of action while its flow is paused, send after a slot
# has come to a paused flow, wait for an answer to a message that was skipped, or take itself out of its campaign.
PAUSED = """
flow "F" when member joins program wait 1 day then {action}
flow "Other" when contact buys offer then add tag "t"
scenario at day 2 pause flow "F" at day 4 resume flow "F"
"""
ACTIONS = (
    'send email "A"', 'add tag "t"', 'set plan to "pro"', 'start flow "Other"', 'stop flow "Other"', 'do "thing"',
)  # fmt: skip
CORNERS = (
    *(PAUSED.format(action=action) for action in ACTIONS),
    *(f'flow "F" when member joins program then {action} unless has tag "vip"\n'
      'flow "Other" when contact buys offer then add tag "t"' for action in ACTIONS),
    """
    workspace capacity email 1 per hour
    flow "F" when member joins program then send email "A" then send email "B"
    scenario at day 1 at 10:30 pause flow "F" at day 2 resume flow "F"
    """,
    'when member joins program then send email "A" then wait until clicked "A" for up to 2 days then send email "B"',
    'when member joins program only between 20:00 and 22:00 then send email "A"',
    'when member joins program then add tag "t" wait until has tag "t" for up to 2 days then send email "B"',
    'when member joins program wait 0 hours then wait 0 days at 09:00 then send email "A"',
    """
    flow "F" when member joins program then subscribe to campaign "C"
    campaign "C" then send email "A" then unsubscribe from campaign "C" then send email "B"
    """,
)  # fmt: skip
PEOPLE: list[Row] = [
    {"contact": "ann", "can_email": False, "tags": "vip"},
    {"contact": "bob", "can_email": True, "tags": ""},
]


@cache
def _random(seed: int) -> SimulationConfig:
    world = world_at_random(seed)
    return setting_of(world.program, world.events, world.contacts, objects=world.objects, days=45, seed=seed % 5)


@cache
def _corner(number: int) -> SimulationConfig:
    joins = [on("2026-01-05 10:00", "joins program", "X", contact=str(one["contact"])) for one in PEOPLE]
    return setting_of(CORNERS[number], joins, PEOPLE, start="2026-01-05", days=20)


def _check(config: SimulationConfig) -> set[tuple[str, str]]:
    """Both engines take the same steps with the same effects, as described; gives the outcomes that were seen."""
    ready, reference, compiled = make_context(config).ready, watch_machine(config), watch_compiled(config)
    assert reference == compiled  # step by step
    seen = set()
    for visit in _all(reference):
        kind, outcomes = outcomes_of(ready, visit)
        assert outcomes, f"{kind.name}: {visit} is not described"
        seen.add((kind.name, outcomes[0].name))
    return seen


def _all(visits: Visits) -> list[Visit]:
    return [visit for many in visits.values() for visit in many]


@pytest.mark.parametrize("seed", range(WORLDS))
def test_both_engines_take_the_same_steps_as_described(seed: int) -> None:
    """Step by step, in random worlds: the next step, the rest or end of the run, its rows, and all that changes."""
    _check(_random(seed))


def test_each_outcome_that_is_described_is_seen_in_both_engines() -> None:
    """Nothing is described that neither engine does. No engine takes `enter` as a step: a run begins behind it."""
    seen = set().union(*(_check(_corner(number)) for number in range(len(CORNERS))))
    seen |= set().union(*(_check(_random(seed)) for seed in range(24)))
    described = {(kind.name, one.name) for kind in STEP_KINDS for one in kind.outcomes if kind.node is not plan.Enter}
    assert described - seen == set()


def test_a_step_that_does_more_than_it_should_is_noticed() -> None:
    """A change, a reason or a way that the description does not know."""
    config = _corner(0)
    ready, (visit, *_) = make_context(config).ready, _all(watch_machine(config))
    assert outcomes_of(ready, visit)[1]
    for wrong in (
        replace(visit, changed=visit.changed | {"asked"}),
        replace(visit, changed_of_contact=frozenset({"sets"})),
        replace(visit, row=("skipped", "cap too many")),
        replace(visit, to=7),
        replace(visit, arm=0),
        replace(visit, ended=("completed", "")),
    ):
        assert outcomes_of(ready, wrong)[1] == []


def test_every_kind_of_step_is_described_once() -> None:
    """All nodes, waits and actions of the plan; the compiled engine numbers the nodes in the same order."""
    assert set(NODES) == set(get_args(plan.Node))
    parts = [kind.part for kind in STEP_KINDS if kind.part]
    assert sorted(map(str, parts)) == sorted(map(str, (*get_args(plan.Until), *get_args(Effect))))
    assert [getattr(layout, node.__name__.upper()) for node in NODES] == [*range(len(NODES))]


def test_the_compiled_engine_knows_every_text_that_is_described() -> None:
    """Reasons and modes are numbers there."""
    texts = {text for kind in STEP_KINDS for one in kind.outcomes for text in (*one.reasons, one.mode)}
    assert texts - {"…"} <= set(layout.FIXED)
    assert {one.status for kind in STEP_KINDS for one in kind.outcomes} <= set(layout.STATUSES)
