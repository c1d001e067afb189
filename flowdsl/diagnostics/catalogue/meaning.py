"""Diagnostics of meaning: each code with its reason, a small wrong program, and the same program corrected.

E2xx are about words and names, E3xx about the shape of a program, E4xx about values, W about what is allowed but hardly
meant. Longer than most rooms because it is one table, read by code. A program whose
first line begins with `# columns:` is checked against a contact table with these columns.
"""

from __future__ import annotations

from flowdsl.diagnostics.catalogue import Rule

_WORDS = (
    Rule(
        "E201",
        "Unknown event",
        "Triggers, waits, goals and counts use events in the words of the vocabulary: `joins program`, `opens"
        " email`, `buys offer`. Any event of your own is a custom event, with its name in quotes.",
        'when member enters program "Yoga" then send chat "Hello"',
        'when member joins program "Yoga" then send chat "Hello"',
    ),
    Rule(
        "E202",
        "Unknown condition",
        'A condition is a state (`has tag "vip"`, `in group "A"`, `can receive sms`), something that happened (`opened'
        ' "Launch"`, `bought offer`), or a column of the contact compared with something (`plan is "pro"`).',
        'when member joins program if owns membership then send chat "Hello" end',
        'when member joins program if has membership then send chat "Hello" end',
    ),
    Rule(
        "E203",
        "Unknown action",
        'An action is written in words of the vocabulary: `send email "Hello"`, `add tag "vip"`, `set plan to'
        ' "pro"`. For an action of another system, write `do "its name"`.',
        'when member joins program then paint chat "Hello"',
        'when member joins program then send chat "Hello"',
    ),
    Rule(
        "E204",
        "Unexpected words after a phrase",
        "After the longest known phrase, a keyword must follow (`where`, `unless`, `wait`, `then`…). These words"
        " belong to neither.",
        'when member joins program "Yoga" yesterday then send chat "Hello"',
        'when member joins program "Yoga" then send chat "Hello"',
    ),
    Rule(
        "E205",
        "Keyword misspelt in a phrase",
        "A misspelt keyword becomes part of the phrase before it, and everything after it loses its meaning.",
        'when member joins program unles has membership then send chat "Hello"',
        'when member joins program unless has membership then send chat "Hello"',
    ),
    Rule(
        "E208",
        "Name missing",
        "These words need a name in quotes: which tag, which flow, which status.",
        "when member joins program then add tag",
        'when member joins program then add tag "new"',
    ),
    Rule(
        "E209",
        "Too many names",
        "Several names mean `any of them`. A condition may have several names, an action only one. Write one action"
        " for each name.",
        'when member joins program then add tag "new" or "vip"',
        'when member joins program then add tag "new" then add tag "vip"',
    ),
    Rule(
        "E210",
        "Unknown flow",
        "Flows are started, stopped and activated by name. Names are exact, including case.",
        'flow "Welcome"\n  when member joins program\n  then start flow "Good bye"\n'
        'flow "Goodbye"\n  when member leaves program\n  then send chat "Bye"',
        'flow "Welcome"\n  when member joins program\n  then start flow "Goodbye"\n'
        'flow "Goodbye"\n  when member leaves program\n  then send chat "Bye"',
    ),
    Rule(
        "E211",
        "Unknown label",
        "`go to` jumps to a label of the same flow. Names are exact, including case.",
        'when member joins program\n  label "Ask"\n  then send chat "Hello"\n  wait 1 day\n'
        '  go to "ask" at most 2 times',
        'when member joins program\n  label "Ask"\n  then send chat "Hello"\n  wait 1 day\n'
        '  go to "Ask" at most 2 times',
    ),
    Rule(
        "E212",
        "Unknown param",
        "A word in the place of a value is the name of a param, but no line `param NAME VALUE` declares it.",
        'param pause 3 days\nflow "A"\n  when member joins program\n  wait pauze\n  then send chat "Hello"',
        'param pause 3 days\nflow "A"\n  when member joins program\n  wait pause\n  then send chat "Hello"',
    ),
    Rule(
        "E213",
        "Name given twice",
        "Names of flows, messages, params, scenarios, and the labels of a flow are unique. A program has only one"
        " workspace.",
        'flow "A"\n  when member joins program\n  then send chat "Hello"\n'
        'flow "A"\n  when member leaves program\n  then send chat "Bye"',
        'flow "A"\n  when member joins program\n  then send chat "Hello"\n'
        'flow "B"\n  when member leaves program\n  then send chat "Bye"',
    ),
    Rule(
        "E214",
        "Unknown kind of object",
        "A word with a dot is a field: of the event that started the run (`trigger.amount`), of the object that the"
        " run is about (`event.start`), or of the contact (`contact.plan`).",
        'when event is created\n  wait until 1 day before evnt.start\n  then send chat "Tomorrow"',
        'when event is created\n  wait until 1 day before event.start\n  then send chat "Tomorrow"',
    ),
    Rule(
        "E215",
        "Name that differs only in case",
        "Names are exact. The program contains this name in another case, so this would be a different message or"
        " object.",
        'flow "A"\n  when member joins program\n  then send email "welcome"\nemail "Welcome"\n  subject "Hello"',
        'flow "A"\n  when member joins program\n  then send email "Welcome"\nemail "Welcome"\n  subject "Hello"',
    ),
    Rule(
        "E216",
        "Unknown channel",
        "Channels are email, sms, chat, push and notification. In a cap, `messages` means all of them together.",
        'workspace\n  cap 3 letters per contact every 7 days\nflow "A"\n  when member joins program\n'
        '  then send chat "Hello"',
        'workspace\n  cap 3 chats per contact every 7 days\nflow "A"\n  when member joins program\n'
        '  then send chat "Hello"',
    ),
    Rule(
        "E217",
        "Unknown status of a message",
        "A message can be received, opened, clicked, replied, bounced, blocked or unsubscribed; it can have several"
        " of these statuses at once.",
        'when member joins program\n  then send email "Hello"\n  wait 1 day\n'
        '  if email "Hello" is one of opened, klicked then add tag "keen" end',
        'when member joins program\n  then send email "Hello"\n  wait 1 day\n'
        '  if email "Hello" is one of opened, clicked then add tag "keen" end',
    ),
)

