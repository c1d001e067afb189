"""Counts that fit on a screen: the tables of runs and sends go in; a Summary, and sends per local day, come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from flowdsl.clock import DAY
from flowdsl.errors import Diagnostic, RunError
from flowdsl.sim.tables import RUN_STATUSES, SEND_STATUSES, Integers
from flowdsl.zones import Zone


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What became of everybody, in numbers.

    flows     a row a flow of the plan: entered, then where these runs are (pending completed converted exited
              cancelled), then entries declined
    declined  a row a flow and reason: entries
    messages  a row a channel and message: sent, skipped
    skipped   a row a channel, message and reason: messages
    """

    flows: pd.DataFrame
    declined: pd.DataFrame
    messages: pd.DataFrame
    skipped: pd.DataFrame

    def __str__(self) -> str:
        parts = (self.flows, self.declined, self.messages, self.skipped)
        shown = [part.to_string() for part in parts if len(part)]
        return "\n\n".join(shown) or "Nothing happened."

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = (self.flows, self.declined, self.messages, self.skipped)
        return "\n".join(part.to_html() for part in parts if len(part)) or "<p>Nothing happened.</p>"


def summarize(runs: pd.DataFrame, sends: pd.DataFrame, messages: Sequence[tuple[str, str]]) -> Summary:
    """Count runs by flow and messages by name; `messages` are the plan's (channel, name), which are always listed."""
    flows = _counts(runs, ["flow"], RUN_STATUSES).reindex(runs["flow"].cat.categories, fill_value=0)
    flows.index.name = "flow"
    flows.insert(0, "entered", flows.drop(columns="declined").sum(axis=1))
    sends = _named(sends)
    sent = _counts(sends, ["channel", "message"], SEND_STATUSES)
    listed = list(dict.fromkeys([*messages, *sent.index]))
    return Summary(
        flows,
        _reasons(runs[runs["status"] == "declined"], ["flow"], "declined"),
        sent.reindex(pd.MultiIndex.from_tuples(listed, names=sent.index.names), fill_value=0) if listed else sent,
        _reasons(sends[sends["status"] == "skipped"], ["channel", "message"], "skipped"),
    )


def _named(sends: pd.DataFrame) -> pd.DataFrame:
    """The sends with "" for messages without a name: what is missing falls out of groups."""
    messages = sends["message"]
    if "" not in messages.cat.categories:
        messages = messages.cat.add_categories("")
    return sends.assign(message=messages.fillna(""))


def _counts(rows: pd.DataFrame, by: list[str], statuses: Sequence[str]) -> pd.DataFrame:
    """How many rows each group has of each status."""
    sizes = rows.groupby([*by, "status"], observed=True).size()
    table = sizes.unstack("status", fill_value=0)
    return pd.DataFrame({status: table.get(status, 0) for status in statuses}, index=table.index).astype(np.int64)


def _reasons(rows: pd.DataFrame, by: list[str], heading: str) -> pd.DataFrame:
    return rows.groupby([*by, "reason"], observed=True).size().astype(np.int64).to_frame(heading)


def daily(sends: pd.DataFrame, by: Sequence[str], zone: Zone, first: int, last: int) -> pd.DataFrame:
    """Messages sent per local day of a zone and group: columns `day` (midnight, without zone), `by`, and `sends`.

    A group is a combination met in `sends`, whatever its status; each has a row for every day from that of `first` to
    that of `last` (ms, both in), zeros included.

    Raises RunError when `by` names a column that `sends` lacks.
    """
    _check(by, sends)
    sent = sends[sends["status"] == "sent"]
    days = local_days(sent["time"].to_numpy(dtype="datetime64[ms]").astype(np.int64), zone)
    span = np.append(local_days(np.array([first, last]), zone), days)
    calendar = pd.DataFrame({"day": np.arange(span.min(), span.max() + 1)})
    if by:
        calendar = calendar.merge(sends[list(by)].drop_duplicates().sort_values(list(by)), how="cross")
    counted = sent.assign(day=days).groupby(["day", *by], observed=True, dropna=False).size().reset_index(name="sends")
    table = calendar.merge(counted, how="left")
    table["sends"] = table["sends"].fillna(0).astype(np.int64)
    table["day"] = table["day"].to_numpy().astype("datetime64[D]").astype("datetime64[ms]")
    return table


def _check(by: Sequence[str], sends: pd.DataFrame) -> None:
    unknown = [name for name in by if name not in sends.columns]
    if unknown:
        raise RunError(
            Diagnostic(
                "E802",
                f'sends have no column "{name}" to count by',
                words=name,
                reason=f"the columns are {', '.join(map(str, sends.columns))}",
                example='results.daily(by=("channel", "message"))',
            )
            for name in unknown
        )


def local_days(times: Integers, zone: Zone) -> Integers:
    """Day numbers, since 1970-01-01, of moments (ms, UTC) on a zone's calendar."""
    stretch = np.searchsorted(np.array(zone.starts), times, side="right") - 1
    days: Integers = (times + np.array(zone.offsets)[stretch]) // DAY
    return days
