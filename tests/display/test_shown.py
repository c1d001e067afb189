"""What results show of themselves: pictures by kind, cohorts, headline numbers, and errors for what there is not."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

import flowdsl
from flowdsl import Results, RunError
from flowdsl.forecasting.hours import Expected

WICKED = "<script>alert(1)</script>"
SHOP = f"""
workspace
  timezone "Europe/Paris"
  capacity sms 1000 per hour

flow "{WICKED}"
  when contact visits page
  limit once per contact
  wait 1 day
  then send email "{WICKED}"
  wait until opened "{WICKED}" for up to 3 days
  if it happened
    then send sms "Details"
  end

scenario
  assume contact visits page 1 per contact per week
  assume contact opens email 30% to 40% after about 4 hours
"""
PEOPLE = pd.DataFrame({"contact": [f"c{number}" for number in range(150)]})
OPTIONS: dict[str, Any] = {"start": "2026-01-05", "days": 21}


@pytest.fixture(scope="module")
def results() -> Results:
    return flowdsl.simulate(SHOP, PEOPLE, engine="simpy", **OPTIONS)


@pytest.fixture(scope="module")
def found() -> flowdsl.Forecast:
    return flowdsl.forecast(SHOP, PEOPLE, engine="simpy", replications=19, prices={"sms": 0.05}, **OPTIONS)


class Page(HTMLParser):
    """The elements of a page, and what a reader sees of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def page(of: Any) -> Page:
    """The HTML of a result; it has one picture with words, and what is a name is no element."""
    read = Page(of._repr_html_())
    assert [attributes["alt"] for tag, attributes in read.tags if tag == "img"]
    assert "script" not in {tag for tag, _ in read.tags}
    return read


# --- results ----------------------------------------------------------------------------------------------------------


def test_sends_are_drawn_by_day_and_channel_on_the_clock_of_the_workspace(results: Results) -> None:
    """The tops of the columns are the messages a day that a plain count of rows gives."""
    [panel] = results.plot().axes
    sent = results.sends[results.sends["status"] == "sent"]
    days = sent["time"].dt.tz_convert("Europe/Paris").dt.date.value_counts().sort_index()
    tops = np.max([[bar.get_y() + bar.get_height() for bar in bars] for bars in panel.containers], axis=0)
    assert tops[tops > 0].tolist() == days.tolist()


@pytest.mark.parametrize("kind", ["sends", "funnel", "cohorts", "hours"])
def test_every_kind_of_picture_is_drawn(results: Results, kind: str) -> None:
    """A picture of each kind is a matplotlib Figure with a title, of the size that is asked for."""
    from matplotlib.figure import Figure

    picture = results.plot(kind, title="As it was", size=(5, 4))
    assert isinstance(picture, Figure)
    assert picture.get_size_inches().tolist() == [5, 4]
    assert picture.texts[0].get_text() == "As it was"


def test_counts_alone_draw_all_but_cohorts() -> None:
    """With records="counts" there are no runs to follow, and the diagnostic says what keeps them."""
    counted = flowdsl.simulate(SHOP, PEOPLE, engine="simpy", records="counts", **OPTIONS)
    for kind in ("sends", "funnel", "hours"):
        assert counted.plot(kind).alt
    with pytest.raises(RunError, match="E807"):
        counted.plot("cohorts")


def test_results_of_nothing_are_drawn() -> None:
    """Where nothing was sent, and nobody entered, pictures say so."""
    calm = flowdsl.simulate(SHOP, PEOPLE.head(0), engine="simpy", **OPTIONS)
    for kind, words in (("sends", "there are none"), ("hours", "there are none"), ("cohorts", "nobody entered")):
        assert words in calm.plot(kind).alt
    assert "message" in " ".join(page(calm).words)


@pytest.mark.parametrize(
    ("kind", "options", "code", "said"),
    [
        ("pie", {}, "E813", '"funnel"'),
        ("funel", {}, "E813", 'did you mean "funnel"?'),
        ("funnel", {"flows": "x"}, "E813", 'did you mean "flow"?'),
        ("sends", {"size": 3}, "E813", "inches"),
        ("sends", {"size": (1, 1)}, "E813", "inches"),
        ("funnel", {"flow": "x"}, "E806", "no flow"),
        ("sends", {"by": "colour"}, "E802", "colour"),
        ("cohorts", {"until": "spring"}, "E809", "exit"),
        ("hours", {"zone": "Paris"}, "E803", "Paris"),
    ],
)
def test_pictures_that_there_are_not(
    results: Results, kind: str, options: dict[str, Any], code: str, said: str
) -> None:
    """An unknown kind, option, flow or column is told with what there is."""
    with pytest.raises(RunError) as caught:
        results.plot(kind, **options)
    assert code in str(caught.value)
    assert said in str(caught.value)


