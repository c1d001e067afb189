"""The machine against a naive twin (naive.py) that shares no line with it: the same rows, in the same order."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from lives import on, rows_of, setting_of
from naive import IDS, LIMITS, NaiveFlow, NaiveLife, Row, Step, text

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 12
HOUR = 3_600_000
EVENTS = [*IDS]
ACTIONS: list[Step] = [("send", "L", 0), ("send", "M", 0), ("add", "a", 0), ("add", "b", 0), ("remove", "a", 0)]
# A plan takes no notice of events that it does not speak of; the naive twin hears everything, so this speaks of all.
LISTENER = """
flow "Listener"
  when client buys offer or when contact joins program or when contact gets tag or when contact loses tag
  then do "nothing"
"""


def flow_at_random(random: Random, name: str) -> NaiveFlow:
    """A flow that meets others: few tags, few events, much of it at the same hours."""
    steps: list[Step] = []
    for _ in range(random.randint(3, 8)):
        kind = random.randint(0, 9)
        if kind < 5:
            steps.append(random.choice(ACTIONS))
        elif kind < 7:
            steps.append(("wait", "", random.choice([1, 7, 24, 50])))
        else:
            steps.append(("until", random.choice(EVENTS), random.choice([1, 12, 60])))
            steps += [("told", "", 0)] if kind == 9 else []
    return NaiveFlow(
        name,
        random.choice(EVENTS),
        random.choice([*LIMITS]),
        unless=random.choice(["", "", "", "", "a", "b"]),
        goal_event=random.choice([*[""] * 8, *EVENTS]),
        goal_tag=random.choice(["", "", "", "", "a", "b"]),
        window=random.random() < 0.4,
        steps=tuple(steps),
    )


def world_at_random(seed: int) -> tuple[tuple[NaiveFlow, ...], list[tuple[int, str]]]:
    """Up to three flows, and what happens in the first four days, by the hour."""
    random = Random(seed)
    flows = tuple(flow_at_random(random, name) for name in "ABC"[: random.randint(1, 3)])
    events = [(random.randint(0, 96), random.choice(EVENTS)) for _ in range(random.randint(5, 30))]
    return flows, sorted(events, key=lambda one: one[0])


def engine_rows(flows: tuple[NaiveFlow, ...], events: list[tuple[int, str]]) -> list[Row]:
    """What the reference engine makes of it, in the words of the naive one."""
    table = []
    for hour, event in events:
        words, _, name = event.partition(' "')
        table.append(on((FIRST + timedelta(hours=hour)).isoformat(), words, name.strip('"') or None))
    rows = rows_of(setting_of(text(flows) + LISTENER, table, [{"contact": "ann"}], days=DAYS))["ann"]
    begin = int(FIRST.timestamp() * 1000)
    return [
        ((r.time - begin) // HOUR, r.kind, r.flow, r.run, r.name, r.status, r.reason)
        for r in rows
        if r.kind in ("run", "action") and r.flow != "Listener"
    ]


@given(st.integers(0, 10**9))
@settings(max_examples=80)
def test_the_machine_does_what_its_naive_twin_does(seed: int) -> None:
    """Triggers, limits, `unless`, goals by event and by state, windows, caps, waits, cascades: row for row."""
    flows, events = world_at_random(seed)
    assert engine_rows(flows, events) == NaiveLife(flows).live(events, DAYS * 24)


def test_the_worlds_of_the_twins_hold_every_kind_of_row() -> None:
    """A comparison proves what it meets: all ends, refusals and reasons to skip come up in a hundred worlds."""
    met: Counter[tuple[str, str]] = Counter()
    for seed in range(100):
        flows, events = world_at_random(seed)
        met.update((status, reason) for *_, status, reason in NaiveLife(flows).live(events, DAYS * 24))
    wanted = {
        ("skipped", "cap"), ("skipped", "unless"), ("declined", "limit"), ("declined", "unless"), ("declined", "loop"),
        ("declined", "goal already met"), ("converted", "offer.bought"), ("converted", "tag.got"), ("completed", ""),
        ("cancelled", "tag.got"), ("pending", "waiting"), ("planned", ""),
    }  # fmt: skip
    assert wanted <= set(met)
