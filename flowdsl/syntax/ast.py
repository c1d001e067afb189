"""The syntax tree of a program: frozen nodes, built by the parser and printed by the printer.

It represents structure only: a phrase is a list of words between keywords, nothing is looked up yet. Spans and comments
are ignored in comparisons, so two programs are equal if they say the same in any layout.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, TypeAlias, TypeVar, dataclass_transform

from flowdsl import hooks
from flowdsl.diagnostics.source import NOWHERE, Source, Span

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Comments:
    """The comments around a node, without their `#`: lines of their own `before` it, the rest of its line `after` it,
    lines after its last part (`inside`), and the rest of the line of its `end`. An empty line between comments is
    ""."""

    before: tuple[str, ...] = ()
    after: str = ""
    inside: tuple[str, ...] = ()
    end: str = ""


NO_COMMENTS = Comments()


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def node(cls: type[T]) -> type[T]:
    """A frozen dataclass with slots that inherits equality, hash and repr from Node. Defining these once instead of for
    each of the sixty classes makes this module load in little more than half the time."""
    return dataclass(frozen=True, slots=True, eq=False, repr=False)(cls)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Node:
    """A part of a program with a place in the text. Two nodes are equal if they have the same class and content; places
    and comments are ignored."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)

    def _said(self) -> tuple[tuple[str, Any], ...]:
        return tuple((each.name, getattr(self, each.name)) for each in fields(self) if each.compare)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self is other or self._said() == other._said()

    def __hash__(self) -> int:
        return hash((type(self), self._said()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._said())})"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Sentence(Node):
    """A node that the formatter prints on a line of its own; it has the comments around it."""

    comments: Comments = field(default=NO_COMMENTS, compare=False, repr=False)


# --- words and values -------------------------------------------------------------------------------------------------


@node
class Word(Node):
    """A bare word as written: `joins`, `trial_ends`, `event.start`."""

    text: str


@node
class Text(Node):
    """A quoted name or text, unescaped and NFC-normalised."""

    value: str


@node
class Names(Node):
    """Quoted names that stand together in a phrase: `"A" or "B"` (any of them), `"a@x.org", "b@x.org"` (all of
    them)."""

    items: tuple[Text, ...]


@node
class Number(Node):
    """A number; whole numbers are int."""

    value: int | float


@node
class Percent(Node):
    """A percentage as written: 30 for `30%`."""

    value: int | float


@node
class Date(Node):
    """A calendar date."""

    value: date


@node
class Clock(Node):
    """A time of day in minutes after midnight; 24:00 (1440) is allowed as the end of a window."""

    minute: int


@node
class Duration(Node):
    """Amounts with their units, in the order written: ((1, "hour"), (30, "minute")). Units are singular ids:
    second minute hour day week month year."""

    amounts: tuple[tuple[int | float, str], ...]


@node
class ParamName(Node):
    """The name of a `param` where a value is possible: `wait pause`."""

    name: str


Length: TypeAlias = Duration | ParamName  # a length of time: written out, or the name of a param
Value: TypeAlias = Text | Number | Percent | Date | Clock | Duration | Word


@node
class Phrase(Node):
    """Words between keywords, as written: `member joins program "Yoga"`. May be empty only in `Assume` (see there)."""

    parts: tuple[Word | Names | Number | Date, ...]  # a date only in `set trial_ends to 2026-03-01`


# --- conditions -------------------------------------------------------------------------------------------------------


@node
class Comparison(Node):
    """`is "pro"`, `is not`, `is one of "FR", "BE"`, `is known`, `>= 18`, `is before DATE`, `is within 30 days`…

    op is one of: is, is_not, one_of, none_of, known, unknown, lt, le, gt, ge, before, after, within, more_than_ago,
    less_than_ago. `values` is empty for known and unknown, has several items for one_of and none_of, else one. A bare
    word on the right (`yes`, `opened`, `created`) is a Word: the resolver says what it means (`event is created` too).
    """

    op: str
    values: tuple[Value | ParamName, ...]


@node
class Count(Node):
    """`at least 4 times`, `exactly 2 times`, `once`, `twice`, `never`. op: at_least, more_than, fewer_than, at_most,
    exactly.

    `3 times` and `twice` mean exactly; `once` means exactly 1; `never` is exactly 0 with `never=True` (for the
    printer).
    """

    op: str
    times: Number | ParamName
    never: bool = False


@node
class InTheLast(Node):
    """`in the last 30 days`: (now - length, now]."""

    length: Length


@node
class SinceStart(Node):
    """`since start`: after the event that started the run."""