_SHAPE = (
    Rule(
        "E301",
        "No `when`",
        "A flow needs at least one trigger: without a trigger, no run can begin.",
        'flow "A"\n  limit once per contact\n  then send chat "Hello"',
        'flow "A"\n  when member joins program\n  limit once per contact\n  then send chat "Hello"',
    ),
    Rule(
        "E302",
        "Clause given twice",
        "A flow may have several `goal` and `exit when` clauses, but only one of each other clause. Join several"
        " triggers in one: `when … or when …`.",
        'flow "A"\n  when member joins program\n  limit once per contact\n  limit 3 times per contact\n'
        '  then send chat "Hello"',
        'flow "A"\n  when member joins program\n  limit 3 times per contact\n  then send chat "Hello"',
    ),
    Rule(
        "E303",
        "Split that is not 100%",
        "The arms of a split divide all runs. For a control group (holdout), add an arm without steps.",
        'when member joins program\n  split 30% then send chat "A" 60% then send chat "B" end',
        'when member joins program\n  split 30% then send chat "A" 60% then send chat "B" 10% end',
    ),
    Rule(
        "E304",
        "Backward jump without a limit",
        "A backward jump could repeat for ever. `at most 3 times` limits it for each run; after that, the run"
        " continues below the jump.",
        'when member joins program\n  label "Ask"\n  then send chat "Hello"\n  wait 1 day\n  go to "Ask"',
        'when member joins program\n  label "Ask"\n  then send chat "Hello"\n  wait 1 day\n'
        '  go to "Ask" at most 3 times',
    ),
    Rule(
        "E305",
        "Backward jump without a wait",
        "A run must wait at least once between the label and the jump; otherwise, all rounds happen at the same"
        " moment.",
        'when member joins program\n  label "Ask"\n  then send chat "Hello"\n  go to "Ask" at most 3 times',
        'when member joins program\n  label "Ask"\n  then send chat "Hello"\n  wait 1 day\n'
        '  go to "Ask" at most 3 times',
    ),
    Rule(
        "E306",
        "Step that is never reached",
        "Every path through the flow ends or jumps away before this step, and no jump leads to it.",
        'when member joins program\n  then send chat "Hello"\n  exit "done"\n  then send chat "And another thing"',
        'when member joins program\n  then send chat "Hello"\n  then send chat "And another thing"\n  exit "done"',
    ),
    Rule(
        "E307",
        "`include existing` without a state",
        "`include existing` enrols all contacts who are already in the trigger's state: in the group, with the tag,"
        " in the program, with the membership. This trigger is an event that leaves no such state.",
        'when client buys offer "Trial"\n  include existing\n  then send chat "Hello"',
        'when client joins group "Trial"\n  include existing\n  then send chat "Hello"',
    ),
    Rule(
        "E308",
        "Condition that becomes true only with time",
        "Waits, goals and exits are checked again when an event affects the contact. A condition that becomes true"
        " only because time passes would be noticed too late. Wait for the moment itself, or use `if`.",
        'when member joins program\n  wait until trial_ends is within 3 days\n  then send chat "Soon over"',
        'when member joins program\n  wait until 3 days before trial_ends\n  then send chat "Soon over"',
    ),
    Rule(
        "E309",
        "`it happened` without a wait",
        "`it happened` checks whether the last wait of this run ended because its event happened, so a `wait until`"
        " with an event must come before it.",
        'when member joins program\n  then send email "Hello"\n  wait 3 days\n  if it happened then add tag "keen" end',
        'when member joins program\n  then send email "Hello"\n  wait until opened "Hello" for up to 3 days\n'
        '  if it happened then add tag "keen" end',
    ),
    Rule(
        "E310",
        "Hours with a time of day",
        "`at 09:00` sets the time on a later day, so the length before it must be in days, weeks, months or years.",
        'when member joins program\n  wait 3 hours at 09:00\n  then send chat "Hello"',
        'when member joins program\n  wait 3 days at 09:00\n  then send chat "Hello"',
    ),
    Rule(
        "E311",
        "Limit per unknown object",
        "A limit counts per contact, or per related object that the flow is about, such as an event.",
        'when member joins program\n  limit once per household\n  then send chat "Hello"',
        'when member joins program\n  limit once per contact\n  then send chat "Hello"',
    ),
    Rule(
        "E312",
        "Flow about something else",
        "Only a flow whose trigger is about an object (`when event is created`) can use the fields of that object.",
        'when member joins program\n  wait until 1 day before event.start\n  then send chat "Tomorrow"',
        'when event is created\n  wait until 1 day before event.start\n  then send chat "Tomorrow"',
    ),
    Rule(
        "E313",
        "Two lines that contradict each other",
        "The most specific line of a scenario applies: a line with the message's name before one without, then one"
        " with `where` before one without. These two are equally specific, and both would apply to some contacts.",
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume contact opens email 30%\n  assume contact opens email 40%',
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume contact opens email 30%\n  assume contact opens email "Hello" 40%',
    ),
    Rule(
        "E314",
        "Trigger without fields",
        "`trigger.` reads the event that started the run. A date or a schedule starts this flow, and neither has"
        " fields.",
        'when every monday at 09:00\n  if trigger.amount > 50 then send chat "Hello" end',
        'when client buys offer\n  if trigger.amount > 50 then send chat "Hello" end',
    ),
    Rule(
        "E315",
        "Field that the trigger does not have",
        "`trigger.` reads the event that started the run, and each kind of event has its own fields: a tag its"
        " `tag`, a purchase its `offer` and `amount`. `trigger.object` is the name that any event is about. A"
        " catalogue may add fields to programs, offers and so on. Custom events may have any field.",
        'when contact gets tag "vip"\n  if trigger.amount > 50 then send chat "Hello" end',
        'when client buys offer\n  if trigger.amount > 50 then send chat "Hello" end',
    ),
    Rule(
        "E316",
        "Flow that cannot replace another",
        "`replace` deactivates one flow and activates another. The other one must be a flow of the program, not a"
        " campaign, because contacts are in a campaign by its name.",
        'flow "A"\n  when member joins program\n  then send chat "Hello"\n'
        'scenario "Spring"\n  at day 10 replace flow "A" with flow "A"',
        'flow "A"\n  when member joins program\n  then send chat "Hello"\n'
        'flow "B" paused\n  when member joins program\n  then send chat "Good morning"\n'
        'scenario "Spring"\n  at day 10 replace flow "A" with flow "B"',
    ),
    Rule(
        "W301",
        "Wait with nothing after it",
        "Nothing happens after this wait, and no goal or limit needs the run to continue. Remove the wait, or add a"
        " step after it.",
        'when member joins program\n  then send chat "Hello"\n  wait 3 days',
        'when member joins program\n  then send chat "Hello"\n  wait 3 days\n  then send chat "How is it going?"',
    ),
    Rule(
        "W302",
        "Flow without steps",
        "The flow enrols contacts and then does nothing.",
        'flow "A"\n  when member joins program',
        'flow "A"\n  when member joins program\n  then send chat "Hello"',
    ),
    Rule(
        "W303",
        "Action that makes its own `unless` true",
        "`unless` is checked before a run starts and again right before every action. After this action, it is true,"
        " and all later actions are skipped. To prevent contacts from entering twice, use `limit`, or test it in"
        " `where`.",
        'when member joins program\nunless has badge "New"\nthen award badge "New"\nthen send chat "Hello"',
        'when member joins program\nlimit once per contact\nthen award badge "New"\nthen send chat "Hello"',
    ),
    Rule(
        "W304",
        "Condition that is never true",
        "Only the names after `when` can start a run, so no run has another name in its trigger.",
        'when client books class "Yin"\n  if trigger.class is "Yang" then send chat "Hello" end',
        'when client books class "Yin" or "Yang"\n  if trigger.class is "Yang" then send chat "Hello" end',
    ),
    Rule(
        "W305",
        "Unused param",
        "A param is a value with a name. Nothing uses this name, so its value has no effect. Perhaps a number was"
        " left in its place.",
        'param pause 3 days\nflow "A"\n  when member joins program\n  wait 2 days\n  then send chat "Hello"',
        'param pause 3 days\nflow "A"\n  when member joins program\n  wait pause\n  then send chat "Hello"',
    ),
    Rule(
        "W306",
        "Events that cause more of their kind",
        "If each message causes one more message on average, through the answers of a scenario and the flows that"
        " react to them, a simulation grows without end. Lower the share, send fewer messages, or limit the flow."
        " Messages after conditions, limits and caps do not count.",
        'flow "A"\n  when client opens email\n  then send email "B"\n  then send email "C"\nscenario "S"\n'
        "  assume client opens email 60% after about 4 hours",
        'flow "A"\n  when client opens email\n  then send email "B"\nscenario "S"\n'
        "  assume client opens email 60% after about 4 hours",
    ),
    Rule(
        "W309",
        "Placeholder of another product",
        "A placeholder is a name in single braces, `{first_name}`: a column of the contact, a value of the workspace"
        " or a field such as `{trigger.amount}`. Forms such as `{{first_name}}`, `%FIRSTNAME%`, `*|FNAME|*`,"
        " `[[name]]`, `${name}` and `<%= name %>` are sent to the contact unchanged.",
        'when member joins program then send chat "Hello {{first_name}}"',
        'when member joins program then send chat "Hello {first_name}"',
    ),
    Rule(
        "W201",
        "Name similar to another",
        "Messages need no declaration. But this name is so similar to one that is declared or sent that it may be a"
        " typing error.",
        'flow "A"\n  when member joins program\n  then send email "Welcom"\nemail "Welcome"\n  subject "Hello"',
        'flow "A"\n  when member joins program\n  then send email "Welcome"\nemail "Welcome"\n  subject "Hello"',
    ),
)

