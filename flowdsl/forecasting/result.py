"""A Forecast: what many replications say of the messages to come; tables, peaks, cost and load go out.

The prediction interval (pi) says what one real future will look like: it holds the number that will be seen, with the
probability `level`. The confidence interval (ci) says how sure the simulation is of the mean of all futures; more
replications make it narrower, and the future no more certain. Pictures and HTML belong to higher floors: they put a
renderer under its name into `Forecast.renderers`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flowdsl import hooks
from flowdsl.calendar.clock import format_ms
from flowdsl.diagnostics.catalogue.results import RESULTS
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.diagnostics.user_input import folder_path
from flowdsl.forecasting import options as forecast_options
from flowdsl.forecasting.calibration import Calibrating, Calibration, calibrated
from flowdsl.forecasting.holdout import Holdout, Outcomes, holdouts, lift
from flowdsl.forecasting.hours import BY, Amounts, Expected, Groups, Hourly, Integers, clock_of, groups
from flowdsl.forecasting.intervals import Numbers, intervals
from flowdsl.forecasting.load import MEASURES, Server, measures
from flowdsl.forecasting.peaks import Peak, peak, share_over
from flowdsl.forecasting.stopping_rule import Enough
from flowdsl.forecasting.tidy import LIMITS, limits, tidy
from flowdsl.hooks import Option, Picture, Widget
from flowdsl.plan.plan import Plan, World
from flowdsl.results import table_files
from flowdsl.results.results import FORMATS

if TYPE_CHECKING:
    from flowdsl.syntax.ast import Program


@dataclass(frozen=True, eq=False, repr=False)
class Forecast:
    """What is to be expected of a program from `start` to just before `until`, by period (`every`) and group (`by`).

    Counted are messages that are sent. Tables have `date` (when the period begins, on the workspace's clock, without
    zone), a column for each of `by`, and

    mean, median       over replications
    pi_low, pi_high    prediction interval: what one real future will look like. Its limits are two of the
                       replications, by rank; the future lies within them with the probability `level`
    ci_low, ci_high    confidence interval of the mean, by Student's t: how sure the simulation is of it

    Every period and group has a row, zeros included; groups are what the program can send.

    hourly     the counts that all of this is made of, by local hour; `counts` are those by period and group
    servers    of each channel with a capacity, what its server did in each replication
    outcomes   of each replication, how runs ended that went through a split with a holdout
    enough     how the number of replications came about
    calibration   by what it was shifted and widened; None: it is as it was simulated
    idle       why no flow can start, of an exact forecast; "" where one may
    method     "simulate", or "exact": then there is a mean and nothing else, for nothing is drawn
    """

    program: Program | Plan
    plan: Plan
    world: World
    contacts: int
    start_ms: int
    until_ms: int
    hourly: Hourly | Expected
    enough: Enough | None = None
    level: float = 0.9
    by: tuple[str, ...] = BY
    every: str = "day"
    seed: int = 0
    prices: Mapping[str, float] | None = None
    servers: Mapping[str, Sequence[Server]] = field(default_factory=dict)
    outcomes: Sequence[Outcomes] = ()
    engine: str = ""
    method: str = "simulate"
    idle: str = ""
    calibration: Calibration | None = None

    # --- how many messages --------------------------------------------------------------------------------------------

    @cached_property
    def counts(self) -> Integers | Amounts:
        """Messages sent: replications x periods x groups, int64; of an exact forecast one row, of expected numbers."""
        return self.hourly.counts(self.every, self.by)

    def to_frame(self) -> pd.DataFrame:
        """Messages by period and group: `date`, each of `by`, mean median pi_low pi_high ci_low ci_high."""
        return self._table(self.counts, self.groups, self.dates)

    def totals(self) -> pd.DataFrame:
        """Messages of all the time, by group: as `to_frame`, without `date`."""
        return self._table(self.counts.sum(axis=1), self.groups)

    def cumulative(self) -> pd.DataFrame:
        """Messages from the start to the end of each period, by group: a fan that widens; columns as `to_frame`."""
        return self._table(self.counts.cumsum(axis=1), self.groups, self.dates)

    def quantiles(self, levels: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95)) -> pd.DataFrame:
        """Quantiles of the replications by period and group: `date`, each of `by`, `quantile`, `messages`.

        Raises RunError for an exact forecast, and for levels that are no probabilities.
        """
        self._refuse_exact("quantiles")
        forecast_options.raise_any(forecast_options.wrong_levels(levels))
        rows = self._rows()
        values = [np.quantile(self.counts, level, axis=0).ravel() for level in levels]
        frames = [rows.assign(quantile=level, messages=value) for level, value in zip(levels, values, strict=True)]
        return pd.concat(frames, ignore_index=True)

    def paths(self) -> pd.DataFrame:
        """Every replication as a path: `replication`, `date`, each of `by`, `messages`; for models of your own.

        Raises RunError for an exact forecast.
        """
        self._refuse_exact("paths")
        rows = self._rows()
        frames = [rows.assign(replication=number, messages=path.ravel()) for number, path in enumerate(self.counts)]
        every = pd.concat(frames, ignore_index=True)
        return every[["replication", "date", *self.by, "messages"]]

    def band(self) -> pd.DataFrame:
        """A band that holds a whole path: `date`, each of `by`, `low`, `high`.

        A prediction interval holds each period by itself with the probability `level`; of thirty days some will lie
        outside. This band holds all periods of a group together with that probability: it is as many standard
        deviations wide everywhere as this share of the replications keeps to (D. Montiel Olea, M. Plagborg-Møller,
        "Simultaneous confidence bands", 2019). Raises RunError for an exact forecast.
        """
        self._refuse_exact("bands")
        mean, deviation = self.counts.mean(axis=0), np.maximum(self.counts.std(axis=0, ddof=1), 1e-9)
        farthest = (np.abs(self.counts - mean) / deviation).max(axis=1)  # replications x groups
        widths = np.quantile(farthest, self.level, axis=0, method="higher") * deviation
        low, high = np.maximum(mean - widths, 0.0), mean + widths
        return self._rows().assign(low=low.ravel(), high=high.ravel())

    def _rows(self) -> pd.DataFrame:
        """The periods and groups, a row each, in the order of `counts`."""
        groups, dates = self.groups, self.dates
        rows = groups.loc[np.tile(groups.index, len(dates))].reset_index(drop=True)
        rows.insert(0, "date", np.repeat(dates, len(groups)))
        return rows

    def calibrated(self, by: Calibrating) -> Forecast:
        """The same, shifted and widened by what forecasts of this kind missed at earlier origins (a RollingBacktest).

        Raises RunError for an exact forecast.
        """
        self._refuse_exact("calibration")
        assert isinstance(self.hourly, Hourly)
        return replace(self, hourly=calibrated(self.hourly, by.calibration, self.seed), calibration=by.calibration)

    def regroup(self, by: str | Sequence[str] | None = None, every: str | None = None) -> Forecast:
        """The same replications by other groups or periods: nothing is simulated again. Raises RunError."""
        groups = self.by if by is None else forecast_options.columns(by)
        period = self.every if every is None else every
        forecast_options.raise_any(
            [*forecast_options.wrong_columns(groups), *forecast_options.wrong_period("every", period)]
        )
        return replace(self, by=groups, every=period)

    @property
    def note(self) -> str:
        """Why the numbers say little: all replications are equal, or nothing is sent; "" where neither is so."""
        if self.enough is not None:
            return self.enough.why_equal
        return f"nothing is sent: {self.idle}" if self.idle else ""

    @property
    def groups(self) -> pd.DataFrame:
        """The groups, a row each, in the order of the last axis of `counts`."""
        return self._groups(self.by).table

    @property
    def dates(self) -> pd.DatetimeIndex:
        """When each period begins, on the workspace's clock, without zone, in the order of `counts`."""
        return pd.DatetimeIndex(self.hourly.span.dates(self.every))

    # --- peaks --------------------------------------------------------------------------------------------------------

    @property
    def peak_day(self) -> Peak:
        """The day of the most messages: when, and how many."""
        return self.peak("day")

    @property
    def peak_hour(self) -> Peak:
        """The hour of the most messages: when, and how many."""
        return self.peak("hour")

    def peak(self, per: str = "day", **only: str) -> Peak:
        """The hour, day or week of the most messages; of one channel, flow or message if it is named."""
        self._refuse_exact("peaks")
        return peak(self._over_time(per, only), self.hourly.span.dates(per), per, self.level)

    def p_over(self, limit: float, per: str = "day", **only: str) -> float:
        """The probability, as a share of replications, that some hour, day or week has more than `limit` messages; of
        one channel, flow or message if it is named.

        p_over(5000, per="hour", channel="email")   that some hour has more than 5,000 e-mails
        """
        self._refuse_exact("probabilities")
        return share_over(self._over_time(per, only), limit)

    def _over_time(self, per: str, only: Mapping[str, str]) -> Numbers:
        forecast_options.raise_any(
            [*forecast_options.wrong_period("per", per), *forecast_options.wrong_only(only, self.hourly.sendings)]
        )
        wanted = [all(getattr(one, name) == value for name, value in only.items()) for one in self.hourly.sendings]
        return self.hourly.counts(per, (), wanted)[:, :, 0]

    # --- cost ---------------------------------------------------------------------------------------------------------

    def cost(self) -> pd.DataFrame:
        """What messages cost by period and group, in the unit of the prices: columns as those of `to_frame`.

        A channel without a price costs nothing. Raises RunError when the forecast was made without prices.
        """
        return self._table(self._costs(), self.groups, self.dates)

    def cost_totals(self) -> pd.DataFrame:
        """What messages cost in all, by group: as `cost`, without `date`."""
        return self._table(self._costs().sum(axis=1), self.groups)

    def _costs(self) -> Amounts:
        if not self.prices:
            raise RunError([_diagnostic("E810", "this forecast was made without prices", "cost")])
        fine = ("channel", *(name for name in self.by if name != "channel"))
        by_channel, coarse = self._groups(fine).table, self._groups(self.by)
        price = np.array([self.prices.get(str(channel), 0.0) for channel in by_channel["channel"]], dtype=np.float64)
        amounts = self.hourly.counts(self.every, fine) * price
        keys = [tuple(row) for row in by_channel[list(self.by)].itertuples(index=False)]
        place = {tuple(row): at for at, row in enumerate(coarse.table.itertuples(index=False))} if self.by else {(): 0}
        found = np.zeros((*amounts.shape[:2], coarse.size))
        for at, key in enumerate(keys if self.by else [()] * len(by_channel)):
            found[:, :, place[key]] += amounts[:, :, at]
        return found

    # --- load ---------------------------------------------------------------------------------------------------------

    def load(self) -> pd.DataFrame:
        """How busy limited channels are, by period: `date`, `channel`, `measure`, mean median pi_low pi_high ci_low
        ci_high.

        utilisation     the part of the time in which the channel sends: 1 is all it can do
        wait_s          seconds that messages sent then had waited, on average; longest_wait_s: the longest of them
        queue           messages that wait, on average over the time; longest_queue: the most at any moment

        Without a capacity there are no rows.
        """
        return self._loads(self.hourly.span.place(self.every), self.dates)

    def load_totals(self) -> pd.DataFrame:
        """How busy limited channels are over all the time: as `load`, without `date`."""
        return self._loads(np.zeros(self.hourly.span.size, dtype=np.int64), None)

    def _loads(self, place: Integers, dates: pd.DatetimeIndex | None) -> pd.DataFrame:
        limits = {one.channel: one for one in self.plan.policy.capacities}
        found = [measures(many, limits[channel], place) for channel, many in self.servers.items()]
        pairs = [(channel, measure) for channel in self.servers for measure in MEASURES]
        values = np.concatenate(found, axis=2) if found else np.zeros((0, 0, 0))
        table = pd.DataFrame(pairs, columns=["channel", "measure"])
        if not pairs:
            return pd.DataFrame(columns=[*(["date"] if dates is not None else []), "channel", "measure", *LIMITS])
        return self._table(values if dates is not None else values[:, 0], table, dates)

    # --- holdouts -----------------------------------------------------------------------------------------------------

    @property
    def holdouts(self) -> tuple[Holdout, ...]:
        """The splits that have an empty arm besides others."""
        return holdouts(self.plan)

    def lift(self, status: str = "converted", reason: str | None = None) -> pd.DataFrame:
        """How much more often runs end so (with this status, and reason if one is said) in an arm of a split than in
        its holdout, the empty arm.

        A row for each holdout and other arm: `flow split arm holdout`; `runs` and `holdout_runs` that came there, on
        average; `rate` and `holdout_rate` of those that ended so; then the lift, `rate` less `holdout_rate`, with its
        intervals: mean median pi_low pi_high ci_low ci_high.

        A split is drawn by the seed, not by the replication: who is in the holdout is the same in all of them.
        Raises RunError for an exact forecast.
        """
        self._refuse_exact("lift")
        return lift(self.holdouts, self.outcomes, status, reason, self.level)

    # --- tables -------------------------------------------------------------------------------------------------------

    def _groups(self, by: Sequence[str]) -> Groups:
        return groups(self.hourly.sendings, by)

    def _table(self, values: Numbers, rows: pd.DataFrame, dates: pd.DatetimeIndex | None = None) -> pd.DataFrame:
        """A row for each (period and) group with all that the replications say of it."""
        limits_of_rows = (
            intervals(values, self.level) if isinstance(self.hourly, Hourly) else limits(values, self.level)
        )
        return tidy(limits_of_rows, rows, dates)

    def _refuse_exact(self, what: str) -> None:
        if not isinstance(self.hourly, Hourly):
            raise RunError([_diagnostic("E811", f'a forecast with method="exact" has no {what}', what)])

    # --- the rest -----------------------------------------------------------------------------------------------------

    @property
    def replications(self) -> int:
        """How many there were; 0 of an exact forecast."""
        return len(self.hourly)

    @property
    def start(self) -> pd.Timestamp:
        """First moment of the forecast."""
        return pd.Timestamp(self.start_ms, unit="ms", tz="UTC")

    @property
    def until(self) -> pd.Timestamp:
        """The moment at which it is over."""
        return pd.Timestamp(self.until_ms, unit="ms", tz="UTC")

    def to_dir(self, path: str | Path, format: str = "csv") -> list[Path]:
        """Writes its tables into a folder, made if need be, as `csv` or `parquet` files, which are there whole or not.

        forecast and totals; with prices cost and cost_totals, with a capacity load and load_totals. Returns the files.
        Replaces earlier results, which `.flowdsl.json` lists. Raises RunError for other formats, and where a file of
        such a name is no earlier result (E731).
        """
        if format not in FORMATS:
            raise RunError(
                [_diagnostic("E804", f'results are written as {" or ".join(FORMATS)}, not "{format}"', format)]
            )
        tables = {"forecast": self.to_frame(), "totals": self.totals()}
        if self.prices:
            tables |= {"cost": self.cost(), "cost_totals": self.cost_totals()}
        if self.servers:
            tables |= {"load": self.load(), "load_totals": self.load_totals()}
        return table_files.write(folder_path(path), {f"{name}.{format}": table for name, table in tables.items()})

    def __str__(self) -> str:
        return "\n".join(_told(self))

    __repr__ = __str__

    def plot(self, *about: str, **options: Option) -> Picture:
        """A picture of the messages to come, with their prediction intervals."""
        return hooks.picture("forecast.plot", self, *about, **options)

    def explore(self) -> Widget:
        """Its groups, periods and intervals to be chosen: a widget. Raises RunError where there is no notebook."""
        found: Widget = hooks.show("forecast.explore", self)
        return found

    def report(self, path: str | Path, **options: str) -> Path:
        """Writes one page that holds everything: program, assumptions, pictures, tables, and how to repeat it."""
        found: Path = hooks.show("forecast.report", self, path, **options)
        return found

    def _repr_html_(self) -> str:
        return hooks.html("forecast.html", self)