@node
class Fact(Node):
    """A single test: a phrase, with an optional comparison and an optional count.

    `plan is "pro"` (comparison) · `has tag "x"` (phrase alone) · `booked class at least 4 times in the last 30
    days` (count, window) · `email "L" is one of opened, clicked` (comparison) · `never bought offer since start`
    (count, window) · `invoice is paid twice` (an event whose verb reads like a comparison, counted).
    """

    phrase: Phrase
    comparison: Comparison | None = None
    count: Count | None = None
    window: InTheLast | SinceStart | None = None


@node
class Not(Node):
    """`not` and a condition."""

    item: Condition


@node
class And(Node):
    """Two or more conditions that must all hold; never directly inside another And (flattened)."""

    items: tuple[Condition, ...]


@node
class Or(Node):
    """Two or more conditions of which at least one must hold; never directly inside another Or (flattened)."""

    items: tuple[Condition, ...]


Condition: TypeAlias = Fact | Not | And | Or


# --- header clauses ---------------------------------------------------------------------------------------------------


@node
class Nth(Node):
    """`the 4th time` (every=False) or `every 4th time` (every=True)."""

    number: int
    every: bool = False


@node
class EventTrigger(Node):
    """`client books class the 4th time where …`."""

    phrase: Phrase
    nth: Nth | None = None
    where: Condition | None = None


@node
class DateTrigger(Node):
    """`7 days before trial_ends at 09:00` · `birthday comes every year at 09:00` · `trial_ends comes`.

    offset None means on the day itself; `before` says its direction.
    """

    column: Word
    offset: Length | None = None
    before: bool = True
    yearly: bool = False
    at: Clock | None = None
    where: Condition | None = None


@node
class ScheduleTrigger(Node):
    """`every monday at 09:00` (`days` is a bit mask, bit 0 Monday) · `every day at 09:00` (127) · `every month on
    day 1 at 09:00` (month_day)."""

    days: int = 0
    month_day: int = 0
    at: Clock | None = None
    where: Condition | None = None


Trigger: TypeAlias = EventTrigger | DateTrigger | ScheduleTrigger


@node
class Description(Sentence):
    """`description "…"`."""

    text: Text


@node
class When(Sentence):
    """`when A or when B`: any of the triggers starts a run."""

    triggers: tuple[Trigger, ...]


@node
class IncludeExisting(Sentence):
    """`include existing`."""


@node
class Limit(Sentence):
    """`once per contact` (times 1, per "contact") · `3 times per contact` · `… every 24 hours` · `once per invoice` ·
    `one at a time` (times 1, per "contact", at_once True)."""

    times: Number | ParamName
    per: str = "contact"
    every: Length | None = None
    at_once: bool = False


@node
class Unless(Sentence):
    """`unless CONDITION` in a header."""

    condition: Condition


@node
class Goal(Sentence):
    """`goal CONDITION`: a run that meets it ends converted."""

    condition: Condition


@node
class ExitWhen(Sentence):
    """`exit when CONDITION`: a run that meets it ends exited."""

    condition: Condition


@node
class Only(Sentence):
    """`only on monday to friday between 09:00 and 18:00`: `days` is a bit mask (bit 0 Monday; 127 when not said);
    start and end are None when no hours are said."""

    days: int
    start: Clock | None = None
    end: Clock | None = None


@node
class Starting(Sentence):
    """`starting DATE [at TIME]`."""

    date: Date
    at: Clock | None = None


@node
class Ending(Sentence):
    """`ending DATE [at TIME]`."""

    date: Date
    at: Clock | None = None


@node
class Timezone(Sentence):
    """`timezone "Europe/Paris"`; zone None is `timezone contact`."""

    zone: Text | None


Clause: TypeAlias = (
    Description | When | IncludeExisting | Limit | Unless | Goal | ExitWhen | Only | Starting | Ending | Timezone
)


# --- steps ------------------------------------------------------------------------------------------------------------


@node
class WaitFor(Sentence):
    """`wait 3 days` · `wait 3 days at 09:00` · `wait pause`."""

    length: Length
    at: Clock | None = None


@node
class WaitUntilTime(Sentence):
    """`wait until 09:00` · `wait until monday [or friday] [at 09:00]` (`days` mask, 0 when not said) · `wait until
    2026-03-01 [at 09:00]`."""

    days: int = 0
    date: Date | None = None
    at: Clock | None = None


@node
class WaitUntilDate(Sentence):
    """`wait until 7 days before event.start at 09:00 or skip`; `past` is "", "skip", "continue" or "exit" ("" when
    not said). Without an offset (`wait until event.start or exit`) there is a time of day or a `past`."""

    offset: Length | None
    before: bool
    column: Word
    at: Clock | None = None
    past: str = ""


@node
class WaitUntil(Sentence):
    """`wait until clicked "Launch" for up to 7 days`. A single column or `event.start` is a date here (the resolver
    decides)."""

    condition: Condition
    up_to: Length | None = None


