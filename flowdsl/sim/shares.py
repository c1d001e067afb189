"""Who is in a state at the beginning: the shares of a scenario go in, a contact's sets gain what it is given.

No event comes of it: the contact is taken to have been in that state all along.
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
    """One line made ready; `key` is the part of its key that is the same for all contacts and all lines about it."""

    line: plan.Share
    where: Test | None
    threshold: int
    key: int


def make_shares(lines: Sequence[plan.Share], wheres: Sequence[Test | None], key: int) -> tuple[Share, ...]:
    """Makes shares ready for the seed and replication of a key; those that say more come first."""
    made = (
        Share(line, where, threshold(believed(line, key)), keyed_draws.key("has", line.family, line.name))
        for line, where in zip(lines, wheres, strict=True)
    )
    return tuple(sorted(made, key=lambda share: share.where is None))


def give(shares: Sequence[Share], chance: Chance, state: State, now: int) -> None:
    """Puts a contact into the states that it is drawn to be in; every line looks at what was there before."""
    meant: dict[tuple[str, str], Share] = {}
    for share in shares:
        if share.where is None or share.where(state, NOBODY, now):
            meant.setdefault((share.line.family, share.line.name), share)
    for (family, name), share in meant.items():
        bound = own_threshold(chance, share.line.column) if share.line.column else share.threshold
        if keyed_draws.hits(keyed_draws.draw(keyed_draws.extend(chance.key, share.key), 0), bound):
            put(state, family, name, True)
