"""What names refer to: the names of the program, its params, and what a flow is about.

A Scope is shared by a program, a ResolveContext by a flow; `dataclasses.replace` makes the context of a part of it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.source import Source, Span
from flowdsl.diagnostics.suggest import suggested_fix
from flowdsl.syntax import ast
from flowdsl.vocabulary import VOCABULARY, Vocabulary


@dataclass(slots=True)
class Scope:
    """Names and results that belong to a whole program.

    used         the params that are used
    things       the first spelling of each name, by kind and the name in lower case
    flows        where each flow and campaign is named; `campaigns` are those that are campaigns
    messages     declared messages, by channel
    sent         the channels and names of messages that flows send, in the order of the text
    mentioned    the channels and names of messages in conditions, waits and triggers
    senders      the contexts of the flows that send each message: its texts are filled there
    placeholders the `{names}` of its texts
    foreign      the placeholders of other products that have a warning, each with its message
    templates    the texts of template files, by path
    bare         names in a `where` that were read as fields of the trigger: a column of that name makes them ambiguous
    is_alone     a scenario without its program: the flows that it names are not here
    """

    findings: DiagnosticCollector
    params: Mapping[str, ast.Param] = field(default_factory=dict)
    flows: Mapping[str, Span] = field(default_factory=dict)
    campaigns: frozenset[str] = frozenset()
    messages: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sent: dict[tuple[str, str], Span] = field(default_factory=dict)
    mentioned: list[tuple[tuple[str, ...], ast.Text]] = field(default_factory=list)
    senders: dict[tuple[str, str], list[ResolveContext]] = field(default_factory=dict)
    placeholders: list[tuple[str, Span]] = field(default_factory=list)
    foreign: set[tuple[Hashable, str]] = field(default_factory=set)
    templates: Mapping[str, Source] = field(default_factory=dict)
    bare: list[tuple[str, Span]] = field(default_factory=list)
    vocabulary: Vocabulary = VOCABULARY
    partial: bool = False
    used: set[str] = field(default_factory=set)
    things: dict[tuple[str, str], str] = field(default_factory=dict)
    is_alone: bool = False


@dataclass(frozen=True, slots=True)
class ResolveContext:
    """A part of a flow or scenario.

    about     kinds of related object that its triggers are about
    fields    fields that its trigger events always have; has_event: at least one of its triggers is an event
    in_where  bare names are fields of the trigger first; open_fields: it may have fields that no table lists
    labels    the labels of the flow; is_damaged: part of it could not be read
    called    how messages refer to the flow
    carried   the fields that its triggers may have; None: any
    watching  inside `wait until`, `goal` or `exit when`: message and history words refer to later events only
    """

    scope: Scope
    flow: str = ""
    about: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    has_event: bool = True
    open_fields: bool = False
    in_where: bool = False
    watching: bool = False
    labels: tuple[str, ...] = ()
    is_damaged: bool = False
    called: str = "this flow"
    carried: frozenset[str] | None = None

    @property
    def findings(self) -> DiagnosticCollector:
        return self.scope.findings


def anywhere(scope: Scope) -> ResolveContext:
    """The context of texts that several flows share: they may be about any object."""
    return ResolveContext(scope, about=frozenset(scope.vocabulary.objects))


def unknown_name(scope: Scope, code: str, what: str, name: ast.Text, known: Iterable[str], example: str = "") -> None:
    """Note that a quoted name is unknown, and suggest the one that was probably meant."""
    names = list(known)
    meant = scope.findings.suggest(name.value, names)
    fixes = (suggested_fix(name.span, f'"{meant}"'),) if meant else ()
    reason = f"there is {'only ' if len(names) == 1 else ''}{listing(names)}" if names else f"there is no {what} at all"
    scope.findings.add(
        code, f'there is no {what} "{name.value}"', name.span, reason=reason, example=example, fixes=fixes
    )


def listing(names: Iterable[str], most: int = 6) -> str:
    """A few names, quoted, for a message.

    >>> listing(["A", "B", "C"], most=2)
    '"A", "B" and 1 more'
    """
    all_names = list(names)
    shown = ", ".join(f'"{name}"' for name in all_names[:most])
    return shown if len(all_names) <= most else f"{shown} and {len(all_names) - most} more"
