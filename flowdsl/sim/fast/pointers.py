"""Reading and writing memory in compiled code: an address and a place go in, the word there comes out.

Compiled functions get the addresses of arrays, not arrays: of an array Numba passes seven numbers to every function
that it calls, and counts negative places from its end. Nothing is looked after here; state.py sees that there is room.
What stays as it is while contacts live is loaded as `fixed`: LLVM then reads it once, whatever is stored in between.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj

WIDTHS = {"int64": "load_fixed", "int32": "load_fixed_half", "uint8": "load_fixed_byte"}  # how items of a type are read


def _place(context: Any, builder: Any, address: Any, place: Any, bits: int) -> Any:
    pointer = builder.inttoptr(address, ir.IntType(bits).as_pointer())
    return builder.gep(pointer, [place])


def _loading(bits: int, is_signed: bool, is_fixed: bool) -> Any:
    def load(typing: Any, address: Any, place: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            word = builder.load(_place(context, builder, arguments[0], arguments[1], bits))
            if is_fixed:
                word.set_metadata("invariant.load", builder.module.add_metadata([]))
            wide = ir.IntType(64)
            return word if bits == 64 else builder.sext(word, wide) if is_signed else builder.zext(word, wide)

        return types.int64(types.int64, types.int64), code

    return intrinsic(load)


def _storing(bits: int) -> Any:
    def store(typing: Any, address: Any, place: Any, word: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            start, at, written = arguments
            kept = written if bits == 64 else builder.trunc(written, ir.IntType(bits))
            builder.store(kept, _place(context, builder, start, at, bits))
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64), code

    return intrinsic(store)


def _viewing(kind: Any) -> Any:
    made = types.Array(kind, 1, "C")
    size = kind.bitwidth // 8

    def view(typing: Any, address: Any, start: Any, stop: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array = arrayobj.make_array(made)(context, builder)
            first = _place(context, builder, arguments[0], arguments[1], kind.bitwidth)
            step = context.get_constant(types.intp, size)
            arrayobj.populate_array(
                array,
                data=builder.bitcast(first, array.data.type),
                shape=[builder.sub(arguments[2], arguments[1])],
                strides=[step],
                itemsize=step,
                meminfo=None,
            )
            return array._getvalue()

        return made(types.int64, types.int64, types.int64), code

    return intrinsic(view)


def _clearing() -> Any:
    def clear(typing: Any, address: Any, place: Any, count: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            start, at, words = arguments
            size = builder.mul(words, context.get_constant(types.int64, 8))
            cgutils.memset(builder, _place(context, builder, start, at, 64), size, 0)
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64), code

    return intrinsic(clear)


load, load_half, load_byte = _loading(64, True, False), _loading(32, True, False), _loading(8, False, False)
load_fixed, load_fixed_half, load_fixed_byte = (
    _loading(64, True, True), _loading(32, True, True), _loading(8, False, True)
)  # fmt: skip
clear = _clearing()
store, store_half = _storing(64), _storing(32)
view, view_bytes = _viewing(types.int64), _viewing(types.uint8)

READING = ("load", "load_half", "load_byte", "load_fixed", "load_fixed_half", "load_fixed_byte", "view", "view_bytes")
KNOWN = {f"_{name}": globals()[name] for name in (*READING, "store", "store_half", "clear")}


def address(array: Any) -> int:
    """Where an array of NumPy begins; whoever asks sees that it stays there."""
    return int(array.ctypes.data)


def directory(arrays: Any) -> Any:
    """Of arrays one after the other: address, how many rows, how many items in the last dimension; three words each."""
    return np.array([(address(one), len(one), one.shape[-1]) for one in arrays], dtype=np.int64)
