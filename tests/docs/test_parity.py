"""The page of parity: every row of five products, said in words that stand in an example which the tests run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "parity.md"
ROW = re.compile(r"^\| ([A-Z]\d) \| .*? \| `(.*?)` \| (.*?) \|$", re.MULTILINE)
ROWS = ROW.findall(PAGE.read_text(encoding="utf-8"))
PRODUCTS = {"W": 9, "Y": 7, "S": 8, "M": 9, "C": 7}
LATER = {"C7"}  # the live runtime's; the page says so


def test_every_row_of_every_product_is_there() -> None:
    """Nothing of the five products is passed over: a row says how, or the page says that it is not there yet."""
    wanted = {f"{product}{number + 1}" for product, count in PRODUCTS.items() for number in range(count)}
    assert {row for row, _, _ in ROWS} == wanted - LATER
    assert all(f"{row}, " in PAGE.read_text(encoding="utf-8") for row in LATER)


@pytest.mark.parametrize(("row", "words", "links"), ROWS, ids=[row for row, _, _ in ROWS])
def test_the_words_of_a_row_stand_in_the_example(row: str, words: str, links: str) -> None:
    """Who follows the first link, which is named after its file, finds the words there, line ends apart."""
    name, path = re.findall(r"\[(.*?)\]\((.*?)\)", links)[0]
    assert name.endswith(".flow")
    assert name == Path(path).name
    assert words in " ".join((PAGE.parent / path).read_text(encoding="utf-8").split())
