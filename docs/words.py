"""Words that texts avoid, looked for in files: words.toml goes in; places with a better wording come out.

`make words` runs it, and so does `make check`. Fenced blocks of pages are not searched: they show what programs print.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "docs" / "words.toml"
FENCE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def found() -> list[str]:
    """Every word to avoid, as `file:line: "word": write …`, in the files that the list names."""
    said = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return [*_in(said["mended"], said["word"]), *_in({*said["mended"], *said["everywhere"]}, said["nowhere"])]


def _in(globs: list[str] | set[str], words: list[dict[str, str]]) -> Iterator[str]:
    patterns = [(re.compile(word["avoid"], re.IGNORECASE), word["instead"]) for word in words]
    for path in sorted({path for glob in globs for path in ROOT.glob(glob)}):
        text = path.read_text(encoding="utf-8")
        for line, words_of in enumerate(_prose(text, path.suffix).splitlines(), 1):
            for pattern, instead in patterns:
                for match in pattern.finditer(words_of):
                    yield f'{path.relative_to(ROOT)}:{line}: "{match[0]}": write {instead}'


def _prose(text: str, suffix: str) -> str:
    """A page with its code blanked, line for line; any other file as it is."""
    if suffix != ".md":
        return text
    return FENCE.sub(lambda code: "\n" * code[0].count("\n"), text)


def main() -> None:
    """Prints what was found, and exits with 1 if there is anything."""
    places = found()
    for place in places:
        print(place)
    sys.exit(bool(places))


if __name__ == "__main__":
    main()
