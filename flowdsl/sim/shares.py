"""Puts contacts into states at the beginning, by the shares of a scenario.

This causes no event: the contact has been in that state before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flowdsl.chance import keyed_draws
from flowdsl.machine import State
from flowdsl.machine.conditions import Test
from flowdsl.machine.memory import put
from flowdsl.plan import plan
from flowdsl.sim.chance import NOBODY, Chance, own_threshold, threshold
from flowdsl.sim.parameter_uncertainty import believed


@dataclass(frozen=True, slots=True)
class Share:
    """One prepared line; `key` is the part of its key that is the same for all contacts and all lines about the
    state."""

    line: plan.Share
    where: Test | None
    threshold: int
    key: int


def make_shares(lines: Sequence[plan.Share], wheres: Sequence[Test | None], key: int) -> tuple[Share, ...]:
    """Prepares shares for the seed and replication of a key; more specific ones come first."""
    made = (
        Share(line, where, threshold(believed(line, key)), keyed_draws.key("has", line.family, line.name))
        for line, where in zip(lines, wheres, strict=True)
    )
    return tuple(sorted(made, key=lambda share: share.where is None))


def give(shares: Sequence[Share], chance: Chance, state: State, now: int) -> None:
    """Puts a contact into the states that are drawn for it; every line reads the state before all of them."""
    meant: dict[tuple[str, str], Share] = {}
    for share in shares:
        if share.where is None or share.where(state, NOBODY, now):
            meant.setdefault((share.line.family, share.line.name), share)
    for (family, name), share in meant.items():
        bound = own_threshold(chance, share.line.column) if share.line.column else share.threshold
        if keyed_draws.hits(keyed_draws.draw(keyed_draws.extend(chance.key, share.key), 0), bound):
            put(state, family, name, True)
