"""The benchmarks measure what they say: both sides of the comparison live through the same flow. No time is tested."""

from __future__ import annotations

import pytest

from benchmarks.journey import same_work
from benchmarks.measure import figures


def test_engine_and_plain_program_do_the_same_job() -> None:
    """The engine and the program written by hand give the same counts, as near as chance lets them be."""
    plain, ours = figures(("plain_simpy", "2000")), figures(("engine", "2000"))
    same_work(plain["counts"], ours["counts"])
    assert ours["counts"]["joined"] == 2_000


def test_another_job_is_noticed() -> None:
    """Counts that are further apart than chance explains stop the benchmark."""
    counts = {"joined": 2_000, "started": 2_000, "ended": 2_000, "A": 1_300, "B": 455, "C": 845, "opened": 455}
    same_work(counts, counts)
    with pytest.raises(AssertionError):
        same_work(counts, counts | {"B": 655, "C": 645, "opened": 655})


def test_forecast_and_pool_of_plain_programs_do_the_same_job() -> None:
    """Replications of the engine and runs of the program by hand send as many messages a contact, on average."""
    plain, ours = figures(("forecasts", "plain", "4", "1000")), figures(("forecasts", "ours", "19", "1000"))
    assert ours["rows"] == 90 * 3
    assert ours["sent"] / 1_000 == pytest.approx(plain["sent"] / 1_000, abs=0.02)


def test_parsing_and_checking_many_flows_finds_no_diagnostic() -> None:
    """The workspace that is parsed and checked is a sound one."""
    assert figures(("language", "20"))["both"] > 0
