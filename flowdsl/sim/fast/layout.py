"""Where things stand in the flat arrays: the program's words, the state's words, and the words of a shape.

The program `p` never changes while contacts live; its head holds numbers and the places of its tables. The state `s`
is one contact's, used again for the next: its head holds numbers and the places of its regions. A table is rows of a
fixed width; the names below count within a row. Texts are numbers: FIXED first, then those of the plan, then others.
"""

from __future__ import annotations

# --- texts that the machine itself says; the first is "nothing" -------------------------------------------------------

FIXED = (
    "", "paused", "deactivated", "before start", "after end", "where", "limit", "unless", "goal already met", "loop",
    "too many runs", "date passed", "no date", "no consent", "unsubscribed", "bounced", "cap", "stopped", "completed",
    "converted", "exited", "cancelled", "waiting", "held", "queued", "frozen", "replaced", "condition met",
)  # fmt: skip
(
    NOTHING, PAUSED, DEACTIVATED, BEFORE_START, AFTER_END, WHERE, LIMIT, UNLESS, ALREADY_MET, LOOP,
    TOO_MANY, DATE_PASSED, NO_DATE, NO_CONSENT, UNSUBSCRIBED, BOUNCED, CAP, STOPPED, COMPLETED,
    CONVERTED, EXITED, CANCELLED, WAITING, HELD, QUEUED, FROZEN, REPLACED, CONDITION_MET,
) = range(len(FIXED))  # fmt: skip
MODES = (WAITING, HELD, QUEUED, FROZEN)  # of a run at rest, called as they are told; 0 while it walks
GONE = -1

# --- kinds of rows and what became of them ----------------------------------------------------------------------------

EVENT_ROW, RUN_ROW, ACTION_ROW = range(3)
STATUSES = (
    "", "started", "declined", "completed", "converted", "exited", "cancelled", "pending", "done", "skipped", "planned",
)  # fmt: skip
(
    _, IS_STARTED, IS_DECLINED, IS_COMPLETED, IS_CONVERTED, IS_EXITED, IS_CANCELLED, IS_PENDING, IS_DONE, IS_SKIPPED,
    IS_PLANNED,
) = range(len(STATUSES))  # fmt: skip

# --- kinds of values: a cell is a kind and a word ---------------------------------------------------------------------

MISSING, TEXT, YES_NO, WHOLE, DECIMAL, DATE, TIME, HUGE = range(
    8
)  # HUGE: its place among the whole numbers of texts.py

# --- the program ------------------------------------------------------------------------------------------------------

HEAD = (
    "FLOWS", "N_FLOWS", "NODES", "EVENTS", "N_EVENTS", "PLAN_TEXTS", "KEPT_BY_NAME", "N_KEPT", "CAMPAIGNS", "TALLIES",
    "N_TALLIES", "CONTROLS", "N_CONTROLS", "CAPS", "N_CAPS", "ZONES", "HASHES", "RATES", "N_RATES", "CATALOGUE",
    "N_CATALOGUE", "COLUMN_TRIGGERS", "N_COLUMNS", "N_FAMILIES", "N_FIELDS", "TRIGGER_FIELDS", "N_TRIGGER_FIELDS",
    "N_CHANNELS", "N_FLAGS", "PATH_WORDS", "LEVELS", "BEGIN", "START", "UNTIL", "COMES", "WORLD_KEY", "RUN_WIDTH",
    "RUN_TRIGGER", "RUN_SENT", "RUN_VISITS", "RUN_TURNS", "OBJECT_WIDTH", "OBJECT_FIELD", "CAMPAIGN_FAMILY",
    "KEPT_WIDTH", "N_LINES", "COMPLETES", "LEAVES_IT", "EXPECTS", "RANKS",
    "SHARES", "N_SHARES", "FIRST_NEW", "UNIT", "N_UNIT", "CAUSE_WORDS", "N_OWN", "LIMITED", "KEPT_ROWS",
    "ASSUMED", "MOST_STEPS", "MOST_WORK",
)  # fmt: skip
(
    FLOWS, N_FLOWS, NODES, EVENTS, N_EVENTS, PLAN_TEXTS, KEPT_BY_NAME, N_KEPT, CAMPAIGNS, TALLIES,
    N_TALLIES, CONTROLS, N_CONTROLS, CAPS, N_CAPS, ZONES, HASHES, RATES, N_RATES, CATALOGUE,
    N_CATALOGUE, COLUMN_TRIGGERS, N_COLUMNS, N_FAMILIES, N_FIELDS, TRIGGER_FIELDS, N_TRIGGER_FIELDS,
    N_CHANNELS, N_FLAGS, PATH_WORDS, LEVELS, BEGIN, START, UNTIL, COMES, WORLD_KEY, RUN_WIDTH,
    RUN_TRIGGER, RUN_SENT, RUN_VISITS, RUN_TURNS, OBJECT_WIDTH, OBJECT_FIELD, CAMPAIGN_FAMILY,
    KEPT_WIDTH, N_LINES, COMPLETES, LEAVES_IT, EXPECTS, RANKS,
    SHARES, N_SHARES, FIRST_NEW, UNIT, N_UNIT, CAUSE_WORDS, N_OWN, LIMITED, KEPT_ROWS,
    ASSUMED, MOST_STEPS, MOST_WORK,
) = range(len(HEAD))  # fmt: skip

