"""The events, names, values and moments on which programs depend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Any

from flowdsl.calendar.clock import DAY, HOUR, MINUTE, Window, zone
from flowdsl.plan import plan, usage
from flowdsl.plan.expressions import (
    Column,
    Compare,
    Consent,
    Counted,
    Duration,
    Expr,
    Has,
    Known,
    MessageStatus,
    ObjectField,
    OneOf,
    Recent,
    Ref,
    Send,
    TriggerField,
    Value,
)
from flowdsl.plan.plan import Plan
from flowdsl.plan.visit import effects, parts, steps

FIRST_DAY = date(2026, 1, 5)  # a Monday
ZONES = ("America/New_York", "Asia/Tokyo")
OTHER = "another"
PLAIN = {"memberships": "Gold", "tags": "vip", "groups": "Regulars", "badges": "Star"}  # where no name is given


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event of a generated case: its id, object and fields, and the time after the first event, in ms."""

    event: str
    name: str = ""
    fields: tuple[tuple[str, Value], ...] = ()
    after: int = 0


@dataclass(frozen=True)
class Mentions:
    """All that some plans mention, of which cases are made."""

    plans: tuple[Plan, ...]

    @cached_property
    def flows(self) -> list[plan.Flow]:
        return [flow for one in self.plans for flow in one.flows]

    @cached_property
    def tests(self) -> list[Expr]:
        return [expr for one in self.plans for expr in usage.expressions(one)]

    @cached_property
    def families(self) -> dict[str, list[str]]:
        """The sets that conditions use, with the names in them."""
        found: dict[str, list[str]] = {}
        for test in self.tests:
            if isinstance(test, Has):
                found.setdefault(test.family, []).extend(test.names or [PLAIN.get(test.family, OTHER)])
        return {family: list(dict.fromkeys(names)) for family, names in found.items()}

    @cached_property
    def consents(self) -> list[str]:
        return list(dict.fromkeys(test.channel for test in self.tests if isinstance(test, Consent)))

    @cached_property
    def cells(self) -> list[tuple[str, Value]]:
        """Columns with each value that makes a difference."""
        found: list[tuple[str, Value]] = []
        named = {test.family for test in self.tests if isinstance(test, Has) and test.names}
        for family, names in self.families.items():
            found += [(family, name) for name in [*names, *([OTHER] if family in named else [])]]
        found += [(ref.name, value) for ref, value in self._values if isinstance(ref, Column)]
        found += [(f"can_{channel}", False) for channel in self.consents]
        found += [("timezone", name) for name in ZONES] if self.is_local else []
        found += [(name, 0.5) for one in self.plans for name, _ in usage.numbers(one)]
        for flow in self.flows:
            columns = [trigger.column for trigger in flow.enter.triggers if isinstance(trigger, plan.DateTrigger)]
            found += [(name, self._day(away)) for name in columns for away in (1, 9, 40, -400)]
        return list(dict.fromkeys(found))

    @cached_property
    def is_local(self) -> bool:
        """Whether the time zone of a contact matters."""
        own = any(flow.zone == "" for flow in self.flows)
        return own and (any(_at_a_time(node) for flow in self.flows for node in flow.nodes) or bool(self.windows))

    @cached_property
    def windows(self) -> list[tuple[str, Window]]:
        """Send windows, each with the zone of its clock."""
        own = [(flow.zone, flow.window) for flow in self.flows if flow.window]
        return own + [(one.policy.zone, one.policy.window) for one in self.plans if one.policy.window]

    @cached_property
    def _values(self) -> list[tuple[Ref, Value]]:
        """Columns and fields with the values that comparisons turn on; of two types those of the first program."""
        found: list[tuple[Ref, Value]] = []
        types: dict[str, type] = {}
        for test in (one for one in self.tests if isinstance(one, Compare | OneOf | Known | Recent)):
            for value in self._candidates(test):
                kind = types.setdefault(test.left.name, type(value))
                if isinstance(value, kind) or (kind in (int, float) and type(value) in (int, float)):
                    found.append((test.left, value))
        for flow in self.flows:
            for until in parts(flow, plan.Relative):
                found += [(until.ref, self._day(away)) for away in (10, 30, -3)]
        return found

    @cached_property
    def triggers(self) -> list[EventRow]:
        """Events that may start a run, each with its names and fields, and with another name."""
        matches = [trigger.match for flow in self.flows for trigger in parts(flow.enter, plan.OnEvent)]
        plain = list(dict.fromkeys(one for match in matches for one in self._of(match)))
        fields = list(dict.fromkeys((ref.name, value) for ref, value in self._values if isinstance(ref, TriggerField)))
        varied = [replace(one, fields=(*one.fields, field)) for one in plain for field in fields]
        about = [(ref.name, value) for ref, value in self._values if isinstance(ref, ObjectField)]
        objects = [replace(one, fields=(*one.fields, field)) for one in plain for field in about if one.fields]
        return list(dict.fromkeys([*plain, *varied, *objects]))

    @cached_property
    def others(self) -> list[EventRow]:
        """Every event that either program uses, also events that only change tested values."""
        found = [*self.triggers, *(one for p in self.plans for match in usage.matches(p) for one in self._of(match))]
        for one in self.plans:
            for event in one.events:
                family = event.adds or event.removes
                found += [EventRow(event.id, name) for name in self.families.get(family, ())]
        for test in self.tests:
            if isinstance(test, MessageStatus):
                found += [EventRow(f"{c}.{flag}", test.name) for c in self._channels(test.name) for flag in test.flags]
        return list(dict.fromkeys(found))

    def _of(self, match: Any) -> Iterator[EventRow]:
        for id in match.events:
            event = next((p.events_by_id[id] for p in self.plans if id in p.events_by_id), None)
            noun = event.noun if event else ""
            if (
                event
                and event.channel
                and not any(self._sent(event.channel, name) for name in match.names or self._messages)
            ):
                continue
            named = [str(value) for ref, value in self._values if isinstance(ref, TriggerField) and ref.name == noun]
            names = list(dict.fromkeys([*self._named.get(id, ()), *match.names, *named]))
            names = names or ([*self._messages] if event and event.channel else [])
            about = (("object_id", "1"),) if event and event.about else ()
            fields = (*about, *((field.field, field.values[0]) for field in match.fields))
            is_free = id != "custom.happened" and not (event and event.channel)
            for name in [*names, *([OTHER.capitalize()] if names and is_free else [])] or [""]:
                yield EventRow(id, name, fields)

    @cached_property
    def _named(self) -> dict[str, list[str]]:
        """The names that are used anywhere, by event; an event without a name matches these, too."""
        found: dict[str, list[str]] = {}
        for match in (match for one in self.plans for match in usage.matches(one)):
            for id in match.events:
                found.setdefault(id, []).extend(match.names)
        return found

    @cached_property
    def _messages(self) -> list[str]:
        return list(dict.fromkeys(name for _, name in self._sends))

    @cached_property
    def _sends(self) -> list[tuple[str, str]]:
        return [(one.channel, one.message) for flow in self.flows for one in effects(flow, Send)]

    def _sent(self, channel: str, name: str) -> bool:
        return (channel, name) in self._sends

    def _channels(self, name: str) -> list[str]:
        return list(dict.fromkeys(channel for channel, message in self._sends if message == name)) or ["email"]

    @cached_property
    def waits(self) -> list[int]:
        """When steps come, in ms after the beginning, as far as waits say it."""
        found = {0}
        for flow in self.flows:
            found |= set(accumulate(_length(wait.until) for wait in steps(flow, plan.Wait)))
        return sorted(found)

    @cached_property
    def longest(self) -> int:
        """How long it takes until everything has come, at most, in ms."""
        each = [sum(_length(wait.until) for wait in steps(flow, plan.Wait)) for flow in self.flows]
        loops = [_loops(flow) for flow in self.flows]
        calendar = any(isinstance(t, plan.OnSchedule | plan.DateTrigger) for f in self.flows for t in f.enter.triggers)
        return sum(one * times for one, times in zip(each, loops, strict=True)) + (45 if calendar else 9) * DAY

    @cached_property
    def gaps(self) -> list[int]:
        """How long after the first event another may come so that it matters."""
        lapses = [flow.enter.limit.every for flow in self.flows if flow.enter.limit and flow.enter.limit.every]
        lapses += [test.window for test in self.tests if isinstance(test, Counted) and test.window]
        edges = sorted({*self.waits, *(_ms(lapse) for lapse in lapses)})
        near = [edge + HOUR for edge in edges] + [edge - HOUR for edge in edges if edge > HOUR]
        return list(dict.fromkeys([*near, *edges]))

    @cached_property
    def counts(self) -> list[int]:
        """How many times something may happen so that it matters."""
        found = {3}
        for flow in self.flows:
            found |= {t.nth for t in flow.enter.triggers if isinstance(t, plan.OnEvent) and t.nth}
            found |= {flow.enter.limit.times} if flow.enter.limit else set()
        found |= {test.times for test in self.tests if isinstance(test, Counted)}
        found |= {cap.times for one in self.plans for cap in one.policy.caps}
        return sorted({n for times in found for n in (times, times + 1, 2 * times) if 2 <= n <= 40})

    @cached_property
    def first_day(self) -> date:
        """The Monday on which it all begins: one on which every flow has started."""
        starts = [flow.enter.starting.date for flow in self.flows if flow.enter.starting]
        latest = max([FIRST_DAY, *starts])
        return latest + timedelta(days=-latest.weekday() % 7 or (7 if latest in starts else 0))

    def _moment(self, day: int, hour: int) -> int:
        return ((self.first_day - date(1970, 1, 1)).days + day) * DAY + hour * HOUR

    def _day(self, away: int) -> date:
        return self.first_day + timedelta(days=away)

    def _candidates(self, test: Expr) -> list[Value]:
        """Values on both sides of a comparison."""
        match test:
            case Compare(_, _, value):
                return _near(value)
            case OneOf(_, values):
                return [*values, *_near(values[0])]
            case Known():
                return ["known"]
            case Recent(_, _, lapse):
                days = _ms(lapse) // DAY
                return [self._day(sign * away) for away in (days, days + 1, max(0, days - 1)) for sign in (-1, 1)]
            case _:
                return []

    @cached_property
    def bases(self) -> list[int]:
        """Moments at which it may begin: a plain Monday morning, then nights, weekends, edges of windows and dates."""
        found = [
            self._moment(0, 10),
            self._moment(5, 21) + 30 * MINUTE,
            self._moment(0, 7),
            self._moment(4, 17) + 30 * MINUTE,
            self._moment(6, 23),
        ]
        for name, window in self.windows:
            clock = zone(name or "UTC")
            edges = {window.start - 1, window.start, window.end - 1, window.end}
            found += [clock.utc(self._moment(0, 0) + minute * MINUTE) for minute in sorted(edges) if minute >= 0]
        for flow in self.flows:
            for edge in (flow.enter.starting, flow.enter.ending):
                if edge is not None:
                    day = (edge.date - date(1970, 1, 1)).days * DAY
                    found += [day + 10 * HOUR, day - 14 * HOUR, day + 34 * HOUR]
        return list(dict.fromkeys(found))


