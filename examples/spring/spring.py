"""Lets a studio live through the scenario of `spring.flow`, three times over: prints what came of it each time."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from flowdsl import Results, load, simulate


def spring(replication: int = 0, size: int = 300, seed: int = 1) -> Results:
    """Four weeks from 24 February on; every replication draws anew, and believes its own share of openings."""
    contacts = pd.DataFrame(
        {
            "contact": [f"c{number}" for number in range(size)],
            "plan": ["pro" if number % 5 == 0 else "free" for number in range(size)],
            "timezone": ["Europe/Paris", "Europe/Lisbon"] * (size // 2),
        }
    )
    program = load(Path(__file__).resolve().parent / "spring.flow")
    return simulate(program, contacts, start="2026-02-24", days=28, seed=seed, replication=replication)


def counts(results: Results) -> dict[str, float]:
    """What the studio would ask: who came and got the offer, how many opened it, and what else was sent."""
    launch = results.sends[results.sends["message"] == "Launch"]
    records = results.records
    opened = records[(records["action"] == "email.opened") & (records["name"] == "Launch")]
    return {
        "came": int(pd.Index(results.contact_ids).str.startswith("new-").sum()),
        "launch": len(launch),
        "opened %": round(100 * len(opened) / len(launch), 1),
        "tasks": int((results.actions["name"] == "Call").sum()),
        "bought": int((records["name"] == "Offer 1").sum()),
        "spring e-mails": int((results.sends["flow"] == "Spring").sum()),
        "spring sms": int((results.sends["flow"] == "Spring, shorter").sum()),
    }


if __name__ == "__main__":
    table = pd.DataFrame([counts(spring(replication)) for replication in range(3)])
    print(table.rename_axis("replication").to_string())
