"""What must hold of every program: rows do not hang on order, groups or memory, and every attempt leaves one row."""

from __future__ import annotations

from itertools import pairwise

import rules_kept
from hypothesis import assume, given, settings
from lives import frozen_between_wakes, on, rows_of, setting_of
from programs_at_random import World, worlds

from flowdsl.sim import simpy_engine as engine
from flowdsl.sim.config import SimulationConfig


def made(world: World, **options: int) -> SimulationConfig:
    """The setting of a random program."""
    return setting_of(world.program, world.events, world.contacts, objects=world.objects, days=45, **options)


@given(worlds())
@settings(max_examples=25)
def test_a_life_does_not_hang_on_who_else_lives_nor_on_memory(world: World) -> None:
    """Contacts in another order, one at a time, and put away as JSON before every wake: the same rows.

    Traced for a story, too: the steps come besides, nothing else changes. Capacity alone joins contacts.
    """
    assume("capacity" not in world.program)
    config = made(world)
    rows = rows_of(config)
    other = setting_of(world.program, world.events, world.contacts[::-1], objects=world.objects[::-1], days=45)
    assert rows_of(other) == rows
    for position, contact in enumerate(config.tables.contacts.ids):
        assert frozen_between_wakes(config, position) == rows[contact]
        traced = engine.trace(config, position)
        assert [row for row in traced if row.kind != "step"] == rows[contact]


@given(worlds())
@settings(max_examples=25)
def test_every_rule_is_kept(world: World) -> None:
    """One row an attempt, runs that start and end once, limits, switches, consent, windows, caps: see rules_kept.py."""
    config = made(world)
    for contact, rows in rows_of(config).items():
        rules_kept.check(config, contact, rows)


def _many(seed: int = 0, replication: int = 0) -> SimulationConfig:
    program = """
        flow "F"
          when contact joins program
          goal buys offer
          split 50% "a" then send email "A" 50% "b" then send email "B" end
          wait until clicked "A" or clicked "B" for up to 3 days
          if it happened then add tag "keen" end
        scenario
          assume contact opens email 50% after about 4 hours
          assume contact clicks email 50% of opening it within 2 days
          assume contact buys offer "O" 0.5 per contact per week
    """
    people = [{"contact": f"c{number}"} for number in range(20)]
    rows = [on(f"2026-01-{5 + number % 7:02}", "joins program", contact=f"c{number}") for number in range(20)]
    return setting_of(program, rows, people, days=30, seed=seed, replication=replication)


def test_equal_keys_give_equal_rows_and_other_keys_others() -> None:
    """The same seed and replication again: the same; another seed or another replication: not."""
    first = rows_of(_many())
    assert rows_of(_many()) == first
    assert rows_of(_many(seed=1)) != first
    assert rows_of(_many(replication=1)) != first


def test_a_replication_changes_answers_and_not_splits() -> None:
    """Who gets which arm is the sender's doing; what contacts do is the world's."""
    one, two = rows_of(_many()), rows_of(_many(replication=1))
    sends = {name: [row.name for row in rows if row.action == "send"] for name, rows in one.items()}
    assert sends == {name: [row.name for row in rows if row.action == "send"] for name, rows in two.items()}


@given(worlds())
@settings(max_examples=10)
def test_capacity_changes_when_messages_go_and_loses_none(world: World) -> None:
    """With a slow server for e-mail every run and action still has its row, and sends keep the spacing."""
    program = world.program.replace("workspace", "workspace capacity email 1 per minute", 1)
    config = setting_of(program, world.events, world.contacts, objects=world.objects, days=45)
    rows = rows_of(config)
    for contact, life in rows.items():
        rules_kept.check(config, contact, life)
    sends = sorted(r.time for life in rows.values() for r in life if r.channel == "email" and r.status == "done")
    assert all(later - earlier >= 60_000 for earlier, later in pairwise(sends))
