"""The win-back example on real purchases (CDNOW), held against plain pandas that knows nothing of FlowDSL."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from flowdsl.chance.leaving import Seen
from flowdsl.fitting.counts import gamma_poisson
from flowdsl.fitting.leaving import _constant, bg, fit_leaving, pareto

if TYPE_CHECKING:
    from flowdsl import Backtest, Results

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "winback"
UNTIL = pd.Timestamp("1998-07-01")
FIRST, SECOND = pd.Timedelta(days=30), pd.Timedelta(days=44)


@pytest.fixture(scope="module")
def results() -> Results:
    """What the example's own script makes of the purchases, which it fetches."""
    results: Results = runpy.run_path(str(EXAMPLE / "run.py"))["replay"]()
    return results


@pytest.fixture(scope="module")
def purchases(results: Results) -> pd.DataFrame:
    """The table in the wheel, a row a purchase, with the day of the customer's next one (none: missing).

    The sort is stable, so that purchases of one day keep their order, and each but the last has that day as its next.
    """
    (wheel,) = (EXAMPLE / "data").glob("*.whl")
    with zipfile.ZipFile(wheel) as files, files.open("lifetimes/datasets/CDNOW_master.txt") as file:
        names = ["contact", "day", "cds", "dollars"]
        rows = pd.read_csv(file, sep=r"\s+", skiprows=1, names=names, dtype={"contact": str, "day": str})
    rows["day"] = pd.to_datetime(rows["day"], format="%Y%m%d").astype("datetime64[ms]")
    rows = rows.sort_values(["contact", "day"], kind="stable", ignore_index=True)
    rows["next"] = rows.groupby("contact")["day"].shift(-1)
    rows["run"] = rows.groupby("contact").cumcount() + 1
    return rows


def test_sends_are_those_of_plain_pandas_row_for_row(results: Results, purchases: pd.DataFrame) -> None:
    """A message goes out 30 and 44 days after each purchase, unless the next one comes before, or on that very day."""
    left_at = purchases["next"].fillna(UNTIL)
    waits = {"We miss you": FIRST, "A gift for your return": SECOND}
    expected = pd.concat(
        purchases.assign(time=purchases["day"] + wait, message=message)[purchases["day"] + wait < left_at]
        for message, wait in waits.items()
    ).sort_values(["contact", "time"], kind="stable")
    sends = results.sends
    assert set(sends["status"]) == {"sent"}
    assert set(sends["channel"]) == {"email"}
    assert len(sends) > 40_000
    assert_frame_equal(plain(sends), plain(expected))


def plain(sends: pd.DataFrame) -> pd.DataFrame:
    """Who got what and when, and in which run, as plain texts, numbers and times without zone."""
    columns = {
        "contact": sends["contact"].astype(str).to_numpy(),
        "time": as_moments(sends["time"]).to_numpy(),
        "run": sends["run"].to_numpy(dtype="int64"),
        "message": sends["message"].astype(str).to_numpy(),
    }
    return pd.DataFrame(columns)


def as_moments(times: pd.Series[pd.Timestamp]) -> pd.Series[pd.Timestamp]:
    """Moments in UTC, without saying so."""
    aware = times.dt.tz is not None
    return (times.dt.tz_convert("UTC").dt.tz_localize(None) if aware else times).astype("datetime64[ms]")


def test_every_purchase_starts_a_run_and_ends_the_one_before(results: Results, purchases: pd.DataFrame) -> None:
    """A run is left at the customer's next purchase, is over after 44 days, or is pending where the table ends."""
    runs = results.runs
    over = purchases["day"] + SECOND
    left = purchases["next"].notna() & (purchases["next"] <= over)
    done = ~left & (over < UNTIL)
    status = pd.Series("pending", purchases.index).mask(left, "exited").mask(done, "completed")
    ended = purchases["next"].where(left).mask(done, over)
    # With the limit of one at a time no entry is ever refused: the purchase that could meet a run has ended it.
    assert len(runs) == len(purchases) == 69_659
    assert runs["contact"].astype(str).tolist() == purchases["contact"].tolist()
    assert runs["run"].tolist() == purchases["run"].tolist()
    assert as_moments(runs["started"]).tolist() == purchases["day"].tolist()
    assert runs["status"].astype(str).tolist() == status.tolist()
    assert as_moments(runs["ended"]).fillna(UNTIL).tolist() == ended.fillna(UNTIL).tolist()
    assert set(runs["reason"][runs["status"] == "completed"]) == {"still away"}


def test_several_purchases_at_one_instant_leave_one_run(results: Results, purchases: pd.DataFrame) -> None:
    """Of purchases at one instant each ends the run of the one before on the spot; only the last one's lives on."""
    same_day = purchases.groupby(["contact", "day"]).size()
    assert int((same_day > 1).sum()) == 1_774
    at_once = results.runs[results.runs["started"] == results.runs["ended"]]
    assert len(at_once) == int((same_day - 1).sum())
    assert set(at_once["status"]) == {"exited"}
    sends = results.sends.merge(at_once[["contact", "run"]], on=["contact", "run"])
    assert sends.empty


