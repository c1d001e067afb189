"""Forecasts: what each replication is, what tables say of them all, and known answers of Poisson processes."""

from __future__ import annotations

import pickle
from dataclasses import replace
from math import exp, sqrt
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pandas as pd
import pytest
from distributed import Client, LocalCluster
from hypothesis import given, settings
from lives import on, table
from programs_at_random import World, worlds

import flowdsl
from flowdsl import Forecast, RunError
from flowdsl.api import pipeline
from flowdsl.forecasting.replicate import MOST
from flowdsl.sim.engines import simulate
from flowdsl.sim.fast import threads
from flowdsl.sim.options import SimulationOptions, TimeRange
from flowdsl.sim.replications import counts_of_replications
from flowdsl.tables.sources import TableSources

SHOP = """
workspace
  timezone "Europe/Paris"

flow "Offer"
  when contact visits page "Pricing"
  limit once per contact
  then send email "Offer"
  wait until opened "Offer" for up to 2 days
  if it happened
    then send email "Details"
  otherwise send sms "Reminder"
  end

flow "Hello"
  when contact joins program
  then send email "Offer"

scenario "Spring"
  assume contact visits page "Pricing" 1 per contact per week
  assume contact opens email 35% after about 4 hours
"""
PEOPLE = pd.DataFrame({"contact": [f"c{number}" for number in range(120)]})
COLUMNS = ["mean", "median", "pi_low", "pi_high", "ci_low", "ci_high"]
ALL = ("channel", "flow", "message")


def shop(**options: Any) -> Forecast:
    told = {"start": "2026-03-25", "days": 7, "replications": 19, "engine": "fast", **options}
    return flowdsl.forecast(SHOP, PEOPLE, **told)


# --- one replication again --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["simpy", "fast"])
@pytest.mark.parametrize("every", ["hour", "day", "week"])
def test_replication_r_is_the_simulation_of_that_number(engine: str, every: str) -> None:
    """The counts that went into a forecast are those of `simulate(..., replication=r)`, on the workspace's clock."""
    found = shop(engine=engine, every=every, seed=5)
    groups = found.groups.astype(str)
    for replication in (0, 1, 18):
        results = flowdsl.simulate(
            SHOP, PEOPLE, start="2026-03-25", days=7, seed=5, replication=replication, engine="simpy"
        )
        timeline = results.timeline("sends", every, ALL, zone="Europe/Paris")
        rows = timeline.set_index([every, *ALL])["sends"]
        for place, group in enumerate(groups.itertuples(index=False)):
            counts = found.counts[replication, :, place]
            told = [int(rows.get((date, *group), 0)) for date in found.dates]
            assert counts.tolist() == told, (replication, group)
        assert found.counts[replication].sum() == timeline["sends"].sum() > 0


def test_new_contacts_are_those_of_each_replication() -> None:
    """Contacts who come meanwhile, and are like the table, come in each replication as in its simulation."""
    program = """
    flow "Welcome"
      when contact joins program
      if plan is "pro" then send email "Pro" otherwise send email "Free" end
      wait 1 day
      then send sms "Soon"
      stop flow "Welcome"
    scenario
      assume 5 to 9 new contacts per day join program like the table
      assume 0.5 new contacts per day join program "Open"
      at day 6 at 09:00 stop flow "Welcome" for contact "new-3"
    """.replace("      stop flow", "      then stop flow")
    people = pd.DataFrame({"contact": ["b", "a", "c"], "plan": ["pro", "free", None], "tags": ["x;y", "", None]})
    options: dict[str, Any] = {"start": "2026-01-05", "days": 14, "seed": 3}
    found = flowdsl.forecast(dedented(program), people, replications=19, engine="fast", by="message", **options)
    for replication in (0, 7, 18):
        one = flowdsl.simulate(dedented(program), people, replication=replication, engine="simpy", **options)
        daily = one.daily("message").pivot(index="day", columns="message", values="sends")
        names = [str(name) for name in found.groups["message"]]
        assert found.counts[replication].tolist() == daily.reindex(columns=names, fill_value=0).to_numpy().tolist()