# A flow. PER_OBJECT is the kind that a limit counts for, or nothing; HEIRS ([n, flow…]) take its place one after the
# other, and it that of AND_HEIRS_OF.
(
    F_ZONE, F_PAUSED, F_CAMPAIGN, F_NAME, F_INCLUDE, F_STARTS, F_START_DAY, F_START_MINUTE, F_ENDS, F_END_DAY,
    F_END_MINUTE, F_TIMES, F_PER_OBJECT, F_EVERY, F_EVERY_MONTHS, F_EVERY_MS, F_AT_ONCE, F_UNLESS, F_LEAVES, F_N_LEAVES,
    F_WINDOWS, F_DAYS, F_OPEN, F_CLOSE, F_DAYS_2, F_OPEN_2, F_CLOSE_2, F_FIRST, F_ENTRY, F_TRIGGERS, F_N_TRIGGERS,
    F_LOOPS, F_HEIRS, F_AND_HEIRS_OF, FLOW_WIDTH,
) = range(35)  # fmt: skip
LEAVE_STATUS, LEAVE_OCCASION, LEAVE_WIDTH = range(3)

# A node; A to H mean something else for each kind.
(
    N_KIND, N_NEXT, N_OTHER, N_TEST, N_CHOICE, N_FLOW, N_TURN, N_EFFECT, A, B, C, D, E, F, G, H, NODE_WIDTH,
) = range(17)  # fmt: skip
ENTER, BRANCH, SPLIT, WAIT, ACT, REPEAT, JUMP, EXIT = range(8)
# Waits, by N_EFFECT: A months, B days, C ms, D minute, E mask or day, F ref, G past, H sign; of Happens: A months,
# C ms, E whether it ends at all, F occasion.
ELAPSED, ON_DAY, NEXT_TIME, ON_DATE, RELATIVE, HAPPENS = range(6)
SKIP, CONTINUE, LEAVE = range(3)
# Actions, by N_EFFECT. Send: A channel, B message, C kept (-1 none), D to others, E transactional, F received event.
# Put: A family, B name, C present, D event. Assign: A ref, B kind and C word of the value, D event, E its object.
# Begin: A flow. Halt: A flow.
SEND, PUT, ASSIGN, BEGIN_FLOW, HALT, DO = range(6)
# Split: A its key, B arms ([n, threshold…, port…]). Repeat, Jump: A times, B leaves ([n, turn…]). Exit: A reason.

# A reference to a value: REF_KIND, REF_NUMBER, REF_OBJECT.
OF_CONTACT, OF_TRIGGER, OF_OBJECT = range(3)

