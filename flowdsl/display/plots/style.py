"""The house style: sizes, colours and the sheet that pictures are drawn on; nothing of matplotlib's global state.

Sizes are inches and points. The colours are those of Okabe & Ito, readable for the colour-blind; text is dark
on white, and a pale hue is never used for letters.
"""

from __future__ import annotations

import re
from base64 import b64encode
from html import escape
from io import BytesIO, StringIO
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from flowdsl.atomic_files import written

if TYPE_CHECKING:
    from matplotlib.backends.backend_agg import RendererAgg

SMALL = (4.0, 2.5)  # a notebook cell half a page wide
WIDE = (7.2, 3.2)  # a page
SHARP = 200  # dots per inch of PNG pictures, which are shown at half of that

PAPER, INK, MUTED, RULE, EMPTY = "#ffffff", "#1f2328", "#59636e", "#d1d9e0", "#eff2f5"
BLUE, ORANGE, GREEN, VERMILION = "#0072b2", "#e69f00", "#009e73", "#d55e00"
SKY, PURPLE, GREY = "#56b4e9", "#cc79a7", "#999999"
SERIES = (BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE)  # what is more becomes `other`, in grey
THEME = {  # colours that a page has of its own
    PAPER: "var(--paper)",
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    RULE: "var(--rule)",
    EMPTY: "var(--empty)",
    BLUE: "var(--blue)",
}
LARGEST, LEAST = 128, 75  # pixels an inch of SVG pictures: as wide as the page lets them, but never too small to read

TITLE, TEXT, FINE = 8.5, 7.0, 6.5
PAD = 0.06  # around a picture


class Picture(Figure):
    """A matplotlib Figure that notebooks show by themselves, and that says in words what it shows.

    alt   what there is to see, for those who do not see it
    """

    alt: str = ""

    def __init__(self, size: tuple[float, float] = SMALL) -> None:
        super().__init__(figsize=size, dpi=SHARP, facecolor=PAPER, edgecolor=PAPER, linewidth=0)
        self.set_layout_engine("none")
        FigureCanvasAgg(self)

    def savefig(self, fname: str | PathLike[str] | IO[str] | IO[bytes], **options: Any) -> None:
        """Writes the picture as any Figure does, but equal pictures as equal bytes: without the date, and with ids that
        do not change from one run to the next. What `metadata` says is kept. A file is there whole or not at all."""
        ending = str(options.get("format") or Path(str(fname)).suffix.removeprefix(".")).lower()
        dates = {"svg": {"Date": None}, "svgz": {"Date": None}, "pdf": {"CreationDate": None}}.get(ending, {})
        if metadata := {**dates, **(options.pop("metadata", None) or {})}:
            options["metadata"] = metadata
        with rc_context({"svg.hashsalt": "flowdsl"}):
            if not (isinstance(fname, str | Path) and ending):
                super().savefig(fname, **options)
                return
            with written(Path(fname)) as (file,):
                super().savefig(file, **{**options, "format": ending})

    def png(self) -> bytes:
        """The picture as PNG, twice as fine as screens show it."""
        written = BytesIO()
        self.savefig(written, format="png", dpi=SHARP, facecolor=PAPER, metadata={"Software": None}, bbox_inches=None)
        return written.getvalue()

    def svg(self, name: str = "picture") -> str:
        """The picture as an SVG element of a page, in the page's colours (`--paper --ink --muted --rule
        --empty --blue`), with its words. Ids begin with `name`: pictures of one page have different names."""
        written = StringIO()
        self.savefig(written, format="svg", facecolor=PAPER, metadata={"Date": None}, bbox_inches=None)
        return _inline(written.getvalue(), name, self.alt)

    def _repr_html_(self) -> str:
        return self.img()

    def img(self) -> str:
        """The picture as an HTML element that holds it whole."""
        data = b64encode(self.png()).decode("ascii")
        width, height = (round(length * SHARP / 2) for length in self.get_size_inches())
        return (
            f'<img src="data:image/png;base64,{data}" width="{width}" height="{height}"'
            f' style="max-width: 100%; height: auto" alt="{escape(self.alt)}">'
        )

    @property
    def renderer(self) -> RendererAgg:
        """What measures text and places."""
        canvas = self.canvas
        assert isinstance(canvas, FigureCanvasAgg)
        found: RendererAgg = canvas.get_renderer()  # type: ignore[no-untyped-call]
        return found


def _inline(document: str, name: str, alt: str) -> str:
    """An SVG document as an element: without what is only for files, without styles that the page would take on."""
    body = document[document.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'<style type="text/css">.*?</style>', "", body, flags=re.DOTALL)
    head, rest = body.split(">", 1)
    for colour, variable in THEME.items():
        rest = rest.replace(colour, variable)
    view = re.search(r'viewBox="[^"]*"', head)
    assert view is not None  # matplotlib always writes one
    inches = float(view[0].split()[2]) / 72
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {view[0]}'
        f' style="width: 100%; min-width: {inches * LEAST:.0f}px; max-width: {inches * LARGEST:.0f}px; height: auto;'
        ' stroke-linejoin: round; stroke-linecap: butt"'
        f' role="img" aria-label="{escape(alt)}">'
    )
    return _renamed(opening + rest, name)


def _renamed(svg: str, name: str) -> str:
    """The same with ids counted from 1 behind a name: equal pictures have equal text, and no two share an id."""
    ids = {old: f"{name}-{number}" for number, old in enumerate(re.findall(r'\bid="([^"]+)"', svg), 1)}
    return re.sub(
        r'(\bid="|href="#|url\(#)([^")]+)', lambda found: found[1] + ids.get(found[2], found[2]), svg
    ).rstrip()
