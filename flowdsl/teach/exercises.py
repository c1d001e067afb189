"""An Exercise: a question and the expected program, which can be handed out sealed."""

from __future__ import annotations

import json
import zlib
from base64 import b85decode, b85encode
from dataclasses import dataclass
from functools import cache
from io import StringIO
from typing import Any

import pandas as pd

from flowdsl.api import pipeline
from flowdsl.diagnostics.diagnostic import PlanError, RunError
from flowdsl.display.html import card, element, table, text
from flowdsl.plan.plan import Plan
from flowdsl.sim import options
from flowdsl.teach.answers import Given, check, plan_of
from flowdsl.teach.verdict import Verdict

TEXTS = ("question", "name", "start")
SHOWN = 12  # rows of a table


@dataclass(frozen=True, eq=False, repr=False)
class Exercise:
    """A question in words, with the expected program, which is never shown.

    wanted    text, Program, Plan or runtime JSON as a dict
    contacts, events   the tables for simulations, which are shown; None: generated so that wrong programs differ
    start, days, skips, ends   as in `check`

    Raises ProgramError or PlanError when what is wanted has diagnostics itself.

    >>> hello = Exercise("Who joins a program gets a chat message.", "when member joins program then send chat")
    >>> bool(hello.check("WHEN contact joins program THEN send chat"))
    True
    >>> Exercise.unsealed(hello.sealed()).question
    'Who joins a program gets a chat message.'
    """

    question: str
    wanted: Given
    contacts: pd.DataFrame | None = None
    events: pd.DataFrame | None = None
    name: str = ""
    start: str = ""
    days: int = 0
    skips: bool = False
    ends: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "wanted", plan_of(self.wanted))

    def check(self, answer: Given) -> Verdict:
        """Checks whether an answer does what is wanted, as `flowdsl.teach.check` does."""
        times: dict[str, Any] = {"start": self.start or None, "days": self.days or None}
        tables = (self.contacts, self.events)
        return check(answer, self.wanted, *tables, **times, skips=self.skips, ends=self.ends)

    def sealed(self) -> str:
        """The exercise as one encoded word for a notebook, so that students do not see the solution by accident.

        It is compressed, not encrypted: anyone can decode it.
        """
        assert isinstance(self.wanted, Plan)
        values: dict[str, Any] = {name: getattr(self, name) for name in (*TEXTS, "days", "skips", "ends")}
        values |= {"wanted": pipeline.dump(self.wanted)}
        tables = {"contacts": self.contacts, "events": self.events}
        values |= {name: None if one is None else one.to_csv(index=False) for name, one in tables.items()}
        return b85encode(zlib.compress(json.dumps(values).encode(), 9)).decode("ascii")

    @classmethod
    def unsealed(cls, word: str) -> Exercise:
        """The exercise that a word of `sealed` holds. Raises RunError for any other word."""
        try:
            values = json.loads(zlib.decompress(b85decode("".join(word.split()))))
            return cls(**{**values, **{name: _table(values[name]) for name in ("contacts", "events")}})
        except (ValueError, zlib.error, KeyError, TypeError, AttributeError, PlanError) as wrong:
            raise RunError([options.diagnostic("E760", "this is no sealed exercise, or not all of one")]) from wrong

    def __str__(self) -> str:
        """The question as text."""
        return f"{self.name}: {self.question}" if self.name else self.question

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = element("p", element("strong", text(f"{self.name}: ")) if self.name else "", text(self.question))
        shown = [(name, one) for name, one in (("contacts", self.contacts), ("events", self.events)) if one is not None]
        return card(head, *(table(one, SHOWN, caption=name) for name, one in shown))


def _table(values: str | None) -> pd.DataFrame | None:
    ids = dict.fromkeys(("contact", "contact_id", "id", "object_id"), str)
    return None if values is None else pd.read_csv(StringIO(values), dtype=ids)


# --- exercises that are there already ---------------------------------------------------------------------------------

SHIPPED = (
    (
        "trigger 1",
        'Who joins the program "Yoga" gets the chat message "Welcome" at once. Other programs bring nothing.',
        'when member joins program "Yoga" then send chat "Welcome"',
    ),
    (
        "trigger 2",
        'Who books a class for the fourth time gets the email "You are a regular". Once, not again for the eighth.',
        'when client books class the 4th time then send email "You are a regular"',
    ),
    (
        "trigger 3",
        'Who joins the program "Yoga", or gets the tag "yoga", gets the email "Your first lesson".'
        " Nobody gets it twice.",
        'when member joins program "Yoga" or when member gets tag "yoga"\n'
        'limit once per contact\nthen send email "Your first lesson"',
    ),
    (
        "condition 1",
        'Three days after joining a program people get the chat message "How is it going?". Who has a membership gets'
        " nothing: neither who has one when joining, nor who buys one within the three days.",
        'when member joins program unless has membership wait 3 days then send chat "How is it going?"',
    ),
    (
        "condition 2",
        'Who buys an offer for more than 50 (the field is called amount) gets the email "Thank you" if the column plan'
        ' says "pro", and the email "Have you seen our pro plan?" if it does not.',
        'when client buys offer where amount > 50\nif plan is "pro"\n  then send email "Thank you"\n'
        'otherwise send email "Have you seen our pro plan?"\nend',
    ),
    (
        "condition 3",
        'Who abandons a cart gets the email "You forgot something" a day later. Who buys an offer in the meantime does'
        " not.",
        'when client abandons cart goal buys offer wait 1 day then send email "You forgot something"',
    ),
    (
        "action 1",
        'Who completes the program "Yoga" is awarded the badge "Yogi", and an hour and a half later gets the email'
        ' "Well done".',
        'when participant completes program "Yoga" then award badge "Yogi"\n'
        'wait 1 hour 30 minutes then send email "Well done"',
    ),
    (
        "action 2",
        'Who joins a program gets the email "Hello" at once. Who has not opened it two days later gets the sms "Have a'
        ' look at your mail" then. Who opens it before gets the tag "reader", at that moment.',
        'when member joins program then send email "Hello"\nwait until opened "Hello" for up to 2 days\n'
        'if it happened\n  then add tag "reader"\notherwise send sms "Have a look at your mail"\nend',
    ),
    (
        "action 3",
        'Who joins a program gets the sms "Welcome", but only from monday to friday between 09:00 and 18:00: at other'
        " times it waits.",
        'when member joins program only on weekdays between 09:00 and 18:00 then send sms "Welcome"',
    ),
)


@cache
def exercises() -> dict[str, Exercise]:
    """Nine exercises by their names: three each on triggers, conditions and actions.

    >>> list(exercises())[:4]
    ['trigger 1', 'trigger 2', 'trigger 3', 'condition 1']
    """
    return {name: Exercise(question, wanted, name=name) for name, question, wanted in SHIPPED}
