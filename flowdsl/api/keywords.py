"""Keywords that a verb hands on to another one: which there are, and of which types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from flowdsl.tables.sheets import framed

if TYPE_CHECKING:
    from flowdsl.compiler.scenario_builder import Scenario
    from flowdsl.partitioned.dask import Client
    from flowdsl.plan.plan import World
    from flowdsl.sim.options import Moment
    from flowdsl.sim.run_progress import SimulationProgress
    from flowdsl.syntax.ast import Program
    from flowdsl.tables import Table
    from flowdsl.tables.sources import Given


class TimeKeywords(TypedDict, total=False):
    """When a simulation happens."""

    start: Moment | None
    days: int | None
    until: Moment | None
    warm_from: Moment | None


class TableKeywords(TypedDict, total=False):
    """The tables besides that of contacts."""

    events: Given | None
    objects: Given | None
    catalogue: Table | None


class LifeKeywords(TableKeywords, TimeKeywords, total=False):
    """What `simulate` and `forecast` have in common, except for the scenario."""

    seed: int
    engine: str


class ForecastKeywords(LifeKeywords, total=False):
    """The keywords of `forecast`, except for the scenario."""

    replications: int | str
    level: float
    by: str | Sequence[str]
    every: str
    prices: Mapping[str, float] | None
    backend: str | None
    method: str
    progress: Callable[[SimulationProgress], None] | None
    client: Client | str | None


class SweepKeywords(ForecastKeywords, total=False):
    """The keywords of `forecast`."""

    scenario: str | World | Scenario | Program | None


class ExploreKeywords(TimeKeywords, total=False):
    """The keywords of `explore`."""

    events: Table | None
    seed: int


def frame_tables(options: TableKeywords) -> None:
    """Puts DataFrames in the place of Arrow streams, some of which can be read only once. Raises DataError."""
    if "events" in options:
        options["events"] = framed(options["events"])
    if "objects" in options:
        options["objects"] = framed(options["objects"])
    if "catalogue" in options:
        options["catalogue"] = framed(options["catalogue"])
