"""Checks the options of pictures: their kind, and the options that it has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from inspect import Parameter, signature
from typing import TYPE_CHECKING, TypedDict, TypeVar

from flowdsl.diagnostics.catalogue.results import RESULTS
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.diagnostics.input_checks import is_one_of
from flowdsl.diagnostics.suggest import did_you_mean, in_quotes
from flowdsl.hooks import Option

if TYPE_CHECKING:
    from flowdsl.display.plots import Picture

T = TypeVar("T")


class Look(TypedDict, total=False):
    """Options of every picture: a title of its own, width and height in inches."""

    title: str
    size: tuple[float, float]


LOOKS = tuple(Look.__annotations__)


def drawn(of: T, kind: str, kinds: Mapping[str, Callable[..., Picture]], options: Mapping[str, Option]) -> Picture:
    """The picture of a kind. Raises RunError for kinds and options that there are not."""
    if not is_one_of(kind, kinds):
        said = f"there is no picture {kind!r} of {_name(of)}; there are {in_quotes(kinds)}"
        raise RunError([_diagnostic(said, kind, kinds)])
    parameters = signature(kinds[kind]).parameters.values()
    there = [*(one.name for one in parameters if one.kind is Parameter.POSITIONAL_OR_KEYWORD)][1:] + list(LOOKS)
    wrong = [
        _diagnostic(f"the picture {kind!r} has no option {name!r}; it has {in_quotes(there)}", name, there)
        for name in options
        if name not in there
    ]
    wrong += _wrong_size(options.get("size"))
    if wrong:
        raise RunError(wrong)
    return kinds[kind](of, **options)


def one_of(name: str, value: object, known: Iterable[str]) -> None:
    """Raises RunError for a value of an option that is none of those there are."""
    there = list(known)
    if not is_one_of(value, there):
        raise RunError([_diagnostic(f"{name} is one of {in_quotes(there)}, not {value!r}", value, there)])


def _wrong_size(size: Option) -> list[Diagnostic]:
    """A size that no picture fits into, or that is none."""
    if size is None:
        return []
    both = size if isinstance(size, Iterable) else ()
    try:
        width, height = (float(one) for one in both)
    except (TypeError, ValueError):
        width = height = 0.0
    if 2 <= width <= 40 and 1 <= height <= 40:
        return []
    return [_diagnostic(f"size is width and height in inches, from (2, 1) to (40, 40), not {size!r}", size, ())]


def _name(of: object) -> str:
    return "results" if type(of).__name__ == "Results" else f"a {type(of).__name__.lower()}"


def _diagnostic(message: str, words: object, known: Iterable[str]) -> Diagnostic:
    hint = did_you_mean(str(words), known)
    return Diagnostic(
        "E813",
        f"{message}; {hint}" if hint else message,
        words=str(words),
        reason=RESULTS["E813"].why,
        example=RESULTS["E813"].right,
    )
