"""Lift: a plan goes in, a program that says the same comes out; the printer makes text of it.

Rooms: flows (clauses), steps (ports back to nesting), actions, conditions, phrases, values, policy, world, delays
(tables of quantiles back to laws). Names of params are gone in a plan, so values stand where they were used. Step ids
follow the rules of the language: a plan that came from a text gives them back, one made elsewhere may not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flowdsl.compiler.decompile.flows import flow
from flowdsl.compiler.decompile.phrases import Unsaid
from flowdsl.compiler.decompile.policy import messages, workspace
from flowdsl.compiler.decompile.world import scenario
from flowdsl.diagnostics.catalogue.plan import PLAN
from flowdsl.diagnostics.diagnostic import Diagnostic, PlanError
from flowdsl.plan.plan import Plan
from flowdsl.syntax import ast

__all__ = ["decompile"]
T = TypeVar("T")


def decompile(plan: Plan) -> ast.Program:
    """The program that says what a plan says: resolved and lowered, it is the same plan.

    Raises PlanError (E610) for a plan that no text says, with the path of every flow and scenario that cannot be said.

    >>> from flowdsl.plan.plan import Enter, Exit, Flow
    >>> decompile(Plan((Flow("F", (Enter("start", (), "end"), Exit("end"))),))).declarations[0].name
    Text(value='F')
    """
    unsaid: list[Diagnostic] = []

    def told(path: str, tell: Callable[..., T], *of: object) -> tuple[T, ...]:
        try:
            return (tell(*of),)
        except Unsaid as reason:
            unsaid.append(Diagnostic("E610", str(reason), reason=PLAN["E610"].why, place=f"{path}{reason.path}"))
            return ()

    declarations: list[ast.Declaration] = []
    for space in told("policy", workspace, plan.policy):
        declarations += [space] if space else []
    declarations += messages(plan.policy)
    for i, each in enumerate(plan.flows):
        declarations += told(f"flows[{i}]", flow, each)
    for i, world in enumerate(plan.world):
        declarations += told(f"world[{i}]", scenario, world, plan)
    if unsaid:
        raise PlanError(unsaid)
    return ast.Program(tuple(declarations))
