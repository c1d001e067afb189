"""A Backtest: what was forecast and what came, by period and group; scores against two naive forecasts go out.

Naive forecasts know the past alone: `last_week` says that the last week comes again and again, `weekday_mean` that each
day is the mean of that weekday. A forecast that is no better than these is not worth its trouble.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import pandas as pd

from flowdsl import hooks
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.fitting.accuracy import part
from flowdsl.fitting.arrays import Numbers
from flowdsl.fitting.result import Fitted
from flowdsl.forecasting import Forecast
from flowdsl.hooks import Option, Picture
from flowdsl.sim.options import diagnostic

NAIVE = ("last_week", "weekday_mean")
Score: TypeAlias = dict[str, str | int | float | bool]
WEEK = {"hour": 168, "day": 7, "week": 1}  # periods


@dataclass(frozen=True, eq=False, repr=False)
class Backtest:
    """What was forecast from `test` on, with what was known before, compared with what came.

    fitted     what was fitted to the past; None where a scenario was given
    forecast   what it led to
    past       messages by period and group before the test; actual: those of the test, both from a replay of the events
    """

    fitted: Fitted | None
    forecast: Forecast
    past: pd.DataFrame
    actual: pd.DataFrame

    @cached_property
    def _frame(self) -> pd.DataFrame:
        by, regrouped = list(self.forecast.by), self.forecast.to_frame()
        keys = ["date", *by]
        plain = regrouped.astype(dict.fromkeys(by, str))
        found = plain.merge(self.actual, how="left", on=keys)
        found["actual"] = found["actual"].fillna(0).astype(np.int64)
        for name in NAIVE:
            found[name] = 0.0
        for _, rows in _groups(found, by):
            past = _past_of(self.past, by, rows)
            for name, one in zip(NAIVE, naive(past, rows["date"], self.forecast.every), strict=True):
                found.loc[rows.index, name] = one
        found["covered"] = (found["actual"] >= found["pi_low"]) & (found["actual"] <= found["pi_high"])
        return found.drop(columns=["ci_low", "ci_high"])

    def to_frame(self) -> pd.DataFrame:
        """A row a period and group: date, each of `by`, mean median pi_low pi_high actual last_week weekday_mean
        covered."""
        return self._frame.copy()

    def scores(self) -> pd.DataFrame:
        """A row a group, and one for all together: how many came and were forecast, bias, error and coverage.

        bias      what was forecast too much, as a part of what came
        mae       mean absolute error of a period; wape: all absolute errors as a part of all that came
        coverage  the share of periods within the prediction interval; `level` is what it promises
        mae_…, wape_…   the same of the naive forecasts
        low, high, in_total   the prediction interval of the whole time, and whether what came lies in it
        """
        by = list(self.forecast.by)
        rows = [self._score(rows, dict(zip(by, key, strict=True))) for key, rows in _groups(self._frame, by)]
        if len(rows) > 1:
            rows.append(self._all(by))
        return pd.DataFrame(rows)

    def _score(self, rows: pd.DataFrame, of: Score) -> Score:
        totals = self.forecast.totals().astype(dict.fromkeys(self.forecast.by, str))
        is_it = np.all([totals[name] == value for name, value in of.items()], axis=0) if of else np.ones(1, dtype=bool)
        total = totals[is_it].iloc[0]
        return {**of, **_scored(rows, self.forecast.level), **_in_total(rows, total)}

    def regroup(self, by: str | Sequence[str] = ()) -> Backtest:
        """The same by fewer of its groups: nothing is simulated again. Raises RunError."""
        regrouped = self.forecast.regroup(by=by)
        kept = ["date", *regrouped.by]
        if not set(kept) <= set(self.actual.columns):
            there = ", ".join(self.forecast.by)
            raise RunError([diagnostic("E707", f"this back-test was made by {there or 'nothing'}, not by {by!r}", by)])
        return Backtest(self.fitted, regrouped, *(_summed(one, kept) for one in (self.past, self.actual)))

    def _all(self, by: Sequence[str]) -> Score:
        row = self.regroup().scores().iloc[0]
        return {**dict.fromkeys(by, "all"), **{str(name): row[name] for name in row.index}}

    def __str__(self) -> str:
        return "\n".join(_told(self))

    __repr__ = __str__

    def plot(self, *about: str, **options: Option) -> Picture:
        """A picture of what was forecast and what came."""
        return hooks.picture("backtest.plot", self, *about, **options)

    def _repr_html_(self) -> str:
        return str(hooks.show("backtest.html", self))


def naive(past: pd.Series[int], dates: pd.Series[pd.Timestamp], every: str) -> tuple[Numbers, Numbers]:
    """What two naive forecasts say of some dates: the last week again, and the mean of the same time of the week.

    past: numbers by date, one each period, in order.

    >>> past = pd.Series([1, 2, 3, 4, 5, 6, 7, 8], index=pd.date_range("2026-01-05", periods=8))  # from a Monday on
    >>> last, mean = naive(past, pd.Series(pd.date_range("2026-01-13", periods=2)), "day")
    >>> last.tolist(), mean.tolist()
    ([2.0, 3.0], [2.0, 3.0])
    """
    week = WEEK[every]
    slots = _slots(past.index.to_series(), every)
    means = past.groupby(slots.to_numpy()).mean()
    last = past.iloc[-week:].groupby(slots.to_numpy()[-week:]).mean()
    wanted = _slots(dates, every).to_numpy()
    again, mean = (one.reindex(wanted).fillna(0.0).to_numpy().astype(np.float64, copy=False) for one in (last, means))
    return again, mean


def _slots(dates: pd.Series[pd.Timestamp], every: str) -> pd.Series[int]:
    """Which time of the week each period is."""
    if every == "week":
        return pd.Series(0, index=dates.index)
    days = dates.dt.day_of_week
    return days * 24 + dates.dt.hour if every == "hour" else days


def _past_of(past: pd.DataFrame, by: Sequence[str], rows: pd.DataFrame) -> pd.Series[int]:
    """The past of a group, with zeros for the dates on which it had nothing."""
    is_it = np.ones(len(past), dtype=bool)
    for name in by:
        is_it &= (past[name] == rows[name].iloc[0]).to_numpy()
    dates = past["date"].drop_duplicates().sort_values()
    found: pd.Series[int] = past[is_it].groupby("date")["actual"].sum().reindex(dates.to_numpy()).fillna(0)
    return found


def _groups(table: pd.DataFrame, by: Sequence[str]) -> list[tuple[tuple[str, ...], pd.DataFrame]]:
    if not by:
        return [((), table)]
    return [(tuple(map(str, key)), rows) for key, rows in table.groupby(list(by), sort=False)]


def _summed(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    summed: pd.DataFrame = table.groupby(list(by), as_index=False, sort=False)[["actual"]].sum()
    return summed


def _scored(rows: pd.DataFrame, level: float) -> Score:
    came, total = rows["actual"].to_numpy(dtype=np.float64), float(rows["actual"].sum())
    found: Score = {
        "periods": len(rows),
        "actual": int(total),
        "forecast": float(rows["mean"].sum()),
        "bias": part(float(rows["mean"].sum()) - total, total),
    }
    for name, column in (("", "mean"), *((f"_{name}", name) for name in NAIVE)):
        errors = np.abs(rows[column].to_numpy(dtype=np.float64) - came)
        found |= {f"mae{name}": float(errors.mean()), f"wape{name}": part(float(errors.sum()), total)}
    return {**found, "coverage": float(rows["covered"].mean()), "level": level}


def _in_total(rows: pd.DataFrame, total: pd.Series[float]) -> Score:
    came = int(rows["actual"].sum())
    low, high = float(total["pi_low"]), float(total["pi_high"])
    return {"low": low, "high": high, "in_total": bool(low <= came <= high)}


def _told(test: Backtest) -> list[str]:
    """The headline: how many came, what was forecast, and whether it beats the naive forecasts."""
    scores = test.scores()
    every = scores.iloc[-1]
    naive = min((every[f"wape_{name}"], name) for name in NAIVE)
    better = "better" if every["wape"] < naive[0] else "worse"
    return [
        f"Back-test, {test.forecast.start:%Y-%m-%d} to {test.forecast.until:%Y-%m-%d}, by {test.forecast.every}",
        f"messages: {every['forecast']:,.0f} forecast ({every['low']:,.0f} to {every['high']:,.0f}),"
        f" {every['actual']:,} came: {every['bias']:+.1%}",
        f"error (WAPE): {every['wape']:.1%}, {better} than {naive[1].replace('_', ' ')} ({naive[0]:.1%})",
        f"in the {test.forecast.level:.0%} prediction interval: {every['coverage']:.0%} of periods",
        "",
        scores.to_string(index=False, float_format=lambda number: f"{number:,.3f}"),
    ]