# An event kind. SINGLE: the number of the flow, plus 1, that it may start in a life of which there is no more to tell
# (single.py), or 0.
(
    E_KNOWN, E_NAME, E_NOUN, E_ABOUT, E_BY_NAME, E_ADDS, E_REMOVES, E_CHANNEL, E_FLAG, E_FIELD, E_COLUMN, E_VALUE,
    E_NOTICED, E_ECHO, E_UNSUBSCRIBES, E_ENTRIES, E_N_ENTRIES, E_TALLIES, E_N_TALLIES, E_LINES, E_N_LINES,
    E_RECEIVED, E_NOUN_FIELD, E_OBJECT_FIELD, E_CHANNEL_TEXT, E_SINGLE, EVENT_WIDTH,
) = range(27)  # fmt: skip

# A trigger.
(
    T_KIND, T_MATCH, T_WHERE, T_TALLY, T_NTH, T_EVERY, T_FLOW, T_NUMBER, T_FAMILY, T_NAMES, T_EVENT, T_COLUMN, T_SIGN,
    T_MONTHS, T_DAYS, T_MS, T_MINUTE, T_YEARLY, T_MONTH_DAY, TRIGGER_WIDTH,
) = range(20)  # fmt: skip
ON_EVENT, ON_COLUMN, ON_SCHEDULE = range(3)

# A listener of an occasion ([test, n, listener…]), a tally of an event, a tally, a cap, a rate, a control.
L_EVENT, L_MATCH, L_ABOUT, L_CHANNELS, L_KEYS, LISTENER_WIDTH = range(6)
ET_NUMBER, ET_MATCH, EVENT_TALLY_WIDTH = range(3)
TALLY_KEEP, TALLY_ROW = range(2)
CAP_TIMES, CAP_CHANNEL, CAP_MONTHS, CAP_MS, CAP_WIDTH = range(5)
(
    RATE_EVENT, RATE_NAME, RATE_FIELDS, RATE_KEY, RATE_MEAN, RATE_OWN, RATE_PER_MS, RATE_OPEN, RATE_WINDOWED, RATE_DAYS,
    RATE_FROM, RATE_TO, RATE_WHERE, RATE_OVER, RATE_SPREAD, RATE_PLACE, RATE_GROUP, RATE_FIRST, RATE_BOUNDS,
    RATE_WIDTH,
) = range(20)  # fmt: skip
# What is each contact's own in a rate, at OWN behind the numbers from columns, for each RATE_GROUP (sim/own_rates.py).
# How many of its events there have been is counted behind the rates at RATE_DUE.
OWN_FACTOR, OWN_EVENTS, OWN_UNTIL, OWN_WIDTH = range(4)
C_AT, C_VERB, C_FLOW, C_ON, C_CANCEL, C_CONTACT, CONTROL_WIDTH = range(7)
ACTIVATE, DEACTIVATE, PAUSE, RESUME, STOP, REPLACE = range(6)
SH_FAMILY, SH_NAME, SH_WHERE, SH_THRESHOLD, SH_OWN, SH_KEY, SHARE_WIDTH = range(7)
EVERYBODY = -1

# An answer line.
(
    LINE_EVENT, LINE_NAME, LINE_MATCH, LINE_WHERE, LINE_THRESHOLD, LINE_OWN, LINE_RANK, LINE_WHAT, LINE_GROUP,
    LINE_MESSAGE, LINE_ABOUT, LINE_ALIKE, LINE_DELAY, LINE_N_DELAY, LINE_ORDER, LINE_SPREAD, LINE_PLACE, LINE_WIDTH,
) = range(18)  # fmt: skip

# Operations of an expression: each stands with its operands, and leaves one yes or no on the stack.
(
    OVER, IS_TEXT, IS_YES, IS_NUMBER, IS_DAY, IS_KNOWN, IS_RECENT, HAS, HAS_ANY, CONSENT, EVER, LATEST, COUNTED,
    HAPPENED, NOT, AND, OR, CONSTANT,
) = range(18)  # fmt: skip
LT, LE, GT, GE, EQ, NE, NO, YES = range(8)
WITHIN, MORE_AGO, LESS_AGO = range(3)
EVER_SINCE, SINCE_START, SINCE_STEP = range(3)

