"""Statements of compiled functions: assignments, branches and loops, one after the other."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from types import FunctionType

from llvmlite import ir

from flowdsl.sim.fast.jit.arithmetic import OPERATORS
from flowdsl.sim.fast.jit.expressions import Caller, Expressions
from flowdsl.sim.fast.jit.types import (
    I64,
    SIGNED,
    UNSIGNED,
    Constant,
    Group,
    Known,
    Number,
    Type,
    Value,
    Words,
    items_of,
    llvm_types,
)


class Statements(Expressions):
    """The body of a function."""

    def __init__(
        self,
        translator: Caller,
        python: FunctionType,
        tree: ast.FunctionDef,
        function: ir.Function,
        kinds: Sequence[Type],
        promised: Type,
    ) -> None:
        super().__init__(translator, python, function)
        self.returned = promised
        self._is_settled = promised != SIGNED  # a whole number may have a sign or not: the first one returned says it
        self._loops: list[tuple[ir.Block, ir.Block]] = []  # where `continue` and `break` lead
        parts = list(function.args)
        for argument, kind in zip(tree.args.args, kinds, strict=True):
            size = len(llvm_types(kind))
            self.assign(argument.arg, Value(kind, tuple(parts[:size])))
            parts = parts[size:]
        self._all_of(tree.body)
        if not self.builder.block.is_terminated:
            if promised is None:
                self.builder.ret_void()
            else:
                self.builder.unreachable()  # every way through the function ends in a `return`
        self.entry.branch(function.blocks[1])

    def _all_of(self, statements: Sequence[ast.stmt]) -> None:
        for one in statements:
            if self.builder.block.is_terminated:
                return
            self._statement(one)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr(value=ast.Constant()):
                pass  # a docstring
            case ast.Expr(value=value):
                self.known(value)
            case ast.Assign(targets=[target], value=value):
                self._assign(target, self.known(value))
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, self.known(value))
            case ast.AugAssign(target=target, op=op, value=value) if type(op) in OPERATORS:
                before = self.known(target)
                self._assign(target, self.numbers.binary(op, before, self.known(value)))
            case ast.Return():
                self._return(node)
            case ast.If():
                self._if(node)
            case ast.While():
                self._while(node)
            case ast.For():
                self._for(node)
            case ast.Continue():
                self.builder.branch(self._loops[-1][0])
            case ast.Break():
                self.builder.branch(self._loops[-1][1])
            case ast.Pass():
                pass
            case _:
                raise self.untranslatable(node)

    # --- assignments --------------------------------------------------------------------------------------------------

    def _assign(self, target: ast.expr, value: Known) -> None:
        match target:
            case ast.Name(id=name):
                self.assign(name, self.numbers.value(value))
            case ast.Tuple(elts=elements):
                assert isinstance(value, Value)
                for one, item in zip(elements, items_of(value), strict=True):
                    self._assign(one, item)
            case ast.Subscript(value=of, slice=place):
                words = self.value(of)
                assert isinstance(words.type, Words), ast.unparse(target)
                self.store(words.type, words.parts[0], self._place(place), value)
            case _:
                raise self.untranslatable(target)

    def _return(self, node: ast.Return) -> None:
        if node.value is None:
            self.builder.ret_void()
            return
        value = self.value(node.value)
        if not self._is_settled:
            self._is_settled, self.returned = True, UNSIGNED if value.type == UNSIGNED else SIGNED
        if isinstance(self.returned, Number):
            value = self.numbers.to(self.returned, value)
        if len(value.parts) == 1:
            self.builder.ret(value.parts[0])
            return
        whole = ir.Constant(ir.LiteralStructType(llvm_types(self.returned)), ir.Undefined)
        for number, part in enumerate(value.parts):
            whole = self.builder.insert_value(whole, part, number)
        self.builder.ret(whole)

    # --- branches and loops -------------------------------------------------------------------------------------------

    def _if(self, node: ast.If) -> None:
        so, otherwise, then = (self.builder.append_basic_block(name) for name in ("if", "else", "endif"))
        self.builder.cbranch(self.truth(node.test), so, otherwise)
        for block, statements in ((so, node.body), (otherwise, node.orelse)):
            self.builder.position_at_end(block)
            self._all_of(statements)
            if not self.builder.block.is_terminated:
                self.builder.branch(then)
        self.builder.position_at_end(then)

    def _while(self, node: ast.While) -> None:
        test, body, over = (self.builder.append_basic_block(name) for name in ("while", "do", "done"))
        self.builder.branch(test)
        self.builder.position_at_end(test)
        if isinstance(node.test, ast.Constant) and node.test.value:
            self.builder.branch(body)
        else:
            self.builder.cbranch(self.truth(node.test), body, over)
        self._loop(node.body, body, test, over)

    def _loop(self, statements: Sequence[ast.stmt], body: ir.Block, again: ir.Block, over: ir.Block) -> None:
        self._loops.append((again, over))
        self.builder.position_at_end(body)
        self._all_of(statements)
        if not self.builder.block.is_terminated:
            self.builder.branch(again)
        self._loops.pop()
        self.builder.position_at_end(over)

    def _for(self, node: ast.For) -> None:
        match node.iter:
            case ast.Call(func=ast.Name(id="range"), args=limits):
                self._for_range(node, [self.value(one) for one in limits])
            case _:
                self._for_items(node)

    def _for_range(self, node: ast.For, limits: list[Value]) -> None:
        """The number of a loop is its own: what is assigned to its name changes nothing, as in Python."""
        first, stop = limits if len(limits) == 2 else (self.numbers.value(Constant(0)), limits[0])
        counter = self.entry.alloca(I64, name="counter")
        self.builder.store(self.numbers.whole(first), counter)
        test, body, step, over = (self.builder.append_basic_block(name) for name in ("for", "do", "next", "done"))
        self.builder.branch(test)
        self.builder.position_at_end(test)
        number = self.builder.load(counter)
        self.builder.cbranch(self.builder.icmp_signed("<", number, self.numbers.whole(stop)), body, over)
        self.builder.position_at_end(step)
        self.builder.store(self.builder.add(self.builder.load(counter), I64(1)), counter)
        self.builder.branch(test)
        self.builder.position_at_end(body)
        self._assign(node.target, Value(SIGNED, (number,)))
        self._loop(node.body, self.builder.block, step, over)

    def _for_items(self, node: ast.For) -> None:
        """The items of a tuple one after the other, each with a copy of the body."""
        items = self.value(node.iter)
        assert isinstance(items.type, Group), ast.unparse(node.iter)
        if any(isinstance(one, ast.Break | ast.Continue) for one in ast.walk(node)):
            raise self.untranslatable(node)
        for item in items_of(items):
            self._assign(node.target, item)
            self._all_of(node.body)
