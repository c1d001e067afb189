"""What a simulation leaves behind: a Log of plain integer rows and the few texts they speak of, for tables to read.

Most rows look alike: the same step, name and status come again for every contact. So all the text of a row but the id
of its object is kept once, as a Shape, and the row is 36 bytes of integers. Rows are in the order they were written
(the engine's: contacts mixed); tables group them by contact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from flowdsl.results.records import Record

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Rows: TypeAlias = "npt.NDArray[np.void]"
Places: TypeAlias = "npt.NDArray[np.intp]"

LAYOUT = (
    ("time", "<i8"),
    ("due", "<i8"),
    ("queued", "<i8"),
    ("contact", "<i4"),
    ("shape", "<i4"),
    ("object", "<i4"),
)
ROW = Struct("<qqqiii")  # one row of LAYOUT


ShapeFields: TypeAlias = tuple[str, str, int, str, int, str, str, str, str, str, str, str, int]


class Shape(NamedTuple):
    """The part of a Record that many rows share: its fields in their order, from `kind` to `path`."""

    kind: str
    flow: str
    run: int
    step: str
    iteration: int
    action: str
    name: str
    channel: str
    to: str
    status: str
    reason: str
    object_kind: str
    path: int


_record: Callable[..., Record] = Record  # fields by their order: time, those of a Shape, then the rest


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """Rows of a simulation: `rows` has the fields of LAYOUT; `shape` and `object` count in shapes and objects.

    actions  None: every row is here. Else only those of sends and runs are, and these are the numbers of all actions
    """

    rows: Rows
    shapes: Sequence[Shape]
    objects: Sequence[str]
    actions: Mapping[Shape, int] | None = None

    @property
    def records(self) -> str:
        """How much has been kept, as `records=` of a simulation says it."""
        return "full" if self.actions is None else "sends"

    def places(self, wanted: Callable[[Shape], bool]) -> Places:
        """Where the rows of wanted shapes stand, brought together by contact, in the order they were written."""
        import numpy as np

        is_wanted = np.fromiter(map(wanted, self.shapes), dtype=bool, count=len(self.shapes))
        found = np.flatnonzero(is_wanted[self.rows["shape"]])
        return found[np.argsort(self.rows["contact"][found], kind="stable")]

    def of_contact(self, position: int) -> list[Record]:
        """The Records of the contact at this position, in the order they were written."""
        import numpy as np

        return [self._record(place) for place in np.flatnonzero(self.rows["contact"] == position).tolist()]

    def _record(self, place: int) -> Record:
        time, due, queued, _, shape, identity = self.rows[place].item()
        return _record(time, *self.shapes[shape], self.objects[identity], due, queued)
