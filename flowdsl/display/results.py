"""Results as people look at them: pictures of sends, funnel, cohorts and hours; HTML with headline numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Unpack

import pandas as pd

from flowdsl.calendar.clock import DAY
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.display import options as picture_options
from flowdsl.display.html import card, facts, many, note, table, text
from flowdsl.display.options import Look
from flowdsl.hooks import Option
from flowdsl.results.results import Results

if TYPE_CHECKING:
    from flowdsl.display.diagram import Diagram
    from flowdsl.display.plots import Picture


def plot(results: Results, kind: str = "sends", **options: Option) -> Picture:
    """Draws Results: sends, funnel, cohorts or hours. Raises RunError for what there is not."""
    return picture_options.drawn(results, kind, KINDS, options)


def sends(
    results: Results, by: str = "channel", every: str = "", zone: str = "", of: str = "sends", **look: Unpack[Look]
) -> Picture:
    """Messages by day, stacked by channel; or what else is counted over time, by one of its columns."""
    from flowdsl.display.plots import stacked

    period = every or ("day" if results.until_ms - results.start_ms > 3 * DAY else "hour")
    group = by if of in ("sends", "skipped") or by != "channel" else "flow"
    found = results.timeline(of, period, group, zone=zone or clock_name(results))
    unit = {"sends": "messages", "skipped": "messages skipped"}.get(of, of)
    titled: Look = {"title": "Messages sent" if of == "sends" else unit.capitalize(), **look}
    return stacked(found.rename(columns={period: "date"}), of, unit=unit, **titled)


def funnel(results: Results, flow: str | None = None, **look: Unpack[Look]) -> Picture:
    """How many runs reached each step."""
    from flowdsl.display import plots

    return plots.funnel(results.funnel(flow).steps, **look)


def cohorts(
    results: Results, until: str = "exit", flow: str | None = None, zone: str = "", **look: Unpack[Look]
) -> Picture:
    """What part of those who entered in a week left, or had their first message, how many days later."""
    from flowdsl.display import plots

    found = results.cohorts(until, flow, zone or clock_name(results))
    return plots.cohorts(found, until=until, **look)


def hours(results: Results, zone: str = "", **look: Unpack[Look]) -> Picture:
    """Messages by hour of the week."""
    from flowdsl.display import plots

    found = results.timeline("sends", "hour", (), zone=zone or clock_name(results))
    return plots.hours(hours_of_week(found.rename(columns={"hour": "date"}), "sends"), "sends", **look)


KINDS: Mapping[str, Callable[..., Picture]] = {"sends": sends, "funnel": funnel, "cohorts": cohorts, "hours": hours}


def hours_of_week(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    """Numbers by hour (`date`) as means by hour of the week: weekday, hour, and the value.

    >>> frame = pd.DataFrame({"date": pd.date_range("2026-01-05", periods=8 * 24, freq="h"), "mean": 1.0})
    >>> found = hours_of_week(frame, "mean")
    >>> len(found), set(found["mean"]) == {1.0}
    (168, True)
    """
    dates = pd.to_datetime(frame["date"])
    keys = {"weekday": dates.dt.day_of_week, "hour": dates.dt.hour}
    found: pd.DataFrame = frame.assign(**keys).groupby(["weekday", "hour"], as_index=False)[[value]].mean()
    return found


def clock_name(results: Results) -> str:
    """The zone that days are read in: the workspace's, else UTC."""
    return results.plan.policy.zone or "UTC"


def html(results: Results) -> str:
    """What a notebook shows: who entered, what was sent, and a picture of it."""
    summary = results.summary()
    entered = int(summary.flows["entered"].sum())
    sent, skipped = int(summary.messages["sent"].sum()), int(summary.messages["skipped"].sum())
    numbers = [
        many(results.contacts, "contact"),
        many(entered, "run"),
        many(sent, "message sent", "messages sent"),
        many(skipped, "message skipped", "messages skipped"),
    ]
    counts = summary.messages.reset_index()
    nothing = note(summary.nothing) if summary.nothing else ""
    remarks = "".join(map(note, summary.remarks))
    rows = table(counts, 12) if len(counts) else ""
    return card(facts(numbers), nothing, _picture(results), rows, remarks, note(_of(results)))


def _picture(results: Results) -> str:
    try:
        return sends(results).img()
    except RunError as error:  # counts that the clock of the place does not fit: E808
        return text(error)


def _of(results: Results) -> str:
    when = f"{results.start:%Y-%m-%d} to {results.until:%Y-%m-%d %H:%M} UTC"
    return f"Results: {when}, seed {results.seed}, replication {results.replication}"


def diagram(results: Results, flow: str | None = None) -> Diagram:
    """The flows of Results, or one of them, with how many runs went which way."""
    from flowdsl.display import diagram as diagrams

    return diagrams.diagram(results.program or results.plan, flow, results)
