"""Journeys of the field from beginning to end, each with the dates that a person works out with a calendar.

Every docstring derives what must happen; the lines below it say when, in the journey's own clock. 2026: 1 January is a
Thursday, clocks go forward in Paris on 29 March and in New York on 8 March.
"""

from __future__ import annotations

from lives import live, on

# --- money ------------------------------------------------------------------------------------------------------------

DUNNING = """
    flow "Dunning"
      when invoice is issued
      limit once per invoice
      goal invoice is paid
      timezone "Europe/Paris"
      wait until 3 days after invoice.due at 09:00
      then send email "A reminder"
      wait 7 days at 09:00
      then send email "A second reminder"
      wait 5 days at 09:00
      repeat 3 times
        then send email "Please pay"
        wait 4 days at 09:00
      end
      then send email "Please pay"
      wait 3 days at 09:00
      label "Every other day"
      then send email "Final notice"
      wait 2 days at 09:00
      go to "Every other day" at most 30 times
"""


def test_dunning_goes_on_until_that_invoice_is_paid() -> None:
    """Unpaid: days 3 and 10 after it is due, every 4 days from 15 to 29, every 2 from 30; it stops at the payment.

    A is due on 10 March. Day 3 is the 13th, day 10 the 20th; 15, 19, 23 and 27 are 25 and 29 March, 2 and 6 April (31
    would be past 29); 30, 32, 34… are 9, 11, 13 April. It is paid on the 12th, so the 11th is the last. B is due on the
    20th and paid on the 24th: one reminder on the 23rd, and A's dunning never notices. Clocks change on the 29th: each
    message comes at nine all the same.
    """
    lived = live(
        DUNNING,
        on("2026-02-10 10:00", "invoice is issued", object_id="A", due="2026-03-10"),
        on("2026-02-20 10:00", "invoice is issued", object_id="B", due="2026-03-20"),
        on("2026-03-24 08:00", "invoice is paid", object_id="B"),
        on("2026-04-12 18:00", "invoice is paid", object_id="A"),
        start="2026-02-01",
        days=120,
        zone="Europe/Paris",
    )
    assert lived.sends() == [
        "2026-03-13 09:00 A reminder",
        "2026-03-20 09:00 A second reminder",
        "2026-03-23 09:00 A reminder",
        "2026-03-25 09:00 Please pay",
        "2026-03-29 09:00 Please pay",
        "2026-04-02 09:00 Please pay",
        "2026-04-06 09:00 Please pay",
        "2026-04-09 09:00 Final notice",
        "2026-04-11 09:00 Final notice",
    ]
    assert [(run["object_id"], str(run["status"]), lived.at(run["ended"])) for run in lived.rows("runs")] == [
        ("A", "converted", "2026-04-12 20:00"),
        ("B", "converted", "2026-03-24 09:00"),
    ]


def test_an_abandoned_cart_is_forgotten_when_its_owner_buys() -> None:
    """A nudge after an hour, another a day later, a gift two days after that; a purchase in between ends it.

    Ann leaves her cart on Monday the 5th at 20:00, gets the nudge at 21:00, and buys on Tuesday at 20:59:59, a second
    before the next. She leaves another one on Friday, and buys nothing: all three come. Ben buys within the hour.
    """
    lived = live(
        """
        flow "Cart"
          when client abandons cart
          goal buys offer
          wait 1 hour
          then send email "You forgot something"
          wait 1 day
          then send email "Still there"
          wait 2 days
          then send email "A gift"
        """,
        on("2026-01-05 20:00", "abandons cart", "c1"),
        on("2026-01-05 20:00", "abandons cart", "c7", contact="ben"),
        on("2026-01-05 20:59:59", "buys offer", "Mat", contact="ben"),
        on("2026-01-06 20:59:59", "buys offer", "Mat"),
        on("2026-01-09 12:00", "abandons cart", "c2"),
        contacts=[{"contact": "ann"}, {"contact": "ben"}],
    )
    assert lived.actions("ann") == [
        "2026-01-05 21:00 You forgot something",
        "2026-01-06 20:59:59 Still there cancelled: offer.bought",
        "2026-01-09 13:00 You forgot something",
        "2026-01-10 13:00 Still there",
        "2026-01-12 13:00 A gift",
    ]
    assert lived.runs("ann") == ["converted: offer.bought", "completed"]
    assert lived.actions("ben") == ["2026-01-05 20:59:59 You forgot something cancelled: offer.bought"]
    assert lived.spans("ben") == ["2026-01-05 20:00 to 2026-01-05 20:59:59"]


