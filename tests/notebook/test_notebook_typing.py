"""Tab and Shift-Tab in cells: what may come next, from grammar, program and tables; what a word means; no Python."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from shells import run, shell

from flowdsl.notebook import completion
from flowdsl.notebook.kernel.kernel import FlowKernel


@pytest.fixture(name="ip", scope="module")
def _ip(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InteractiveShell]:
    with shell(tmp_path_factory.mktemp("ipython")) as one:
        run(one, "import pandas as pd\nplanets = 3")
        one.user_ns["contacts"] = pd.DataFrame(
            {"contact": ["ann", "bob"], "plan": ["pro", "free"], "tags": ["vip", ""]}
        )
        yield one


def offered(ip: InteractiveShell, cell: str) -> list[str]:
    """What Tab offers where `|` stands, as the cell would read with it."""
    cursor = cell.index("|")
    text = cell.replace("|", "")
    with provisionalcompleter():
        found = list(ip.Completer.completions(text, cursor))
    line = text[:cursor].count("\n")
    return [f"{text[: one.start]}{one.text}{text[one.end :]}".split("\n")[line].strip() for one in found]


def test_what_the_grammar_allows_is_offered(ip: InteractiveShell) -> None:
    """In a cell of FlowDSL, and nothing of Python with it."""
    assert offered(ip, "%%flow\nwhen member joins prog|")[0] == "when member joins program"
    assert "wait 3 days" in offered(ip, "%%flow a\nwhen member joins program\nwait 3 d|")
    assert not any("planets" in one for one in offered(ip, "%%flow\nwhen member joins program\nunless pla|"))


def test_where_nothing_fits_python_is_not_asked(ip: InteractiveShell) -> None:
    """A comment, or a word that nothing begins with."""
    assert offered(ip, "%%flow\nwhen member joins program # pla|") == []
    assert offered(ip, "%%flow\nwhen member joins program xyzz|") == []


def test_tables_of_the_namespace_offer_columns_and_values(ip: InteractiveShell) -> None:
    """Those of contacts."""
    assert "unless plan" in offered(ip, "%%flow\nwhen member joins program\nunless pl|")
    assert 'unless plan is "pro"' in offered(ip, '%%flow\nwhen member joins program\nunless plan is "|')
    assert 'unless has tag "vip"' in offered(ip, '%%flow\nwhen member joins program\nunless has tag "v|')


def test_a_quote_that_the_editor_has_closed_is_not_closed_twice(ip: InteractiveShell) -> None:
    """Editors put the second quote by themselves."""
    assert 'unless plan is "pro"' in offered(ip, '%%flow\nwhen member joins program\nunless plan is "p|"')


def test_the_first_line_offers_its_options(ip: InteractiveShell) -> None:
    """Those that do not stand there yet."""
    assert offered(ip, "%%flow welcome --f|\nwhen") == ["%%flow welcome --fix", "%%flow welcome --fmt"]
    assert offered(ip, "%%flow welcome --fix --|\nwhen") == ["%%flow welcome --fix --fmt"]


def test_cells_of_python_are_completed_as_before(ip: InteractiveShell) -> None:
    """Nothing of the language gets in."""
    assert "planets" in offered(ip, "plan|")


def test_a_cursor_may_be_anywhere(ip: InteractiveShell) -> None:
    """In the middle of a word, of a line, of a text with letters of every kind; IPython gets no exception."""
    text = '%%flow é\nwhen member joins program "Yoga 😀"\n  wait 3 days then send email "naïve"\n'
    for cursor in range(len(text) + 1):
        for one in completion.completions(text, cursor):
            assert 0 <= one.start <= cursor <= one.end <= len(text)
        offered(ip, f"{text[:cursor]}|{text[cursor:]}")


def test_tables_are_looked_at_once_and_again_when_they_change() -> None:
    """A million rows do not make anybody wait: only the first are read, and only if the table is a new one."""
    tables = completion.Tables()
    frame = pd.DataFrame({"contact": range(100_000), "plan": ["pro", "free"] * 50_000})
    space: dict[str, object] = {"people": frame, "_12": pd.DataFrame({"contact": [1], "hidden": [1]})}
    first = tables.names(space)
    assert tables.names(space) is first
    assert set(first.columns) == {"plan"}
    frame["country"] = "FR"
    assert set(tables.names(space).columns) == {"plan", "country"}


# --- help -------------------------------------------------------------------------------------------------------------


class Kernel:
    """A kernel that knows Python."""

    def __init__(self) -> None:
        self.comm_manager = SimpleNamespace(register_target=lambda *about: None, targets={})

    async def do_inspect(self, code: str, cursor: int, detail_level: int = 0, omit_sections: Any = ()) -> Any:
        return {"found": True, "data": {"text/plain": f"Python knows {code}"}}


def test_words_of_a_cell_are_helped_with(tmp_path: Path) -> None:
    """Shift-Tab asks the language in its cells, and Python in all others; unloading leaves the kernel as it was."""
    with shell(tmp_path) as ip:
        kernel = ip.kernel = Kernel()
        run(ip, "%reload_ext flowdsl")

        def asked(code: str, cursor: int) -> Any:
            return asyncio.run(kernel.do_inspect(code, cursor, 0, ()))

        cell = "%%flow\nwhen member joins program\nunless has tag"
        found = asked(cell, cell.index("unless") + 2)
        assert "declined" in found["data"]["text/plain"]
        assert "<pre" in found["data"]["text/html"]
        assert "--fix" in asked(cell, 3)["data"]["text/plain"]
        assert asked(f"{cell} ", len(cell) + 1)["found"] is False
        assert asked("print", 3)["data"]["text/plain"] == "Python knows print"
        run(ip, "%unload_ext flowdsl")
        assert "Python knows" in asked(cell, 8)["data"]["text/plain"]
        run(ip, "%load_ext flowdsl")


# --- notebooks of plain FlowDSL ---------------------------------------------------------------------------------------


@pytest.fixture(name="kernel")
def _kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlowKernel]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.csv").write_text("contact,plan\nann,pro\n", encoding="utf-8")
    kernel = FlowKernel()
    kernel.send_response = lambda *about: None
    cells = ['when member joins program "Yoga"\nthen send email "Hello"', "%contacts people.csv"]
    for cell in cells:
        assert asyncio.run(kernel.do_execute(cell, False))["status"] == "ok"
    yield kernel
    asyncio.run(kernel.do_shutdown(False))
    FlowKernel.clear_instance()


def tab(kernel: FlowKernel, cell: str) -> list[str]:
    """What Tab offers where `|` stands."""
    found = asyncio.run(kernel.do_complete(cell.replace("|", ""), cell.index("|")))
    text = cell.replace("|", "")
    whole = [f"{text[: found['cursor_start']]}{one}{text[found['cursor_end'] :]}" for one in found["matches"]]
    return [one.rpartition("\n")[2].strip() for one in whole]


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("when member joins prog|", "when member joins program"),
        ("when member joins group unless pl|", "when member joins group unless plan"),
        ('scenario\n  assume contact opens email "|', 'assume contact opens email "Hello"'),
        ("%sim|", "%simulate"),
        ("%simulate --da|", "%simulate --days"),
        ("%simulate --days 3 --se|", "%simulate --days 3 --seed"),
        ("%show fun|", "%show funnel"),
        ("%contacts peo|", "%contacts people.csv"),
        ("%explain E20|", "%explain E205"),
    ],
)
def test_notebooks_of_plain_flowdsl_complete_programs_and_commands(kernel: FlowKernel, cell: str, line: str) -> None:
    """Names of the program above and of the tables, files, codes, options."""
    assert line in tab(kernel, cell)


def test_contacts_are_offered_to_a_story(kernel: FlowKernel) -> None:
    """Once there is a simulation to tell of."""
    assert tab(kernel, "%story an|") == []
    asyncio.run(kernel.do_execute("%simulate --days 3", False))
    assert tab(kernel, "%story an|") == ["%story ann"]


def test_notebooks_of_plain_flowdsl_help_with_words_and_commands(kernel: FlowKernel) -> None:
    """What a keyword, a column or a command means."""

    def told(cell: str) -> str:
        found = asyncio.run(kernel.do_inspect(cell.replace("|", ""), cell.index("|")))
        return str(found["data"].get("text/plain", ""))

    assert "declined" in told("when member joins program\nunl|ess has tag")
    assert "It has pro" in told("when member joins program\nunless pl|an is known")
    assert "--warm-from" in told("%sim|ulate --days 3")
    assert told("%nothing|") == ""