def test_golden_readme_shows_what_the_script_prints(
    results: Results, capsys: pytest.CaptureFixture[str], golden: Callable[[Path, str], None]
) -> None:
    """The output in the example's README is the output of its script."""
    runpy.run_path(str(EXAMPLE / "run.py"))["show"](results)
    held(golden, 0, capsys.readouterr().out)


def held(golden: Callable[[Path, str], None], number: int, printed: str) -> None:
    """Holds what was printed against a block of the example's README."""
    page = EXAMPLE / "README.md"
    parts = re.split(r"(?<=```text\n)(.*?)(?=```)", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert parts[1 + 2 * number]
    parts[1 + 2 * number] = printed
    golden(page, "".join(parts))


def test_failing_to_fetch_is_told_in_one_sentence(tmp_path: Path) -> None:
    """Without a package index the script says what could not be fetched, ends with 1, and leaves nothing behind."""
    folder = tmp_path / "data"
    command = [sys.executable, str(EXAMPLE / "fetch.py"), str(folder)]
    offline = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    done = subprocess.run(command, env=offline, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "The CDNOW purchases could not be fetched: pip could not download lifetimes==0.11.3." in done.stderr
    assert list(folder.iterdir()) == []


# --- forecasts of it --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tested(results: Results) -> dict[str, Backtest]:
    """The two ways of forecasting that the example tries; the purchases have been fetched."""
    sys.path.insert(0, str(EXAMPLE))
    try:
        found: dict[str, Backtest] = runpy.run_path(str(EXAMPLE / "backtest.py"))["tests"]()
    finally:
        sys.path.remove(str(EXAMPLE))
    return found


def test_steady_rates_forecast_too_much_and_say_so(tested: dict[str, Backtest]) -> None:
    """Customers who stay away for good are no part of the model: half too much, and the fit told of it beforehand."""
    steady = tested["steady"]
    assert steady.fitted is not None
    assert "the rate fades: a forecast will be too high" in steady.fitted.text
    assert 0.4 < steady.scores().iloc[-1]["bias"] < 0.6
    assert steady.scores().iloc[-1]["coverage"] < 0.1


def test_customers_own_past_is_better_by_far(tested: dict[str, Backtest]) -> None:
    """A third of the error of steady rates over nine months, by the plain call, and no warning that a rate fades."""
    scores, steady = (tested[name].scores().iloc[-1] for name in ("own past", "steady"))
    assert "BG/NBD" in tested["own past"].fitted.text
    assert "fades" not in tested["own past"].fitted.text
    assert abs(scores["bias"]) < 0.15
    assert scores["wape"] < steady["wape"] / 3


def test_golden_readme_shows_how_good_they_are(
    tested: dict[str, Backtest], capsys: pytest.CaptureFixture[str], golden: Callable[[Path, str], None]
) -> None:
    """The scores in the example's README are those that its script prints."""
    sys.path.insert(0, str(EXAMPLE))
    try:
        runpy.run_path(str(EXAMPLE / "backtest.py"))["show"](tested)
    finally:
        sys.path.remove(str(EXAMPLE))
    held(golden, 1, capsys.readouterr().out)


def test_what_came_is_the_replay(tested: dict[str, Backtest], results: Results) -> None:
    """The messages of the test are those that the replay of all purchases sends in it."""
    sends = as_moments(results.sends["time"])
    number = int(((sends >= pd.Timestamp("1997-09-29")) & (sends < pd.Timestamp("1998-06-29"))).sum())
    assert {int(one.to_frame()["actual"].sum()) for one in tested.values()} == {number}


PUBLISHED = {
    "NBD": (0.385, 12.072, -9763.7),  # P. Fader, B. Hardie, notes on CDNOW
    "BG/NBD": (0.2426, 4.4135, 0.7929, 2.4258, -9582.4),  # P. Fader, B. Hardie, K. Lee, 2005
    "Pareto/NBD": (0.5533, 10.578, 0.6062, 11.668, -9595.0),
}


@pytest.mark.parametrize("model", PUBLISHED)
def test_models_have_the_published_parameters(results: Results, model: str) -> None:
    """On the published sample of one customer in ten, 39 weeks: parameters and log-likelihood."""
    (wheel,) = (EXAMPLE / "data").glob("*.whl")
    with zipfile.ZipFile(wheel) as files, files.open("lifetimes/datasets/cdnow_customers_summary.csv") as file:
        table = pd.read_csv(file)
    seen = Seen(*(table[name].to_numpy(dtype=float) for name in ("frequency", "recency", "T")))
    assert len(seen) == 2_357
    rate = gamma_poisson(seen.x, seen.T)
    *parameters, log_likelihood = PUBLISHED[model]
    if model == "NBD":
        found = [rate.shape, rate.shape / rate.rate]
    else:
        fitted = (bg if model == "BG/NBD" else pareto)(seen, rate)
        assert fit_leaving(seen, rate) == bg(seen, rate)  # BIC prefers BG/NBD
        found = [fitted.shape, fitted.scale, fitted.first, fitted.second]
    assert found == pytest.approx(parameters, rel=2e-3)
    likelihoods = {"NBD": rate, "BG/NBD": bg(seen, rate), "Pareto/NBD": pareto(seen, rate)}
    assert likelihoods[model].log_likelihood - _constant(seen) == pytest.approx(log_likelihood, abs=0.1)
