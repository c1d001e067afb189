"""Expected numbers of messages in each local hour, calculated without random numbers.

support  what cannot be worked out, and is refused     people  who enters which flow when, and of what kind
walk     the plan walked with measures for chance      ways    runs in time: waiting and parting
odds     when an answer has come
"""

from __future__ import annotations

from collections.abc import Sequence

from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.diagnostic import RunError
from flowdsl.forecasting.exact.odds import NO_ODDS, Delay, Odds
from flowdsl.forecasting.exact.people import Asked, Entries, Kind, entries
from flowdsl.forecasting.exact.support import flags_asked, lines_of, refusals, sends_of
from flowdsl.forecasting.exact.walk import Tallied, Walk
from flowdsl.forecasting.hours import Expected, Span, clock_of, sendings
from flowdsl.plan import plan
from flowdsl.sim.config import SimulationConfig

__all__ = ["expected"]


def expected(config: SimulationConfig) -> Expected:
    """How many messages of each kind are expected in each hour: the mean over all replications of a setting.

    Moments that chance brings about are kept to the minute. Raises RunError with every construct that cannot be worked
    out.
    """
    found = refusals(config)
    if found:
        raise RunError(found)
    span = Span.of(config.plan, config.start, config.until)
    tallied = Tallied(sendings(config.plan), span, clock_of(config.plan), config.start, config.until)
    asked, refused = Asked(config), DiagnosticCollector()
    for one in entries(config, asked):
        _walk(config, asked, one, tallied, refused).enter(one.way)
    refused.raise_any(RunError)
    return Expected(tallied.sendings, span, tallied.hours)


def _walk(config: SimulationConfig, asked: Asked, one: Entries, tallied: Tallied, refused: DiagnosticCollector) -> Walk:
    flow, kind = one.flow, one.kind
    others = {key for other in config.plan.flows if other is not flow for key in sends_of(other)}
    return Walk(
        flow=flow,
        kind=kind,
        world=config.world,
        odds={key: _odds(config, asked, kind, key, flag) for key, flag in flags_asked(config, flow).items()},
        truths=asked.truths(flow.zone, kind),
        windows=tuple(window for window in (flow.window, config.plan.policy.window) if window),
        alone=one.alone and not others & set(sends_of(flow)),
        tallied=tallied,
        refused=refused,
    )


def _odds(config: SimulationConfig, asked: Asked, kind: Kind, key: str, flag: str) -> Odds:
    """The odds of an answer of contacts of a kind; a click after an opening has the odds of both."""
    channel, name = key.split(":", 1)
    lines = lines_of(config.world, channel, flag, name) if flag else []
    line = _most_specific(asked, kind, lines)
    if line is None:
        return NO_ODDS
    odds = Odds(_share(asked, kind, line), Delay.of(line.delay))
    if f"{channel}.opened" not in line.cause.events:
        return odds
    first = _odds(config, asked, kind, key, "opened")
    return Odds(first.share * odds.share, first.delay.then(odds.delay, config.until - config.begin))


def _most_specific(asked: Asked, kind: Kind, lines: Sequence[plan.Answer]) -> plan.Answer | None:
    """The line that says most of those which are about these contacts, as a simulation takes it."""
    best: plan.Answer | None = None
    for line in lines:
        if asked.holds(line.where, "", kind) and (best is None or _rank(line) > _rank(best)):
            best = line
    return best


def _rank(line: plan.Answer) -> tuple[bool, bool]:
    return bool(line.cause.names), line.where is not None


def _share(asked: Asked, kind: Kind, line: plan.Answer) -> float:
    return kind.shares[asked.columns.index(line.column)] if line.column else line.share / 1_000_000
