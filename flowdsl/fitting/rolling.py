"""A RollingBacktest: back-tests at several origins, one after the other, and how good forecasts of this kind were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from flowdsl import hooks
from flowdsl.fitting.accuracy import crps, part, pinball
from flowdsl.fitting.arrays import Numbers
from flowdsl.fitting.backtest import NAIVE, Backtest, Score
from flowdsl.forecasting.calibration import Calibration, calibration_of
from flowdsl.hooks import Option, Picture

PEERS = (*NAIVE, "cohort")
WEEK = 7  # days


@dataclass(frozen=True, eq=False, repr=False)
class RollingBacktest:
    """Back-tests of one program at several origins, by day, each fitted to what was known before its origin.

    tests     a back-test for each origin, the earliest first
    cohorts   what the cohort rule says of each day of each test (cohorts.py), of all messages together
    """

    tests: tuple[Backtest, ...]
    cohorts: tuple[Numbers, ...]

    @property
    def level(self) -> float:
        """What prediction intervals promise."""
        return self.tests[0].forecast.level

    def to_frame(self) -> pd.DataFrame:
        """A row for each origin and day, of all messages together: origin, date, mean median pi_low pi_high actual
        last_week weekday_mean cohort covered."""
        frames = []
        for test, cohort in zip(self._all, self.cohorts, strict=True):
            frame = test.to_frame()
            frame.insert(0, "origin", frame["date"].iloc[0])
            frame.insert(len(frame.columns) - 1, "cohort", cohort)
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    def origins(self) -> pd.DataFrame:
        """The scores of each origin: a row for each, as those of a Backtest, with `origin`."""
        rows = [{"origin": test.forecast.dates[0], **test.scores().iloc[-1].to_dict()} for test in self._all]
        return pd.DataFrame(rows)

    def scores(self) -> pd.DataFrame:
        """One row for all origins together.

        bias        what was forecast too much, as a part of what came
        wape        sum of absolute errors as a part of what came, by day; wape_week: by week
        pinball     mean pinball loss of a day; crps: mean continuous ranked probability score of a day
        coverage    the share of days, coverage_week of weeks, coverage_total of whole tests, in the prediction interval
        wape_…      of the naive forecasts, by day; best_peer: the one with the lowest error
        """
        frame = self.to_frame()
        came, total = frame["actual"].to_numpy(dtype=np.float64), float(frame["actual"].sum())
        days = [_samples(test, 1) for test in self._all]
        found: Score = {
            "origins": len(self.tests),
            "days": len(frame),
            "actual": int(total),
            "forecast": float(frame["mean"].sum()),
            "bias": part(float(frame["mean"].sum()) - total, total),
            "wape": _wape(frame["mean"].to_numpy(), came),
            "wape_week": self._wape_by_week(),
            "pinball": float(np.mean([pinball(*one).mean() for one in days])),
            "crps": float(np.mean([crps(*one).mean() for one in days])),
            "coverage": float(frame["covered"].mean()),
            "coverage_week": self._coverage(WEEK),
            "coverage_total": float(self.origins()["in_total"].mean()),
            "level": self.level,
        }
        peers = {f"wape_{name}": _wape(frame[name].to_numpy(), came) for name in PEERS}
        best = min(PEERS, key=lambda name: peers[f"wape_{name}"])
        return pd.DataFrame([{**found, **peers, "best_peer": best}])

    @cached_property
    def _all(self) -> tuple[Backtest, ...]:
        """The tests, of all messages together."""
        return tuple(test.regroup() for test in self.tests)

    def _wape_by_week(self) -> float:
        pairs = [_samples(test, WEEK) for test in self._all]
        means = np.concatenate([samples.mean(axis=0) for samples, _ in pairs])
        return _wape(means, np.concatenate([came for _, came in pairs]))

    def _coverage(self, days: int) -> float:
        """The share of stretches of this many days whose number lies in the prediction interval of the replications."""
        inside: list[bool] = []
        for test in self._all:
            samples, came = _samples(test, days)
            low, high = np.quantile(samples, [(1 - self.level) / 2, (1 + self.level) / 2], axis=0)
            inside += ((came >= low) & (came <= high)).tolist()
        return float(np.mean(inside)) if inside else float("nan")

    @property
    def calibration(self) -> Calibration:
        """By what to shift and widen a forecast of this kind: `forecast(…, calibrated=this)`."""
        totals = [test.forecast.counts.sum(axis=(1, 2)) for test in self._all]
        actual = np.array([test.to_frame()["actual"].sum() for test in self._all], dtype=np.float64)
        return calibration_of(
            actual, np.array([one.mean() for one in totals]), np.array([one.std(ddof=1) for one in totals])
        )

    def __str__(self) -> str:
        return "\n".join(_summary(self))

    __repr__ = __str__

    def plot(self, *about: str, **options: Option) -> Picture:
        """A picture of what was forecast at each origin, and what came."""
        return hooks.picture("rolling.plot", self, *about, **options)

    def _repr_html_(self) -> str:
        return str(hooks.show("rolling.html", self))


def _samples(test: Backtest, days: int) -> tuple[Numbers, Numbers]:
    """The replications (rows) and what came, by stretches of this many days; a last one that is shorter is left out."""
    counts = test.forecast.counts[:, :, 0].astype(np.float64)
    came = test.to_frame()["actual"].to_numpy(dtype=np.float64)
    whole = counts.shape[1] // days * days
    starts = np.arange(0, whole, days)
    return np.add.reduceat(counts[:, :whole], starts, axis=1), np.add.reduceat(came[:whole], starts)


def _wape(forecast: Numbers, came: Numbers) -> float:
    return part(float(np.abs(forecast - came).sum()), float(came.sum()))


def _summary(rolling: RollingBacktest) -> Sequence[str]:
    one = rolling.scores().iloc[0]
    peer = str(one["best_peer"])
    first, last = (test.forecast.dates[0] for test in (rolling.tests[0], rolling.tests[-1]))
    return (
        f"Back-test at {one['origins']} origins, {first:%Y-%m-%d} to {last:%Y-%m-%d},"
        f" {len(rolling.tests[0].forecast.dates)} days each",
        f"messages: {one['forecast']:,.0f} forecast, {one['actual']:,} came: {one['bias']:+.1%}",
        f"error (WAPE): {one['wape']:.1%} by day, {one['wape_week']:.1%} by week;"
        f" best of the naive forecasts, {peer.replace('_', ' ')}: {one['wape_' + peer]:.1%}",
        f"in the {one['level']:.0%} prediction interval: {one['coverage']:.0%} of days,"
        f" {one['coverage_week']:.0%} of weeks, {one['coverage_total']:.0%} of totals",
    )
