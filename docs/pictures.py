"""Pictures of the docs: the examples of docs/reference/plots.md and diagrams.md are run; `docs/images/*.png` come out.

`python docs/pictures.py` writes them.
"""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

DOCS = Path(__file__).resolve().parent
IMAGES = DOCS / "images"
DRAWING = re.compile(r"\.(plot|report|save)\(")  # these lines would leave files
SCRIPTS = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def pictures() -> dict[str, bytes]:
    """The PNG file of each picture, by its name."""
    of = _run("plots")
    results, forecast = of["results"], of["forecast"]
    drawn = {
        "sends": results.plot(),
        "funnel": results.plot("funnel"),
        "hours": results.plot("hours"),
        "fan": forecast.plot(),
    }
    return {name: picture.png() for name, picture in drawn.items()} | {"diagram": _saved(_run("diagrams")["picture"])}


def _run(page: str) -> dict[str, Any]:
    """What the scripts of a page leave behind."""
    of: dict[str, Any] = {}
    for script in SCRIPTS.findall((DOCS / "reference" / f"{page}.md").read_text(encoding="utf-8")):
        drawing = "\n".join(
            line for line in script.splitlines() if not (line.startswith("print") or DRAWING.search(line))
        )
        exec(compile(drawing, f"{page}.md", "exec"), of)
    return of


def _saved(diagram: Any) -> bytes:
    """A diagram as it is saved."""
    with TemporaryDirectory() as folder:
        return bytes(diagram.save(Path(folder) / "diagram.png").read_bytes())


def main() -> None:
    """Writes the files."""
    IMAGES.mkdir(exist_ok=True)
    for name, png in pictures().items():
        (IMAGES / f"{name}.png").write_bytes(png)


if __name__ == "__main__":
    main()
