"""What must hold of a contact's rows, said again in plain Python: the setting and the rows go in, nothing comes out.

Nothing here asks the machine. Rules are read from the plan and the tables, times by zoneinfo; a broken one fails an
assertion. Capacity makes messages late, so rules about when they go out hold where there is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flowdsl.calendar.clock import Window
from flowdsl.plan import plan
from flowdsl.plan.expressions import EventMatch, Send
from flowdsl.plan.plan import Flow, Limit, OnEvent
from flowdsl.results.records import Record
from flowdsl.sim.config import SimulationConfig

ENDS = {"completed", "converted", "exited", "cancelled", "pending"}
REFUSALS = {
    "paused", "deactivated", "before start", "after end", "where", "limit", "unless", "goal already met", "loop",
    "too many runs", "replaced",
}  # fmt: skip
SKIPS = {"unless", "no consent", "unsubscribed", "bounced", "cap", "date passed", "no date"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)


def check(config: SimulationConfig, contact: str, rows: list[Record]) -> None:
    """Every rule there is for one contact's rows."""
    leaves_one_row_each(rows)
    runs_are_whole(rows)
    nobody_enters_unasked(config, rows)
    limits_hold(config, rows)
    switches_hold(config, rows)
    runs_leave_at_their_events(config, rows)
    messages_are_allowed(config, contact, rows)
    if not config.plan.policy.capacities:
        windows_hold(config, contact, rows)
        caps_hold(config, rows)


def leaves_one_row_each(rows: list[Record]) -> None:
    """Time never goes back, no action has two rows, and whatever was not done says why."""
    assert [row.time for row in rows] == sorted(row.time for row in rows)
    identities = Counter((r.flow, r.run, r.step, r.iteration) for r in rows if r.kind == "action")
    assert max(identities.values(), default=1) == 1
    assert {row.reason for row in rows if row.status == "declined"} <= REFUSALS
    assert {row.reason for row in rows if row.status == "skipped"} <= SKIPS
    assert all(row.reason for row in rows if row.kind == "action" and row.status == "cancelled")
    assert all(row.run == 0 for row in rows if row.status == "declined")


def runs_are_whole(rows: list[Record]) -> None:
    """Runs are numbered from 1, each starts once and ends once, and does nothing before or afterwards."""
    of_run: dict[tuple[str, int], list[Record]] = {}
    for row in rows:
        if row.run:
            of_run.setdefault((row.flow, row.run), []).append(row)
    for one in of_run.values():
        assert [(row.kind, row.status) for row in one].count(("run", "started")) == 1
        assert (one[0].kind, one[0].status) == ("run", "started")
        (end,) = [n for n, row in enumerate(one) if row.kind == "run" and row.status in ENDS]
        after = one[end + 1 :]
        assert all((row.status, one[end].status) == ("planned", "pending") for row in after)
        assert {(row.object_kind, row.object_id) for row in one} == {(one[0].object_kind, one[0].object_id)}
    for flow in {flow for flow, _ in of_run}:
        numbers = [number for name, number in of_run if name == flow]
        assert numbers == list(range(1, len(numbers) + 1))


# --- entries ----------------------------------------------------------------------------------------------------------


def nobody_enters_unasked(config: SimulationConfig, rows: list[Record]) -> None:
    """Where only events start a flow, each run has one of them, or a `start flow`, before it in its instant."""
    for flow in config.plan.flows:
        triggers = [one for one in flow.enter.triggers if isinstance(one, OnEvent)]
        if len(triggers) < len(flow.enter.triggers) or flow.enter.include_existing or _hears_sends(triggers):
            continue
        for n, row in enumerate(rows):
            if row.kind == "run" and row.flow == flow.name and row.status in ("started", "declined"):
                assert any(one.time == row.time and _asks(flow, triggers, one) for one in rows[:n]), row


def _hears_sends(triggers: list[OnEvent]) -> bool:
    """A message sent is one received, without a row of its own for it."""
    return any(event.endswith(".received") for trigger in triggers for event in trigger.match.events)


def _asks(flow: Flow, triggers: list[OnEvent], row: Record) -> bool:
    if row.kind == "action":
        return row.action in ("flow.start", "campaigns.add") and row.name == flow.name and row.status == "done"
    return row.kind == "event" and any(_means(one.match, row) for one in triggers)


def limits_hold(config: SimulationConfig, rows: list[Record]) -> None:
    """Never more starts than a limit allows: in all, in a rolling time, or at once; per contact or per object."""
    for flow in config.plan.flows:
        limit = flow.enter.limit
        starts = [row for row in rows if (row.flow, row.kind, row.status) == (flow.name, "run", "started")]
        for start in starts if limit else []:
            assert limit is not None
            same = [row for row in starts if limit.per == "contact" or row.object_id == start.object_id]
            assert len(list(_with(limit, start, same, rows))) <= limit.times


def _with(limit: Limit, start: Record, starts: list[Record], rows: list[Record]) -> Iterator[Record]:
    """The starts that count together with this one, itself among them."""
    for other in starts:
        if other.run > start.run:
            continue
        if limit.at_once:
            n = rows.index(start)
            if not any(
                (r.flow, r.run, r.kind) == (other.flow, other.run, "run") and r.status in ENDS for r in rows[:n]
            ):
                yield other
        elif limit.every is None or (not limit.every.months and start.time - other.time < limit.every.ms):
            yield other


def switches_hold(config: SimulationConfig, rows: list[Record]) -> None:
    """A flow that is off enrols nobody, and one that is paused does nothing, from its `at` line on."""
    for flow in config.plan.flows:
        switches = list(_switches(config, flow))
        for row in rows:
            if row.flow == flow.name and row.status in ("started", "done"):
                _, off, paused = [one for one in switches if one[0] <= row.time][-1]
                assert not paused, row
                assert not (off and row.status == "started"), row