_VALUES = (
    Rule(
        "E401",
        "Ends before it starts",
        "`starting` and `ending` limit the days on which runs begin, and no day lies between them.",
        'when member joins program\n  starting 2026-03-01\n  ending 2026-02-01\n  then send chat "Hello"',
        'when member joins program\n  starting 2026-02-01\n  ending 2026-03-01\n  then send chat "Hello"',
    ),
    Rule(
        "E402",
        "Unknown time zone",
        'Time zones have IANA names: a continent or ocean and a city, such as "Europe/Paris".',
        'when member joins program\n  timezone "Europe/Pari"\n  then send chat "Hello"',
        'when member joins program\n  timezone "Europe/Paris"\n  then send chat "Hello"',
    ),
    Rule(
        "E403",
        "Window that never opens",
        "A send window ends where it begins, or has no day: no message could ever be sent.",
        'when member joins program\n  only between 09:00 and 09:00\n  then send chat "Hello"',
        'when member joins program\n  only between 09:00 and 18:00\n  then send chat "Hello"',
    ),
    Rule(
        "E404",
        "Windows that are never open together",
        "A message is sent while the windows of the workspace and of the flow are both open. These two are never"
        " open together.",
        'workspace\n  only on weekdays\nflow "A"\n  when member joins program\n  only on sunday\n'
        '  then send chat "Hello"',
        'workspace\n  only on weekdays\nflow "A"\n  when member joins program\n  only on monday\n'
        '  then send chat "Hello"',
    ),
    Rule(
        "E405",
        "Wrong kind of value",
        "A value of another kind is needed here: a length of time, a whole number or a percentage. If it is a param,"
        " look at the line that declares it.",
        'param pause "3 days"\nflow "A"\n  when member joins program\n  wait pause\n  then send chat "Hello"',
        'param pause 3 days\nflow "A"\n  when member joins program\n  wait pause\n  then send chat "Hello"',
    ),
    Rule(
        "E406",
        "Wrong comparison",
        "Compare numbers with `>`, `>=`, `<`, `<=`; dates with `is before`, `is after` and `is within 30 days`; any"
        " value with `is`, `is not` and `is one of`.",
        'when member joins program\n  if birthday > 2000-01-01 then send chat "Hello" end',
        'when member joins program\n  if birthday is after 2000-01-01 then send chat "Hello" end',
    ),
    Rule(
        "E407",
        "Text without quotes",
        "Texts are in quotes. Without quotes, only `yes`, `no` and the names of params can be values.",
        'when member joins program\n  if plan is pro then send chat "Hello" end',
        'when member joins program\n  if plan is "pro" then send chat "Hello" end',
    ),
    Rule(
        "E408",
        "Number out of range",
        "Counts and limits are whole numbers from 1, percentages lie between 0% and 100%, rates are more than 0, and"
        " a range begins with its lower end.",
        'when member joins program\n  limit 0 times per contact\n  then send chat "Hello"',
        'when member joins program\n  limit 2 times per contact\n  then send chat "Hello"',
    ),
    Rule(
        "E409",
        "Unknown delay",
        "Delays are `after 4 hours`, `within 2 days`, `after about 4 hours`, or a distribution by name:"
        " exponential(D), weibull(D, k), gamma(D, k), lognormal(D, sigma).",
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume contact opens email 30% after lognormal(4 hours)',
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume contact opens email 30% after lognormal(4 hours, 1.1)',
    ),
    Rule(
        "E410",
        "Column missing from the contacts",
        "A bare name is a column of the contacts table, exactly as in its header. This table has no such column.",
        '# columns: plan text\nwhen member joins program if plann is "pro" then send chat "Hello" end',
        '# columns: plan text\nwhen member joins program if plan is "pro" then send chat "Hello" end',
    ),
    Rule(
        "E411",
        "Column of another type",
        "The column has values of another type, so the comparison could never be true.",
        '# columns: age number\nwhen member joins program if age is "18" then send chat "Hello" end',
        '# columns: age number\nwhen member joins program if age is 18 then send chat "Hello" end',
    ),
    Rule(
        "E412",
        "Placeholder without a column",
        "A name in braces is a column of the contacts table or a value that the workspace sets (`set business_name"
        ' "…"`).',
        '# columns: first_name text\nwhen member joins program then send chat "Hello {firstname}"',
        '# columns: first_name text\nwhen member joins program then send chat "Hello {first_name}"',
    ),
    Rule(
        "E413",
        "Name with two meanings",
        "In this `where`, the name is both a field of the event and a column of the contact. Write `trigger.` or"
        " `contact.` before it.",
        '# columns: amount number\nwhen client buys offer where amount > 50 then send chat "Thank you"',
        '# columns: amount number\nwhen client buys offer where trigger.amount > 50 then send chat "Thank you"',
    ),
    Rule(
        "E414",
        "Brace out of place",
        "Braces contain a placeholder: `{first_name}`, `{trigger.amount}`. For a brace itself, write `{{`.",
        'when member joins program then send chat "Hello {first name}"',
        'when member joins program then send chat "Hello {first_name}"',
    ),
    Rule(
        "E415",
        "Fraction of a month",
        "Months and years differ in length, so they must be whole numbers. Write fractions in days.",
        'when member joins program\n  wait 1.5 months\n  then send chat "Hello"',
        'when member joins program\n  wait 1 month 15 days\n  then send chat "Hello"',
    ),
    Rule(
        "E416",
        "Field in place of a column",
        "A date trigger reads a date column of the contact; `set` changes a column of the contact or a field of the"
        " related object. The event that started a run is past and cannot be changed.",
        "when client buys offer then set trigger.amount to 5",
        "when client buys offer then set last_amount to 5",
    ),
    Rule(
        "E417",
        "Number of new contacts by column",
        "A column has a number for each contact of the table. Write the number of new contacts as a number: `120 new"
        " contacts per day`, `100 to 140 new contacts per day`.",
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume by column "arrivals" new contacts per day join program "Yoga"',
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume 120 new contacts per day join program "Yoga"',
    ),
    Rule(
        "E418",
        "State that a scenario cannot set",
        "At the beginning, a scenario can give contacts a membership, a tag or a badge, or put them into a group, a"
        " program or a course. Consent is in the table, and past events are in its history.",
        'when member joins program unless has membership then send email "Hello"\n'
        'scenario "Spring"\n  assume 20% of contacts have no membership',
        'when member joins program unless has membership then send email "Hello"\n'
        'scenario "Spring"\n  assume 80% of contacts have membership',
    ),
    Rule(
        "E419",
        "Wrong variation between contacts",
        "`varying by` says how contacts differ: `gamma` and its shape for rates, `beta` and its concentration for"
        " shares, from 0.05 to 10,000; the smaller the number, the more they differ. Texts made from a plan may list"
        " a whole table, `quantiles(…)`. A number by column is already each contact's own.",
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume contact opens email 35% varying by gamma 4',
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume contact opens email 35% varying by beta 4',
    ),
    Rule(
        "E422",
        "a past that cannot count",
        "`given the past` draws each contact's own rate from what it did before the start. How much the past weighs is"
        " said by the gamma law by which contacts differ; without it, all contacts have the same rate.",
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume contact visits page 0.5 per contact per week given the past',
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume contact visits page 0.5 per contact per week varying by gamma 0.4 given the past',
    ),
    Rule(
        "E420",
        "a column that cannot be set",
        "Consent, tags and other sets, the time zone and the id of a contact are not attributes. Setting a column of"
        " that name, or of a similar one, would have no effect: after `set can_email to no`, messages would still be"
        " sent. Add and remove names with actions such as `add tag`. Consent changes when the contact unsubscribes,"
        " which is an event; no flow can change it.",
        'when member submits form then set can_email to no then send email "Hello"',
        'when member submits form then add tag "no mail" then send email "Hello"',
    ),
    Rule(
        "E421",
        "a name with blanks around it in a program",
        'Names are compared exactly, and names in tables have no blanks around them: `"Yoga "` would be a different'
        ' program from `"Yoga"`, and nobody could join it. Write the name without the blanks.',
        'when member joins program "Yoga " then send email "Hello"',
        'when member joins program "Yoga" then send email "Hello"',
    ),
)

MEANING_DIAGNOSTICS = (*_WORDS, *_SHAPE, *_VALUES)
MEANING = {rule.code: rule for rule in MEANING_DIAGNOSTICS}
