"""The library of templates: copies a template, paused, into a file of its own, ready to be adapted.

Each template is a folder. NAME.flow is the file that is copied; beside it are a workspace, contacts, events and the
expected result, so that the template can be tried: `flowdsl simulate` it, change it, simulate it again. Its scenario,
with the behaviour of contacts, is in another folder: the template's folder is a complete program without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flowdsl.diagnostics.diagnostic import ProgramError
from flowdsl.diagnostics.user_input import folder_path, name_of, path_of
from flowdsl.syntax import ast, files
from flowdsl.syntax.files import ENDING
from flowdsl.syntax.keywords import say
from flowdsl.workspace.changes import Done, file_name
from flowdsl.workspace.copies import taken, there
from flowdsl.workspace.entries import Folder, folder_of, opened
from flowdsl.workspace.text import copied, quoted, region
from flowdsl.workspace.validation import refuse

SHELF = Path(__file__).parent / "templates"
SCENARIOS = Path(__file__).parent / "scenarios"
WORKSPACE = "workspace.flow"
SKELETON = """\
# What this flow is for, and for whom. It is paused: `flowdsl activate` switches it on.
flow {name} paused
  when contact joins program  # what starts it
  limit once per contact  # how often
  wait 1 day
  then send email "Hello, {{first_name}}"
"""


SENDER = """\
# What you decide for all flows. Nothing is activated while a word that it needs is empty.
workspace
  # timezone "Europe/Paris"
  # from "Studio <hello@example.org>"
"""


@dataclass(frozen=True, slots=True)
class Template:
    """One template: its name, its purpose, its folder, the words of the workspace that its texts need, and the file of
    its scenario."""

    name: str
    description: str
    folder: Path
    words: tuple[str, ...]
    scenario: Path


def templates() -> list[Template]:
    """Lists the templates, sorted by name.

    >>> "welcome" in [template.name for template in templates()]
    True
    """
    return [_template(folder) for folder in sorted(SHELF.iterdir()) if (folder / f"{folder.name}{ENDING}").exists()]


def _template(place: Path) -> Template:
    folder = opened(place)
    main = next(entry for entry in folder.entries if Path(entry.file).stem == place.name)
    return Template(place.name, main.description, place, _words(folder.program), SCENARIOS / f"{place.name}{ENDING}")


def _words(program: ast.Program) -> tuple[str, ...]:
    """The words that the workspace of a program sets."""
    lines = [line for each in program.declarations if isinstance(each, ast.Workspace) for line in each.lines]
    return tuple(line.key.text for line in lines if isinstance(line, ast.SetWord))


def new(
    name: str,
    template: str | None = None,
    *,
    to: str | Path = ".",
    program: str | Path | None = None,
    with_scenario: bool = False,
) -> Done:
    """Writes a new flow, paused: a copy of a template, or a small skeleton.

    to              a folder, or the path of the .flow file
    program         the file or folder of its program; None: the current folder, if the new file will be in it
    with_scenario   also copies the template's scenario into a file beside the flow

    If the program has no workspace, one is written beside the flow, with the words to be set. Raises LookupError for an
    unknown template; ProgramError, and writes nothing, when the name or the file already exists.
    """
    into, name = path_of(to, ProgramError), name_of(name)
    place = into if into.name.endswith(ENDING) else folder_path(into, ProgramError) / file_name(name)
    home = place.resolve().parent
    folder = opened(program or (Path() if home.is_relative_to(Path.cwd()) else home), is_new=True)
    found = _found(template) if template is not None else None
    scenario = _scenario(found, place) if with_scenario and found else {}
    refuse([*taken(folder, [name]), *there([place, *scenario])])
    text = _adapted(found, name, folder) if found else SKELETON.format(name=quoted(name))
    to_set = [word for word in found.words if word not in _words(folder.program)] if found else []
    texts = {place: text, **_workspace(place.parent, to_set, folder), **scenario}
    files.write(texts)
    return Done((name,), tuple(texts), (), tuple(to_set))


def _found(name: str) -> Template:
    there_are = templates()
    for each in there_are:
        if each.name == name:
            return each
    raise LookupError(f"there is no template {name}; there are {', '.join(each.name for each in there_are)}")


def _adapted(template: Template, name: str, folder: Folder) -> str:
    """The text of a template with a new name, paused, without declarations that the program already has."""
    source, *_ = files.sources(template.folder / f"{template.name}{ENDING}")
    whole = folder_of([source])
    names = {(whole.entries[0].kind, whole.entries[0].name): name}
    known = {_called(each) for each in folder.program.declarations}
    texts = []
    entries = {id(entry.written): entry for entry in whole.entries}
    for each in whole.program.declarations:
        entry = entries.get(id(each))
        if entry is not None and (entry is whole.entries[0] or folder.named(entry.name) is None):
            texts.append(
                copied(source, whole.program.declarations, entry, {(entry.kind, entry.name): entry.name, **names})
            )
        elif entry is None and _called(each) not in known:
            start, end = region(source, whole.program.declarations, each)
            texts.append(source.text[start:end].strip("\n") + "\n")
    return "\n".join(texts)


def _scenario(template: Template, place: Path) -> dict[Path, str]:
    """The scenario of a template, for a file beside the flow."""
    return {place.with_name(f"{place.stem}-scenario{ENDING}"): template.scenario.read_text(encoding="utf-8")}


def _called(each: ast.Declaration) -> tuple[str, str]:
    """What identifies a message or param."""
    if isinstance(each, ast.Message):
        return each.channel, each.name.value
    if isinstance(each, ast.Param):
        return say("param"), each.name.text
    return type(each).__name__, ""


def _workspace(folder: Path, words: Sequence[str], program: Folder) -> dict[Path, str]:
    """A workspace with words to be set, unless the program has one, or the file exists."""
    has_one = any(isinstance(each, ast.Workspace) for each in program.program.declarations)
    if has_one or not words or (folder / WORKSPACE).exists():
        return {}
    lines = [f'  {say("set")} {word} ""\n' for word in words]
    return {folder / WORKSPACE: SENDER + "".join(lines)}
