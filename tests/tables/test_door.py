"""What the door does not recognize: near names of columns, events and values are refused; tables of other libraries
and files of spreadsheets are read as if they came from pandas.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import gzip
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import flowdsl
from flowdsl.diagnostics.diagnostic import DataError, RunError
from flowdsl.notebook.kernel import commands
from flowdsl.notebook.kernel.parts import Command
from flowdsl.notebook.kernel.session import Session
from flowdsl.tables import Contacts, read_catalogue, read_contacts, read_events, read_objects

MAILS = 'flow "F" when contact joins program then send email "Hello"'
PEOPLE = Contacts(["c1"])
# Names of columns as customer databases, shops and spreadsheets have them.
ORDINARY = """
    email email_address phone phone_number mobile first_name last_name name full_name email_domain canton tagline
    time_zone_offset last_email_sent plan plan_name city country state region postal_code zip street address company
    company_name job_title title industry website url linkedin twitter birthday birth_date age gender language
    locale currency created created_at updated_at signed_up signup_date joined joined_at last_seen last_login
    last_order_date last_purchase total_spent orders orders_count average_order_value ltv clv mrr arr revenue amount
    balance credits points score lead_score lead_source lead_status lifecycle_stage owner account_owner account_id
    customer_id user_id external_id crm_id segment cohort source utm_source utm_medium utm_campaign utm_term
    utm_content campaign channel device browser os ip_address latitude longitude notes description comment status
    active is_active vip tier level rank role department team manager employees annual_revenue trial trial_end
    trial_ends renewal_date subscription subscription_status subscription_plan subscription_id subscription_start
    next_billing_date payment_method card_brand last4 invoice_count discount coupon referral referrer referral_code
    nps nps_score satisfaction survey_score visits page_views sessions bounce_rate open_rate click_rate opens clicks
    emails_sent emails_opened emails_clicked last_open last_click sms_count message_count newsletter topics
    interests hobbies favourite_color size shoe_size weight height membership_id membership_since membership_level
    member_since member_type group group_id course course_name program program_name badge_count badge_color
    tags_count staff consultant_date contract contract_end contact_name contact_email contact_owner contacted
    last_contacted emailed text_size canada cantine optional options option optimal subscriber_count unit_price
    p_open visits_per_week spambot_score push_token email_hash email_verified timezone_offset timezone_name_old Name
    Plan FirstName LastName CreatedDate Account Owner Phone MobilePhone LeadSource Birthdate Department
