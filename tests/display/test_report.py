"""The report of a forecast: one page that holds everything, needs nothing, and shows names as they are."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import flowdsl

WICKED = "</pre><script>alert(1)</script>"
SHOP = f"""
workspace
  timezone "Europe/Paris"
  capacity sms 100 per hour

flow "Offer {WICKED}"
  when contact visits page
  limit once per contact
  wait 1 day
  then send email "Offer {WICKED}"
  then send sms "Now"

scenario "As a rule"
  # of last year
  assume contact visits page 1 per contact per week
  assume contact opens email 30% to 40% after about 4 hours
"""
PEOPLE = pd.DataFrame({"contact": [f"c{number}" for number in range(100)]})
VOID = {"meta", "img", "br", "hr", "link", "input"}
LOADING = ("src", "href", "xlink:href", "action", "data", "srcset", "poster", "background")


class Page(HTMLParser):
    """A page read strictly: every element is closed in its order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, list[str]] = {}
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), (tag, attrs)
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.text.setdefault(tag, []).append(data)

    def said(self, tag: str) -> str:
        return " ".join(self.text.get(tag, []))


def forecast(**options: Any) -> flowdsl.Forecast:
    told = {"start": "2026-01-05", "days": 7, "replications": 19, "engine": "simpy", "prices": {"sms": 0.05}}
    return flowdsl.forecast(SHOP, PEOPLE, **{**told, **options})


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "deep" / "report.html"
    assert forecast().report(path) == path
    return path.read_text(encoding="utf-8")


def test_a_page_is_sound_html(written: str) -> None:
    """A document of one main part, in a language, with one heading of the first rank, and no id twice."""
    page = Page(written)
    names = [tag for tag, _ in page.tags]
    assert written.startswith("<!doctype html>")
    assert dict(page.tags)["html"] == {"lang": "en"}
    assert (names.count("main"), names.count("h1"), names.count("h2")) == (1, 1, 7)
    assert names[:3] == ["html", "head", "meta"]
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(set(ids)) == len(ids)


def test_a_page_loads_and_runs_nothing(written: str) -> None:
    """No script, no style sheet, no picture from elsewhere; the browser is told to refuse any; names are text."""
    page = Page(written)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "embed", "base", "form"}
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        assert all((attributes.get(name) or "#").startswith("#") for name in LOADING), (tag, attributes)
    assert not re.search(r"url\((?!#)|@import", written)
    [policy] = [one["content"] for tag, one in page.tags if tag == "meta" and "http-equiv" in one]
    assert str(policy).startswith("default-src 'none'")
    assert WICKED in page.said("h1")


def test_a_page_holds_what_is_to_be_known(written: str) -> None:
    """Program, diagram, assumptions with their comments, pictures with words, totals, load, cost, and every period."""
    page = Page(written)
    headings = page.text["h2"]
    for heading in ("What is to come", "In all", "Load on capacity", "What was assumed", "Program", "By period"):
        assert heading in headings
    programs = page.said("pre")
    for words in ('scenario "As a rule"', "# of last year", "30% to 40%", f'send email "Offer {WICKED}"'):
        assert words in programs
    assert programs.count("scenario") == 1
    told = [str(one["aria-label"]) for tag, one in page.tags if tag == "svg"]
    assert len(told) == 6
    assert any(words.startswith("Fan chart of messages a day") for words in told)
    assert any("when contact visits page" in words for words in told)
    rows = sum(tag == "tr" for tag, _ in page.tags)
    assert rows > 14  # 7 days of 2 messages


def test_a_page_says_how_sure_it_is(written: str) -> None:
    """The headline is the total with its prediction interval, and both intervals are explained."""
    total = forecast().regroup(by=()).totals().iloc[0]
    page = Page(written)
    assert f"{round(total['mean']):,}" in page.text["div"]
    assert f"{total['pi_low']:,.0f} – {total['pi_high']:,.0f}" in page.text["div"]
    assert "what one real future will look like" in page.said("p")
    assert "how sure the simulation is of the mean" in page.said("p")


def test_a_forecast_can_be_made_again_from_its_page(written: str) -> None:
    """The call on the page, run with the program and the contacts, gives the same numbers; versions stand beside."""
    page = Page(written)
    [call] = [words for words in page.text["pre"] if words.startswith("flowdsl.forecast(")]
    again = eval(call, {"flowdsl": flowdsl, "program": SHOP, "contacts": PEOPLE})
    assert again.totals().equals(forecast().totals())
    for words in (f"flowdsl {flowdsl.__version__}", f"Python {sys.version.split()[0]}", "sha256:"):
        assert words in page.said("td")


def test_equal_forecasts_make_equal_pages(written: str, tmp_path: Path) -> None:
    """Nothing on a page is of the moment or the machine's memory."""
    forecast().report(tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == written


def test_a_page_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails on the way leaves the old page as it was, and nothing beside it."""
    place = tmp_path / "report.html"
    place.write_text("old")
    found = forecast(prices=None)
    monkeypatch.setattr("flowdsl.atomic_files.os.replace", lambda *about: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        found.report(place)
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]
    assert place.read_text() == "old"


def test_pages_of_plans_and_of_nothing(tmp_path: Path) -> None:
    """A plan is told as the text that it could be written in; a program that sends nothing has a page too."""
    plan = flowdsl.load_plan(flowdsl.dump(SHOP))
    told = flowdsl.forecast(plan, PEOPLE, start="2026-01-05", days=2, replications=19, engine="simpy")
    told.report(tmp_path / "plan.html", title="Of a plan")
    page = Page((tmp_path / "plan.html").read_text(encoding="utf-8"))
    assert page.said("h1") == "Of a plan"
    assert "assume contact opens email 30% to 40%" in page.said("pre")
    calm = flowdsl.forecast(
        'flow "F"\n  when contact joins group\n  then add tag "x"', PEOPLE, start="2026-01-05", days=2, replications=19
    )
    calm.report(tmp_path / "calm.html")
    assert "there is no scenario" in Page((tmp_path / "calm.html").read_text(encoding="utf-8")).said("p")


def test_the_command_line_writes_the_page_and_the_picture(tmp_path: Path) -> None:
    """`flowdsl forecast --report --plot` writes both."""
    (tmp_path / "shop.flow").write_text(SHOP, encoding="utf-8")
    PEOPLE.to_csv(tmp_path / "people.csv", index=False)
    words = "forecast shop.flow --contacts people.csv --start 2026-01-05 --days 3 --replications 19 --engine simpy"
    command = [sys.executable, "-m", "flowdsl", *words.split(), "--report", "page.html", "--plot", "fan.png"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert (tmp_path / "fan.png").read_bytes().startswith(b"\x89PNG")