def dedented(program: str) -> str:
    return "\n".join(line[4:] if line.startswith("    ") else line for line in program.splitlines())


@pytest.mark.parametrize("processors", [1, 3])
def test_threads_change_nothing(processors: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forecast is the same however many replications are lived at once, and by whichever engine."""
    monkeypatch.setattr(threads, "THREADS", processors)
    assert (shop().counts == shop(engine="simpy").counts).all()


def test_more_replications_are_the_same_and_some_more() -> None:
    """The first replications of a longer forecast are those of a shorter one, so both can be compared."""
    assert (shop(replications=25).counts[:19] == shop().counts).all()
    assert (shop(seed=1).counts != shop().counts).any()


# --- tables -----------------------------------------------------------------------------------------------------------


def test_every_day_and_group_has_a_row() -> None:
    """Tables are dense: zeros stand for days without messages and for messages that nobody got."""
    found = shop().to_frame()
    assert list(found.columns) == ["date", *ALL, *COLUMNS]
    assert len(found) == 7 * 4
    assert found["date"].drop_duplicates().tolist() == list(pd.date_range("2026-03-25", periods=7))
    hello = found[found["flow"] == "Hello"]
    assert len(hello) == 7
    assert (hello[COLUMNS] == 0).all(axis=None)


def test_tables_say_what_the_replications_say() -> None:
    """Mean, median, limits by rank and Student's t of each cell are those of the counts, computed with pandas alone."""
    found = shop(replications=39)
    counts = pd.DataFrame(found.counts.reshape(39, -1))
    frame = found.to_frame()
    np.testing.assert_allclose(frame["mean"], counts.mean())
    np.testing.assert_allclose(frame["median"], counts.median())
    ordered = np.sort(counts.to_numpy(), axis=0)
    assert frame["pi_low"].tolist() == ordered[1].tolist()  # floor(40 * 0.1 / 2) = 2nd of either side
    assert frame["pi_high"].tolist() == ordered[-2].tolist()
    half = 1.685954 * counts.std() / sqrt(39)  # t of 38 degrees of freedom at 0.95, from a table
    np.testing.assert_allclose(frame["ci_high"], counts.mean() + half, rtol=1e-6)


def test_totals_are_of_all_the_time() -> None:
    """Totals are those of sums over all days, not sums of limits."""
    found = shop()
    totals = found.totals()
    assert list(totals.columns) == [*ALL, *COLUMNS]
    sums = found.counts.sum(axis=1)
    assert totals["mean"].tolist() == sums.mean(axis=0).tolist()
    assert totals["pi_low"].tolist() == sums.min(axis=0).tolist()


@pytest.mark.parametrize("by", [(), "channel", ("message", "channel"), ("flow",)])
@pytest.mark.parametrize("every", ["hour", "week"])
def test_other_groups_of_the_same_replications(by: Any, every: str) -> None:
    """Regrouping gives what the forecast would have given, and simulates nothing again."""
    one, other = shop(by=by, every=every), shop().regroup(by, every)
    pd.testing.assert_frame_equal(one.to_frame(), other.to_frame())
    pd.testing.assert_frame_equal(one.totals(), other.totals())
    assert one.counts.sum() == shop().counts.sum()


def test_days_are_those_of_the_workspace() -> None:
    """A message at 23:30 in UTC is one of the next day in Paris; the day that loses an hour is a row as any other."""
    program = 'workspace\n  timezone "Europe/Paris"\nflow "A"\n  when contact joins program\n  then send email "Hi"\n'
    joins = table([on("2026-03-28T22:59:00Z", "joins program"), on("2026-03-29T21:59:00Z", "joins program"),
                   on("2026-03-29T22:00:00Z", "joins program")])  # fmt: skip
    people = pd.DataFrame({"contact": ["ann"]})
    found = flowdsl.forecast(program, people, events=joins, start="2026-03-28", days=3, replications=19, by=())
    assert found.to_frame()["mean"].tolist() == [1, 1, 1]
    assert found.start == pd.Timestamp("2026-03-27 23:00", tz="UTC")
    assert len(found.regroup(every="hour").to_frame()) == 72  # 02:00 to 03:00 of the 29th does not exist and is empty


# --- known answers ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def arrivals() -> Forecast:
    """240 new contacts a day, with a message 36 hours after each."""
    program = """
flow "Welcome"
  when contact joins program
  wait 36 hours
  then send email "Hello"
scenario
  assume 240 new contacts per day join program
"""
    return flowdsl.forecast(program, PEOPLE[:1], start="2026-01-05", days=12, replications=99, engine="fast", by=())


def test_poisson_arrivals_give_poisson_sends(arrivals: Forecast) -> None:
    """A Poisson process that is shifted is one: so many a day, on average and in variance (Kingman 1993, section 5).

    The mean of a day is that of the arrivals by convolution with the delay: none on the first day, half on the second.
    """
    counts = arrivals.counts[:, :, 0]
    means = np.array([0.0, 120.0] + [240.0] * 10)
    replications = len(counts)
    assert (np.abs(counts.mean(axis=0) - means) <= 4 * np.sqrt(means / replications)).all()
    days = counts[:, 2:]
    dispersion = days.var(axis=0, ddof=1) / days.mean(axis=0)  # of Poisson numbers 1, with variance 2 / (R - 1)
    assert abs(dispersion.mean() - 1) < 4 * sqrt(2 / (replications - 1) / 10)
    neighbours = np.corrcoef(days[:, :-1].ravel(), days[:, 1:].ravel())[0, 1]
    assert abs(neighbours) < 4 / sqrt(days[:, 1:].size)  # days are independent of each other


def test_prediction_limits_are_those_of_the_poisson_law(arrivals: Forecast) -> None:
    """Limits of days with 240 messages lie near the quantiles of that law; the mean is known much better.

    The 5th of 99 has about the standard error sqrt(p (1 - p) / R) / f = 3.3 at the quantile of p = 0.05.
    """
    from scipy import stats

    day = arrivals.to_frame().iloc[2:]
    low, high = stats.poisson.ppf([0.05, 0.95], 240)
    assert (abs(day["pi_low"] - low) < 4 * 3.3).all()
    assert (abs(day["pi_high"] - high) < 4 * 3.3).all()
    assert ((day["ci_high"] - day["ci_low"]) < (high - low) / 7).all()


def test_first_visits_are_as_many_as_the_law_says() -> None:
    """Of n contacts with a rate r, n (1 - exp(-r t)) have visited after t, with the variance of a binomial number."""
    found = flowdsl.forecast(
        SHOP, PEOPLE, start="2026-03-30", days=7, replications=199, engine="fast", by="message"
    ).totals()
    share = 1 - exp(-1)
    offers = found.set_index("message").loc["Offer"]
    assert abs(offers["mean"] - 120 * share) < 4 * sqrt(120 * share * (1 - share) / 199)


# --- doubt ------------------------------------------------------------------------------------------------------------


def doubtful(share: str, size: int) -> pd.Series[float]:
    program = f"""
flow "Offer"
  when contact joins program
  then send email "Offer"
  wait until opened "Offer" for up to 2 days
  if it happened
    then send email "Details"
  end
scenario
  assume contact opens email {share} within 1 day
"""
    people = pd.DataFrame({"contact": range(size)})
    joins = pd.DataFrame({"time": "2026-01-05", "contact": range(size), "event": "joins program"})
    found = flowdsl.forecast(program, people, events=joins, days=7, replications=199, engine="fast", by="message")
    return found.totals().set_index("message").loc["Details"]


def test_doubt_makes_intervals_wider_than_the_number_of_contacts_does() -> None:
    """Chance alone averages out, as one over the root of the number of contacts; a share in doubt does not.

    Sends of n contacts whose share p is uniform on a to b have the variance n E[p(1-p)] + n² (b-a)²/12.
    """
    for size in (1_000, 16_000):
        known, unsure = doubtful("45%", size), doubtful("40% to 50%", size)
        chance = size * 0.45 * 0.55
        doubt = size**2 * 0.1**2 / 12
        width = {name: (one["pi_high"] - one["pi_low"]) / 2 for name, one in (("known", known), ("unsure", unsure))}
        assert width["known"] == pytest.approx(1.645 * sqrt(chance), rel=0.25)
        assert width["unsure"] < 1.8 * sqrt(chance + doubt)
        assert width["unsure"] > max(0.04 * size, width["known"])  # the law of p alone has 90% within 0.045
        assert unsure["mean"] == pytest.approx(0.45 * size, abs=4 * sqrt((chance + doubt) / 199))


# --- people on their way ----------------------------------------------------------------------------------------------


def test_people_on_their_way_are_in_the_forecast() -> None:
    """With warm_from the forecast has the messages of runs that began before its start; without, it has not."""
    program = """
flow "Welcome"
  when contact joins program
  then send email "Hello"
  wait 10 days
  then send email "How are you?"
"""
    people = pd.DataFrame({"contact": range(40)})
    joins = pd.DataFrame({"time": "2026-01-03 09:00", "contact": range(40), "event": "joins program"})
    options: dict[str, Any] = {"events": joins, "start": "2026-01-10", "days": 7, "replications": 19, "by": "message"}
    cold = flowdsl.forecast(program, people, **options)
    warm = flowdsl.forecast(program, people, warm_from="2026-01-01", **options)
    assert cold.totals()["mean"].tolist() == [0, 0]
    assert warm.totals()["mean"].tolist() == [0, 40]
    frame = warm.to_frame()
    assert frame[frame["mean"] > 0]["date"].tolist() == [pd.Timestamp("2026-01-13")]


# --- peaks ------------------------------------------------------------------------------------------------------------


def test_peaks_are_those_of_each_replication() -> None:
    """The peak's size is the mean of the largest days, which is more than the largest mean; so for hours."""
    found = shop(replications=39)
    days = pd.DataFrame(found.counts.sum(axis=2), columns=found.dates)
    assert found.peak_day.mean == pytest.approx(days.max(axis=1).mean())
    assert found.peak_day.mean >= days.mean().max()
    when = days.idxmax(axis=1).value_counts()
    assert found.peak_day.share == pytest.approx(when.max() / 39)
    assert found.peak_day.all["share"].sum() == pytest.approx(1)
    hours = found.regroup((), "hour").counts[:, :, 0]
    assert found.peak_hour.mean == pytest.approx(hours.max(axis=1).mean())
    assert found.peak("hour", channel="sms").mean <= found.peak_hour.mean
    assert "peak day" in str(found.peak_day)


def test_the_probability_of_too_many_in_an_hour(arrivals: Forecast) -> None:
    """Of 10 days and a half with 10 messages an hour, some hour has more than 20 with 1 - F(20)^hours."""
    from scipy import stats

    hours = 12 * 24 - 36
    for limit in (18, 20, 22):
        wanted = 1 - stats.poisson.cdf(limit, 10) ** hours
        spread = sqrt(wanted * (1 - wanted) / 99)
        assert arrivals.p_over(limit, per="hour") == pytest.approx(wanted, abs=4 * spread)
    assert arrivals.p_over(-1, per="day") == 1
    assert arrivals.p_over(10_000) == 0
    assert arrivals.p_over(20, per="hour", message="Hello") == arrivals.p_over(20, per="hour")


# --- cost -------------------------------------------------------------------------------------------------------------


def test_cost_is_messages_times_prices() -> None:
    """Each replication has its cost, by group, also where channels are not told apart; limits are theirs by rank."""
    found = shop(prices={"email": 0.001, "sms": 0.05}, by="flow")
    by_channel = found.regroup(("flow", "channel"))
    price = by_channel.groups["channel"].map({"email": 0.001, "sms": 0.05}).astype(float).to_numpy()
    costs = pd.DataFrame((by_channel.counts * price).sum(axis=1), columns=by_channel.groups["flow"].astype(str))
    offer = costs["Offer"].sum(axis=1)
    row = found.cost_totals().set_index("flow").loc["Offer"]
    assert row["mean"] == pytest.approx(offer.mean())
    assert row["pi_low"] == pytest.approx(offer.min())
    frame = found.cost()
    assert list(frame.columns) == ["date", "flow", *COLUMNS]
    assert frame["mean"].sum() == pytest.approx(found.cost_totals()["mean"].sum())
    everything = found.regroup(()).cost_totals()
    assert everything["mean"].tolist() == pytest.approx([costs.sum(axis=1).mean()])


# --- how many ---------------------------------------------------------------------------------------------------------


def test_auto_is_99_where_that_is_enough() -> None:
    """Without a number there are 99, which the rule finds enough; it says how well totals are known."""
    people = pd.DataFrame({"contact": range(1000)})
    found = flowdsl.forecast(SHOP, people, start="2026-03-25", days=7, engine="fast", by="channel")
    assert found.replications == 99
    assert found.enough is not None
    assert found.enough.is_precise
    assert found.enough.width < 0.02
    assert "enough" in str(found)


def test_auto_goes_on_until_totals_are_known() -> None:
    """A total that varies much takes more than 99; when the budget ends it, that is said."""
    program = """
flow "Rare"
  when contact visits page
  then send email "Hello"
scenario
  assume contact visits page {} per contact per week
"""
    one = PEOPLE[:1]
    some = flowdsl.forecast(program.format(30), one, start="2026-01-05", days=7, level=0.8, by=())
    rare = flowdsl.forecast(program.format(0.5), one, start="2026-01-05", days=7, level=0.8, by=())
    assert some.enough is not None
    assert rare.enough is not None
    assert 49 < some.replications < 49 * MOST
    assert some.enough.is_precise
    assert some.enough.width <= 0.02
    assert rare.replications == 49 * MOST
    assert not rare.enough.is_precise
    assert "budget" in str(rare)


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_a_forecast_tells_its_headline() -> None:
    """The text names both intervals and what each of them means."""
    said = str(shop())
    assert "90% prediction interval (pi)" in said
    assert "what one real future will look like" in said
    assert "90% confidence interval (ci)" in said
    assert "how sure the simulation is of the mean" in said
    assert "19 replications, seed 0" in said
    assert "Europe/Paris" in said
    assert repr(shop()) == said


def test_a_program_that_sends_nothing_has_a_forecast_of_nothing() -> None:
    """Tables are empty or zero, and the text says why."""
    found = flowdsl.forecast('when contact joins program then add tag "x"', PEOPLE, start="2026-01-05", days=3)
    assert len(found.to_frame()) == len(found.totals()) == 0
    assert found.regroup(()).to_frame()["mean"].tolist() == [0, 0, 0]
    assert found.p_over(0) == 0
    assert "sends nothing" in str(found)


def test_progress_counts_replications() -> None:
    """What has passed grows to the end, and tells replications."""
    told: list[Any] = []
    shop(progress=told.append)
    assert [float(one) for one in told] == sorted(float(one) for one in told)
    assert (float(told[-1]), str(told[-1])) == (1.0, "19 of 19 replications, 0 s left")
    assert told[4].contacts == 5


def test_whoever_has_enough_ends_what_is_under_way() -> None:
    """Replications that are lived ahead are stopped when a forecast needs no more of them, or is stopped itself."""
    given = pipeline.with_scenario(SHOP, None)
    config = pipeline.config_of(given, TableSources(PEOPLE), TimeRange("2026-03-25", 7))
    coming = counts_of_replications(config, "fast", range(10_000))
    first = next(coming)
    coming.close()  # type: ignore[attr-defined]
    assert first == simulate(config, "fast", None, "counts").tally


def test_a_forecast_can_be_sent_to_another_process() -> None:
    """Pickled and read again it says the same."""
    found = shop()
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(found)).to_frame(), found.to_frame())


