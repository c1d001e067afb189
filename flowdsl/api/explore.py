"""The verb `explore`: shows sliders for the numbers of a program in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from flowdsl import hooks

if TYPE_CHECKING:
    from flowdsl.api.keywords import ExploreKeywords
    from flowdsl.compiler.scenario_builder import Scenario
    from flowdsl.plan.plan import World
    from flowdsl.syntax.ast import Program
    from flowdsl.tables import Table


def explore(
    program: Program | str,
    contacts: Table,
    scenario: str | World | Scenario | Program | None = None,
    **options: Unpack[ExploreKeywords],
) -> Any:
    """Shows sliders for the params, waits, shares and rates of a program; diagram and forecast follow them.

    options  events, start, days, until, warm_from and seed, as in `forecast`

    Returns an Explorer (docs/reference/notebook.md), whose sliders can also be moved from Python. Raises ProgramError,
    DataError or RunError; RunError outside a notebook.
    """
    return hooks.show("program.explore", program, contacts, scenario, **options)
