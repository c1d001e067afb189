"""Files made from code (error pages, vocabulary, steps, schema, parser table, words for editors): they come out, or a
list of those out of date.

`make docs` writes them; `make check` runs `python docs/generate.py --check`, which only compares.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from flowdsl.diagnostics import explain
from flowdsl.notebook.lab import words
from flowdsl.plan import json as runtime_json
from flowdsl.plan.json import schema
from flowdsl.plan.step_kinds import STEP_KINDS, Outcome
from flowdsl.syntax.parser import table
from flowdsl.vocabulary import VOCABULARY
from flowdsl.vocabulary.pages import page

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "errors"
WORDS = ROOT / "docs" / "reference" / "vocabulary.md"
STEPS = ROOT / "docs" / "reference" / "steps.md"
SCHEMA = ROOT / "flowdsl" / "plan" / "json" / "runtime.schema.json"


def made() -> dict[Path, str]:
    """Every generated file with the text it should have."""
    pages = {PAGES / name: text for name, text in explain.pages().items()}
    tables = {SCHEMA: runtime_json.text(schema.schema()), table.SHIPPED: _table(), words.FILE: words.text()}
    return {**pages, WORDS: page(VOCABULARY), STEPS: _steps(), **tables}


def _table() -> str:
    return json.dumps(table.make(table.grammar_text()), separators=(",", ":")) + "\n"


INTRODUCTION = """# What each step may do

Made from `flowdsl/plan/step_kinds.py`. Both engines take each step as described here: a test watches every step of
random programs in both, and refuses what is not described, and what is described and never seen.

- **goes on at**: the field of the step in the [runtime JSON](runtime-json.md) that names the next step.
- **rests**: the run stays at this step, in this mode, until its time comes or something happens.
- **ends**: the status of a run that the step ends. **row**: what became of the action, with the possible reasons.
- **changes of the run**, **of the contact**: what may be different afterwards, besides the alarms of the run.
"""
HEADINGS = ("outcome", "goes on at", "rests", "ends", "row", "reasons", "changes of the run", "of the contact")


def _steps() -> str:
    """The description of every kind of step, as a page."""
    parts = [INTRODUCTION]
    for kind in STEP_KINDS:
        head = [f"## {kind.name[0].upper()}{kind.name[1:]}", "", _row(*HEADINGS), _row(*["---"] * len(HEADINGS))]
        parts.append("\n".join([*head, *map(_outcome, kind.outcomes)]) + "\n")
    return "\n".join(parts)


def _outcome(one: Outcome) -> str:
    lists = (", ".join(names) for names in (one.reasons, one.run, one.contact))
    return _row(one.name, f"`{one.port}`" if one.port else "", one.mode, one.status, one.row, *lists)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def stale() -> list[Path]:
    """Generated files that are missing, differ from what the code says, or belong to no code any more."""
    wanted = made()
    wrong = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    return wrong + [path for path in PAGES.glob("*.md") if path not in wanted]


def main() -> None:
    """Writes the files, or with --check says which are out of date and exits with 1."""
    wrong = stale()
    if "--check" in sys.argv:
        for path in wrong:
            print(f"{path.relative_to(ROOT)} is out of date: make docs")
        sys.exit(bool(wrong))
    for path, text in made().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    for path in set(wrong) - made().keys():
        path.unlink()


if __name__ == "__main__":
    main()