# --- the state --------------------------------------------------------------------------------------------------------

REGIONS = (
    "COLUMNS", "SETS", "CHANNELS", "OBJECTS", "TALLY", "TALLY_OF", "MESSAGES", "STARTED", "STARTS", "STARTS_OF",
    "RECENT", "SWITCH", "STOPPED_FOR", "BEGUN", "LIVE", "RUNS", "FREE", "SNAP", "AGENDA", "RATE_DUE", "ANSWERS",
    "CAUSED", "CAUSES", "DRAWN", "HAPPENING", "STACK", "PICKED", "OWN", "KNOWN", "NOTES", "ASKED", "GRANTED",
)  # fmt: skip
(
    COLUMNS, SETS, CHANNELS, OBJECTS, TALLY, TALLY_OF, MESSAGES, STARTED, STARTS, STARTS_OF,
    RECENT, SWITCH, STOPPED_FOR, BEGUN, LIVE, RUNS, FREE, SNAP, AGENDA, RATE_DUE, ANSWERS,
    CAUSED, CAUSES, DRAWN, HAPPENING, STACK, PICKED, OWN, KNOWN, NOTES, ASKED, GRANTED,
) = range(len(REGIONS))  # fmt: skip
# Numbers behind the places of the regions.
(
    FULL, CONTACT, BORN, ZONE, SEQ, SENDS, TOKENS, LIVED, HASH, IS_HASHED, N_LIVE, N_RUNS, N_FREE, N_OBJECTS,
    N_TALLY_OF, N_STARTS_OF, N_AGENDA, N_ANSWERS, ANSWER_NUMBER, N_CAUSED, TAKEN, N_CAUSES, N_DRAWN, N_NOTES,
    NEXT_GRANT, N_GRANTED, GRANT_NUMBER, ROUND, STEPS, WORK, TOLD, LAST_FLOW, LAST_NODE, LAST_CAUSE, ASKS_AT, ASKS_FOR,
    MOST_RUNS, MOST_NAMES, MOST_OBJECTS, MOST_TALLIES, MOST_STARTS, MOST_ALARMS, MOST_ANSWERS, MOST_CAUSED, MOST_CAUSES,
    MOST_DRAWN, MOST_GRANTED, MOST_TIMES, STATE_HEAD,
) = range(len(REGIONS), len(REGIONS) + 49)  # fmt: skip
GROWING = (
    MOST_RUNS, MOST_NAMES, MOST_OBJECTS, MOST_TALLIES, MOST_STARTS, MOST_ALARMS, MOST_ANSWERS, MOST_CAUSED, MOST_CAUSES,
    MOST_DRAWN, MOST_GRANTED, MOST_TIMES,
)  # fmt: skip
# MOST_TIMES: how many times of the past a cap, a tally or a limit has room for.
# FULL is one of these, or the word of GROWING that was too small; ASKING: a message needs a slot that nobody has given
# yet (capacity.py). STEPS_SPENT, WORK_SPENT: the budget of a contact is used up (machine.budget). STEPS are those of
# this instant, WORK all, TOLD what an event from outside takes in this instant; LAST_FLOW and LAST_NODE are the step
# taken last, LAST_CAUSE 1 plus the answer line whose event came last, or -1 minus the rate line.
ROWS_FULL, SHAPES_FULL, GRANTS_FULL, ASKING, STEPS_SPENT, WORK_SPENT = range(1, 7)

