"""Forecasts of one program with other numbers: a Sweep says how the messages to come hang on them.

All are made under the same chance: replication r of one differs from replication r of another only where the numbers
make it differ, so differences are known much better than the forecasts themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from flowdsl import hooks
from flowdsl.forecasting.intervals import Numbers, mean_and_half
from flowdsl.forecasting.result import Forecast
from flowdsl.hooks import Option, Picture

DIFFERENCE = ("difference", "difference_low", "difference_high")


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """Forecasts for every combination of values.

    names      what is varied
    values     a row for each combination, a column for each of the names
    forecasts  the Forecast of each combination, in the same order
    """

    names: tuple[str, ...]
    values: pd.DataFrame
    forecasts: tuple[Forecast, ...]

    def __len__(self) -> int:
        return len(self.forecasts)

    def __iter__(self) -> Iterator[tuple[Mapping[str, Any], Forecast]]:
        """Each combination with its Forecast."""
        for row, forecast in zip(self.values.to_dict("records"), self.forecasts, strict=True):
            yield {str(name): value for name, value in row.items()}, forecast

    def to_frame(self) -> pd.DataFrame:
        """Totals by combination and group: a column for each name, those of `Forecast.totals`, and how much more there
        is than with the first combination: `difference`, with the confidence interval of its mean
        (`difference_low difference_high`), of pairs of replications."""
        base = self.forecasts[0].counts.sum(axis=1)
        return self._table([each.totals().assign(**_difference(each, base)) for each in self.forecasts])

    def daily(self) -> pd.DataFrame:
        """Messages by combination, period and group: a column for each name, and those of `Forecast.to_frame`."""
        return self._table([each.to_frame() for each in self.forecasts])

    def _table(self, tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
        sizes = [len(table) for table in tables]
        rows = self.values.iloc[np.repeat(np.arange(len(tables)), sizes)].reset_index(drop=True)
        return pd.concat([rows, pd.concat(tables, ignore_index=True)], axis=1)

    def __str__(self) -> str:
        first = self.forecasts[0]
        columns = [*self.names, *first.by, "mean", "pi_low", "pi_high", *DIFFERENCE]
        lines = (
            f"Sweep of {', '.join(self.names)}: {len(self)} forecasts, {first.replications} replications each,"
            f" paired by seed {first.seed}",
            f"pi: {first.level * 100:.4g}% prediction interval, what one real future will look like",
            "difference: to the first row of its group, with the confidence interval of its mean",
            "",
            self.to_frame()[columns].to_string(index=False, float_format=lambda number: f"{number:,.1f}"),
        )
        return "\n".join(lines)

    __repr__ = __str__

    def plot(self, *about: str, **options: Option) -> Picture:
        """A picture of totals by value, with their intervals."""
        return hooks.picture("sweep.plot", self, *about, **options)

    def _repr_html_(self) -> str:
        return hooks.html("sweep.html", self)


def _difference(forecast: Forecast, base: Numbers) -> dict[str, Numbers]:
    """How much more than `base` (totals by replication and group) there is, pair by pair."""
    more = forecast.counts.sum(axis=1) - base
    if len(more) < 2:
        return dict(zip(DIFFERENCE, (more[0], np.nan, np.nan), strict=True))
    mean, half = mean_and_half(more, forecast.level)
    return dict(zip(DIFFERENCE, (mean, mean - half, mean + half), strict=True))
