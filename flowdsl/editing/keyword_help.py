"""The meaning of each keyword: a sentence or two and a right example.

Every example is a whole program, which the tests check; every keyword of the table of keywords has an entry.
"""

from __future__ import annotations

from dataclasses import dataclass

from flowdsl.syntax.keywords import DAY_SETS, DAYS, UNITS

_JOINS = 'when member joins program "Yoga"'
_CHAT = "then send chat"
_MAIL = 'then send email "Hello"'
_ANSWER = f'{_JOINS}\n{_MAIL}\nwait until opened "Hello" for up to 3 days\nif it happened\n  {_CHAT}\nend'
_IF = (
    f"{_JOINS}\nwait 3 days\nif has membership\n  {_CHAT}\n"
    f'otherwise if plan is "pro"\n  {_MAIL}\notherwise\n  exit "other"\nend'
)
_REPEAT = f"{_JOINS}\nrepeat 3 times\n  {_CHAT}\n  wait 1 week\nend"
_JUMP = f'{_JOINS}\nlabel "Again"\n{_CHAT}\nwait 1 week\ngo to "Again" at most 3 times'
_SPLIT = f'{_JOINS}\nsplit\n  30% "chat"\n    {_CHAT}\n  70% "nothing"\nend'
_WORKSPACE = (
    'workspace\n  timezone "Europe/Paris"\n  from "Studio <hello@example.org>"\n  set business_name "Studio Lotus"\n'
    "  only on monday to saturday between 08:00 and 21:00\n  cap 3 emails per contact every 7 days\n"
    f'  capacity email 5000 per hour\n\nflow "A"\n  {_JOINS}\n  {_MAIL}'
)
_MESSAGE = (
    'email "Hello"\n  subject "Welcome, {first_name}"\n'
    '  from "Anna <anna@example.org>"\n  reply to "help@example.org"\n\n'
    f'flow "A"\n  {_JOINS}\n  {_MAIL}'
)
_DAYS = f"{_JOINS}\nonly on monday to friday between 09:00 and 18:00\n{_CHAT}"
_BIRTHDAY = f"when birthday comes every year at 09:00\n{_CHAT}"
_TRIAL = f"when 7 days before trial_ends at 09:00\n{_CHAT}"
_EVENT = "when event is created\nwait until 1 day before event.start or skip\nthen send sms"


def _scenario(*lines: str) -> str:
    """A program with a scenario of these lines."""
    said = "".join(f"\n  {line}" for line in lines)
    return (
        f'flow "A"\n  {_JOINS}\n  {_MAIL}\n\nflow "B"\n  when member joins group\n  {_CHAT}\n\nscenario "Spring"{said}'
    )


