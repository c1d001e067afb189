"""A diagram as Mermaid text, for pages that draw flowcharts themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowdsl.display.diagram.steps import titled
from flowdsl.syntax import ast
from flowdsl.syntax.printer.node_text import line

SHAPES = {  # what stands around the words of a node
    "start": ('(["', '"])'), "end": ('(["', '"])'), "if": ('{{"', '"}}'), "split": ('{{"', '"}}'),
    "send": ('["', '"]'), "action": ('["', '"]'), "wait": ('("', '")'), "label": ('>"', '"]'), "jump": ('[/"', '"/]'),
}  # fmt: skip


class Chart:
    """A flowchart that is being written: nodes are numbered as they come."""

    def __init__(self) -> None:
        self.lines = ["flowchart TD"]
        self.count = 0
        self.labels: dict[str, str] = {}
        self.jumps: list[tuple[str, str]] = []

    def node(self, kind: str, words: str) -> str:
        """Writes a node; its id."""
        self.count += 1
        name = f"n{self.count}"
        before, after = SHAPES[kind]
        self.lines.append(f"  {name}{before}{escaped(words)}{after}")
        return name

    def join(self, ends: Sequence[tuple[str, str]], to: str) -> None:
        """Writes a way from each of some ends (a node, and a word on the way) to a node."""
        for name, word in ends:
            said = f'|"{escaped(word)}"|' if word else ""
            self.lines.append(f"  {name} -->{said} {to}")


Ends = list[tuple[str, str]]


def mermaid(flows: Sequence[tuple[str, ast.Flow | ast.Campaign]]) -> str:
    """The flowchart of some flows with their names.

    >>> from flowdsl import parse
    >>> flow = parse("when member joins program then send chat").declarations[0]
    >>> print(mermaid([("Hi", flow)]))
    flowchart TD
      n1(["Hi: when member joins program"])
      n2["send chat"]
      n1 --> n2
      n3(["end"])
      n2 --> n3
    """
    chart = Chart()
    for name, flow in flows:
        chart.labels.clear()
        chart.jumps.clear()
        _flow(chart, name, flow)
    return "\n".join(chart.lines)


def escaped(words: str) -> str:
    """Escapes a text for quotes in Mermaid, which has its own numeric entities.

    >>> escaped('send email "A"')
    'send email #quot;A#quot;'
    """
    return words.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")


def _flow(chart: Chart, name: str, flow: ast.Flow | ast.Campaign) -> None:
    clauses = [line(one) for one in flow.clauses if not isinstance(one, ast.Description)]
    start = chart.node("start", ": ".join(part for part in (titled(name, flow), "; ".join(clauses)) if part))
    ends = _steps(chart, flow.steps, [(start, "")])
    if ends:
        chart.join(ends, chart.node("end", "end"))
    for jump, label in chart.jumps:
        if label in chart.labels:
            chart.lines.append(f"  {jump} -.-> {chart.labels[label]}")


def _steps(chart: Chart, steps: Sequence[ast.Step], ends: Ends) -> Ends:
    for step in steps:
        ends = _step(chart, step, ends)
    return ends


def _step(chart: Chart, step: ast.Step, ends: Ends) -> Ends:
    match step:
        case ast.If():
            return list(_if(chart, step.arms, step.otherwise, ends))
        case ast.Split():
            head = _node(chart, "split", "split", ends)
            return [end for arm in step.arms for end in _steps(chart, arm.steps, [(head, line(arm))])]
        case ast.Repeat():
            head = _node(chart, "split", line(step), ends)
            chart.join(_steps(chart, step.steps, [(head, "again")]), head)
            return [(head, "then")]
        case ast.Label():
            chart.labels[step.name.value] = node = _node(chart, "label", line(step), ends)
            return [(node, "")]
        case ast.GoTo():
            node = _node(chart, "jump", line(step), ends)
            chart.jumps.append((node, step.label.value))
            return [(node, "")] if step.at_most is not None else []
        case ast.Exit():
            _node(chart, "end", line(step), ends)
            return []
        case ast.Action():
            said = line(step).removeprefix("then ")
            return [(_node(chart, "send" if said.startswith("send ") else "action", said, ends), "")]
        case _:
            return [(_node(chart, "wait", line(step), ends), "")]


def _if(
    chart: Chart, arms: Sequence[ast.Arm], otherwise: ast.Otherwise | None, ends: Ends
) -> Iterator[tuple[str, str]]:
    """A condition; `otherwise if` adds the next one on the "no" branch."""
    for arm in arms:
        head = _node(chart, "if", f"{line(arm.condition)}?", ends)
        yield from _steps(chart, arm.steps, [(head, "yes")])
        ends = [(head, "no")]
    yield from _steps(chart, otherwise.steps if otherwise else (), ends)


def _node(chart: Chart, kind: str, words: str, ends: Ends) -> str:
    name = chart.node(kind, words)
    chart.join(ends, name)
    return name
