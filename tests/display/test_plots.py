"""Pictures: what they show is what the tables say, and whoever looks at a small one can read all of it."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from itertools import combinations
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pictures
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.text import Text
from pictures import LIMITS, WICKED

from flowdsl.display import plots
from flowdsl.display.plots import scales
from flowdsl.display.plots.style import EMPTY, INK, MUTED, PAPER, SERIES

EVERY = dict(pictures.every())


@pytest.fixture(params=EVERY, scope="module")
def picture(request: pytest.FixtureRequest) -> plots.Picture:
    return EVERY[request.param]()


def texts(picture: plots.Picture) -> list[Text]:
    """All that is written and seen."""
    found = [
        text
        for text in picture.findobj(Text)
        if isinstance(text, Text) and text.get_visible() and text.get_text().strip()
    ]
    hidden = [panel for panel in picture.axes if not panel.get_visible()]
    return [text for text in found if not any(text in panel.findobj(Text) for panel in hidden)]


@cache
def svg(picture: plots.Picture) -> str:
    return picture.svg("left")


def words(picture: plots.Picture) -> str:
    return " ".join(text.get_text().replace("\n", " ") for text in texts(picture))


# --- all of them ------------------------------------------------------------------------------------------------------


def test_nothing_is_cut_off(picture: plots.Picture) -> None:
    """Every letter lies within the picture."""
    width, height = picture.get_size_inches() * picture.dpi
    for text in texts(picture):
        box = text.get_window_extent(picture.renderer)
        assert box.x0 > -1
        assert box.y0 > -1
        assert box.x1 < width + 1
        assert box.y1 < height + 1, text.get_text()


def test_nothing_overlaps(picture: plots.Picture) -> None:
    """No two texts lie on each other."""
    boxes = [(text.get_text(), text.get_window_extent(picture.renderer)) for text in texts(picture)]
    for (one, first), (other, second) in combinations(boxes, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        down = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert across <= 1 or down <= 1, (one, other)


def test_letters_are_large_and_dark(picture: plots.Picture) -> None:
    """Text has at least 6 points and a contrast to the paper of 4.5 to 1 (WCAG AA)."""
    for text in texts(picture):
        assert text.get_fontsize() >= 6, text.get_text()
        assert contrast(text.get_color(), PAPER) >= 4.5, text.get_text()


def test_it_says_in_words_what_it_shows(picture: plots.Picture) -> None:
    """The description is a sentence, and stands with the picture, escaped."""
    assert picture.alt.endswith(".")
    assert len(picture.alt) > 10
    [told] = [dict(attributes)["aria-label"] for name, attributes in parsed(svg(picture)).tags if name == "svg"]
    assert told == picture.alt


def test_a_notebook_shows_a_picture_with_its_words() -> None:
    """Shown by itself a picture is an image that holds everything, described in words."""
    picture = plots.funnel(pictures.steps([WICKED]))
    [(name, attributes)] = parsed(picture._repr_html_()).tags
    told = dict(attributes)
    assert name == "img"
    assert told["alt"] == picture.alt
    assert str(told["src"]).startswith("data:image/png;base64,")
    assert told["width"] == "400"


def test_a_picture_is_a_sober_svg(picture: plots.Picture) -> None:
    """In a page there are no scripts, styles or addresses in it, and each id is its own and begins with its name."""
    page = parsed(svg(picture))
    ids = [value for _, attributes in page.tags for name, value in attributes if name == "id"]
    assert len(set(ids)) == len(ids)
    assert all(one and one.startswith("left-") for one in ids)
    assert not {name for name, _ in page.tags} & {"script", "style", "image", "metadata", "foreignobject"}
    used = [value or "" for _, attributes in page.tags for name, value in attributes if name in ("href", "xlink:href")]
    assert all(one.startswith("#left-") for one in used)


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))


def parsed(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    return page


def luminance(colour: Any) -> float:
    """Relative luminance of a colour (WCAG 2.2)."""
    parts = np.array(matplotlib.colors.to_rgb(colour))
    return float(np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722))


def contrast(one: Any, other: Any) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


# --- the style --------------------------------------------------------------------------------------------------------


def test_settings_of_matplotlib_change_nothing_and_stay() -> None:
    """A picture looks alike whatever style a user has set, and the setting is as it was."""
    plain = plots.fan(pictures.numbers()).png()
    wild = {"axes.grid": True, "axes.facecolor": "black", "text.color": "red", "axes.spines.right": True}
    wild |= {"lines.linestyle": "--", "xtick.top": True, "ytick.minor.visible": True, "axes.titlelocation": "right"}
    with matplotlib.rc_context(wild):
        before = dict(matplotlib.rcParams)
        assert plots.fan(pictures.numbers()).png() == plain
        assert dict(matplotlib.rcParams) == before


def test_pyplot_is_never_loaded_and_matplotlib_only_for_pictures() -> None:
    """`import flowdsl`, and results without pictures, need no matplotlib; pictures need no pyplot."""
    script = """if True:
        import sys
        import flowdsl, flowdsl.display, flowdsl.display.forecasts
        assert not any(name.startswith("matplotlib") for name in sys.modules)
        import flowdsl.display.plots
        assert "matplotlib.figure" in sys.modules
        assert "matplotlib.pyplot" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", script], check=True)


