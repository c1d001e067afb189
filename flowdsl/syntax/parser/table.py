"""The LALR table that drives the parser, made from grammar.lark.

Lark needs a third of a second to make the table, which is too long for `flowdsl check`. So the result is shipped as
table.json in this folder, with a fingerprint of the grammar. If the fingerprint differs (someone is changing the
grammar), Lark makes the table again. `write()` renews the file; a test compares it with the grammar.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypedDict
from zlib import crc32

from flowdsl.syntax import keywords
from flowdsl.syntax.parser.tokens import KINDS, SIGNS

if TYPE_CHECKING:
    from lark import Lark
    from lark.common import LexerConf
    from lark.grammar import Rule as LarkRule
    from lark.lexer import LexerState, Token
    from lark.parsers.grammar_analysis import State
    from lark.parsers.lalr_analysis import Action, ParseTableBase
    from lark.parsers.lalr_parser_state import ParserState

HERE = Path(__file__).parent
GRAMMAR = HERE.parent.parent / "grammar.lark"
SHIPPED = HERE / "table.json"
HOLES = ("E_CLAUSE", "E_TRIGGER", "E_STEP", "E_COND", "E_TIMES", "E_LINE")  # replace what could not be read
END = "$END"
ACCEPT = -1_000_000
RuleRow: TypeAlias = tuple[str, int, str, list[int]]  # origin, length, build, spliced


class Plain(TypedDict):
    """The table as plain data: what table.json holds."""

    fingerprint: str
    symbols: list[str]
    rules: list[RuleRow]
    states: list[list[list[int]]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it makes, its number of symbols, who builds the node ("" passes its only child on), and which
    symbols are lists whose items it takes over."""

    origin: str
    length: int
    build: str
    spliced: tuple[int, ...]
    passes: bool  # one symbol becomes another, and nothing is built
    wraps: bool  # one symbol becomes a list of it


@dataclass(frozen=True, slots=True)
class Table:
    """`actions[state][symbol]` is the next state (shift, or after a rule), ~rule to reduce, or ACCEPT. Parsing begins
    in state 0."""

    actions: tuple[dict[str, int], ...]
    rules: tuple[Rule, ...]


@cache
def table() -> Table:
    """The table of the shipped grammar."""
    grammar = grammar_text()
    made: Plain | None = json.loads(SHIPPED.read_bytes()) if SHIPPED.exists() else None
    if made is None or made.get("fingerprint") != fingerprint(grammar):
        made = make(grammar)
    return _read(made)


def grammar_text() -> str:
    """The grammar with its terminals, which come from the tables of keywords and tokens."""
    declared = sorted({*keywords.terminals(), *KINDS, *SIGNS.values(), *HOLES})
    return f"{GRAMMAR.read_text(encoding='utf-8')}\n%declare {' '.join(declared)}\n"


def fingerprint(grammar: str) -> str:
    """Identifies a version of the grammar."""
    return f"{crc32(grammar.encode()):08x}"


def _read(made: Plain) -> Table:
    symbols = made["symbols"]
    rows = tuple({symbols[symbol]: action for symbol, action in zip(*row, strict=True)} for row in made["states"])
    return Table(rows, tuple(_rule(*rule) for rule in made["rules"]))


def _rule(origin: str, length: int, build: str, spliced: list[int]) -> Rule:
    alone, is_list = length == 1, build[:1] == "_"
    passes = alone and (bool(spliced) if is_list else not build and not spliced)
    return Rule(origin, length, build, tuple(spliced), passes, alone and is_list and not spliced)


# --- made by Lark -----------------------------------------------------------------------------------------------------


def make(grammar: str) -> Plain:
    """The table as plain data. States are numbered in the order of a traversal, so that the same grammar gives the same
    file."""
    raw: ParseTableBase[State] = _lark(grammar).parser.parser._parse_table
    rules = sorted({rule for row in raw.states.values() for _, rule in _reductions(row)}, key=_rule_key)
    number = {rule: index for index, rule in enumerate(rules)}
    order = _walk(raw)
    last = raw.end_states["start"]
    states = []
    for state in order:
        row = {}
        for symbol, (action, target) in raw.states[state].items():
            row[symbol] = order[target] if action.name == "Shift" else ~number[target]
        if state == last:
            row[END] = ACCEPT
        states.append(row)
    symbols = sorted({symbol for row in states for symbol in row})
    place = {symbol: index for index, symbol in enumerate(symbols)}
    return {
        "fingerprint": fingerprint(grammar),
        "symbols": symbols,
        "rules": [_plain(rule) for rule in rules],
        "states": [[[place[s] for s in sorted(row)], [row[s] for s in sorted(row)]] for row in states],
    }


def _lark(grammar: str) -> Lark:
    from lark import Lark
    from lark.lexer import Lexer

    class NoLexer(Lexer):
        """Only the table is needed: the tokens come from tokens.py."""

        def __init__(self, conf: LexerConf) -> None:
            pass

        def lex(self, lexer_state: LexerState, parser_state: ParserState[State]) -> Iterator[Token]:
            return iter(())

    return Lark(grammar, parser="lalr", lexer=NoLexer, maybe_placeholders=False, debug=True)


def _reductions(row: dict[str, tuple[Action, LarkRule]]) -> Iterable[tuple[str, LarkRule]]:
    return ((symbol, target) for symbol, (action, target) in row.items() if action.name == "Reduce")


def _walk(raw: ParseTableBase[State]) -> dict[State, int]:
    """The states that can be reached, numbered breadth first along the symbols in order of the alphabet."""
    order = {raw.start_states["start"]: 0}
    queue = list(order)
    for state in queue:
        for _, (action, target) in sorted(raw.states[state].items()):
            if action.name == "Shift" and target not in order:
                order[target] = len(order)
                queue.append(target)
    return order


def _rule_key(rule: LarkRule) -> tuple[str, ...]:
    return (rule.origin.name, *(symbol.name for symbol in rule.expansion), f"-> {rule.alias}")


def _plain(rule: LarkRule) -> RuleRow:
    spliced = [index for index, symbol in enumerate(rule.expansion) if not symbol.is_term and symbol.name[0] == "_"]
    build = rule.alias or ("" if rule.options.expand1 else rule.origin.name)
    return rule.origin.name, len(rule.expansion), build, spliced


def write() -> None:
    """Writes table.json."""
    SHIPPED.write_text(json.dumps(make(grammar_text()), separators=(",", ":")) + "\n", encoding="utf-8")
