"""Checks the options of a forecast, and reports all errors at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.diagnostics.input_checks import is_one_of, whole_number
from flowdsl.diagnostics.suggest import did_you_mean, in_quotes
from flowdsl.forecasting.hours import BY, HOURS, Sending
from flowdsl.forecasting.intervals import enough_to_begin, fewest
from flowdsl.partitioned.dask import Client
from flowdsl.plan.expressions import CHANNELS

METHODS = ("simulate", "exact")
BACKENDS = (None, "dask")
MOST = 100_000  # replications


def columns(by: str | Sequence[str]) -> tuple[str, ...]:
    """The requested columns, one or several."""
    return tuple(by) if isinstance(by, Iterable) and not isinstance(by, str) else (by,)


def diagnostic(code: str, message: str, words: object = "") -> Diagnostic:
    """One diagnostic of the options, with reason and example from the catalogue."""
    return RUNS[code].diagnostic(message, words)


def raise_any(diagnostics: Iterable[Diagnostic]) -> None:
    """Raises RunError with all diagnostics, if there are any."""
    found = list(diagnostics)
    if found:
        raise RunError(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class ForecastOptions:
    """The options of a forecast that are its own. `flowdsl.forecast` says what each means."""

    replications: int | str = "auto"
    level: float = 0.9
    by: tuple[str, ...] = BY
    every: str = "day"
    prices: Mapping[str, float] | None = None
    method: str = "simulate"
    backend: str | None = None
    client: Client | str | None = None

    @property
    def number(self) -> int | None:
        """How many replications there are; None where the stopping rule decides."""
        return None if self.replications == "auto" else int(self.replications)

    @property
    def least(self) -> int:
        """How many replications there are at least."""
        return self.number or enough_to_begin(self.level)

    def checked(self) -> ForecastOptions:
        """The same with a plain number of replications. Raises RunError with everything that is wrong."""
        raise_any(self._wrong())
        return replace(self, replications=self.number or "auto")

    def _wrong(self) -> Iterator[Diagnostic]:
        yield from wrong_columns(self.by)
        yield from wrong_period("every", self.every)
        yield from _wrong_level(self.level)
        yield from _wrong_replications(self.replications, self.level)
        yield from wrong_prices(self.prices)
        if not is_one_of(self.method, METHODS):
            yield diagnostic("E707", f"method is one of {in_quotes(METHODS)}, not {self.method!r}", self.method)
        if not is_one_of(self.backend, BACKENDS):
            yield diagnostic("E707", f'backend can be None or "dask", not {self.backend!r}', self.backend)


def wrong_columns(by: Sequence[str]) -> Iterator[Diagnostic]:
    """Columns that messages are not counted by, or that stand twice."""
    for at, name in enumerate(by):
        if not is_one_of(name, BY):
            yield diagnostic("E707", f"by names some of {in_quotes(BY)}, not {name!r}{_nearest(name, BY)}", name)
        elif list(by).index(name) == at and list(by).count(name) > 1:
            yield diagnostic("E707", f'by names "{name}" twice', name)


def wrong_period(what: str, every: str) -> Iterator[Diagnostic]:
    """A period that is none."""
    if not is_one_of(every, HOURS):
        yield diagnostic(
            "E707", f"{what} is one of {in_quotes(list(HOURS))}, not {every!r}{_nearest(every, list(HOURS))}", every
        )


def wrong_levels(levels: Sequence[float]) -> Iterator[Diagnostic]:
    """Levels of quantiles that are no probabilities."""
    for level in levels:
        if not isinstance(level, float) or not 0 <= level <= 1:
            yield diagnostic("E707", f"the level of a quantile is a probability from 0 to 1, not {level!r}", level)


def wrong_only(only: Mapping[str, str | None], sendings: Sequence[Sending]) -> Iterator[Diagnostic]:
    """Requested channels, flows and messages that the program does not have."""
    for name, value in only.items():
        if name not in BY:
            yield diagnostic("E707", f"a group is one of {in_quotes(BY)}, not {name}{_nearest(name, BY)}", name)
        elif value not in (there := list(dict.fromkeys(getattr(one, name) for one in sendings))):
            known = f"it sends {in_quotes(there)}" if there else "it sends nothing"
            yield diagnostic("E707", f"the program sends by no {name} {value!r}; {known}" if name != "message" else
                        f"the program sends no message {value!r}; {known}", value)  # fmt: skip


def wrong_prices(prices: Mapping[str, float] | None) -> Iterator[Diagnostic]:
    """Prices of what is no channel, or that are no amount."""
    if prices is None:
        return
    if not isinstance(prices, Mapping):
        yield diagnostic("E725", f"prices are a price for each channel, not {prices!r}", prices)
        return
    for channel, price in prices.items():
        if channel not in CHANNELS:
            yield diagnostic("E725", f"{channel!r} is no channel{_nearest(channel, CHANNELS)}", channel)
        if isinstance(price, bool) or not isinstance(price, int | float) or not isfinite(price) or price < 0:
            yield diagnostic("E725", f"the price of {channel} is an amount from 0 on, not {price!r}", price)


def _wrong_level(level: float) -> Iterator[Diagnostic]:
    if not _is_level(level):
        yield diagnostic("E707", f"level is a probability between 0 and 1, at most 0.999, not {level!r}", level)


def _is_level(level: float) -> bool:
    return isinstance(level, float) and 0 < level <= 0.999


def _wrong_replications(replications: int | str, level: float) -> Iterator[Diagnostic]:
    if is_one_of(replications, ["auto"]):
        return
    number = whole_number(replications)
    if number is None or not 0 < number <= MOST:
        yield diagnostic(
            "E707", f'replications is "auto" or a whole number up to {MOST:,}, not {replications!r}', replications
        )
    elif isinstance(level, float) and _is_level(level) and number < fewest(level):
        yield diagnostic(
            "E724",
            f"{replications} replications have no interval of {level:.4g}; it takes {fewest(level)} at least",
            replications,
        )


def _nearest(name: str, names: Sequence[str]) -> str:
    hint = did_you_mean(str(name), names)
    return f"; {hint}" if hint else ""
