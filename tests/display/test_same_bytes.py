"""Whatever is saved to be looked at is the same, byte for byte, in another process at another time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from flowdsl.display.plots.style import Picture

MAKE = """
import sys, time
from pathlib import Path
real, later = time.time, float(sys.argv[2])
time.time = lambda: real() + later  # matplotlib dates its files by it
import pandas as pd
import flowdsl
program = '''
flow "F"
  when contact visits page
  then send email "A"
  then send sms "B"
scenario
  assume contact visits page 0.5 per contact per day
'''
people, folder = pd.DataFrame({"contact": ["a", "b", "c"]}), Path(sys.argv[1])
times = {"start": "2026-01-05", "days": 7, "engine": "simpy"}
results = flowdsl.simulate(program, people, **times)
forecast = flowdsl.forecast(program, people, **times, replications=19)
pictures = {kind: forecast.plot(kind) for kind in ("fan", "stack", "hours")} | {"timeline": results.plot()}
for name, picture in pictures.items():
    for ending in ("svg", "png", "pdf"):
        picture.savefig(folder / f"{name}.{ending}")
    (folder / f"{name}.inline").write_text(picture.svg())
    (folder / f"{name}.html").write_text(picture._repr_html_())
flowdsl.parse(program).diagram().save(folder / "flow.svg")
flowdsl.parse(program).diagram().save(folder / "flow.png")
(folder / "forecast.html").write_text(forecast._repr_html_())
(folder / "results.html").write_text(results._repr_html_())
forecast.report(folder / "report.html")
"""


def test_pictures_and_reports_are_equal_bytes_in_two_processes(tmp_path: Path) -> None:
    """SVG, PNG, PDF, HTML and the report, under two hash seeds and a day apart."""
    made = []
    for seed, later in (("1", "0"), ("2", "90000")):
        folder = tmp_path / seed
        folder.mkdir()
        subprocess.run(
            [sys.executable, "-c", MAKE, str(folder), later], check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        )
        made.append({file.name: file.read_bytes() for file in sorted(folder.iterdir())})
    first, second = made
    assert len(first) == 4 * 5 + 5
    assert [name for name in first if first[name] != second[name]] == []


def test_the_date_would_make_pictures_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under two dates, as matplotlib reads them, a plain Figure is written as two files and a picture as one."""
    for ending in ("svg", "pdf"):
        written: dict[str, set[bytes]] = {"figure": set(), "picture": set()}
        for number, seconds in enumerate(("1000000000", "1700000000")):
            monkeypatch.setenv("SOURCE_DATE_EPOCH", seconds)
            for name, save in (("figure", Figure.savefig), ("picture", Picture.savefig)):
                path = tmp_path / f"{name}-{number}.{ending}"
                save(Picture(), path)
                written[name].add(path.read_bytes())
        assert {name: len(files) for name, files in written.items()} == {"figure": 2, "picture": 1}
