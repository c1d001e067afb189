"""The programs of a folder, managed: paths and names go in; files listed, made, switched, copied and removed come out.

    listing(path)                 every flow and campaign: file, line, active or paused, description
    templates()                   what `new` can make a copy of
    new(name, template, to=…)     a flow from a template, or a skeleton, paused
    activate(*targets), pause(*targets)
    duplicate(target, name), move(target, to), delete(*targets)

A target is the path of a file or folder, or the name of a flow or campaign. Each verb raises ProgramError, and writes
nothing, when anything it was asked for cannot be done; what it did it gives back as a Done.
"""

from __future__ import annotations

from flowdsl.workspace.changes import Done
from flowdsl.workspace.copies import delete, duplicate, move
from flowdsl.workspace.entries import Entry, listing
from flowdsl.workspace.library import Template, new, templates
from flowdsl.workspace.switches import activate, pause

__all__ = [
    "Done",
    "Entry",
    "Template",
    "activate",
    "delete",
    "duplicate",
    "listing",
    "move",
    "new",
    "pause",
    "templates",
]
