"""Diagnostics of runtime JSON: each code with its reason, a small wrong file, and the same file corrected.

Nothing goes in; PLAN comes out, by code. In the files `"sha256:…"` stands for the hash that belongs there.
"""

from __future__ import annotations

from flowdsl.diagnostics.catalogue import Rule

_HEAD = '{"schema_version": 1, "hash": "sha256:…", "flows": '
_START = '{"kind": "enter", "id": "start", "next": "wait", "triggers": []}'
_WAIT = '{"kind": "wait", "id": "wait", "until": {"kind": "elapsed", "lapse": {"ms": 60000}}, "next": "end"}'
_DO = '{"kind": "act", "id": "wait", "effect": {"kind": "do", "action": "custom.do", "name": "x"}, "next": "end"}'
_END = '{"kind": "exit", "id": "end"}'


def _file(*nodes: str) -> str:
    """A file with one flow, a node a line."""
    lines = ",\n      ".join(nodes)
    return f'{_HEAD}[\n  {{"name": "F", "kind": "flow", "nodes": [\n      {lines}\n  ]}}\n]}}'


_RIGHT = _file(_START, _WAIT, _END)

_DIAGNOSTICS = (
    Rule(
        "E601",
        "Not a JSON file",
        "A plan is one JSON document (RFC 8259) in UTF-8: no comments, no NaN, no duplicate keys in one object, and"
        " no nesting deeper than in a plan. The usual cause is an incomplete file: export it again.",
        '{"schema_version": 1, "flows": [',
        _RIGHT,
    ),
    Rule(
        "E602",
        "Unknown version of the format",
        "`schema_version` says how to read the file. A newer version may use the same words with other meanings, so"
        " it is refused: update FlowDSL, or export the program again with this version.",
        _RIGHT.replace('"schema_version": 1', '"schema_version": 2'),
        _RIGHT,
    ),
    Rule(
        "E603",
        "A key is missing",
        'Only keys whose value would be empty ("", 0, false, null, []) may be left out; this one has no empty meaning.',
        _RIGHT.replace(', "lapse": {"ms": 60000}', ""),
        _RIGHT,
    ),
    Rule(
        "E604",
        "An unknown key",
        "Every key has a meaning. An unknown key is a typing error, or comes from a newer version. In both cases,"
        " ignoring it could change what is sent.",
        _RIGHT.replace('"next": "end"', '"next": "end", "nxt": "end"'),
        _RIGHT,
    ),
    Rule(
        "E605",
        "A value of the wrong kind",
        "The value has another type than the format requires, is not one of the possible words, or is a number out"
        ' of range. true is not 1, and "5" is not 5.',
        _RIGHT.replace("60000", '"60000"'),
        _RIGHT,
    ),
    Rule(
        "E606",
        "A reference to nothing",
        "Ports contain the ids of nodes of the same flow; actions and `at` lines contain the names of flows. A run"
        " that reached this point could not continue.",
        _RIGHT.replace('"next": "end"', '"next": "ending"'),
        _RIGHT,
    ),
    Rule(
        "E607",
        "A duplicate name",
        "The names of flows, the ids of the nodes of a flow, labels, and the names of scenarios are unique, because"
        " results and active runs refer to them.",
        _file(_START, _WAIT, _WAIT, _END),
        _RIGHT,
    ),
    Rule(
        "E608",
        "A flow without a path to its end",
        "A flow begins at its only `enter` node, the first, and ends at the `exit` node `end`, the last. The shares"
        " of a split add up to 1,000,000. Every cycle goes through a bounded jump or a repeat, and no port leads"
        " back to `enter`. An event with a channel and a flag is named after both: `email.opened`.",
        _file(_START, _WAIT, _END, _WAIT.replace('"id": "wait"', '"id": "later"')),
        _RIGHT,
    ),
    Rule(
        "E609",
        "The hash does not match",
        "`hash` is computed from everything that the plan means. The file was changed after it was written. Change"
        " the program and export it again.",
        _RIGHT.replace("sha256:…", "sha256:" + "0" * 64),
        _RIGHT,
    ),
    Rule(
        "E610",
        "No text for this plan",
        "A plan made by another program can run and still contain something that the language cannot express: nodes"
        " that are not in the order of a text, an unknown action, a rate per 7 milliseconds.",
        _file(_START, _DO.replace("custom.do", "moon.fly"), _END),
        _file(_START, _DO, _END),
    ),
)

PLAN = {rule.code: rule for rule in _DIAGNOSTICS}