# A run; then its path's words, the fields of its trigger, its sends, visits and turns.
(
    R_FLOW, R_NUMBER, R_ANCHOR, R_NODE, R_KIND, R_OBJECT, R_MODE, R_DUE, R_TOKEN, R_BEGAN, R_HAPPENED, R_SKIP, R_PAST,
    R_SKIPPED, R_ASKED, R_PATH,
) = range(16)  # fmt: skip
# A kept message of a contact: index (-1 none), when each flag was set, the flags it ever had. Of a run: the same, with
# whether its latest attempt was skipped.
K_INDEX, K_FLAGS = range(2)
# The happening at hand, then its fields; a caused event or start; what may be answered, then its fields; an alarm; an
# answer to come.
H_EVENT, H_NAME, H_OBJECT, H_SEND, H_FIELDS = range(5)
Q_EVENT, Q_NAME, Q_OBJECT, Q_SEND, CAUSED_WIDTH = range(5)
IS_START = -1  # as Q_EVENT: a flow to start; then its number, the kind and the id of its object
NO_EVENT = 0  # its number: a state has changed, and no event has changed it
Y_TIME, Y_EVENT, Y_CHANNEL, Y_NAME, Y_SEND, Y_KIND, Y_OBJECT, Y_MESSAGE, Y_FIELDS = range(9)
ALARM_WIDTH, ANSWER_WIDTH = 3, 5  # (due, order, token), (due, order, name, object, send)
GRANTED_WIDTH = 5  # (due, number, flow, run, round)
IS_TIMER = 1 << 62  # openings are before timers; then come flow, run and step
FLOW_BITS, RUN_BITS, STEP_BITS = 16, 26, 20
REFUSED, HAS_UNSUBSCRIBED, HAS_BOUNCED = 1, 2, 4  # bits of a channel
OBJECT_KIND, OBJECT_ID = range(2)
# Of each answer line the message that it was last asked about (channel, name) plus 1, and the key of that.
ASKED_ABOUT, ASKED_KEY, ASKED_WIDTH = range(3)
# Shapes that are known again (single.py), three for each node: their number plus 1, the reason, the path. Notes of rows
# to be counted: shape, time.
IS_ACTION, IS_ACTION_SKIPPED, IS_END = range(3)
KNOWN_NUMBER, KNOWN_REASON, KNOWN_PATH, KNOWN_WIDTH = range(4)
NOTE_WIDTH = 2

# --- what is written --------------------------------------------------------------------------------------------------

# The shapes `t`: how many, how many slots (a power of two), words of a shape, rows so far, rows that fit, shapes that
# fit, the address of the numbers over time, how many quarter hours these have, the first of them, the addresses of the
# servers and of a word that is 1 as soon as everything is to stop; then the slots (a shape's number plus 1, or 0), then
# the shapes: a key of three words and a path, the line that it counts in, how often.
(
    N_SHAPES, N_SLOTS, SHAPE_WORDS, ROWS, MOST_ROWS, MOST_SHAPES, SERIES, N_QUARTERS, FIRST_QUARTER, SERVERS, STOP,
    SLOTS,
) = range(12)  # fmt: skip
EVERY_ROW, SENDS_AND_RUNS, COUNTS = range(3)  # KEPT_ROWS
NO_LINE, LINES_OF_FLOW = -1, 16  # a line for each flow and status of runs, then two for each node: sent, skipped
ROW_SHAPE, ROW_WORDS = 7, 9  # 32-bit words of a row of sim.log.LAYOUT

# --- limited channels -------------------------------------------------------------------------------------------------

# The servers: how many contacts ask, how many slots have been given and how many fit, the contact (plus 1) that has
# not yet lived with its new slot; the addresses of the queue, of the slots, of each contact's first and last slot; then
# for each channel when its next slot is free, in ms since the beginning times its amount.
N_ASKING, N_GRANTS, MOST_GRANTS, AWAITED, QUEUE, GRANTS, FIRST_GRANT, LAST_GRANT, FREE_AT = range(9)
ASKER_WIDTH = 5  # (time, round, tie, contact, channel): a heap by the first four
GRANT_SLOT, GRANT_NEXT, GRANT_WIDTH = range(3)
LIMIT_AMOUNT, LIMIT_SPACING, LIMIT_WIDTH = range(3)