def _loops(flow: plan.Flow) -> int:
    """How many times the steps of a flow may come, at most."""
    rounds = [node.times for node in flow.nodes if isinstance(node, plan.Repeat | plan.Jump)]
    return min(20, 1 + sum(rounds))


def _ms(lapse: Duration) -> int:
    return lapse.months * 30 * DAY + lapse.ms


def _length(until: plan.Until) -> int:
    """How long a wait takes, roughly, in ms."""
    match until:
        case plan.Elapsed(lapse):
            return _ms(lapse)
        case plan.OnDay(months, days):
            return (30 * months + days) * DAY
        case plan.Happens(_, up_to):
            return _ms(up_to) if up_to else 30 * DAY
        case plan.Relative():
            return 30 * DAY
        case plan.OnDate(day):
            return max(0, (day - FIRST_DAY).days * DAY)
        case _:
            return 7 * DAY


def _at_a_time(node: plan.Node) -> bool:
    """Whether a wait ends at a time of day."""
    return isinstance(node, plan.Wait) and isinstance(node.until, plan.OnDay | plan.NextTime | plan.OnDate)


def _near(value: Value) -> list[Value]:
    if isinstance(value, bool):
        return [value, not value]
    if isinstance(value, str):
        return [value, OTHER]
    if isinstance(value, date):
        return [value, value + timedelta(days=1), value - timedelta(days=1)]
    return [value, value + 1, value - 1]
