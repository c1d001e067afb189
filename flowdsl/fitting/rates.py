"""Fits the lines of rates and of new contacts.

Contacts are parted by the column that BIC finds worth it, if any does; within a part they are alike or differ by a
gamma law, whichever BIC prefers; parts of the week share what comes, in the same measure for all contacts, or in a
measure of each segment's own where BIC prefers it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from flowdsl.calendar.clock import DAY
from flowdsl.fitting import words
from flowdsl.fitting.arrays import Integers, Label, Labels, Mask, Numbers, Segment
from flowdsl.fitting.common import CommonFactors, fit_common
from flowdsl.fitting.counts import Rate, expected, fit_rate, poisson
from flowdsl.fitting.leaving import Leaving, fit_leaving
from flowdsl.fitting.line import UNITS, Line, digits, range_of, rate_between, rounded, unit_for, varying
from flowdsl.fitting.observed import Observed, hours, knows_hours
from flowdsl.fitting.profile import WHOLE_WEEK, Part, evened, own_or, profile
from flowdsl.vocabulary import quoted

FEWEST = 5  # events, for a rate
FADES = 0.001  # the chance of so few in the later halves, below which a rate is said to fade
RECENT = 28 * DAY


@dataclass(frozen=True)
class Options:
    """How sure intervals are, the columns that may part contacts, whether mixtures and profiles are looked for, and
    whether each contact's own past counts."""

    level: float
    columns: Sequence[str]
    mixtures: bool
    profiles: bool
    past: bool = True


def rate_lines(seen: Observed, rows: pd.DataFrame, event: str, name: str, options: Options) -> Iterator[Line]:
    """The lines of one thing that contacts do by themselves; `rows` are its events, without those they came with."""
    counts = np.bincount(rows["who"], minlength=len(seen.contacts)).astype(np.float64)
    fading, common = _fading(seen, rows), _common(seen, rows) if options.past else CommonFactors()
    there = seen.watched > 0
    segments = _segments(seen, counts, there, options)
    weeks = _weeks(seen, rows, [of for _, _, of in segments], bool(segments[-1][0]), options)
    for (column, value, of), week in zip(segments, weeks, strict=True):
        rate = fit_rate(counts[of], seen.watched[of], options.level, options.mixtures)
        since = seen.known_since if rate.shape and options.past else ""
        leaving = fit_leaving(seen.known(rows, of), rate) if since else None
        if leaving:
            rate = leaving.as_rate(rate, options.level)
        if rate.events >= FEWEST or not column:
            subject = words.doing(event, name, words.segment(column, value) if column else "")
            rated = Rated(week.evened(rate), leaving, of, week, options.level, since, common)
            yield _line(seen, rated, counts, subject, (event, name, column, value), "" if leaving else fading)


@dataclass(frozen=True)
class Week:
    """The parts of the week in which something comes, and for how many days of each weekday it was watched."""

    parts: Sequence[Part]
    days: Numbers

    @property
    def factor(self) -> float:
        """What makes a rate of the days that were watched one of whole weeks."""
        return evened(self.parts, self.days)

    def evened(self, rate: Rate) -> Rate:
        """A rate of whole weeks."""
        by = self.factor
        return replace(rate, rate=rate.rate * by, low=rate.low * by, high=rate.high * by)


def _weeks(
    seen: Observed, rows: pd.DataFrame, segments: Sequence[Mask], may_differ: bool, options: Options
) -> list[Week]:
    """The week of each segment. Segments have weeks of their own only where no line for the rest stands beside them: in
    the hours in which a segment's line is silent, that line would speak for its contacts."""
    who = rows["who"].to_numpy()
    wall = seen.wall(rows["time"].to_numpy(), who)
    common = _parts(wall, seen.weekdays(seen.watched > 0), options)
    weeks = []
    for of in segments:
        parts, days, own = common, seen.weekdays(of), wall[of[who]]
        if may_differ:
            parts = own_or(common, _parts(own, days, options), hours(own), days)
        weeks.append(Week(parts, days))
    return weeks


def _parts(wall: Integers, days: Numbers, options: Options) -> Sequence[Part]:
    """The parts of the week in which something comes; days: by weekday, for how many it was watched."""
    return profile(hours(wall), days, knows_hours(wall)) if options.profiles else WHOLE_WEEK


