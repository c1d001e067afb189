"""Forecasts, Sweeps and Comparisons as people look at them: pictures and HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from flowdsl.calendar.clock import format_ms
from flowdsl.display import options as picture_options
from flowdsl.display.html import card, facts, many, note, table
from flowdsl.display.options import Look
from flowdsl.display.results import hours_of_week
from flowdsl.forecasting.compare import Comparison
from flowdsl.forecasting.hours import clock_of
from flowdsl.forecasting.load import MEASURES
from flowdsl.forecasting.result import Forecast
from flowdsl.forecasting.variants import Sweep
from flowdsl.hooks import Option

if TYPE_CHECKING:
    from flowdsl.display.plots import Picture

By = str | Sequence[str]
EXPLAINED = (
    "{level:.0%} prediction interval: one real future lies in it with this probability;"
    " confidence interval: how sure the simulation is of the mean"
)
LIMITS = {
    "pi_low": "prediction from",
    "pi_high": "prediction to",
    "ci_low": "mean from",
    "ci_high": "mean to",
    "difference_low": "difference from",
    "difference_high": "difference to",
}
ROWS = 12  # of a table in a notebook
UNITS = {"wait_s": "seconds", "longest_wait_s": "seconds", "queue": "messages", "longest_queue": "messages"}


def fan(forecast: Forecast, by: By = (), every: str | None = None, top: float = 0.0, **look: Unpack[Look]) -> Picture:
    """Messages to come with both intervals: all together, or a panel a group; top: a height that is within it."""
    from flowdsl.display import plots

    return plots.fan(forecast.regroup(by, every).to_frame(), level=forecast.level, top=top, **look)


def stack(forecast: Forecast, by: By = "channel", every: str | None = None, **look: Unpack[Look]) -> Picture:
    """Expected messages, stacked by channel."""
    from flowdsl.display import plots

    found = forecast.regroup(by, every).to_frame()
    titled: Look = {"title": "Expected messages", **look}
    return plots.stacked(found, **titled)


def hours(forecast: Forecast, **look: Unpack[Look]) -> Picture:
    """Expected messages by hour of the week."""
    from flowdsl.display import plots

    return plots.hours(hours_of_week(forecast.regroup((), "hour").to_frame(), "mean"), **look)


def cost(forecast: Forecast, by: By = (), every: str | None = None, **look: Unpack[Look]) -> Picture:
    """What messages will cost, with both intervals."""
    from flowdsl.display import plots

    found = forecast.regroup(by, every).cost()
    return plots.fan(found, level=forecast.level, unit="cost", **look)


def load(forecast: Forecast, measure: str = "utilisation", every: str | None = None, **look: Unpack[Look]) -> Picture:
    """How busy channels with a capacity are, or how long messages wait there."""
    from flowdsl.display import plots

    picture_options.one_of("measure", measure, MEASURES)
    found = forecast.regroup(every=every).load()
    found = found[found["measure"] == measure].drop(columns="measure")
    words = measure.removesuffix("_s").replace("_", " ")
    unit = f"{words}, {UNITS[measure]}" if measure in UNITS else words
    titled: Look = {"title": f"Load: {words}", **look}
    return plots.fan(found, level=forecast.level, words=unit, **titled)


KINDS: Mapping[str, Callable[..., Picture]] = {"fan": fan, "stack": stack, "hours": hours, "cost": cost, "load": load}


def plot(forecast: Forecast, kind: str = "fan", **options: Option) -> Picture:
    """Draws a Forecast. Raises RunError for what there is not."""
    return picture_options.drawn(forecast, kind, KINDS, options)


def html(forecast: Forecast) -> str:
    """What a notebook shows: how many messages, how sure, when most, and the fan."""
    head = facts(headline(forecast))
    explained = note(EXPLAINED.format(level=forecast.level)) if forecast.replications else ""
    if forecast.note:
        explained = note(forecast.note)
    return card(head, fan(forecast).img(), explained, table(forecast.totals(), ROWS, LIMITS), note(_of(forecast)))


def headline(forecast: Forecast) -> list[tuple[str, str]]:
    """The numbers that matter, each with what it is."""
    every = forecast.regroup(by=()).totals().iloc[0]
    numbers = [many(round(every["mean"]), "message expected", "messages expected")]
    if forecast.replications:
        span = f"{every['pi_low']:,.0f} – {every['pi_high']:,.0f}"
        numbers.append((span, f"one real future ({forecast.level:.0%} prediction interval)"))
    if forecast.replications and every["mean"]:
        peak = forecast.peak_day
        numbers.append((f"{peak.when:%a} {peak.when.day} {peak.when:%b}", f"peak day: {peak.mean:,.0f} expected"))
    if forecast.prices:
        numbers.append((f"{forecast.regroup(by=()).cost_totals()['mean'].iloc[0]:,.2f}", "expected cost"))
    return numbers


def _of(forecast: Forecast) -> str:
    clock = clock_of(forecast.plan)
    when = f"{format_ms(forecast.start_ms, clock)} to {format_ms(forecast.until_ms, clock)} ({clock.name})"
    made = f"{forecast.replications} replications, seed {forecast.seed}" if forecast.replications else "exact"
    return f"Forecast: {when}, {forecast.contacts:,} contacts, {made}"


# --- comparisons ------------------------------------------------------------------------------------------------------


def differences(comparison: Comparison, by: By = (), every: str | None = None, **look: Unpack[Look]) -> Picture:
    """How much more or less variants send than the base, over time."""
    from flowdsl.display import plots

    found = comparison.regroup(by, every).to_frame()
    return plots.difference(found, base=comparison.base, level=_level(comparison), **look)


def plot_comparison(comparison: Comparison, kind: str = "difference", **options: Option) -> Picture:
    """Draws a Comparison. Raises RunError for what there is not."""
    return picture_options.drawn(comparison, kind, {"difference": differences}, options)


def html_comparison(comparison: Comparison) -> str:
    """What a notebook shows: how much more each variant sends, how sure that is, and the differences over time."""
    totals = comparison.regroup(by=()).totals()
    numbers = [
        (f"{mean:+,.1f}", f'messages with "{variant}"; confidence interval {low:+,.1f} to {high:+,.1f}')
        for variant, mean, low, high in totals[["variant", "mean", "ci_low", "ci_high"]].itertuples(index=False)
    ]
    first = next(iter(comparison.forecasts.values()))
    return card(
        note(f'compared with "{comparison.base}"'),
        facts(numbers),
        differences(comparison).img(),
        table(comparison.totals(), ROWS, LIMITS),
        note(_of(first).replace("Forecast", "Comparison", 1) + ", in pairs"),
    )


# --- sweeps -----------------------------------------------------------------------------------------------------------


def curve(sweep: Sweep, by: By = (), over: str | None = None, **look: Unpack[Look]) -> Picture:
    """Totals by the values of one name (the first unless said); a line for each combination of the others."""
    from flowdsl.display import plots

    name = sweep.names[0] if over is None else over
    picture_options.one_of("over", name, sweep.names)
    each = tuple(one.regroup(by=by) for one in sweep.forecasts)
    found = replace(sweep, forecasts=each).to_frame()
    for other in sweep.names:
        if other != name:  # lines are named by what they are, not by a bare number
            found[other] = [f"{other} {value}" for value in found[other]]
    return plots.sweep(found, name, level=each[0].level, **look)


def plot_sweep(sweep: Sweep, kind: str = "curve", **options: Option) -> Picture:
    """Draws a Sweep. Raises RunError for what there is not."""
    return picture_options.drawn(sweep, kind, {"curve": curve}, options)


def html_sweep(sweep: Sweep) -> str:
    """What a notebook shows: the curve, and totals by combination."""
    first = sweep.forecasts[0]
    explained = "difference: to the first combination, with the confidence interval of its mean"
    return card(
        facts([many(len(sweep), "combination"), many(first.replications, "replication each", "replications each")]),
        curve(sweep).img(),
        table(sweep.to_frame(), ROWS, LIMITS),
        note(explained),
        note(_of(first).replace("Forecast", "Sweep", 1) + ", paired"),
    )


def _level(comparison: Comparison) -> float:
    return next(iter(comparison.forecasts.values())).level
