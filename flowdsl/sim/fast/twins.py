"""Calendars, zones, chance and delays, compiled: the very functions of `clock`, `zones`, `draws` and `laws` go in,
their machine code comes out.

They are written once, in plain Python. Here each is made again with compiled functions in place of those it calls, in
the order in which they call each other. Random numbers, keys and tables of delays are unsigned 64-bit words.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from inspect import getsource
from textwrap import dedent
from types import FunctionType, ModuleType
from typing import Any, NamedTuple, TypeGuard, TypeVar, cast

from numba import njit, types
from numba.extending import intrinsic

from flowdsl import clock, draws, laws, zones
from flowdsl.sim import rates
from flowdsl.sim.fast import layout
from flowdsl.sim.fast.passes import Plain

Function = TypeVar("Function", bound=Callable[..., Any])


class Zone(NamedTuple):
    """A zone as compiled code knows it: two arrays."""

    starts: Any
    offsets: Any


class Window(NamedTuple):
    """A send window as compiled code knows it."""

    days: int
    start: int
    end: int


def _place(context: Any, builder: Any, array: Any, value: Any, index: Any) -> Any:
    data = context.data_model_manager[array].get_field_position("data")
    return builder.gep(builder.extract_value(value, data), [index])


@intrinsic  # type: ignore[untyped-decorator]
def load(typing: Any, array: Any, index: Any) -> Any:
    """The word at a place of an array, which is not counted from the end and not looked after."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_place(context, builder, array, *arguments))

    return array.dtype(array, types.int64), code


@intrinsic  # type: ignore[untyped-decorator]
def store(typing: Any, array: Any, index: Any, word: Any) -> Any:
    """Writes the word at a place of an array."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value, place, written = arguments
        builder.store(written, _place(context, builder, array, value, place))
        return context.get_dummy_value()

    return types.void(array, types.int64, array.dtype), code


def compiled(function: Function) -> Function:
    """The function as machine code, made when it is first called."""
    return cast(Function, _jit(_plain(function)))


def _jit(function: Any) -> Any:
    """A compiled function; whatever constants it is called with, it is compiled for their kind only, once."""
    function.__qualname__ = f"flowdsl.{function.__name__}"  # what its library is called (compile.py)
    made = njit(
        function, nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True,
        pipeline_class=Plain, _nrt=False,
    )  # fmt: skip
    template = made.get_call_template
    made.get_call_template = lambda args, kws: template(tuple(map(types.unliteral, args)), kws)
    return made


def _plain(function: Callable[..., Any]) -> Any:
    """The same function in fewer and simpler words, which takes a third of the time to compile."""
    source = ast.parse(dedent(getsource(function)))
    ast.increment_lineno(source, function.__code__.co_firstlineno - 1)
    tree = ast.fix_missing_locations(_Plainer(function).visit(source))
    made: dict[str, Any] = {}
    known = {**function.__globals__, "_load": load, "_store": store}
    exec(compile(tree, function.__code__.co_filename, "exec"), known, made)
    function.__globals__.setdefault("_load", load)
    function.__globals__.setdefault("_store", store)
    return FunctionType(made[function.__name__].__code__, function.__globals__, function.__name__)


class _Plainer(ast.NodeTransformer):
    """Puts whole numbers in place of the names they have in a function's module and in layout, and `load` and `store`
    in place of reading and writing a word of an array."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.known, self.own = function.__globals__, set(function.__code__.co_varnames)
        self.words = {name for name, kind in function.__annotations__.items() if kind in ("Words", "HalfWords")}

    def _is_word(self, node: ast.AST) -> TypeGuard[ast.Subscript]:
        if not isinstance(node, ast.Subscript) or isinstance(node.slice, ast.Slice):
            return False
        return isinstance(node.value, ast.Name) and node.value.id in self.words

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if self._is_word(node):
            return ast.copy_location(_call("_load", self.visit(node.value), self.visit(node.slice)), node)
        return self.generic_visit(node)

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
        stored = ast.Expr(_call("_store", self.visit(target.value), self.visit(target.slice), value))
        return ast.copy_location(stored, target)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        bare = ast.FunctionDef(node.name, _bare(node.args), node.body, [], None)
        return self.generic_visit(ast.copy_location(bare, node))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        value = node.value
        if isinstance(value, ast.Name) and self.known.get(value.id) is layout and value.id not in self.own:
            return ast.copy_location(ast.Constant(getattr(layout, node.attr)), node)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        value = None if node.id in self.own else self.known.get(node.id)
        return ast.copy_location(ast.Constant(value), node) if type(value) is int else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "int":  # of a word: said for the type checker only
            inside: ast.AST = self.visit(node.args[0])
            return inside
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


def _twins() -> dict[str, Any]:
    """Compiled functions by name."""
    made: dict[str, Any] = {}
    for module, names in _NEEDED:
        for name in names.split():
            original = getattr(module, name)
            known = {**vars(module), **{callee: made[callee] for callee in made}}
            twin = FunctionType(original.__code__, known, name, original.__defaults__)
            made[name] = _jit(twin)
    return made


_NEEDED: tuple[tuple[ModuleType, str], ...] = (
    (draws, "mix draw extend hash_bytes hits scaled pick"),
    (laws, "delay stretched"),
    (zones, "segment to_local to_utc"),
    (clock, "days_from_civil civil_from_days weekday days_in_month add_months local_day date_at shifted after day_at"),
    (clock, "next_at next_month_day next_yearly _opens_never _is_open_at is_open _next_open_at"),
    (clock, "next_open open_again open_time _opened _open_moment after_open"),
    (rates, "mean_gap open_mean"),
)

_made = _twins()


def _whole(name: str) -> Callable[..., int]:
    """A compiled function that gives a whole number."""
    return cast(Callable[..., int], _made[name])


def _answer(name: str) -> Callable[..., bool]:
    """A compiled function that gives yes or no."""
    return cast(Callable[..., bool], _made[name])


draw, extend, hash_bytes, pick = map(_whole, ("draw", "extend", "hash_bytes", "pick"))
delay, stretched, mean_gap, open_mean = map(_whole, ("delay", "stretched", "mean_gap", "open_mean"))
add_months, local_day, date_at, shifted = map(_whole, ("add_months", "local_day", "date_at", "shifted"))
after, day_at, next_at, next_month_day = map(_whole, ("after", "day_at", "next_at", "next_month_day"))
next_yearly, open_again, open_time, after_open = map(_whole, ("next_yearly", "open_again", "open_time", "after_open"))
hits, is_open = map(_answer, ("hits", "is_open"))
