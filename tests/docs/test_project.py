"""The files around the code: CI, hooks, forms, citation and changelog fragments say what holds in this repository."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TARGETS = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE))


def content(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def commands() -> list[str]:
    """Every shell command of the CI workflow, with each value that the matrix puts into it."""
    found = []
    for job in content(GITHUB / "workflows" / "ci.yml")["jobs"].values():
        matrix = job.get("strategy", {}).get("matrix", {})
        for step in job["steps"]:
            for target in matrix.get("target", [""]):
                found.append(step.get("run", "").replace("${{ matrix.target }}", target))
    return [command for command in found if command]


def test_ci_calls_targets_of_make() -> None:
    """CI runs what developers run: check, test and lowest, and no target that does not exist."""
    called = {word for command in commands() for word in command.split()[1:] if "=" not in word}
    assert all(command.startswith("make ") for command in commands())
    assert called == {"check", "test", "lowest"}
    assert called <= TARGETS


def test_ci_covers_every_python_and_system() -> None:
    """Each Python version from the lowest that the package allows is tested on three systems."""
    matrix = content(GITHUB / "workflows" / "ci.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert PROJECT["project"]["requires-python"] == f">={matrix['python'][0]}"
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert {system.partition("-")[0] for system in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert all(left_out["target"] == "lowest" for left_out in matrix["exclude"])


def test_hooks_call_targets_of_make() -> None:
    """What pre-commit runs exists, and needs no download."""
    for repo in content(ROOT / ".pre-commit-config.yaml")["repos"]:
        assert repo["repo"] == "local"
        for hook in repo["hooks"]:
            make, target = hook["entry"].split()
            assert (make, hook["language"]) == ("make", "system")
            assert target in TARGETS


def test_every_target_of_make_is_listed() -> None:
    """`make help` lists each target, and a file of the same name never hides one."""
    phony = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)
    assert phony
    assert set(phony[1].replace("\\\n", " ").split()) == TARGETS


@pytest.mark.parametrize("path", [path for path in FORMS if path.stem != "config"], ids=lambda path: path.stem)
def test_issue_forms_are_complete(path: Path) -> None:
    """A form has a name, a description and fields with a label each and an id of its own."""
    form = content(path)
    fields = form["body"]
    assert form["name"]
    assert form["description"]
    assert all(field["type"] in ("input", "textarea") and field["attributes"]["label"] for field in fields)
    assert len({field["id"] for field in fields}) == len(fields)


def test_the_citation_is_that_of_this_version() -> None:
    """CITATION.cff has what the format requires, with version and license of the package."""
    citation = content(ROOT / "CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert all(citation[key] for key in ("message", "title", "authors"))
    assert citation["version"] == PROJECT["project"]["version"]
    assert citation["license"] == PROJECT["project"]["license"]


def test_changelog_fragments_are_of_known_kinds() -> None:
    """No fragment is lost at a release: its name says a kind that the changelog has, and it says something."""
    kinds = {kind["directory"] for kind in PROJECT["tool"]["towncrier"]["type"]}
    fragments = [path for path in (ROOT / "changes").iterdir() if path.name != "README.md"]
    for path in fragments:
        name, kind, suffix = path.name.rsplit(".", 2)
        assert re.fullmatch(r"\d+|\+[\w-]+", name), path.name
        assert (kind in kinds, suffix) == (True, "md"), path.name
        assert path.read_text(encoding="utf-8").strip(), path.name
    page = (ROOT / "changes" / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == kinds
    start = PROJECT["tool"]["towncrier"]["start_string"]
    assert (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").count(start) == 1


def test_texts_avoid_the_words_of_the_list() -> None:
    """Pages that have been mended stay so; `make words` says what to write instead."""
    ran = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "words.py")], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert (ran.stdout, ran.stderr, ran.returncode) == ("", "", 0)
