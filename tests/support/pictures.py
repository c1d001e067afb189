"""Tables to draw: every kind of picture on ordinary, empty, single, long and ill-named tables, for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from flowdsl.display import plots

LIMITS = ("mean", "median", "pi_low", "pi_high", "ci_low", "ci_high")
WICKED = 'a <script>alert("1")</script> & $\\alpha_1$ \u4f60\u597d \U0001fa77 {first_name} that goes on and on for ever'


def numbers(periods: int = 28, freq: str = "D", times: float = 1.0) -> pd.DataFrame:
    """A fan: a wave of weekdays on a slope, with limits around it."""
    mean = times * (400 + 120 * np.sin(np.arange(periods) / 7 * 2 * np.pi) + 5 * np.arange(periods))
    limits = {"pi_low": 0.8, "pi_high": 1.25, "ci_low": 0.98, "ci_high": 1.02}
    dates = pd.date_range("2026-01-05", periods=periods, freq=freq)
    columns = {name: mean * limits.get(name, 1.0) for name in LIMITS}
    return pd.DataFrame({"date": dates, **columns})


def grouped(names: list[str], **options: int) -> pd.DataFrame:
    """A fan a group, each half of the one before."""
    return pd.concat([numbers(times=0.5**at, **options).assign(channel=name) for at, name in enumerate(names)])


def tested(names: list[str], **options: int) -> pd.DataFrame:
    """What came beside what was forecast; every third period lies outside of the band."""
    table = grouped(names, **options).drop(columns=["ci_low", "ci_high"])
    jumps = np.where(np.arange(len(table)) % 3 == 2, 1.5, 1.05)
    return table.assign(
        actual=(table["mean"] * jumps).round(), last_week=table["mean"] * 0.9, weekday_mean=table["mean"].mean()
    )


def steps(flows: list[str]) -> pd.DataFrame:
    """A funnel a flow, with a choice in it."""
    rows = [
        ("start", "", 0, 12_345, 100.0),
        ("send " + WICKED, "", 0, 12_000, 97.2),
        ("split", "30% short", 1, 4_000, 32.4),
        ("send sms", "", 2, 3, 0.02),
        ("end", "", 0, 0, 0.0),
    ]
    table = pd.DataFrame(rows, columns=["step", "arm", "depth", "reached", "share"])
    return pd.concat([table.assign(flow=flow) for flow in flows], ignore_index=True)


def weeks(count: int, days: int = 15) -> pd.DataFrame:
    """Cohorts: a tenth leaves each day; the last weeks are not over yet."""
    rows = []
    for at, week in enumerate(pd.date_range("2026-01-05", periods=count, freq="7D")):
        for day in range(days):
            left = 10.0 * 0.9**day
            rows.append((week, 100 + at, day, int(left), left if 7 * (at + 1) + day < 7 * count else np.nan))
    return pd.DataFrame(rows, columns=["week", "entered", "days", "count", "share"])


def hourly() -> pd.DataFrame:
    """A number for each hour of the week: most on Wednesday at 10."""
    rows = [(day, hour, 100.0 - 10 * abs(day - 2) - abs(hour - 10)) for day in range(7) for hour in range(24)]
    return pd.DataFrame(rows, columns=["weekday", "hour", "mean"])


def swept(values: list[object], **others: list[str]) -> pd.DataFrame:
    """Totals by value, for each value of at most one other column."""
    other, names = next(iter(others.items()), ("", [""]))
    table = numbers(len(values)).drop(columns="date")
    tables = [table.assign(pause=values, **({other: name} if other else {})) for name in names]
    return pd.concat(tables, ignore_index=True)


def estimated() -> pd.DataFrame:
    names = ["opens email", WICKED, "nothing known"]
    return pd.DataFrame(
        {
            "name": names,
            "estimate": [0.35, 0.1, 0.2],
            "said": ["35%", "10%", "20%"],
            "low": [0.3, 0.01, np.nan],
            "high": [0.4, 0.9, np.nan],
        }
    )


Draw = Callable[[], plots.Picture]


def every() -> Iterator[tuple[str, Draw]]:
    """A name and a picture."""
    exact = numbers().assign(**dict.fromkeys(LIMITS[1:], np.nan))
    wicked = [WICKED, "sms", "email"]
    many = [f"group {number}" for number in range(9)]
    values: list[object] = [f"{number} days" for number in range(1, 12)]
    yield "fan", lambda: plots.fan(numbers())
    yield "fan wide", lambda: plots.fan(numbers(), size=plots.WIDE)
    yield "fan one", lambda: plots.fan(numbers(1))
    yield "fan two", lambda: plots.fan(numbers(2))
    yield "fan hours", lambda: plots.fan(numbers(30, "h"))
    yield "fan weeks", lambda: plots.fan(numbers(30, "7D"))
    yield "fan years", lambda: plots.fan(numbers(2500))
    yield "fan millions", lambda: plots.fan(numbers(times=1e6))
    yield "fan zero", lambda: plots.fan(numbers(times=0.0))
    yield "fan exact", lambda: plots.fan(exact)
    yield "fan groups", lambda: plots.fan(grouped(wicked))
    yield "fan many", lambda: plots.fan(grouped(many))
    yield "fan wicked", lambda: plots.fan(numbers(), title=WICKED, unit=WICKED)
    yield "fan empty", lambda: plots.fan(numbers(0))
    yield "stack", lambda: plots.stacked(grouped(["email", "sms"]))
    yield "stack areas", lambda: plots.stacked(grouped(many, periods=90))
    yield "stack wicked", lambda: plots.stacked(grouped(wicked))
    yield "stack empty", lambda: plots.stacked(numbers(0)[["date", "mean"]])
    yield "funnel", lambda: plots.funnel(steps(["Offer"]))
    yield "funnel flows", lambda: plots.funnel(steps(["Offer", WICKED]))
    yield "funnel long", lambda: plots.funnel(steps([f"Flow {number}" for number in range(30)]))
    yield "funnel empty", lambda: plots.funnel(steps(["Offer"]).head(0))
    yield "cohorts", lambda: plots.cohorts(weeks(8))
    yield "cohorts one", lambda: plots.cohorts(weeks(1))
    yield "cohorts many", lambda: plots.cohorts(weeks(40, 60), until="send")
    yield "cohorts empty", lambda: plots.cohorts(weeks(0))
    yield "hours", lambda: plots.hours(hourly())
    yield "hours none", lambda: plots.hours(hourly().assign(mean=0.0))
    yield "difference", lambda: plots.difference(numbers().assign(variant="B"), base="A")
    yield "difference wicked", lambda: plots.difference(grouped(wicked), base=WICKED)
    yield "difference negative", lambda: plots.difference(numbers(times=-1.0).assign(variant="B"), base="A")
    yield "difference empty", lambda: plots.difference(numbers(0), base="A")
    yield "sweep", lambda: plots.sweep(swept([0.1, 0.2, 0.4]), "pause")
    yield "sweep words", lambda: plots.sweep(swept(values), "pause")
    yield "sweep one", lambda: plots.sweep(swept([1]), "pause")
    yield "sweep lines", lambda: plots.sweep(swept([1, 2, 3], other=many), "pause")
    yield (
        "sweep wicked",
        lambda: plots.sweep(swept([WICKED, "x"], other=wicked).rename(columns={"pause": WICKED}), WICKED),
    )
    yield "sweep empty", lambda: plots.sweep(swept([]), "pause")
    yield "backtest", lambda: plots.backtest(tested(["email"]).drop(columns="channel"))
    yield "backtest one", lambda: plots.backtest(tested(["email"], periods=1))
    yield "backtest groups", lambda: plots.backtest(tested(wicked))
    yield "backtest empty", lambda: plots.backtest(tested(["email"]).head(0))
    yield "estimates", lambda: plots.estimates(estimated())
    yield "estimates empty", lambda: plots.estimates(estimated().head(0))
    yield "blank", lambda: plots.blank(WICKED, WICKED)