@node
class Setting(Node):
    """`key value` after `with`."""

    key: Word
    value: Value | ParamName


@node
class Action(Sentence):
    """`then send email "x" to "a@x.org", "b@x.org" with key 1 unless has tag "vip"`.

    `phrase` holds every word and name up to `with` or `unless`, `to …`, `for …` and `transactional` included.
    """

    phrase: Phrase
    settings: tuple[Setting, ...] = ()
    unless: Condition | None = None


@node
class Arm(Sentence):
    """One `if`/`otherwise if` branch: its condition and its steps. `comments.inside` are those after its last step."""

    condition: Condition
    steps: tuple[Step, ...]


@node
class Otherwise(Sentence):
    """`otherwise` and its steps."""

    steps: tuple[Step, ...]


@node
class If(Sentence):
    """`if … otherwise if … otherwise … end`; arms[0] is the `if`."""

    arms: tuple[Arm, ...]
    otherwise: Otherwise | None = None


@node
class SplitArm(Sentence):
    """`30% "short" steps`; name None when not said; steps may be empty (a holdout)."""

    share: Percent | ParamName
    name: Text | None
    steps: tuple[Step, ...]


@node
class Split(Sentence):
    """`split … end`: a random branch."""

    arms: tuple[SplitArm, ...]


@node
class Repeat(Sentence):
    """`repeat 3 times … end`."""

    times: Number | ParamName
    steps: tuple[Step, ...]


@node
class Label(Sentence):
    """`label "…"`: a place to go to."""

    name: Text


@node
class GoTo(Sentence):
    """`go to "…" at most 3 times`."""

    label: Text
    at_most: Number | ParamName | None = None


@node
class Exit(Sentence):
    """`exit ["reason"]`."""

    reason: Text | None = None


Step: TypeAlias = (
    WaitFor | WaitUntilTime | WaitUntilDate | WaitUntil | Action | If | Split | Repeat | Label | GoTo | Exit
)


# --- scenarios --------------------------------------------------------------------------------------------------------


@node
class Range(Node):
    """A quantity that may be uncertain: `35%`, `40% to 45%`, `0.5`, `0.4 to 0.6`, or `by column "p_open"` (column
    set)."""

    low: Percent | Number | ParamName | None = None
    high: Percent | Number | ParamName | None = None
    column: Text | None = None


@node
class Spread(Node):
    """`varying by gamma 0.55`: the law of contacts' own numbers around the common one. A law of several numbers,
    `varying by quantiles(0.1, …)`, has the further ones in `more`."""

    law: str
    number: Number | ParamName
    more: tuple[Number, ...] = ()


@node
class Common(Node):
    """`varying by day gamma 40`, `varying by week gamma 90`: a factor of a day or a week (`per`), the same for all
    contacts."""

    per: str
    law: str
    number: Number


@node
class Leaving(Node):
    """`until leaving 25% varying by beta 3.2` (after an event) · `until leaving after 20 weeks varying by gamma 0.6`
    (after a time)."""

    share: Percent | None = None
    length: Length | None = None
    spread: Spread | None = None


@node
class Past(Node):
    """`given the past` · `given the past since 2026-01-01` · `given the past since joined` (a column of contacts)."""

    since: Date | Text | None = None


@node
class Delay(Node):
    """`after 4 hours` (law exactly) · `within 2 days` (within) · `after about 4 hours` (about) · `after
    lognormal(20 minutes, 1.1)` (law = the name written, `shape` its further numbers, `more` its further lengths)."""

    law: str
    length: Length
    shape: tuple[Number, ...] = ()
    more: tuple[Length, ...] = ()


@node
class NewContacts(Sentence):
    """`assume 120 new contacts per day join program "Yoga" on weekdays like the table`; per is a unit id. `days` mask:
    127 when not said."""

    rate: Range
    per: str
    phrase: Phrase
    like_table: bool = False
    days: int = 127
    start: Clock | None = None
    end: Clock | None = None


@node
class Rate(Sentence):
    """`assume contacts where plan is "pro" buy offer "Upgrade" 0.1 per contact per month on weekdays`.

    Where a `where` phrase runs into the event phrase (`where has tag "x" buy offer "U" 0.1 …`), `phrase` is empty
    and the last Fact of `where` holds both: the resolver splits it at the longest known phrase. `days` mask: 127
    when not said.
    """

    phrase: Phrase
    rate: Range
    per: str
    where: Condition | None = None
    days: int = 127
    start: Clock | None = None
    end: Clock | None = None
    spread: Spread | None = None
    leaving: Leaving | None = None
    past: Past | None = None
    common: tuple[Common, ...] = ()