def test_colours_are_told_apart_by_the_colour_blind() -> None:
    """Seen without red, or without green, the colours of series still differ (Viénot, Brettel & Mollon 1999)."""
    lacking = {
        "protanopia": ((0.11238, 0.88762, 0), (0.11238, 0.88762, 0), (0.00401, -0.00401, 1)),
        "deuteranopia": ((0.29275, 0.70725, 0), (0.29275, 0.70725, 0), (-0.02234, 0.02234, 1)),
    }
    for sight in lacking.values():
        seen = [np.array(sight) @ matplotlib.colors.to_rgb(colour) for colour in SERIES]
        assert min(float(np.abs(one - other).max()) for one, other in combinations(seen, 2)) > 0.1


def test_grounds_and_letters_of_a_page_can_change_with_its_theme() -> None:
    """Ink, paper and rules are variables of the page, so that a dark page has dark pictures."""
    svg = plots.funnel(pictures.steps(["Offer"])).svg("f")
    assert not any(colour in svg for colour in (PAPER, INK, MUTED, EMPTY))
    assert "var(--ink)" in svg
    assert "var(--paper)" in svg


def test_equal_tables_give_equal_pictures() -> None:
    """Neither time nor chance is in a picture."""
    one, other = (plots.fan(pictures.numbers()) for _ in range(2))
    assert (one.png(), one.svg("fan")) == (other.png(), other.svg("fan"))


def test_missing_letters_become_boxes_and_dollars_stay() -> None:
    """Names are written as they are: no formulas, no line breaks; what no font has is a box."""
    shown = words(plots.fan(pictures.numbers(), title="costs $5\nor $6 \U0001fa77"))
    assert "costs $5 or $6 □" in shown


# --- scales -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "every", "shown"),
    [
        ("2026-01-05", "2026-01-07", "day", ["5 Jan\n2026", "6 Jan", "7 Jan"]),
        ("2026-01-05 00:00", "2026-01-05 23:00", "hour", ["00:00\n5 Jan 2026", "06:00", "12:00", "18:00"]),
        ("2026-01-01", "2026-02-10", "day", ["5 Jan\n2026", "12 Jan", "19 Jan", "26 Jan", "2 Feb", "9 Feb"]),
        ("2025-10-15", "2026-03-10", "day", ["Nov\n2025", "Dec", "Jan\n2026", "Feb", "Mar"]),
        ("2020-01-01", "2029-06-01", "day", ["2020", "2022", "2024", "2026", "2028"]),
        ("2026-01-05", "2026-01-05", "day", ["5 Jan\n2026"]),
    ],
)
def test_dates_are_few_and_round(first: str, last: str, every: str, shown: list[str]) -> None:
    """Marks stand at round dates; the year is said once, and again when it changes."""
    low, high = scales.days([first, last])
    assert scales.date_marks(low, high, every)[1] == shown


