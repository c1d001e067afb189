"""The language of compiled functions: what is translated gives what Python gives, on numbers of 64 bits.

Each function here is translated, compiled by LLVM and called beside itself in Python.
"""

from __future__ import annotations

from collections.abc import Callable
from ctypes import CFUNCTYPE, addressof, c_int64
from dataclasses import dataclass
from functools import cache

import llvmlite.binding as llvm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llvmlite import ir

from flowdsl.chance.keyed_draws import draw, extend
from flowdsl.sim.fast.jit.arithmetic import Arithmetic
from flowdsl.sim.fast.jit.entry import BUILTINS, TYPES
from flowdsl.sim.fast.jit.expressions import Untranslatable
from flowdsl.sim.fast.jit.functions import Translator, function_of
from flowdsl.sim.fast.jit.types import I64, SIGNED, Value
from flowdsl.sim.fast.words import Words, as_decimal, clear, pairs, signed, unsigned

NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.integers(-20, 20)
HALF = 2**63
SMALL = st.integers(-(10**6), 10**6)


@cache
def translated(function: Callable[..., int], arguments: int) -> tuple[Callable[..., int], object]:
    """A function of whole numbers or addresses as machine code, and what must be kept alive with it."""
    module = ir.Module()
    entry = ir.Function(module, ir.FunctionType(I64, [I64] * arguments), "entry")
    builder = ir.IRBuilder(entry.append_basic_block())
    given_ = [Value(SIGNED, (one,)) for one in entry.args]
    result = Translator(module, TYPES, BUILTINS).call(Arithmetic(builder), function_of(function), [*given_])
    builder.ret(Arithmetic(builder).to(SIGNED, result).parts[0])
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(str(module)), machine)
    engine.finalize_object()
    return CFUNCTYPE(c_int64, *(c_int64,) * arguments)(engine.get_function_address("entry")), engine


# --- numbers ----------------------------------------------------------------------------------------------------------


def divided(a: int, b: int) -> int:
    return a // b * 1_000 + a % b


def shifted(a: int, b: int) -> int:
    return (a >> (b & 31)) ^ (a << (b & 15)) ^ (a & b) ^ (a | b) ^ ~a ^ -b


def compared(a: int, b: int) -> int:
    found = 0
    if a < b <= a + 10:
        found += 1
    if a == b or not (a >= b):
        found += 2
    if a > 0 and b > 0 and a != b:
        found += 4
    return found + max(a, b, 3) - min(a, b)


