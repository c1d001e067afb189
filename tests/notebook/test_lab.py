"""The extension of JupyterLab: found, whole, of this version, it knows every word. `make browser` sees it at work."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from jupyterlab_server.config import get_federated_extensions

import flowdsl
from flowdsl.notebook.lab import words
from flowdsl.syntax.keywords import KEYWORDS
from flowdsl.vocabulary import VOCABULARY

ROOT = Path(__file__).resolve().parents[2]
MODULES = words.FILE.parent
FOLDER = MODULES.parent


def test_jupyterlab_finds_it() -> None:
    """JupyterLab reads its package.json and knows what to load; the manager of extensions says how to be rid of it."""
    (found,) = get_federated_extensions([str(FOLDER.parent)]).values()
    assert found["name"] == FOLDER.name == "flowdsl"
    assert (FOLDER / found["jupyterlab"]["_build"]["load"]).is_file()
    assert found["install"]["packageName"] == "flowdsl"


def test_browsers_ask_for_the_modules_of_a_new_version() -> None:
    """What lies in a folder called static is kept by browsers for a year, since bundlers rename what has changed."""
    assert [path for path in FOLDER.rglob("static") if path.is_dir()] == []


def test_it_has_the_version_of_the_package() -> None:
    """What people see in the list of extensions is what pip says."""
    assert json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))["version"] == flowdsl.__version__


def test_the_wheel_installs_it_where_jupyterlab_looks() -> None:
    """share/jupyter/labextensions of the environment is one of JupyterLab's folders."""
    targets = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    assert targets["wheel"]["shared-data"][str(FOLDER.relative_to(ROOT))] == "share/jupyter/labextensions/flowdsl"


def test_modules_import_what_is_there() -> None:
    """Each module that another one asks for lies beside it."""
    asked = {
        name
        for file in MODULES.glob("*.js")
        for name in re.findall(r'(?:from "\./|new URL\(")([^"]+)"', file.read_text(encoding="utf-8"))
    }
    assert asked == {"plugin.js", "language.js", "underlines.js", "words.js"}
    assert all((MODULES / name).is_file() for name in asked)


def test_nothing_is_fetched_from_elsewhere() -> None:
    """No address of another machine stands in the extension, but the name of SVG."""
    addresses = {
        address
        for file in FOLDER.rglob("*.*")
        for address in re.findall(r"https?://[^\s\"']+", file.read_text("utf-8"))
    }
    assert addresses <= {"http://www.w3.org/2000/svg"}


def test_the_editor_knows_every_word() -> None:
    """Each spelling of a keyword, and each word of the vocabulary, has a colour."""
    _, _, listed = words.FILE.read_text(encoding="utf-8").partition("FAMILIES = ")
    known = {phrase for phrases in json.loads(listed.rstrip().removesuffix(";")).values() for phrase in phrases}
    assert {spelling for languages in KEYWORDS.values() for spelling in languages["en"]} <= known
    said = {
        word
        for phrases in VOCABULARY.words.values()
        for phrase in phrases
        for word in re.findall(r"[a-z-]{2,}", phrase)
    }
    slots = {
        slot for phrases in VOCABULARY.words.values() for phrase in phrases for slot in re.findall(r"<(\w+)>", phrase)
    }
    assert said - slots <= {word for phrase in known for word in phrase.split()}