def _common(seen: Observed, rows: pd.DataFrame) -> CommonFactors:
    """How much days and weeks differ, for all contacts together."""
    wall = seen.wall(rows["time"].to_numpy())
    first, last = (int(seen.wall(np.array([at]))[0] // DAY) for at in (seen.start, seen.until))
    return fit_common(wall, first, last)


@dataclass(frozen=True)
class Rated:
    """What was fitted to some contacts (`of`): their rate, how they leave, and the week in which events come.

    since   since when they are known, as a scenario says it; "": their own past does not count
    """

    rate: Rate
    leaving: Leaving | None
    of: Mask
    week: Week
    level: float
    since: str
    common: CommonFactors

    def texts(self, who: str, unit: str) -> Iterator[str]:
        """The lines of the rate, one for each part of the week."""
        low, high = range_of(self.rate.low, self.rate.high, self.level)
        more = varying("gamma", self.rate.shape) + self.common.text
        if self.leaving:
            more += self.leaving.text
        if self.since:
            more += f" given the past since {self.since}"
        for part in self.week.parts:
            number = rate_between(low * part.share, high * part.share, UNITS[unit])
            yield f"assume {who} {number} per contact per {unit}{more}{' ' + part.text if part.text else ''}"


def _line(
    seen: Observed, rated: Rated, counts: Numbers, who: str, about: tuple[str, str, str, Label], fading: str
) -> Line:
    found, of, week, (event, name, column, value) = rated.rate, rated.of, rated.week, about
    unit = unit_for(found.rate)
    days = UNITS[unit]
    own_column = f"own rate: {words.called(event, name)}" if found.shape else ""
    own = np.full(len(counts), np.nan)
    own[of] = expected(found, counts[of], seen.watched[of] / week.factor) * days
    return Line(
        texts=tuple(rated.texts(who, unit)),
        notes=tuple(one for one in (_from(found, rated.leaving, days, unit), fading) if one),
        kind="rate",
        event=event,
        name=name,
        cause="",
        segment=words.segment(column, value) if column else "",
        estimate=found.rate * days,
        low=found.low * days,
        high=found.high * days,
        per=unit,
        rows=found.events,
        of=found.contacts,
        law=rated.leaving.law if rated.leaving else found.law,
        spread=found.shape,
        log_likelihood=found.log_likelihood,
        column=own_column,
        by_column=tuple(_by_column(who, own_column, unit, part) for part in week.parts) if own_column else (),
        own=_own(own_column, own, week.parts) if own_column else {},
    )


def _by_column(who: str, column: str, unit: str, part: Part) -> str:
    """The line that reads the contacts' own rates in a part of the week."""
    name = _column_of(column, part)
    return f"assume {who} by column {quoted([name])} per contact per {unit}{' ' + part.text if part.text else ''}"


def _own(column: str, own: Numbers, parts: Sequence[Part]) -> dict[str, Numbers]:
    """The contacts' own rates by column: all of each rate, and where a week has several parts, what comes in each."""
    return {column: np.round(own, 6)} | {_column_of(column, part): np.round(own * part.share, 6) for part in parts}


def _column_of(column: str, part: Part) -> str:
    """What a part of the week reads: a line takes the whole of its column, so each part has a column of its own."""
    return f"{column} {part.text}" if part.text else column


def _from(found: Rate, leaving: Leaving | None, days: float, unit: str) -> str:
    said = f"{found.events:,} events of {found.contacts:,} contacts: {digits(rounded(found.rate * days))} per {unit}"
    if not found.shape:
        return said
    ends = " to ".join(dict.fromkeys(digits(rounded(one)) for one in (found.shape_low, found.shape_high)))
    said = f"{said}; contacts differ, with a gamma law of shape {ends}"
    return f"{said}; they leave for good ({leaving.name})" if leaving else said


def _segments(seen: Observed, counts: Numbers, there: Mask, options: Options) -> list[Segment]:
    """The parts of contacts that have lines of their own: (column, value, which), ("", None, …) for the rest."""
    best = _bic([there], counts, seen, options)
    segments: list[Segment] = [("", None, there)]
    for column in options.columns:
        cells = seen.columns[column]
        parts: list[Segment] = [(column, value, there & (cells == value)) for value in _values(cells)]
        parts = [part for part in parts if counts[part[2]].sum() >= FEWEST]
        rest = there & ~np.any([part[2] for part in parts], axis=0) if parts else there
        if len(parts) < 2:
            continue
        every = [*parts, ("", None, rest)] if rest.any() else parts
        bic = _bic([part[2] for part in every], counts, seen, options)
        if bic < best:
            best, segments = bic, every
    return segments


def _values(cells: Labels) -> list[Label]:
    return sorted({cell for cell in cells.tolist() if cell is not None}, key=str)


def _bic(parts: Sequence[Mask], counts: Numbers, seen: Observed, options: Options) -> float:
    """Of all parts together: each of its parameters costs the logarithm of all contacts."""
    size = float(np.log(sum(part.sum() for part in parts)))
    found = [fit_rate(counts[part], seen.watched[part], options.level, options.mixtures) for part in parts]
    return sum(size * (2 if one.shape else 1) - 2 * one.log_likelihood for one in found)


def _fading(seen: Observed, rows: pd.DataFrame) -> str:
    """What to say where fewer events come in the later halves of contacts' times than a steady rate has."""
    who = rows["who"].to_numpy()
    begin = np.maximum(seen.since, seen.start)[who]
    late = int((rows["time"].to_numpy() - begin > (seen.until - begin) / 2).sum())
    share = late / max(len(rows), 1)
    if len(rows) < 20 or 0.45 < share < 0.55 or binomtest(late, len(rows)).pvalue > FADES:
        return ""
    change = "fades: a forecast will be too high" if share < 0.5 else "grows: a forecast will be too low"
    return f"{late:,} of {len(rows):,} came in the later half of contacts' times; the rate {change}"


# --- new contacts -----------------------------------------------------------------------------------------------------


def new_contacts(seen: Observed, rows: pd.DataFrame, options: Options) -> Iterator[Line | str]:
    """The lines of how contacts come, by what they come with; what cannot be said comes out as a text."""
    came = (seen.since > seen.start) & (seen.since < seen.until)
    first = rows[rows["time"].to_numpy() <= seen.since[rows["who"].to_numpy()]].drop_duplicates("who")
    first = first[came[first["who"].to_numpy()]]
    if came.sum() > len(first):
        yield f"{int(came.sum() - len(first)):,} contacts came without an event that could say how"
    for key, some in first.groupby(["event", "name"], sort=False):
        event, name = map(str, key)
        if not words.can_be_said(event) or words.flag_of(event):
            yield f"{len(some):,} contacts came with {words.called(event, name)}, which brings nobody"
        else:
            yield _arrivals(seen, some["time"].to_numpy(), event, name, options)


def _arrivals(seen: Observed, times: Integers, event: str, name: str, options: Options) -> Line | str:
    what = words.called(event, name)
    begin, note = seen.start, ""
    recent = times >= seen.until - RECENT
    if seen.until - seen.start > 2 * RECENT:
        share = RECENT / (seen.until - seen.start)
        if binomtest(int(recent.sum()), len(times), share).pvalue < FADES:
            begin, note = seen.until - RECENT, f"of the last 28 days: {len(times):,} in all came otherwise"
            if not recent.sum():
                last = pd.Timestamp(times.max(), unit="ms").date()
                return f"{len(times):,} new contacts came with {what} up to {last}, and none in the last 28 days"
    days = (seen.until - begin) / DAY
    calendar = seen.calendar(begin)
    week = Week(_parts(seen.wall(times[times >= begin]), calendar, options), calendar)
    found = week.evened(poisson(np.array([float((times >= begin).sum())]), np.array([days]), options.level))
    low, high = range_of(found.low, found.high, options.level)
    return Line(
        texts=tuple(
            f"assume {rate_between(low * part.share, high * part.share, 1.0)} new contacts per day"
            f" {words.joining(event, name)}{' ' + part.text if part.text else ''} like the table"
            for part in week.parts
        ),
        notes=tuple(one for one in (f"{found.events:,} new contacts in {days:,.0f} days", note) if one),
        kind="new contacts",
        event=event,
        name=name,
        cause="",
        segment="",
        estimate=found.rate,
        low=found.low,
        high=found.high,
        per="day",
        rows=found.events,
        of=found.events,
        law=found.law,
        spread=0.0,
        log_likelihood=found.log_likelihood,
    )
