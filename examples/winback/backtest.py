"""Forecasts the win-back messages of nine months from the nine before, in two ways, and prints how good they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd

from flowdsl import Backtest, backtest, parse

HERE = Path(__file__).resolve().parent
BEGIN, MIDDLE, END = "1997-01-01", "1997-09-29", "1998-06-29"
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
    """Steady rates that differ between customers; and each customer's own past, where customers may have left."""
    table = purchases()
    people = customers(table)
    program = parse((HERE / "winback.flow").read_text(encoding="utf-8"))
    options = {"train": (BEGIN, MIDDLE), "since": "came", **TESTED}
    return {
        "steady": backtest(program, people, table, rates="mixture", **options),
        "own past": backtest(program, people, table, **options),
    }


def show(found: dict[str, Backtest]) -> None:
    """Prints what was fitted in the second way, and the scores of both."""
    print(found["own past"].fitted)
    scores = {name: one.scores().iloc[-1] for name, one in found.items()}
    table = pd.DataFrame(scores).T[SHOWN]
    print(table.astype(float).round({"forecast": 0, "actual": 0}).round(2).to_string())


if __name__ == "__main__":
    show(tests())
