"""Diagnostics while typing: places are those of the editor, in its own units; odd messages break nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from flowdsl.notebook import lint


def marked(text: str) -> list[tuple[str, str]]:
    """What the editor underlines, by code; it counts as JavaScript does."""
    units = text.encode("utf-16-le")
    return [
        (diagnostic["code"], units[2 * diagnostic["start"] : 2 * diagnostic["end"]].decode("utf-16-le"))
        for diagnostic in lint.diagnostics_of_cell(text)
    ]


def test_each_diagnostic_is_underlined_where_it_stands() -> None:
    """All diagnostics of the cell at once, the line of %%flow counted."""
    text = "%%flow welcome\nwhen member joins program\nunles has tag\nwait 3 dayz\nthen send chat"
    assert marked(text) == [("E205", "unles"), ("E117", "dayz")]


def test_letters_outside_of_the_basic_plane_move_no_underline() -> None:
    """Emoji count two in an editor."""
    assert marked('%%flow\nwhen member joins program "😀🎉" wait 3 dayz then send chat "é"') == [("E117", "dayz")]


def test_a_right_cell_and_cells_of_python_have_no_diagnostics() -> None:
    """So has one that has just been begun."""
    for text in ("%%flow\nwhen member joins program then send chat", "1 +", "%%flow", "%%flow x\n  \n", "%%flowers\n1"):
        assert lint.diagnostics_of_cell(text) == []


def test_warnings_are_told_as_such() -> None:
    """An editor may draw them in another colour."""
    (diagnostic,) = lint.diagnostics_of_cell('%%flow\nflow "A"\n  when member joins program')
    assert (diagnostic["severity"], diagnostic["code"]) == ("warning", "W302")
    assert diagnostic["help"]


def test_slips_in_the_first_line_are_underlined_there() -> None:
    """The word that is not understood, or the name that cannot be."""
    assert marked("%%flow welcome --fixx\nwhen member joins program then send chat") == [("E750", "--fixx")]
    assert marked("%%flow a-b\nwhen member joins program then send chat") == [("E751", "a-b")]


@pytest.mark.parametrize("end", range(0, 70, 3))
def test_a_program_may_be_broken_off_anywhere(end: int) -> None:
    """While somebody types most texts are wrong; every place lies in the text and has some width."""
    text = '%%flow\nflow "A"\n  when member joins program "Yoga 😀"\n  wait 3 days then send email "x"'[:end]
    size = len(text.encode("utf-16-le")) // 2
    for diagnostic in lint.diagnostics_of_cell(text):
        assert 0 <= diagnostic["start"] < diagnostic["end"] <= size


class Comm:
    """A comm of which a test keeps both ends."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def on_msg(self, asked: Any) -> None:
        self.ask = asked

    def send(self, data: Any) -> None:
        self.sent.append(data)


def test_answers_carry_the_number_of_the_question() -> None:
    """So that an editor can drop those that come too late; what is no question gets no answer."""
    targets: dict[str, Any] = {}
    manager = SimpleNamespace(targets=targets, register_target=targets.__setitem__)
    shell: Any = SimpleNamespace(kernel=SimpleNamespace(comm_manager=manager))
    lint.load(shell)
    comm = Comm()
    targets["flowdsl.lint"](comm, {})
    for data in ({"id": 7, "text": "%%flow\nwhen then"}, {}, None, {"text": 3}, {"id": 8, "text": ""}):
        comm.ask({"content": {"data": data}})
    assert [(answer["id"], len(answer["diagnostics"])) for answer in comm.sent] == [(7, 2), (8, 0)]
    lint.unload(shell)
    assert targets == {}
