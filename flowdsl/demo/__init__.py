"""A small program and made-up contacts for demonstrations.

The contacts are the same every time and on every machine, so that the README can show results.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from flowdsl.chance.keyed_draws import draw, key

if TYPE_CHECKING:
    import pandas as pd

PROGRAM = files("flowdsl.demo").joinpath("studio.flow").read_text(encoding="utf-8")
START = "2026-01-05"
DAYS = 60
PEOPLE = 400
SOMEBODY = "c143"
NAMES = ("Ada", "Ben", "Chloe", "Dan", "Eve", "Farid", "Grace", "Hugo", "Ines", "Jan", "Kim", "Lea")
CITIES = (("Europe/Paris", 70), ("Europe/London", 20), ("America/New_York", 10))  # shares in percent


def contacts() -> pd.DataFrame:
    """The contacts of a small studio: contact, first_name, timezone, can_email, can_sms, membership.

    >>> contacts().loc[0, "contact"], len(contacts())
    ('c001', 400)
    """
    import pandas as pd

    return pd.DataFrame([_person(f"c{number:03}") for number in range(1, PEOPLE + 1)])


def _person(contact: str) -> dict[str, object]:
    cities = [city for city, weight in CITIES for _ in range(weight)]
    return {
        "contact": contact,
        "first_name": NAMES[_below(len(NAMES), contact, "name")],
        "timezone": cities[_below(len(cities), contact, "city")],
        "can_email": _below(100, contact, "email") < 92,
        "can_sms": _below(100, contact, "sms") < 60,
        "membership": "Gold" if _below(100, contact, "member") < 25 else None,
    }


def _below(size: int, contact: str, what: str) -> int:
    """A whole number below size that belongs to this contact and question."""
    return draw(key("demo", contact, what), 0) % size
