"""Events, expressions, wait conditions and effects: the few kinds of thing that run. Phrases are resolved to these.

The vocabulary is large and is data; these kinds are few and fixed. A new trigger, condition or action is a vocabulary
entry that resolves to them, so no engine, grammar or export changes. All of it is frozen plain data; flowdsl.machine
defines what it means for a contact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Literal, TypeAlias

from flowdsl.diagnostics.source import NOWHERE, Span

CHANNELS = ("email", "sms", "chat", "push", "notification")  # through which messages are sent
FLAGS = ("received", "opened", "clicked", "replied", "bounced", "blocked", "unsubscribed")  # what can happen to one

# Nothing in a program lasts longer than a thousand years, and no count is larger than MOST_TIMES.
MEAN_MONTH = 2_629_746_000  # ms: a twelfth of the mean Gregorian year of 365.2425 days
MOST_MONTHS = 12_000
MOST_MS = MOST_MONTHS * MEAN_MONTH
MOST_DAYS = MOST_MS // 86_400_000
MOST_TIMES = 10**9

# The values that a program can contain; a cell of a contact may also be a datetime.
Value: TypeAlias = str | bool | int | float | date


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A part of a program whose place in the text is useful in messages; equality and the runtime JSON ignore the
    place."""

    span: Span = field(default=NOWHERE, compare=False, repr=False, metadata={"export": False})


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: calendar months first, then elapsed milliseconds (a day is 24 hours, a week seven days)."""

    KIND: ClassVar = "lapse"  # in the runtime JSON

    months: int = 0
    ms: int = 0


# --- events -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of event, and what it changes in a contact's cells when it happens.

    id       stable: `program.joined`, `email.opened`, `custom.happened` (its name is the event's object)
    noun     the name of its object as a trigger field: `program` makes `trigger.program`
    about    the kind of related object it is about ("event"), or ""
    adds     the set to which it adds the object's name ("programs", "tags"…), or ""
    removes  the set from which it removes the object's name, or ""
    channel  for answers to messages: email sms chat push notification; else ""
    flag     the flag it sets on the message: received opened clicked replied bounced blocked unsubscribed; else ""
    sets     the field of the related object, or the column of the contact if it is about none, that gets the event's
             object as its value ("status"), or ""
    value    the value that this field gets instead ("paid"), or ""
    """

    id: str
    noun: str = ""
    about: str = ""
    adds: str = ""
    removes: str = ""
    channel: str = ""
    flag: str = ""
    sets: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class FieldIs:
    """A field of an event that must hold one of these texts (`completes step "S1" of program "Yoga"`)."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventMatch(Written):
    """Which events match: any of these kinds, with any of these names as object (none: any), and these fields.

    `answer` limits a message event to answers to this run's latest send of that name, else to the contact's latest one.
    """

    events: tuple[str, ...]
    names: tuple[str, ...] = ()
    fields: tuple[FieldIs, ...] = ()
    answer: bool = False


# --- expressions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column(Written):
    """A column of the contact."""

    name: str


@dataclass(frozen=True, slots=True)
class TriggerField(Written):
    """A field of the event that started the run: `trigger.amount`, `trigger.program`."""

    name: str


@dataclass(frozen=True, slots=True)
class ObjectField(Written):
    """A field of the run's related object, as it is now: `event.status`."""

    kind: str = field(metadata={"key": "object"})  # in JSON `kind` says that this is an object_field
    name: str


Ref: TypeAlias = Column | TriggerField | ObjectField
CompareOp: TypeAlias = Literal["is", "is_not", "lt", "le", "gt", "ge", "before", "after"]
RecentOp: TypeAlias = Literal["within", "more_than_ago", "less_than_ago"]
CountOp: TypeAlias = Literal["at_least", "more_than", "fewer_than", "at_most", "exactly"]


@dataclass(frozen=True, slots=True)
class Compare:
    """A value against a constant. A missing value, or one of another type, makes it false (`is_not` too)."""

    left: Ref
    op: CompareOp
    right: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """`is one of`, or with none=True `is none of`; false where the value is missing."""

    left: Ref
    values: tuple[Value, ...]
    none: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """`is known`: the value is there."""

    left: Ref