def unsigned_numbers(a: int, b: int) -> int:
    one, other = unsigned(a), unsigned(b)
    found = 0
    if one < other:
        found += 1
    if one >> 3 > b:  # without a sign and with one
        found += 2
    if one >= HALF:
        found += 4
    return found + signed(one >> 60) + signed(other // 7 % 11)


def choices(a: int, b: int) -> int:
    bigger = a if a > b else b
    is_even = bigger % 2 == 0
    bigger += is_even
    return bigger if is_even and a != 4 else -bigger


@pytest.mark.parametrize("function", [shifted, compared, unsigned_numbers, choices])
def test_operations_are_those_of_python(function: Callable[[int, int], int]) -> None:
    """Shifts, comparisons, and, or, not and choices, for any numbers, with and without a sign."""
    compiled, _kept = translated(function, 2)

    @given(NUMBERS, NUMBERS)
    @settings(max_examples=300)
    def agree(a: int, b: int) -> None:
        assert compiled(a, b) == signed(function(a, b))

    @given(SMALL, SMALL)
    def agree_on_small_ones(a: int, b: int) -> None:
        assert compiled(a, b) == function(a, b)

    if function is not compared:  # a + 10 may have more than 64 bits there
        agree()
    agree_on_small_ones()


@given(st.integers(-(2**50), 2**50), st.integers(-(2**50), 2**50).filter(bool))
def test_division_rounds_down_for_all_signs(a: int, b: int) -> None:
    """As in Python, and not towards zero, as the machine does."""
    compiled, _kept = translated(divided, 2)
    assert compiled(a, b) == signed(divided(a, b))


# --- loops, tuples, memory --------------------------------------------------------------------------------------------


def collatz(a: int, b: int) -> int:
    steps = 0
    while a > 1:
        if steps == b:
            break
        steps += 1
        if a % 2 == 1:
            a = 3 * a + 1
            continue
        a //= 2
    for n in range(3, 6):
        if n == 4:
            continue
        steps += n
    for _ in range(2):
        steps += 1
    return steps


def swapped(a: int, b: int) -> tuple[int, int]:
    return b, a


@dataclass(frozen=True)
class Point:
    x: int
    y: int


def of_tuples(a: int, b: int) -> int:
    first, second = swapped(a, b)
    total = 0
    for point, weight in ((Point(first, 1), 2), (Point(second, 3), 5)):
        total += point.x * weight + point.y
    return total + swapped(1, 2)[0] + scaled(2, by=a)


def scaled(number: int, by: int, plus: int = 7) -> int:
    return number * by + plus


def of_memory(words: Words, count: int) -> int:
    total = 0
    for first, second in ((0, 1), (2, 3)):
        words[first], words[second] = words[second], words[first]
    words[4] += 10
    clear(words, 5, 2)
    stretches = pairs(words[0:count])
    for n in range(len(stretches)):
        total += stretches[n][0] - 2 * stretches[n][1]
    return total + words[4]


def of_decimals(a: int, b: int) -> int:
    one = as_decimal(a)
    return int(float(b)) + (1 if one < 2.5 and -one != one else 0) + int(as_decimal(4607182418800017408))


@given(st.integers(1, 5_000), st.integers(0, 60))
def test_loops_go_as_often_as_in_python(a: int, b: int) -> None:
    """`while` with break and continue, `for` over ranges."""
    compiled, _kept = translated(collatz, 2)
    assert compiled(a, b) == collatz(a, b)


@given(SMALL, SMALL)
def test_tuples_named_arguments_and_defaults(a: int, b: int) -> None:
    """Tuples come back from calls and are gone through; dataclasses are tuples with names."""
    compiled, _kept = translated(of_tuples, 2)
    assert compiled(a, b) == of_tuples(a, b)


@given(st.lists(SMALL, min_size=8, max_size=8))
def test_memory_is_read_and_written(numbers: list[int]) -> None:
    """Words by place, slices, pairs and clearing: the result and the memory are those of a list."""
    compiled, _kept = translated(of_memory, 2)
    memory, words = (c_int64 * 8)(*numbers), list(numbers)
    compiled, _kept = translated(of_memory, 2)
    assert compiled(addressof(memory), 4) == of_memory(words, 4)
    assert list(memory) == words


@given(st.integers(0, 2**62), SMALL)
def test_decimal_numbers_are_those_of_python(a: int, b: int) -> None:
    """Numbers by their bits, compared and turned into whole ones."""
    compiled, _kept = translated(of_decimals, 2)
    assert compiled(a, b) == of_decimals(a, b)


def keyed(a: int, b: int) -> int:
    return signed(draw(extend(unsigned(a), unsigned(b)), unsigned(3)))


@given(NUMBERS, NUMBERS)
def test_keys_and_draws_are_the_same_bits(a: int, b: int) -> None:
    """The functions of chance are translated as they are."""
    compiled, _kept = translated(keyed, 2)
    assert compiled(a, b) == keyed(a, b)


# --- what is no part of the language ----------------------------------------------------------------------------------


def with_a_list(a: int, b: int) -> int:
    return [a, b][0]


def with_a_name_from_nowhere(a: int, b: int) -> int:
    return a + nowhere  # type: ignore[name-defined]  # noqa: F821


def with_an_exception(a: int, b: int) -> int:
    if a:
        raise ValueError(b)
    return a


def with_a_power(a: int, b: int) -> int:
    return a**b


def with_a_test_of_items(a: int, b: int) -> int:
    return 1 if a in (b, 3) else 0


@pytest.mark.parametrize(
    "function", [with_a_power, with_a_test_of_items, with_a_list, with_a_name_from_nowhere, with_an_exception]
)
def test_what_the_language_lacks_is_named_with_its_place(function: Callable[[int, int], int]) -> None:
    """The file and the line of the function, and what is written there."""
    with pytest.raises(Untranslatable, match=r"test_jit\.py:\d+: "):
        translated(function, 2)
