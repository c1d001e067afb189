"""The LALR parser of one declaration: its tokens become a node.

It follows table.py, bottom up and without recursion. Whether a word is a keyword depends on its place: it is one only
if the grammar can continue with it after what has been read, so phrases may contain words that are keywords elsewhere.
Lark's own parser would only test whether the state lists the terminal, which is not exact for merged states, does not
support such words, and is four times slower.
"""

from __future__ import annotations

from typing import Any

from flowdsl.syntax import ast, keywords
from flowdsl.syntax.keywords import Keyword
from flowdsl.syntax.parser import token_values
from flowdsl.syntax.parser.builders import BUILD
from flowdsl.syntax.parser.context import Item, ParseContext
from flowdsl.syntax.parser.table import ACCEPT, Rule, table
from flowdsl.syntax.parser.terminals import (
    CLAUSES,
    NEVER_FIRST,
    NEVER_INSIDE,
    NEVER_WORDS,
    OPENERS,
    PHRASE,
    SHALLOW,
    STEPS,
    SURE,
)
from flowdsl.syntax.parser.tokens import SIGN_WORDS, Token

MOST_NESTED = 64  # docs/reference/language.md#limits


class TooDeep(Exception):
    """The nesting has reached its limit."""


class LalrParser:
    """The stacks of the parser: states, their values, and the first and last token of each."""

    def __init__(self, reading: ParseContext, tokens: list[Token]) -> None:
        made = table()
        self.reading = reading
        self.tokens = tokens
        self.actions = made.actions
        self.rules: tuple[Rule, ...] = made.rules
        self.words = keywords.by_first_word()
        self.states: list[int] = [0]
        self.values: list[Item] = [None]
        self.places: list[tuple[Token, Token] | None] = [None]
        self.head = ""  # the terminal that was fed first
        self.last = ""  # and last
        self.open: list[tuple[str, Token, int]] = []  # blocks and parentheses: terminal, token, height of the stack
        self.nots = 0
        self.sure = False  # whether `read` has already tested that its terminal fits
        self.stuck: Token | None = None  # where the last diagnostic was
        self.lost = False  # whether everything after a diagnostic was skipped
        self.result: Any = None

    # --- tokens and keywords ------------------------------------------------------------------------------------------

    def read(self, at: int) -> tuple[str, Item, int]:
        """The terminal of the token at this position, its value, and the number of tokens it takes."""
        token = self.tokens[at]
        kind = token.kind
        self.sure = False
        if kind == "WORD":
            known = self.words.get(token.text)
            if known is not None:
                return self._keyword(at, token, known)
            if token.text in keywords.FOREIGN and self.can(keywords.FOREIGN[token.text]):
                return "FOREIGN", None, 1
            return "WORD", token_values.word(self.reading, token), 1
        if kind == "COMMA" and self._is_stray(at):
            return "STRAY", None, 1
        if kind == "NUMBER":
            return self._number(at, token)
        if kind == "SIGN":
            return keywords.terminal(SIGN_WORDS[token.text].replace(" ", "_")), SIGN_WORDS[token.text], 1
        return kind, token_values.leaf(self.reading, token), 1

    def _is_stray(self, at: int) -> bool:
        """Whether a comma is between sentences (`…, wait 3 days`) and not in a list."""
        if not self.can("COMMA"):
            return self.can("THEN")
        following = self.words.get(self._word(at + 1), ())
        if not any(keyword.terminal in SURE for keyword in following):
            return False
        behind = self.behind("COMMA")
        return behind is not None and not self.can("WORD", behind)

    def _keyword(self, at: int, token: Token, known: tuple[Keyword, ...]) -> tuple[str, Item, int]:
        matching = [keyword for keyword in known if keyword.is_word or self.stands(at, keyword)]
        for keyword in matching:
            if keyword.before and not self._is_before(at + len(keyword.words), keyword):
                continue
            if self.can(keyword.terminal):
                if keyword.id == "exit" and len(matching) > 1:
                    break  # `exit when` after the first step is not an `exit`
                self.sure = True
                return self._as_keyword(at, keyword)
        longest = matching[0] if matching else None
        if longest and self._is_hard(token, longest):
            return self._as_keyword(at, longest)
        if self.can("WORD"):
            return "WORD", token_values.word(self.reading, token), 1
        for keyword in matching:
            if self.can(keyword.terminal):
                return self._as_keyword(at, keyword)
        if longest:
            return self._as_keyword(at, longest)
        return "WORD", token_values.word(self.reading, token), 1

    def _is_hard(self, token: Token, keyword: Keyword) -> bool:
        terminal = keyword.terminal
        if self.last == "SET":
            return False
        if self.last not in PHRASE:
            return terminal in NEVER_WORDS or (token.first and terminal in NEVER_FIRST)
        begins = token.first and (terminal in CLAUSES or terminal in STEPS or terminal in NEVER_FIRST)
        return begins or terminal in NEVER_INSIDE

    def stands(self, at: int, keyword: Keyword) -> bool:
        """Whether the words of a keyword are at a position."""
        words = keyword.words
        if at + len(words) > len(self.tokens):
            return False
        for offset in range(1, len(words)):
            token, wanted = self.tokens[at + offset], words[offset]
            if wanted == "<ordinal>":
                if token.kind != "ORDINAL" and token.text not in keywords.ORDINALS["en"]:
                    return False
            elif token.text != wanted or token.kind != "WORD":
                return False
        return True

    def _is_before(self, at: int, keyword: Keyword) -> bool:
        if at >= len(self.tokens):
            return False
        token = self.tokens[at]
        return token.kind in keyword.before or (token.kind == "WORD" and token.text in keyword.before)

    def _as_keyword(self, at: int, keyword: Keyword) -> tuple[str, Item, int]:
        width = len(keyword.words)
        value = token_values.kept(self.reading, keyword, self.tokens[at : at + width])
        return keyword.terminal, value, width

    def _number(self, at: int, token: Token) -> tuple[str, Item, int]:
        """A number, `4 times`, or the rate of `0.5 per …`."""
        value = token_values.leaf(self.reading, token)
        following = [self._word(at + 1), self._word(at + 2), self._word(at + 3)]
        if following[0] in ("time", "times") and self.can("N_TIMES"):
            return "N_TIMES", value, 2
        is_rate = following[0] == "per" or (following[0] == "to" and following[2] == "per")
        if is_rate and self.can("RATE"):
            return "RATE", value, 1
        return "NUMBER", value, 1

    def _word(self, at: int) -> str:
        return self.tokens[at].text if at < len(self.tokens) and self.tokens[at].kind == "WORD" else ""

    # --- the automaton ------------------------------------------------------------------------------------------------

    def can(self, terminal: str, states: list[int] | None = None) -> bool:
        """Whether the parser can continue with a terminal. The test is exact: all rules that it completes are
        applied."""
        stack = self.states if states is None else states
        actions, rules = self.actions, self.rules
        action = actions[stack[-1]].get(terminal)
        top = len(stack)
        above: list[int] = []
        while action is not None:
            if action >= 0 or action == ACCEPT:
                return True
            rule = rules[~action]
            left = len(above) - rule.length
            if left >= 0:
                del above[left:]
            else:
                top += left
                above.clear()
            state = actions[above[-1] if above else stack[top - 1]][rule.origin]
            above.append(state)
            action = actions[state].get(terminal)
        return False

    def behind(self, terminal: str, states: list[int] | None = None) -> list[int] | None:
        """The states of the parser after a terminal; None if it does not fit."""
        stack = list(self.states if states is None else states)
        action = self.actions[stack[-1]].get(terminal)
        while action is not None and ACCEPT < action < 0:
            rule = self.rules[~action]
            if rule.length:
                del stack[-rule.length :]
            stack.append(self.actions[stack[-1]][rule.origin])
            action = self.actions[stack[-1]].get(terminal)
        return None if action is None else [*stack, action]

    def take(self, terminal: str, value: Item, first: Token, last: Token) -> bool:
        """Feed a terminal if the parser can continue with it."""
        action = self.actions[self.states[-1]].get(terminal)
        if action is None or (action < 0 and not self.sure and not self.can(terminal)):
            return False
        self.feed(terminal, value, first, last)
        return True

    def feed(self, terminal: str, value: Item, first: Token, last: Token) -> None:
        """Take one terminal that `can` has accepted."""
        actions, states, rules = self.actions, self.states, self.rules
        action = actions[states[-1]][terminal]
        while action < 0:
            if action == ACCEPT:
                self.result = self.values[-1]
                return
            rule = rules[~action]
            if rule.passes:
                states[-1] = actions[states[-2]][rule.origin]
            elif rule.wraps:
                states[-1] = actions[states[-2]][rule.origin]
                self.values[-1] = [] if self.values[-1] is None else [self.values[-1]]
            else:
                self._reduce(rule)
            action = actions[states[-1]][terminal]
        self._count_depth(terminal, first)
        self.head = self.head or terminal
        states.append(action)
        self.values.append(value)
        self.places.append((first, last))
        self.last = terminal

    def _count_depth(self, terminal: str, token: Token) -> None:
        if terminal in SHALLOW:
            self.nots = 0
            return
        if terminal in OPENERS:
            if len(self.open) + self.nots >= MOST_NESTED:
                raise TooDeep
            self.open.append((terminal, token, len(self.states)))
        elif terminal in ("END", "RPAR"):
            while self.open and OPENERS[self.open.pop()[0]] != terminal:
                pass
        self.nots = self.nots + 1 if terminal == "NOT" else 0
        if self.nots + len(self.open) > MOST_NESTED:
            raise TooDeep

    def _reduce(self, rule: Rule) -> None:
        length = rule.length
        if length == 0:
            values: list[Item] = []
            place = None
        else:
            values = self.values[-length:]
            place = self._place(length)
            del self.values[-length:], self.states[-length:], self.places[-length:]
        self.states.append(self.actions[self.states[-1]][rule.origin])
        self.values.append(self._value(rule, values, place))
        self.places.append(place)

    def _place(self, length: int) -> tuple[Token, Token] | None:
        places = self.places[-length:]
        first, last = places[0], places[-1]
        if first is None or last is None:
            known = [place for place in places if place]
            if not known:
                return None
            first, last = known[0], known[-1]
        return first[0], last[1]

    def _value(self, rule: Rule, values: list[Any], place: tuple[Token, Token] | None) -> Item:
        build, spliced = rule.build, rule.spliced
        if rule.origin[0] == "_" and build[0] == "_":  # a list that grows in place
            if spliced and spliced[0] == 0:
                items: list[Item] = values[0]
                rest, offset = values[1:], 1
            else:
                items, rest, offset = [], values, 0
            for index, value in enumerate(rest, offset):
                if index in spliced:
                    items.extend(value)
                elif value is not None:
                    items.append(value)
            return items
        if spliced:
            children = []
            for index, value in enumerate(values):
                if index in spliced:
                    children.extend(value)
                elif value is not None:
                    children.append(value)
        else:
            children = [value for value in values if value is not None]
        if not build:
            return children[0] if children else None
        span = self.reading.span(*place) if place else self.reading.source.span(0, 0)
        return BUILD[build](self.reading, children, span)

    def cut(self, height: int) -> None:
        """Remove all but the lowest entries of the stack."""
        del self.states[height:], self.values[height:], self.places[height:]
        while self.open and self.open[-1][2] >= height:
            self.open.pop()
        self.nots = 0

    @property
    def node(self) -> ast.Declaration | None:
        """The result, once parsing has reached the end."""
        found: ast.Declaration | None = self.result
        return found
