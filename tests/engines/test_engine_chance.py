"""What contacts do by chance: shares, delays and rates against closed formulas, and whose draw hangs on what."""

from __future__ import annotations

from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from lives import Lived, Row, live, on, rows_of, setting_of

from flowdsl.results.records import Record

HOUR, DAY = 3_600_000, 86_400_000
PEOPLE: list[Row] = [{"contact": f"c{number}", "plan": "pro" if number % 2 else "free"} for number in range(4000)]
SEND = """
flow "F"
  when member joins program
  then send email "L"
scenario
"""


def joins(people: list[Row]) -> list[Row]:
    """Everybody joins at one moment."""
    return [on("2026-01-05", "joins program", contact=one["contact"]) for one in people]


def happened(lines: str, *, people: list[Row] = PEOPLE, days: int = 60, **keys: int) -> pd.DataFrame:
    """Every event of a scenario: contact, event, name and ms since the message was sent."""
    rows = rows_of(setting_of(SEND + lines, joins(people), people, days=days, **keys))
    sent = pd.Timestamp("2026-01-05", tz="UTC").value // 1_000_000
    found = [
        (contact, row.action, row.name, row.time - sent)
        for contact, many in rows.items()
        for row in many
        if row.kind == "event" and row.action != "program.joined"
    ]
    return pd.DataFrame(found, columns=["contact", "event", "name", "ms"])


def near(count: int, trials: int, share: float) -> bool:
    """Within five standard deviations of the binomial law."""
    return abs(count - trials * share) <= 5 * sqrt(trials * share * (1 - share))


# --- shares and delays ------------------------------------------------------------------------------------------------


def test_a_share_of_messages_is_answered() -> None:
    """35% of 4,000, each once."""
    opened = happened("assume contact opens email 35% after 4 hours")
    assert near(len(opened), 4000, 0.35)
    assert opened["contact"].is_unique
    assert set(opened["ms"]) == {4 * HOUR}


def test_nothing_and_everything_are_exact() -> None:
    """0% never happens, 100% always."""
    assert len(happened("assume contact opens email 0%", people=PEOPLE[:500])) == 0
    assert len(happened("assume contact opens email 100%", people=PEOPLE[:500])) == 500


SIGMA = log(3) / NormalDist().inv_cdf(0.9)


@pytest.mark.parametrize(
    ("delay", "law"),
    [
        ("after about 4 hours", lambda p: 4 * HOUR * exp(SIGMA * NormalDist().inv_cdf(p))),
        ("within 2 days", lambda p: 2 * DAY * p),
        ("after exponential(1 day)", lambda p: -DAY * log(1 - p)),
        ("after lognormal(20 minutes, 1.1)", lambda p: HOUR / 3 * exp(1.1 * NormalDist().inv_cdf(p))),
    ],
)
def test_delays_follow_their_law(delay: str, law: object) -> None:
    """The empirical distribution stays within the Kolmogorov bound (1e-6) of the closed formula at nine deciles."""
    ms = happened(f"assume contact opens email 100% {delay}", days=400)["ms"].to_numpy()
    assert len(ms) == len(PEOPLE)
    bound = sqrt(log(2 / 1e-6) / (2 * len(ms)))
    for p in np.arange(1, 10) / 10:
        assert abs((ms <= law(p)).mean() - p) < bound  # type: ignore[operator]


def test_an_answer_may_follow_another() -> None:
    """12% of openings are clicked, after the opening; an event that is no answer may follow as well."""
    found = happened("""
      assume contact opens email 50% after 1 hour
      assume contact clicks email 40% of opening it after 2 hours
      assume contact buys offer "O" 30% of clicking email "L" after 1 day
    """)
    opened, clicked, bought = (
        found[found["event"] == kind] for kind in ("email.opened", "email.clicked", "offer.bought")
    )
    assert near(len(clicked), len(opened), 0.4)
    assert near(len(bought), len(clicked), 0.3)
    assert set(clicked["contact"]) < set(opened["contact"])
    assert set(bought["ms"]) == {27 * HOUR}
    assert set(bought["name"]) == {"O"}


def test_the_most_specific_line_wins() -> None:
    """A line with the message's name over one without, one for some contacts over one for all."""
    found = happened("""
      assume contact opens email 0%
      assume contact opens email "L" 100% after 1 hour
      assume contact clicks email 0%
      assume contacts where plan is "pro" click email 100% after 1 hour
    """, people=PEOPLE[:100])  # fmt: skip
    assert (found["event"] == "email.opened").sum() == 100
    assert set(found[found["event"] == "email.clicked"]["contact"]) == {
        p["contact"] for p in PEOPLE[:100] if p["plan"] == "pro"
    }


def test_skipped_messages_and_those_to_staff_are_not_answered() -> None:
    """Only what a contact was sent can be opened."""
    program = """
        flow "F"
          when member joins program
          then send email "L" unless plan is "pro"
          then send email "M" to staff "Anna"
        scenario
          assume contact opens email 100% after 1 hour
    """
    rows = rows_of(setting_of(program, joins(PEOPLE[:20]), PEOPLE[:20]))
    opened = {contact for contact, many in rows.items() for row in many if row.action == "email.opened"}
    assert opened == {p["contact"] for p in PEOPLE[:20] if p["plan"] == "free"}
    assert {row.name for many in rows.values() for row in many if row.action == "email.opened"} == {"L"}


