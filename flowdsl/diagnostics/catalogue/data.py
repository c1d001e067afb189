"""Diagnostics of tables (E5xx): what each code means, with a small table that has it and the same table put right.

The tables are written as CSV; `flowdsl explain` and the pages under docs/errors are made of these entries.
"""

from __future__ import annotations

from flowdsl.diagnostics.catalogue import Rule

DATA_DIAGNOSTICS = (
    Rule(
        "E501",
        "a table that cannot be read",
        "A table is a DataFrame of pandas or Polars, a table of PyArrow or DuckDB (anything that has"
        " __arrow_c_stream__), or the path of a file that ends in .csv, .csv.gz or .parquet. A CSV file is UTF-8 text,"
        " or UTF-16 with its byte order mark; its first line names the columns, and no line has more cells than that."
        " Between cells stands a comma, a semicolon or a tab, or the character that a line sep=; before it names.",
        'simulate(program, "contacts.xlsx")',
        'simulate(program, "contacts.csv")',
    ),
    Rule(
        "E502",
        "an empty file",
        "A table may have no rows, but its first line names its columns: without it nothing says that this is the right"
        " file.",
        "",
        "contact,plan\n",
    ),
    Rule(
        "E503",
        "two columns of one name",
        "A program speaks of columns by name, so a name belongs to one column only.",
        "contact,plan,plan\nc1,pro,free\n",
        "contact,plan,plan_before\nc1,pro,free\n",
    ),
    Rule(
        "E504",
        "a column that is missing",
        "Contacts need an id: a column called contact, contact_id or id, or the one that key= names. Events need time,"
        " contact and event; objects need kind, object_id and contact; a catalogue needs kind and name. Names of"
        " columns are exact: Contact is not contact.",
        "Contact,plan\nc1,pro\n",
        "contact,plan\nc1,pro\n",
    ),
    Rule(
        "E505",
        "an empty cell where something must stand",
        "Ids, times, kinds and names of events say what a row is about. A row without them could be counted for nobody,"
        " and rows are never dropped in silence.",
        "contact,plan\nc1,pro\n,free\n",
        "contact,plan\nc1,pro\nc2,free\n",
    ),
    Rule(
        "E506",
        "a decimal number as id",
        "Ids are texts or whole numbers. pandas turns a column of whole numbers into decimals when one of its cells is"
        " empty, and then 1.0 in one table and 1 in another would be two contacts.",
        "contact,plan\n1.0,pro\n",
        "contact,plan\n1,pro\n",
    ),
    Rule(
        "E507",
        "rows that share their key",
        "One row is one contact (one object of a contact, one entry of the catalogue). Of two rows with the same key,"
        " nothing could tell which one holds.",
        "contact,plan\nc1,pro\nc1,free\n",
        "contact,plan\nc1,pro\nc2,free\n",
    ),
    Rule(
        "E508",
        "a contact that is not in the contacts table",
        "Every event and every object belongs to a contact of the contacts table. Ids are compared as texts, exactly:"
        " case counts, and so do blanks.",
        "time,contact,event\n2026-01-05,C1,joins program\n",
        "time,contact,event\n2026-01-05,c1,joins program\n",
    ),
    Rule(
        "E509",
        "a time that cannot be read",
        "Times are written as in ISO 8601: year, month, day, then perhaps the time of day and the zone; without a zone"
        " they are UTC. 01/02/2026 would be January to some and February to others, and a bare number could count days,"
        " seconds or milliseconds.",
        "time,contact,event\n31/01/2026 9:00,c1,joins program\n",
        "time,contact,event\n2026-01-31 09:00,c1,joins program\n",
    ),
    Rule(
        "E510",
        "an unknown time zone",
        "The column timezone holds IANA names, such as Europe/Paris or America/New_York; a city alone is none. An empty"
        " cell is fine: then the flow's zone holds, else the workspace's, else UTC.",
        "contact,timezone\nc1,Paris\n",
        "contact,timezone\nc1,Europe/Paris\n",
    ),
    Rule(
        "E511",
        "a list of names that cannot be read",
        "tags, groups, memberships, programs, courses, campaigns and badges hold lists of names, or one text with ;"
        " between the names. A list that was printed with brackets and quotes would be taken for one long name.",
        "contact,tags\nc1,\"['vip', 'new']\"\n",
        "contact,tags\nc1,vip;new\n",
    ),
    Rule(
        "E512",
        "consent that says neither yes nor no",
        "can_email, can_sms, can_chat, can_push and can_notification hold yes or no (true or false, 1 or 0). An empty"
        " cell is no consent; without the column everybody has given it.",
        "contact,can_email\nc1,maybe\n",
        "contact,can_email\nc1,yes\n",
    ),
    Rule(
        "E513",
        "a cell that is not what the program takes it for",
        "The program compares this column as a date, a number, or yes and no; these cells are something else. Dates are"
        " written 2026-03-31, numbers with a point. An empty cell is fine: a comparison with it is false.",
        "contact,birthday\nc1,1990-02-28\nc2,spring\n",
        "contact,birthday\nc1,1990-02-28\nc2,\n",
    ),
    Rule(
        "E514",
        "a number that is no share, or no rate",
        "A scenario reads this column: a share (`opens email by column`) lies between 0 and 1, how often something"
        " happens in a unit of time is 0 or more. An empty cell is fine: it counts as 0.",
        "contact,p_open\nc1,0.35\nc2,35\n",
        "contact,p_open\nc1,0.35\nc2,\n",
    ),
    Rule(
        "E515",
        "ids that new contacts take",
        "Contacts that a scenario lets come are called new-1, new-2 and so on, in the order in which they arrive. The"
        " table must leave these ids to them.",
        "contact,plan\nnew-1,pro\n",
        "contact,plan\nc1,pro\n",
    ),
    Rule(
        "E516",
        "files that do not fit together",
        "Parquet files that are parts of one table (here two, one below the other) have the same columns, with the same"
        " types. Which of two types would hold could not be known. (Whole numbers in one file and decimals in another"
        " are fine, and so is a column that is empty in one.)",
        "contact,plan\nc1,pro\n\ncontact\nc2\n",
        "contact,plan\nc1,pro\n\ncontact,plan\nc2,pro\n",
    ),
    Rule(
        "E517",
        "a column that speaks of consent, under another name",
        "Consent stands in can_email, can_sms, can_chat, can_push and can_notification; under any other name it would"
        " be an attribute, and everybody would be sent to. A column that speaks of consent, opting in or out,"
        " subscribing or bounces is therefore renamed. It may keep its name if the program itself uses it, and a name"
        " that begins with note_ is never more than an attribute.",
        "contact,email_consent\nc1,no\n",
        "contact,can_email\nc1,no\n",
    ),
    Rule(
        "E518",
        "a column that is nearly one with a meaning",
        "Names of columns are exact. Under a name that is nearly right (Tags, TimeZone, tz), a column would be an"
        " attribute that nothing reads. It may keep its name if the program itself uses it, and in the contacts a name"
        " that begins with note_ is never more than an attribute.",
        "contact,Tags\nc1,vip\n",
        "contact,tags\nc1,vip\n",
    ),
    Rule(
        "E519",
        "an event that speaks of consent, under another name",
        "A contact who unsubscribes, or whose address bounces, gets no more messages by that channel. Under a name that"
        " the vocabulary does not know, such an event would be a custom event, and the contact would still be sent to."
        " A custom event that the program itself listens to may have such a name, and so may one whose name begins with"
        " note_.",
        "time,contact,event\n2026-01-05,c1,opted out\n",
        "time,contact,event\n2026-01-05,c1,unsubscribed from email\n",
    ),
    Rule(
        "E520",
        "a name with blanks around it",
        "Names are compared exactly: Yoga with a blank behind it is another name than Yoga, and nothing that waits for"
        " Yoga would notice it. (Names in a list, such as tags, lose the blanks around them.)",
        'time,contact,event,object\n2026-01-05,c1,joins program,"Yoga "\n',
        "time,contact,event,object\n2026-01-05,c1,joins program,Yoga\n",
    ),
    Rule(
        "E521",
        "a list of names with commas",
        "Names in one text are parted by ; since a name may hold a comma. A text with a comma and without ; may be two"
        " names or one. A single name that holds a comma is written with ; behind it.",
        'contact,tags\nc1,"vip,new"\n',
        'contact,tags\nc1,vip;new\nc2,"Paris, France;"\n',
    ),
    Rule(
        "E522",
        "a name that says there is none",
        "An empty cell says that there is nothing. A word such as none, null, n/a or - would count as a name, so that"
        " the contact would have a membership, or a tag, of this name. A name that is really meant is written with ;"
        " behind it.",
        "contact,membership\nc1,n/a\nc2,Gold\n",
        "contact,membership\nc1,\nc2,Gold\n",
    ),
)
DATA = {rule.code: rule for rule in DATA_DIAGNOSTICS}