def test_cohorts_count_runs_by_week_and_whole_days(results: Results) -> None:
    """Counts and shares are those of a plain loop over the runs; what is not over yet is missing."""
    table = results.cohorts(zone="Europe/Paris")
    runs = results.runs[results.runs["status"] != "declined"]
    weeks = runs["started"].dt.tz_convert("Europe/Paris").dt.tz_localize(None).dt.to_period("W").dt.start_time
    for (week, days), row in table.set_index(["week", "days"]).iterrows():
        those = runs[weeks == week]
        length = (those["ended"] - those["started"]) // pd.Timedelta(days=1)
        assert row["entered"] == len(those)
        assert row["count"] == (length == days).sum()
        is_over = those["started"].max() + pd.Timedelta(days=days + 1) <= results.until
        assert np.isnan(row["share"]) == (not is_over)
        assert not is_over or row["share"] == pytest.approx(100 * row["count"] / len(those))
    assert table["count"].sum() == runs["ended"].notna().sum() > 0


def test_cohorts_until_the_first_message(results: Results) -> None:
    """Whoever waits a day has the first message after one day."""
    table = results.cohorts("send")
    assert table[table["count"] > 0]["days"].unique().tolist() == [1]
    sent = results.sends[results.sends["status"] == "sent"]
    assert table["count"].sum() == sent.drop_duplicates(["contact", "run"])["contact"].size


def test_results_show_their_numbers_in_notebooks(results: Results) -> None:
    """Contacts, runs and messages stand above the picture; names of the program are text."""
    read = page(results)
    sent = int((results.sends["status"] == "sent").sum())
    for words in ("150", "contacts", str(sent), "messages sent", WICKED):
        assert words in read.words


# --- forecasts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["fan", "stack", "hours", "cost", "load"])
def test_every_picture_of_a_forecast_is_drawn(found: flowdsl.Forecast, kind: str) -> None:
    """Each kind gives a picture with words."""
    assert found.plot(kind).alt.endswith(".")


def test_the_fan_of_a_forecast_is_its_table(found: flowdsl.Forecast) -> None:
    """The line is the mean of all messages; by channel there is a panel for each."""
    [panel] = found.plot().axes
    [mean] = [one for one in panel.lines if one.get_label() == "mean"]
    assert mean.get_ydata().tolist() == found.regroup(by=()).to_frame()["mean"].tolist()
    titles = [one.get_title(loc="left") for one in found.plot(by="channel").axes]
    assert titles == ["email", "sms"]


def test_pictures_of_a_forecast_that_there_are_not(found: flowdsl.Forecast) -> None:
    """Unknown kinds, measures and periods are diagnostics, and so are costs without prices."""
    for options, code in (({"kind": "pie"}, "E813"), ({"every": "month"}, "E707"), ({"level": 0.5}, "E813")):
        with pytest.raises(RunError, match=code):
            found.plot(**options)
    with pytest.raises(RunError, match='did you mean "queue"'):
        found.plot("load", measure="queues")


def test_a_forecast_shows_its_headline_in_notebooks(found: flowdsl.Forecast) -> None:
    """How many messages, how sure, and what the intervals mean."""
    read = page(found)
    every = found.regroup(by=()).totals().iloc[0]
    assert f"{round(every['mean']):,}" in read.words
    assert f"{every['pi_low']:,.0f} – {every['pi_high']:,.0f}" in read.words
    assert any("one real future" in words for words in read.words)


def test_an_exact_forecast_is_shown_without_intervals(found: flowdsl.Forecast) -> None:
    """Its picture has a line, and its headline no interval."""
    hourly = Expected(found.hourly.sendings, found.hourly.span, np.ones((len(found.hourly.sendings), 21 * 24)))
    exact = replace(found, hourly=hourly, method="exact", servers={})
    assert "without intervals" in exact.plot().texts[1].get_text()
    assert not any("prediction interval" in words for words in page(exact).words)


def test_a_comparison_shows_differences_to_its_base() -> None:
    """Each variant has its difference, with a sign, above a picture that names the base."""
    variants = {"today": SHOP, "no wait": SHOP.replace("wait 1 day", "wait 1 hour")}
    found = flowdsl.compare(variants, PEOPLE, engine="simpy", replications=19, **OPTIONS)
    read = page(found)
    total = found.regroup(by=()).totals()["mean"].iloc[0]
    assert f"{total:+,.1f}" in read.words
    assert 'Difference to "today"' in found.plot().alt


def test_a_sweep_has_a_line_for_each_of_the_other_values() -> None:
    """Below stands what is varied, or another name with `over`; an unknown one is a diagnostic."""
    program = "param pause 1 day\n" + SHOP.replace("wait 1 day", "wait pause")
    values = {"pause": ["1 day", "3 days"], "opens email": [0.2, 0.6]}
    found = flowdsl.sweep(program, values, PEOPLE, engine="simpy", replications=19, **OPTIONS)
    [panel] = found.plot().axes
    assert panel.get_xlabel() == "pause"
    assert {"opens email 0.2", "opens email 0.6"} <= {line.get_label() for line in panel.lines}
    assert found.plot(over="opens email").axes[0].get_xlabel() == "opens email"
    with pytest.raises(RunError, match="E813"):
        found.plot(over="weather")
    assert "combinations" in page(found).words
