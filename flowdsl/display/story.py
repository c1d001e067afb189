"""The story of one contact: one plain sentence for each Record of its Results.

Each line has its local time (the flow's clock, else the contact's) and the line of the program it came from.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import PurePath

from flowdsl.calendar.clock import DAY, format_ms, weekday, zone
from flowdsl.calendar.zones import Zone
from flowdsl.diagnostics.source import NOWHERE, Span
from flowdsl.display.sentences import sentence, span_of
from flowdsl.plan.plan import Plan
from flowdsl.results.records import Record
from flowdsl.results.results import Results

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WIDEST = 90  # columns; a longer sentence pushes its place to the right


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a story, before its columns are lined up."""

    time: str
    text: str
    place: str

    def __str__(self) -> str:
        return f"{self.time}  {self.text}  {self.place}".rstrip()


def story(results: Results, contact: str | int) -> str:
    """What happened to one contact, a line each, with local times and the lines of the program.

    Raises DataError when there is no such contact.
    """
    records = results.trace(contact)
    clock = results.clock_of(contact)
    title = f"Contact {contact}, {_span(results, clock)}, on the clock of {clock.name}"
    every = list(lines(results.plan, records, clock, common_folders(results.plan)))
    if not every:
        return f"{title}\n\nNothing happened.\n"
    times = max(len(line.time) for line in every)
    texts = min(WIDEST, max(len(line.text) for line in every))
    columns = (f"{line.time:{times}}  {line.text:{texts}}  {line.place}".rstrip() for line in every)
    return "\n".join([title, "", *columns, ""])


def _span(results: Results, clock: Zone) -> str:
    first = format_ms(results.start_ms, clock)
    last = format_ms(results.until_ms, clock)
    return f"{first} to {last}"


def common_folders(plan: Plan) -> int:
    """How many folders the texts of a program all lie in, one in another: their names add nothing to a story.

    >>> from flowdsl.plan.plan import Flow
    >>> spans = [Span(file, 0, 0, 1, 1) for file in ("studio/flows/a.flow", "studio/b.flow")]
    >>> common_folders(Plan(tuple(Flow(span.file, (), span=span) for span in spans)))
    1
    """
    folders = [PurePath(flow.span.file).parent.parts for flow in plan.flows if flow.span != NOWHERE]
    return sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, zip(*folders, strict=False)))


def lines(plan: Plan, records: Sequence[Record], clock: Zone, folders: int = 0) -> Iterator[Line]:
    """The lines of a story; a run and the event that started it take one line. Places leave out
    as many outer folders.

    >>> joined = Record(0, "event", action="program.joined", name="Yoga")
    >>> began = Record(0, "run", "Hello", 1, status="started")
    >>> print(*lines(Plan(flows=()), [joined, began], zone("UTC")))
    Thu 1970-01-01 00:00  joined program "Yoga": run 1 of "Hello" began
    """
    yield from (line for _, line in story_lines(plan, records, clock, folders))


def story_lines(plan: Plan, records: Sequence[Record], clock: Zone, folders: int = 0) -> Iterator[tuple[Record, Line]]:
    """The lines of a story, each with its Record."""
    several = _overlap(records)
    left = deque(_without_repeated_arrivals(records))
    while left:
        record = left.popleft()
        if record.kind == "event" and left and left[0].status == "started" and left[0].time == record.time:
            began = left.popleft()
            yield began, _line(plan, began, clock, record, several, folders)
        else:
            yield record, _line(plan, record, clock, None, several, folders)


def _overlap(records: Sequence[Record]) -> bool:
    """Whether two runs are ever under way at once, so that a line must say whose it is."""
    live: set[tuple[str, int]] = set()
    for record in records:
        if record.status == "started":
            live.add((record.flow, record.run))
        elif record.kind == "run":
            live.discard((record.flow, record.run))
        if len(live) > 1:
            return True
    return False


def _without_repeated_arrivals(records: Sequence[Record]) -> Iterator[Record]:
    """All Records except arrivals of a message that was sent in the Record before."""
    before: Record | None = None
    for record in records:
        is_arrival = record.kind == "event" and record.action.endswith(".received")
        is_reported = before is not None and before.action == "send" and before.name == record.name
        if not (is_arrival and is_reported):
            yield record
        before = record


def _line(plan: Plan, record: Record, clock: Zone, event: Record | None, several: bool, folders: int) -> Line:
    flow = plan.by_name.get(record.flow)
    own = zone(flow.zone) if flow and flow.zone else clock
    text = sentence(plan, record, lambda at: moment(at, own))
    if event is not None:
        text = f"{sentence(plan, event, str)}: {text}"
    elif several and record.kind in ("action", "step"):
        text = f'run {record.run} of "{record.flow}": {text}'
    elsewhere = f" ({own.name})" if own != clock else ""
    span = span_of(plan, record, event.action if event else "")
    return Line(moment(record.time, own) + elsewhere, text, _place(span, folders))


def moment(at: int, clock: Zone) -> str:
    """A moment as people write it: weekday, date and time of day.

    >>> moment(0, zone("Asia/Kolkata"))
    'Thu 1970-01-01 05:30'
    """
    return f"{DAYS[weekday(clock.local(at) // DAY)]} {format_ms(at, clock)}"


def _place(span: Span, folders: int) -> str:
    if span == NOWHERE:
        return ""
    return f"({PurePath(*PurePath(span.file).parts[folders:]).as_posix()}:{span.line})"
