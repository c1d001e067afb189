"""The canonical form of JSON (RFC 8785), which is the same text in every language.

Keys are sorted, there is no white space, numbers are written as in ECMAScript; so every consumer can check a hash of
it."""

from __future__ import annotations

import json
from typing import TypeAlias

Json: TypeAlias = "str | bool | int | float | list[Json] | dict[str, Json] | None"


def canonical(value: Json) -> str:
    """The canonical text of a JSON value. Raises ValueError for numbers that JSON does not have (NaN, infinity).

    >>> canonical({"b": [1e-7, 0.5, True], "a": "é"})
    '{"a":"é","b":[1e-7,0.5,true]}'
    """
    if isinstance(value, dict):
        items = (f"{canonical(key)}:{canonical(value[key])}" for key in sorted(value, key=_utf16))
        return f"{{{','.join(items)}}}"
    if isinstance(value, list):
        return f"[{','.join(canonical(item) for item in value)}]"
    if isinstance(value, float):
        return number(value)
    return json.dumps(value, ensure_ascii=False)


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def number(value: float) -> str:
    """A number as ECMAScript's Number::toString writes it (ECMA-262, 6.1.6.1.20).

    >>> [number(x) for x in (0.1, 1e-06, 1e-07, 1e16, 1e21, -2.5e-10)]
    ['0.1', '0.000001', '1e-7', '10000000000000000', '1e+21', '-2.5e-10']
    """
    text = json.dumps(value, allow_nan=False)
    if value == 0:
        return "0"
    sign, mantissa = ("-", text[1:]) if text.startswith("-") else ("", text)
    mantissa, _, exponent = mantissa.partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(digits) - len(fraction) + int(exponent or 0)  # number of digits before the decimal point
    digits = digits.rstrip("0")
    return sign + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """Shortest digits with their decimal point, or as a power of ten if that is the rule."""
    if len(digits) <= point <= 21:
        return digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    mantissa = f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits
    return f"{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"