def test_dates_stand_where_matplotlib_expects_them() -> None:
    """Who draws on along uses matplotlib's own dates."""
    from matplotlib import dates

    assert scales.days(["2026-01-05 12:00"])[0] == dates.date2num(pd.Timestamp("2026-01-05 12:00"))


# --- what they show ---------------------------------------------------------------------------------------------------


def areas(panel: Any, name: str) -> tuple[Any, Any]:
    """Lower and upper ends of the band of a name."""
    [found] = [one for one in panel.collections if one.get_label() == name]
    corners = found.get_paths()[0].vertices
    at = np.unique(corners[:, 0])
    return tuple(np.array([end(corners[corners[:, 0] == one, 1]) for one in at]) for end in (np.min, np.max))  # type: ignore[return-value]


def line(panel: Any, name: str) -> Any:
    [found] = [one for one in panel.lines if one.get_label() == name]
    return found


def test_a_fan_shows_mean_and_both_intervals() -> None:
    """The line is the mean at its dates; bands are the prediction interval and, narrower, the confidence interval."""
    table = pictures.numbers()
    [panel] = plots.fan(table).axes
    assert np.allclose(line(panel, "mean").get_ydata(), table["mean"])
    assert np.allclose(line(panel, "mean").get_xdata(), scales.days(table["date"]))
    for name, kind in (("prediction interval", "pi"), ("confidence interval", "ci")):
        low, high = areas(panel, name)
        assert np.allclose(low, table[f"{kind}_low"])
        assert np.allclose(high, table[f"{kind}_high"])
    assert panel.get_ylim()[0] == 0
    assert panel.get_ylim()[1] >= table["pi_high"].max()


def test_a_fan_names_and_explains_its_intervals() -> None:
    """Both intervals are named beside the lines, and the heading says what they mean; heights have a unit."""
    shown = words(plots.fan(pictures.numbers(), level=0.95))
    for phrase in ("95% prediction interval", "confidence interval", "one real future", "how sure", "messages a day"):
        assert phrase in shown


def test_exact_numbers_have_no_bands() -> None:
    """What was worked out without chance has a line alone, and says so."""
    picture = EVERY["fan exact"]()
    assert not picture.axes[0].collections
    assert "without intervals" in words(picture)


def test_groups_have_panels_of_their_own_and_the_rest_is_told() -> None:
    """The six largest groups are drawn under their names; how many are not is said."""
    picture = EVERY["fan many"]()
    seen = [panel for panel in picture.axes if panel.get_visible()]
    assert [panel.get_title(loc="left") for panel in seen] == [f"group {number}" for number in range(6)]
    assert "3 smaller ones are not shown" in words(picture)
    assert "3 smaller ones" in picture.alt


def test_a_stack_adds_up() -> None:
    """Columns stand on each other; the highest top is the sum of all groups."""
    table = pictures.grouped(["email", "sms"])
    [panel] = plots.stacked(table).axes
    bars = {container.get_label(): container for container in panel.containers}
    tops = [bar.get_y() + bar.get_height() for bar in bars["sms"]]
    assert np.allclose(tops, table.groupby("date")["mean"].sum())
    assert np.allclose([bar.get_height() for bar in bars["email"]], pictures.numbers()["mean"])
    assert {"email", "sms"} <= {text.get_text() for text in texts(plots.stacked(table))}


def test_small_groups_of_a_stack_are_drawn_together() -> None:
    """Of more than six groups the least ones are one layer, so that none is lost."""
    picture = EVERY["stack areas"]()
    assert "4 others" in words(picture)
    table = pictures.grouped([f"group {number}" for number in range(9)], periods=90)
    top = max(float(one.get_paths()[0].vertices[:, 1].max()) for one in picture.axes[0].collections)
    assert np.isclose(top, table.groupby("date")["mean"].sum().max())