"""
CONSENT = """
Can_Email|can-email|can email|canEmail|can_emial|email_consent|consent_email|email_opt_in|opt_in_email|Unsubscribed
do_not_contact|bounced|HasOptedOutOfEmail|sms_allowed|subscribed|Marketing Consent|unsubscribed_at|wantsEmail
e-mail consent|Hard Bounce|suppressed|DNC|optout|Email Opt-Out|can_whatsapp|push_enabled|accepts_marketing|opted_in
"""
NEAR = {
    "Tags": "tags",
    "TimeZone": "timezone",
    "time zone": "timezone",
    "tz": "timezone",
    "timezoen": "timezone",
    "Membership": "membership",
    "membershp": "membership",
    "GROUPS": "groups",
    "tag": "tags",
}


def refused(column: str, **options: Any) -> DataError:
    with pytest.raises(DataError) as caught:
        read_contacts(pd.DataFrame({"contact": ["c1"], column: ["no"]}), **options)
    return caught.value


@pytest.mark.parametrize("column", CONSENT.strip().replace("\n", "|").split("|"))
def test_a_column_that_speaks_of_consent_is_refused_under_any_other_name(column: str) -> None:
    """Otherwise everybody would be sent to; the message says what the column should be called."""
    error = refused(column)
    assert [diagnostic.code for diagnostic in error.diagnostics] == ["E517"]
    assert "can_" in str(error)
    assert "note_" in str(error)


@pytest.mark.parametrize(("column", "meant"), NEAR.items())
def test_a_column_that_is_nearly_one_with_a_meaning_is_refused_with_the_rename(column: str, meant: str) -> None:
    """The rename is said for pandas and for the first line of a CSV file."""
    error = refused(column)
    assert [diagnostic.code for diagnostic in error.diagnostics] == ["E518"]
    assert f'contacts.rename(columns={{"{column}": "{meant}"}})' in str(error)
    assert f"write {meant} for {column}" in str(error)


def test_all_near_columns_are_named_at_once() -> None:
    """Two kinds of diagnostic, whatever the number of columns."""
    with pytest.raises(DataError) as caught:
        read_contacts(pd.DataFrame({"contact": ["c1"], "Tags": [""], "tz": [""], "canSms": ["no"], "bounced": ["no"]}))
    said = {diagnostic.code: diagnostic.words for diagnostic in caught.value.diagnostics}
    assert said == {"E517": "canSms, bounced", "E518": "Tags, tz"}


def test_ordinary_columns_raise_no_alarm() -> None:
    """More than 200 names of columns from real systems are attributes, as they should be."""
    names = ORDINARY.split()
    people = read_contacts(pd.DataFrame({"contact": ["c1"], **dict.fromkeys(names, "x")}), families=("tags", "badges"))
    assert set(names) <= set(people.types)


def test_a_column_that_the_program_uses_may_have_any_name() -> None:
    """So may one that begins with note_; a date of consent is fine beside the consent itself."""
    rows = pd.DataFrame({"contact": ["c1"], "email_consent": ["no"], "note_unsubscribed": ["yes"]})
    program = 'flow "F" when contact joins program unless email_consent is "no" then send email "Hello"'
    joins = pd.DataFrame({"time": ["2026-01-05"], "contact": ["c1"], "event": ["joins program"]})
    assert flowdsl.simulate(program, rows, events=joins).runs["reason"].tolist() == ["unless"]
    assert flowdsl.check(program, rows) == []
    assert [diagnostic.code for diagnostic in flowdsl.check(MAILS, rows)] == ["E517"]
    dated = pd.DataFrame({"contact": ["c1"], "can_email": ["no"], "email_consent_date": ["2025-01-01"]})
    assert read_contacts(dated).row(0).consent == {"email": False}


def test_parts_refuse_near_names_too(tmp_path: Path) -> None:
    """Headings of contacts and events are held against the known ones, though parts read some columns only."""
    joins = pd.DataFrame({"time": ["2026-01-05"], "contact": ["c1"], "event": ["joins program"]})
    for rows, events in (
        (pd.DataFrame({"contact": ["c1"], "Can_Email": ["no"]}), joins),
        (pd.DataFrame({"contact": ["c1"]}), joins.assign(Object="Yoga")),
    ):
        rows.to_parquet(tmp_path / "people.parquet")
        events.to_parquet(tmp_path / "events.parquet")
        files = {"contacts": [tmp_path / "people.parquet"], "events": [tmp_path / "events.parquet"]}
        for tables in (files, {"contacts": rows, "events": events}):
            with pytest.raises(DataError, match=r"E51[78]"):
                flowdsl.simulate(MAILS, **tables, engine="simpy", records="counts", out=tmp_path / "out")


@pytest.mark.parametrize(
    ("columns", "meant"),
    [
        (["Time", "contact", "event"], '"Time": "time"'),
        (["timestamp", "user_id", "event_name"], '"timestamp": "time", "user_id": "contact", "event_name": "event"'),
        (["time", "contact", "event", "Object"], '"Object": "object"'),
        (["time", "contact", "event", "objectId"], '"objectId": "object_id"'),
        (["time", "contact", "event", "Amount"], '"Amount": "amount"'),
    ],
)
def test_columns_of_events_that_are_nearly_known_are_refused(columns: list[str], meant: str) -> None:
    """So is a field that the program reads, under nearly its name."""
    cells = ["2026-01-05", "c1", "hop", "x"][: len(columns)]
    with pytest.raises(DataError) as caught:
        read_events(pd.DataFrame([cells], columns=columns), PEOPLE, fields=["amount"])
    assert f"events.rename(columns={{{meant}}})" in str(caught.value)


def test_columns_of_objects_and_of_the_catalogue_that_are_nearly_known_are_refused() -> None:
    """Missing ones are found under their usual other names."""
    with pytest.raises(DataError, match='"type": "kind"'):
        read_objects(pd.DataFrame({"type": ["event"], "object_id": ["o"], "contact": ["c1"]}), PEOPLE)
    with pytest.raises(DataError, match='"Title": "name"'):
        read_catalogue(pd.DataFrame({"kind": ["program"], "Title": ["Yoga"]}))


REFUSALS = {
    "bounced": "email bounced",
    "hard bounce": "email bounced",
    "smsBounced": "sms bounced",
    "email unsubscribed": "unsubscribed from email",
    "opted out": "unsubscribed from email",
    "opt out sms": "unsubscribed from sms",
    "opt-out": "unsubscribed from email",
    "spam complaint": "unsubscribed from email",
    "marked as spam": "unsubscribed from email",
}


def happened(event: str, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"time": ["2026-01-05"], "contact": ["c1"], "event": [event], **columns})


@pytest.mark.parametrize(("event", "meant"), REFUSALS.items())
def test_an_event_that_refuses_messages_is_never_a_custom_event_in_silence(event: str, meant: str) -> None:
    """It is refused with the event that is meant, which the vocabulary knows."""
    with pytest.raises(DataError) as caught:
        flowdsl.simulate(MAILS, pd.DataFrame({"contact": ["c1"]}), events=happened(event))
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["E519"]
    assert f'"{event}": "{meant}"' in str(caught.value)
    assert flowdsl.simulate(MAILS, pd.DataFrame({"contact": ["c1"]}), events=happened(meant)).plan


def test_a_refusal_that_the_program_listens_to_is_its_own() -> None:
    """A cheque may bounce, and a name with note_ means nothing."""
    program = 'flow "F" when "check bounced" happens then do "call"'
    people = pd.DataFrame({"contact": ["c1"]})
    assert len(flowdsl.simulate(program, people, events=happened("check bounced")).runs) == 1
    assert flowdsl.simulate(program, people, events=happened("note bounced"), days=1).runs.empty


@pytest.mark.parametrize("event", ["Program.Joined", "program_joined", "buys_offer", "BuysOffer", "emailOpened"])
def test_an_event_that_is_known_but_for_signs_and_case_is_refused(event: str) -> None:
    """As a custom event it would start nothing."""
    with pytest.raises(RunError, match="E715"):
        flowdsl.simulate(MAILS, pd.DataFrame({"contact": ["c1"]}), events=happened(event))


@pytest.mark.parametrize("event", ["plan_upgraded", "checkout_started", "door opened twice", "joined_programme"])
def test_honest_custom_events_pass(event: str) -> None:
    """They are no slips."""
    assert flowdsl.simulate(MAILS, pd.DataFrame({"contact": ["c1"]}), events=happened(event)).runs.empty


@pytest.mark.parametrize("event", ["Buys Offer", "Joined Program", "has bought an offer"])
def test_phrases_are_known_in_any_case_and_tense(event: str) -> None:
    """No diagnostic, no custom event."""
    assert read_events(happened(event), PEOPLE).customs == ()


def test_names_with_blanks_around_them_are_refused() -> None:
    """`Yoga ` would be another name than `Yoga`; the rows are named."""
    for table in (happened("joins program", object=["Yoga "]), happened("plan_upgraded ")):
        with pytest.raises(DataError, match="E520"):
            read_events(table, PEOPLE)
    with pytest.raises(DataError, match="E520"):
        read_catalogue(pd.DataFrame({"kind": ["program"], "name": [" Yoga"]}))


@pytest.mark.parametrize("cell", ["n/a", "none", "-", "NULL", " None "])
@pytest.mark.parametrize("column", ["membership", "tags"])
def test_a_word_that_says_that_there_is_nothing_is_no_name(column: str, cell: str) -> None:
    """With ; behind it, it is one."""
    with pytest.raises(DataError, match="E522"):
        read_contacts(pd.DataFrame({"contact": ["c1"], column: [cell]}))
    meant = read_contacts(pd.DataFrame({"contact": ["c1"], column: [f"{cell};"]}))
    assert list(meant.row(0).sets.values()) == [(cell.strip(),)]


def test_a_text_with_commas_may_be_one_name_or_several() -> None:
    """So it is refused; a list, or a ; in the text, says which."""
    with pytest.raises(DataError, match="E521"):
        read_contacts(pd.DataFrame({"contact": ["c1"], "tags": ["vip,new"]}))
    rows = pd.DataFrame({"contact": ["c1", "c2", "c3"], "tags": ["vip;new", "Paris, France;", ["a,b"]]})
    assert read_contacts(rows).sets["tags"] == [("vip", "new"), ("Paris, France",), ("a,b",)]


@pytest.mark.parametrize(
    "column",
    ["can_email", "Can_Email", "email_consent", "unsubscribed", "tags", "Tags", "timezone", "contact_id", "id"],
)
def test_a_column_with_a_meaning_cannot_be_set(column: str) -> None:
    """`set can_email to no` would change nothing; the diagnostic says what a program can do."""
    found = flowdsl.check(f'flow "F" when contact joins program then set {column} to "no" then send email "M"')
    assert [(diagnostic.code, bool(diagnostic.reason)) for diagnostic in found] == [("E420", True)]


def test_a_column_of_the_programs_own_can_be_set() -> None:
    """Also one that speaks of consent, where the program reads it too."""
    text = 'flow "F" when contact joins program unless unsubscribed is "yes" then set {} to "yes"'
    assert flowdsl.check(text.format("unsubscribed")) == flowdsl.check(text.format("plan")) == []


def renamed(thing: Any, old: str, new: str) -> Any:
    """A plan with a text in it changed, as only a document can say it."""
    if isinstance(thing, tuple):
        return tuple(renamed(each, old, new) for each in thing)
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        names = [field.name for field in dataclasses.fields(thing)]
        return dataclasses.replace(thing, **{name: renamed(getattr(thing, name), old, new) for name in names})
    return new if thing == old else thing


@pytest.mark.parametrize("column", ["can_email", "Can_Email", "unsubscribed", "tags", "timezone"])
def test_a_plan_from_json_cannot_set_it_either(column: str, tmp_path: Path) -> None:
    """Nobody has checked its text; it is refused before anything runs, in memory and in parts."""
    text = 'flow "F" when contact joins program then set plan to "no" then send email "M"'
    plan = flowdsl.load_plan(flowdsl.dump(renamed(flowdsl.load_plan(flowdsl.dump(text)), "plan", column)))
    people = pd.DataFrame({"contact": ["c1"], "can_email": ["yes"]})
    for options in ({}, {"records": "counts", "out": tmp_path / "out"}):
        with pytest.raises(RunError) as caught:
            flowdsl.simulate(plan, people, events=happened("joins program"), **options)
        assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["E420"]
    own = flowdsl.check(text.replace("plan", column))
    assert [diagnostic.reason for diagnostic in own] == [diagnostic.reason for diagnostic in caught.value.diagnostics]


@pytest.mark.parametrize(
    "line",
    [
        'flow "F" when contact joins program "Yoga " then send email "M"',
        'flow "F" when contact joins program unless has tag " Yoga " then send email "M"',
        'flow "F" when contact joins program then add tag "Yoga " then send email "M"',
        'flow "F" when " Yoga" happens then send email "M"',
        'flow "F" when contact joins program goal buys offer "Yoga\u00a0" then send email "M"',
        f'{MAILS}\nscenario "S"\n  assume contact buys offer "Yoga " 0.1 per contact per day',
        f'{MAILS}\nscenario "S"\n  assume 20% of contacts have tag "Yoga "',
    ],
)
def test_names_of_a_program_have_no_blanks_around_them_either(line: str) -> None:
    """Tables have no such names, so a program could wait for one for ever; the fix takes the blanks away."""
    found = flowdsl.check(line)
    assert [diagnostic.code for diagnostic in found if diagnostic.is_error] == ["E421"]
    assert [fix.text for diagnostic in found if diagnostic.code == "E421" for fix in diagnostic.fixes] == ['"Yoga"']


def test_names_of_a_plan_from_json_have_no_blanks_around_them() -> None:
    """The same diagnostic, before anything runs."""
    document = flowdsl.dump('flow "F" when contact joins program "Yoga" then send email "M"')
    plan = flowdsl.load_plan(flowdsl.dump(renamed(flowdsl.load_plan(document), "Yoga", "Yoga ")))
    with pytest.raises(flowdsl.ProgramError, match="E421"):
        flowdsl.simulate(plan, pd.DataFrame({"contact": ["c1"]}), events=happened("joins program"))


def test_a_column_that_only_fills_a_message_is_used(tmp_path: Path) -> None:
    """The table is taken in memory, in parts, by check and by preview; another program refuses it."""
    program = 'flow "F" when contact joins program then send sms "Consent: {email_consent}"'
    people = pd.DataFrame({"contact": ["c1"], "email_consent": ["no"]})
    joins = happened("joins program")
    assert flowdsl.check(program, people) == []
    for more in ({}, {"out": tmp_path / "out"}):
        assert len(flowdsl.simulate(program, people, events=joins, engine="simpy", **more).sends) == 1
        with pytest.raises(DataError, match="E517"):
            flowdsl.simulate(MAILS, people, events=joins, engine="simpy", **more)
    shown = flowdsl.parse(program).preview("Consent: {email_consent}", "c1", people)
    assert shown.body == "Consent: no"


def test_preview_takes_the_tables_that_simulate_takes() -> None:
    """Sets that the program does not look at may hold anything, and columns that it reads may have any name."""
    program = 'flow "F" when contact joins program unless email_consent is "no" then send sms "Hi {plan}"'
    people = pd.DataFrame({"contact": ["c1"], "plan": ["pro"], "email_consent": ["yes"], "tags": ["a,b"], "tag": ["x"]})
    assert len(flowdsl.simulate(program, people, events=happened("joins program")).sends) == 1
    assert flowdsl.parse(program).preview("Hi {plan}", "c1", people).body == "Hi pro"


# --- tables of other libraries ----------------------------------------------------------------------------------------


class Streams:
    """A table that gives an Arrow stream and has nothing else; it can be read once only, as some can."""

    def __init__(self, table: pa.Table) -> None:
        self._reader = table.to_reader()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._reader.__arrow_c_stream__(requested_schema)


# Older versions of pyarrow have no views of texts: there no table can hold them, and large texts take their place.
VIEWS = pa.string_view() if hasattr(pa, "string_view") else pa.large_string()


def everything() -> pa.Table:
    """Contacts with columns of every type that such tables have."""
    moment = dt.datetime(2001, 2, 3, 4, 5, 6)
    return pa.table(
        {
            "contact": pa.array(["c1", "c2", "c3"], VIEWS),
            "plan": pa.array(["pro", None, "pro"]).dictionary_encode(),
            "city": pa.array(["Rome", None, "Oslo"], pa.large_string()),
            "kind": pa.DictionaryArray.from_arrays(pa.array([0, 0, None], pa.int8()), pa.array(["x"], VIEWS)),
            "born": pa.array([dt.date(1990, 1, 1), None, dt.date(2001, 1, 1)], pa.date32()),
            **{f"at_{unit}": pa.array([moment, None, moment], pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns")},
            "zoned": pa.array([moment, None, moment], pa.timestamp("us", "Europe/Paris")),
            "amount": pa.array([Decimal("1.50"), None, Decimal("3.25")], pa.decimal128(8, 2)),
            "count": pa.array([1, None, 3], pa.int32()),
            "active": pa.array([True, None, False]),
            "can_email": pa.array([True, True, None]),
            "tags": pa.array([["vip"], None, []], pa.list_(pa.string())),
            "nothing": pa.nulls(3),
        }
    )


@pytest.mark.parametrize("as_table", [lambda table: table, Streams], ids=["pyarrow", "stream"])
def test_an_arrow_table_is_read_as_the_parquet_file_of_it(as_table: Any, tmp_path: Path) -> None:
    """Types, values, sets and consent are the same."""
    table = everything()
    plain = table.set_column(0, "contact", table["contact"].cast(pa.string()))
    decoded = table["kind"].combine_chunks()
    kinds = pa.DictionaryArray.from_arrays(decoded.indices, decoded.dictionary.cast(pa.string()))
    plain.set_column(3, "kind", kinds).to_pandas().to_parquet(tmp_path / "people.parquet")
    there, here = read_contacts(tmp_path / "people.parquet"), read_contacts(as_table(table))
    assert dict(here.types) == dict(there.types)
    assert [here.row(at) for at in range(3)] == [there.row(at) for at in range(3)]


@pytest.mark.parametrize("as_table", [lambda table: table, Streams], ids=["pyarrow", "stream"])
def test_every_verb_takes_arrow_tables(as_table: Any, tmp_path: Path) -> None:
    """simulate in memory and in parts, check, who_would_enter, forecast and fit do what they do with pandas."""
    people = pd.DataFrame({"contact": ["c1", "c2"], "can_email": [True, False]})
    joins = pd.DataFrame({"time": ["2026-01-05"] * 2, "contact": ["c1", "c2"], "event": "joins program", "object": "Y"})
    things = pd.DataFrame({"kind": ["event"], "object_id": ["e"], "contact": ["c1"]})
    catalogue = pd.DataFrame({"kind": ["program"], "name": ["Y"]})
    frames = {"events": joins, "objects": things, "catalogue": catalogue}

    def arrow(frame: pd.DataFrame) -> Any:
        return as_table(pa.Table.from_pandas(frame))

    def arrows() -> dict[str, Any]:
        return {name: arrow(frame) for name, frame in frames.items()}

    assert flowdsl.check(MAILS, arrow(people)) == []
    wanted = flowdsl.simulate(MAILS, people, **frames, days=2).summary()
    for more in ({}, {"out": tmp_path / "out"}):
        results = flowdsl.simulate(MAILS, arrow(people), **arrows(), days=2, engine="simpy", **more)
        assert str(results.summary()) == str(wanted)
    entrants = flowdsl.who_would_enter(MAILS, arrow(people), at="2026-01-06", events=arrow(joins))
    assert str(entrants) == str(flowdsl.who_would_enter(MAILS, people, at="2026-01-06", events=joins))
    asked = {"start": "2026-01-05", "days": 1, "replications": 19, "engine": "simpy"}
    told = [
        flowdsl.forecast(MAILS, p, events=e, **asked).totals()
        for p, e in ((people, joins), (arrow(people), arrow(joins)))
    ]
    pd.testing.assert_frame_equal(*told)
    visits = pd.DataFrame(
        {"time": pd.date_range("2026-01-05", periods=60, freq="11h"), "contact": "c1", "event": "visits page"}
    )
    assert flowdsl.fit(arrow(visits), arrow(people)).scenario.text == flowdsl.fit(visits, people).scenario.text


PAUSED = 'param pause 1 day\nflow "F" when contact joins program wait pause then send email "Hello"'
FEW = {"start": "2026-01-12", "days": 3, "replications": 19, "engine": "simpy"}
TIMES = {"train": ("2026-01-05", "2026-01-16"), "test": ("2026-01-16", "2026-01-20")}
VERBS: dict[str, Any] = {
    "compare": lambda people, events: flowdsl.compare({"a": PAUSED, "b": MAILS}, people, events=events, **FEW).totals(),
    "sweep": lambda people, events: flowdsl.sweep(
        PAUSED, {"pause": ["1 day", "2 days"]}, people, events=events, **FEW
    ).to_frame(),
    "backtest": lambda people, events: flowdsl.backtest(
        MAILS, people, events, **TIMES, replications=19, engine="simpy"
    ).to_frame(),
    "explore": lambda people, events: flowdsl.explore(
        PAUSED, people, events=events, start="2026-01-12", days=3
    ).forecast.totals(),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("as_table", [lambda table: table, Streams], ids=["pyarrow", "stream"])
def test_every_other_verb_takes_arrow_tables(verb: str, as_table: Any) -> None:
    """What runs a program several times reads a stream once, and gives what it gives with pandas."""
    people = pd.DataFrame({"contact": [f"c{n}" for n in range(5)], "can_email": [True, False, True, True, True]})
    times = pd.date_range("2026-01-05", periods=40, freq="11h").strftime("%Y-%m-%dT%H:%M")
    events = pd.DataFrame({"time": times, "contact": [f"c{n % 5}" for n in range(40)], "event": "joins program"})

    def arrow(frame: pd.DataFrame) -> Any:
        return as_table(pa.Table.from_pandas(frame, preserve_index=False))

    pd.testing.assert_frame_equal(VERBS[verb](arrow(people), arrow(events)), VERBS[verb](people, events))


def test_the_kernel_takes_files_of_arrow_tables(tmp_path: Path) -> None:
    """A cell names a Parquet file as it names a CSV file, and shows the same."""
    people = pd.DataFrame({"contact": ["c1", "c2"], "can_email": [True, False]})
    shown = []
    for ending in ("csv", "parquet"):
        for name, frame in (("people", people), ("events", happened("joins program"))):
            path = tmp_path / f"{name}.{ending}"
            if ending == "csv":
                frame.to_csv(path, index=False)
            else:
                pq.write_table(pa.Table.from_pandas(frame), path)
        session = Session()
        for kind, name in (("contacts", "people"), ("events", "events")):
            list(commands.table(session, Command(kind, f'"{tmp_path / name}.{ending}"', "", 1)))
        results = flowdsl.simulate(MAILS, session.tables["contacts"], **session.options())
        shown.append(str(results.summary()))
    assert shown[0] == shown[1]


# --- options and files ------------------------------------------------------------------------------------------------


def test_options_take_numbers_and_moments_of_numpy_and_pandas() -> None:
    """They give what Python's own give; truth values, decimals and arrays are refused with a code."""
    joins = happened("joins program")
    people = pd.DataFrame({"contact": ["c1"]})
    wanted = flowdsl.simulate(MAILS, people, events=joins, start="2026-01-05", days=3, seed=4).records
    for start in (pd.Timestamp("2026-01-05"), np.datetime64("2026-01-05"), np.datetime64("2026-01-05", "ns")):
        options = {"start": start, "days": np.int64(3), "seed": np.uint8(4), "replication": np.int16(0)}
        pd.testing.assert_frame_equal(flowdsl.simulate(MAILS, people, events=joins, **options).records, wanted)
    for days in (np.bool_(True), np.float64(3), np.array([1, 2]), "3"):
        with pytest.raises(RunError, match="E703"):
            flowdsl.simulate(MAILS, people, events=joins, days=days)
    for start in (pd.NaT, np.datetime64("NaT")):
        with pytest.raises(RunError, match="E702"):
            flowdsl.simulate(MAILS, people, events=joins, start=start, days=1)