def test_tables_in_parts_are_forecast_alike(tmp_path: Path) -> None:
    """Contacts in several files, with no more than one in memory, give the same counts."""
    for part in range(3):
        PEOPLE[part * 40 : part * 40 + 40].to_parquet(tmp_path / f"{part}.parquet")
    found = flowdsl.forecast(SHOP, str(tmp_path / "*.parquet"), start="2026-03-25", days=7, replications=19)
    assert (found.counts == shop().counts).all()
    assert found.contacts == 120


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ({"replications": 18}, "E724", "19 at least"),
        ({"replications": 38, "level": 0.95}, "E724", "39 at least"),
        ({"replications": "many"}, "E707", '"auto"'),
        ({"replications": True}, "E707", "whole number"),
        ({"level": 90}, "E707", "between 0 and 1"),
        ({"by": "chanel"}, "E707", 'did you mean "channel"'),
        ({"by": ("flow", "flow")}, "E707", "twice"),
        ({"every": "month"}, "E707", '"week"'),
        ({"prices": {"emial": 1}}, "E725", 'did you mean "email"'),
        ({"prices": {"email": -1}}, "E725", "from 0 on"),
        ({"method": "magic"}, "E707", '"exact"'),
        ({"backend": "spark"}, "E707", '"dask"'),
        ({"engine": "slow"}, "E707", "slow"),
        ({"seed": 1.5}, "E707", "seed"),
    ],
)
def test_options_that_do_not_exist_are_refused(options: dict[str, Any], code: str, said: str) -> None:
    """Each is told with its reason before anything runs."""
    with pytest.raises(RunError) as error:
        shop(**options)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == code
    assert said in diagnostic.message
    assert diagnostic.reason
    assert diagnostic.example


