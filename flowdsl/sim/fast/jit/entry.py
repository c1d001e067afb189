"""Makes the walk one function of Numba, which compiles it and keeps it for later processes.

Numba compiles each function by itself, with all that it calls, which takes minutes for some hundred functions. So the
walk is one function to it: an `intrinsic`, whose code in LLVM's language is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import time
from types import FunctionType
from typing import TYPE_CHECKING, Protocol

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from flowdsl.sim.fast import layout
from flowdsl.sim.fast.data import DTYPES, Data
from flowdsl.sim.fast.jit.arithmetic import Arithmetic
from flowdsl.sim.fast.jit.expressions import Builtin, Expressions
from flowdsl.sim.fast.jit.functions import Translator, function_of
from flowdsl.sim.fast.jit.types import (
    DECIMAL,
    I8,
    I64,
    NOTHING,
    SIGNED,
    UNSIGNED,
    Group,
    Known,
    Tables,
    Type,
    Value,
    View,
    Words,
)
from flowdsl.sim.fast.life import live_all
from flowdsl.sim.fast.words import as_decimal, clear, pairs, signed, unsigned, words_at

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing import Context, Signature
    from numba.types import Integer

ARGUMENTS = (types.int64,) * 7
SIGNATURE = types.int64(*ARGUMENTS)
WIDTHS = {"int64": Words(64, is_fixed=True), "int32": Words(32, is_fixed=True), "uint8": Words(8, False, True)}
OF_PLAN = Words(is_fixed=True)
TYPES: dict[str, Type] = {
    "PlanWords": OF_PLAN,
    "Zone": Group((None, View(OF_PLAN), View(OF_PLAN)), ("name", "starts", "offsets")),
    "StateWords": Words(fixed=len(layout.REGIONS)),
    "Words": Words(),
    "HalfWords": Words(32),
    "Data": Tables(Data._fields, tuple(WIDTHS[DTYPES.get(field, "int64")] for field in Data._fields)),
}


class _Stats(Protocol):
    cache_path: str | None


class Interpreter(Protocol):
    """A compiled walk, as Numba makes one; it is called with the addresses of its memory and two numbers."""

    stats: _Stats
    overloads: Mapping[tuple[Integer, ...], Callable[..., int]]

    def __call__(self, p: int, s: int, t: int, o: int, d: int, first: int, stop: int, /) -> int: ...

    def compile(self, signature: tuple[Integer, ...], /) -> Callable[..., int]:
        """Compiles it for arguments of these types, or takes it from where it is kept."""
        ...


compilations: list[float] = []  # when the walk was compiled by this process, as `time.time` has it


def _code(context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]) -> ir.Value:
    """Writes the walk into the module that Numba is making, and a call of it; Numba calls this when it compiles."""
    compilations.append(time())
    translator = Translator(builder.module, TYPES, BUILTINS)
    given: list[Known] = [Value(SIGNED, (one,)) for one in arguments]
    (result,) = translator.call(Arithmetic(builder), function_of(live_all), given).parts
    return result


@intrinsic  # type: ignore[untyped-decorator]
def _walk(
    typing: Context, p: Integer, s: Integer, t: Integer, o: Integer, d: Integer, first: Integer, stop: Integer
) -> tuple[Signature, Callable[..., ir.Value]]:
    """The walk; see flowdsl.sim.fast.life.live_all for its arguments."""
    return SIGNATURE, _code


def interpreter(stamp: int, cache: bool) -> Interpreter:
    """The walk as a function of Numba, called with the addresses of its memory and two numbers.

    stamp: a number of all sources, so that Numba does not take the walk of other sources for this one
    """

    def walk(p: int, s: int, t: int, o: int, d: int, first: int, stop: int) -> int:
        return first if stamp == 0 else _walk(p, s, t, o, d, first, stop)

    made: Interpreter = njit(walk, nogil=True, error_model="numpy", no_cfunc_wrapper=True, cache=cache)
    return made


# --- calls that are written in place ----------------------------------------------------------------------------------


def _clear(at: Expressions, words: Known, place: Known, count: Known) -> Known:
    """One instruction for all."""
    assert isinstance(words, Value)
    assert isinstance(words.type, Words)
    begin = at.pointer(words.type, words.parts[0], at.numbers.whole(place))
    size = at.builder.mul(at.numbers.whole(count), I64(8))
    memset = at.builder.module.declare_intrinsic("llvm.memset", [begin.type, I64])
    at.builder.call(memset, [begin, I8(0), size, ir.IntType(1)(0)])
    return NOTHING


def _bits(kind: Type) -> Callable[[Expressions, Known], Known]:
    return lambda at, word: Value(kind, (at.numbers.whole(word),))


def _as_decimal(at: Expressions, word: Known) -> Known:
    return Value(DECIMAL, (at.builder.bitcast(at.numbers.whole(word), DECIMAL.llvm),))


def _pairs(at: Expressions, words: Known) -> Known:
    assert isinstance(words, Value)
    assert isinstance(words.type, View)
    address, count, _ = words.parts
    return Value(View(words.type.words, 2), (address, at.builder.lshr(count, I64(1)), I64(2)))


def _words_at(at: Expressions, address: Known) -> Known:
    return Value(Words(), (at.numbers.whole(address),))


BUILTINS: dict[FunctionType, Builtin] = {
    function_of(function): write
    for function, write in (
        (clear, _clear),
        (unsigned, _bits(UNSIGNED)),
        (signed, _bits(SIGNED)),
        (as_decimal, _as_decimal),
        (pairs, _pairs),
        (words_at, _words_at),
    )
}
