"""A plan as one array of words, as it is being written: the words, and the numbers of names and texts in them."""

from __future__ import annotations

from dataclasses import dataclass, field

from flowdsl.machine.conditions import Cells
from flowdsl.plan import plan
from flowdsl.sim.contact_process import SimulationContext
from flowdsl.sim.fast.expressions import Compiler, Tape
from flowdsl.sim.fast.names import Names
from flowdsl.sim.fast.texts import Texts

PATH_BITS = 62  # of a path in one word


@dataclass
class Program:
    """A program as it is written: words, numbers of names and texts, and how large a state it needs.

    sizes: words of a region of the state, by its number, where the program alone says how many
    """

    stage: SimulationContext
    names: Names
    texts: Texts
    out: Tape = field(default_factory=Tape)
    cells: Cells = field(default_factory=Cells)
    sizes: dict[int, int] = field(default_factory=dict)
    deepest: list[int] = field(default_factory=lambda: [1])
    ordered: list[int] = field(default_factory=list)

    @property
    def plan(self) -> plan.Plan:
        return self.stage.config.plan

    def head(self, word: int, number: int) -> None:
        """Sets a word of the head."""
        self.out.words[word] = int(number)

    def compiler(self, zone: str) -> Compiler:
        """Makes expressions of one flow."""
        number = self.names.zones[zone] if zone else -1
        about = {event.id: event.about for event in self.plan.events}
        return Compiler(
            self.out, self.names, self.texts, self.cells, about, number, deepest=self.deepest, ordered=self.ordered
        )


def signed(number: int) -> int:
    """A word of 64 bits as a signed number: the same bits."""
    return number - 2**64 if number >= 2**63 else number