def test_each_purchase_restarts_the_winback() -> None:
    """30 days after the last purchase comes a message, 14 days later a gift, and then the customer counts as lost.

    Purchases on 1 and 20 January and on 1 March. The first run is left on the 20th; the second writes on 19 February
    and is left on 1 March, the day before its gift; the third writes on 31 March and 14 April. At each purchase the old
    run ends before the new one begins, so the limit refuses nobody.
    """
    lived = live(
        """
        flow "Win back"
          when client buys offer
          limit one at a time
          exit when buys offer
          wait 30 days
          then send email "We miss you"
          wait 14 days
          then send email "A gift"
          then add tag "lost"
        """,
        *(on(f"{day} 10:00", "buys offer", "Class") for day in ("2026-01-01", "2026-01-20", "2026-03-01")),
        days=120,
    )
    assert lived.sends() == [
        "2026-02-19 10:00 We miss you",
        "2026-03-31 10:00 We miss you",
        "2026-04-14 10:00 A gift",
    ]
    assert lived.spans() == [
        "2026-01-01 10:00 to 2026-01-20 10:00",
        "2026-01-20 10:00 to 2026-03-01 10:00",
        "2026-03-01 10:00 to 2026-04-14 10:00",
    ]
    assert lived.runs() == ["exited: offer.bought", "exited: offer.bought", "completed"]


# --- dates ------------------------------------------------------------------------------------------------------------


def test_reminders_that_are_past_are_skipped_for_who_registers_late() -> None:
    """Two weeks, one week, a day, two hours before the event, and thanks the day after; who comes late gets the rest.

    The event is on Saturday 24 January at 18:00 in Paris. Ann registers on the 1st and gets all of it. Ben registers
    on the 21st at noon, three days before: the first two are past, and each leaves its row at that moment; the others
    come. The day before is at nine; two hours before is at 16:00.
    """
    lived = live(
        """
        flow "Reminders"
          when event is created
          limit once per event
          exit when event becomes "cancelled"
          timezone "Europe/Paris"
          wait until 14 days before event.start at 09:00
          then send email "In two weeks"
          wait until 7 days before event.start at 09:00
          then send email "In a week"
          wait until 1 day before event.start at 09:00
          then send email "Tomorrow"
          wait until 2 hours before event.start
          then send sms "In two hours"
          wait until 1 day after event.end at 10:00
          then send email "Thank you"
        """,
        on("2026-01-01 12:00", "event is created", object_id="e1", start="2026-01-24T17:00Z", end="2026-01-24T20:00Z"),
        on(
            "2026-01-21 11:00", "event is created", contact="ben", object_id="e2", start="2026-01-24T17:00Z",
            end="2026-01-24T20:00Z",
        ),
        contacts=[{"contact": "ann"}, {"contact": "ben"}],
        zone="Europe/Paris",
    )  # fmt: skip
    still_to_come = ["2026-01-23 09:00 Tomorrow", "2026-01-24 16:00 In two hours", "2026-01-25 10:00 Thank you"]
    assert lived.actions("ann") == ["2026-01-10 09:00 In two weeks", "2026-01-17 09:00 In a week", *still_to_come]
    assert lived.actions("ben") == [
        "2026-01-21 12:00 In two weeks skipped: date passed",
        "2026-01-21 12:00 In a week skipped: date passed",
        *still_to_come,
    ]


