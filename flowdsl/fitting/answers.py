"""Fits the lines of answers: shares with intervals, mixtures and delays.

Causes are parted by the name of the message, or by the column that BIC finds worth it; all parts have one law of
delays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from flowdsl.fitting import words
from flowdsl.fitting.arrays import Mask, Numbers, Segment
from flowdsl.fitting.causes import Asked
from flowdsl.fitting.chances import Mixture, fit_mixture
from flowdsl.fitting.delays import Answered, fit_answers, until_law
from flowdsl.fitting.line import Line, delay, digits, rounded, share_between, varying
from flowdsl.fitting.observed import Observed
from flowdsl.fitting.rates import Options

FEWEST = 5  # answers, for a part to have a line of its own
RIPE = 0.98  # of all delays that a cause must have been watched for, to count in a mixture
CROWDED = 0.1  # of causes, from which on delays are doubtful
NAME = "name of the message"


def answer_lines(
    seen: Observed, asked: Asked, event: str, name: str, cause: str, options: Options, by_name: bool = True
) -> Iterator[Line]:
    """The lines of one answer to one kind of cause; `cause` is what stands behind `of`, "" for messages sent."""
    law = fit_answers(asked.delays, asked.waits, options.level)
    for column, value, of in _parts(seen, asked, law, options, by_name):
        part = asked.only(of)
        found = law if of.all() else fit_answers(part.delays, part.waits, options.level, law=law)
        mixture = _mixture(part, found, options)
        message = str(value) if column == NAME else name
        said = "" if column in ("", NAME) else words.segment(column, value)
        yield _line(found, mixture, event, message, said, cause, asked)


def _line(
    found: Answered, mixture: Mixture | None, event: str, name: str, segment: str, cause: str, asked: Asked
) -> Line:
    share, low, high = (mixture.share, mixture.low, mixture.high) if mixture else (found.share, found.low, found.high)
    spread = varying("beta", mixture.concentration) if mixture else ""
    of = f" of {cause}" if cause else ""
    after = delay(found) if found.answers else ""
    return Line(
        texts=(f"assume {words.doing(event, name, segment)} {share_between(low, high)}{spread}{of}{after}",),
        notes=tuple(_notes(found, mixture, asked)),
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


def _notes(found: Answered, mixture: Mixture | None, asked: Asked) -> Iterator[str]:
    said = f"{found.answers:,} of {found.causes:,}: {digits(rounded(100 * found.share))}%"
    if found.asked < 0.995 * found.causes:
        said += f", as {found.causes - found.asked:,.0f} of them could not be waited for to the end"
    yield f"{said}; contacts differ" if mixture else said
    if asked.lost:
        yield f"{asked.lost:,} more had no cause left that they could answer"
    if asked.crowded > CROWDED * found.causes:
        yield f"{asked.crowded:,} causes had another one close behind them: delays may be longer than said"


def _mixture(asked: Asked, found: Answered, options: Options) -> Mixture | None:
    if not options.mixtures or not found.answers:
        return None
    ripe = asked.is_answered | (until_law(found, asked.days) >= RIPE)
    who = asked.who[ripe]
    size = int(who.max()) + 1 if len(who) else 0
    of = np.bincount(who, minlength=size).astype(np.float64)
    yes = np.bincount(who, weights=asked.is_answered[ripe], minlength=size)
    return fit_mixture(yes[of > 0].astype(np.float64), of[of > 0], options.level)


def _parts(seen: Observed, asked: Asked, law: Answered, options: Options, by_name: bool) -> list[Segment]:
    """The parts of causes that have lines of their own: (column, value, which), ("", None, …) for the rest."""
    every = np.ones(len(asked.who), dtype=bool)
    watched = np.where(asked.is_answered, 1.0, until_law(law, asked.days))
    best = _bic([every], asked, watched)
    found: list[Segment] = [("", None, every)]
    columns = {column: seen.columns[column][asked.who] for column in options.columns}
    if by_name:
        columns = {NAME: asked.name, **columns}
    for column, cells in columns.items():
        values = sorted({cell for cell in cells.tolist() if cell not in (None, "")}, key=str)
        parts: list[Segment] = [(column, value, cells == value) for value in values]
        parts = [part for part in parts if asked.is_answered[part[2]].sum() >= FEWEST]
        if len(parts) < 2:
            continue
        rest = every & ~np.any([part[2] for part in parts], axis=0)
        more = [*parts, ("", None, rest)] if rest.any() else parts
        bic = _bic([part[2] for part in more], asked, watched)
        if bic < best:
            best, found = bic, more
    return found


def _bic(parts: Sequence[Mask], asked: Asked, watched: Numbers) -> float:
    """Of shares by part, where each cause counts by how much of all delays it was watched for."""
    told = 0.0
    for part in parts:
        yes, of = float(asked.is_answered[part].sum()), float(watched[part].sum())
        share = min(max(yes / max(of, 1e-9), 1e-9), 1 - 1e-9)
        told += yes * np.log(share) + max(of - yes, 0.0) * np.log1p(-share)
    return float(len(parts) * np.log(len(asked.who)) - 2 * told)
