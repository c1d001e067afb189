"""Options of commands: converts the words of a line, and reports all errors at once.

Three ways to say one: `--days 30`, `--days=30`, `days=30`; with `_` or `-` in its name.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence

from flowdsl.diagnostics.collector import DiagnosticCollector
from flowdsl.diagnostics.diagnostic import Diagnostic, RunError
from flowdsl.diagnostics.suggest import did_you_mean
from flowdsl.hooks import Option
from flowdsl.sim.options import diagnostic

Kinds = Mapping[str, Callable[[str], Option]]


def whole(text: str) -> int:
    """A whole number, as it is typed. Raises ValueError."""
    return int(text.replace(",", ""))


def auto_or_whole(text: str) -> int | str:
    """A whole number, or `auto`."""
    return text if text == "auto" else whole(text)


def several(text: str) -> tuple[str, ...]:
    """Names with commas between them."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


OF_TIME: Kinds = {"start": str, "days": whole, "until": str, "warm_from": str}
OF_LIFE: Kinds = {**OF_TIME, "scenario": str, "seed": whole, "engine": str}
SIMULATE: Kinds = {**OF_LIFE, "replication": whole}
FORECAST: Kinds = {
    **OF_LIFE,
    "replications": auto_or_whole,
    "level": float,
    "by": several,
    "every": str,
    "method": str,
}


def read(words: str, kinds: Kinds, command: str) -> dict[str, Option]:
    """The options that a line says. Raises RunError with every word that is not understood.

    >>> read('--days 30 scenario="Spring sale"', SIMULATE, "simulate")
    {'days': 30, 'scenario': 'Spring sale'}
    """
    found: dict[str, Option] = {}
    wrong = DiagnosticCollector()
    said = split(words)
    for word in (each := iter(said)):
        name, is_joined, value = word.removeprefix("--").partition("=")
        name = name.replace("-", "_")
        if name not in kinds or not (is_joined or word.startswith("--")):
            wrong.extend([_unknown(word, kinds, command)])
            _skip(each, said, word) if word.startswith("--") and not is_joined else None
            continue
        value = value if is_joined else next(each, "")
        try:
            found[name] = kinds[name](value)
        except ValueError:
            wrong.extend([diagnostic("E756", f"`{value}` is no value of `{name}`", word)])
    wrong.raise_any(RunError)
    return found


def split(words: str) -> Sequence[str]:
    """Words of a line, quoted ones whole; a quote that nobody closes is a letter like any other.

    >>> split('a "b c"'), split('"a')
    (['a', 'b c'], ['"a'])
    """
    try:
        return shlex.split(words)
    except ValueError:
        return words.split()


def _skip(rest: Iterator[str], said: Sequence[str], word: str) -> None:
    """Passes by the value of an option that is not known, so that one slip is one diagnostic."""
    after = said[said.index(word) + 1 :]
    if after and not after[0].startswith("--") and "=" not in after[0]:
        next(rest)


def _unknown(word: str, kinds: Kinds, command: str) -> Diagnostic:
    name = word.removeprefix("--").partition("=")[0].replace("-", "_")
    hint = did_you_mean(name, kinds, "`--{}`", f"there are {', '.join(f'--{one}' for one in kinds)}")
    return diagnostic("E756", f"`%{command}` has no option `{name}`; {hint}", word)
