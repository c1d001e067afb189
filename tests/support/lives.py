"""Lives for tests: a program as text, what happens to contacts, and what became of it as short lines to compare with.

`live` runs one contact (ann) or several through a program; `Lived` reads the tables back as one line a row:
`2026-01-08 10:00 Hello`, `2026-01-08 10:00 Hello skipped: unless`, `exited: offer.bought`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from textwrap import dedent
from typing import Any

import pandas as pd

import flowdsl
from flowdsl.machine import from_json, to_json
from flowdsl.plan.plan import Plan, World
from flowdsl.results.records import Record
from flowdsl.sim import simpy_engine as engine
from flowdsl.sim.arrivals import with_new_contacts
from flowdsl.sim.config import SimulationConfig
from flowdsl.sim.contact_process import ContactProcess, make_context
from flowdsl.tables.plan_tables import open_for
from flowdsl.tables.sources import TableSources

Row = dict[str, Any]
START = "2026-01-01"


def on(time: str, event: str, object: str | None = None, *, contact: str = "ann", **fields: Any) -> Row:
    """One row of an events table; times without a zone are UTC."""
    return {"time": time, "contact": contact, "event": event, "object": object, **fields}


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """Rows as a table: columns in the order they are first met, what a row lacks is missing."""
    return pd.DataFrame(list(rows), columns=list(dict.fromkeys(key for row in rows for key in row)))


@dataclass(frozen=True)
class Lived:
    """What became of some contacts; times are told in `zone`."""

    results: flowdsl.Results
    zone: str

    def actions(self, contact: str = "ann") -> list[str]:
        """Every action of a contact with what became of it, in the order of its rows."""
        rows = self._rows["actions"]
        return [self._action(row) for row in rows if row["contact"] == contact]

    def sends(self, contact: str = "ann") -> list[str]:
        """Messages that were sent, with the local time."""
        rows = self._rows["sends"]
        return [
            f"{self.at(r['time'])} {r['message']}" for r in rows if (r["contact"], r["status"]) == (contact, "sent")
        ]

    def runs(self, contact: str = "ann", flow: str = "") -> list[str]:
        """How each run ended, or that it was declined, with the reason."""
        rows = self._rows["runs"]
        return [_ended(row) for row in rows if row["contact"] == contact and flow in ("", row["flow"])]

    def spans(self, contact: str = "ann", flow: str = "") -> list[str]:
        """From when to when each run went."""
        rows = [row for row in self._rows["runs"] if row["contact"] == contact and flow in ("", row["flow"])]
        return [f"{self.at(row['started'])} to {self.at(row['ended'])}" for row in rows]

    def at(self, time: pd.Timestamp) -> str:
        """A moment as local date and time, with seconds where there are any."""
        if pd.isna(time):
            return "never"
        local = time.tz_convert(self.zone)
        exact = local.second or local.microsecond
        return str(local.tz_localize(None).isoformat(sep=" ")) if exact else str(local.strftime("%Y-%m-%d %H:%M"))

    def rows(self, name: str) -> list[Row]:
        """A table as plain rows."""
        return self._rows[name]

    @cached_property
    def _rows(self) -> dict[str, list[Row]]:
        return {
            name: getattr(self.results, name).to_dict("records") for name in ("sends", "runs", "actions", "records")
        }

    def _action(self, row: Row) -> str:
        name: str = row["name"] if pd.notna(row["name"]) else row["action"]
        if row["status"] == "planned":
            return f"{self.at(row['due'])} {name} planned"
        reason: str = f": {row['reason']}" if pd.notna(row["reason"]) else ""
        return f"{self.at(row['time'])} {name}" + ("" if row["status"] == "done" else f" {row['status']}{reason}")


def _ended(row: Row) -> str:
    return str(row["status"]) + (f": {row['reason']}" if pd.notna(row["reason"]) else "")


def live(
    program: str | Plan,
    *events: Row,
    contacts: Sequence[Row] | pd.DataFrame | None = None,
    objects: Sequence[Row] = (),
    zone: str = "UTC",
    start: str = START,
    days: int = 60,
    **options: Any,
) -> Lived:
    """Lets contacts (ann alone, unless said) live through a program; more options go to `flowdsl.simulate`."""
    people = contacts if isinstance(contacts, pd.DataFrame) else table(contacts or [{"contact": "ann"}])
    results = flowdsl.simulate(
        dedent(program) if isinstance(program, str) else program,
        people,
        events=table(events) if events else None,
        objects=table(objects) if objects else None,
        start=start,
        days=days,
        **options,
    )
    return Lived(results, zone)


def frozen_between_wakes(config: SimulationConfig, position: int) -> list[Record]:
    """A contact's rows when its state goes through JSON before every wake; capacity slots come at once."""
    context = make_context(config)
    life = ContactProcess(context, position)
    rows: list[Record] = []
    while (due := life.next_due) < config.until:
        life.state = from_json(context.ready, json.loads(json.dumps(to_json(context.ready, life.state))))
        woken = life.wake(due)
        rows.extend(woken.records)
        for request in woken.requests:
            life.grant(request, due)
    return [*rows, *life.finish(config.until)]


def setting_of(
    program: str,
    events: Sequence[Row],
    contacts: Sequence[Row],
    *,
    objects: Sequence[Row] = (),
    start: str = START,
    days: int = 60,
    seed: int = 0,
    replication: int = 0,
) -> SimulationConfig:
    """What an engine is told of a program, with its first scenario if it has one."""
    plan = flowdsl.load_plan(flowdsl.dump(dedent(program)))
    owned = table(objects) if objects else None
    tables = open_for(plan, TableSources(table(contacts), table(events) if events else None, owned))
    begin = pd.Timestamp(start, tz="UTC").value // 1_000_000
    world = plan.world[0] if plan.world else World("")
    config = SimulationConfig(plan, tables, begin, begin, begin + days * 86_400_000, world, seed, replication)
    return with_new_contacts(config)


def rows_of(config: SimulationConfig) -> dict[str, list[Record]]:
    """Every contact's rows, by id, as the reference engine writes them."""
    ids = config.tables.contacts.ids
    found: dict[str, list[Record]] = {name: [] for name in ids}
    engine.run(config, lambda position, rows: found[ids[position]].extend(rows))
    return found
