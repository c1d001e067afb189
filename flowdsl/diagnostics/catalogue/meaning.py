"""Errors of meaning: what each code says, why it is a error, and a small program that has it beside the same put right.

E2xx are about words and names, E3xx about the shape of a program, E4xx about values, W about what is allowed but hardly
meant. Nothing goes in; MEANING comes out. Longer than most rooms because it is one table, read by code. A program whose
first line begins with `# columns:` is checked against a contact table with these columns.
"""

from __future__ import annotations

from flowdsl.diagnostics.catalogue import Rule

_WORDS = (
    Rule(
        "E201",
        "Unknown event",
        "A trigger, a wait, a goal or a count speaks of an event, and an event is said in words of the vocabulary:"
        " `joins program`, `opens email`, `buys offer`. Anything of your own is a custom event, with its name in"
        " quotes.",
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
        'An action is said in words of the vocabulary: `send email "Hello"`, `add tag "vip"`, `set plan to "pro"`. What'
        ' another system does is said with `do "its name"`.',
        'when member joins program then paint chat "Hello"',
        'when member joins program then send chat "Hello"',
    ),
    Rule(
        "E204",
        "Words left over",
        "The longest known phrase is taken, and after it must come a keyword (`where`, `unless`, `wait`, `then`…). Here"
        " come"
        " words that belong to neither.",
        'when member joins program "Yoga" yesterday then send chat "Hello"',
        'when member joins program "Yoga" then send chat "Hello"',
    ),
    Rule(
        "E205",
        "Keyword misspelt in a phrase",
        "A word that is no keyword becomes part of the phrase before it, and everything after it loses its meaning.",
        'when member joins program unles has membership then send chat "Hello"',
        'when member joins program unless has membership then send chat "Hello"',
    ),
    Rule(
        "E208",
        "Name missing",
        "These words say nothing without a name in quotes: which tag, which flow, which status.",
        "when member joins program then add tag",
        'when member joins program then add tag "new"',
    ),
    Rule(
        "E209",
        "Too many names",
        "Several names mean `any of them`, and that makes sense in a question, not in a deed. Say the deed once for"
        " each.",
        'when member joins program then add tag "new" or "vip"',
        'when member joins program then add tag "new" then add tag "vip"',
    ),
    Rule(
        "E210",
        "Unknown flow",
        "Flows are started, stopped and switched by name, and names are exact, capitals included.",
        'flow "Welcome"\n  when member joins program\n  then start flow "Good bye"\n'
        'flow "Goodbye"\n  when member leaves program\n  then send chat "Bye"',
        'flow "Welcome"\n  when member joins program\n  then start flow "Goodbye"\n'
        'flow "Goodbye"\n  when member leaves program\n  then send chat "Bye"',
    ),
    Rule(
        "E211",
        "Unknown label",
        "`go to` jumps to a label of the same flow, and names are exact, capitals included.",
        'when member joins program\n  label "Ask"\n  then send chat "Hello"\n  wait 1 day\n'
        '  go to "ask" at most 2 times',
        'when member joins program\n  label "Ask"\n  then send chat "Hello"\n  wait 1 day\n'
        '  go to "Ask" at most 2 times',
    ),
    Rule(
        "E212",
        "Unknown param",
        "A word where a value could stand is the name of a param, and no line `param NAME VALUE` declares it.",
        'param pause 3 days\nflow "A"\n  when member joins program\n  wait pauze\n  then send chat "Hello"',
        'param pause 3 days\nflow "A"\n  when member joins program\n  wait pause\n  then send chat "Hello"',
    ),
    Rule(
        "E213",
        "Name given twice",
        "Flows, messages, params, scenarios, and the labels of a flow are known by their names, so a name belongs to"
        " one of them only. A program has one workspace.",
        'flow "A"\n  when member joins program\n  then send chat "Hello"\n'
        'flow "A"\n  when member leaves program\n  then send chat "Bye"',
        'flow "A"\n  when member joins program\n  then send chat "Hello"\n'
        'flow "B"\n  when member leaves program\n  then send chat "Bye"',
    ),
    Rule(
        "E214",
        "Unknown kind of object",
        "A word with a dot names a field: of what started the run (`trigger.amount`), of the object that the run is"
        " about"
        " (`event.start`), or of the contact (`contact.plan`).",
        'when event is created\n  wait until 1 day before evnt.start\n  then send chat "Tomorrow"',
        'when event is created\n  wait until 1 day before event.start\n  then send chat "Tomorrow"',
    ),
    Rule(
        "E215",
        "Name differs by capitals",
        "Names are exact. The program names a message or thing like this, but with other capitals, so this would be"
        " another one.",
        'flow "A"\n  when member joins program\n  then send email "welcome"\nemail "Welcome"\n  subject "Hello"',
        'flow "A"\n  when member joins program\n  then send email "Welcome"\nemail "Welcome"\n  subject "Hello"',
    ),
    Rule(
        "E216",
        "Unknown channel",
        "Messages go by email, sms, chat, push or notification; in a cap, `messages` means all of them together.",
        'workspace\n  cap 3 letters per contact every 7 days\nflow "A"\n  when member joins program\n'
        '  then send chat "Hello"',
        'workspace\n  cap 3 chats per contact every 7 days\nflow "A"\n  when member joins program\n'
        '  then send chat "Hello"',
    ),
    Rule(
        "E217",
        "Unknown status of a message",
        "A message can be received, opened, clicked, replied, bounced, blocked or unsubscribed; several of them at"
        " once.",
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
        "A flow needs at least one trigger: without it no run would ever begin.",
        'flow "A"\n  limit once per contact\n  then send chat "Hello"',
        'flow "A"\n  when member joins program\n  limit once per contact\n  then send chat "Hello"',
    ),
    Rule(
        "E302",
        "Clause given twice",
        "Only `goal` and `exit when` may stand several times in a flow; of any other clause only one can count. Several"
        " triggers are joined: `when … or when …`.",
        'flow "A"\n  when member joins program\n  limit once per contact\n  limit 3 times per contact\n'
        '  then send chat "Hello"',
        'flow "A"\n  when member joins program\n  limit 3 times per contact\n  then send chat "Hello"',
    ),
    Rule(
        "E303",
        "Split that is not 100%",
        "The arms of a split share out all runs. Whoever is to get nothing goes into an arm without steps.",
        'when member joins program\n  split 30% then send chat "A" 60% then send chat "B" end',
        'when member joins program\n  split 30% then send chat "A" 60% then send chat "B" 10% end',
    ),
    Rule(
        "E304",
        "Jump back without bound",
        "A jump back could go on for ever. `at most 3 times` bounds it, for each run; after that the run goes on"
        " below.",
        'when member joins program\n  label "Ask"\n  then send chat "Hello"\n  wait 1 day\n  go to "Ask"',
        'when member joins program\n  label "Ask"\n  then send chat "Hello"\n  wait 1 day\n'
        '  go to "Ask" at most 3 times',
    ),
    Rule(
        "E305",
        "Jump back without a wait",
        "On the way from the label back to it a run must wait at least once; else all its rounds would fall into one"
        " moment.",
        'when member joins program\n  label "Ask"\n  then send chat "Hello"\n  go to "Ask" at most 3 times',
        'when member joins program\n  label "Ask"\n  then send chat "Hello"\n  wait 1 day\n'
        '  go to "Ask" at most 3 times',
    ),
    Rule(
        "E306",
        "Step that is never reached",
        "Every way through the flow ends or jumps away before this step, and no jump leads to it.",
        'when member joins program\n  then send chat "Hello"\n  exit "done"\n  then send chat "And another thing"',
        'when member joins program\n  then send chat "Hello"\n  then send chat "And another thing"\n  exit "done"',
    ),
    Rule(
        "E307",
        "Nothing that exists already",
        "`include existing` enrols everyone for whom the trigger's state already holds: in the group, with the tag, in"
        " the"
        " program, with the membership. This trigger is something that happens and leaves no such state.",
        'when client buys offer "Trial"\n  include existing\n  then send chat "Hello"',
        'when client joins group "Trial"\n  include existing\n  then send chat "Hello"',
    ),
    Rule(
        "E308",
        "Condition that time alone makes true",
        "A wait, a goal or an exit looks again whenever something happens to the contact. A condition that becomes true"
        " just"
        " because time passes would be noticed late. Wait for the moment itself, or ask with `if`.",
        'when member joins program\n  wait until trial_ends is within 3 days\n  then send chat "Soon over"',
        'when member joins program\n  wait until 3 days before trial_ends\n  then send chat "Soon over"',
    ),
    Rule(
        "E309",
        "Nothing that could have happened",
        "`it happened` asks whether the last wait of this run ended by its event, so a `wait until` with an event must"
        " come"
        " before it.",
        'when member joins program\n  then send email "Hello"\n  wait 3 days\n  if it happened then add tag "keen" end',
        'when member joins program\n  then send email "Hello"\n  wait until opened "Hello" for up to 3 days\n'
        '  if it happened then add tag "keen" end',
    ),
    Rule(
        "E310",
        "Hours with a time of day",
        "`at 09:00` chooses the time on a later day, so the length before it counts days, weeks, months or years.",
        'when member joins program\n  wait 3 hours at 09:00\n  then send chat "Hello"',
        'when member joins program\n  wait 3 days at 09:00\n  then send chat "Hello"',
    ),
    Rule(
        "E311",
        "Limit per something unknown",
        "A limit counts per contact, or per related object that the flow is about, such as an event.",
        'when member joins program\n  limit once per household\n  then send chat "Hello"',
        'when member joins program\n  limit once per contact\n  then send chat "Hello"',
    ),
    Rule(
        "E312",
        "Flow about something else",
        "Only a flow whose trigger speaks of an object (`when event is created`) is about one and can look at its"
        " fields.",
        'when member joins program\n  wait until 1 day before event.start\n  then send chat "Tomorrow"',
        'when event is created\n  wait until 1 day before event.start\n  then send chat "Tomorrow"',
    ),
    Rule(
        "E313",
        "Two lines that contradict each other",
        "The most specific line of a scenario counts: with the message's name before without, with `where` before"
        " without."
        " These two are equally specific, and for some contacts both would count.",
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume contact opens email 30%\n  assume contact opens email 40%',
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume contact opens email 30%\n  assume contact opens email "Hello" 40%',
    ),
    Rule(
        "E314",
        "Trigger without fields",
        "`trigger.` looks at the event that started the run. A date or the calendar starts this flow, and neither has"
        " fields.",
        'when every monday at 09:00\n  if trigger.amount > 50 then send chat "Hello" end',
        'when client buys offer\n  if trigger.amount > 50 then send chat "Hello" end',
    ),
    Rule(
        "E315",
        "Field that the trigger does not carry",
        "`trigger.` looks at the event that started the run, and each kind of event carries fields of its own: a tag"
        " its `tag`, a purchase its `offer` and `amount`. `trigger.object` is the name that any of them is about."
        " A catalogue may add fields to programs, offers and the like. Custom events carry whatever their sender"
        " likes.",
        'when contact gets tag "vip"\n  if trigger.amount > 50 then send chat "Hello" end',
        'when client buys offer\n  if trigger.amount > 50 then send chat "Hello" end',
    ),
    Rule(
        "E316",
        "Flow that cannot take another's place",
        "`replace` switches one flow off and another one on. The other one is a flow of the program, and no campaign:"
        " contacts are in a campaign by its name.",
        'flow "A"\n  when member joins program\n  then send chat "Hello"\n'
        'scenario "Spring"\n  at day 10 replace flow "A" with flow "A"',
        'flow "A"\n  when member joins program\n  then send chat "Hello"\n'
        'flow "B" paused\n  when member joins program\n  then send chat "Good morning"\n'
        'scenario "Spring"\n  at day 10 replace flow "A" with flow "B"',
    ),
    Rule(
        "W301",
        "Wait with nothing after it",
        "Nothing happens after this wait, and neither a goal nor a limit needs the run to stay. It could go.",
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
        "Action that makes its own `unless` hold",
        "`unless` is looked at before a run starts and again right before every action. Once this action is done it"
        " holds, and everything behind it is skipped. To keep people from entering twice, say `limit`, or test it in"
        " `where`.",
        'when member joins program\nunless has badge "New"\nthen award badge "New"\nthen send chat "Hello"',
        'when member joins program\nlimit once per contact\nthen award badge "New"\nthen send chat "Hello"',
    ),
    Rule(
        "W304",
        "Condition that never holds",
        "The names behind `when` say what can start a run, so a run never finds another name in its trigger.",
        'when client books class "Yin"\n  if trigger.class is "Yang" then send chat "Hello" end',
        'when client books class "Yin" or "Yang"\n  if trigger.class is "Yang" then send chat "Hello" end',
    ),
    Rule(
        "W305",
        "Param that nothing uses",
        "A param is a value with a name; where its name is not said, its value changes nothing. Often a number was left"
        " in its place.",
        'param pause 3 days\nflow "A"\n  when member joins program\n  wait 2 days\n  then send chat "Hello"',
        'param pause 3 days\nflow "A"\n  when member joins program\n  wait pause\n  then send chat "Hello"',
    ),
    Rule(
        "W306",
        "Events that cause more of their kind",
        "Where a message brings about one message more on average, through the answers of a scenario and the flows that"
        " hear of them, a simulation grows without end. Lower the share, send fewer messages, or limit the flow."
        " Messages behind conditions, limits and caps do not count.",
        'flow "A"\n  when client opens email\n  then send email "B"\n  then send email "C"\nscenario "S"\n'
        "  assume client opens email 60% after about 4 hours",
        'flow "A"\n  when client opens email\n  then send email "B"\nscenario "S"\n'
        "  assume client opens email 60% after about 4 hours",
    ),
    Rule(
        "W309",
        "Placeholder of another product",
        "A placeholder is a name in single braces, `{first_name}`: a column of the contact, a word of the workspace or"
        " a field such as `{trigger.amount}`. Shapes such as `{{first_name}}`, `%FIRSTNAME%`, `*|FNAME|*`, `[[name]]`,"
        " `${name}` and `<%= name %>` are sent to the contact as they stand.",
        'when member joins program then send chat "Hello {{first_name}}"',
        'when member joins program then send chat "Hello {first_name}"',
    ),
    Rule(
        "W201",
        "Name almost like another one",
        "Messages need no declaration. But this name is so close to one that is declared or sent that it may be meant.",
        'flow "A"\n  when member joins program\n  then send email "Welcom"\nemail "Welcome"\n  subject "Hello"',
        'flow "A"\n  when member joins program\n  then send email "Welcome"\nemail "Welcome"\n  subject "Hello"',
    ),
)

