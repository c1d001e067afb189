"""What JSON calls the parts of a plan that have numbers in memory: names, step ids and canonical forms.

A count has no name, so it goes by the canonical form of what it counts; caps and triggers do as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowdsl.plan import plan
from flowdsl.plan.expressions import EventMatch
from flowdsl.plan.json.canonical import canonical
from flowdsl.plan.json.codec import encode_object, kind

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True)
class Ids:
    """The ids of a plan: those of counts and caps by number, of triggers by flow and number.

    steps   by flow: the number of each step
    """

    counts: tuple[str, ...]
    caps: tuple[str, ...]
    triggers: tuple[tuple[str, ...], ...]
    steps: tuple[dict[str, int], ...]


def make_ids(program: plan.Plan, counted: Sequence[EventMatch]) -> Ids:
    """The ids of a plan in which these matches are counted."""
    return Ids(
        counts=_forms(counted),
        caps=_forms(program.policy.caps),
        triggers=tuple(_forms(flow.enter.triggers) for flow in program.flows),
        steps=tuple({node.id: number for number, node in enumerate(flow.nodes)} for flow in program.flows),
    )


def form(thing: DataclassInstance, without: Iterable[str] = ()) -> str:
    """The canonical form of a part of a plan: equal for parts that mean the same, wherever they are in the text.

    >>> from flowdsl.plan.expressions import Duration
    >>> form(plan.Cap(3, "email", Duration(ms=604_800_000)))
    '{"channel":"email","every":{"ms":604800000},"kind":"cap","times":3}'
    """
    fields = {key: value for key, value in encode_object(thing, spans=False).items() if key not in {*without}}
    return canonical({"kind": kind(type(thing)), **fields})


def _forms(things: Iterable[DataclassInstance]) -> tuple[str, ...]:
    return tuple(form(thing) for thing in things)
