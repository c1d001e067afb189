"""The machine: what docs/reference/language.md#time means, as a pure function of one contact's state.

    ready      a plan made ready            listening   events it listens to      controls   flows switched on and off
    state      cells, runs, agenda          memory      what an event changes     schedule   triggers that come
    entry      how a run starts             steps       how it walks              actions    how an action is taken
    conditions expressions as tests         labels      how tables name actions   instant    what one instant leaves
    wake       the order of one instant         state_json  a state as JSON   ids       what JSON calls things
    carry      a state under an edited plan     update  changes from outside
    failed     a message that failed        correspondence  flows and steps of two plans

A driver makes a Ready with `prepare`, fills a State, calls `begin` once, then `wake` at each due time or input.
"""

from flowdsl.machine.carry import Carried, Carrier, carry
from flowdsl.machine.failed import Failed
from flowdsl.machine.instant import Request
from flowdsl.machine.listening import Happening
from flowdsl.machine.memory import remember
from flowdsl.machine.ready import Ready, prepare
from flowdsl.machine.state import State
from flowdsl.machine.state_json import from_json, to_json
from flowdsl.machine.update import Update
from flowdsl.machine.wake import Input, Slot, WakeResult, begin, finish, wake

__all__ = [
    "Carried",
    "Carrier",
    "Failed",
    "Happening",
    "Input",
    "Ready",
    "Request",
    "Slot",
    "State",
    "Update",
    "WakeResult",
    "begin",
    "carry",
    "finish",
    "from_json",
    "prepare",
    "remember",
    "to_json",
    "wake",
]