def _switches(config: SimulationConfig, flow: Flow) -> Iterator[tuple[int, bool, bool]]:
    """From when on a flow is off, and paused."""
    zone = ZoneInfo(config.plan.policy.zone or "UTC")
    first = (EPOCH + config.start * MS).astimezone(zone).date()
    written, off, paused = flow.paused, False, False
    named = [line for line in config.world.controls if flow.name in (line.flow, line.by)]
    lines = [(_moment(line, first, zone), _verb(line, flow)) for line in named]
    yield config.begin, written, paused
    for at, verb in sorted(lines, key=lambda one: one[0]):
        written = written and verb not in ("activate", "deactivate", "resume")
        off = (off or verb == "deactivate") and verb != "activate"
        paused = (paused or verb == "pause") and verb not in ("activate", "resume")
        yield at, written or off, paused


def _verb(line: plan.Control, flow: Flow) -> str:
    """What a line does to a flow: the one that is replaced is switched off, the other one on."""
    if line.verb != "replace":
        return line.verb
    return "deactivate" if line.flow == flow.name else "activate"


def _moment(line: plan.Control, first: date, zone: ZoneInfo) -> int:
    day = line.date or first + timedelta(days=line.day - 1)
    return (datetime(day.year, day.month, day.day, line.minute // 60, line.minute % 60, tzinfo=zone) - EPOCH) // MS


def runs_leave_at_their_events(config: SimulationConfig, rows: list[Record]) -> None:
    """An event that is a goal or an exit of a run under way, and speaks of no other object, ends it on the spot."""
    for start, end in _spans(rows):
        run = rows[start]
        leaves = [one for leave in config.plan.by_name[run.flow].leaves for one in leave.occasion.events]
        for n in range(start + 1, end):
            row = rows[n]
            if row.kind == "event" and any(_means(match, row) for match in leaves) and _is_about(config, run, row):
                assert rows[end].time == row.time
                assert rows[end].status in ("converted", "exited")
                assert not any((r.flow, r.run, r.status) == (run.flow, run.run, "done") for r in rows[n:end])


def _spans(rows: list[Record]) -> Iterator[tuple[int, int]]:
    """Where each run that ends starts and ends among the rows."""
    starts = {(row.flow, row.run): n for n, row in enumerate(rows) if row.status == "started"}
    for n, row in enumerate(rows):
        if row.kind == "run" and row.run and row.status in ENDS:
            yield starts[row.flow, row.run], n


def _means(match: EventMatch, row: Record) -> bool:
    """Whether an event is meant, whatever came before; answers belong to sends, which is another matter."""
    is_named = not match.names or row.name in match.names
    return row.action in match.events and is_named and not match.fields and not (match.answer and match.names)


def _is_about(config: SimulationConfig, run: Record, row: Record) -> bool:
    about = config.plan.events_by_id[row.action].about
    return not about or about != run.object_kind or row.object_id == run.object_id


# --- messages ---------------------------------------------------------------------------------------------------------


def _sent(config: SimulationConfig, rows: list[Record]) -> Iterator[tuple[int, Record, Send]]:
    """Messages to the contact that are not transactional: those that all rules are about."""
    for n, row in enumerate(rows):
        if row.kind == "action" and row.status == "done":
            node = config.plan.by_name[row.flow].by_id[row.step]
            assert isinstance(node, plan.Act)
            send = node.effect
            if isinstance(send, Send) and not (send.to or send.staff or send.transactional):
                yield n, row, send


def messages_are_allowed(config: SimulationConfig, contact: str, rows: list[Record]) -> None:
    """Nothing goes to who has not consented, nor to who has unsubscribed or bounced before."""
    people = config.tables.contacts
    consent = people.row(people.ids.index(contact)).consent
    for n, row, send in _sent(config, rows):
        assert consent.get(send.channel, True), row
        closing = {f"{send.channel}.unsubscribed", f"{send.channel}.bounced"}
        assert not any(one.kind == "event" and one.action in closing for one in rows[:n]), row


def windows_hold(config: SimulationConfig, contact: str, rows: list[Record]) -> None:
    """Messages go out only while the windows of workspace and flow are open, on the flow's clock."""
    people, policy = config.tables.contacts, config.plan.policy
    own = people.row(people.ids.index(contact)).zone or policy.zone or "UTC"
    for _, row, _ in _sent(config, rows):
        flow = config.plan.by_name[row.flow]
        at = (EPOCH + row.time * MS).astimezone(ZoneInfo(flow.zone or own))
        assert all(_is_open(window, at) for window in (flow.window, policy.window) if window), row


def _is_open(window: Window, at: datetime) -> bool:
    minute = at.hour * 60 + at.minute
    today, yesterday = (window.days >> at.weekday()) & 1, (window.days >> (at.weekday() - 1) % 7) & 1
    if window.start < window.end:
        return bool(today) and window.start <= minute < window.end
    return (bool(today) and minute >= window.start) or (bool(yesterday) and minute < window.end)


def caps_hold(config: SimulationConfig, rows: list[Record]) -> None:
    """No rolling time holds more messages than a cap allows (caps by months are left to the tests of calendars)."""
    for cap in config.plan.policy.caps:
        times = [row.time for _, row, send in _sent(config, rows) if cap.channel in ("", send.channel)]
        for time in times if not cap.every.months else []:
            assert sum(time - cap.every.ms < other <= time for other in times) <= cap.times
