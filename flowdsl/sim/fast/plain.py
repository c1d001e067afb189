"""A function in fewer and simpler words: what stands in these rooms goes in, what Numba is given to compile comes out.

Whole numbers stand in place of the names of constants, which halves the time that compiling takes. What is annotated as
Words, HalfWords or Data is an address: reading and writing its items becomes `load` and `store` (pointers.py); `p`, the
program, is one that nobody writes to.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from inspect import getsource
from textwrap import dedent
from types import FunctionType
from typing import Any, TypeGuard

from flowdsl.sim.fast import layout
from flowdsl.sim.fast.data import DTYPES, Data
from flowdsl.sim.fast.pointers import KNOWN, WIDTHS

SAID_FOR_TYPES = {"int", "words_at"}  # which the type checker asks for, and which compiled code does without
SUFFIXES = {"Words": "", "HalfWords": "_half"}


def plain(function: Callable[..., Any]) -> Any:
    """The same function in fewer and simpler words."""
    source = ast.parse(dedent(getsource(function)))
    ast.increment_lineno(source, function.__code__.co_firstlineno - 1)
    tree = ast.fix_missing_locations(_Plainer(function).visit(source))
    made: dict[str, Any] = {}
    exec(compile(tree, function.__code__.co_filename, "exec"), dict(function.__globals__), made)
    function.__globals__.update(KNOWN)
    return FunctionType(made[function.__name__].__code__, function.__globals__, function.__name__)


class _Plainer(ast.NodeTransformer):
    """Rewrites one function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.known, self.own = function.__globals__, set(function.__code__.co_varnames)
        kinds = function.__annotations__.items()
        self.words = {name: SUFFIXES[kind] for name, kind in kinds if kind in SUFFIXES}
        self.data = {name for name, kind in kinds if kind == "Data"}

    # --- words --------------------------------------------------------------------------------------------------------

    def _is_word(self, node: ast.AST) -> TypeGuard[ast.Subscript]:
        if not isinstance(node, ast.Subscript) or isinstance(node.slice, ast.Slice):
            return False
        return isinstance(node.value, ast.Name) and node.value.id in self.words

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if isinstance(node.value, ast.Attribute) and self._is_data(node.value):
            return ast.copy_location(self._item(node.value.attr, node.value.value, node.slice), node)
        if not isinstance(node.value, ast.Name) or node.value.id not in self.words:
            return self.generic_visit(node)
        name = node.value.id
        if isinstance(node.slice, ast.Slice):
            assert node.slice.lower is not None
            assert node.slice.upper is not None
            called = _call("_view", node.value, self.visit(node.slice.lower), self.visit(node.slice.upper))
        else:
            place = self.visit(node.slice)
            called = _call(self._loading(name, place), node.value, place)
        return ast.copy_location(called, node)

    def _loading(self, name: str, place: ast.AST) -> str:
        """How a word is read: the program never changes, nor do the places of the state's regions."""
        number = place.value if isinstance(place, ast.Constant) else None
        is_region = name == "s" and isinstance(number, int) and number < len(layout.REGIONS)
        return "_load_fixed" if name == "p" or is_region else "_load" + self.words[name]

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.AST]:
        (target,), value = node.targets, self.visit(node.value)
        if self._is_word(target):
            return self._store(target, value)
        if not isinstance(target, ast.Tuple) or not any(map(self._is_word, target.elts)):
            return ast.copy_location(ast.Assign([self.visit(target)], value), node)
        kept = [f"_{number}" for number in range(len(target.elts))]
        names = ast.Tuple([ast.Name(name, ast.Store()) for name in kept], ast.Store())
        stores = [self._store(one, ast.Name(name, ast.Load())) for one, name in zip(target.elts, kept, strict=True)]
        return [ast.copy_location(ast.Assign([names], value), node), *stores]

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        if not self._is_word(node.target):
            return self.generic_visit(node)
        before = self.visit(ast.Subscript(node.target.value, node.target.slice, ast.Load()))
        return self._store(node.target, ast.BinOp(before, node.op, self.visit(node.value)))

    def _store(self, target: ast.AST, value: ast.AST) -> ast.AST:
        assert isinstance(target, ast.Subscript)
        assert isinstance(target.value, ast.Name)
        name = "_store" + self.words[target.value.id]
        return ast.copy_location(ast.Expr(_call(name, target.value, self.visit(target.slice), value)), target)

    # --- the tables ---------------------------------------------------------------------------------------------------

    def _is_data(self, node: ast.Attribute) -> bool:
        return isinstance(node.value, ast.Name) and node.value.id in self.data

    def _about(self, field: str, table: ast.AST, what: int) -> ast.expr:
        """Of a field of the tables its address (0), how many rows it has (1), how long they are (2)."""
        return _call("_load_fixed", table, ast.Constant(3 * Data._fields.index(field) + what))

    def _item(self, field: str, table: ast.AST, place: ast.AST) -> ast.AST:
        if isinstance(place, ast.Tuple):
            row, column = (self.visit(part) for part in place.elts)
            within = ast.BinOp(ast.BinOp(row, ast.Mult(), self._about(field, table, 2)), ast.Add(), column)
        else:
            within = self.visit(place)
        return _call("_" + WIDTHS[DTYPES.get(field, "int64")], self._about(field, table, 0), within)

    # --- names --------------------------------------------------------------------------------------------------------

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        bare = ast.FunctionDef(node.name, _bare(node.args), node.body, [], None)
        return self.generic_visit(ast.copy_location(bare, node))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        value = node.value
        if isinstance(value, ast.Name) and self.known.get(value.id) is layout and value.id not in self.own:
            return ast.copy_location(ast.Constant(getattr(layout, node.attr)), node)
        if self._is_data(node):  # bytes to be read by a function
            start, stop = ast.Constant(0), self._about(node.attr, value, 1)
            return ast.copy_location(_call("_view_bytes", self._about(node.attr, value, 0), start, stop), node)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        value = None if node.id in self.own else self.known.get(node.id)
        return ast.copy_location(ast.Constant(value), node) if type(value) is int else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id in SAID_FOR_TYPES:
            inside: ast.AST = self.visit(node.args[0])
            return inside
        if isinstance(node.func, ast.Name) and node.func.id == "clear":
            return ast.copy_location(_call("_clear", *map(self.visit, node.args)), node)
        if isinstance(node.func, ast.Name) and node.func.id == "len":
            (counted,) = node.args
            if isinstance(counted, ast.Attribute) and self._is_data(counted):
                return ast.copy_location(self._about(counted.attr, counted.value, 1), node)
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        assert node.value is not None
        assigned: ast.AST = self.visit(ast.copy_location(ast.Assign([node.target], node.value), node))
        return assigned


def _call(name: str, *arguments: Any) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), [*arguments], [])


def _bare(arguments: ast.arguments) -> ast.arguments:
    """Parameters without their types."""
    for one in arguments.args:
        one.annotation = None
    return arguments
