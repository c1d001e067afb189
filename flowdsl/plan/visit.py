"""Visits a plan: yields a part of it and everything inside, in the order of the text.

What a part is made of is written here and nowhere else. Who looks for something filters what comes: `parts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, TypeGuard, TypeVar, get_args

from flowdsl.plan import plan
from flowdsl.plan.expressions import (
    And,
    Counted,
    Effect,
    EventMatch,
    Expr,
    Not,
    Or,
    WaitCondition,
)

Line: TypeAlias = plan.Chancy | plan.Control
Part: TypeAlias = (
    plan.Plan
    | plan.Flow
    | plan.ExitRule
    | plan.Trigger
    | plan.Node
    | plan.Until
    | plan.World
    | Line
    | WaitCondition
    | EventMatch
    | Effect
    | Expr
)
T = TypeVar("T")
_CONDITIONS: frozenset[type] = frozenset(get_args(Expr))


def visit(whole: Part) -> Iterator[Part]:
    """A part of a plan and every part within it, each before what it is made of.

    >>> from flowdsl.plan.expressions import Consent, Happened
    >>> [type(one).__name__ for one in visit(And((Consent("sms"), Not(Happened()))))]
    ['And', 'Consent', 'Not', 'Happened']
    """
    coming: list[Part] = [whole]
    while coming:
        one = coming.pop()
        yield one
        inner = _INNER.get(type(one))
        if inner:
            coming.extend(reversed(inner(one)))


def parts(whole: Part, kind: type[T]) -> Iterator[T]:
    """The parts of one kind.

    >>> from flowdsl.plan.expressions import Consent
    >>> [one.channel for one in parts(And((Consent("sms"), Not(Consent("push")))), Consent)]
    ['sms', 'push']
    """
    return (one for one in visit(whole) if isinstance(one, kind))


def conditions(whole: Part) -> Iterator[Expr]:
    """The conditions, those within others too."""
    return (one for one in visit(whole) if _is_condition(one))


def _is_condition(one: Part) -> TypeGuard[Expr]:
    return type(one) in _CONDITIONS


def steps(whole: plan.Plan | plan.Flow, kind: type[T]) -> Iterator[T]:
    """The steps of one kind; as `parts`, but quicker: nothing within a step is looked at."""
    flows = whole.flows if isinstance(whole, plan.Plan) else (whole,)
    return (node for flow in flows for node in flow.nodes if isinstance(node, kind))


def effects(whole: plan.Plan | plan.Flow, kind: type[T]) -> Iterator[T]:
    """What the actions do, of one kind.

    >>> from flowdsl.plan.expressions import Send
    >>> hello = plan.Act("send Hello", Send("email", "Hello"), "end")
    >>> [send.message for send in effects(plan.Flow("Welcome", (plan.Enter("start", (), "end"), hello)), Send)]
    ['Hello']
    """
    return (act.effect for act in steps(whole, plan.Act) if isinstance(act.effect, kind))


# --- what a part is made of -------------------------------------------------------------------------------------------


def _known(*some: Part | None) -> tuple[Part, ...]:
    return tuple(one for one in some if one is not None)


def _of_flow(flow: plan.Flow) -> tuple[Part, ...]:
    """Its entry first, then its clauses, then its steps."""
    return (*flow.nodes[:1], *_known(flow.unless), *flow.leaves, *flow.nodes[1:])


def _of_act(act: plan.Act) -> tuple[Part, ...]:
    return (act.effect,) if act.unless is None else (act.effect, act.unless)


def _of_world(world: plan.World) -> tuple[Part, ...]:
    return (*world.answers, *world.rates, *world.controls, *world.arrivals, *world.shares)


_INNER: dict[type, Callable[[Any], tuple[Part, ...]]] = {
    plan.Plan: lambda one: (*one.flows, *one.world),
    plan.Flow: _of_flow,
    plan.ExitRule: lambda one: (one.occasion,),
    plan.Enter: lambda one: one.triggers,
    plan.OnEvent: lambda one: _known(one.match, one.where),
    plan.DateTrigger: lambda one: _known(one.where),
    plan.OnSchedule: lambda one: _known(one.where),
    plan.Branch: lambda one: (one.test,),
    plan.Wait: lambda one: (one.until,),
    plan.Happens: lambda one: (one.occasion,),
    plan.Act: _of_act,
    WaitCondition: lambda one: (*one.events, *_known(one.test)),
    Not: lambda one: (one.item,),
    And: lambda one: one.items,
    Or: lambda one: one.items,
    Counted: lambda one: (one.match,),
    plan.World: _of_world,
    plan.Answer: lambda one: _known(one.cause, one.where),
    plan.Rate: lambda one: _known(one.where),
    plan.Share: lambda one: _known(one.where),
}
