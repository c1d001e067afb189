"""Cells: %%flow shows and binds, diagnostics are told without a traceback, repairs go into the cell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from shells import run, shell

import flowdsl
from flowdsl.notebook.magics import filled

GOOD = 'when member joins program "Yoga"\nwait 3 days\nthen send email "Hello"\n'


@pytest.fixture(name="ip", scope="module")
def _ip(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InteractiveShell]:
    with shell(tmp_path_factory.mktemp("ipython")) as one:
        yield one


def test_a_cell_shows_its_diagram_and_binds_its_name(ip: InteractiveShell) -> None:
    """`%%flow NAME` gives the program back, so that the cell shows it, and other cells know it by its name."""
    seen = run(ip, f"%%flow welcome\n{GOOD}")
    assert seen.error is None
    assert seen.value == flowdsl.parse(GOOD) == ip.user_ns["welcome"]
    assert "<img" in seen.html
    assert 'send email "Hello"' in seen.text
    assert "Program(" not in seen.text


def test_a_flow_without_a_name_is_called_after_its_cell(ip: InteractiveShell) -> None:
    """Results and stories call it as the person did; without a name it is the first flow."""
    run(ip, f"%%flow welcome\n{GOOD}")
    assert run(ip, "import flowdsl; flowdsl.dump(welcome)['flows'][0]['name']").value == "welcome"
    assert flowdsl.dump(run(ip, f"%%flow\n{GOOD}").value)["flows"][0]["name"] == "flow 1"


def test_warnings_stand_below_the_diagram(ip: InteractiveShell) -> None:
    """A program with warnings alone is shown and bound; what is doubtful is told after the picture."""
    seen = run(ip, '%%flow idle\nflow "A"\n  when member joins program')
    assert seen.error is None
    assert "idle" in ip.user_ns
    assert 0 <= seen.html.index("<img") < seen.html.index("W302")


def test_every_rule_of_a_cell_is_told_at_once_without_a_traceback(ip: InteractiveShell) -> None:
    """Each with its line as the editor counts it, a mark, and a way out; the exception is a real one."""
    seen = run(ip, "%%flow broken\nwhen member joins program\nunles has tag\nwait 3 dayz\nthen send chat")
    assert isinstance(seen.error, flowdsl.ProgramError)
    assert "broken.flow:3:1" in seen.text
    assert " 3 | unles has tag\n   | ^^^^^\n" in seen.text
    assert "did you mean `unless`?" in seen.text
    assert "did you mean `days`?" in seen.text
    assert "Traceback" not in seen.text
    assert "raised by" not in seen.text
    assert "broken" not in ip.user_ns


def test_a_wrong_cell_leaves_the_name_as_it_was(ip: InteractiveShell) -> None:
    """A program that was bound before stays, until a right one takes its place."""
    run(ip, f"%%flow kept\n{GOOD}")
    run(ip, "%%flow kept\nwhen then")
    assert ip.user_ns["kept"] == flowdsl.parse(GOOD)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--fixx", "did you mean `--fix`?"),
        ("my-flow", "cannot be the name"),
        ("class", "cannot be the name"),
        ("a b", "one name, not 2"),
        ("{x}", "cannot be the name"),
    ],
)
def test_words_that_the_line_does_not_know_are_refused(ip: InteractiveShell, line: str, said: str) -> None:
    """Slips in the line of %%flow are diagnostics like any other, told with a right example."""
    seen = run(ip, f"%%flow {line}\n{GOOD}")
    assert isinstance(seen.error, flowdsl.RunError)
    assert said in seen.text
    assert "Traceback" not in seen.text


def test_an_empty_cell_fails_as_every_wrong_cell_does(ip: InteractiveShell) -> None:
    """A cell of the magic word alone is a error, and no complaint of IPython that tests of notebooks would let pass."""
    for cell in ("%%flow", "%%flow welcome\n", "%%flow\n\n"):
        assert isinstance(run(ip, cell).error, flowdsl.FlowError), cell


def test_fix_puts_repairs_into_the_cell(ip: InteractiveShell) -> None:
    """`--fix` mends what can be mended, shows the program, and leaves a cell without the option."""
    seen = run(ip, "%%flow mended --fix\nwhen member joins program\nunles has tag\nwait 3 dayz\nthen send chat")
    assert seen.error is None
    text = "when member joins program\nunless has tag\nwait 3 days\nthen send chat"
    assert ip.rl_next_input == f"%%flow mended\n{text}"
    assert ip.user_ns["mended"] == flowdsl.parse(text)


def test_fix_does_not_hide_what_it_cannot_mend(ip: InteractiveShell) -> None:
    """What is left is a diagnostic of the cell, told in the lines of the mended text."""
    seen = run(ip, '%%flow half --fix\nwhen member joins program\nunles has tag\nthen go to "x"')
    assert isinstance(seen.error, flowdsl.ProgramError)
    assert [diagnostic.code for diagnostic in seen.error.diagnostics] == ["E211"]
    assert "half.flow:4:1" in seen.text
    assert "half" not in ip.user_ns


def test_fmt_writes_the_cell_in_the_one_style(ip: InteractiveShell) -> None:
    """`--fmt` keeps comments and meaning; a cell that cannot be read is told its diagnostics and stays."""
    run(ip, "%%flow neat --fmt\nWHEN member joins program # who\n  wait 3 days then send chat")
    assert ip.rl_next_input == "%%flow neat\nwhen member joins program  # who\nwait 3 days\nthen send chat"
    assert isinstance(run(ip, "%%flow neat --fmt\nwhen then").error, flowdsl.ProgramError)


def test_codes_are_explained(ip: InteractiveShell) -> None:
    """`%flow_explain` tells one code, in any case, or lists all; of a code that is none it says which are near."""
    assert "unles" in run(ip, "%flow_explain e205").text
    assert "E303" in run(ip, "%flow_explain").text
    seen = run(ip, "%flow_explain E2055")
    assert isinstance(seen.error, flowdsl.RunError)
    assert "E205" in seen.text


def test_diagnostics_of_python_calls_are_shown_without_the_rooms_of_the_package(ip: InteractiveShell) -> None:
    """The same picture of a diagnostic, and the line of the cell that raised it."""
    run(ip, f"%%flow welcome\n{GOOD}")
    seen = run(ip, "import flowdsl\nx = 1\nflowdsl.simulate(welcome, 3)")
    assert isinstance(seen.error, flowdsl.DataError)
    assert "raised by line 3: flowdsl.simulate(welcome, 3)" in seen.text
    assert "because:" in seen.text
    assert "Traceback" not in seen.text
    assert "pipeline.py" not in seen.text


def test_mistakes_in_python_keep_their_traceback(ip: InteractiveShell) -> None:
    """Only diagnostics of FlowDSL are shown in its own way."""
    assert "Traceback" in run(ip, "1 / 0").text


def test_unloading_leaves_the_shell_as_it_was(tmp_path: Path) -> None:
    """No magic word stays behind; loading twice does no harm. Diagnostics need no extension to be shown in full."""
    with shell(tmp_path) as ip:
        run(ip, "%reload_ext flowdsl")
        assert ip.input_transformers_cleanup.count(filled) == 1
        run(ip, "%unload_ext flowdsl")
        assert "flow" not in ip.magics_manager.magics["cell"]
        assert "because:" in run(ip, "import flowdsl\nflowdsl.simulate(3, 3)").text
        run(ip, "%load_ext flowdsl")
