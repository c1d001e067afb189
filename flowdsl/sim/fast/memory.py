"""All the arrays that one call of the walk reads and writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from flowdsl.sim.fast.data import Data
from flowdsl.sim.fast.pointers import Array
from flowdsl.sim.fast.words import Ints


class Memory(NamedTuple):
    """The arrays of one thread, by the letters that the walk gives them.

    others: arrays whose addresses stand in `state`, `shapes` or other arrays, by name
    """

    plan: Ints  # p
    state: Ints  # s
    shapes: Ints  # t
    rows: npt.NDArray[np.int32]  # o
    tables: Data  # d
    directory: Ints  # d as compiled code has it: where each table begins, how many rows and columns it has
    others: tuple[Ints, ...]

    @property
    def compiled(self) -> tuple[Array, ...]:
        """The arrays whose addresses compiled code is called with."""
        return self.plan, self.state, self.shapes, self.rows, self.directory


Walk: TypeAlias = "Callable[[Memory, int, int], int]"  # the contacts from one to another; gives where it stopped
