"""Fits and back-tests as people look at them: pictures and HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

import pandas as pd

from flowdsl.display import options as picture_options
from flowdsl.display.html import card, element, facts, many, note, table, text
from flowdsl.display.options import Look
from flowdsl.fitting import Backtest, Fitted, RollingBacktest
from flowdsl.fitting.line import Line, digits, rounded
from flowdsl.hooks import Option

if TYPE_CHECKING:
    from flowdsl.display.plots import Picture

ROWS = 12  # of a table in a notebook
SCORES = {"wape": "error (WAPE)", "wape_last_week": "of last week again", "wape_weekday_mean": "of weekday means"}


def estimates(fitted: Fitted, **look: Unpack[Look]) -> Picture:
    """The number of each line with its interval, against its own doubt."""
    from flowdsl.display import plots

    rows = [(_named(one), one.estimate, _percent_or_rate(one), one.low, one.high) for one in fitted.lines]
    found = pd.DataFrame(rows, columns=["name", "estimate", "said", "low", "high"])
    return plots.estimates(found, level=fitted.level, **look)


def _named(line: Line) -> str:
    """What a line is about, in few words."""
    said = f"{line.event.replace('.', ' ').replace('_', ' ')} {line.name}".strip()
    return ", ".join(one for one in (said, line.segment) if one)


def _percent_or_rate(line: Line) -> str:
    if line.kind == "answer":
        return f"{digits(rounded(100 * line.estimate))}%"
    return f"{digits(rounded(line.estimate))} per {line.per}"


def plot_fitted(fitted: Fitted, kind: str = "estimates", **options: Option) -> Picture:
    """Draws a Fitted. Raises RunError for what there is not."""
    return picture_options.drawn(fitted, kind, {"estimates": estimates}, options)


def html_fitted(fitted: Fitted) -> str:
    """What a notebook shows: from how much it was fitted, how well each number is known, and the text."""
    numbers = [many(fitted.rows, "event", "events"), many(len(fitted.contacts), "contact", "contacts")]
    return card(facts(numbers), estimates(fitted).img(), element("pre", text(fitted.text)))


def came(test: Backtest, by: str | Sequence[str] = (), **look: Unpack[Look]) -> Picture:
    """What was forecast and what came: all together, or a panel a group."""
    from flowdsl.display import plots

    return plots.backtest(test.regroup(by).to_frame(), level=test.forecast.level, **look)


def plot_backtest(test: Backtest, kind: str = "came", **options: Option) -> Picture:
    """Draws a Backtest. Raises RunError for what there is not."""
    return picture_options.drawn(test, kind, {"came": came}, options)


def html_backtest(test: Backtest) -> str:
    """What a notebook shows: how many were forecast and came, how far they lie apart, and both over time."""
    every = test.scores().iloc[-1]
    numbers = [
        (f"{every['forecast']:,.0f}", f"messages forecast; {every['actual']:,} came ({every['bias']:+.1%})"),
        (f"{every['wape']:.1%}", f"error (WAPE); last week again: {every['wape_last_week']:.1%}"),
        (f"{every['coverage']:.0%}", f"of periods in the {every['level']:.0%} prediction interval"),
    ]
    period = note(f"{test.forecast.start:%Y-%m-%d} to {test.forecast.until:%Y-%m-%d}, by {test.forecast.every}")
    return card(facts(numbers), came(test).img(), table(test.scores(), ROWS, SCORES), period)


def rolling_came(rolling: RollingBacktest, **look: Unpack[Look]) -> Picture:
    """What was forecast at each origin, and what came, one test behind the other."""
    from flowdsl.display import plots

    return plots.backtest(rolling.to_frame().drop(columns=["origin", "cohort"]), level=rolling.level, **look)


def plot_rolling(rolling: RollingBacktest, kind: str = "came", **options: Option) -> Picture:
    """Draws a RollingBacktest. Raises RunError for what there is not."""
    return picture_options.drawn(rolling, kind, {"came": rolling_came}, options)


def html_rolling(rolling: RollingBacktest) -> str:
    """What a notebook shows: how good forecasts of this kind were, beside the best naive one, and over time."""
    every = rolling.scores().iloc[0]
    peer = every["best_peer"]
    numbers = [
        (
            f"{every['bias']:+.1%}",
            f"too much or too little in all, at {many(int(every['origins']), 'origin', 'origins')}",
        ),
        (f"{every['wape']:.1%}", f"error (WAPE) by day; {peer.replace('_', ' ')}: {every['wape_' + peer]:.1%}"),
        (f"{every['coverage']:.0%}", f"of days in the {every['level']:.0%} prediction interval"),
        (f"{every['coverage_week']:.0%}", "of weeks"),
    ]
    return card(facts(numbers), rolling_came(rolling).img(), table(rolling.origins(), ROWS, SCORES))