def test_a_birthday_on_29_february_comes_every_year() -> None:
    """On the 29th in leap years, on the 28th in others, at nine on the contact's own clock.

    2028 is the only leap year from 2026 to 2029. A week before that day is 21 February, and 22 February in 2028.
    """
    lived = live(
        """
        flow "Birthday"
          when birthday comes every year at 09:00
          then send email "Happy birthday"
        flow "A week before"
          when 7 days before birthday every year at 09:00
          then send sms "Soon"
        """,
        contacts=[{"contact": "ann", "birthday": "1996-02-29", "timezone": "Asia/Tokyo"}],
        days=4 * 365 + 1,
        zone="Asia/Tokyo",
    )
    assert lived.sends() == [
        "2026-02-21 09:00 Soon",
        "2026-02-28 09:00 Happy birthday",
        "2027-02-21 09:00 Soon",
        "2027-02-28 09:00 Happy birthday",
        "2028-02-22 09:00 Soon",
        "2028-02-29 09:00 Happy birthday",
        "2029-02-21 09:00 Soon",
        "2029-02-28 09:00 Happy birthday",
    ]


def test_a_trial_that_is_prolonged_is_reminded_of_its_new_end() -> None:
    """Seven, three and one days before `trial_ends`; who prolongs is told about the new date, and of the old no more.

    Both trials end on 20 January: 13, 17 and 19 January at nine. Ann prolongs on the 15th to 3 February: what was due
    on the 17th and 19th does not come; 27 and 31 January and 2 February do. Who upgrades is not meant: Cem.
    """
    reminders = "".join(
        f"""
        flow "{days} before"
          when {days} before trial_ends at 09:00 where plan is "trial"
          then send email "{days} left"
        """
        for days in ("7 days", "3 days", "1 day")
    )
    lived = live(
        reminders
        + """
        flow "Prolonged"
          when contact submits form "Prolong"
          then set trial_ends to 2026-02-03
        flow "Upgraded"
          when client buys offer "Pro"
          then set plan to "pro"
        """,
        on("2026-01-15 14:00", "submits form", "Prolong"),
        on("2026-01-18 14:00", "buys offer", "Pro", contact="cem"),
        contacts=[{"contact": name, "trial_ends": "2026-01-20", "plan": "trial"} for name in ("ann", "ben", "cem")],
    )
    assert lived.sends("ann") == [
        "2026-01-13 09:00 7 days left",
        "2026-01-27 09:00 7 days left",
        "2026-01-31 09:00 3 days left",
        "2026-02-02 09:00 1 day left",
    ]
    assert lived.sends("ben") == [
        "2026-01-13 09:00 7 days left",
        "2026-01-17 09:00 3 days left",
        "2026-01-19 09:00 1 day left",
    ]
    assert lived.sends("cem") == ["2026-01-13 09:00 7 days left", "2026-01-17 09:00 3 days left"]
    assert lived.runs("cem", "1 day before") == []


# --- beginnings -------------------------------------------------------------------------------------------------------


def test_an_order_turns_the_rest_of_a_welcome_series_into_skipped_rows() -> None:
    """Day 0, 2 and 5, `unless bought offer since start`: the run goes on to its end, and says what it did not send.

    Ann joins on the 5th, having bought long ago, which does not count; she orders on day 1, the 6th. The welcome has
    gone out; days 2 and 5 are skipped on the 7th and the 10th, and so is the tag. Ben orders nothing.
    """
    lived = live(
        """
        flow "Welcome"
          when subscriber joins group "Newsletter"
          unless bought offer since start
          then send email "Welcome"
          wait 2 days
          then send email "Our story"
          wait 3 days
          then send email "10% off"
          then add tag "cold"
        """,
        on("2025-11-01 09:00", "buys offer", "Mat"),
        on("2026-01-05 09:00", "joins group", "Newsletter"),
        on("2026-01-05 09:00", "joins group", "Newsletter", contact="ben"),
        on("2026-01-06 09:00", "buys offer", "Mat"),
        contacts=[{"contact": "ann"}, {"contact": "ben"}],
    )
    assert lived.actions("ann") == [
        "2026-01-05 09:00 Welcome",
        "2026-01-07 09:00 Our story skipped: unless",
        "2026-01-10 09:00 10% off skipped: unless",
        "2026-01-10 09:00 cold skipped: unless",
    ]
    assert lived.runs("ann") == ["completed"]
    assert lived.actions("ben") == [
        "2026-01-05 09:00 Welcome",
        "2026-01-07 09:00 Our story",
        "2026-01-10 09:00 10% off",
        "2026-01-10 09:00 cold",
    ]


