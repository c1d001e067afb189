"""A Comparison of variants that are forecast with the same random numbers.

Replication r of one variant uses the same random numbers as replication r of another: a contact who would open a
message opens it in both. What variants do not touch is then the same in both, to the last message, and differences are
known far better than from futures that have nothing to do with each other (common random numbers: P. Glasserman, D.
Yao, "Some guidelines and guarantees for common random numbers", 1992). Pictures and HTML come from higher floors, as
those of a Forecast do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from flowdsl import hooks
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.forecasting.divergence import first_difference, first_differences
from flowdsl.forecasting.hours import Amounts, Expected, Hourly, Integers, clock_of, groups
from flowdsl.forecasting.intervals import Numbers
from flowdsl.forecasting.options import diagnostic, raise_any
from flowdsl.forecasting.result import Forecast
from flowdsl.forecasting.tidy import limits, tidy
from flowdsl.hooks import Option, Picture
from flowdsl.results.results import Results

PAIRING = ("variance_paired", "variance_independent", "saved")
Live = Callable[[str, int], Results]  # the life of a variant in one replication, with the rows of sends and runs


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Variants against the first of them, the base: each number is one of a variant less that of the base, in the same
    replication.

    Tables have `variant`, a column for each of `by`, and mean median pi_low pi_high ci_low ci_high of the difference:
    pi, the prediction interval, holds the difference between two futures under the same chance; ci, the confidence
    interval, the mean of all such differences.

    forecasts  the Forecast of each variant, by its name; the first is the base
    live       simulates a variant again
    """

    forecasts: Mapping[str, Forecast]
    live: Live

    # --- differences --------------------------------------------------------------------------------------------------

    @property
    def base(self) -> str:
        """The name of the variant that the others are compared with."""
        return next(iter(self.forecasts))

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of the others."""
        return tuple(self.forecasts)[1:]

    @cached_property
    def counts(self) -> Mapping[str, Integers | Amounts]:
        """Messages sent in each variant: replications x periods x groups, the same groups for all."""
        first = self._first
        return {name: each.counts(first.every, first.by) for name, each in self._hourly.items()}

    @property
    def groups(self) -> pd.DataFrame:
        """The groups, a row each, in the order of the last axis of `counts`: those of all variants."""
        return groups(self._hourly[self.base].sendings, self._first.by).table

    @property
    def dates(self) -> pd.DatetimeIndex:
        """When each period begins, as in a Forecast."""
        return self._first.dates

    def to_frame(self) -> pd.DataFrame:
        """Differences by period, variant and group: `date`, `variant`, each of `by`, and the two intervals."""
        return self._table(lambda counts: counts, self.dates)

    def totals(self) -> pd.DataFrame:
        """Differences over all the time, by variant and group: as `to_frame`, without `date`."""
        return self._table(lambda counts: counts.sum(axis=1))

    def regroup(self, by: str | Sequence[str] | None = None, every: str | None = None) -> Comparison:
        """The same replications by other groups or periods: nothing is simulated again. Raises RunError."""
        return replace(self, forecasts={name: one.regroup(by, every) for name, one in self.forecasts.items()})

    @property
    def _first(self) -> Forecast:
        return self.forecasts[self.base]

    @cached_property
    def _hourly(self) -> Mapping[str, Hourly | Expected]:
        """The numbers of all variants among the messages of all of them."""
        sendings = tuple(dict.fromkeys(one for each in self.forecasts.values() for one in each.hourly.sendings))
        return {name: each.hourly.among(sendings) for name, each in self.forecasts.items()}

    def _table(self, of: Callable[[Numbers], Numbers], dates: pd.DatetimeIndex | None = None) -> pd.DataFrame:
        base = of(self.counts[self.base])
        tables = [
            tidy(limits(of(self.counts[name]) - base, self._first.level), self._rows(name), dates)
            for name in self.variants
        ]
        return pd.concat(tables, ignore_index=True)

    def _rows(self, name: str) -> pd.DataFrame:
        rows = self.groups
        rows.insert(0, "variant", _named_in(name, self.variants, len(rows)))
        return rows

    # --- what pairing is worth ----------------------------------------------------------------------------------------

    def pairing(self) -> pd.DataFrame:
        """What the same chance is worth, by variant and group, of totals: `variance_paired`, that of the differences;
        `variance_independent`, that of differences between replications which have nothing to do with each other (the
        sum of both variances); and `saved`, the ratio of the two: without pairing, that many times as many replications
        would be needed. It is infinite if every pair differs alike."""
        base = self.counts[self.base].sum(axis=1)
        tables = [self._rows(name).assign(**_pairing(self.counts[name].sum(axis=1), base)) for name in self.variants]
        return pd.concat(tables, ignore_index=True)

    # --- whom it touches ----------------------------------------------------------------------------------------------

    def changed(self, variant: str | None = None, replication: int = 0) -> pd.DataFrame:
        """The contacts whose messages or runs differ in one replication, and where they first do.

        A row a contact: `contact`, `time` of the first difference, and what comes there, in words on the workspace's
        clock, in the base (`was`) and in the variant (`becomes`). Contacts who are not here have the same rows in both.
        Raises RunError for another name. variant: the first after the base, unless said.
        """
        name = self._named(variant)
        pair = self.live(self.base, replication), self.live(name, replication)
        return first_differences(*pair, clock_of(self._first.plan))

    def why(self, contact: str | int, variant: str | None = None, replication: int = 0) -> str:
        """The first thing that goes otherwise for a contact, be it an answer or a step that no message shows, in words;
        "" where nothing does. Raises RunError for a variant that there is not."""
        name = self._named(variant)
        pair = self.live(self.base, replication), self.live(name, replication)
        return first_difference(*pair, str(contact), (self.base, name), clock_of(self._first.plan))

    def _named(self, variant: str | None) -> str:
        if variant is not None and variant not in self.variants:
            known = ", ".join(f'"{name}"' for name in self.variants)
            raise RunError([diagnostic("E730", f"no variant is called {variant!r}; there are {known}", variant)])
        return self.variants[0] if variant is None else variant

    def lift(self, status: str = "converted", reason: str | None = None) -> pd.DataFrame:
        """The lift of every variant over its own holdouts: `variant`, then the columns of `Forecast.lift`."""
        tables = []
        for name, forecast in self.forecasts.items():
            table = forecast.lift(status, reason)
            table.insert(0, "variant", _named_in(name, list(self.forecasts), len(table)))
            tables.append(table)
        found = [table for table in tables if len(table)]
        return pd.concat(found, ignore_index=True) if found else tables[0]

    # --- the rest -----------------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        first, every = self._first, self.regroup(by=())
        totals, saved = every.totals(), every.pairing()["saved"].to_list()
        lines = [
            f'Comparison with "{self.base}": {first.replications} pairs of replications, seed {first.seed}',
            f"({first.level:.0%} prediction interval (pi): two futures under the same chance differ by so much;"
            " confidence interval (ci): how sure the simulation is of the mean difference)",
        ]
        for row, times in zip(totals.to_dict("records"), saved, strict=True):
            sure = f"sure to {row['ci_low']:+,.1f} to {row['ci_high']:+,.1f}"
            lines.append(f'"{row["variant"]}": {row["mean"]:+,.1f} messages, {sure}{_saved(times)}')
        shown = self.totals().to_string(index=False, float_format=lambda number: f"{number:,.1f}")
        return "\n".join([*lines, "", shown])

    __repr__ = __str__

    def plot(self, *about: str, **options: Option) -> Picture:
        """A picture of the differences with their intervals."""
        return hooks.picture("comparison.plot", self, *about, **options)

    def _repr_html_(self) -> str:
        return hooks.html("comparison.html", self)


def _named_in(name: str, names: Sequence[str], size: int) -> pd.Series:
    """A column that says which of some variants its rows are of."""
    return pd.Series([name] * size).astype(pd.CategoricalDtype(list(names)))


def check(forecasts: Mapping[str, Forecast]) -> None:
    """Raises RunError where variants are not forecasts of the same time on the same clock."""
    first_name, first = next(iter(forecasts.items()))
    raise_any(
        diagnostic("E730", f'"{name}" is not of the same time, on the same clock, as "{first_name}"', name)
        for name, one in forecasts.items()
        if _when(one) != _when(first)
    )


def _when(forecast: Forecast) -> tuple[int, int, str]:
    return forecast.start_ms, forecast.until_ms, clock_of(forecast.plan).name


def _pairing(ours: Numbers, base: Numbers) -> dict[str, float | Numbers]:
    """Variances over replications of totals by replication and group."""
    if len(ours) < 2:
        return dict.fromkeys(PAIRING, np.nan)
    paired = (ours - base).var(axis=0, ddof=1)
    independent = ours.var(axis=0, ddof=1) + base.var(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return dict(zip(PAIRING, (paired, independent, independent / paired), strict=True))


def _saved(saved: float) -> str:
    if np.isnan(saved):
        return ""
    if np.isinf(saved):
        return "; the same in every pair"
    return f"; without pairing it would take {saved:,.1f} times as many replications"
