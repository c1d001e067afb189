"""The random numbers of one contact: the key of its id, and its own shares and rates from columns.

Random numbers are keyed, never drawn in sequence (docs/reference/language.md#keyed-chance), so that a contact behaves
the same in every engine and order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flowdsl.chance import delay_laws, keyed_draws
from flowdsl.machine import State
from flowdsl.machine.state import Cell, Run
from flowdsl.plan import plan

NOBODY = Run(-1, 0, 0, 0, 0)  # conditions of a scenario refer to the contact only: no run, no trigger
MILLION = 1_000_000
MOST = 10 * MILLION * MILLION  # millionths of events in a unit of time


@dataclass(slots=True)
class Chance:
    """The random numbers of one contact, with the number of draws so far of each kind of answer.

    position  of the contact in the table
    own       the cells of the columns that a scenario reads, as they were at the contact's arrival
    """

    world: int
    contact: str
    position: int = 0
    own: Mapping[str, Cell | None] = field(default_factory=dict)
    drawn: dict[int, int] = field(default_factory=dict)
    _key: int = -1

    @property
    def key(self) -> int:
        if self._key < 0:
            self._key = keyed_draws.extend(self.world, keyed_draws.hash_text(self.contact))
        return self._key


def chance_of(world: int, columns: tuple[str, ...], state: State, position: int) -> Chance:
    """The random numbers of one contact at its arrival; `world` is the key of seed and replication."""
    return Chance(
        world, state.contact, position, {name: state.columns.get(name) for name in columns} if columns else {}
    )


def threshold(share: int) -> int:
    """A share in millionths as a threshold of draws: exact.

    >>> threshold(250_000) == keyed_draws.WHOLE // 4
    True
    """
    return (
        keyed_draws.WHOLE // MILLION * share + keyed_draws.WHOLE % MILLION * share // MILLION
    )  # fits into 64 bits, for the compiled engine


def own_threshold(chance: Chance, column: str) -> int:
    """The contact's own share as a threshold of draws; a missing cell counts as 0.

    >>> own_threshold(Chance(0, "c1", own={"p": 0.5}), "p") == keyed_draws.WHOLE // 2
    True
    """
    return keyed_draws.share(min(max(_number(chance, column), 0.0), 1.0))


def own_rate(chance: Chance, column: str) -> int:
    """The contact's own rate in millionths; a missing cell counts as 0.

    >>> [own_rate(Chance(0, "c1", own={"visits": cell}), "visits") for cell in (0.25, None)]
    [250000, 0]
    """
    return round(min(max(_number(chance, column) * MILLION, 0.0), float(MOST)))


def place_key(line: plan.Answer | plan.Rate) -> int:
    """The part of the key of a contact's own quantile that is the same for all contacts.

    It depends on the event, not on the line: contacts who visit often on weekdays visit often on weekends, and contacts
    who often open one message often open the others.
    """
    fields = (part for field in line.fields for part in (field.field, *field.values[:1]))
    return keyed_draws.key("varies", line.event, line.name, *fields)


def drawn(chance: Chance, place: int, table: Sequence[int]) -> int:
    """The contact's own number from a table of quantiles, at least a millionth."""
    return delay_laws.delay(table, keyed_draws.draw(keyed_draws.extend(chance.key, place), 0))


def _number(chance: Chance, column: str) -> float:
    cell = chance.own.get(column)
    return float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else 0.0
