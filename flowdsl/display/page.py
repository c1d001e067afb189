"""One HTML document without external files: a title and sections, for light and dark screens and for paper.

It loads nothing and runs nothing, and says so to the browser, so that a name which looks like a script stays a name.
"""

from __future__ import annotations

from flowdsl.display.html import element, text

ALLOWED = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
STYLE = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1f2328; --muted: #59636e; --rule: #d1d9e0;
  --empty: #eff2f5; --wash: #f6f8fa; --blue: #0072b2 }
@media (prefers-color-scheme: dark) { :root { --paper: #0d1117; --ink: #e6edf3; --muted: #9198a1; --rule: #3d444d;
  --empty: #1c2128; --wash: #151b23; --blue: #3f9fdd } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI",
  Roboto, "Helvetica Neue", Arial, sans-serif }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 0.3rem; overflow-wrap: anywhere }
h2 { font-size: 1.2rem; margin: 2.5rem 0 0.6rem; padding-bottom: 0.25rem; border-bottom: 1px solid var(--rule) }
p { max-width: 45rem; margin: 0.5rem 0 }
.lead { color: var(--muted) }
.facts { margin: 1.25rem 0 0.5rem }
figure { margin: 1rem 0; overflow-x: auto }
svg { display: block }
.pair { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; align-items: flex-start }
.pair figure { flex: 1 1 24rem; max-width: 30rem }
pre { background: var(--wash); border: 1px solid var(--rule); border-radius: 6px; padding: 0.8rem 1rem;
  overflow-x: auto;
  font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
table { font-size: 0.9rem }
th { border-bottom: 1px solid var(--rule); color: var(--muted); font-weight: 600; vertical-align: bottom }
td { border-bottom: 1px solid var(--empty) }
caption { color: var(--muted) }
summary { cursor: pointer; color: var(--muted); padding: 0.3rem 0 }
@media print { :root { --paper: #ffffff; --ink: #1f2328; --muted: #59636e; --rule: #d1d9e0; --empty: #eff2f5;
  --wash: #f6f8fa; --blue: #0072b2 } main { max-width: none; padding: 0 } figure, tr, .facts { break-inside: avoid }
  h2 { break-after: avoid } pre { white-space: pre-wrap } thead { display: table-header-group } }
"""


def page(title: str, *sections: str) -> str:
    """A whole HTML document; sections are HTML.

    >>> page("<b>", "").count("<title>&lt;b&gt;</title>")
    1
    """
    head = element(
        "head",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{ALLOWED}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        element("title", text(title)),
        element("style", STYLE),
    )
    return f'<!doctype html>\n<html lang="en">{head}\n{element("body", element("main", *sections))}</html>\n'


def section(heading: str, *inside: str) -> str:
    """A part of the page with its heading; nothing where there is nothing inside."""
    shown = [one for one in inside if one]
    return element("section", element("h2", text(heading)), *shown) + "\n" if shown else ""


def figure(svg: str) -> str:
    """A picture that is in the page."""
    return element("figure", svg)


def code(words: str) -> str:
    """A program, or another text that keeps its lines."""
    return element("pre", text(words.rstrip("\n")))


def folded(summary: str, *inside: str) -> str:
    """What can be unfolded."""
    return element("details", element("summary", text(summary)), *inside)


def paragraph(words: str, name: str = "") -> str:
    """A paragraph of text."""
    return element("p", text(words), **({"class_": name} if name else {}))
