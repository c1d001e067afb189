"""The grammar: it has no conflicts, and the table that is shipped was made from it."""

from __future__ import annotations

import json
import logging

import pytest
from lark import logger

from flowdsl.syntax import keywords
from flowdsl.syntax.parser import table
from flowdsl.syntax.parser.builders import BUILD


class Heard(logging.Handler):
    """Keeps what Lark says while it makes a table."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def heard():
    handler = Heard()
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(before)


def test_the_grammar_has_no_conflicts(heard):
    """Lark finds neither a shift/reduce nor a reduce/reduce conflict: every text has one reading."""
    table.make(table.grammar_text())
    assert [line for line in heard.lines if "conflict" in line.lower()] == []


def test_a_conflict_would_be_heard(heard):
    """The test above listens in the right place: a grammar with a conflict is told."""
    table._lark("start: a a\na: B*\n%declare B\n")
    assert any("conflict" in line.lower() for line in heard.lines)


def test_the_shipped_table_is_the_one_of_the_grammar():
    """What is shipped is exactly what Lark makes of grammar.lark today (else: flowdsl.syntax.parser.table.write())."""
    made = json.loads(json.dumps(table.make(table.grammar_text())))
    assert json.loads(table.SHIPPED.read_bytes()) == made


def test_every_rule_has_a_builder():
    """No rule of the grammar is left without somebody who builds its node."""
    wanted = {rule.build for rule in table.table().rules if rule.build and not rule.origin.startswith("_")}
    assert wanted <= set(BUILD)


def test_every_terminal_of_the_grammar_is_declared_once():
    """Keywords, kinds of tokens and holes share no names, so none can be taken for another."""
    kinds = [*table.KINDS, *table.SIGNS.values(), *table.HOLES]
    assert len({*kinds, *keywords.terminals()}) == len(kinds) + len(keywords.terminals())


def test_no_spelling_means_two_keywords_in_the_same_place():
    """Two keywords with the same words are only `or`, which is told apart by the quoted name behind it."""
    spelled = [(keyword.words, keyword.id) for known in keywords.by_first_word().values() for keyword in known]
    words = [word for word, _ in spelled]
    assert {word for word in words if words.count(word) > 1} == {("or",)}
