"""Diagnostics of what is done with programs in a folder (E9xx): what each code means, with a wrong and a right way."""

from __future__ import annotations

from flowdsl.diagnostics.catalogue import Rule

FOLDER_DIAGNOSTICS = (
    Rule(
        "E901",
        "a placeholder that nothing fills",
        "Before a flow is activated, every {name} in the messages it sends must be filled: by a value of the"
        " workspace, or by a column of the contacts. Without a table of contacts, only the most common columns are"
        " assumed to exist: first_name, last_name, full_name, name, email and phone.",
        'then send email "News from {business_name}"  # and no workspace sets business_name',
        'workspace\n  set business_name "Studio Lotus"\n\nor: flowdsl activate welcome.flow --contacts contacts.csv',
    ),
    Rule(
        "E902",
        "a flow that does not exist",
        "Give the name of a flow or campaign exactly as in the program, including case. A target that ends in .flow,"
        " or exists on disk, is a path.",
        'flowdsl pause "welcome"',
        'flowdsl pause "Welcome"',
    ),
    Rule(
        "E903",
        "a name that is taken",
        "Names of flows are unique across all files of a program, and no existing file is overwritten.",
        'flowdsl new "Welcome" --template welcome  # a second time',
        'flowdsl new "Welcome in spring" --template welcome',
    ),
    Rule(
        "E904",
        "a change that would break another file",
        "Other parts may still need what is moved or deleted: a flow that another one starts or stops, a message"
        " that conditions use, a param. The change is refused and nothing is written.",
        'flowdsl delete "Reminder"  # while another flow says: then start flow "Reminder"',
        'flowdsl pause "Reminder"',
    ),
    Rule(
        "E905",
        "a file with several flows",
        "A copy has one name, so it is a copy of one flow: give its name.",
        'flowdsl duplicate flows.flow --as "Second"  # the file holds three flows',
        'flowdsl duplicate "First" --as "Second"',
    ),
    Rule(
        "E906",
        "a folder moved into itself",
        "A folder can only be moved to a place beside it or above it, not into itself.",
        "flowdsl move letters letters/old",
        "flowdsl move letters old",
    ),
    Rule(
        "E907",
        "a link instead of a program",
        "A symbolic link leads to a file or folder that may belong to another program. `delete` and `move` change"
        " neither the link nor its target: remove the link itself with the tools of your system, or use the real"
        " path.",
        "ln -s ../shared/letters letters\nflowdsl delete letters --yes",
        "rm letters  # removes the link alone\nflowdsl delete ../shared/letters  # deletes the programs themselves",
    ),
)
FOLDER = {rule.code: rule for rule in FOLDER_DIAGNOSTICS}