@node
class Response(Sentence):
    """`assume contact clicks email "L" 12% of opening it after lognormal(20 minutes, 1.1)`; of None means of
    messages sent."""

    phrase: Phrase
    share: Range
    of: Phrase | None = None
    delay: Delay | None = None
    where: Condition | None = None
    spread: Spread | None = None


@node
class Share(Sentence):
    """`assume 20% of contacts where … have membership` (same rule for `where` and an empty phrase as in Rate)."""

    share: Range
    phrase: Phrase
    where: Condition | None = None


@node
class At(Sentence):
    """`at day 20 at 09:00 deactivate flow "X" and cancel pending`. Exactly one of day (from 1) and date is set.

    verb: activate, deactivate, pause, resume, stop, replace. contact only with stop; `by`, the flow that replaces the
    other one, only with replace.
    """

    verb: str
    flow: Text
    day: int = 0
    date: Date | None = None
    clock: Clock | None = None
    cancel: bool = False
    contact: Text | None = None
    by: Text | None = None


ScenarioLine: TypeAlias = NewContacts | Rate | Response | Share | At


# --- declarations -----------------------------------------------------------------------------------------------------


@node
class Flow(Sentence):
    """`flow "Name" paused` with its clauses and steps; name None for a bare sentence (named after its file)."""

    name: Text | None
    clauses: tuple[Clause, ...]
    steps: tuple[Step, ...]
    paused: bool = False


@node
class Campaign(Sentence):
    """`campaign "Name"` with its clauses and steps."""

    name: Text
    clauses: tuple[Clause, ...]
    steps: tuple[Step, ...]
    paused: bool = False


@node
class MessageLine(Sentence):
    """One line of an `email` declaration; field: subject, from, reply_to, template."""

    field: str
    text: Text


@node
class Message(Sentence):
    """`email "Lesson 1"` and its content; channel is an id (email)."""

    channel: str
    name: Text
    lines: tuple[MessageLine, ...]


@node
class From(Sentence):
    """`from "Studio <hello@example.org>"`."""

    text: Text


@node
class SetWord(Sentence):
    """`set business_name "Studio Lotus"`."""

    key: Word
    value: Value


@node
class Cap(Sentence):
    """`cap 3 emails per contact every 7 days`; channel is the word as written, `messages` for all channels together."""

    times: Number | ParamName
    channel: Word
    every: Length


@node
class Capacity(Sentence):
    """`capacity email 5000 per hour`; per is a unit id."""

    channel: Word
    amount: Number | ParamName
    per: str


WorkspaceLine: TypeAlias = Timezone | From | SetWord | Only | Cap | Capacity


@node
class Workspace(Sentence):
    """`workspace` and its lines."""

    lines: tuple[WorkspaceLine, ...]


@node
class Scenario(Sentence):
    """`scenario "Name"` and its lines."""

    name: Text | None
    lines: tuple[ScenarioLine, ...]


@node
class Param(Sentence):
    """`param NAME VALUE`."""

    name: Word
    value: Value


Declaration: TypeAlias = Flow | Campaign | Message | Workspace | Scenario | Param


@dataclass(frozen=True)
class Program:
    """A whole program: the declarations of one text, or of a folder of texts in path order.

    Programs are equal if their declarations are equal: layout, comments and the case of keywords are ignored. `sources`
    are the texts they came from; `partial` is True if parts are missing because of syntax errors (such a program is
    never lowered).
    """

    declarations: tuple[Declaration, ...]
    sources: tuple[Source, ...] = field(default=(), compare=False, repr=False)
    comments: Comments = field(
        default=NO_COMMENTS, compare=False, repr=False
    )  # inside: those after the last declaration
    partial: bool = field(default=False, compare=False, repr=False)

    def preview(self, message: str, contact: object, contacts: object = None, channel: str = "") -> hooks.Preview:
        """One message as a contact receives it, with its placeholders filled: a Preview, which prints as text and as
        HTML.

        contact  its columns, as a mapping or a row of a table, fields such as `trigger.amount` included; or its id,
                 with `contacts`, the table (DataFrame, or path of a CSV or Parquet file)
        channel  the channel, if messages of several channels have the same name

        Raises RunError when there is no such message, contact or template; DataError when the table has errors.
        """
        found: hooks.Preview = hooks.show("program.preview", self, message, contact, contacts, channel)
        return found

    def diagram(self, flow: str = "", results: object = None) -> hooks.Diagram:
        """A picture of all flows and campaigns, or of the one with this name: a Diagram, which notebooks show and which
        can be saved as SVG. With the Results of a simulation it shows how many contacts took each path.

        Raises RunError when there is no such flow.
        """
        found: hooks.Diagram = hooks.show("program.diagram", self, flow, results)
        return found

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows: the diagram, and the diagnostics below it."""
        bundle: dict[str, str] = hooks.show("program.bundle", self)
        return bundle
