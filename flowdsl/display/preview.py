"""One message as a contact receives it.

Placeholders that nothing fills stay as they are written, and are named. Values are escaped in HTML templates, whose own
text and braces are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path

from flowdsl.compiler.checks import bounds, expected, names
from flowdsl.compiler.resolve import resolve, walk
from flowdsl.compiler.resolve.scope import listing
from flowdsl.compiler.resolve.texts import IN_TEMPLATE, NAME
from flowdsl.compiler.resolved import Act, Resolved
from flowdsl.diagnostics.catalogue.results import RESULT_DIAGNOSTICS
from flowdsl.diagnostics.catalogue.run import RUNS
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.diagnostics.suggest import STRICT, suggest
from flowdsl.plan import plan
from flowdsl.plan.expressions import Send
from flowdsl.syntax import ast, files
from flowdsl.tables import Table, read_contacts

IN_TEXT = re.compile(rf"\{{\{{|\}}\}}|\{{\s*(?P<name>{NAME})\s*\}}")
HTML = (".html", ".htm")
BREAKS = ("p", "div", "br", "tr", "li", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "title")
UNSEEN = ("style", "script", "title", "head")


@dataclass(frozen=True, slots=True)
class Preview:
    """A message with its placeholders filled. `unfilled` names those that nothing fills; body is HTML if `is_html`.

    >>> print(Preview("sms", "Hello", body="Hello, {first_name}", unfilled=("first_name",)))
    sms "Hello"
    <BLANKLINE>
    Hello, {first_name}
    <BLANKLINE>
    unfilled: {first_name}
    """

    channel: str
    name: str
    subject: str = ""
    sender: str = ""
    reply_to: str = ""
    body: str = ""
    is_html: bool = False
    unfilled: tuple[str, ...] = ()

    def __str__(self) -> str:
        body = text_of(self.body) if self.is_html else self.body
        missing = ", ".join(f"{{{name}}}" for name in self.unfilled)
        head = [f'{self.channel} "{self.name}"', *(f"{what}: {said}" for what, said in self._head())]
        parts = ["\n".join(head), body.strip("\n"), f"unfilled: {missing}" if missing else ""]
        return "\n\n".join(part for part in parts if part)

    def _head(self) -> list[tuple[str, str]]:
        said = (("from", self.sender), ("reply to", self.reply_to), ("subject", self.subject))
        return [(what, text) for what, text in said if text]

    def _repr_html_(self) -> str:
        """The head as a table, and the body in a frame of its own, where its styles and scripts touch nothing else."""
        rows = [("message", f'{self.channel} "{self.name}"'), *self._head()]
        head = "".join(
            f"<tr><th>{what}</th><td>{_marked(escape(text), self.unfilled)}</td></tr>" for what, text in rows
        )
        body = _marked(self.body if self.is_html else f"<pre>{escape(self.body)}</pre>", self.unfilled)
        frame = f'<iframe sandbox srcdoc="{escape(body)}" style="width: 100%; height: 24em"></iframe>'
        missing = ", ".join(f"<mark>{{{escape(name)}}}</mark>" for name in self.unfilled)
        return f"<table>{head}</table>\n{frame}" + (f"\n<p>unfilled: {missing}</p>" if missing else "")


def _marked(html: str, names: tuple[str, ...]) -> str:
    for name in names:
        html = html.replace(f"{{{name}}}", f"<mark>{{{name}}}</mark>")
    return html


def preview(
    program: ast.Program, message: str, contact: object, contacts: Table | None = None, channel: str = ""
) -> Preview:
    """One message of a program for one contact; arguments as in `Program.preview`.

    >>> from flowdsl import parse
    >>> print(preview(parse('when member joins program then send sms "Hi {first_name}!"'), "Hi {first_name}!",
    ...               {"first_name": "Ann"}))
    sms "Hi {first_name}!"
    <BLANKLINE>
    Hi Ann!
    """
    meant = resolve(program)[0]
    declared = _declared(meant, message, channel)
    filling = _Filling({**{word.name: word.value for word in meant.policy.words}, **_values(contact, contacts, meant)})
    template = _template(program, declared)
    is_html = declared.template.lower().endswith(HTML)
    body = filling.template(template, is_html) if template is not None else _name_as_body(filling, declared)
    return Preview(
        declared.channel,
        message,
        filling.text(declared.subject),
        filling.text(declared.sender or meant.policy.sender),
        filling.text(declared.reply_to),
        body,
        is_html and template is not None,
        tuple(filling.unfilled),
    )


def _name_as_body(filling: _Filling, declared: plan.Message) -> str:
    """What a message without a template says: short ones are often named by their text, e-mails by their subject."""
    return "" if declared.channel == "email" else filling.text(declared.name)


# --- the message ------------------------------------------------------------------------------------------------------


def _declared(meant: Resolved, name: str, channel: str) -> plan.Message:
    """The message of a name: as it is declared, else as it is sent."""
    acts = [step.effect for flow in meant.flows for step in walk.steps(flow.steps) if isinstance(step, Act)]
    sent = [plan.Message(one.channel, one.message) for one in acts if isinstance(one, Send) and one.message]
    every = {(one.channel, one.name): one for one in (*reversed(sent), *meant.policy.messages)}
    found = [one for (by, called), one in every.items() if called == name and channel in ("", by)]
    if len(found) == 1:
        return found[0]
    if found:
        channels = ", ".join(f'channel="{one.channel}"' for one in found)
        raise RunError([_diagnostic("E713", f'several messages are called "{name}": say {channels}', name)])
    known = list(dict.fromkeys(called for _, called in every))
    meant_name = suggest(name, known, STRICT)
    hint = f'did you mean "{meant_name}"?' if meant_name else f"there is {listing(known)}" if known else "there is none"
    raise RunError([_diagnostic("E713", f'no message is called "{name}"; {hint}', name)])


def _template(program: ast.Program, declared: plan.Message) -> str | None:
    """The text of its template; of a program without a file, from the working directory. Raises RunError."""
    if not declared.template:
        return None
    file = declared.span.file
    is_in_file = files.is_file(file)
    path = files.template_path(file, declared.template) if is_in_file else Path(declared.template)
    known = next((source.text for source in program.sources if source.name == str(path)), None)
    if known is not None:
        return known
    try:
        return files.template(path, files.program_folder(program)).text
    except ValueError as error:
        found = replace(_diagnostic("E712", f"the template {error}", declared.template), span=declared.span)
        raise RunError([found], sources=program.sources) from None


def _diagnostic(code: str, message: str, words: object) -> Diagnostic:
    return RUNS[code].diagnostic(message, words)


# --- the contact ------------------------------------------------------------------------------------------------------


def _values(contact: object, contacts: Table | None, meant: Resolved) -> dict[str, object]:
    """What a contact's columns hold, by name; what is missing is left out."""
    row = contact.to_dict() if hasattr(contact, "to_dict") else contact
    if isinstance(row, Mapping):
        return {str(name): value for name, value in row.items() if not _is_missing(value)}
    if contacts is None:
        raise RunError([_diagnostic("E714", f"there is no table to find the contact {contact!r} in", contact)])
    types = expected(meant)
    people = read_contacts(contacts, families=(), expected=types, bounds=bounds(meant), used=names(meant))
    position = people.position(str(contact))
    if position is None:
        lesson = next(diagnostic for diagnostic in RESULT_DIAGNOSTICS if diagnostic.code == "E801")
        message = f'no contact has the id "{contact}"'
        raise RunError([Diagnostic("E801", message, words=str(contact), reason=lesson.why, example=lesson.right)])
    return {"contact": people.ids[position], **people.row(position).columns}


