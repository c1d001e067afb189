"""Tables as the door leaves them, made at once from arrays: what a simulation of millions costs by itself.

`simple` holds the flow of `journey.py`; `busy` has five flows with windows, zones, counts and answers, for the same
contacts.
"""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.journey import BEGIN, DAY, DAYS, PROGRAM, arrays
from flowdsl import dump, load_plan
from flowdsl.plan.plan import Plan
from flowdsl.sim.config import SimulationConfig
from flowdsl.tables import Contacts, Events, Tables
from flowdsl.tables.arrays import Coded, Texts

ZONES = ["Europe/Paris", "America/New_York", "Asia/Tokyo", "Australia/Sydney"]
BUSY = """
workspace
  timezone "Europe/Paris"
  only on monday to saturday between 08:00 and 20:00
  cap 3 emails per contact every 7 days

flow "Welcome"
  when member joins program "Yoga"
  limit once per contact
  wait 3 days at 09:00
  if has membership then exit "member" end
  then send email "A"
  wait until opened "A" for up to 7 days
  if it happened
    then send email "B"
  otherwise send email "C"
  end

flow "Keen"
  when contact opens email the 2nd time
  timezone contact
  only between 18:00 and 21:00
  then add tag "keen"
  then send email "D"

flow "Tagged"
  when contact gets tag "keen"
  wait 2 days at 10:00
  if opened email at least 2 times in the last 30 days
    then send email "E"
  end

flow "Clicks"
  when contact clicks email "A"
  limit one at a time
  wait until buys offer for up to 5 days
  if not it happened
    then send email "F" unless has tag "keen"
  end

flow "Buyers"
  when contact buys offer
  limit 2 times per contact every 30 days
  wait 1 day at 09:00
  then send email "G"

scenario "As a rule"
  assume contact opens email 35% after about 4 hours
  assume contact clicks email 20% of opening it within 10 minutes
  assume contact buys offer 30% of clicking email within 3 days
"""


def simple(size: int) -> SimulationConfig:
    """The five-step flow of the yardstick."""
    return _setting(PROGRAM, size)


def busy(size: int) -> SimulationConfig:
    """Five flows that meet windows, zones, caps, counts and each other."""
    return _setting(BUSY, size)


def limited(size: int) -> SimulationConfig:
    """The flow of the yardstick with a capacity that is almost used up: a queue grows and shrinks for days."""
    return _setting(f"workspace\n  capacity email {max(size // 500, 1)} per hour\n{PROGRAM}", size)


def many(flows: int, size: int) -> SimulationConfig:
    """So many flows for the same contacts, each started by the same event."""
    head, scenario = PROGRAM.split("scenario", 1)
    copies = [head.replace('"Welcome"', f'"Welcome {number}"') for number in range(flows)]
    return _setting("".join(copies) + "scenario" + scenario, size)


def _setting(program: str, size: int) -> SimulationConfig:
    plan: Plan = load_plan(dump(program))
    begin = int(BEGIN.timestamp() * 1000)
    return SimulationConfig(plan, tables(size), begin, begin, begin + DAYS * DAY, plan.world[0])


def tables(size: int) -> Tables:
    """The contacts and events of `journey.frames`, packed; zones go round."""
    joins, members = arrays(size)
    numbers = pc.cast(pa.array(np.arange(size)), pa.large_string())
    ids = pc.binary_join_element_wise(pa.scalar("c", pa.large_string()), numbers, pa.scalar("", pa.large_string()))
    contacts = Contacts(
        Texts.of_arrow(ids),
        sets={"memberships": Coded(np.where(members, 0, -1), [("",)], ())},
        zones=Coded(np.arange(size) % len(ZONES), ZONES, ""),
    )
    nothing = np.zeros(size, dtype=np.int32)
    events = Events(
        _packed(np.arange(size + 1)),
        _packed(joins),
        Coded(nothing, ["program.joined"], ""),
        Coded(nothing, ["Yoga"], ""),
        first=int(joins.min()),
        last=int(joins.max()),
    )
    return Tables(contacts, events)


def _packed(numbers: Any) -> Any:
    cells = array("q")
    cells.frombytes(np.ascontiguousarray(numbers, dtype=np.int64).tobytes())
    return cells
