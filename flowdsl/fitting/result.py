"""A Fitted: what the past says of a scenario; its text, its table, and contacts with rates of their own go out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import pandas as pd

from flowdsl import hooks
from flowdsl.calendar.clock import format_ms
from flowdsl.calendar.zones import zone
from flowdsl.compiler.scenario_builder import Scenario
from flowdsl.fitting.arrays import Integers, Numbers
from flowdsl.fitting.line import Line
from flowdsl.fitting.model import Model
from flowdsl.hooks import Option, Picture

HIDDEN = ("texts", "notes", "by_column", "own")


@dataclass(frozen=True, eq=False, repr=False)
class Fitted:
    """A scenario that was fitted to the past, with its doubt.

    scenario   what was fitted, as `simulate` and `forecast` take it
    unfitted   what could not be fitted, and why
    lines      what each line was fitted from
    begins     since when each contact was watched (ms)
    """

    name: str
    model: Model
    contacts: tuple[str, ...]
    key: str
    rows: int
    start_ms: int
    until_ms: int
    level: float
    begins: Integers
    zone: str = "UTC"

    @property
    def lines(self) -> tuple[Line, ...]:
        """What was fitted, line by line."""
        return self.model.lines

    @property
    def unfitted(self) -> tuple[str, ...]:
        """What could not be fitted, each with its reason."""
        return self.model.unfitted

    @cached_property
    def scenario(self) -> Scenario:
        """The fitted scenario: uncertain numbers are the limits of their intervals."""
        return Scenario(self.name, tuple(text for one in self.lines for text in one.texts))

    @property
    def text(self) -> str:
        """The scenario as a program writes it; comments say from what each line was fitted, and what could not be."""
        head, *_ = Scenario(self.name).text.splitlines()
        return "\n".join([head, *(f"  {one}" for one in _told(self))]) + "\n"

    def to_frame(self) -> pd.DataFrame:
        """A row a fitted line: kind event name cause segment estimate low high per rows of law spread log_likelihood
        column, and the line itself as `text`."""
        names = [one.name for one in fields(Line) if one.name not in HIDDEN]
        table = pd.DataFrame([[getattr(one, name) for name in names] for one in self.lines], columns=names)
        return table.assign(text=["\n".join(one.texts) for one in self.lines])

    def by_contact(self) -> tuple[Scenario, pd.DataFrame]:
        """The scenario with a rate of each contact's own wherever contacts differ in their rates, and these rates.

        They are the means of what the mixture, as a prior, and the contact's own past say together. The table has a row
        a contact: its id and its rates, to be put beside the columns of the contacts. Where a rate has busy days or
        hours, its column is followed by one for each part of the week, which the lines read.
        """
        lines = [text for one in self.lines for text in (one.by_column or one.texts)]
        columns: dict[str, Numbers] = {}
        for one in self.lines:
            for column, own in one.own.items():
                before = columns.get(column, np.full(len(self.contacts), np.nan))
                columns[column] = np.where(np.isnan(own), before, own)
        return Scenario(self.name, tuple(lines)), pd.DataFrame({self.key: list(self.contacts), **columns})

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def plot(self, *about: str, **options: Option) -> Picture:
        """A picture of the estimates with their intervals."""
        return hooks.picture("fitted.plot", self, *about, **options)

    def _repr_html_(self) -> str:
        return str(hooks.show("fitted.html", self))


def _told(fitted: Fitted) -> Iterator[str]:
    clock = zone(fitted.zone)
    when = f"{format_ms(fitted.start_ms, clock)} to {format_ms(fitted.until_ms, clock)}"
    yield f"# {fitted.rows:,} rows of {len(fitted.contacts):,} contacts, {when}; {fitted.level:.0%} intervals"
    for one in fitted.lines:
        yield from (f"# {note}" for note in one.notes)
        yield from one.texts
    yield from (f"# not fitted: {one}" for one in fitted.unfitted)