TEXT = "contact;plan;city\r\nc1;pro;Zürich\r\nc1;free;Rome\r\n"


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (TEXT.encode(), "2, 3"),
        (b"\xef\xbb\xbf" + TEXT.encode(), "2, 3"),
        (b"sep=;\r\n" + TEXT.encode(), "3, 4"),
        (b"\xef\xbb\xbfsep=;\r\n" + TEXT.encode(), "3, 4"),
        (b'"sep=|"\n' + TEXT.replace(";", "|").encode(), "3, 4"),
        (b"SEP=\t\n" + TEXT.replace(";", "\t").encode(), "3, 4"),
        (("sep=;\n" + TEXT).encode("utf-16"), "3, 4"),
        (TEXT.replace(";", "\t").encode("utf-16"), "2, 3"),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
def test_files_of_spreadsheets_are_read(tmp_path: Path, content: bytes, lines: str, ending: str) -> None:
    """A first line sep=;, a mark of byte order and UTF-16 are understood, and lines are counted as an editor does."""
    path = tmp_path / f"people.{ending}"
    path.write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
    with pytest.raises(DataError) as caught:
        read_contacts(path)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["E507"]
    assert f"lines {lines}:" in str(caught.value)
    good = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8").replace("c1", "c2", 1)
    path.write_bytes(gzip.compress(good.encode()) if ending.endswith("gz") else good.encode())
    assert read_contacts(path).row(0).columns == {"contact": "c2", "plan": "pro", "city": "Zürich"}


def test_other_encodings_and_decimal_commas_are_refused_with_a_reason(tmp_path: Path) -> None:
    """Neither is guessed."""
    path = tmp_path / "people.csv"
    path.write_bytes(TEXT.encode("cp1252"))
    with pytest.raises(DataError, match="not UTF-8"):
        read_contacts(path)
    path.write_text("sep=;\ncontact;amount\nc1;3,5\n", encoding="utf-8")
    with pytest.raises(DataError, match="E513"):
        read_contacts(path, expected={"amount": "number"})
