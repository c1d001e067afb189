"""Counts over time, by local hours, days or weeks.

The moments are those of rows, or, of Counts, quarter hours. Hours, days and weeks are read off a zone's wall clock: an
hour that a change of clocks repeats is one row, weeks begin on Monday.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from flowdsl.calendar.clock import DAY, HOUR
from flowdsl.calendar.zones import Zone
from flowdsl.diagnostics.catalogue.results import RESULTS
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.diagnostics.input_checks import is_one_of
from flowdsl.plan.plan import Plan
from flowdsl.results.counts import QUARTER, Counts
from flowdsl.results.tables import RUN_STATUSES, SEND_STATUSES, Integers, categorical, moments, names_of

SENDS = {"sends": ("sent",), "skipped": ("skipped",)}
RUNS = {
    "entries": ("started",),
    "declined": ("declined",),
    "exits": ("completed", "converted", "exited", "cancelled"),
}
WHAT = (*SENDS, *RUNS)
EVERY = ("hour", "day", "week")
KEPT = {  # columns that Counts can count by
    **dict.fromkeys(SENDS, ("channel", "message", "flow", "status")),
    **dict.fromkeys(("entries", "declined"), ("flow",)),
    "exits": ("flow", "status"),
}
THURSDAY = 3  # 1 January 1970, counted from Monday


def timeline(
    rows: pd.DataFrame, what: str, every: str, by: Sequence[str], zone: Zone, first: int, last: int
) -> pd.DataFrame:
    """How many there were per local hour, day or week and group: columns `every` (without zone), `by`, and `what`.

    rows: `at` (ms), `number`, `is_counted`, and the columns to count by. A group is a combination met in them; each has
    a row for every hour, day or week from that of `first` to that of `last` (ms, both in), zeros included.
    """
    counted = rows[rows["is_counted"]]
    places = local(counted["at"].to_numpy(dtype=np.int64), every, zone)
    span = np.append(local(np.array([first, last]), every, zone), places)
    calendar = pd.DataFrame({every: np.arange(span.min(), span.max() + 1)})
    if by:
        calendar = calendar.merge(rows[list(by)].drop_duplicates().sort_values(list(by)), how="cross")
    grouped = counted.assign(**{every: places}).groupby([every, *by], observed=True, dropna=False)
    table = calendar.merge(grouped["number"].sum().reset_index(name=what), how="left")
    table[what] = table[what].fillna(0).astype(np.int64)
    table[every] = moments_of(table[every].to_numpy(), every)
    return table


def local(times: Integers, every: str, zone: Zone) -> Integers:
    """The number, since 1970, of the hour, day or week that a zone's wall clock shows at moments (ms, UTC)."""
    stretch = np.searchsorted(np.array(zone.starts), times, side="right") - 1
    wall: Integers = times + np.array(zone.offsets)[stretch]
    return wall // HOUR if every == "hour" else wall // DAY if every == "day" else (wall // DAY + THURSDAY) // 7


def moments_of(numbers: Integers, every: str) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    """When hours, days or weeks of these numbers begin, on the wall clock."""
    if every == "hour":
        return (numbers * HOUR).astype("datetime64[ms]")
    days = numbers if every == "day" else numbers * 7 - THURSDAY
    return days.astype("datetime64[D]").astype("datetime64[ms]")


# --- rows to count ----------------------------------------------------------------------------------------------------


def of_table(table: pd.DataFrame, what: str, start: int) -> pd.DataFrame:
    """The rows of `sends`, or of `runs`, to be counted as `what` from start (ms) on."""
    if what in SENDS:
        return _counted_rows(table, "time", table["status"].isin(SENDS[what]).to_numpy())
    is_refused = table["status"] == "declined"
    if what == "exits":
        of_them, at = table[~is_refused & table["ended"].notna()], "ended"
    else:
        of_them, at = table[is_refused if what == "declined" else ~is_refused], "started"
    rows = _counted_rows(of_them, at, np.ones(len(of_them), dtype=bool))
    return rows[rows["at"] >= start]


def _counted_rows(table: pd.DataFrame, at: str, is_counted: npt.NDArray[np.bool_]) -> pd.DataFrame:
    times = table[at].to_numpy(dtype="datetime64[ms]").astype(np.int64)
    return table.assign(at=times, number=1, is_counted=is_counted)


