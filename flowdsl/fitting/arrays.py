"""The types of arrays that fitting works with: one item for each contact, cause or row.

A Segment is a column, a value in it, and the contacts or causes that have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Numbers: TypeAlias = "npt.NDArray[np.float64]"
Integers: TypeAlias = "npt.NDArray[np.int64]"
Mask: TypeAlias = "npt.NDArray[np.bool_]"
Labels: TypeAlias = "npt.NDArray[np.object_]"
Label: TypeAlias = str | bool | None
Segment: TypeAlias = "tuple[str, Label, Mask]"
