"""The plan in simulated time: a Setting goes in, an engine walks it, Results come out.

setting  what an engine is told      life     one contact: machine, tables and scenario together
world    what contacts answer        rates    what they do by themselves
shares   what they are at first      arrivals new contacts        chance, doubt  what all of these draw from
events   the reference engine (SimPy)
recorder, log, tables, results       rows kept compactly, tables made when asked for
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib import import_module

from flowdsl.records import Record
from flowdsl.sim.arrivals import with_new_contacts
from flowdsl.sim.recorder import Recorder
from flowdsl.sim.results import Results
from flowdsl.sim.setting import Progress, Setting

__all__ = ["ENGINES", "Progress", "Results", "Setting", "simulate", "with_new_contacts"]

Run = Callable[[Setting, Callable[[int, Iterable[Record]], None], Progress | None], None]

ENGINES = {"simpy": "flowdsl.sim.events"}  # name -> module with `run` and `trace`, loaded when first asked for


def simulate(setting: Setting, engine: str = "simpy", progress: Progress | None = None) -> Results:
    """Runs a setting under an engine of ENGINES and gives its Results; KeyError for an engine that is not there."""
    module = import_module(ENGINES[engine])
    setting = with_new_contacts(setting)
    contacts = setting.tables.contacts
    recorder = Recorder(setting.plan, contacts.ids, setting.start)
    module.run(setting, recorder.add, progress)
    return recorder.results(
        until=setting.until,
        seed=setting.seed,
        replication=setting.replication,
        tracer=partial(_trace, engine, setting),
        zone_of=partial(_zone, setting),
    )


# Functions with names, for Results are sent from process to process.


def _trace(engine: str, setting: Setting, contact: str) -> Sequence[Record]:
    found: Sequence[Record] = import_module(ENGINES[engine]).trace(setting, setting.tables.contacts.position(contact))
    return found


def _zone(setting: Setting, contact: str) -> str:
    contacts = setting.tables.contacts
    return contacts.zones[contacts.position(contact) or 0] if contacts.zones else ""