def test_all_options_are_looked_at_at_once() -> None:
    """Nobody is told of one slip after the other."""
    with pytest.raises(RunError) as error:
        shop(level=2, every="month", by="colour")
    assert len(error.value.diagnostics) == 3


def test_questions_that_have_no_answer_are_refused() -> None:
    """Cost without prices, peaks of what is not sent, and pictures where nothing draws."""
    found = shop()
    for ask, code in (
        (found.cost, "E810"),
        (lambda: found.peak("month"), "E707"),
        (lambda: found.p_over(3, channel="chat"), "E707"),
        (lambda: found.p_over(3, colour="red"), "E707"),
        (lambda: found.regroup("colour"), "E707"),
    ):
        with pytest.raises(RunError, match=code):
            ask()


# --- elsewhere, and whatever the program ------------------------------------------------------------------------------


@settings(max_examples=8)
@given(worlds())
def test_replications_on_shared_tables_are_simulations(world: World) -> None:
    """Tables that are packed once for all replications give what each simulation by itself gives, for any program."""
    objects = table(world.objects) if world.objects else None
    tables = TableSources(table(world.contacts), table(world.events), objects)
    given = pipeline.with_scenario(dedent(world.program), None)
    config = pipeline.config_of(given, tables, TimeRange("2026-01-01", 30), SimulationOptions(seed=3))
    for replication, tally in enumerate(counts_of_replications(config, "fast", range(3))):
        alone = simulate(replace(config, replication=replication), "simpy", None, "counts").tally
        counted = [replace(one, ignored={}) for one in (tally, alone)]  # a forecast needs no events nothing listens to
        assert counted[0] == counted[1]


def test_workers_of_dask_give_the_same() -> None:
    """Replications spread over the workers of a client are those that are lived here; new contacts come there, too."""
    program = SHOP + "  assume 20 new contacts per day join program like the table\n"
    options: dict[str, Any] = {"start": "2026-03-25", "days": 7, "replications": 19, "by": "channel"}
    with LocalCluster(n_workers=2, processes=False, dashboard_address=":0") as cluster, Client(cluster) as client:
        spread = flowdsl.forecast(program, PEOPLE, backend="dask", client=client, **options)
    assert (spread.counts == flowdsl.forecast(program, PEOPLE, **options).counts).all()
