"""Translates functions of plain Python into LLVM's language: the walk, and what it calls of calendar and chance.

A function is translated when it is first called with arguments of some types, once for these. Its annotations say
which memory its arguments are, and what it gives back; a number without a sign stays one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from inspect import getsource
from textwrap import dedent
from types import FunctionType
from typing import NamedTuple

from llvmlite import ir

from flowdsl.sim.fast.jit.arithmetic import Arithmetic
from flowdsl.sim.fast.jit.expressions import Builtin
from flowdsl.sim.fast.jit.statements import Statements
from flowdsl.sim.fast.jit.types import DECIMAL, SIGNED, TRUTH, UNSIGNED, Group, Known, Number, Type, Value, llvm_types

NUMBERS = {"int": SIGNED, "bool": TRUTH, "float": DECIMAL}


class Translated(NamedTuple):
    """A function of LLVM, and the type of what it gives back."""

    function: ir.Function
    returns: Type


class Translator:
    """Writes functions into a module of LLVM.

    types     what annotations other than numbers and tuples of them mean
    builtins  functions whose calls are written in place
    """

    def __init__(self, module: ir.Module, types: Mapping[str, Type], builtins: Mapping[FunctionType, Builtin]) -> None:
        self.module, self.types, self.builtins = module, types, builtins
        self.invariant = module.add_metadata([])
        self._done: dict[tuple[FunctionType, tuple[Type, ...]], Translated] = {}

    def call(self, at: Arithmetic, function: FunctionType, arguments: list[Known]) -> Value:
        """Writes a call, and the function itself where it is new."""
        tree = _tree(function)
        values = [
            self._argument(at, one.annotation, value) for one, value in zip(tree.args.args, arguments, strict=True)
        ]
        made = self._function(function, tree, tuple(value.type for value in values))
        result = at.builder.call(made.function, [part for value in values for part in value.parts])
        match llvm_types(made.returns):
            case ():
                return Value(None, ())
            case (_,):
                return Value(made.returns, (result,))
            case several:
                parts = tuple(at.builder.extract_value(result, number) for number in range(len(several)))
                return Value(made.returns, parts)

    def _argument(self, at: Arithmetic, annotation: ast.expr | None, given: Known) -> Value:
        """What a function is called with, as its annotation wants it."""
        assert annotation is not None, "every argument has a type"
        kind, value = self.types.get(ast.unparse(annotation)), at.value(given)
        if kind is not None:
            return Value(kind, value.parts)
        wanted = NUMBERS.get(ast.unparse(annotation))
        if wanted is None or (wanted == SIGNED and value.type == UNSIGNED):
            return value
        return at.to(wanted, value)

    def _function(self, function: FunctionType, tree: ast.FunctionDef, kinds: tuple[Type, ...]) -> Translated:
        key = (function, kinds)
        if key not in self._done:
            promised = self._promised(tree.returns)
            results = llvm_types(promised)
            result = (
                ir.VoidType() if not results else results[0] if len(results) == 1 else ir.LiteralStructType(results)
            )
            parts = [part for kind in kinds for part in llvm_types(kind)]
            name = self.module.get_unique_name(f"flowdsl.{function.__name__}")
            made = ir.Function(self.module, ir.FunctionType(result, parts), name)
            made.linkage = "internal"
            self._done[key] = Translated(made, promised)  # before its body, in which it may call itself
            returned = Statements(self, function, tree, made, kinds, promised).returned
            self._done[key] = Translated(made, returned)
        return self._done[key]

    def _promised(self, annotation: ast.expr | None) -> Type:
        """What an annotation says of a result."""
        assert annotation is not None, "every result has a type"
        match annotation:
            case ast.Constant(value=None):
                return None
            case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=items)):
                return Group(tuple(map(self._promised, items)))
        said = ast.unparse(annotation)
        kind: Number | Type = NUMBERS.get(said) or self.types[said]
        return kind


def _tree(function: FunctionType, known: dict[FunctionType, ast.FunctionDef] = {}) -> ast.FunctionDef:  # noqa: B006
    """The source of a function, read once."""
    if function not in known:
        (tree,) = ast.parse(dedent(getsource(function))).body
        assert isinstance(tree, ast.FunctionDef)
        known[function] = tree
    return known[function]


def function_of(function: Callable[..., object]) -> FunctionType:
    """A function as what it is, with source and globals."""
    assert isinstance(function, FunctionType)
    return function