_VALUES = (
    Rule(
        "E401",
        "Ends before it starts",
        "`starting` and `ending` bound the days on which runs begin, and here no day lies between them.",
        'when member joins program\n  starting 2026-03-01\n  ending 2026-02-01\n  then send chat "Hello"',
        'when member joins program\n  starting 2026-02-01\n  ending 2026-03-01\n  then send chat "Hello"',
    ),
    Rule(
        "E402",
        "Unknown time zone",
        'Time zones have their names in the IANA database: a continent or ocean and a city, such as "Europe/Paris".',
        'when member joins program\n  timezone "Europe/Pari"\n  then send chat "Hello"',
        'when member joins program\n  timezone "Europe/Paris"\n  then send chat "Hello"',
    ),
    Rule(
        "E403",
        "Window that never opens",
        "A send window ends where it begins, or has no day: no message could ever go out.",
        'when member joins program\n  only between 09:00 and 09:00\n  then send chat "Hello"',
        'when member joins program\n  only between 09:00 and 18:00\n  then send chat "Hello"',
    ),
    Rule(
        "E404",
        "Windows that are never open together",
        "A message goes out when the window of the workspace and that of the flow are both open, and these two never"
        " are.",
        'workspace\n  only on weekdays\nflow "A"\n  when member joins program\n  only on sunday\n'
        '  then send chat "Hello"',
        'workspace\n  only on weekdays\nflow "A"\n  when member joins program\n  only on monday\n'
        '  then send chat "Hello"',
    ),
    Rule(
        "E405",
        "Wrong kind of value",
        "Something of another kind must stand here: a length of time, a whole number or a percentage. A param brings"
        " its"
        " value along, so look at its line too.",
        'param pause "3 days"\nflow "A"\n  when member joins program\n  wait pause\n  then send chat "Hello"',
        'param pause 3 days\nflow "A"\n  when member joins program\n  wait pause\n  then send chat "Hello"',
    ),
    Rule(
        "E406",
        "Comparison that makes no sense",
        "Numbers are compared with `>`, `>=`, `<`, `<=`, dates with `is before`, `is after` and `is within 30 days`,"
        " anything with `is`, `is not` and `is one of`.",
        'when member joins program\n  if birthday > 2000-01-01 then send chat "Hello" end',
        'when member joins program\n  if birthday is after 2000-01-01 then send chat "Hello" end',
    ),
    Rule(
        "E407",
        "Text without quotes",
        "Texts stand in quotes. Without them only `yes`, `no` and the names of params can be compared with.",
        'when member joins program\n  if plan is pro then send chat "Hello" end',
        'when member joins program\n  if plan is "pro" then send chat "Hello" end',
    ),
    Rule(
        "E408",
        "Number out of range",
        "Counts, limits and bounds are whole numbers from 1 on, percentages lie between 0% and 100%, rates are more"
        " than 0, and a range goes from its lower end to its upper one.",
        'when member joins program\n  limit 0 times per contact\n  then send chat "Hello"',
        'when member joins program\n  limit 2 times per contact\n  then send chat "Hello"',
    ),
    Rule(
        "E409",
        "Unknown delay",
        "Delays are `after 4 hours`, `within 2 days`, `after about 4 hours`, or a law by name: exponential(D),"
        " weibull(D,"
        " k), gamma(D, k), lognormal(D, sigma).",
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume contact opens email 30% after lognormal(4 hours)',
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume contact opens email 30% after lognormal(4 hours, 1.1)',
    ),
    Rule(
        "E410",
        "Column that the contacts lack",
        "A bare name is a column of the contact table, exactly as its header has it, and this table has none of that"
        " name.",
        '# columns: plan text\nwhen member joins program if plann is "pro" then send chat "Hello" end',
        '# columns: plan text\nwhen member joins program if plan is "pro" then send chat "Hello" end',
    ),
    Rule(
        "E411",
        "Column of another type",
        "The column holds values of another type, so the comparison could never be true.",
        '# columns: age number\nwhen member joins program if age is "18" then send chat "Hello" end',
        '# columns: age number\nwhen member joins program if age is 18 then send chat "Hello" end',
    ),
    Rule(
        "E412",
        "Placeholder without a column",
        "A"
        ' name in braces is a column of the contact table or a word that the workspace sets (`set business_name "…"`).',
        '# columns: first_name text\nwhen member joins program then send chat "Hello {firstname}"',
        '# columns: first_name text\nwhen member joins program then send chat "Hello {first_name}"',
    ),
    Rule(
        "E413",
        "Name with two meanings",
        "In this `where` the name is a field of the event and a column of the contact. Say which: `trigger.` or"
        " `contact.`"
        " before it.",
        '# columns: amount number\nwhen client buys offer where amount > 50 then send chat "Thank you"',
        '# columns: amount number\nwhen client buys offer where trigger.amount > 50 then send chat "Thank you"',
    ),
    Rule(
        "E414",
        "Brace out of place",
        "Braces hold a placeholder: `{first_name}`, `{trigger.amount}`. A brace that is meant as one is doubled: `{{`.",
        'when member joins program then send chat "Hello {first name}"',
        'when member joins program then send chat "Hello {first_name}"',
    ),
    Rule(
        "E415",
        "Part of a month",
        "Months and years differ in length, so they are counted whole. Parts are said in days.",
        'when member joins program\n  wait 1.5 months\n  then send chat "Hello"',
        'when member joins program\n  wait 1 month 15 days\n  then send chat "Hello"',
    ),
    Rule(
        "E416",
        "Field where a column must stand",
        "A date trigger looks at a date column of the contact; `set` changes a column of the contact or a field of the"
        " related object. What started a run is past and cannot be changed.",
        "when client buys offer then set trigger.amount to 5",
        "when client buys offer then set last_amount to 5",
    ),
    Rule(
        "E417",
        "Number of new contacts by column",
        "A column has a number for each contact of the table. How many others come is said in numbers: `120 new"
        " contacts per day`, `100 to 140 new contacts per day`.",
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume by column "arrivals" new contacts per day join program "Yoga"',
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume 120 new contacts per day join program "Yoga"',
    ),
    Rule(
        "E418",
        "State that cannot be given",
        "At the beginning a contact can be given what it has or is in: a membership, a tag, a badge, a group, a"
        " program, a course. Consent is in the table, and what has happened in its history.",
        'when member joins program unless has membership then send email "Hello"\n'
        'scenario "Spring"\n  assume 20% of contacts have no membership',
        'when member joins program unless has membership then send email "Hello"\n'
        'scenario "Spring"\n  assume 80% of contacts have membership',
    ),
    Rule(
        "E419",
        "Difference between contacts that cannot be",
        "Behind `varying by` stands how contacts differ from each other: `gamma` and its shape for rates, `beta` and"
        " its concentration for shares, from 0.05 to 10,000; the smaller the number, the more they differ. Texts made"
        " from a plan may list a whole table, `quantiles(…)`. A number by column is each contact's own already.",
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume contact opens email 35% varying by gamma 4',
        'when member joins program then send email "Hello"\n'
        'scenario "Spring"\n  assume contact opens email 35% varying by beta 4',
    ),
    Rule(
        "E420",
        "a column that cannot be set",
        "Consent, tags and other sets, the time zone and the id of a contact are no attributes. Setting a column of"
        " their name, or of one that is nearly theirs, would change nothing: after `set can_email to no` messages would"
        " still be sent. Names are added and removed with actions such as `add tag`; consent changes when the contact"
        " unsubscribes, an event, and no flow can change it.",
        'when member submits form then set can_email to no then send email "Hello"',
        'when member submits form then add tag "no mail" then send email "Hello"',
    ),
    Rule(
        "E421",
        "a name with blanks around it in a program",
        'Names are compared exactly, and in tables they have no blanks around them: `"Yoga "` would be another program'
        ' than `"Yoga"`, which nobody could join. Write the name without the blanks.',
        'when member joins program "Yoga " then send email "Hello"',
        'when member joins program "Yoga" then send email "Hello"',
    ),
)

MEANING_DIAGNOSTICS = (*_WORDS, *_SHAPE, *_VALUES)
MEANING = {rule.code: rule for rule in MEANING_DIAGNOSTICS}
