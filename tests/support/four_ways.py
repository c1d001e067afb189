"""One random world, simulated in four ways: SimPy, compiled, the compiled engine's code as Python, and state as JSON.

`python tests/support/four_ways.py FIRST COUNT` compares many worlds and prints each difference.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lives import frozen_between_wakes, rows_of, setting_of
from pandas.testing import assert_frame_equal
from programs_at_random import world_at_random

from flowdsl import Results
from flowdsl.sim import engines
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.fast import interpreted, shared, threads

TABLES = ("sends", "runs", "actions", "records")


@contextmanager
def without_jit() -> Iterator[None]:
    """The compiled engine runs its code as Python meanwhile, as it does with NUMBA_DISABLE_JIT=1."""
    before = threads.walk, shared.walk
    threads.walk = shared.walk = lambda: interpreted.walk
    try:
        yield
    finally:
        threads.walk, shared.walk = before


def differences(seed: int) -> list[str]:
    """The ways whose rows are not those of SimPy, for the world of a seed."""
    world = world_at_random(seed)
    config = setting_of(
        world.program, world.events, world.contacts, objects=world.objects, days=45, seed=seed % 5, replication=seed % 3
    )
    expected = engines.simulate(config, "simpy")
    found = [] if _is_same(expected, engines.simulate(config, "fast")) else ["compiled"]
    with without_jit():
        found += [] if _is_same(expected, engines.simulate(config, "fast")) else ["as Python"]
    return found + ([] if _is_same_from_json(config) else ["state as JSON"])


def _is_same(one: Results, other: Results) -> bool:
    try:
        for name in TABLES:
            assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    except AssertionError:
        return False
    return str(one.funnel()) == str(other.funnel())


def _is_same_from_json(config: SimulationConfig) -> bool:
    """Whether the state of each contact may go through JSON before every wake. Only capacity joins contacts."""
    if config.plan.policy.capacities:
        return True
    rows = rows_of(config)
    ids = config.tables.contacts.ids
    return all(frozen_between_wakes(config, position) == rows[ids[position]] for position in range(len(ids)))


if __name__ == "__main__":
    first, count = map(int, sys.argv[1:3])
    wrong = {seed: found for seed in range(first, first + count) if (found := differences(seed))}
    print(f"{count} worlds from {first} on ({Path(sys.argv[0]).name}): {len(wrong)} differences {wrong or ''}")