def _is_missing(value: object) -> bool:
    """None, NaN, NaT, pandas.NA and an empty text."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, str):
        return not value
    return isinstance(value, float) and value != value  # NaN alone differs from itself


def said(value: object) -> str:
    """A value as a text shows it.

    >>> said(5.0), said(True), said(datetime(2026, 3, 1, 9))
    ('5', 'yes', '2026-03-01 09:00')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}" if value.is_integer() and abs(value) < 1e15 else str(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return str(value)


# --- filling ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Filling:
    """Values by the names of placeholders, and the names without a value."""

    values: Mapping[str, object]
    unfilled: dict[str, None] = field(default_factory=dict)

    def text(self, text: str) -> str:
        """A text of the program, with its doubled braces made single."""
        return IN_TEXT.sub(lambda match: self._value(match["name"], str) if match["name"] else match[0][0], text)

    def template(self, text: str, is_html: bool) -> str:
        """A template, whose braces are its own but for `{name}`, and `{{name}}`, which stands for `{name}` itself."""
        dress: Callable[[str], str] = escape if is_html else str
        return IN_TEMPLATE.sub(
            lambda match: self._value(match["name"], dress) if match["name"] else f"{{{match['kept']}}}", text
        )

    def _value(self, name: str, dress: Callable[[str], str]) -> str:
        value = self.values.get(name, self.values.get(name.removeprefix("contact.")))
        if value is None or (isinstance(value, str) and not value):  # a word of the workspace may be set to nothing
            self.unfilled[name] = None
            return f"{{{name}}}"
        return dress(said(value))


# --- HTML as text -----------------------------------------------------------------------------------------------------


class _Text(HTMLParser):
    """Gathers what a reader sees of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.unseen += tag in UNSEEN
        if tag in BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.unseen -= tag in UNSEEN
        if tag in BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self.unseen <= 0:
            self.parts.append(re.sub(r"\s+", " ", data))


def text_of(html: str) -> str:
    """What a reader sees of HTML, a line a paragraph.

    >>> text_of("<style>p { color: red }</style><p>Hello,<br>Ann &amp; Bob</p>")
    'Hello,\\nAnn & Bob'
    """
    parser = _Text()
    parser.feed(html)
    lines = (unescape(line).strip() for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)
