"""Fits the lines of answers: shares with intervals, mixtures and delays.

Causes are parted by the name of the message, or by the column that BIC finds worth it; all parts have one law of
delays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from flowdsl.fitting import words
from flowdsl.fitting.arrays import Mask, Numbers, Segment
from flowdsl.fitting.causes import FollowedCauses
from flowdsl.fitting.chances import Mixture, fit_mixture
from flowdsl.fitting.delays import Answered, fit_answers, until_law
from flowdsl.fitting.line import Line, delay, digits, range_of, rounded, share_between, varying
from flowdsl.fitting.observed import Observed
from flowdsl.fitting.rates import Options

FEWEST = 5  # answers, for a part to have a line of its own
RIPE = 0.98  # of all delays that a cause must have been watched for, to count in a mixture
CROWDED = 0.1  # of causes, from which on delays are doubtful
NAME = "name of the message"


def answer_lines(
    seen: Observed, followed: FollowedCauses, event: str, name: str, cause: str, options: Options, by_name: bool = True
) -> Iterator[Line]:
    """The lines of one answer to one kind of cause; `cause` is what stands behind `of`, "" for messages sent."""
    law = fit_answers(followed.delays, followed.waits, options.level)
    for column, value, of in _parts(seen, followed, law, options, by_name):
        part = followed.only(of)
        found = law if of.all() else fit_answers(part.delays, part.waits, options.level, law=law)
        mixture = _mixture(part, found, options)
        message = str(value) if column == NAME else name
        said = "" if column in ("", NAME) else words.segment(column, value)
        yield _line(found, mixture, event, message, said, cause, followed, options.level)


def _line(
    found: Answered,
    mixture: Mixture | None,
    event: str,
    name: str,
    segment: str,
    cause: str,
    followed: FollowedCauses,
    level: float,
) -> Line:
    share, low, high = (mixture.share, mixture.low, mixture.high) if mixture else (found.share, found.low, found.high)
    spread = varying("beta", mixture.concentration) if mixture else ""
    of = f" of {cause}" if cause else ""
    drawn = share_between(*range_of(low, high, level, 1.0))
    after = delay(found) if found.answers else ""
    return Line(
        texts=(f"assume {words.doing(event, name, segment)} {drawn}{spread}{of}{after}",),
        notes=tuple(_notes(found, mixture, followed)),
        kind="answer",
        event=event,
        name=name,
        cause=cause,
        segment=segment,
        estimate=share,
        low=low,
        high=high,
        per="",
        rows=found.answers,
        of=found.causes,
        law=found.name,
        spread=mixture.concentration if mixture else 0.0,
        log_likelihood=mixture.log_likelihood if mixture else found.log_likelihood,
    )


def _notes(found: Answered, mixture: Mixture | None, followed: FollowedCauses) -> Iterator[str]:
    said = f"{found.answers:,} of {found.causes:,}: {digits(rounded(100 * found.share))}%"
    if found.exposure < 0.995 * found.causes:
        said += f", as {found.causes - found.exposure:,.0f} of them were not observed until the end of the delay"
    yield f"{said}; contacts differ" if mixture else said
    if followed.lost:
        yield f"{followed.lost:,} more had no cause left that they could follow"
    if followed.crowded > CROWDED * found.causes:
        yield f"{followed.crowded:,} causes had another one close behind them: delays may be longer than fitted"


def _mixture(followed: FollowedCauses, found: Answered, options: Options) -> Mixture | None:
    if not options.mixtures or not found.answers:
        return None
    ripe = followed.is_answered | (until_law(found, followed.days) >= RIPE)
    who = followed.who[ripe]
    size = int(who.max()) + 1 if len(who) else 0
    of = np.bincount(who, minlength=size).astype(np.float64)
    yes = np.bincount(who, weights=followed.is_answered[ripe], minlength=size)
    return fit_mixture(yes[of > 0].astype(np.float64), of[of > 0], options.level)


def _parts(seen: Observed, followed: FollowedCauses, law: Answered, options: Options, by_name: bool) -> list[Segment]:
    """The parts of causes that have lines of their own: (column, value, which), ("", None, …) for the rest."""
    every = np.ones(len(followed.who), dtype=bool)
    watched = np.where(followed.is_answered, 1.0, until_law(law, followed.days))
    best = _bic([every], followed, watched)
    found: list[Segment] = [("", None, every)]
    columns = {column: seen.columns[column][followed.who] for column in options.columns}
    if by_name:
        columns = {NAME: followed.name, **columns}
    for column, cells in columns.items():
        values = sorted({cell for cell in cells.tolist() if cell not in (None, "")}, key=str)
        parts: list[Segment] = [(column, value, cells == value) for value in values]
        parts = [part for part in parts if followed.is_answered[part[2]].sum() >= FEWEST]
        if len(parts) < 2:
            continue
        rest = every & ~np.any([part[2] for part in parts], axis=0)
        more = [*parts, ("", None, rest)] if rest.any() else parts
        bic = _bic([part[2] for part in more], followed, watched)
        if bic < best:
            best, found = bic, more
    return found


def _bic(parts: Sequence[Mask], followed: FollowedCauses, watched: Numbers) -> float:
    """Of shares by part, where each cause counts by how much of all delays it was watched for."""
    log_likelihood = 0.0
    for part in parts:
        yes, of = float(followed.is_answered[part].sum()), float(watched[part].sum())
        share = min(max(yes / max(of, 1e-9), 1e-9), 1 - 1e-9)
        log_likelihood += yes * np.log(share) + max(of - yes, 0.0) * np.log1p(-share)
    return float(len(parts) * np.log(len(followed.who)) - 2 * log_likelihood)
