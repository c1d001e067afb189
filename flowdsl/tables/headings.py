"""Finds column names that almost match a column with a meaning, and suggests the exact name.

A column that nothing recognizes is an attribute. Where its name is nearly one with a meaning, that would silently
change what a simulation does, so it is refused. Consent is the strictest case: any name that speaks of it is refused,
unless it is exactly one of the known columns, the program itself uses it, or it begins with `note_`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from flowdsl.diagnostics.catalogue.data import DATA
from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.source import words_of
from flowdsl.vocabulary import VOCABULARY
from flowdsl.vocabulary.columns import (
    ALIASES,
    CONTACTS,
    NOTE,
    SINGULARS,
    consent_in,
    near,
    refusal_in,
    squashed,
)

EVENTS = ("time", "contact", "contact_id", "event", "object", "object_id")
OBJECTS = ("kind", "object_id", "contact", "contact_id")
KNOWN = {"events": EVENTS, "objects": OBJECTS, "catalogue": ("kind", "name")}

INSTEAD = {
    "time": "timestamp datetime ts date occurredat happenedat createdat eventtime eventdate",
    "contact": "user userid customer customerid client clientid member memberid person personid contactid subscriberid"
    " profileid id",
    "event": "eventname eventtype type action activity activitytype",
    "object_id": "objectid",
    "object": "objectname",
    "kind": "type objecttype objectkind category",
    "name": "title label",
}


def note_contacts(
    columns: Sequence[str], place: str, used: Collection[str], families: Collection[str], findings: DiagnosticCollector
) -> None:
    """Note every heading of contacts that is nearly one with a meaning, unless the program uses the column.

    used: columns that the program reads or sets; families: sets that it uses.
    """
    names = [name for name in columns if name not in CONTACTS and name not in used]
    consent = {name: found for name in names if (found := consent_in(name, columns))}
    singulars = {one: many for one, many in SINGULARS.items() if many in families}
    aliases = {**ALIASES, **singulars}
    alike = {name: meant for name in names if name not in consent and (meant := near(name, CONTACTS, aliases))}
    turned = [name for name, (_, refuses) in consent.items() if refuses]
    _add("E517", {name: meant for name, (meant, _) in consent.items()}, "contacts", place, findings, turned)
    _add("E518", _lacking(alike, columns), "contacts", place, findings)


def note_others(
    columns: Sequence[str],
    place: str,
    table: str,
    fields: Collection[str],
    findings: DiagnosticCollector,
) -> None:
    """Note every heading of events, objects or a catalogue that is nearly a known one, or a field the program reads."""
    meanings = (*KNOWN[table], *fields)
    alike = {name: meant for name in columns if name not in meanings and (meant := near(name, meanings, {}))}
    _add("E518", _lacking(alike, columns), table, place, findings)


def note_event_names(
    texts: Iterable[str], place: str, listened: Collection[str], findings: DiagnosticCollector
) -> None:
    """Note every custom event that speaks of consent refused, unless the program listens to it.

    A bounce or an opt-out of this name would end nothing: the contact would still be sent to.
    """
    found = {text: id for text in texts if text not in listened and (id := refusal_in(text))}
    meant = {text: VOCABULARY.say(id, form="past") for text, id in found.items()}
    if meant:
        listed = ", ".join(f'"{text}" (is it "{phrase}"?)' for text, phrase in meant.items())
        pairs = ", ".join(f'"{text}": "{phrase}"' for text, phrase in meant.items())
        first = next(iter(meant))
        findings.add(
            "E519",
            f"events that speak of consent are not known: {listed}",
            place,
            words=", ".join(meant),
            reason=DATA["E519"].why,
            example=f'events["event"].replace({{{pairs}}}); in a CSV file, write {meant[first]} for {first};'
            f' if it is another thing: "{NOTE}_{_plain(first)}"',
        )


def _lacking(near: Mapping[str, str], there: Collection[str]) -> dict[str, str]:
    """Those whose meaning has no column of its own."""
    return {name: meant for name, meant in near.items() if meant not in there}


def instead(lacking: Iterable[str], there: Iterable[str]) -> dict[str, str]:
    """The columns that are probably meant by some that are missing: as they are called -> as they should be.

    >>> instead(["time", "contact"], ["Time", "user_id", "plan"])
    {'Time': 'time', 'user_id': 'contact'}
    """
    found: dict[str, str] = {}
    columns = list(there)
    for name in lacking:
        others = (squashed(name), *INSTEAD.get(name, "").split())
        squashes = {squashed(column): column for column in reversed(columns) if column not in found}
        meant = next((squashes[other] for other in others if other in squashes), "")
        if meant:
            found[meant] = name
    return found


def renamed(near: Mapping[str, str], table: str) -> str:
    """How columns are renamed, in pandas and in the first line of a CSV file.

    >>> renamed({"Tags": "tags"}, "contacts")
    'contacts.rename(columns={"Tags": "tags"}); in a CSV file, write tags for Tags in the first line'
    """
    pairs = ", ".join(f'"{name}": "{meant}"' for name, meant in near.items())
    lines = ", ".join(f"{meant} for {name}" for name, meant in near.items())
    return f"{table}.rename(columns={{{pairs}}}); in a CSV file, write {lines} in the first line"


def _add(
    code: str,
    near: Mapping[str, str],
    table: str,
    place: str,
    findings: DiagnosticCollector,
    turned: Collection[str] = (),
) -> None:
    """Note all near names of one kind as one diagnostic. turned: those that say yes where consent says no."""
    if not near:
        return
    listed = ", ".join(f'"{name}" ({_meant(meant, name in turned)})' for name, meant in near.items())
    subject = "columns are not known, but nearly" if len(near) > 1 else "a column is not known, but nearly"
    first = {meant: name for name, meant in reversed(list(near.items())) if name not in turned}
    exact = {name: meant for name, meant in near.items() if first.get(meant) == name}
    ways = [renamed(exact, table)] if exact else []
    ways += [f'{table}["{near[name]}"] = "no" in the rows where "{name}" says yes' for name in turned]
    if table == "contacts":
        ways.append(f'if it is only an attribute: "{NOTE}_{_plain(next(iter(near)))}"')
    findings.add(
        code, f"{subject}: {listed}", place, words=", ".join(near), reason=DATA[code].why, example="; ".join(ways)
    )


def _meant(meant: str, is_turned: bool) -> str:
    return f'is it the opposite of "{meant}"?' if is_turned else f'is it "{meant}"?'


def _plain(name: str) -> str:
    return "_".join(words_of(name))
