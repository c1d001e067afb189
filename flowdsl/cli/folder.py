"""Commands for folders of programs; `flowdsl.workspace` does the work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowdsl.cli.screen import Format, Screen
from flowdsl.diagnostics.render import Json, clean
from flowdsl.syntax.files import ENDING

if TYPE_CHECKING:
    from flowdsl.workspace import Done, Entry

AsFormat = Annotated[Format, typer.Option("--format", help="json writes one JSON document.")]
Targets = Annotated[list[str], typer.Argument(metavar="PATH|NAME…", help="Files, folders, or names of flows.")]
Target = Annotated[str, typer.Argument(metavar="PATH|NAME", help="A file, a folder, or the name of a flow.")]
Program = Annotated[
    str | None, typer.Option("--in", metavar="PATH", help="The program it belongs to. Default: the current folder.")
]


def add_to(app: typer.Typer) -> None:
    """Adds the commands of this module to the command line."""
    app.command("list")(list_flows)
    for command in (new, activate, pause, duplicate, move, delete):
        app.command()(command)


# --- what there is ----------------------------------------------------------------------------------------------------


def list_flows(
    path: Annotated[str, typer.Argument(metavar="PATH", help="A .flow file or a folder of them.")] = ".",
    active_only: Annotated[bool, typer.Option("--active-only", help="Omit paused flows.")] = False,
    paused_only: Annotated[bool, typer.Option("--paused-only", help="Omit active flows.")] = False,
    format: AsFormat = Format.TEXT,
) -> None:
    """List every flow and campaign, active or paused. Files with errors are reported, too."""
    from flowdsl.workspace.entries import opened

    if active_only and paused_only:
        raise typer.BadParameter("nothing is both active and paused", param_hint="--active-only")
    with Screen(format) as screen:
        folder = opened(path)
        left_out = False if active_only else True if paused_only else None
        shown = [each for each in folder.entries if each.is_active is not left_out]
        if screen.is_json:
            flows = [_entry_document(entry) for entry in shown]
            screen.document({"ok": not folder.diagnostics, "flows": flows, **screen.as_part(folder.diagnostics)})
        else:
            screen.text(_table(screen, ["flow", "state", "place", "description"], [_row(each) for each in shown]))
        if any(diagnostic.is_error for diagnostic in folder.diagnostics):
            if not screen.is_json:
                screen.fail(folder.diagnostics)
            raise typer.Exit(1)


def _row(entry: Entry) -> list[str]:
    kind = "" if entry.kind == "flow" else f" ({entry.kind})"
    return [entry.name + kind, _state(entry), f"{entry.file}:{entry.line}", entry.description]


def _state(entry: Entry) -> str:
    return "active" if entry.is_active else "paused"


def _entry_document(entry: Entry) -> dict[str, Json]:
    return {
        "kind": entry.kind,
        "name": entry.name,
        "active": entry.is_active,
        "file": entry.file,
        "line": entry.line,
        "description": entry.description,
    }


def _table(screen: Screen, headings: list[str], rows: Sequence[list[str]]) -> str:
    from flowdsl.cli.simulation_output import columns

    head, *lines = columns([headings, *([clean(cell) for cell in row] for row in rows)]).split("\n")
    return "\n".join([screen.painted("title", head), *lines])


# --- new --------------------------------------------------------------------------------------------------------------


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new flow.")] = "",
    template: Annotated[
        str | None, typer.Option(metavar="T", help="The template to copy. Default: a skeleton.")
    ] = None,
    to: Annotated[str, typer.Option(metavar="PATH", help="Target folder or .flow file.")] = ".",
    with_scenario: Annotated[
        bool, typer.Option("--with-scenario", help="Also copy the scenario of the template.")
    ] = False,
    show: Annotated[bool, typer.Option("--list", help="List the templates.")] = False,
    program: Program = None,
    format: AsFormat = Format.TEXT,
) -> None:
    """Write a new flow, paused: a copy of a template, or a skeleton. Existing files are not overwritten."""
    from flowdsl import workspace

    if not show and not name.strip():
        raise typer.BadParameter("a new flow needs a name", param_hint="NAME")
    with Screen(format) as screen:
        if show:
            _show_templates(screen)
            return
        try:
            done = workspace.new(name, template, to=to, program=program, with_scenario=with_scenario)
        except LookupError as error:
            raise typer.BadParameter(str(error.args[0]), param_hint="--template") from None
        _say(screen, done, "is new, and paused")


def _show_templates(screen: Screen) -> None:
    from flowdsl import workspace

    shelf = workspace.templates()
    if screen.is_json:
        rows = [
            {
                "name": one.name,
                "description": one.description,
                "folder": str(one.folder),
                "scenario": str(one.scenario),
            }
            for one in shelf
        ]
        screen.document({"ok": True, "templates": rows})
    else:
        screen.text(_table(screen, ["template", "description"], [[one.name, one.description] for one in shelf]))


# --- changes ----------------------------------------------------------------------------------------------------------


def activate(
    targets: Targets,
    contacts: Annotated[
        str | None, typer.Option(metavar="FILE", help="Contacts whose columns fill the placeholders.")
    ] = None,
    program: Program = None,
    format: AsFormat = Format.TEXT,
) -> None:
    """Activate flows. The whole program is checked first, also for placeholders without a value."""
    from flowdsl import workspace

    with Screen(format) as screen:
        _say(screen, workspace.activate(*targets, program=program, contacts=contacts), "is active now")


def pause(targets: Targets, program: Program = None, format: AsFormat = Format.TEXT) -> None:
    """Pause flows. No contact enters a paused flow."""
    from flowdsl import workspace

    with Screen(format) as screen:
        _say(screen, workspace.pause(*targets, program=program), "is paused now")


def duplicate(
    target: Target,
    name: Annotated[str, typer.Option("--as", metavar="NAME", help="Name of the copy.")],
    program: Program = None,
    format: AsFormat = Format.TEXT,
) -> None:
    """Copy a flow, or all of a folder, under a new name. Copies are paused."""
    from flowdsl import workspace

    with Screen(format) as screen:
        _say(screen, workspace.duplicate(target, name, program=program), "is new, and paused")


def move(
    target: Target,
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="Target folder; it is created if necessary.")],
    program: Program = None,
    format: AsFormat = Format.TEXT,
) -> None:
    """Move a file, a folder or a flow into another folder. A flow gets a file of its own there."""
    from flowdsl import workspace

    if folder.endswith(ENDING):
        raise typer.BadParameter(f"{folder} is no folder", param_hint="FOLDER")
    with Screen(format) as screen:
        _say(screen, workspace.move(target, folder, program=program), "has moved")


def delete(
    targets: Targets,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    program: Program = None,
    format: AsFormat = Format.TEXT,
) -> None:
    """Delete flows, files or folders of them. Flows that other flows need are kept."""
    from flowdsl import workspace
    from flowdsl.workspace.copies import links
    from flowdsl.workspace.targets import chosen
    from flowdsl.workspace.validation import refuse

    if not yes and format is Format.JSON:
        raise typer.BadParameter("--format json cannot ask for confirmation: add --yes", param_hint="--yes")
    with Screen(format) as screen:
        if not yes:
            refuse(links(targets))
            what = chosen(targets, program)
            files = [Path(source.name) for path in what.paths for source in what.folder.beneath(path)]
            said = [*(f'"{clean(entry.name)}"' for entry in what.named), _paths(files)]
            typer.confirm(f"Delete {', '.join(filter(None, said))}?", abort=True, err=True)
        _say(screen, workspace.delete(*targets, program=program), "is deleted")


def _say(screen: Screen, done: Done, what: str) -> None:
    """Prints what a change did."""
    if screen.is_json:
        screen.document(
            {
                "ok": True,
                "flows": list(done.flows),
                "written": [str(path) for path in done.written],
                "removed": [str(path) for path in done.removed],
                "to_set": list(done.to_set),
            }
        )
        return
    lines = [f'"{clean(name)}" {what}' for name in done.flows] or ["nothing to do"]
    lines += [
        f"{verb}: {_paths(paths)}" for verb, paths in (("written", done.written), ("removed", done.removed)) if paths
    ]
    if done.to_set:
        lines.append(f"to be set in the workspace: {', '.join(done.to_set)}")
    screen.text("\n".join(lines))


def _paths(paths: Sequence[Path]) -> str:
    return ", ".join(clean(str(path)) for path in paths)