def _told(forecast: Forecast) -> list[str]:
    """The headline in plain text: when, how sure, how many in all, when most."""
    clock = clock_of(forecast.plan)
    when = f"{format_ms(forecast.start_ms, clock)} to {format_ms(forecast.until_ms, clock)} ({clock.name})"
    every = forecast.regroup(by=()).totals().iloc[0]
    if forecast.method == "exact":
        said = [forecast.note] if forecast.note else []
        return [f"Forecast, exact, {when}", f"messages: {every['mean']:,.1f} expected", *said, str(forecast.totals())]
    number, level = forecast.replications, f"{forecast.level * 100:.4g}%"
    return [
        f"Forecast, {when}: {forecast.contacts:,} contacts, {number} replications, seed {forecast.seed}",
        f"messages: {every['mean']:,.1f} expected",
        f"  {level} prediction interval (pi): {every['pi_low']:,.0f} to {every['pi_high']:,.0f},"
        " what one real future will look like",
        f"  {level} confidence interval (ci): {every['ci_low']:,.1f} to {every['ci_high']:,.1f},"
        " how sure the simulation is of the mean",
        *([str(forecast.peak_day)] if every["mean"] else []),
        *([str(forecast.calibration)] if forecast.calibration else []),
        *([f"replications: {forecast.enough}"] if forecast.enough and _is_news(forecast.enough) else []),
        "",
        "The program sends nothing."
        if not forecast.hourly.sendings
        else forecast.totals().to_string(index=False, float_format=lambda number: f"{number:,.1f}"),
    ]


def _is_news(enough: Enough) -> bool:
    """Whether there is more to say of the number of replications than that it was given."""
    return bool(enough.why_equal) or not enough.is_given


def _diagnostic(code: str, message: str, words: str) -> Diagnostic:
    return RESULTS[code].diagnostic(message, words)
