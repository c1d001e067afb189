"""Manages the programs of a folder: lists, creates, switches, copies, moves and deletes flows.

    listing(path)                 every flow and campaign: file, line, active or paused, description
    templates()                   the templates that `new` can copy
    new(name, template, to=…)     a flow from a template, or a skeleton, paused
    activate(*targets), pause(*targets)
    duplicate(target, name), move(target, to), delete(*targets)

A target is the path of a file or folder, or the name of a flow or campaign. If any part of a request is impossible, the
verb raises ProgramError and writes nothing; otherwise it returns a Done that lists the changes.
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