def _if(condition: str) -> str:
    """A program with a condition."""
    return f"{_JOINS}\nunless {condition}\n{_MAIL}"


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a keyword means, and a program that uses it."""

    words: str
    example: str


_TIME_UNIT = (
    "A length of time. A day after `wait` is 24 hours, a week seven days; months and years follow the calendar."
)
_DAY_OF_WEEK = "A day of the week, on the clock of the flow."

LESSONS: dict[str, Lesson] = {
    **{unit: Lesson(_TIME_UNIT, f"{_JOINS}\nwait 2 {unit}s\n{_CHAT}") for unit in UNITS},
    **{day: Lesson(_DAY_OF_WEEK, f"{_JOINS}\nwait until {day} at 09:00\n{_CHAT}") for day in DAYS},
    **{
        days: Lesson("Monday to Friday, or Saturday and Sunday.", f"{_JOINS}\nonly on {days}\n{_CHAT}")
        for days in DAY_SETS
    },
    # --- declarations
    "flow": Lesson(
        "A journey: what starts it, who is left out, and the steps. `paused`: checked and drawn, it enrols nobody.",
        f'flow "Welcome"\n  {_JOINS}\n  {_CHAT}',
    ),
    "campaign": Lesson(
        "A series of messages that an action subscribes contacts to; its end is the event `completes campaign`.",
        f'campaign "Lessons"\n  {_MAIL}\n  wait 2 days\n  {_CHAT}\n\n'
        f'flow "A"\n  {_JOINS}\n  then subscribe to campaign "Lessons"',
    ),
    "email": Lesson(
        "What an e-mail says: subject, sender, reply address, template. One that is only sent needs none.", _MESSAGE
    ),
    "workspace": Lesson(
        "What the sender decides for all flows: clock, sender, send window, caps, capacity.", _WORKSPACE
    ),
    "scenario": Lesson(
        "What contacts are likely to do; only simulations read it.", _scenario("assume contact opens email 35%")
    ),
    "param": Lesson(
        "A value with a name, used wherever such a value stands.",
        f'param pause 3 days\n\nflow "A"\n  {_JOINS}\n  wait pause\n  {_CHAT}',
    ),
    "paused": Lesson(
        "The flow is switched off: checked and drawn, it enrols nobody.", f'flow "A" paused\n  {_JOINS}\n  {_CHAT}'
    ),
    # --- clauses
    "description": Lesson(
        "What the flow is for, in words.", f'flow "A"\n  description "Those who come often"\n  {_JOINS}\n  {_CHAT}'
    ),
    "when": Lesson("What starts a run: an event of a contact, a date, or the calendar.", f"{_JOINS}\n{_CHAT}"),
    "or_when": Lesson(
        "Another event that starts a run; any of them does.", f"{_JOINS} or when member joins group\n{_CHAT}"
    ),
    "where": Lesson(
        "Only events for which this is true start a run. It sees the event's fields and the contact.",
        f'{_JOINS} where plan is "pro"\n{_CHAT}',
    ),
    "include_existing": Lesson(
        "Contacts for whom the trigger's state holds already are enrolled too.", f"{_JOINS}\ninclude existing\n{_CHAT}"
    ),
    "limit": Lesson(
        "How often a contact may start a run. Without it: every time, and runs may overlap.",
        f"{_JOINS}\nlimit once per contact every 7 days\n{_CHAT}",
    ),
    "one_at_a_time": Lesson(
        "A contact starts no run while another one of this flow is under way.",
        f"{_JOINS}\nlimit one at a time\n{_CHAT}",
    ),
    "unless": Lesson(
        "True at entry: the contact is declined. It is tested again before every action; then that action is skipped.",
        f"{_JOINS}\nunless has membership\nwait 3 days\n{_CHAT}",
    ),
    "goal": Lesson(
        "When this happens the run ends at once, also in the middle of a wait: converted.",
        f'{_JOINS}\ngoal buys offer "Membership"\nwait 3 days\n{_CHAT}',
    ),
    "exit_when": Lesson(
        "When this happens the run ends at once, also in the middle of a wait: exited.",
        f"{_JOINS}\nexit when member leaves program\nwait 3 days\n{_CHAT}",
    ),
    "only": Lesson("The send window: a message outside it waits, and the run with it, until the window opens.", _DAYS),
    "starting": Lesson("Nobody is enrolled before this day.", f"{_JOINS}\nstarting 2026-01-15\n{_CHAT}"),
    "ending": Lesson(
        "Nobody is enrolled after this day, which belongs to it; runs under way go on.",
        f"{_JOINS}\nending 2026-03-01\n{_CHAT}",
    ),
    "timezone": Lesson(
        "Whose clock is read: a zone by name, or `contact` for the contact's column.",
        f'{_JOINS}\ntimezone "Europe/Paris"\nwait until 09:00\n{_CHAT}',
    ),
    "contact": Lesson(
        "Each contact's own clock, as its column `timezone` says.",
        f"{_JOINS}\ntimezone contact\nwait until 09:00\n{_CHAT}",
    ),
    "every": Lesson(
        "Again and again: a day of the calendar, or a length of time that a limit or a cap is counted in.",
        f"when every monday at 09:00\n{_CHAT}",
    ),
    "comes": Lesson("A date of the contact comes, year after year.", _BIRTHDAY),
    "every_year": Lesson("A date of the contact comes, year after year.", _BIRTHDAY),
    "the_nth": Lesson(
        "Only this time counts, of all events of the contact that fit.",
        f"when client books class the 4th time\n{_CHAT}",
    ),
    "every_nth": Lesson(
        "Every this many times counts, of all events of the contact that fit.",
        f"when client books class every 4th time\n{_CHAT}",
    ),
    # --- steps
    "then": Lesson("An action: it is done, or skipped with a reason.", f"{_JOINS}\n{_CHAT}"),
    "wait": Lesson(
        "The run rests: for a length of time, or (`at`) until that time of a later day.",
        f"{_JOINS}\nwait 3 days at 09:00\n{_CHAT}",
    ),
    "wait_until": Lesson(
        "The run rests until a time, a date of the contact or the object, or until something happens.", _ANSWER
    ),
    "for_up_to": Lesson("How long a wait for an event lasts at most; then the run goes on all the same.", _ANSWER),
    "or_skip": Lesson("If the date is past or missing, actions are skipped until the next wait.", _EVENT),
    "or_continue": Lesson(
        "If the date is past or missing, the run goes on at once.", _EVENT.replace("skip", "continue")
    ),
    "or_exit": Lesson("If the date is past or missing, the run ends.", _EVENT.replace("skip", "exit")),
    "with": Lesson("Values that go with an action.", f'{_JOINS}\nthen do "print card" with colour "red"'),
    "set": Lesson("Gives a column, a field or a word of the workspace a value.", f'{_JOINS}\nthen set plan to "pro"'),
    "if": Lesson("Decided once, when the run comes here.", _IF),
    "otherwise_if": Lesson("Checked if no condition before it was true; one `end` closes the whole chain.", _IF),
    "otherwise": Lesson("What happens if nothing before was true.", _IF),
    "end": Lesson("Closes `if`, `split` or `repeat`.", _IF),
    "split": Lesson("Sends each contact into one arm by chance, for good; the shares make 100%.", _SPLIT),
    "repeat": Lesson("Does the steps inside this many times.", _REPEAT),
    "label": Lesson("A place that `go to` can jump to.", _JUMP),
    "go_to": Lesson("Jumps to a label; backwards only this many times, and with a wait on the way.", _JUMP),
    "exit": Lesson("The run ends here, completed, with this reason.", f'{_JOINS}\n{_CHAT}\nexit "done"'),
    # --- conditions
    "and": Lesson("Both are true.", _if('has membership and plan is "pro"')),
    "or": Lesson("One of both is true, or both are.", _if('has membership or plan is "pro"')),
    "or_name": Lesson("Another name: any of them fits.", f'when member joins program "Yoga" or "Dance"\n{_CHAT}'),
    "not": Lesson("The opposite.", _if("not has membership")),
    "never": Lesson("It did not happen, not once.", _if("never bought offer")),
    "since_start": Lesson(
        "Only what happened after the run began counts; what started it does not.",
        f"{_JOINS}\nwait 3 days\nif booked class since start\n  {_CHAT}\nend",
    ),
    "in_the_last": Lesson(
        "Only what happened so lately counts.", _if("booked class at least 2 times in the last 30 days")
    ),
    "is": Lesson("Is the same. A missing value makes a comparison false.", _if('plan is "pro"')),
    "is_not": Lesson("Is there, and something else.", _if('plan is not "pro"')),
    "is_one_of": Lesson("Is one of several.", _if('country is one of "FR", "BE"')),
    "is_none_of": Lesson("Is none of several.", _if('country is none of "FR", "BE"')),
    "is_known": Lesson("There is a value.", _if("birthday is known")),
    "is_unknown": Lesson("There is no value.", _if("birthday is unknown")),
    "is_before": Lesson("Is a date before this one.", _if("joined is before 2026-03-01")),
    "is_after": Lesson("Is a date after this one.", _if("joined is after 2026-03-01")),
    "is_within": Lesson("Is a date no farther than this from now.", _if("birthday is within 30 days")),
    "is_more_than": Lesson(
        "Is a number above this, or a date farther than this from now.", _if("joined is more than 30 days ago")
    ),
    "is_less_than": Lesson(
        "Is a number below this, or a date nearer than this to now.", _if("joined is less than 30 days ago")
    ),
    "is_at_least": Lesson("Is this number, or more.", _if("visits is at least 3")),
    "is_at_most": Lesson("Is this number, or less.", _if("visits is at most 3")),
    "is_in": Lesson("Is in a group, a program, a course or a campaign.", _if('contact is in group "VIP"')),
    "is_not_in": Lesson("Is in none.", _if('contact is not in group "VIP"')),
    "ago": Lesson("Before now.", _if("joined is more than 30 days ago")),
    "at_least": Lesson("This many times, or more.", _if("booked class at least 4 times")),
    "at_most": Lesson("This many times, or fewer.", _if("booked class at most 4 times")),
    "more_than": Lesson("More often than that.", _if("booked class more than 4 times")),
    "fewer_than": Lesson("Less often than that.", _if("booked class fewer than 4 times")),
    "exactly": Lesson("This many times, no more and no fewer.", _if("booked class exactly 4 times")),
    "once": Lesson("One time.", f"{_JOINS}\nlimit once per contact\n{_CHAT}"),
    "twice": Lesson("Two times.", _if("booked class twice")),
    "times": Lesson("How often.", _REPEAT),
    # --- time and place
    "at": Lesson(
        "The time of day, on the clock of the flow; in a scenario the day on which something is switched.",
        f"{_JOINS}\nwait 3 days at 09:00\n{_CHAT}",
    ),
    "before": Lesson("So long before a date of the contact or of what the run is about.", _TRIAL),
    "after": Lesson("So long after.", "when 1 day after trial_ends\nthen send chat"),
    "on": Lesson("The days of the window, or the day of the month.", _DAYS),
    "between": Lesson("From this time of day to just before that one; it may pass midnight.", _DAYS),
    "to": Lesson("The end of a range, the value that is set, or where a message goes instead.", _DAYS),
    "per": Lesson(
        "For each: contact, related object, or length of time.", f"{_JOINS}\nlimit 3 times per contact\n{_CHAT}"
    ),
    "per_contact": Lesson("For each contact.", _scenario("assume contact visits page 0.5 per contact per week")),
    # --- workspace and messages
    "from": Lesson("Who sends.", _MESSAGE),
    "cap": Lesson("No more messages of a channel than this to a contact in this time; more are skipped.", _WORKSPACE),
    "capacity": Lesson("How many messages of a channel leave in this time; more wait their turn.", _WORKSPACE),
    "subject": Lesson("The subject of the e-mail; `{first_name}` is filled from the contact's column.", _MESSAGE),
    "reply_to": Lesson("Where answers go.", _MESSAGE),
    "template": Lesson(
        "The file that holds the message, beside the program.",
        _MESSAGE.replace("reply to", "template").replace("help@example.org", "hello.html"),
    ),
    # --- scenarios
    "assume": Lesson(
        "One thing that contacts do, and how often, or how likely after what.",
        _scenario("assume contact opens email 35% after about 4 hours"),
    ),
    "contacts": Lesson("The contacts of the table.", _scenario("assume 20% of contacts have membership")),
    "new_contacts": Lesson(
        "Contacts who are not in the table yet.",
        _scenario('assume 20 new contacts per day join program "Yoga" like the table'),
    ),
    "like_the_table": Lesson(
        "New contacts have the columns of a row of the table, chosen by chance.",
        _scenario('assume 20 new contacts per day join program "Yoga" like the table'),
    ),
    "of": Lesson(
        "The event that the share is counted of; without it, messages sent.",
        _scenario("assume contact clicks email 12% of opening it"),
    ),
    "by_column": Lesson(
        "Each contact has a number of its own, in this column.",
        _scenario('assume contact opens email by column "p_open"'),
    ),
    "varying_by": Lesson(
        "How much contacts differ: a gamma law for rates, a beta law for shares.",
        _scenario("assume contact visits page 0.5 per contact per week varying by gamma 0.55"),
    ),
    "varying_by_day": Lesson(
        "How much days differ: a factor of each day, the same for all contacts.",
        _scenario("assume contact visits page 0.5 per contact per week varying by day gamma 40"),
    ),
    "varying_by_week": Lesson(
        "How much weeks differ: a factor of each week, the same for all contacts.",
        _scenario("assume contact visits page 0.5 per contact per week varying by week gamma 90"),
    ),
    "until_leaving": Lesson(
        "When a contact leaves for good: with a chance after each event, or after a time.",
        _scenario("assume contact buys offer 0.3 per contact per week until leaving 5%"),
    ),
    "given_the_past": Lesson(
        "What a contact has done before the start counts for its own rate.",
        _scenario("assume contact buys offer 0.3 per contact per week varying by gamma 0.4 given the past"),
    ),
    "given_the_past_since": Lesson(
        "Since when contacts are known: a date, or a column of contacts.",
        _scenario("assume contact buys offer 0.3 per contact per day varying by gamma 0.4 given the past since joined"),
    ),
    "about": Lesson(
        "Mostly so long: half of them take longer, four in five between a third of it and three times as long.",
        _scenario("assume contact opens email 35% after about 4 hours"),
    ),
    "within": Lesson(
        "At any moment of this time, all alike.", _scenario("assume contact opens email 35% within 2 days")
    ),
    "activate": Lesson("Switches a flow on.", _scenario('at day 10 activate flow "A"')),
    "deactivate": Lesson(
        "Switches a flow off: it enrols nobody more, runs under way go on.", _scenario('at day 10 deactivate flow "A"')
    ),
    "pause": Lesson(
        "Holds a flow's actions; its clock goes on.", _scenario('at day 10 pause flow "A"', 'at day 12 resume flow "A"')
    ),
    "resume": Lesson(
        "Lets a paused flow go on; what is overdue is done or skipped as its wait says.",
        _scenario('at day 10 pause flow "A"', 'at day 12 resume flow "A"'),
    ),
    "stop": Lesson("Ends the runs of one contact.", _scenario('at day 3 stop flow "A" for contact "c42"')),
    "replace": Lesson("Puts one flow in the place of another.", _scenario('at day 10 replace flow "A" with flow "B"')),
    "for_contact": Lesson("Of this contact alone.", _scenario('at day 3 stop flow "A" for contact "c42"')),
    "and_cancel_pending": Lesson(
        "Runs under way end, too.", _scenario('at day 10 deactivate flow "A" and cancel pending')
    ),
}
