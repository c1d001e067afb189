"""The verb `explore`: a program and tables go in; sliders for its numbers come out, in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flowdsl import hooks

if TYPE_CHECKING:
    from flowdsl.compiler.scenario_builder import Scenario
    from flowdsl.plan.plan import World
    from flowdsl.syntax.ast import Program
    from flowdsl.tables import Table


def explore(
    program: Program | str, contacts: Table, scenario: str | World | Scenario | Program | None = None, **options: Any
) -> Any:
    """Shows sliders for what can be turned in a program: params, waits, shares, rates; picture and numbers follow.

    options  events, start, days, until, warm_from and seed, as in `forecast`

    Gives an Explorer (docs/reference/notebook.md), which can be turned from Python as well. Raises ProgramError,
    DataError or RunError; RunError where there is no notebook.
    """
    return hooks.show("program.explore", program, contacts, scenario, **options)
