"""Before 1970 moments are negative numbers: everything happens then as it does today, in both engines."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from lives import live, on, table

import flowdsl

ENGINES = ("simpy", "fast")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_queue_before_1970_is_served_as_at_any_time(engine: str) -> None:
    """Two messages an hour: five contacts who ask at nine are served until eleven, in 1969."""
    program = 'workspace\n  capacity email 2 per hour\nflow "F"\n  when joins program\n  then send email "M"'
    who = [{"contact": f"c{number}"} for number in range(5)]
    rows = [on("1969-12-21 09:00", "joins program", contact=one["contact"]) for one in who]
    lived = live(program, *rows, contacts=who, start="1969-12-20", days=30, engine=engine)
    assert sorted(lived.at(row["time"]) for row in lived.rows("sends")) == [
        f"1969-12-21 {time}" for time in ("09:00", "09:30", "10:00", "10:30", "11:00")
    ]
    assert sorted(row["queued_s"] for row in lived.rows("records") if row["kind"] == "action") == [
        0, 1800, 3600, 5400, 7200,
    ]  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("start", "due"), [("1969-12-01", "1969-12-26 09:00"), ("1969-12-06", "1969-12-31 23:59:59.999")]
)
def test_what_is_due_before_1970_is_told(start: str, due: str, engine: str) -> None:
    """When a pending run goes on is a moment like any other, the last millisecond before 1970 too."""
    day = pd.Timestamp(due) - pd.Timedelta(20, "D")
    program = 'flow "F"\n  when joins program\n  wait 20 days\n  then send email "M"'
    lived = live(program, on(day.isoformat(), "joins program"), start=start, days=10, engine=engine)
    (run,), (action,) = lived.rows("runs"), lived.rows("actions")
    assert (run["status"], action["status"]) == ("pending", "planned")
    assert run["due"] == action["due"] == pd.Timestamp(due, tz="UTC")


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_done_late_before_1970_was_due_then(engine: str) -> None:
    """A message that a window has held, and a wait without end: the one is due at the opening, the other never."""
    program = """
        flow "F"
          when joins program
          only between 09:00 and 18:00
          then send email "M"
          wait until buys offer
          then do "x"
    """
    lived = live(program, on("1969-11-03 20:00", "joins program"), start="1969-11-01", days=10, engine=engine)
    assert lived.sends() == ["1969-11-04 09:00 M"]
    (run,) = lived.rows("runs")
    assert run["status"] == "pending"
    assert pd.isna(run["due"])
    done, planned = lived.rows("actions")
    assert done["due"] == done["time"] == pd.Timestamp("1969-11-04 09:00", tz="UTC")
    assert (planned["status"], pd.isna(planned["due"])) == ("planned", True)


def test_tables_in_parts_and_counts_know_years_before_1970(tmp_path: Path) -> None:
    """Parquet, counts by day and stories tell the same moments."""
    program = 'flow "F"\n  when joins program\n  wait 5 days\n  then send email "M"\n  wait 30 days\n  then do "x"'
    people, rows = table([{"contact": "ann"}]), table([on("1969-11-03 20:00", "joins program")])
    told = {"events": rows, "start": "1969-11-01", "days": 20}
    once = flowdsl.simulate(program, people, **told)  # type: ignore[arg-type]
    parts = flowdsl.simulate(program, people, out=tmp_path, **told)  # type: ignore[arg-type]
    for name in ("sends", "runs", "actions", "records"):
        pd.testing.assert_frame_equal(getattr(once, name), getattr(parts, name))
    days = once.timeline("sends", "day")
    assert days[days["sends"] > 0]["day"].tolist() == [pd.Timestamp("1969-11-08")]
    assert "waiting until Mon 1969-12-08 20:00" in str(once.story("ann"))
