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
        " __arrow_c_stream__), or the path of a file that ends in .csv, .csv.gz or .parquet. A CSV file is UTF-8"
        " text, or UTF-16 with its byte order mark. Its first line names the columns, and no line has more cells."
        " Cells are separated by a comma, a semicolon or a tab, or by the character that a line sep=; before it"
        " names.",
        'simulate(program, "contacts.xlsx")',
        'simulate(program, "contacts.csv")',
    ),
    Rule(
        "E502",
        "an empty file",
        "A table may have no rows, but its first line must name its columns, to show that it is the right file.",
        "",
        "contact,plan\n",
    ),
    Rule(
        "E503",
        "two columns with the same name",
        "A program refers to columns by name, so each name must be unique.",
        "contact,plan,plan\nc1,pro,free\n",
        "contact,plan,plan_before\nc1,pro,free\n",
    ),
    Rule(
        "E504",
        "a missing column",
        "Contacts need an id: a column called contact, contact_id or id, or the one that key= names. Events need time,"
        " contact and event; objects need kind, object_id and contact; a catalogue needs kind and name. Names of"
        " columns are exact: Contact is not contact.",
        "Contact,plan\nc1,pro\n",
        "contact,plan\nc1,pro\n",
    ),
    Rule(
        "E505",
        "an empty cell that needs a value",
        "Ids, times, kinds and names of events say what a row is about. A row without them belongs to nobody, and"
        " rows are never dropped silently.",
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
        "rows with the same key",
        "One row is one contact (one object of a contact, one entry of the catalogue). If two rows have the same"
        " key, it is unclear which one is valid.",
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
        "Times are written as in ISO 8601: year, month and day, optionally with a time of day and a time zone;"
        " without a zone, they are UTC. 01/02/2026 means January to some and February to others, and a plain number"
        " could count days, seconds or milliseconds.",
        "time,contact,event\n31/01/2026 9:00,c1,joins program\n",
        "time,contact,event\n2026-01-31 09:00,c1,joins program\n",
    ),
    Rule(
        "E510",
        "an unknown time zone",
        "The column timezone contains IANA names, such as Europe/Paris or America/New_York; a city alone is not"
        " enough. A cell may be empty: then the flow's zone applies, else the workspace's, else UTC.",
        "contact,timezone\nc1,Paris\n",
        "contact,timezone\nc1,Europe/Paris\n",
    ),
    Rule(
        "E511",
        "a list of names that cannot be read",
        "tags, groups, memberships, programs, courses, campaigns and badges contain lists of names, or one text with"
        " ; between the names. A list printed with brackets and quotes would be read as one long name.",
        "contact,tags\nc1,\"['vip', 'new']\"\n",
        "contact,tags\nc1,vip;new\n",
    ),
    Rule(
        "E512",
        "consent that is neither yes nor no",
        "can_email, can_sms, can_chat, can_push and can_notification contain yes or no (true or false, 1 or 0). An"
        " empty cell means no consent; without the column, all contacts have consented.",
        "contact,can_email\nc1,maybe\n",
        "contact,can_email\nc1,yes\n",
    ),
    Rule(
        "E513",
        "a cell of the wrong type",
        "The program compares this column as a date, a number, or yes and no; these cells have another type. Dates"
        " are written as 2026-03-31, numbers with a decimal point. A cell may be empty: then each comparison with it"
        " is false.",
        "contact,birthday\nc1,1990-02-28\nc2,spring\n",
        "contact,birthday\nc1,1990-02-28\nc2,\n",
    ),
    Rule(
        "E514",
        "a number that is not a share or a rate",
        "A scenario reads this column: a share (`opens email by column`) lies between 0 and 1, a rate is 0 or more."
        " A cell may be empty: it counts as 0.",
        "contact,p_open\nc1,0.35\nc2,35\n",
        "contact,p_open\nc1,0.35\nc2,\n",
    ),
    Rule(
        "E515",
        "ids that are reserved for new contacts",
        "The new contacts of a scenario are called new-1, new-2 and so on, in the order in which they arrive. The"
        " table must not use these ids.",
        "contact,plan\nnew-1,pro\n",
        "contact,plan\nc1,pro\n",
    ),
    Rule(
        "E516",
        "files that do not fit together",
        "Parquet files that are parts of one table (here two, one below the other) must have the same columns, with"
        " the same types. Otherwise it is unclear which type is meant. (Whole numbers in one file and decimals in"
        " another are accepted, and so is a column that is empty in one.)",
        "contact,plan\nc1,pro\n\ncontact\nc2\n",
        "contact,plan\nc1,pro\n\ncontact,plan\nc2,pro\n",
    ),
    Rule(
        "E517",
        "a column that expresses consent under another name",
        "Consent is in can_email, can_sms, can_chat, can_push and can_notification; under any other name it would be"
        " an attribute, and messages would be sent to everybody. So rename a column about consent, opting in or out,"
        " subscribing or bounces. It may keep its name if the program itself uses it, and a name that begins with"
        " note_ is always an attribute.",
        "contact,email_consent\nc1,no\n",
        "contact,can_email\nc1,no\n",
    ),
    Rule(
        "E518",
        "a column name that is nearly one with a meaning",
        "Column names are exact. With a similar name (Tags, TimeZone, tz), a column would be an attribute that"
        " nothing reads. It may keep its name if the program itself uses it, and in the contacts, a name that begins"
        " with note_ is always an attribute.",
        "contact,Tags\nc1,vip\n",
        "contact,tags\nc1,vip\n",
    ),
    Rule(
        "E519",
        "an event that expresses consent under another name",
        "A contact who unsubscribes, or whose address bounces, gets no more messages by that channel. With a name"
        " that is not in the vocabulary, such an event would be a custom event, and the contact would still get"
        " messages. A custom event may have such a name if the program itself listens to it, or if the name begins"
        " with note_.",
        "time,contact,event\n2026-01-05,c1,opted out\n",
        "time,contact,event\n2026-01-05,c1,unsubscribed from email\n",
    ),
    Rule(
        "E520",
        "a name with blanks around it",
        "Names are compared exactly: Yoga with a blank after it is a different name, and nothing that waits for Yoga"
        " would react to it. (In lists of names, such as tags, the blanks around each name are removed.)",
        'time,contact,event,object\n2026-01-05,c1,joins program,"Yoga "\n',
        "time,contact,event,object\n2026-01-05,c1,joins program,Yoga\n",
    ),
    Rule(
        "E521",
        "a list of names with commas",
        "Names in one text are separated by ; because a name may contain a comma. A text with a comma and without ;"
        " may be two names or one. For a single name with a comma, write ; after it.",
        'contact,tags\nc1,"vip,new"\n',
        'contact,tags\nc1,vip;new\nc2,"Paris, France;"\n',
    ),
    Rule(
        "E522",
        "a name that means no value",
        "An empty cell means no value. A word such as none, null, n/a or - would count as a name, so the contact"
        " would have a membership, or a tag, of this name. If such a name is really meant, write ; after it.",
        "contact,membership\nc1,n/a\nc2,Gold\n",
        "contact,membership\nc1,\nc2,Gold\n",
    ),
)
DATA = {rule.code: rule for rule in DATA_DIAGNOSTICS}
