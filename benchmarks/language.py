"""Parsing and checking a workspace of so many copies of the language's model flow, names numbered: figures printed."""

from __future__ import annotations

import json
import sys
from time import process_time

from flowdsl import check, parse

MODEL = """
flow "Discovery offer {n}"
  description "Clients who come often and are not members yet"
  when client books class the 4th time
  limit once per contact
  unless has membership
  wait 3 days at 09:00
  then send email "Try the discovery offer {n}"
  wait until clicked "Try the discovery offer {n}" for up to 7 days
  if it happened
    then create lead "Discovery {n}"
    then create task "Call {{first_name}}" for "front desk"
  otherwise send sms "Last days, {{first_name}}!" unless has tag "no-sms"
  end
  exit "done"
"""


def main(copies: int) -> None:
    """Prints the CPU seconds that a workspace of so many flows takes."""
    text = "".join(MODEL.format(n=n) for n in range(1, copies + 1))
    check(MODEL.format(n=0))  # whatever is loaded at first use is loaded now
    start = process_time()
    program = parse(text)
    parsed = process_time()
    diagnostics = check(program)
    checked = process_time()
    assert not diagnostics, diagnostics[0]
    print(json.dumps({"parse": parsed - start, "check": checked - parsed, "both": checked - start}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
