"""The tables of a simulation before they are opened, whole or in parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from flowdsl.tables.sheets import Table, framed

Given: TypeAlias = "Table | Sequence[str | Path]"


@dataclass(frozen=True, eq=False, slots=True)
class TableSources:
    """The tables of a simulation. Contacts, events and objects may be in parts: files, a pattern, a folder."""

    contacts: Given
    events: Given | None = None
    objects: Given | None = None
    catalogue: Table | None = None

    @property
    def people(self) -> tuple[Given | None, ...]:
        """The tables that may be in parts."""
        return self.contacts, self.events, self.objects

    @property
    def all(self) -> tuple[Given | None, ...]:
        """Every table."""
        return *self.people, self.catalogue

    def framed(self) -> TableSources:
        """The same with Arrow streams, some of which can be read only once, as DataFrames. Raises DataError."""
        return TableSources(*map(framed, self.all))
