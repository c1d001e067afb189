"""Makes contacts and events that distinguish two programs, simple ones first.

The cases cover everything that either program mentions: each event, name, value and tag, and moments before, at and
after the ends of waits, limits and send windows. They vary one thing at a time, then two together, up to a limit. So
the first contact for whom two programs differ is close to the simplest one.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice, product

import pandas as pd

from flowdsl.calendar.clock import DAY, HOUR
from flowdsl.plan.expressions import Value
from flowdsl.plan.plan import Plan
from flowdsl.teach.program_values import EventRow, Mentions

MOST = 1200  # contacts
MOST_OF_A_KIND = 300  # of each kind of case, so that none crowds out the next
# fmt: off
NAMES = (
    "ann", "bob", "cleo", "dan", "eve", "fay", "gus", "hal", "ida", "jon", "kim", "leo", "mia", "ned", "ola", "pam",
    "quin", "ray", "sue", "tom", "una", "vic", "wes", "xia", "yan", "zoe",
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Case:
    """One contact: what its row says, what happens to it, and from which moment (ms) on."""

    cells: tuple[tuple[str, Value], ...] = ()
    events: tuple[EventRow, ...] = ()
    base: int = 0


@dataclass(frozen=True)
class Made:
    """Tables of cases, and the time that shows all that they bring about."""

    contacts: pd.DataFrame
    events: pd.DataFrame
    start: str
    days: int


def make(plans: Sequence[Plan], contacts: pd.DataFrame | None = None, key: str = "contact") -> Made:
    """Contacts and events that cover what the plans mention. Contacts that are given keep their columns; each of them
    comes several times then, with other events.

    >>> from flowdsl import parse, dump, load_plan
    >>> text = 'when member joins program unless has tag "vip" wait 3 days then send chat'
    >>> made = make([load_plan(dump(parse(text)))])
    >>> sorted(made.contacts["tags"].unique()), made.events.loc[0, "event"]
    (['', 'another', 'vip'], 'program.joined')
    """
    mentions = Mentions(tuple(plans))
    if contacts is None:
        cases = list(dict.fromkeys(_cases(mentions)))[:MOST]
        rows = [{"contact": _name(at), **_plain(mentions), **dict(case.cells)} for at, case in enumerate(cases)]
        people, ids = pd.DataFrame(rows), [_name(at) for at in range(len(cases))]
    else:
        each = max(1, MOST // max(1, len(contacts)))
        series = list(dict.fromkeys(replace(case, cells=()) for case in _cases(mentions)))[:each]
        people = pd.concat(
            [
                contacts.assign(**{key: contacts[key].astype(str) + ("" if not at else f"-{at + 1}")})
                for at in range(len(series))
            ],
            ignore_index=True,
        )
        ids, cases = people[key].tolist(), [case for case in series for _ in range(len(contacts))]
    rows = [_row(one, case, id) for id, case in zip(ids, cases, strict=True) for one in case.events]
    columns = ["time", "contact", "event", "object", "object_id"]
    events = pd.DataFrame(rows, columns=[*columns, *sorted({name for row in rows for name in row} - set(columns))])
    events = events.astype({"time": "datetime64[ms]"}).sort_values("time", kind="stable", ignore_index=True)
    first = min([mentions.bases[0], *(case.base for case in cases)]) // DAY
    last = max([mentions.bases[0], *(case.base + one.after for case in cases for one in case.events)]) // DAY
    days = last - first + 2 + mentions.longest // DAY
    return Made(people, events, str(date(1970, 1, 1) + timedelta(days=first)), days)


def _name(at: int) -> str:
    return NAMES[at % len(NAMES)] + (f"-{at // len(NAMES) + 1}" if at >= len(NAMES) else "")


def _row(one: EventRow, case: Case, contact: str) -> dict[str, Value | None]:
    is_custom = one.event == "custom.happened"
    mentions = {"event": one.name, "object": ""} if is_custom else {"event": one.event, "object": one.name}
    return {"time": case.base + one.after, "contact": contact, **mentions, "object_id": None, **dict(one.fields)}


def _plain(mentions: Mentions) -> Mapping[str, Value | None]:
    """The cells of a contact of whom nothing special is known."""
    return {column: "" if column in mentions.families else None for column, _ in mentions.cells} | dict.fromkeys(
        (f"can_{channel}" for channel in mentions.consents), True
    )


# --- cases ------------------------------------------------------------------------------------------------------------


def _cases(mentions: Mentions) -> Iterator[Case]:
    """Cases, the simplest first."""
    starts: list[tuple[EventRow, ...]] = [(one,) for one in mentions.triggers] or [()]
    kinds: list[Iterable[Case]] = [
        (Case((), events) for events in starts),
        (Case((), events, base) for base, events in product(mentions.bases, starts)),
        (Case((cell,), events) for cell, events in product(mentions.cells, starts)),
        (
            Case((), _times(events, n, gap))
            for n, gap, events in product(mentions.counts, (DAY, HOUR), starts)
            if events
        ),
        (
            Case((), (*events, replace(one, after=gap)))
            for gap, one, events in product(mentions.gaps, mentions.others, starts)
        ),
        _sampled(
            (Case((a, b), events) for a, b, events in product(mentions.cells, mentions.cells, starts) if a[0] != b[0])
        ),
        _sampled((Case((), events, base) for base, events in product(mentions.bases, _pairs(mentions, starts)))),
        _sampled((Case((cell,), events) for cell, events in product(mentions.cells, _pairs(mentions, starts)))),
        _sampled(Case((), events) for events in _pairs(mentions, _pairs(mentions, starts))),
    ]
    for kind in kinds:
        for case in islice(kind, MOST_OF_A_KIND):
            yield replace(case, base=case.base or mentions.bases[0])


def _times(events: tuple[EventRow, ...], times: int, gap: int) -> tuple[EventRow, ...]:
    return tuple(replace(events[0], after=at * gap) for at in range(times))


def _pairs(mentions: Mentions, starts: Iterable[tuple[EventRow, ...]]) -> list[tuple[EventRow, ...]]:
    """What begins, and another event behind it."""
    found = ((*events, replace(one, after=gap)) for events, one, gap in product(starts, mentions.others, mentions.gaps))
    return list(islice(found, 20 * MOST))


def _sampled(cases: Iterable[Case]) -> list[Case]:
    """As many as there is room for, from everywhere among them."""
    found = list(islice(cases, 50 * MOST))
    return found if len(found) <= MOST_OF_A_KIND else random.Random(0).sample(found, MOST_OF_A_KIND)