def of_tally(tally: Counts, plan: Plan, what: str, every: str, zone: Zone) -> pd.DataFrame:
    """The quarter hours of Counts, to be counted as `what`.

    Raises RunError when the zone's clock does not go by whole quarters, and it matters.
    """
    statuses, series = SENDS.get(what) or RUNS[what], tally.series
    in_table = (*SENDS["sends"], *SENDS["skipped"]) if what in SENDS else statuses
    of_them = np.array([line.status in in_table for line in series.lines], dtype=bool)[series.line]
    line, slot, number = (column[of_them] for column in (series.line, series.slot, series.number))
    times = tally.first_slot + slot * QUARTER
    is_counted = np.array([each.status in statuses for each in series.lines], dtype=bool)[line]
    check_quarters(times[is_counted], every, zone)
    names = names_of(plan, [*tally.runs, *tally.actions])
    columns = {
        heading: _column([getattr(each, heading) for each in series.lines], line, names[heading])
        for heading in ("flow", "channel", "message")
    }
    columns["status"] = _column(
        [each.status for each in series.lines], line, SEND_STATUSES if what in SENDS else RUN_STATUSES
    )
    return pd.DataFrame({"at": times, "number": number, "is_counted": is_counted, **columns})


def quarters(tally: Counts, plan: Plan) -> pd.DataFrame:
    """The counts of Counts over time as a table: time flow channel message status count, a row a quarter hour."""
    series, names = tally.series, names_of(plan, [*tally.runs, *tally.actions])
    statuses = (*SEND_STATUSES, "started", *RUN_STATUSES)
    headings = {heading: names[heading] for heading in ("flow", "channel", "message")} | {"status": statuses}
    columns = {
        heading: _column([getattr(line, heading) for line in series.lines], series.line, known)
        for heading, known in headings.items()
    }
    times = moments(tally.first_slot + series.slot * QUARTER)
    table = pd.DataFrame({"time": times, **columns, "count": series.number})
    return table.sort_values(["time", *headings], ignore_index=True)


def _column(values: Sequence[str], places: Integers, names: Sequence[str]) -> pd.Categorical:
    code_of = {name: code for code, name in enumerate(names)}
    return categorical(np.array([code_of.get(value, -1) for value in values], dtype=np.int64)[places], names)


def check_quarters(times: Integers, every: str, zone: Zone) -> None:
    """Refuses quarter hours in which the zone's clock changes, or goes over to another hour, day or week."""
    starts = np.array(zone.starts)
    changes = starts[starts % QUARTER != 0] // QUARTER * QUARTER
    is_split = np.isin(times, changes) | (local(times, every, zone) != local(times + QUARTER - 1, every, zone))
    if is_split.any():
        raise RunError(
            [
                diagnostic(
                    "E808",
                    f"the clock of {zone.name} does not go by whole quarter hours at that time: counts are too coarse"
                    f" one {every} from the next",
                    zone.name,
                )
            ]
        )


# --- errors -----------------------------------------------------------------------------------------------------------


def check(what: str, every: str) -> None:
    """Raises RunError for something that is not counted, or not so."""
    wrong = [
        diagnostic("E809", f"{name} is one of {', '.join(there)}, not {word!r}", str(word))
        for name, word, there in (("of", what, WHAT), ("every", every, EVERY))
        if not is_one_of(word, there)
    ]
    if wrong:
        raise RunError(wrong)


def groups(what: str, by: str | Sequence[str] | None) -> tuple[str, ...]:
    """The columns to count by: those that are said, else the usual ones.

    >>> groups("exits", None), groups("sends", "flow")
    (('flow', 'status'), ('flow',))
    """
    if by is None:
        return ("channel",) if what in SENDS else KEPT[what]
    return (by,) if isinstance(by, str) else tuple(by)


def check_by(by: Sequence[str], columns: Sequence[str], table: str) -> None:
    """Raises RunError when there is no such column to count by."""
    there = f"the columns are {', '.join(columns)}"
    unknown = [name for name in by if name not in columns]
    if unknown:
        raise RunError(
            diagnostic("E802", f'{table} have no column "{name}" to count by', name, there) for name in unknown
        )


def is_kept(by: Sequence[str], what: str) -> bool:
    """Whether Counts counts by all of these columns.

    >>> is_kept(("flow", "step"), "sends")
    False
    """
    return set(by) <= set(KEPT[what])


def check_kept(by: Sequence[str], what: str) -> None:
    """Raises RunError when Counts does not count by such a column."""
    there = f'of {what} records="counts" keeps {", ".join(KEPT[what])}; records="sends" keeps every column'
    unknown = [name for name in by if name not in KEPT[what]]
    if unknown:
        raise RunError(diagnostic("E802", f'{what} were not counted by "{name}"', name, there) for name in unknown)


def diagnostic(code: str, message: str, words: str = "", reason: str = "") -> Diagnostic:
    """One diagnostic of the options of results, with reason and example from the catalogue."""
    lesson = RESULTS[code]
    return Diagnostic(code, message, words=words, reason=reason or lesson.why, example=lesson.right)