def test_each_send_draws_anew() -> None:
    """Ten sends of one message to one contact are opened as ten would be: some and not others."""
    program = """
        flow "F"
          when member joins program
          repeat 40 times
            then send email "L"
            wait 1 day
          end
        scenario
          assume contact opens email 50% after 1 hour
    """
    rows = rows_of(setting_of(program, joins(PEOPLE[:50]), PEOPLE[:50]))
    opened = [sum(row.action == "email.opened" for row in many) for many in rows.values()]
    assert near(sum(opened), 2000, 0.5)
    assert len(set(opened)) > 5


# --- rates ------------------------------------------------------------------------------------------------------------


def test_rates_are_poisson() -> None:
    """Counts of 4,000 contacts in 20 days at 0.7 a week: mean and variance are both 2, gaps have no memory."""
    found = happened('assume contact buys offer "O" 0.7 per contact per week', days=20)
    counts = found.groupby("contact").size().reindex([p["contact"] for p in PEOPLE], fill_value=0)
    n, mean = len(PEOPLE), 2.0
    assert abs(counts.mean() - mean) < 5 * sqrt(mean / n)
    assert abs(counts.var() - mean) < 5 * sqrt((mean + 2 * mean**2) / n)
    assert abs((counts == 0).mean() - exp(-mean)) < 5 * sqrt(exp(-mean) / n)


def test_rates_of_some_contacts() -> None:
    """`where` is looked at when the event would come."""
    found = happened('assume contacts where plan is "pro" buy offer "O" 1 per contact per day', people=PEOPLE[:200])
    assert set(found["contact"]) == {p["contact"] for p in PEOPLE[:200] if p["plan"] == "pro"}


def test_rates_start_runs() -> None:
    """What comes of itself triggers flows like any event."""
    program = """
        flow "F"
          when contact buys offer
          then do "x"
        scenario
          assume contact buys offer "O" 1 per contact per day
    """
    lived = live(program)
    bought = [row for row in lived.rows("records") if row["kind"] == "event"]
    assert len(lived.actions()) == len(bought) > 30
    assert {row["name"] for row in bought} == {"O"}


# --- what a draw hangs on ---------------------------------------------------------------------------------------------


def answers(lines: str, **keys: int) -> dict[str, list[tuple[str, int]]]:
    """The answers of 300 contacts."""
    found = happened(lines, people=PEOPLE[:300], **keys)
    return {c: list(zip(f["event"], f["ms"], strict=True)) for c, f in found.groupby("contact")}  # type: ignore[misc]


OPENS = "assume contact opens email 50% after about 4 hours"


def test_other_lines_change_no_draw() -> None:
    """Two variants under one seed differ only where they differ: openings stay as they were when clicks are added."""
    more = f"""
      {OPENS}
      assume contact clicks email 50% of opening it after about 4 hours
      assume contact buys offer "O" 0.1 per contact per day
      assume contact unsubscribes 5%
    """
    opened = {c: [one for one in many if one[0] == "email.opened"] for c, many in answers(more).items()}
    assert {c: many for c, many in opened.items() if many} == answers(OPENS)


def test_causes_draw_apart() -> None:
    """Who buys after a click does not hang on whether there is a line for buying after an opening."""
    chain = f"""
      {OPENS}
      assume contact clicks email 50% of opening it after 1 hour
      assume contact buys offer "O" 50% of clicking email after about 5 days
    """
    both = chain + '  assume contact buys offer "O" 50% of opening email after 1 minute'

    def late(lines: str) -> dict[str, int]:
        """The purchases that follow a click: they come later than a minute after the opening."""
        found = happened(lines, people=PEOPLE[:300])
        opened = found[found["event"] == "email.opened"].set_index("contact")["ms"]
        bought = found[found["event"] == "offer.bought"]
        return {c: ms for c, ms in zip(bought["contact"], bought["ms"], strict=True) if ms != opened[c] + 60_000}

    assert late(both) == late(chain)


def test_a_larger_share_keeps_who_answered_before() -> None:
    """The same draw against a higher threshold: whoever opened at 30% opens at 50%, at the same moment."""
    few, many = answers(OPENS.replace("50%", "30%")), answers(OPENS)
    assert few.items() < many.items()


def test_draws_hang_on_seed_and_replication() -> None:
    """Each gives other answers; none repeats another's."""
    first = answers(OPENS)
    assert answers(OPENS) == first
    others = [answers(OPENS, seed=1), answers(OPENS, replication=1), answers(OPENS, seed=1, replication=1)]
    assert all(other != first for other in others)
    both = sum(contact in others[1] for contact in first)
    assert near(both, len(first), 0.5)  # replications are independent


def test_a_trace_is_the_run_lived_again() -> None:
    """`results.trace` of a contact gives the rows of the table, and the steps between them."""
    program = SEND.replace(
        "scenario", 'wait until clicked "L" for up to 3 days\n if it happened then do "x" end\nscenario'
    )
    lines = f"{OPENS}\n assume contact clicks email 50% of opening it after 1 hour"
    lived: Lived = live(program + lines, *joins(PEOPLE[:30]), contacts=PEOPLE[:30])
    for contact in ("c3", "c17"):
        traced: list[Record] = lived.results.trace(contact)
        rows = [row for row in lived.rows("records") if row["contact"] == contact]
        plain = [row for row in traced if row.kind != "step"]
        assert [(r.kind, r.time, r.status or None) for r in plain] == [
            (r["kind"], r["time"].value // 1_000_000, r["status"] if isinstance(r["status"], str) else None)
            for r in rows
        ]
        assert len(traced) > len(plain)