def test_a_webinar_tells_those_who_came_from_those_who_missed_it() -> None:
    """A confirmation, a reminder the evening before, and on the day the recording or a new date.

    The webinar is on 15 January at 18:00. All three register on the 5th: confirmation then, reminder on the 14th at
    18:00, 24 hours before. Ann attends at 18:05 and gets the offer an hour later, at 19:05. Ben is marked as having
    missed it at 20:00 and gets the recording at once. Of Cem nothing is known: at 18:00 on the 18th, three days after
    the reminder's end of waiting, he gets the recording as well.
    """
    lived = live(
        """
        flow "Webinar"
          when contact registers for webinar "Breathing"
          then send email "You are in"
          wait until 2026-01-14 at 18:00
          then send email "Tomorrow"
          wait until attends webinar "Breathing" or misses webinar "Breathing" for up to 4 days
          if attended webinar "Breathing" since start
            wait 1 hour
            then send email "The course"
          otherwise send email "The recording"
          end
        """,
        *(on("2026-01-05 10:00", "registers for webinar", "Breathing", contact=name) for name in ("ann", "ben", "cem")),
        on("2026-01-15 18:05", "attends webinar", "Breathing"),
        on("2026-01-15 20:00", "misses webinar", "Breathing", contact="ben"),
        on("2026-01-16 20:00", "misses webinar", "Cooking", contact="cem"),
        contacts=[{"contact": name} for name in ("ann", "ben", "cem")],
    )
    first = ["2026-01-05 10:00 You are in", "2026-01-14 18:00 Tomorrow"]
    assert lived.sends("ann") == [*first, "2026-01-15 19:05 The course"]
    assert lived.sends("ben") == [*first, "2026-01-15 20:00 The recording"]
    assert lived.sends("cem") == [*first, "2026-01-18 18:00 The recording"]


# --- people -----------------------------------------------------------------------------------------------------------


def test_who_misses_a_class_is_asked_back_once_until_the_next_booking() -> None:
    """The morning after a no-show comes a message, and a task on the third no-show; a new booking calls it off.

    Ann misses classes on the 5th, 7th and 9th of January at 18:00. Messages come at ten on the 6th and the 8th. After
    the third she books again on the 9th at 22:00: the message of the 10th is called off, the task has been made.
    """
    lived = live(
        """
        flow "No-show"
          when client misses class
          exit when books class
          if missed class at least 3 times in the last 30 days
            then create task "Call {first_name}" for "front desk"
          end
          wait 1 day at 10:00
          then send sms "We missed you"
        """,
        on("2025-11-01 18:00", "misses class", "Yin"),
        *(on(f"2026-01-{day} 18:00", "misses class", "Yin") for day in ("05", "07", "09")),
        on("2026-01-09 22:00", "books class", "Yin"),
        contacts=[{"contact": "ann", "first_name": "Ann"}],
    )
    assert lived.actions() == [
        "2026-01-06 10:00 We missed you",
        "2026-01-08 10:00 We missed you",
        "2026-01-09 18:00 Call {first_name}",
        "2026-01-09 22:00 We missed you cancelled: class.booked",
    ]
    assert lived.runs() == ["completed", "completed", "exited: class.booked"]


def test_a_lead_is_handed_over_from_nurturing_to_sales_and_back() -> None:
    """`start flow` and `stop flow` pass a contact between flows; one end each, nothing sent twice.

    Ann becomes a lead on the 5th: a letter then and every 7 days. On the 14th she asks for a quote: nurturing stops
    where it stands (its third letter, due on the 19th, is cancelled) and sales begins with a task. Nothing happens for
    5 days, so on the 19th she is handed back: nurturing begins anew with its first letter, a second run.
    """
    lived = live(
        """
        flow "Nurture"
          when contact becomes lead
          then send email "Letter 1"
          wait 7 days
          then send email "Letter 2"
          wait 7 days
          then send email "Letter 3"
        flow "Sales"
          when contact submits form "Quote"
          limit one at a time
          then stop flow "Nurture"
          then create task "Call" for "sales"
          wait until lead becomes "won" for up to 5 days
          if not it happened
            then start flow "Nurture"
            exit "handed back"
          end
        """,
        on("2026-01-05 09:00", "becomes lead"),
        on("2026-01-14 09:00", "submits form", "Quote"),
        days=30,
    )
    assert lived.actions() == [
        "2026-01-05 09:00 Letter 1",
        "2026-01-12 09:00 Letter 2",
        "2026-01-14 09:00 Nurture",
        "2026-01-14 09:00 Letter 3 cancelled: stopped",
        "2026-01-14 09:00 Call",
        "2026-01-19 09:00 Nurture",
        "2026-01-19 09:00 Letter 1",
        "2026-01-26 09:00 Letter 2",
        "2026-02-02 09:00 Letter 3 planned",
    ]
    assert lived.runs(flow="Nurture") == ["cancelled: stopped", "pending: waiting"]
    assert lived.runs(flow="Sales") == ["completed: handed back"]


