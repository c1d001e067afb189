"""Diagnostics of runs (E7xx): unreadable programs, wrong or contradictory options, limits."""

from __future__ import annotations

from flowdsl.diagnostics.catalogue import Rule

RUN_DIAGNOSTICS = (
    Rule(
        "E701",
        "a program that cannot be read",
        "A program is a file of UTF-8 text, or a folder. A folder's program consists of all files in it and its"
        " subfolders that end in .flow, in the order of their paths.",
        'flowdsl.load("programme.docx")',
        'flowdsl.load("hello.flow")',
    ),
    Rule(
        "E702",
        "a moment that cannot be read",
        "start, until and warm_from are a date, a datetime, or a text as in ISO 8601: 2026-01-31, 2026-01-31 09:00,"
        " 2026-01-31T09:00:00+01:00. A date is its midnight. Without a zone they are on the workspace's clock, UTC if"
        " it names none.",
        'simulate(program, contacts, start="31/01/2026", days=30)',
        'simulate(program, contacts, start="2026-01-31", days=30)\n'
        "flowdsl simulate hello.flow --contacts contacts.csv --start 2026-01-31 --days 30",
    ),
    Rule(
        "E703",
        "times that contradict each other",
        "A simulation runs from start to until, or for a number of days from start; warm_from is before start. Give"
        " only one end: days or until.",
        'simulate(program, contacts, start="2026-01-31", until="2026-01-01")',
        'simulate(program, contacts, start="2026-01-01", until="2026-01-31")\n'
        "flowdsl simulate hello.flow --contacts contacts.csv --start 2026-01-01 --until 2026-01-31",
    ),
    Rule(
        "E704",
        "no start or end",
        "Without start, a simulation begins on the day of the first event, and without days and until, it ends on"
        " the day of the last. If there are no events, set the options.",
        "simulate(program, contacts)",
        'simulate(program, contacts, start="2026-01-05", days=30)\n'
        "flowdsl simulate hello.flow --contacts contacts.csv --start 2026-01-05 --days 30",
    ),
    Rule(
        "E705",
        "an unknown scenario",
        "A scenario is chosen by its name, exactly as in the program, including case.",
        'simulate(program, contacts, scenario="spring")',
        'simulate(program, contacts, scenario="Spring")\n'
        "flowdsl simulate hello.flow --contacts contacts.csv --scenario Spring",
    ),
    Rule(
        "E706",
        "several scenarios",
        "If a program has one scenario, it is used. If it has several, choose one by name.",
        "simulate(program, contacts)  # the program has the scenarios Spring and Autumn",
        'simulate(program, contacts, scenario="Spring")\n'
        "flowdsl simulate hello.flow --contacts contacts.csv --scenario Spring",
    ),
    Rule(
        "E707",
        "an option that does not exist",
        "Each option has few possible values, and the message lists them: engine is auto, simpy or fast; records is"
        " full, sends or counts; by contains existing columns. Seeds are whole numbers, replications are counted"
        " from 0.",
        'simulate(program, contacts, engine="fast-ish")',
        'simulate(program, contacts, engine="auto")',
    ),
    Rule(
        "E708",
        "a name that is not in the catalogue",
        "If there is a catalogue, names of a kind that it lists must be in it, exactly: a name that does not exist"
        " would never match anything.",
        'when member joins program "Yogaa"  # the catalogue has the program Yoga',
        'when member joins program "Yoga"',
    ),
    Rule(
        "E711",
        "a step of a program that has none",
        "The catalogue says that this program has no steps (`steps` is 0 or no), so nobody can complete or miss one,"
        " and nobody would ever enter. Programs without steps can be joined, completed, left and paid for.",
        'when member misses step of program "Open day"  # the catalogue: program,Open day,0',
        'when member completes program "Open day"',
    ),
    Rule(
        "E709",
        "a thing that is no program",
        "Programs are given as flowdsl.parse and flowdsl.load return them, as a plan, or as the text itself. A path is"
        " opened with flowdsl.load.",
        'simulate("winback.flow", contacts)',
        'simulate(load("winback.flow"), contacts)',
    ),
    Rule(
        "E763",
        "a path that can be none",
        "A path is a text that is not empty, or a pathlib.Path. It has to be short enough for the file system, without"
        " the character NUL, and of letters that names of files can have on this machine.",
        "results.to_dir(None)",
        'results.to_dir("results")',
    ),
    Rule(
        "E764",
        "a name that is not a text",
        "Names of flows and scenarios are texts that are written into files, so they cannot contain half of a"
        " character (a lone surrogate).",
        "workspace.new(None)",
        'workspace.new("Welcome")',
    ),
    Rule(
        "E770",
        "a state that cannot be read",
        "The state of a contact is a JSON document that `to_json` has written, with the number of its version.",
        "from_json(ready, {})",
        "from_json(ready, to_json(ready, state))",
    ),
    Rule(
        "E771",
        "a state that does not fit its plan",
        "A state names the flows, steps, counts and caps of the plan that it was taken under. Under another plan, carry"
        " it over first.",
        "from_json(prepare(edited), document)",
        "from_json(prepare(edited), carry(document, plan, edited)[0])",
    ),
    Rule(
        "E775",
        "an update of a contact that cannot be taken",
        "An update gives new values of columns, the names of sets, consent by channel, and the name of a time zone."
        " Nothing is changed if any of them is wrong.",
        'Update(zone="Europe/Pari")',
        'Update(zone="Europe/Paris")',
    ),
    Rule(
        "E776",
        "a failed message that was never sent",
        "Only a message to the contact that was sent can fail: give the row of the send as `wake` has returned it, with"
        ' kind "action", status "done" and the number of the send. Messages to staff and to fixed addresses are not'
        " counted.",
        'Failed(row)  # with row.status == "skipped"',
        'Failed(row)  # with row.status == "done"',
    ),
    Rule(
        "E710",
        "a file that cannot be written or read",
        "The system refused it: the folder may be missing, the disk full, or the file belong to somebody else.",
        "flowdsl export hello.flow -o /no/such/folder/plan.json",
        "flowdsl export hello.flow -o plan.json",
    ),
    Rule(
        "E712",
        "a template that cannot be read",
        "A template is a file of UTF-8 text, HTML or plain, of at most 1 MiB. Its path is relative to the folder of"
        " the .flow file that names it; a program without a file reads it from the working directory. The file must"
        " be inside the program's folder, also after links are followed, so that a program cannot show other files"
        " of the machine. Devices, pipes and folders are not templates.",
        'email "Lesson 1"\n  template "/home/ann/lesson-1.html"',
        'email "Lesson 1"\n  template "templates/lesson-1.html"',
    ),
    Rule(
        "E713",
        "no message of this name",
        "A preview shows a message that the program declares or sends, by its exact name. If messages of several"
        " channels have the name, `channel` says which.",
        'program.preview("lesson 1", {"first_name": "Ann"})',
        'program.preview("Lesson 1", {"first_name": "Ann"})',
    ),
    Rule(
        "E714",
        "a contact that cannot be read",
        "A preview is filled for one contact: a mapping or a row of a table with its columns, or its id together with"
        " the table of contacts.",
        'program.preview("Lesson 1", "c42")',
        'program.preview("Lesson 1", "c42", contacts="contacts.csv")',
    ),
    Rule(
        "E715",
        "an event that is nearly a known one",
        "Words that are not in the vocabulary are a custom event, for which nothing in the program waits. These"
        " words are so similar to known ones that they are probably a typing error. Write the name of an intended"
        " custom event without blanks: joined_programme. A known id or phrase with other punctuation or in another"
        " case, such as Program.Joined or buys_offer, is refused unless the program listens to an event of this"
        " name.",
        "time,contact,event,object\n2026-01-05 09:00,ann,joins programme,Yoga",
        "time,contact,event,object\n2026-01-05 09:00,ann,joins program,Yoga",
    ),
    Rule(
        "E716",
        "no flow of this name",
        "Flows are identified by their names, exactly as in the program, including case.",
        'who_would_enter(program, contacts, at="2026-01-05", flow="welcome")',
        'who_would_enter(program, contacts, at="2026-01-05", flow="Welcome")',
    ),
    Rule(
        "E717",
        "a scenario that cannot be written",
        "flowdsl.Scenario accepts numbers (0.35), pairs for uncertain numbers ((0.40, 0.45)), or the name of a"
        " column; lengths of time as texts or timedeltas; and the number of a day, a date or a moment. Each method"
        " adds one line.",
        'Scenario("Spring").answer("opens email", float("nan"))',
        'Scenario("Spring").answer("opens email", 0.35)',
    ),
    Rule(
        "E718",
        "more new contacts than can be simulated",
        "A simulation has at most ten million new contacts. Check the number, its unit of time, and the length of"
        " the simulation.",
        "assume 1000 new contacts per second join program",
        "assume 1000 new contacts per day join program",
    ),
    Rule(
        "E720",
        "an engine that is not installed",
        'engine="fast" is compiled by Numba, which is an extra: pip install "flowdsl[fast]". Without it, all'
        " programs run on SimPy.",
        'simulate(program, contacts, engine="fast")  # without Numba',
        'pip install "flowdsl[fast]"',
    ),
    Rule(
        "E761",
        "an engine that does not work here",
        'engine="fast" is compiled by Numba, which is installed but cannot do it: it is too old, it does not fit to the'
        " NumPy or llvmlite that is installed, or it is switched off (NUMBA_DISABLE_JIT). SimPy gives the same rows."
        " Installing the extra again brings versions that fit to each other.",
        'simulate(program, contacts, engine="fast")  # with Numba 0.61',
        'pip install --upgrade "flowdsl[fast]"\nsimulate(program, contacts, engine="simpy")  # the same rows, later',
    ),
    Rule(
        "W703",
        "the compiled engine cannot be used",
        'engine="auto" takes the compiled engine for large simulations. Numba is installed but cannot compile it, so'
        " SimPy runs the simulation: the same rows, but slower. The warning says what Numba said; installing the extra"
        " again brings versions that fit to each other. The warning is a FlowWarning and is given once per process.",
        'simulate(program, contacts, engine="auto")  # with Numba 0.61',
        'pip install --upgrade "flowdsl[fast]"\n'
        'simulate(program, contacts, engine="simpy")  # what W703 does, said by yourself: no warning',
    ),
    Rule(
        "E721",
        "capacity cannot be simulated in parts",
        "With a capacity, all contacts share one queue, so a contact's message can depend on any other contact."
        " Parts of a table are simulated separately, and each would have the whole capacity. If the contacts fit"
        " into memory, simulate them together: without out= and backend=, from one table.",
        'simulate(program, "contacts/*.parquet", out="results")  # the workspace has a capacity',
        'simulate(program, pd.read_parquet("contacts")).to_dir("results", "parquet")',
    ),
    Rule(
        "E722",
        "tables in parts without a folder for results",
        "Contacts in several files, and their results, may not fit into memory: out= names the folder for the tables"
        " of results. Counts need little memory and no folder.",
        'simulate(program, "contacts/*.parquet")',
        'simulate(program, "contacts/*.parquet", out="results")\n'
        'simulate(program, "contacts/*.parquet", records="counts")',
    ),
    Rule(
        "E723",
        "Dask is not installed",
        "Dask distributes parts over several machines. It is an optional dependency. Without it, parts are simulated"
        " on this machine, one after the other, with the same results.",
        'simulate(program, "contacts/*.parquet", out="results", backend="dask")',
        'pip install "flowdsl[scale]"',
    ),
    Rule(
        "E724",
        "too few replications for an interval",
        "The limits of a prediction interval are two of the replications, by rank. 90% needs at least 19 and 95% at"
        " least 39, of which the smallest and the largest are the limits. With more replications, the limits depend"
        " less on chance.",
        "forecast(program, contacts, replications=10)",
        'forecast(program, contacts, replications="auto")',
    ),
    Rule(
        "E725",
        "wrong prices",
        "prices is a mapping from channels (email, sms, chat, push, notification) to the price of one message, in"
        " any currency. A channel without a price costs nothing.",
        'forecast(program, contacts, prices={"e-mail": 0.001})',
        'forecast(program, contacts, prices={"email": 0.001, "sms": 0.05})',
    ),
    Rule(
        "E726",
        "a program that has no exact forecast",
        'method="exact" computes expected numbers without random draws. Programs for which this is impossible are'
        ' refused; method="simulate" forecasts all programs.',
        'forecast(program, contacts, method="exact")  # the program has jumps',
        'forecast(program, contacts, method="simulate")',
    ),
    Rule(
        "E727",
        "an unknown name of a number to vary",
        "sweep varies a param by its name, or a number of the scenario by the words of its line without the number:"
        " opens email, clicks email of opening it, new contacts join program, contacts have membership. The"
        " beginning of the words is enough if no other line has it.",
        'sweep(program, {"pauze": ["1 day", "3 days"]}, contacts)',
        'sweep(program, {"pause": ["1 day", "3 days"], "opens email": [0.35, 0.40]}, contacts)',
    ),
    Rule(
        "E728",
        "a value that cannot be used",
        "Values are lists. Those of a param are written as in the language, or numbers; those of a line of the"
        " scenario are numbers (0.35), pairs for uncertain numbers ((0.40, 0.45)), or texts of the language (35%,"
        " 40% to 45%).",
        'sweep(program, {"pause": "3 days", "opens email": ["often"]}, contacts)',
        'sweep(program, {"pause": ["1 day", "3 days"], "opens email": [0.35, "40% to 45%"]}, contacts)',
    ),
    Rule(
        "E730",
        "variants that cannot be compared",
        "compare takes two or more programs, each with its own name, for the same contacts, time and clock. A"
        " mapping of scenarios has one for each name.",
        "compare([today, shorter], contacts)",
        'compare({"today": today, "shorter wait": shorter}, contacts)',
    ),
    Rule(
        "E731",
        "results that would replace your own files",
        "Results replace earlier results in the same folder. FlowDSL identifies these by a list in that folder,"
        " .flowdsl.json, with the size of every file. Anything else that has the name of a result stays as it is:"
        " write to another folder, or move or delete it first.",
        'mkdir results/runs\nflowdsl simulate hello.flow --contacts "people/*.parquet" --out results',
        'flowdsl simulate hello.flow --contacts "people/*.parquet" --out new-results',
    ),
    Rule(
        "E732",
        "results that would replace an input",
        "A command never writes to a file that it reads, or into a folder of tables that it reads, also through"
        " links. Write to another folder or file.",
        "flowdsl simulate hello.flow --contacts runs.csv --out .",
        "flowdsl simulate hello.flow --contacts runs.csv --out results",
    ),
    Rule(
        "E735",
        "too many steps in one instant",
        "The runs of one contact may take 100,000 steps in one instant. A loop with more rounds and no wait is"
        " probably an error, and each of its rows would be kept. Add a wait to each round, or reduce the number of"
        " rounds. FLOWDSL_BUDGET=10 in the environment allows ten times as much.",
        'repeat 1000000000 times\n  then add tag "a"\n  then remove tag "a"\nend',
        'repeat 3 times\n  then add tag "a"\n  wait 1 day\n  then remove tag "a"\nend',
    ),
    Rule(
        "E738",
        "a contact whose events grow without end",
        "One contact may have 250,000 steps and events of a scenario. More are needed if answers cause more than one"
        " answer on average, if a rate is far too high, or if a loop has only very short waits. Lower the share or"
        " the rate, send fewer messages on each answer, or limit the flow: `limit once per contact`."
        " FLOWDSL_BUDGET=10 in the environment allows ten times as much.",
        "assume contact buys offer 100% of buying offer",
        "assume contact buys offer 20% of buying offer after about 3 days",
    ),
    Rule(
        "E739",
        "too many rows or counts for memory",
        "A simulation keeps at most 20,000,000 rows, and 200 more for each contact. Counts and forecasts keep at"
        " most 268,435,456 numbers: counts have one for each quarter hour of a flow and of a step. Simulate fewer"
        ' days, lower the rates of the scenario, keep only counts (records="counts"), or write parts to files'
        " (out=). FLOWDSL_BUDGET=10 in the environment allows ten times as much.",
        "assume 5000 visits per contact per day  # for 10,000 contacts and a year",
        'simulate(program, contacts, days=30, records="counts")',
    ),
    Rule(
        "E748",
        "a budget that is not a number",
        "The environment variable FLOWDSL_BUDGET is a whole number from 1 to 10,000 that multiplies the limits of a"
        " simulation.",
        "FLOWDSL_BUDGET=lots flowdsl simulate hello.flow --contacts contacts.csv",
        "FLOWDSL_BUDGET=10 flowdsl simulate hello.flow --contacts contacts.csv",
    ),
    Rule(
        "E740",
        "a wrong option of fitting",
        "level is a probability between 0 and 1; since is a column of dates; segments are columns with few texts or"
        " with yes and no; train and test are two times, one after the other.",
        "fit(events, contacts, level=90)",
        'fit(events, contacts, level=0.9, since="joined", segments=["plan"])',
    ),
    Rule(
        "E741",
        "nothing to fit",
        "A scenario is fitted to past events. There is no event in the observed time, so there is nothing to fit.",
        'fit(events, start="2030-01-01", until="2030-02-01")',
        'fit(events, start="2026-01-01", until="2026-02-01")',
    ),
    Rule(
        "E742",
        "a scenario that cannot start a flow",
        "The trigger of the flow needs a field that the scenario's line does not give to its event, and a missing"
        " value makes a comparison false. The flow would start for none of these events, so a forecast of it would"
        " always be 0. Remove the field from the trigger, add it to the line if the language has words for it (`step"
        ' "S1" of program "Yoga"`), or take the events from a table and not from the scenario.',
        'flow "Thanks"\n  when client buys offer where amount > 20\n  then send email "Thank you"\n'
        "scenario\n  assume client buys offer 0.1 per contact per week",
        'flow "Thanks"\n  when client buys offer\n  then send email "Thank you"\n'
        "scenario\n  assume client buys offer 0.1 per contact per week",
    ),
    Rule(
        "E750",
        "an option that a cell does not have",
        "The line of `%%flow` takes the Python name for the program, --fix, which applies all suggested fixes to the"
        " cell, and --fmt, which formats the cell in the standard style. The program is below it.",
        "%%flow welcome --fixx\nwhen member joins program then send chat",
        "%%flow welcome --fix\nwhen member joins program then send chat",
    ),
    Rule(
        "E751",
        "a name that Python does not allow",
        "A cell binds its program to a Python name: one word of letters, digits and _, which does not begin with a"
        " digit and is not a Python keyword. The name is optional; without it, the cell only shows its program.",
        "%%flow win-back\nwhen member joins program then send chat",
        "%%flow win_back\nwhen member joins program then send chat",
    ),
    Rule(
        "E752",
        "a code that does not exist",
        "Codes are a letter and three digits, as shown in diagnostics; `%flow_explain` alone lists them all.",
        "%flow_explain E999",
        "%flow_explain E205",
    ),
    Rule(
        "E753",
        "a cell without a program",
        "Write the program in the lines below `%%flow`, in the same cell.",
        "%%flow welcome",
        "%%flow welcome\nwhen member joins program then send chat",
    ),
    Rule(
        "E754",
        "a package that is not installed",
        "The packages that only notebooks and widgets need (IPython, ipykernel, ipywidgets, anywidget) come with the"
        " extra `notebook`.",
        "flowdsl kernel install  # without ipykernel",
        'pip install "flowdsl[notebook]"\nflowdsl kernel install',
    ),
    Rule(
        "E755",
        "a command that does not exist",
        "In FlowDSL notebooks, a line that begins with % is a command; `%help` lists them.",
        "%simulat",
        "%simulate",
    ),
    Rule(
        "E756",
        "an option that a command does not have",
        "Each command has its own options, on the same line: --days 30, --days=30 or days=30. Those of %simulate and"
        " %forecast have the same names as in Python.",
        "%simulate --day 30",
        "%simulate --days 30",
    ),
    Rule(
        "E757",
        "a command without a program",
        "Commands use the program of the last cell that contains a flow. No such cell has run yet.",
        "%simulate",
        "when member joins program then send chat\n%simulate",
    ),
    Rule(
        "E760",
        "not a sealed exercise",
        "A sealed exercise is one long word, as returned by `exercise.sealed()`. Line breaks in it are allowed;"
        " missing letters are not.",
        'teach.Exercise.unsealed("trigger 1")',
        'teach.Exercise.unsealed(teach.exercises()["trigger 1"].sealed())',
    ),
)
RUNS = {rule.code: rule for rule in RUN_DIAGNOSTICS}
