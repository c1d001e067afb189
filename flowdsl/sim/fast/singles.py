"""Finds the events of which the runs may be simulated the short way (single.py).

What stands here is all that the short way does not know: whoever teaches it more takes a line away.
"""

from __future__ import annotations

from flowdsl.machine.ready import ReadyFlow
from flowdsl.plan import plan
from flowdsl.plan.expressions import ChangeMembership, Effect, Send, SetField, StartFlow, StopFlow
from flowdsl.sim.contact_process import SimulationContext

NO_FLOW = -1


def single_flow(stage: SimulationContext, path_words: int, event: str) -> int:
    """The flow of which an event may start the only run of a life without loss, by its number; NO_FLOW for none."""
    groups = stage.ready.triggers.get(event, ())
    if len(groups) != 1 or path_words != 1 or not _is_quiet(stage) or _is_about_something(stage, event):
        return NO_FLOW
    flow = stage.ready.flows[groups[0][0].flow]
    return flow.index if _is_straight(stage, flow) else NO_FLOW


def _is_quiet(stage: SimulationContext) -> bool:
    """Whether nothing comes of itself, joins contacts, or starts runs but outside events."""
    config, ready = stage.config, stage.ready
    if config.begin != config.start or config.arrival_times or config.plan.policy.capacities:
        return False
    if ready.comes_of_itself or ready.levels or ready.controls or ready.fields:
        return False
    world = config.world
    answers = (answer.event for answer in world.answers)
    return not (world.rates or world.shares) and not any(
        ready.triggers.get(event) or _is_about_something(stage, event) for event in answers
    )


def _is_about_something(stage: SimulationContext, event: str) -> bool:
    """Whether an event is about a related object."""
    kind = stage.ready.events.get(event)
    return bool(kind and kind.about)


def _is_straight(stage: SimulationContext, flow: ReadyFlow) -> bool:
    """Whether every step of a flow is one that leads on, waits, or touches nothing but the contact itself."""
    if flow.flow.kind != "flow" or flow.flow.paused or flow.loops:
        return False
    return not any(_is_crooked(stage, node) for node in flow.nodes)


def _is_crooked(stage: SimulationContext, node: plan.Node) -> bool:
    if isinstance(node, plan.Wait):
        return isinstance(node.until, plan.Relative)
    if isinstance(node, plan.Act):
        return isinstance(node.effect, SetField | StartFlow | StopFlow) or _is_heard(stage, node.effect)
    return isinstance(node, plan.Repeat | plan.Jump)


def _is_heard(stage: SimulationContext, effect: Effect) -> bool:
    """Whether an action causes an event that anybody listens to."""
    if isinstance(effect, ChangeMembership):
        ready = stage.ready
        return effect.family == "campaigns" or effect.event in ready.heard or effect.event in ready.echo
    return isinstance(effect, Send) and f"{effect.channel}.received" in stage.ready.heard
