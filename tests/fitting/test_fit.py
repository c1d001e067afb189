"""Fitting: from made-up pasts the truth comes back within its intervals; what cannot be fitted is said."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import flowdsl
from flowdsl import DataError, Fitted, RunError
from flowdsl.fitting.counts import fit_rate, gamma_poisson, poisson
from flowdsl.fitting.delays import fit_answers
from flowdsl.fitting.profile import profile

DAYS = 91  # whole weeks, so that each weekday is watched equally often
PROGRAM = """
workspace
  timezone "Europe/Paris"
flow "News"
  when contact visits page
  limit once per contact every 20 days
  then send email "Hello"
  wait 3 days
  then send email "More"
"""
TRUE = """
scenario "True"
  assume contacts where plan is "pro" visit page 0.2 per contact per day varying by gamma 0.8
    on weekdays between 08:00 and 18:00
  assume contacts where plan is "pro" visit page 0.05 per contact per day varying by gamma 0.8 on weekends
  assume contacts where plan is "free" visit page 0.08 per contact per day varying by gamma 0.8
    on weekdays between 08:00 and 18:00
  assume contacts where plan is "free" visit page 0.02 per contact per day varying by gamma 0.8 on weekends
  assume contact opens email "Hello" 35% varying by beta 4 after exponential(2 days)
  assume contact opens email "More" 20% varying by beta 4 after exponential(2 days)
  assume contact clicks email 30% of opening it after about 3 hours
  assume contact replies to email 2% within 5 days
  assume contact buys offer "O" 10% of clicking email after gamma(1 day, 2)
  assume 5 new contacts per day join program "Yoga"
"""
PEOPLE = pd.DataFrame({"contact": [f"c{n}" for n in range(3000)], "plan": ["free", "free", "pro"] * 1000})


def events_of(results: flowdsl.Results) -> pd.DataFrame:
    """What contacts did, as an events table."""
    rows = results.records[results.records["kind"].astype(str) == "event"]
    names = rows["name"].astype(object).where(rows["name"].notna(), "")
    return pd.DataFrame(
        {
            "time": rows["time"].to_numpy(),
            "contact": rows["contact"].astype(str).to_numpy(),
            "event": rows["action"].astype(str).to_numpy(),
            "object": names.to_numpy(),
        }
    )


@pytest.fixture(scope="module")
def past() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Thirteen weeks of a scenario that is known: events, and contacts with the day on which they came."""
    results = flowdsl.simulate(PROGRAM + TRUE, PEOPLE, start="2026-01-05", days=DAYS, engine="fast", seed=4)
    events = events_of(results)
    new = events[events["event"] == "program.joined"]
    came = pd.DataFrame({"contact": new["contact"], "joined": new["time"]})
    people = pd.concat([PEOPLE.assign(joined=pd.Timestamp("2026-01-01", tz="UTC")), came], ignore_index=True)
    return events, people


@pytest.fixture(scope="module")
def fitted(past: tuple[pd.DataFrame, pd.DataFrame]) -> Fitted:
    events, people = past
    return flowdsl.fit(
        events, people, PROGRAM + TRUE, start="2026-01-05", until="2026-04-06", since="joined", level=0.99
    )


def the(table: pd.DataFrame, **only: str) -> Any:
    """The one row of a table with these values."""
    (row,) = table[np.all([table[name] == value for name, value in only.items()], axis=0)].itertuples()
    return row


# --- the truth comes back ---------------------------------------------------------------------------------------------


def test_rates_come_back_by_segment_with_what_sets_contacts_apart(fitted: Fitted) -> None:
    """0.25 and 0.1 visits a day, each gamma with shape 0.8 among contacts."""
    table = fitted.to_frame()
    for segment, rate in (('plan is "pro"', 0.25), ('plan is "free"', 0.10)):
        row = the(table, event="page.visited", segment=segment)
        days = {"day": 1, "week": 7, "month": 30.436875}[row.per]
        assert row.low < rate * days < row.high
        assert row.law == "gamma-poisson"
        assert abs(row.spread / 0.8 - 1) < 0.12


def test_shares_come_back_by_message_with_their_mixture(fitted: Fitted) -> None:
    """35% and 20% of two messages, beta with concentration 4 among contacts; clicks are of openings."""
    table = fitted.to_frame()
    for name, share in (("Hello", 0.35), ("More", 0.20)):
        row = the(table, event="email.opened", name=name)
        assert row.low < share < row.high
        assert 2.5 < row.spread < 7
    clicks = the(table, event="email.clicked")
    assert clicks.cause == "opening email"
    assert clicks.low < 0.30 < clicks.high
    assert clicks.law == "lognormal"
    replies = the(table, event="email.replied")
    assert replies.low < 0.02 < replies.high
    assert replies.spread == 0