@dataclass(frozen=True, slots=True)
class Recent:
    """A date compared with now: `within` (at most that far, past or future), `more_than_ago`, `less_than_ago` (and
    past).

    For a date without a time, whole local days are counted.
    """

    left: Ref
    op: RecentOp
    lapse: Duration


@dataclass(frozen=True, slots=True)
class Has(Written):
    """The contact's set (tags groups programs memberships badges courses campaigns) contains any of these names.

    Without names: the set is not empty.
    """

    family: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consent:
    """`can receive sms`: consent is given and the channel is not suppressed."""

    channel: str


@dataclass(frozen=True, slots=True)
class MessageStatus(Written):
    """Any of these flags is set (none=True: none is) on a message with this name in these channels (none: all
    channels).

    scope "latest": this run's latest send of that name, else the contact's latest; "ever": any send. since_step: only
    flags set after the step (or run) began, as waits and goals require. flags set after the step (or run) began, as
    waits and goals need them.
    """

    KIND: ClassVar = "flagged"  # in the runtime JSON

    channels: tuple[str, ...]
    name: str
    flags: tuple[str, ...]
    none: bool = False
    scope: Literal["latest", "ever"] = "latest"
    since_step: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """How often matching events happened: in all history, in (now - window, now], or since the run or step began."""

    match: EventMatch
    op: CountOp
    times: int
    window: Duration | None = None
    since: Literal["ever", "start", "step"] = "ever"


@dataclass(frozen=True, slots=True)
class Happened:
    """`it happened`: the last wait of this run ended with its event."""


@dataclass(frozen=True, slots=True)
class Not:
    """The negation; true for a comparison that is false because its value is missing."""

    item: Expr


@dataclass(frozen=True, slots=True)
class And:
    """All of them are true."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them is true."""

    items: tuple[Expr, ...]


Expr: TypeAlias = Compare | OneOf | Known | Recent | Has | Consent | MessageStatus | Counted | Happened | Not | And | Or


@dataclass(frozen=True, slots=True)
class WaitCondition:
    """What a wait, a goal or an exit waits for: one of these events, or a test that becomes true.

    The test is evaluated when the wait or run begins, and again after every event of the contact.
    """

    KIND: ClassVar = "occasion"  # in the runtime JSON

    events: tuple[EventMatch, ...] = ()
    test: Expr | None = None


# --- effects ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Send:
    """A message to the contact, or to addresses or a member of staff (then outside consent, cap and window)."""

    channel: str
    message: str
    to: tuple[str, ...] = ()
    staff: str = ""
    transactional: bool = False

    @property
    def is_to_contact(self) -> bool:
        """Whether consent, windows and caps apply to it."""
        return not self.to and not self.staff


@dataclass(frozen=True, slots=True)
class ChangeMembership:
    """Add a name to one of the contact's sets, or remove it; `event` is caused if that changes something."""

    KIND: ClassVar = "put"  # in the runtime JSON

    family: str
    name: str
    present: bool
    event: str = ""


@dataclass(frozen=True, slots=True)
class SetField:
    """Set a column of the contact or a field of the related object.

    `event` is caused, with the value as its object, if that changes something.
    """

    KIND: ClassVar = "assign"  # in the runtime JSON

    target: Column | ObjectField
    value: Value
    event: str = ""


@dataclass(frozen=True, slots=True)
class StartFlow:
    """`start flow "x"`: the same entry tests, without a trigger."""

    KIND: ClassVar = "begin"  # in the runtime JSON

    flow: str


@dataclass(frozen=True, slots=True)
class StopFlow:
    """`stop flow "x"`: every run of it, or this run when it is the flow's own name."""

    KIND: ClassVar = "halt"  # in the runtime JSON

    flow: str


@dataclass(frozen=True, slots=True)
class CustomAction:
    """Any other action in the outside world: `action` is a vocabulary id (`custom.do`, `webhook.call`)."""

    KIND: ClassVar = "do"  # in the runtime JSON

    action: str
    name: str = ""


Effect: TypeAlias = Send | ChangeMembership | SetField | StartFlow | StopFlow | CustomAction


@dataclass(frozen=True, slots=True)
class Setting:
    """One `with key value` of an action."""

    key: str
    value: Value