def test_a_funnel_has_a_bar_a_step_as_long_as_its_share() -> None:
    """Bars are shares of those that entered, number and share beside them; an end that nobody reached is left out."""
    picture = EVERY["funnel"]()
    [panel] = picture.axes
    lengths = {bars.get_label(): bars[0].get_width() for bars in panel.containers}
    assert lengths["30% short"] == 32.4
    assert lengths["entered"] == 100
    shown = words(picture)
    assert all(number in shown for number in ("12,345", "32%", "<0.1%"))
    assert "end" not in {text.get_text() for text in texts(picture)}


def test_cells_are_the_numbers() -> None:
    """Hours and days of the week, weeks and days since: each cell has the number of its row and column."""
    picture = plots.hours(pictures.hourly())
    [cells] = [one for one in picture.axes[0].collections if isinstance(one, QuadMesh)]
    grid = np.asarray(cells.get_array()).reshape(7, 24)
    assert grid[2, 10] == 100
    assert grid[6, 23] == 100 - 40 - 13
    assert "Wed 10:00: 100" in words(picture)
    picture = EVERY["cohorts"]()
    [cells] = [one for one in picture.axes[0].collections if isinstance(one, QuadMesh)]
    found = np.ma.asarray(cells.get_array()).reshape(8, 15)
    assert np.isclose(found[0, 3], 10 * 0.9**3)
    assert found[7, 0] is np.ma.masked
    assert "5 Jan (100)" in words(picture)
    assert "not over yet" in words(picture)


def test_differences_have_a_line_at_none() -> None:
    """Zero is always seen; what is more has a plus."""
    for name in ("difference", "difference negative"):
        panel = EVERY[name]().axes[0]
        low, high = panel.get_ylim()
        assert low <= 0 <= high
        assert set(line(panel, "no difference").get_ydata()) == {0}
    assert "+200" in words(EVERY["difference"]())
    assert "+" not in words(EVERY["difference negative"]())


def test_a_back_test_shows_what_came_and_what_missed() -> None:
    """Dots are what came, red outside of the band; the naive forecasts have lines; the heading counts the hits."""
    table = pictures.tested(["email"]).drop(columns="channel")
    picture = plots.backtest(table)
    [panel] = picture.axes
    [dots] = [one for one in panel.collections if one.get_label() == "what came"]
    assert np.allclose(dots.get_offsets()[:, 1], table["actual"])
    outside = (table["actual"] > table["pi_high"]).to_numpy()
    is_red = dots.get_facecolors()[:, 0] > 0.5
    assert outside.any()
    assert (is_red == outside).all()
    assert np.allclose(line(panel, "last week again").get_ydata(), table["last_week"])
    assert f"{int((~outside).sum())} of 28 days lay in the 90% prediction interval" in words(picture)


def test_a_sweep_stands_at_its_values() -> None:
    """Numbers stand where they belong; words one after another, as they came; each dot is the mean."""
    [panel] = EVERY["sweep"]().axes
    assert np.allclose(line(panel, "mean").get_xdata(), [0.1, 0.2, 0.4])
    assert np.allclose(line(panel, "mean").get_ydata(), pictures.swept([1, 2, 3])["mean"])
    [panel] = EVERY["sweep words"]().axes
    assert list(line(panel, "mean").get_xdata()) == list(range(11))
    assert panel.get_xlabel() == "pause"


def test_estimates_are_drawn_as_parts_of_themselves() -> None:
    """A limit a seventh below its estimate stands at -14%; one that is unknown is not drawn."""
    [panel] = EVERY["estimates"]().axes
    [bars] = [one for one in panel.collections if one.get_label() == "interval"]
    ends = [segment[:, 0] for segment in bars.get_segments()]
    assert np.allclose(ends[0], [-100 / 7, 100 / 7])
    assert "35%" in words(EVERY["estimates"]())


def test_wicked_names_are_shortened_not_lost() -> None:
    """A name too long for its place keeps its beginning and its end."""
    shown = words(EVERY["stack wicked"]())
    assert WICKED[:3] in shown
    assert "…" in shown


def test_limits_are_the_columns_of_forecasts() -> None:
    """Pictures and forecasts speak of the same columns."""
    from flowdsl.forecasting.intervals import Intervals

    assert Intervals._fields == LIMITS
