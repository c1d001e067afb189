"""Expressions of compiled functions: names, numbers, words of memory, calls."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from types import FunctionType
from typing import Protocol, TypeAlias

from llvmlite import ir

from flowdsl.sim.fast.jit.arithmetic import COMPARISONS, OPERATORS, Arithmetic
from flowdsl.sim.fast.jit.types import (
    I64,
    SIGNED,
    TRUTH,
    UNSIGNED,
    Constant,
    Group,
    Known,
    Number,
    Tables,
    Type,
    Value,
    View,
    Words,
    items_of,
    llvm_types,
)

Builtin: TypeAlias = "Callable[..., Known]"  # gets the Expressions of the place, and what it is called with


class Caller(Protocol):
    """What translates the functions that others call."""

    invariant: ir.MDValue  # what a load is marked with that gives the same whenever it is done
    builtins: Mapping[FunctionType, Builtin]

    def call(self, at: Arithmetic, function: FunctionType, arguments: list[Known]) -> Value:
        """Writes a call of a function."""
        ...


class Untranslatable(Exception):
    """Something that is no part of the language of compiled functions."""


class Expressions:
    """What a function computes, written where its builder stands."""

    def __init__(self, translator: Caller, python: FunctionType, function: ir.Function) -> None:
        self.translator, self.python = translator, python
        self.names: dict[str, tuple[Type, tuple[ir.Value, ...]]] = {}  # the type of each, and where its parts are kept
        self.entry = ir.IRBuilder(function.append_basic_block("names"))
        self.builder = ir.IRBuilder(function.append_basic_block("body"))
        self.numbers = Arithmetic(self.builder)

    def untranslatable(self, node: ast.AST) -> Untranslatable:
        """What to raise for a part of the source."""
        line = self.python.__code__.co_firstlineno + getattr(node, "lineno", 1) - 1
        return Untranslatable(f"{self.python.__code__.co_filename}:{line}: {ast.unparse(node)}")

    # --- names --------------------------------------------------------------------------------------------------------

    def assign(self, name: str, value: Value) -> None:
        """Keeps a value under a name; LLVM finds out itself what may stay in registers."""
        if name not in self.names:
            kinds = llvm_types(value.type)
            self.names[name] = (value.type, tuple(self.entry.alloca(kind, name=name) for kind in kinds))
        kind, places = self.names[name]
        if isinstance(kind, Number):
            value = self.numbers.to(kind, value)
        for part, place in zip(value.parts, places, strict=True):
            self.builder.store(part, place)

    def _name(self, node: ast.Name) -> Known:
        if node.id in self.names:
            kind, places = self.names[node.id]
            return Value(kind, tuple(self.builder.load(place) for place in places))
        if node.id in self.python.__globals__:
            return Constant(self.python.__globals__[node.id])
        builtins = {
            "len": len,
            "range": range,
            "min": min,
            "max": max,
            "int": int,
            "float": float,
            "bool": bool,
            "tuple": tuple,
        }
        if node.id in builtins:
            return Constant(builtins[node.id])
        raise self.untranslatable(node)

    # --- expressions --------------------------------------------------------------------------------------------------

    def value(self, node: ast.expr) -> Value:
        """The value of an expression."""
        return self.numbers.value(self.known(node))

    def truth(self, node: ast.expr) -> ir.Value:
        """Whether an expression is true."""
        if isinstance(node, ast.BoolOp):
            return self._logical(node)
        return self.numbers.truth(self.known(node)).parts[0]

    def known(self, node: ast.expr) -> Known:
        """An expression: its value, or what is known of it now."""
        match node:
            case ast.Constant(value=value):
                return Constant(value)
            case ast.Name():
                return self._name(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript():
                return self._item(node)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                return self.numbers.binary(op, self.known(left), self.known(right))
            case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
                return self.numbers.unary(op, self.known(operand))
            case ast.Compare(ops=ops) if all(type(op) in COMPARISONS for op in ops):
                return self._comparison(node)
            case ast.BoolOp():
                return Value(TRUTH, (self._logical(node),))
            case ast.IfExp():
                return self._choice(node)
            case ast.Call():
                return self._call(node)
            case ast.Tuple(elts=elements):
                return group(tuple(self.value(one) for one in elements))
        raise self.untranslatable(node)

    def _comparison(self, node: ast.Compare) -> Value:
        """`a < b < c`; its parts change nothing, so all are computed."""
        left, found = self.known(node.left), list[ir.Value]()
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.known(comparator)
            found.append(self.numbers.compare(op, left, right).parts[0])
            left = right
        whole = found[0]
        for one in found[1:]:
            whole = self.builder.and_(whole, one)
        return Value(TRUTH, (whole,))

    def _logical(self, node: ast.BoolOp) -> ir.Value:
        """`and`, `or`: what comes later is computed only where it counts."""
        is_and = isinstance(node.op, ast.And)
        over, ends = self.builder.append_basic_block("over"), list[tuple[ir.Value, ir.Block]]()
        for one in node.values[:-1]:
            truth = self.truth(one)
            ends.append((truth, self.builder.block))
            more = self.builder.append_basic_block("more")
            self.builder.cbranch(truth, *((more, over) if is_and else (over, more)))
            self.builder.position_at_end(more)
        ends.append((self.truth(node.values[-1]), self.builder.block))
        self.builder.branch(over)
        self.builder.position_at_end(over)
        return self._joined(ends)

    def _choice(self, node: ast.IfExp) -> Known:
        """`a if test else b`."""
        test = self.known(node.test)
        if isinstance(test, Constant):
            return self.known(node.body if test.value else node.orelse)
        so, otherwise, then = (self.builder.append_basic_block(name) for name in ("so", "else", "then"))
        self.builder.cbranch(self.numbers.truth(test).parts[0], so, otherwise)
        values, blocks = list[Value](), list[ir.Block]()
        for block, branch in ((so, node.body), (otherwise, node.orelse)):
            self.builder.position_at_end(block)
            values.append(self.value(branch))
            blocks.append(self.builder.block)
        kinds = [value.type for value in values]
        kind = UNSIGNED if UNSIGNED in kinds else kinds[0] if kinds[0] == kinds[1] else SIGNED
        assert isinstance(kind, Number), ast.unparse(node)
        ends = list[tuple[ir.Value, ir.Block]]()
        for value, block in zip(values, blocks, strict=True):
            self.builder.position_at_end(block)
            ends.append((self.numbers.to(kind, value).parts[0], block))
            self.builder.branch(then)
        self.builder.position_at_end(then)
        return Value(kind, (self._joined(ends),))

    def _joined(self, ends: list[tuple[ir.Value, ir.Block]]) -> ir.Value:
        phi = self.builder.phi(ends[0][0].type)
        for value, block in ends:
            phi.add_incoming(value, block)
        return phi

    # --- memory -------------------------------------------------------------------------------------------------------

    def _attribute(self, node: ast.Attribute) -> Known:
        of = self.known(node.value)
        if isinstance(of, Constant):
            return Constant(getattr(of.value, node.attr))
        match of.type:
            case Tables():
                return self._field(of, of.type.fields.index(node.attr))
            case Group(names=names):
                return items_of(of)[names.index(node.attr)]
        raise self.untranslatable(node)

    def _field(self, tables: Value, number: int) -> Value:
        """A table as a view: where it begins, how many rows it has; the length of a row stands in a third word."""
        assert isinstance(tables.type, Tables)
        fixed = Words(is_fixed=True)
        address, rows, width = (self.load(fixed, tables.parts[0], I64(3 * number + word)) for word in range(3))
        return Value(View(tables.type.words[number]), (address, rows, width))

    def _item(self, node: ast.Subscript) -> Known:
        of = self.known(node.value)
        if isinstance(node.slice, ast.Slice):
            return self._slice(of, node)
        if isinstance(of, Value) and isinstance(of.type, Group):
            place = self.known(node.slice)
            assert isinstance(place, Constant)
            assert isinstance(place.value, int)
            return items_of(of)[place.value]
        assert isinstance(of, Value)
        match of.type:
            case Words() as words:
                return Value(SIGNED, (self.load(words, of.parts[0], self._place(node.slice)),))
            case View(words=words, width=1):
                return Value(SIGNED, (self.load(words, of.parts[0], self._row_place(of, node.slice)),))
            case View(words=words, width=width):  # a row, of which an item is taken next
                start = self.builder.mul(self._place(node.slice), I64(width * words.bits // 8))
                return Value(words, (self.builder.add(of.parts[0], start),))
        raise self.untranslatable(node)

    def _row_place(self, of: Value, node: ast.expr) -> ir.Value:
        """Where an item of a view stands; of a table with rows, by row and column."""
        if not isinstance(node, ast.Tuple):
            return self._place(node)
        row, column = map(self._place, node.elts)
        return self.builder.add(self.builder.mul(row, of.parts[2]), column)

    def _place(self, node: ast.expr) -> ir.Value:
        return self.numbers.whole(self.known(node))

    def _slice(self, of: Known, node: ast.Subscript) -> Value:
        assert isinstance(of, Value)
        assert isinstance(of.type, Words)
        assert isinstance(node.slice, ast.Slice)
        assert node.slice.lower is not None
        assert node.slice.upper is not None
        start, stop = self._place(node.slice.lower), self._place(node.slice.upper)
        address = self.builder.add(of.parts[0], self.builder.mul(start, I64(of.type.bits // 8)))
        count = self.builder.sub(stop, start)
        return Value(View(of.type), (address, count, count))

    def load(self, words: Words, address: ir.Value, place: ir.Value) -> ir.Value:
        """A word of memory, as wide as all numbers are."""
        word = self.builder.load(self.pointer(words, address, place))
        if words.is_fixed or (isinstance(place, ir.Constant) and 0 <= place.constant < words.fixed):
            word.set_metadata("invariant.load", self.translator.invariant)
        if words.bits == I64.width:
            return word
        return (self.builder.sext if words.is_signed else self.builder.zext)(word, I64)

    def store(self, words: Words, address: ir.Value, place: ir.Value, number: Known) -> None:
        """Writes a word of memory."""
        whole = self.numbers.whole(number)
        if words.bits < I64.width:
            whole = self.builder.trunc(whole, ir.IntType(words.bits))
        self.builder.store(whole, self.pointer(words, address, place))

    def pointer(self, words: Words, address: ir.Value, place: ir.Value) -> ir.Value:
        """A word of memory as LLVM knows it."""
        begin = self.builder.inttoptr(address, ir.IntType(words.bits).as_pointer())
        return self.builder.gep(begin, [place])

    # --- calls --------------------------------------------------------------------------------------------------------

    def _call(self, node: ast.Call) -> Known:
        called = self.known(node.func)
        assert isinstance(called, Constant), ast.unparse(node)
        function = called.value
        if function is len:
            return self._length(node.args[0])
        if function in (min, max):
            op = ast.Lt() if function is min else ast.Gt()
            return self.numbers.extreme(op, *map(self.known, node.args))
        arguments = [self.known(one) for one in node.args]
        if isinstance(function, type):
            return self._made(function, arguments, node)
        if not isinstance(function, FunctionType):
            raise self.untranslatable(node)
        if function in self.translator.builtins:
            return self.translator.builtins[function](self, *arguments)
        return self.translator.call(self.numbers, function, self._all(function, arguments, node))

    def _all(self, function: FunctionType, arguments: list[Known], node: ast.Call) -> list[Known]:
        """All arguments of a call, in order, with what is given by name and what is left out."""
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        defaults = dict(zip(reversed(names), reversed(function.__defaults__ or ()), strict=False))
        named: dict[str, Known] = {str(one.arg): self.known(one.value) for one in node.keywords}
        return [*arguments, *(named.get(name) or Constant(defaults[name]) for name in names[len(arguments) :])]

    def _length(self, node: ast.expr) -> Known:
        of = self.known(node)
        assert isinstance(of, Value)
        match of.type:
            case View():
                return Value(SIGNED, (of.parts[1],))
            case Group(items=items):
                return Constant(len(items))
        raise self.untranslatable(node)

    def _made(self, kind: type, arguments: list[Known], node: ast.Call) -> Known:
        """A number or a named tuple."""
        if kind is bool:
            return self.numbers.truth(arguments[0])
        if kind is tuple:
            return arguments[0]  # of words: nobody can change them here
        if kind is int or kind is float:
            return self.numbers.converted(kind, arguments[0])
        if not is_dataclass(kind):
            raise self.untranslatable(node)
        return group(tuple(map(self.numbers.value, arguments)), tuple(field.name for field in fields(kind)))


def group(items: tuple[Value, ...], names: tuple[str, ...] = ()) -> Value:
    """A tuple of values."""
    kinds = tuple(one.type for one in items)
    return Value(Group(kinds, names), tuple(part for one in items for part in one.parts))
