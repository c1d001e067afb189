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

if TYPE_CHECKING:
    from flowdsl import Results

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "winback"
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
    page = EXAMPLE / "README.md"
    above, shown, below = re.split(r"(?<=```text\n)(.*?)(?=```)", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert shown
    golden(page, above + capsys.readouterr().out + below)


def test_failing_to_fetch_is_told_in_one_sentence(tmp_path: Path) -> None:
    """Without a package index the script says what could not be fetched, ends with 1, and leaves nothing behind."""
    folder = tmp_path / "data"
    command = [sys.executable, str(EXAMPLE / "fetch.py"), str(folder)]
    offline = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    done = subprocess.run(command, env=offline, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "The CDNOW purchases could not be fetched: pip could not download lifetimes==0.11.3." in done.stderr
    assert list(folder.iterdir()) == []
