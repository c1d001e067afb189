"""The library of templates: each is sound, in the one style, and does for its contacts what was worked out by hand.

`expected.csv` of a template was checked with a calendar (times are UTC; Paris is one hour ahead, from 29 March on two).
The facts that matter are told once more below, in code.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import flowdsl
from flowdsl import workspace
from flowdsl.workspace.entries import opened
from flowdsl.workspace.placeholders import unfilled

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = {template.name: template for template in workspace.templates()}
EVERY = pytest.mark.parametrize("name", TEMPLATES)
COLUMNS = ["time", "contact", "action", "name", "status", "reason"]


@cache
def results(name: str) -> flowdsl.Results:
    """What a template does with its own contacts and events, as its users would simulate it."""
    folder = TEMPLATES[name].folder
    return flowdsl.simulate(flowdsl.load(folder), str(folder / "contacts.csv"), events=str(folder / "events.csv"))


def done(name: str, contact: str, status: str = "done") -> list[tuple[str, str]]:
    """What was done for a contact, or planned and not done: the day and hour in UTC, and the name."""
    rows = results(name).actions
    rows = rows[(rows["contact"] == contact) & (rows["status"] == status)]
    return [(f"{time:%m-%d %H:%M}", str(what)) for time, what in zip(rows["time"], rows["name"], strict=True)]


def ends(name: str, contact: str) -> list[tuple[str, str]]:
    """How the runs of a contact ended: status and reason."""
    rows = results(name).runs
    rows = rows[rows["contact"] == contact][["status", "reason"]].astype(object).fillna("")
    return list(zip(rows["status"], rows["reason"], strict=True))


# --- all of them ------------------------------------------------------------------------------------------------------


def test_the_library_is_complete() -> None:
    """The eleven journeys that people ask for first."""
    assert set(TEMPLATES) == {
        "welcome", "abandoned-cart", "win-back", "post-purchase", "trial", "event-reminder", "dunning", "birthday",
        "webinar", "lead-nurturing", "class-discovery",
    }  # fmt: skip


@EVERY
def test_templates_are_sound_and_in_the_one_style(name: str) -> None:
    """No error, no warning, with the contacts at hand; the formatter leaves every file alone; plans can be exported."""
    folder = TEMPLATES[name].folder
    program = flowdsl.load(folder)
    assert flowdsl.check(program, str(folder / "contacts.csv")) == []
    assert all(flowdsl.format(path.read_text()) == path.read_text() for path in folder.glob("*.flow"))
    assert flowdsl.load_plan(flowdsl.dump(program)).flows


@EVERY
def test_templates_say_what_they_are_for(name: str) -> None:
    """Every flow and campaign has a description, and its workspace sets every word that the texts need."""
    assert all(entry.description for entry in workspace.listing(TEMPLATES[name].folder))
    assert unfilled(opened(TEMPLATES[name].folder)) == []
    assert TEMPLATES[name].words


@EVERY
def test_templates_do_what_was_worked_out_by_hand(name: str) -> None:
    """Every action, done or not, at the expected minute and for the expected reason."""
    found = results(name).actions[COLUMNS].astype(object)
    found = found.where(found.notna(), "")
    found["time"] = [f"{time:%Y-%m-%d %H:%M}" for time in found["time"]]
    expected = pd.read_csv(TEMPLATES[name].folder / "expected.csv", dtype=str, keep_default_na=False)
    assert found.to_dict("records") == expected.to_dict("records")


def test_templates_are_shipped() -> None:
    """The wheel holds the whole package folder, and all that belongs to a template lies in it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["flowdsl"]
    left_out = [ROOT / folder for folder in wheel["exclude"]]
    assert not any(template.folder.is_relative_to(folder) for template in TEMPLATES.values() for folder in left_out)
    for template in TEMPLATES.values():
        assert template.folder.is_relative_to(Path(flowdsl.__file__).parent)
        names = {path.name for path in template.folder.iterdir()}
        assert names == {f"{template.name}.flow", "workspace.flow", "contacts.csv", "events.csv", "expected.csv"}
        assert template.scenario.is_relative_to(Path(flowdsl.__file__).parent)