def test_what_a_scenario_calls_an_answer_is_fitted_as_one(fitted: Fitted) -> None:
    """A purchase after a click: 10%, though the fit knows from the program's scenario alone that it is an answer."""
    row = the(fitted.to_frame(), event="offer.bought")
    assert (row.kind, row.cause, row.name) == ("answer", "clicking email", "O")
    assert row.low < 0.10 < row.high


def test_new_contacts_come_back(fitted: Fitted) -> None:
    """Five a day, by what they came with."""
    row = the(fitted.to_frame(), kind="new contacts")
    assert row.low < 5 < row.high
    assert row.text == f"assume {row.text.split()[1]} to {row.text.split()[3]} new contacts per day join program" + (
        ' "Yoga" like the table'
    )


def test_busy_hours_come_back(fitted: Fitted) -> None:
    """Weekdays from 08:00 to 18:00, weekends all day; a fifth comes at weekends."""
    texts = the(fitted.to_frame(), event="page.visited", segment='plan is "pro"').text.splitlines()
    assert [text.split(" on ")[1] for text in texts] == ["weekdays between 08:00 and 18:00", "weekends"]


def test_busy_hours_of_new_contacts_come_back() -> None:
    """Thirty a day come in office hours, three at weekends."""
    true = """
scenario "True"
  assume 30 new contacts per day join program "Yoga" on weekdays between 09:00 and 17:00
  assume 3 new contacts per day join program "Yoga" on weekends
"""
    nobody = pd.DataFrame({"contact": ["c"]})
    results = flowdsl.simulate(PROGRAM + true, nobody, start="2026-01-05", days=91, seed=3)
    told = {"start": "2026-01-05", "until": "2026-04-06", "level": 0.99}
    row = the(flowdsl.fit(events_of(results), program=PROGRAM + true, **told).to_frame(), kind="new contacts")
    assert row.low < 33 < row.high
    office, weekend = row.text.split("\n")
    line = "assume (.+) to (.+) new contacts per day join program .Yoga. on {} like the table"
    for text, hours, rate in ((office, "weekdays between 09:00 and 17:00", 30), (weekend, "weekends", 3)):
        found = re.fullmatch(line.format(hours), text)
        assert found, text
        assert float(found[1]) * 0.9 < rate < float(found[2]) * 1.1


