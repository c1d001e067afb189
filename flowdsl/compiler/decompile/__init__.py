"""Decompiles a plan: makes the syntax tree of an equivalent program, which the printer writes as text.

flows makes clauses, steps restores the nesting, delays and spreads find the laws behind tables of quantiles; the other
modules make actions, conditions, phrases, values, the policy and scenarios. A plan has no params, so their values are
written out. Step ids follow the rules of the language: a plan that came from a text keeps its ids, any other may
not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flowdsl.compiler.decompile.flows import flow
from flowdsl.compiler.decompile.phrases import Inexpressible
from flowdsl.compiler.decompile.policy import messages, workspace
from flowdsl.compiler.decompile.world import scenario
from flowdsl.diagnostics.catalogue.plan import PLAN
from flowdsl.diagnostics.diagnostic import Diagnostic, PlanError
from flowdsl.plan.plan import Plan
from flowdsl.syntax import ast

__all__ = ["decompile"]
T = TypeVar("T")


def decompile(plan: Plan) -> ast.Program:
    """The program that means the same as a plan: resolved and lowered, it gives the same plan.

    Raises PlanError (E610) for a plan that no program can express, with the path of every such flow and scenario.

    >>> from flowdsl.plan.plan import Enter, Exit, Flow
    >>> decompile(Plan((Flow("F", (Enter("start", (), "end"), Exit("end"))),))).declarations[0].name
    Text(value='F')
    """
    inexpressible: list[Diagnostic] = []

    def collect(path: str, make: Callable[..., T], *of: object) -> tuple[T, ...]:
        try:
            return (make(*of),)
        except Inexpressible as reason:
            inexpressible.append(Diagnostic("E610", str(reason), reason=PLAN["E610"].why, place=f"{path}{reason.path}"))
            return ()

    declarations: list[ast.Declaration] = []
    for space in collect("policy", workspace, plan.policy):
        declarations += [space] if space else []
    declarations += messages(plan.policy)
    for i, each in enumerate(plan.flows):
        declarations += collect(f"flows[{i}]", flow, each)
    for i, world in enumerate(plan.world):
        declarations += collect(f"world[{i}]", scenario, world, plan)
    if inexpressible:
        raise PlanError(inexpressible)
    return ast.Program(tuple(declarations))
