"""Calendars, zones, chance and delays, compiled: the very functions of `clock`, `zones`, `draws` and `laws` go in,
their machine code comes out.

They are written once, in plain Python. Here each is made again with compiled functions in place of those it calls, in
the order in which they call each other. Random numbers, keys and tables of delays are unsigned 64-bit words.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any, NamedTuple, TypeVar, cast

from numba import njit, types

from flowdsl.calendar import clock, zones
from flowdsl.chance import delay_laws, heterogeneity, keyed_draws
from flowdsl.sim import chance, rates
from flowdsl.sim.fast.passes import Plain
from flowdsl.sim.fast.plain import plain

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


def compiled(function: Function) -> Function:
    """The function as machine code, made when it is first called."""
    return cast(Function, _jit(plain(function)))


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
    (keyed_draws, "mix draw extend hash_bytes hits scaled pick"),
    (delay_laws, "delay stretched"),
    (zones, "segment to_local to_utc"),
    (clock, "days_from_civil civil_from_days weekday days_in_month add_months local_day date_at moved shifted after"),
    (clock, "before day_at next_at next_month_day next_yearly _opens_never _is_open_at is_open _next_open_at"),
    (clock, "next_open open_again open_time _opened _open_moment after_open"),
    (rates, "mean_gap open_mean"),
    (heterogeneity, "own_gap"),
    (chance, "threshold"),
)

ROOMS = tuple(dict.fromkeys(module for module, _ in _NEEDED))  # outside this folder, whose functions are compiled

_made = _twins()


def _whole(name: str) -> Callable[..., int]:
    """A compiled function that gives a whole number."""
    return cast(Callable[..., int], _made[name])


def _answer(name: str) -> Callable[..., bool]:
    """A compiled function that gives yes or no."""
    return cast(Callable[..., bool], _made[name])


draw, extend, hash_bytes, pick = map(_whole, ("draw", "extend", "hash_bytes", "pick"))
delay, stretched, mean_gap, open_mean = map(_whole, ("delay", "stretched", "mean_gap", "open_mean"))
own_gap, threshold = map(_whole, ("own_gap", "threshold"))
add_months, local_day, date_at = map(_whole, ("add_months", "local_day", "date_at"))
moved, shifted = map(_whole, ("moved", "shifted"))
after, before, day_at = map(_whole, ("after", "before", "day_at"))
next_at, next_month_day = map(_whole, ("next_at", "next_month_day"))
next_yearly, open_again, open_time, after_open = map(_whole, ("next_yearly", "open_again", "open_time", "after_open"))
hits, is_open = map(_answer, ("hits", "is_open"))