def test_a_reengagement_asks_three_times_and_then_lets_go() -> None:
    """`go to … at most 2 times`: three attempts a week apart, an opening at any of them keeps the subscriber.

    Ann never opens: 5, 12 and 19 January, and on the 26th she is let go. Ben opens the second on the 14th and is kept
    then; the third is never tried. Cem opens on the 19th at 09:00 sharp, the very end of his second week: it counts.
    """
    lived = live(
        """
        flow "Are you there"
          when contact gets tag "asleep"
          label "Ask"
          then send email "Are you still there?"
          wait until opened "Are you still there?" for up to 7 days
          if it happened
            then remove tag "asleep"
            exit "awake"
          end
          go to "Ask" at most 2 times
          then remove from group "Newsletter"
          exit "let go"
        """,
        *(on("2026-01-05 09:00", "gets tag", "asleep", contact=name) for name in ("ann", "ben", "cem")),
        on("2026-01-14 20:00", "opens email", "Are you still there?", contact="ben"),
        on("2026-01-19 09:00", "opens email", "Are you still there?", contact="cem"),
        contacts=[{"contact": name, "groups": "Newsletter"} for name in ("ann", "ben", "cem")],
    )
    asked = [f"2026-01-{day} 09:00 Are you still there?" for day in ("05", "12", "19")]
    assert lived.actions("ann") == [*asked, "2026-01-26 09:00 Newsletter"]
    assert lived.actions("ben") == [*asked[:2], "2026-01-14 20:00 asleep"]
    assert lived.actions("cem") == [*asked[:2], "2026-01-19 09:00 asleep"]
    assert [lived.runs(name) for name in ("ann", "ben", "cem")] == [
        ["completed: let go"],
        ["completed: awake"],
        ["completed: awake"],
    ]


def test_send_windows_are_open_on_the_contacts_own_clock() -> None:
    """One instant, four places: nine to six on weekdays where each contact lives, over a change of the clocks.

    Friday 27 March 2026, 17:30 UTC is 18:30 in Paris (closed: Monday the 30th at nine, by then summer time, 07:00 UTC),
    13:30 in New York (open), 02:30 on Saturday in Tokyo (Monday the 30th at nine, 00:00 UTC), and 17:30 in UTC for who
    has no zone (open). Half an hour later all but New York are closed: the end is outside the window.
    """
    zones = {"ann": "Europe/Paris", "bob": "America/New_York", "yui": "Asia/Tokyo", "who": None}
    lived = live(
        """
        flow "Offer"
          when contact joins group "Offer"
          only on monday to friday between 09:00 and 18:00
          then send email "First"
          wait 30 minutes
          then send email "Second"
        """,
        *(on("2026-03-27 17:30", "joins group", "Offer", contact=name) for name in zones),
        contacts=[{"contact": name, "timezone": zone} for name, zone in zones.items()],
        start="2026-03-20",
    )
    assert {name: lived.sends(name) for name in zones} == {
        "ann": ["2026-03-30 07:00 First", "2026-03-30 07:30 Second"],
        "bob": ["2026-03-27 17:30 First", "2026-03-27 18:00 Second"],
        "yui": ["2026-03-30 00:00 First", "2026-03-30 00:30 Second"],
        "who": ["2026-03-27 17:30 First", "2026-03-30 09:00 Second"],
    }
