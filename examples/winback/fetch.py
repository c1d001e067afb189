"""Fetches the CDNOW purchases: nothing goes in; `data/customers.csv` and `data/purchases.csv` come out.

The purchases are in the wheel of `lifetimes` 0.11.3, which is downloaded and read, but not installed. The folder `data`
is a cache: what is in it is not fetched again, and git does not see it.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

PACKAGE = "lifetimes==0.11.3"
TABLE = "lifetimes/datasets/CDNOW_master.txt"
ROWS, CUSTOMERS = 69_659, 23_570
DATA = Path(__file__).resolve().parent / "data"
FILES = ("customers.csv", "purchases.csv")


def main(folder: Path) -> None:
    """Fills the folder unless it is filled; ends with a message when the package cannot be fetched."""
    if all((folder / name).is_file() for name in FILES):
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        wheel = download(Path(place))
        rows = list(purchases(wheel))
        customers = list(dict.fromkeys(row[1] for row in rows))
        if (len(rows), len(customers)) != (ROWS, CUSTOMERS):
            sys.exit(f"{wheel.name} has {len(rows):,} purchases of {len(customers):,} customers: not the table we know")
        write(Path(place, "customers.csv"), ["contact"], ([customer] for customer in customers))
        write(Path(place, "purchases.csv"), ["time", "contact", "event", "object", "cds", "amount"], rows)
        for name in (wheel.name, *FILES):  # a file is there wholly or not at all, also when two fetch at once
            os.replace(Path(place, name), folder / name)


def download(folder: Path) -> Path:
    """The wheel, as pip finds it on the machine's package index."""
    command = ["download", PACKAGE, "--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
    quiet = ["--quiet", "--quiet", "--disable-pip-version-check"]  # twice: without the warnings, too
    done = subprocess.run([sys.executable, "-m", "pip", *command, *quiet], check=False)
    if done.returncode:
        sys.exit(f"The CDNOW purchases could not be fetched: pip could not download {PACKAGE}. Can it reach an index?")
    return next(folder.glob("*.whl"))


def purchases(wheel: Path) -> Iterator[Sequence[str]]:
    """Each row of the wheel's table: customer, day, number of CDs, dollars, set apart by blanks, below one heading."""
    with zipfile.ZipFile(wheel) as files:
        lines = files.read(TABLE).decode("ascii").splitlines()
    for line in lines[1:]:
        customer, day, cds, dollars = line.split()
        yield f"{day[:4]}-{day[4:6]}-{day[6:]}", customer, "buys offer", "CDs", cds, dollars


def write(path: Path, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([heading, *rows])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
