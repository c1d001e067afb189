"""Forecasts the win-back messages of nine months from the nine before, in three ways, and prints how good they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
from fade import fit, past_of, rates

from flowdsl import Backtest, Scenario, backtest, parse

HERE = Path(__file__).resolve().parent
BEGIN, MIDDLE, RECENT, END = "1997-01-01", "1997-09-29", "1997-06-30", "1998-06-29"
TESTED = {"test": (MIDDLE, END), "every": "week", "replications": 19}
SHOWN = ["forecast", "actual", "bias", "wape", "wape_last_week", "wape_weekday_mean", "coverage"]


def purchases() -> pd.DataFrame:
    """All purchases, fetched if need be."""
    subprocess.run([sys.executable, HERE / "fetch.py"], check=True)
    return pd.read_csv(HERE / "data" / "purchases.csv", dtype={"contact": str}, parse_dates=["time"])


def customers(table: pd.DataFrame) -> pd.DataFrame:
    """Who bought, and when first: a customer is one from then on."""
    return table.groupby("contact")["time"].min().rename("came").reset_index()


def tests() -> dict[str, Backtest]:
    """Steady rates of all nine months, of the last three of them, and each customer's own rate when some stay away."""
    table = purchases()
    people = customers(table)
    program = parse((HERE / "winback.flow").read_text(encoding="utf-8"))
    past = past_of(table, pd.Timestamp(MIDDLE))
    weeks = (pd.Timestamp(END) - pd.Timestamp(MIDDLE)).days / 7
    own = pd.DataFrame({"contact": past.contact, "purchases a week": rates(past, fit(past), weeks)})
    fading = Scenario("Fading").rate('buys offer "CDs"', "purchases a week", "week")
    return {
        "steady": backtest(program, people, table, train=(BEGIN, MIDDLE), since="came", **TESTED),
        "steady, of three months": backtest(program, people, table, train=(RECENT, MIDDLE), since="came", **TESTED),
        "own, fading": backtest(program, own, table, train=(BEGIN, MIDDLE), scenario=fading, **TESTED),
    }


def show(found: dict[str, Backtest]) -> None:
    """Prints what was fitted to all nine months, and the scores of all ways."""
    print(found["steady"].fitted)
    scores = {name: one.scores().iloc[-1] for name, one in found.items()}
    table = pd.DataFrame(scores).T[SHOWN]
    print(table.astype(float).round({"forecast": 0, "actual": 0}).round(2).to_string())


if __name__ == "__main__":
    show(tests())