def test_the_text_is_a_program_that_runs_and_tells_its_rows(
    fitted: Fitted, past: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """Comments say from how many rows a line was fitted; without them it is what `scenario` holds."""
    events, _ = past
    assert flowdsl.check(PROGRAM + fitted.text) == []
    assert f"# {len(events):,} rows" in fitted.text
    visits = (events["event"] == "page.visited").sum()
    told = sum(int(line.split()[1].replace(",", "")) for line in fitted.text.splitlines() if " events of " in line)
    assert told == visits
    written = [line.strip() for line in fitted.text.splitlines()[1:] if not line.strip().startswith("#")]
    assert written == list(fitted.scenario.lines)


def test_a_simulation_of_the_fit_is_like_the_past(fitted: Fitted, past: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """As many visits and openings come of it as there were, within a twelfth in the mean of eight replications."""
    events, _ = past
    options: dict[str, Any] = {"start": "2026-01-05", "days": DAYS, "engine": "fast", "scenario": fitted.scenario}
    people = PEOPLE.assign(joined=pd.Timestamp("2026-01-01", tz="UTC"))
    again = [events_of(flowdsl.simulate(PROGRAM, people, **options, replication=n)) for n in range(8)]
    for event in ("page.visited", "email.opened"):
        before, *after = (
            ((one["event"] == event) & one["contact"].str.startswith("c")).sum() for one in (events, *again)
        )
        assert abs(np.mean(after) / before - 1) < 1 / 12


# --- laws and censoring -----------------------------------------------------------------------------------------------


def test_a_censored_exponential_is_events_by_time_under_observation() -> None:
    """The closed form: what is not over yet counts with the time for which it has been watched."""
    rng = np.random.default_rng(3)
    delays, ends = rng.exponential(5.0, 29), rng.uniform(0, 8, 29)
    over = delays <= ends
    found = fit_answers(delays[over], ends[~over], ever=1.0)
    assert found.name == "exponential"
    assert found.numbers[0] == pytest.approx((delays[over].sum() + ends[~over].sum()) / over.sum(), rel=1e-5)


LAWS: dict[str, tuple[Any, tuple[float, ...]]] = {
    "exponential": (stats.expon(scale=2), (2.0,)),
    "lognormal": (stats.lognorm(0.86, scale=2), (2.0, 0.86)),
    "weibull": (stats.weibull_min(0.6, scale=2), (2 * 1.504575, 0.6)),
    "gamma": (stats.gamma(2.5), (2.5, 2.5)),
    "within": (stats.uniform(0, 3), (3.0,)),
}


@pytest.mark.parametrize("name", LAWS)
def test_laws_of_delays_are_known_again(name: str) -> None:
    """Of answers that come with 35%, watched for up to 30 days: the law, its numbers, and the share in its interval."""
    law, numbers = LAWS[name]
    rng = np.random.default_rng(11)
    delays, ends = law.rvs(6000, random_state=rng), rng.uniform(0, 30, 6000)
    come = (rng.random(6000) < 0.35) & (delays <= ends)
    found = fit_answers(delays[come], ends[~come], level=0.99)
    assert found.name == name
    assert found.numbers == pytest.approx(numbers, rel=0.12)
    assert found.low < 0.35 < found.high


def test_a_delay_with_two_humps_is_measured() -> None:
    """Where no law fits, the quantiles themselves are written, and drawn from."""
    rng = np.random.default_rng(5)
    delays = np.where(rng.random(2000) < 0.5, rng.normal(1, 0.1, 2000), rng.normal(10, 1, 2000))
    found = fit_answers(delays, np.full(4000, 30.0))
    assert found.name == "measured"
    assert found.numbers[4] == pytest.approx(1.0, rel=0.1)
    assert found.numbers[12] == pytest.approx(10.0, rel=0.1)
    assert found.low < 1 / 3 < found.high


def test_what_was_sent_yesterday_has_not_been_left_unopened() -> None:
    """Half of all causes are younger than the usual delay; a share that took them for refusals would be far too low."""
    rng = np.random.default_rng(7)
    delays, ends = rng.exponential(10.0, 4000), rng.uniform(0, 20, 4000)
    come = (rng.random(4000) < 0.5) & (delays <= ends)
    found = fit_answers(delays[come], ends[~come])
    assert come.mean() < 0.3
    assert found.low < 0.5 < found.high
    assert found.high - found.low > 0.03  # the law is in doubt too, and the share with it


# --- counts -----------------------------------------------------------------------------------------------------------


def test_a_poisson_rate_has_the_jeffreys_interval() -> None:
    """Quantiles of a gamma law with half an event more."""
    found = poisson(np.array([3.0, 4.0]), np.array([10.0, 25.0]), level=0.9)
    assert (found.rate, found.events) == (7 / 35, 7)
    assert (found.low, found.high) == pytest.approx(tuple(stats.gamma(7.5).ppf([0.05, 0.95]) / 35))


def test_contacts_that_are_alike_are_not_set_apart() -> None:
    """BIC prefers one number to two, unless contacts differ more than chance makes them."""
    rng = np.random.default_rng(2)
    times = rng.uniform(5, 30, 5000)
    alike = rng.poisson(0.2 * times).astype(float)
    differing = rng.poisson(rng.gamma(0.5, 0.4, 5000) * times).astype(float)
    assert fit_rate(alike, times).law == "poisson"
    found = fit_rate(differing, times)
    assert found.law == "gamma-poisson"
    assert found.low < 0.2 < found.high
    assert found.shape_low < 0.5 < found.shape_high
    assert gamma_poisson(alike, times).bic > poisson(alike, times).bic


def test_a_flat_week_has_no_profile() -> None:
    """Chance alone makes no busy hours."""
    events = np.random.default_rng(1).poisson(20, (7, 24)).astype(float)
    assert [part.text for part in profile(events, np.full(7, 10.0))] == [""]


# --- what is said of doubtful pasts -----------------------------------------------------------------------------------


def visits(rates: Any, days: int = 100) -> pd.DataFrame:
    """Visits of contacts, a rate a day each, that may change with time."""
    rng = np.random.default_rng(8)
    rows = [
        (pd.Timestamp("2026-01-05") + pd.Timedelta(days=day + rng.random()), f"c{who}", "visits page")
        for who in range(200)
        for day in range(days)
        if rng.random() < rates(day)
    ]
    return pd.DataFrame(rows, columns=["time", "contact", "event"])


PEOPLE_200 = pd.DataFrame({"contact": [f"c{n}" for n in range(200)]})


def test_a_rate_that_fades_is_said_to_fade() -> None:
    """The language's rates are steady; that a forecast will be too high is told with the line."""
    assert "the rate fades" in flowdsl.fit(visits(lambda day: 0.2 * 0.98**day), PEOPLE_200).text
    steady = flowdsl.fit(visits(lambda day: 0.07), PEOPLE_200).text
    assert "fades" not in steady
    assert "grows" not in steady


def test_contacts_that_stopped_coming_are_no_line() -> None:
    """Newcomers of January say nothing of May."""
    events = visits(lambda day: 0.1)
    joins = pd.DataFrame({"time": pd.date_range("2026-01-05", periods=60, freq="6h"), "event": "joins program"})
    joins["contact"] = [f"n{n}" for n in range(60)]
    came = pd.DataFrame({"contact": joins["contact"], "joined": joins["time"]})
    people = pd.concat([PEOPLE_200.assign(joined=pd.Timestamp("2026-01-01")), came])
    found = flowdsl.fit(pd.concat([events, joins]), people, since="joined")
    assert any("none in the last 28 days" in one for one in found.unfitted)
    assert not (found.to_frame()["kind"] == "new contacts").any()


def test_what_cannot_be_fitted_is_said_with_its_rows() -> None:
    """Too few rows, answers to nothing that was sent, events of related objects."""
    some = pd.DataFrame(
        {
            "time": "2026-01-08",
            "contact": "c1",
            "event": ["buys offer", "opens email", "invoice is paid"],
            "object": ["O", "L", ""],
        }
    )
    found = flowdsl.fit(pd.concat([visits(lambda day: 0.05), some]), PEOPLE_200)
    text = found.text
    assert '# not fitted: buys offer "O": 1 rows are too few' in text
    assert "# not fitted: 1 rows of opens email: no email that was sent is known" in text
    assert "# not fitted: 1 rows of invoice is paid: events of related objects have dates of their own" in text
    assert flowdsl.check(f'flow "F"\n  when contact joins program\n  then send chat\n{text}') == []


def test_sends_may_stand_in_the_table() -> None:
    """Without a program rows such as `receives email` are the causes of answers."""
    time = pd.date_range("2026-01-05", periods=400, freq="3h")
    who = [f"c{n % 200}" for n in range(400)]
    sent = pd.DataFrame({"time": time, "contact": who, "event": "receives email", "object": "L"})
    opened = sent[::4].assign(event="opens email", time=time[::4] + pd.Timedelta(hours=5))
    row = the(flowdsl.fit(pd.concat([sent, opened]), PEOPLE_200).to_frame(), event="email.opened")
    assert row.estimate == pytest.approx(0.25, abs=0.002)
    assert "after 5 hours" in row.text


# --- each contact's own rate ------------------------------------------------------------------------------------------


def test_own_rates_learn_from_each_contacts_past(fitted: Fitted, past: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """The mean of a gamma law that has learnt: (shape + events) / (shape / rate + days)."""
    scenario, table = fitted.by_contact()
    events, _ = past
    row = the(fitted.to_frame(), event="page.visited", segment='plan is "pro"')
    days = {"day": 1, "week": 7, "month": 30.436875}[row.per]
    count = ((events["contact"] == "c2") & (events["event"] == "page.visited")).sum()
    own = table.set_index("contact").loc["c2", row.column]
    length = (fitted.until_ms - fitted.start_ms) / 86_400_000
    rate = row.estimate / days
    assert own == pytest.approx((row.spread + count) / (row.spread / rate + length) * days, rel=1e-3)
    people = PEOPLE.merge(table, on="contact")
    results = flowdsl.simulate(PROGRAM, people, scenario=scenario, start="2026-04-06", days=10, engine="fast")
    who = events_of(results).query("event == 'page.visited'")["contact"].value_counts()
    often = events[events["event"] == "page.visited"]["contact"].value_counts().index[:100]
    assert who.reindex(often).fillna(0).mean() > 3 * who.reindex(PEOPLE["contact"]).fillna(0).mean()


# --- the door ---------------------------------------------------------------------------------------------------------


def test_bad_tables_are_refused_as_in_simulate() -> None:
    """Every diagnostic of every table, with its rows, before anything is fitted."""
    events = pd.DataFrame({"time": ["2026-01-05", "soon"], "contact": ["c1", "cx"], "event": "visits page"})
    with pytest.raises(DataError) as error:
        flowdsl.fit(events, PEOPLE_200)
    assert sorted(diagnostic.code for diagnostic in error.value.diagnostics) == ["E508", "E509"]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ({"level": 90}, "E740", "level must be a probability"),
        ({"since": "joined"}, "E740", "no column `joined`"),
        ({"segments": ["contact"]}, "E740", "`contact` cannot split contacts into segments"),
        ({"mixtures": "no"}, "E740", "mixtures must be True or False"),
        ({"start": "2030-01-01", "until": "2030-02-01"}, "E741", "no event"),
        ({"start": "01/02/2026"}, "E702", "start"),
    ],
)
def test_options_that_cannot_be_are_told(options: dict[str, Any], code: str, said: str) -> None:
    """Each with its reason and a right example, never a traceback."""
    with pytest.raises(RunError, match=said) as error:
        flowdsl.fit(visits(lambda day: 0.05, 20), PEOPLE_200, **options)
    assert [diagnostic.code for diagnostic in error.value.diagnostics] == [code]
