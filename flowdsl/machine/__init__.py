"""The machine: what LANGUAGE.md section 7 means, as a pure function of one contact's state.

    ready  a plan made ready             state   cells, runs, agenda         wake      order of one instant
    entry  how a run starts              steps   how it walks                actions   how an action is taken
    memory what an event changes         schedule  triggers that come        conditions  expressions as tests
    labels how tables name an action     instant   what one instant leaves

A driver makes a Ready with `prepare`, fills a State, calls `begin` once, then `wake` at each due time or input.
"""

from flowdsl.machine.instant import Request
from flowdsl.machine.memory import remember
from flowdsl.machine.ready import Happening, Ready, prepare
from flowdsl.machine.state import State, freeze, thaw
from flowdsl.machine.wake import Input, Slot, Woken, begin, finish, wake

__all__ = [
    "Happening",
    "Input",
    "Ready",
    "Request",
    "Slot",
    "State",
    "Woken",
    "begin",
    "finish",
    "freeze",
    "prepare",
    "remember",
    "thaw",
    "wake",
]