# --- in their scenarios -----------------------------------------------------------------------------------------------

COPIES, DAYS = 100, 120
MONTH = 365.25 / 12  # days
STARTS = {
    "abandoned-cart": "abandons cart",
    "dunning": "invoice is issued",
    "event-reminder": "event is created",
    "trial": "gets tag",
    "webinar": "registers for webinar",
}


@cache
def forecast(name: str) -> flowdsl.Results:
    """What a template does in its scenario, with a hundred copies of its contacts, and of the events that start it."""
    template = TEMPLATES[name]
    people, events = (pd.read_csv(template.folder / f"{table}.csv", dtype=str) for table in ("contacts", "events"))
    events = events[events["event"].str.startswith(STARTS.get(name, "nothing"))]
    return flowdsl.simulate(
        flowdsl.load(template.folder),
        copied(people, "contact"),
        events=copied(events, "contact", *({"object_id"} & {*events.columns})) if len(events) else None,
        scenario=flowdsl.load(template.scenario),
        start="2026-01-05",
        days=365 if name == "birthday" else DAYS,
    )


def copied(table: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The rows many times over; each copy has names of its own."""
    copies = [table.assign(**{name: table[name] + f"-{copy}" for name in names}) for copy in range(COPIES)]
    return pd.concat(copies, ignore_index=True)


def sent(name: str, message: str) -> int:
    """How many contacts a message was sent to."""
    rows = forecast(name).sends
    return int(((rows["message"] == message) & (rows["status"] == "sent")).sum())


def taken(name: str, action: str) -> int:
    """How often an action was done."""
    rows = forecast(name).actions
    return int(((rows["name"] == action) & (rows["status"] == "done")).sum())


def ended(name: str, reason: str, step: str = "") -> int:
    """How many runs ended for a reason, at a step."""
    rows = forecast(name).runs
    return int(((rows["reason"] == reason) & ((rows["step"] == step) | (step == ""))).sum())


def attempts(name: str) -> int:
    """How many entries there were, refused ones too."""
    return len(forecast(name).runs)


def likely(count: int, of: float, share: float, out: float = 0) -> bool:
    """Whether a count is within five standard deviations of a binomial one, or some contacts `out` of the question."""
    mean, deviation = of * share, (of * share * (1 - share)) ** 0.5
    return mean - 5 * deviation - out <= count <= mean + 5 * deviation


@EVERY
def test_scenarios_are_sound_and_in_the_one_style(name: str) -> None:
    """A scenario fits its template: no diagnostic and no warning with both in one program, as `new` writes them."""
    template = TEMPLATES[name]
    program, scenario = flowdsl.load(template.folder), flowdsl.load(template.scenario)
    assert flowdsl.format(template.scenario.read_text()) == template.scenario.read_text()
    whole = replace(
        program,
        declarations=(*program.declarations, *scenario.declarations),
        sources=(*program.sources, *scenario.sources),
    )
    assert flowdsl.check(whole, str(template.folder / "contacts.csv")) == []


@EVERY
def test_scenarios_lead_everywhere(name: str) -> None:
    """Every message is sent to somebody, and somebody comes to every step and takes every arm."""
    assert (forecast(name).summary().messages["sent"] > 0).all()
    steps = forecast(name).funnel().steps
    assert steps.loc[(steps["reached"] == 0) & (steps["step"] != "end"), "step"].tolist() == []


def test_scenarios_come_out_as_their_numbers_say() -> None:
    """What became of runs is what multiplying the chances of the scenario gives, for each template."""
    assert likely(taken("welcome", "curious"), sent("welcome", "Our story"), 0.45 * 0.12, out=5)
    carts = 400 * DAYS * 2 / MONTH + COPIES * 5
    assert abs(attempts("abandoned-cart") - carts) < 5 * carts**0.5
    assert likely(ended("win-back", "offer.bought", "wait"), sent("win-back", "We miss you"), 0.04)
    assert likely(ended("win-back", "offer.bought", "wait #2"), sent("win-back", "A reason to come back"), 0.06)
    orders = 300 * DAYS * 0.5 / MONTH
    assert abs(attempts("post-purchase") - orders) < 5 * orders**0.5
    assert likely(ended("trial", "membership.bought"), sent("trial", "Your trial ends tomorrow"), 0.55 * 0.2)
    bounced = forecast("event-reminder").summary().skipped["skipped"]["email", "One week to go", "bounced"]
    assert likely(bounced, sent("event-reminder", "You are in"), 0.01)
    assert likely(ended("dunning", "invoice.paid", "wait #2"), sent("dunning", "Have you forgotten our invoice?"), 0.5)
    assert likely(ended("dunning", "invoice.paid", "wait #3"), sent("dunning", "Second reminder"), 0.4)
    assert likely(ended("birthday", "present unwrapped"), sent("birthday", "Happy birthday"), 0.6 * 0.3 * 0.5)
    assert likely(sent("webinar", "Thank you for coming"), attempts("webinar"), 0.4)
    forms = DAYS * 15
    assert abs(attempts("lead-nurturing") - sent("lead-nurturing", "Your guide") - forms) < 5 * forms**0.5
    assert likely(taken("class-discovery", "Discovery"), sent("class-discovery", "A month of classes"), 0.6 * 0.35)


# --- the facts that matter --------------------------------------------------------------------------------------------


def test_welcome() -> None:
    """Three letters; none after the first order, and none without consent; a second form starts nothing."""
    assert [what for _, what in done("welcome", "ann")] == ["Welcome", "Our story", "curious", "Where to begin"]
    assert [what for _, what in done("welcome", "bob")] == ["Welcome"]
    assert ends("welcome", "bob") == [("converted", "offer.bought")]
    assert len(done("welcome", "cleo", "skipped")) == 3
    assert ends("welcome", "dan") == [("completed", ""), ("declined", "limit")]


def test_abandoned_cart() -> None:
    """Nothing for who buys within four hours; a late cart waits for the morning; a call for large ones."""
    assert done("abandoned-cart", "bob") == []
    assert done("abandoned-cart", "dan")[0] == ("01-07 07:00", "You left something behind")
    assert done("abandoned-cart", "ann")[-1][1] == "Call {first_name} about a large cart"
    assert ends("abandoned-cart", "ann")[1] == ("declined", "limit")
    assert [what for _, what in done("abandoned-cart", "cleo")] == ["You left something behind"] * 2


def test_win_back() -> None:
    """The letter comes on the ninetieth day at ten in Paris, also in summer; buyers hear no more."""
    assert done("win-back", "ann")[0] == ("02-08 09:00", "We miss you")  # 10 November and 90 days
    assert done("win-back", "dan")[1:] == [("04-07 08:00", "A reason to come back"), ("05-07 08:00", "dormant")]
    assert ends("win-back", "bob") == [("converted", "offer.bought")]
    assert ends("win-back", "cleo") == [("declined", "unless")]
    assert ends("win-back", "fay") == [("declined", "unless")]  # ordered on 5 February, three days before the letter
    assert ends("win-back", "eve") == []


def test_post_purchase() -> None:
    """Thanks reach everybody; the first order and later ones differ; who gets the money back is not asked."""
    assert done("post-purchase", "cleo") == [("01-06 09:00", "Thank you")]
    assert [what for _, what in done("post-purchase", "bob")][-2:] == ["Thank you", "Good to see you again"]
    assert ends("post-purchase", "bob") == [("completed", ""), ("exited", "sale.refunded")]
    assert done("post-purchase", "ann")[-1] == ("01-20 18:00", "reviewer")


def test_trial() -> None:
    """Three days and one day before the end; past reminders are left out; members are left alone."""
    assert ("01-16 08:00", "Three days left") in done("trial", "ann")
    assert ("01-18 08:00", "Call {first_name}: the trial ends tomorrow") in done("trial", "ann")
    assert done("trial", "cleo", "skipped") == [("01-05 12:00", "Three days left")]
    assert ends("trial", "bob") == [("converted", "membership.bought")]
    assert len(done("trial", "dan", "skipped")) == 3  # no date to tell from


def test_event_reminder() -> None:
    """Who books three days before gets the last reminder only; a cancelled event is silent; a moved one moves along."""
    assert done("event-reminder", "bob", "skipped") == [("01-28 12:00", "One week to go")]
    assert done("event-reminder", "bob")[1] == ("01-30 08:00", "See you tomorrow")
    assert ends("event-reminder", "cleo") == [("exited", "event.became"), ("completed", "")]
    assert [day for day, _ in done("event-reminder", "cleo")[2:4]] == ["02-05 08:00", "02-11 08:00"]


def test_dunning() -> None:
    """Reminders on days 3, 10, then every four from 15, a call on day 29; paying one invoice ends that one alone."""
    due = pd.Timestamp("2026-01-19", tz="Europe/Paris")
    rows = results("dunning").actions
    rows = rows[rows["contact"] == "ann"]
    days = [(time.tz_convert("Europe/Paris").normalize() - due).days for time in rows["time"]]
    assert days == [3, 10, 15, 19, 23, 27, 29]
    assert set(rows["status"]) == {"done"}  # who wants no advertising is reminded all the same
    paid = results("dunning").runs.set_index("object_id").loc[["i2", "i3", "i4"]]
    assert set(paid["status"]) == {"converted"}
    assert ("02-03 08:00", "Your invoice is overdue") in done("dunning", "bob")  # i2, days after i3 was paid
    assert done("dunning", "cleo") == []


def test_birthday() -> None:
    """29 February is kept on the 28th in other years; the present is gone once used, or after a month."""
    congratulated = [day for day, what in done("birthday", "ann") if what == "Happy birthday"]
    assert congratulated == ["02-28 08:00", "02-29 08:00"]  # 2027 and 2028
    assert ends("birthday", "bob") == [("completed", "present unwrapped"), ("completed", "present expired")]
    assert done("birthday", "cleo") == []


def test_webinar() -> None:
    """The recording goes to who missed it; who registers on the day misses nothing but the first reminder."""
    assert done("webinar", "bob")[-1] == ("01-16 09:00", "The recording")
    assert done("webinar", "ann")[-1] == ("01-16 09:00", "Thank you for coming")
    assert done("webinar", "cleo", "skipped") == [("01-15 09:00", "The webinar is tomorrow")]
    assert ("01-15 17:45", "We are about to begin") in done("webinar", "cleo")


def test_lead_nurturing() -> None:
    """Looking at the prices ends the letters and brings a call; members are no leads."""
    assert [what for _, what in done("lead-nurturing", "ann")][2:5] == [
        "Your guide", "What others did with it", "Shall we talk?",
    ]  # fmt: skip
    assert ("01-09 15:00", "Call {first_name}, who looked at the prices") in done("lead-nurturing", "bob")
    assert done("lead-nurturing", "bob", "cancelled") == [("01-09 15:00", "Shall we talk?")]
    assert ends("lead-nurturing", "cleo") == [("declined", "unless")]


def test_class_discovery() -> None:
    """The fourth booking counts, no other; a click brings a call, silence a text message; members are left alone."""
    assert done("class-discovery", "ann")[0] == ("01-11 08:00", "A month of classes")  # three days after 8 January
    assert done("class-discovery", "ann")[-1][1] == "Call {first_name}, who likes it here"
    assert done("class-discovery", "bob")[0][0] == "01-12 08:00"  # in Paris the booking is on 9 January
    assert done("class-discovery", "cleo", "skipped")[0][1].endswith("is still waiting")
    assert ends("class-discovery", "dan") == [("declined", "unless")]
    assert ends("class-discovery", "eve") == []
