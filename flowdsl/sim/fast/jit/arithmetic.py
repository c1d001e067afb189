"""Operations on numbers, with the meaning that Python gives them, in 64 bits.

Sums, products and the like of numbers without a sign and others have no sign; comparisons are right for any two.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

from llvmlite import ir

from flowdsl.sim.fast.jit.types import DECIMAL, I1, I64, SIGNED, TRUTH, UNSIGNED, Constant, Known, Number, Value

OPERATORS: dict[type[ast.AST], Callable[..., object]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod, ast.LShift: operator.lshift, ast.RShift: operator.rshift, ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_, ast.BitXor: operator.xor, ast.USub: operator.neg, ast.Invert: operator.invert,
    ast.Not: operator.not_,
}  # fmt: skip
COMPARISONS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
PLAIN = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.LShift: "shl", ast.BitAnd: "and_", ast.BitOr: "or_",
    ast.BitXor: "xor",
}  # fmt: skip


class Arithmetic:
    """Writes operations where a builder stands."""

    def __init__(self, builder: ir.IRBuilder) -> None:
        self.builder = builder

    # --- from one type to another -------------------------------------------------------------------------------------

    def value(self, known: Known) -> Value:
        """A value; a constant becomes one."""
        if isinstance(known, Value):
            return known
        match known.value:
            case bool() as truth:
                return Value(TRUTH, (I1(int(truth)),))
            case int() as number:
                kind = UNSIGNED if number >= 1 << 63 else SIGNED
                return Value(kind, (I64(number & (1 << 64) - 1),))
            case float() as number:
                return Value(DECIMAL, (DECIMAL.llvm(number),))
            case str():
                return Value(None, ())  # a name, which nobody looks at
        raise TypeError(f"{known.value!r} is no number")

    def to(self, kind: Number, known: Known) -> Value:
        """A number as one of another type: the same bits, but for truth values, which are 0 or 1."""
        value = self.value(known)
        if value.type == kind:
            return value
        (bits,) = value.parts
        if kind == TRUTH:
            return self.truth(value)
        if value.type == TRUTH:
            return Value(kind, (self.builder.zext(bits, I64),))
        if {value.type, kind} == {SIGNED, UNSIGNED}:
            return Value(kind, (bits,))
        raise TypeError(f"a {value.type} is no {kind}")

    def converted(self, kind: type, known: Known) -> Known:
        """`int(x)`, rounded towards 0, and `float(x)`; a number without a sign stays one."""
        if isinstance(known, Constant):
            return Constant(kind(known.value))
        if kind is int and known.type == DECIMAL:
            return Value(SIGNED, (self.builder.fptosi(known.parts[0], I64),))
        if kind is float and known.type != DECIMAL:
            return Value(DECIMAL, (self.builder.sitofp(self.whole(known), DECIMAL.llvm),))
        return self.to(SIGNED, known) if known.type == TRUTH else known

    def whole(self, known: Known) -> ir.Value:
        """A whole number as LLVM has it."""
        value = self.value(known)
        return self.to(SIGNED, value).parts[0] if value.type == TRUTH else value.parts[0]

    def truth(self, known: Known) -> Value:
        """Whether a number is anything but 0."""
        if isinstance(known, Constant):
            return Value(TRUTH, (I1(int(bool(known.value))),))
        if known.type == TRUTH:
            return known
        return Value(TRUTH, (self.builder.icmp_unsigned("!=", known.parts[0], I64(0)),))

    # --- operations ---------------------------------------------------------------------------------------------------

    def unary(self, op: ast.unaryop, known: Known) -> Known:
        """`-x`, `~x`, `not x`."""
        if isinstance(known, Constant):
            return Constant(OPERATORS[type(op)](known.value))
        if isinstance(op, ast.Not):
            return Value(TRUTH, (self.builder.not_(self.truth(known).parts[0]),))
        if known.type == DECIMAL:
            return Value(DECIMAL, (self.builder.fneg(known.parts[0]),))
        kind, bits = known.type if known.type != TRUTH else SIGNED, self.whole(known)
        return Value(kind, (self.builder.neg(bits) if isinstance(op, ast.USub) else self.builder.not_(bits),))

    def binary(self, op: ast.operator, left: Known, right: Known) -> Known:
        """`x + y` and the like."""
        if isinstance(left, Constant) and isinstance(right, Constant):
            return Constant(OPERATORS[type(op)](left.value, right.value))
        one, other = self.value(left), self.value(right)
        if one.type == other.type == TRUTH and isinstance(op, ast.BitAnd | ast.BitOr | ast.BitXor):
            return Value(TRUTH, (getattr(self.builder, PLAIN[type(op)])(one.parts[0], other.parts[0]),))
        kind = UNSIGNED if UNSIGNED in (one.type, other.type) else SIGNED
        a, b = self.whole(one), self.whole(other)
        if type(op) in PLAIN:
            return Value(kind, (getattr(self.builder, PLAIN[type(op)])(a, b),))
        if isinstance(op, ast.RShift):  # by any number; what is moved says whether a sign comes in from the left
            kind = UNSIGNED if one.type == UNSIGNED else SIGNED
            return Value(kind, ((self.builder.lshr if kind == UNSIGNED else self.builder.ashr)(a, b),))
        if kind == UNSIGNED:
            return Value(kind, ((self.builder.udiv if isinstance(op, ast.FloorDiv) else self.builder.urem)(a, b),))
        return Value(kind, (self._floored(op, a, b),))

    def _floored(self, op: ast.operator, a: ir.Value, b: ir.Value) -> ir.Value:
        """Quotient or rest, rounded down as in Python, where the machine rounds towards 0."""
        rest = self.builder.srem(a, b)
        has_rest = self.builder.icmp_unsigned("!=", rest, I64(0))
        is_between = self.builder.icmp_signed("<", self.builder.xor(a, b), I64(0))
        is_lower = self.builder.zext(self.builder.and_(has_rest, is_between), I64)
        if isinstance(op, ast.FloorDiv):
            return self.builder.sub(self.builder.sdiv(a, b), is_lower)
        return self.builder.add(rest, self.builder.mul(is_lower, b))

    def compare(self, op: ast.cmpop, left: Known, right: Known) -> Value:
        """`x < y` and the like."""
        sign = COMPARISONS[type(op)]
        one, other = self.value(left), self.value(right)
        if DECIMAL in (one.type, other.type):
            ordered = self.builder.fcmp_unordered if sign == "!=" else self.builder.fcmp_ordered
            return Value(TRUTH, (ordered(sign, one.parts[0], other.parts[0]),))
        a, b = self.whole(one), self.whole(other)
        signs = {kind == UNSIGNED for kind in (one.type, other.type)}
        if signs == {True, False} and not any(self._is_small(known) for known in (left, right)):
            wide = ir.IntType(128)
            a, b = (
                (self.builder.zext if value.type == UNSIGNED else self.builder.sext)(bits, wide)
                for value, bits in ((one, a), (other, b))
            )
            return Value(TRUTH, (self.builder.icmp_signed(sign, a, b),))
        of = self.builder.icmp_unsigned if True in signs else self.builder.icmp_signed
        return Value(TRUTH, (of(sign, a, b),))

    @staticmethod
    def _is_small(known: Known) -> bool:
        """Whether a number is the same with a sign and without."""
        return isinstance(known, Constant) and isinstance(known.value, int) and 0 <= known.value < 1 << 63

    def extreme(self, op: ast.cmpop, *known: Known) -> Value:
        """The largest (op: >) or smallest (op: <) of some numbers."""
        best = self.value(known[0])
        for one in known[1:]:
            value = self.value(one)
            is_better = self.compare(op, one, best)
            kind = UNSIGNED if UNSIGNED in (best.type, value.type) else SIGNED
            best = Value(kind, (self.builder.select(is_better.parts[0], self.whole(value), self.whole(best)),))
        return best
