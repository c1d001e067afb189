"""How Numba compiles the functions of this folder: its own passes, but for those that plain functions have no use for.

Most of the time goes into typing, and most of that into asking again and again what two whole numbers make when they
are added or compared; here that is asked once.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from numba import types
from numba.core import typed_passes, untyped_passes
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager
from numba.core.typing.context import BaseContext

UNTYPED = (
    untyped_passes.TranslateByteCode,
    untyped_passes.FixupArgs,
    untyped_passes.IRProcessing,
    untyped_passes.GenericRewrites,
    untyped_passes.ReconstructSSA,
)
TYPED = (typed_passes.NopythonTypeInference, typed_passes.PreLowerStripPhis)
OPERATORS = (
    operator.add, operator.sub, operator.mul, operator.floordiv, operator.mod, operator.lshift, operator.rshift,
    operator.and_, operator.or_, operator.xor, operator.lt, operator.le, operator.gt, operator.ge, operator.eq,
    operator.ne, operator.neg, operator.invert, operator.not_, operator.iadd, operator.isub, operator.ior, bool,
)  # fmt: skip


class Plain(CompilerBase):  # type: ignore[misc]
    """Compiles functions without closures, `with`, generators or arithmetic on whole arrays."""

    def define_pipelines(self) -> list[Any]:
        passes = PassManager("plain")
        for one in (*UNTYPED, *TYPED):
            passes.add_pass(one, one.name() if callable(getattr(one, "name", None)) else str(one))
        passes.passes.extend(DefaultPassBuilder.define_nopython_lowering_pipeline(self.state).passes)
        passes.finalize()
        return [passes]


@contextmanager
def remembered() -> Iterator[None]:
    """While this lasts, what an operator gives for some types is found out once."""
    resolve: Callable[..., Any] = BaseContext.resolve_function_type
    known: dict[Any, Any] = {}

    def remember(self: Any, function: Any, arguments: Any, keywords: Any) -> Any:
        if keywords or getattr(function, "typing_key", None) not in OPERATORS:
            return resolve(self, function, arguments, keywords)
        plain = tuple(map(types.unliteral, arguments))
        key = (function, plain)
        if key not in known:
            known[key] = resolve(self, function, plain, keywords)
        return known[key]

    BaseContext.resolve_function_type = remember
    try:
        yield
    finally:
        BaseContext.resolve_function_type = resolve
