"""What the compiled engine cannot run: a Setting goes in, a fault for each such thing comes out, before anything runs.

Nothing is ever run otherwise than the reference engine runs it: what is not here is compiled, what is here is refused.
This page is loaded without Numba, for the choice of an engine reads it.
"""

from __future__ import annotations

from collections.abc import Iterator

from flowdsl import plan
from flowdsl.calculus import Assign
from flowdsl.errors import Diagnostic
from flowdsl.faults.run import RUNS
from flowdsl.sim.fast.data import is_large, large
from flowdsl.sim.setting import Setting


def refusals(setting: Setting) -> list[Diagnostic]:
    """A fault for everything in a setting that cannot be compiled."""
    fault = RUNS["E719"]
    return [Diagnostic("E719", what, words=word, reason=fault.why, example=fault.right) for what, word in _not(setting)]


def _not(setting: Setting) -> Iterator[tuple[str, str]]:
    for one in setting.plan.policy.capacities:
        yield f"a capacity of {one.channel} joins contacts, which the compiled engine runs one by one", "capacity"
    nodes = (node for flow in setting.plan.flows for node in flow.nodes if isinstance(node, plan.Act))
    assigned = (node.effect.value for node in nodes if isinstance(node.effect, Assign))
    if large(setting) or any(map(is_large, assigned)):
        yield "a number has more than 18 digits, which compiled code does not hold", "number"
