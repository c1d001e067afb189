"""The types that compiled functions know, and values of them: a type and the parts of which LLVM keeps the value.

Whole numbers have 64 bits, with a sign or without. What is known when a function is translated is a `Constant`: a
number, a function, a module, a class; it becomes a number of LLVM only where one is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from llvmlite import ir

I1, I8, I32, I64 = (ir.IntType(bits) for bits in (1, 8, 32, 64))
DOUBLE = ir.DoubleType()


class Number(NamedTuple):
    """A type of one LLVM value."""

    name: str
    llvm: ir.Type
    is_signed: bool = True


SIGNED, UNSIGNED = Number("int", I64), Number("unsigned", I64, False)
TRUTH, DECIMAL = Number("bool", I1), Number("float", DOUBLE)


@dataclass(frozen=True)
class Words:
    """Memory at an address: items of some width, numbered from 0. Where nobody writes while compiled code runs, LLVM
    may read once what is read twice: that is so for all items, or for those before `fixed`."""

    bits: int = 64
    is_signed: bool = True
    is_fixed: bool = False
    fixed: int = 0


@dataclass(frozen=True)
class View:
    """A stretch of words: where it begins, how many items it has, and how many words a row of a table takes.

    `width`: how many words make an item; an item of more than one is words itself.
    """

    words: Words
    width: int = 1


@dataclass(frozen=True)
class Tables:
    """The tables of a simulation: a named tuple of arrays, of which compiled code gets a directory."""

    fields: tuple[str, ...]
    words: tuple[Words, ...]


@dataclass(frozen=True)
class Group:
    """A tuple, named or not."""

    items: tuple[Type, ...]
    names: tuple[str, ...] = ()


Type: TypeAlias = "Number | Words | View | Tables | Group | None"


class Value(NamedTuple):
    """A value that is computed when compiled code runs."""

    type: Type
    parts: tuple[ir.Value, ...]


class Constant(NamedTuple):
    """What is known while a function is translated."""

    value: object


Known: TypeAlias = "Value | Constant"
NOTHING = Value(None, ())


def llvm_types(kind: Type) -> tuple[ir.Type, ...]:
    """The types of the parts of a value."""
    match kind:
        case None:
            return ()
        case Number():
            return (kind.llvm,)
        case Words() | Tables():
            return (I64,)
        case View():
            return (I64, I64, I64)
        case Group():
            return tuple(part for item in kind.items for part in llvm_types(item))


def items_of(value: Value) -> tuple[Value, ...]:
    """The items of a tuple."""
    assert isinstance(value.type, Group)
    items, first = [], 0
    for kind in value.type.items:
        size = len(llvm_types(kind))
        items.append(Value(kind, value.parts[first : first + size]))
        first += size
    return tuple(items)
