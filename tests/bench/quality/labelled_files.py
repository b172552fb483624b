"""Labelled events as CSV (or Zeek's tab-separated log), optionally `.gz`: which column is what is found by the rules below.

* device, time and label: the first column with a name of `DEVICE`, `TIME`, `LABEL`, whatever its case; `date` and `time` are joined. Only a
  label must be there; without a device all events are one's, without a time they are a second apart.
* left out as labels in disguise: columns whose name matches `DISGUISED`, those of `BESIDE` right next to a label or such a column, and
  columns with a word of `WORDS_OF_LABELS` in the first rows. Left out as mere names: `IDENTIFIERS`.
* text: a column of which any of the first `LOOKED_AT` values is no number, or all are missing (a log that begins with attempts nobody
  answers) and its name is not of `NUMBERS`, and ports, which are names; blanks around a text say nothing. A text column that hardly
  repeats in these rows (an address with an id in it) gets a second one of its shape, digits replaced by one 0. All others are numbers.

Columns are told apart by the first rows only, so a file's end changes nothing before it.
"""

from __future__ import annotations

import csv
import gzip
import math
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.traffic.memory import START
from schemas.errors import Rejected
from tests.bench.quality.column_names import BESIDE, DEVICE, IDENTIFIERS, LABEL, NUMBERS, TIME

DISGUISED = re.compile(r"attack|label|malicious|anomal|threat|ground.?truth|changepoint", re.I)
NORMAL = {"", "0", "0.0", "-", "normal", "benign", "false", "no", "none", "ok"}
WORDS_OF_LABELS = {"normal", "benign", "malicious", "attack"}
FORMATS = ("%d-%b-%y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%d-%m-%Y %H:%M:%S")
MISSING = {"", "-", "(empty)", "?", "nan", "null", "none"}
LOOKED_AT = START
SUFFIXES = (".csv", ".csv.gz", ".log", ".log.gz", ".labeled", ".labeled.gz")


class Events(NamedTuple):
    """One file: stamps as they are written, times, devices, numbers (NaN: missing), texts, and whether each event is an attack."""

    name: str
    stamps: list[str]
    times_us: npt.NDArray[np.int64]
    devices: list[str]
    columns: list[str]
    numbers: npt.NDArray[np.float64]
    texts: list[list[str]]
    attack: npt.NDArray[np.bool_]


class Table(NamedTuple):
    """Columns by name, in the file's order."""

    name: str
    columns: dict[str, list[str]]

    def first(self, names: tuple[str, ...]) -> str | None:
        """The first of the names that is there, as the file writes it."""
        there = {column.lower(): column for column in self.columns}
        return next((there[name] for name in names if name in there), None)


def read(paths: list[Path]) -> list[Events]:
    """All files under the paths, by name. Rejected for a missing path, none, two of one name, or one that is malformed."""
    found: dict[str, Events] = {}
    for path in paths:
        if not path.exists():
            raise Rejected("no_path", str(path), "no such file or folder")
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and (not path.is_dir() or file.name.endswith(SUFFIXES)):
                name = str(file.relative_to(path)) if path.is_dir() else file.name
                if name in found:
                    raise Rejected("two_files", name, "two of the paths hold a file of this name")
                found[name] = events(table(file, name))
    if not found:
        raise Rejected("no_file", str(paths[0]), f"no file that ends with {', '.join(SUFFIXES)}")
    return list(found.values())


def table(file: Path, name: str) -> Table:
    """The rows of a file as columns; a line with another number of fields is Rejected."""
    opened = gzip.open if file.name.endswith(".gz") else open
    try:
        with opened(file, "rt", encoding="utf-8-sig", newline="") as lines:
            text = lines.read()
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
        raise Rejected("not_text", name, str(error)) from None
    rows = zeek(text) if text.startswith("#separator") else list(csv.reader(text.splitlines()))
    if len(rows) < 2:
        raise Rejected("no_rows", name, "it has no rows")
    head = [column.strip() for column in rows[0]]
    for line, row in enumerate(rows[1:], start=2):
        if len(row) != len(head):
            raise Rejected("wrong_fields", name, f"row {line} has {len(row)} fields, not {len(head)}")
    return Table(name, dict(zip(head, map(list, zip(*rows[1:], strict=True)), strict=True)))


def zeek(text: str) -> list[list[str]]:
    """A Zeek log's rows, field names first; labels that were appended with blanks are fields like others."""
    rows = []
    for line in text.splitlines():
        if line.startswith("#fields"):
            rows.append([part for part in re.split(r"\t| {2,}", line)[1:] if part])
        elif line and not line.startswith("#"):
            rows.append([part.strip() for part in re.split(r"\t| {2,}", line)])
    return rows


def events(found: Table) -> Events:
    """The table's columns sorted by the rules; Rejected without a label or anything to look at."""
    label, device = found.first(LABEL), found.first(DEVICE)
    if label is None:
        raise Rejected("no_label", found.name, f"line 1: no column is called {', '.join(LABEL)}")
    stamps, taken = stamps_of(found)
    timed = bool(taken)
    taken |= {label, device or "", *disguised(list(found.columns), label)}
    taken |= {name for name in found.columns if name.lower() in IDENTIFIERS}
    numeric, text = [], {}
    for name, values in found.columns.items():
        if name in taken or not WORDS_OF_LABELS.isdisjoint(
            value.strip().lower() for value in values[:LOOKED_AT]
        ):
            continue
        if is_number(name, values):
            numeric.append(name)
        else:
            text[name] = [value.strip() for value in values]
            if len(set(text[name][:LOOKED_AT])) > min(LOOKED_AT, len(values)) // 2:
                text[f"{name} (shape)"] = [re.sub(r"[0-9]+", "0", value) for value in text[name]]
    if not numeric and not text:
        raise Rejected("no_column", found.name, "line 1: nothing but device, time and label")
    numbers = [[number(value) for value in found.columns[name]] for name in numeric]
    rows = len(stamps)
    return Events(
        found.name,
        stamps,
        times(found.name, stamps) if timed else np.arange(rows) * 1_000_000,
        found.columns[device] if device else [""] * rows,
        [*numeric, *text],
        np.array(numbers).reshape(len(numeric), rows).T,
        list(text.values()),
        np.array([is_attack(value) for value in found.columns[label]]),
    )


def disguised(names: list[str], label: str) -> set[str]:
    """Columns that tell what the label tells."""
    found = {name for name in names if name != label and DISGUISED.search(name)}
    places = {names.index(name) for name in (*found, label)}
    for step in (1, -1):
        for place in sorted(places):
            while 0 <= (place := place + step) < len(names) and names[place].lower() in BESIDE:
                found.add(names[place])
    return found


def stamps_of(found: Table) -> tuple[list[str], set[str]]:
    """Each row's time as it is written, and the columns it is of (none: the row's number)."""
    date, clock, stamp = found.first(("date",)), found.first(("time",)), found.first(TIME)
    if date and clock:
        joined = zip(found.columns[date], found.columns[clock], strict=True)
        return [f"{day.strip()} {at.strip()}" for day, at in joined], {date, clock}
    if stamp:
        return found.columns[stamp], {stamp}
    return [str(row) for row in range(len(next(iter(found.columns.values()))))], set()


def times(name: str, stamps: list[str]) -> npt.NDArray[np.int64]:
    """Microseconds since 1970 (UTC where no zone is given); Rejected for a row without."""
    found = np.zeros(len(stamps), np.int64)
    for row, stamp in enumerate(stamps):
        try:
            found[row] = int(moment(stamp.strip()) * 1e6)
        except (ValueError, OverflowError):
            raise Rejected("not_a_time", name, f"row {row + 2}: {stamp!r} is no time") from None
    return found


def moment(stamp: str) -> float:
    """Seconds since 1970: of seconds, milli- or microseconds by their size, ISO 8601 or one of `FORMATS`."""
    value = number(stamp)
    if not math.isnan(value):
        return value / (1e6 if abs(value) > 1e14 else 1e3 if abs(value) > 1e11 else 1.0)
    for form in FORMATS:
        try:
            return datetime.strptime(stamp, form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    parsed = datetime.fromisoformat(stamp)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def is_number(name: str, values: list[str]) -> bool:
    """Whether a column holds numbers, by its first rows, or by its name where they hold nothing; a port is a name."""
    first = [value.strip() for value in values[:LOOKED_AT] if value.strip().lower() not in MISSING]
    if not first:
        return name.lower() in NUMBERS
    is_port = "port" in name.lower() or name.lower().endswith("_p")
    return not is_port and not any(math.isnan(number(value)) for value in first)


def number(value: str) -> float:
    """A number; NaN for anything else."""
    try:
        return float(value)
    except ValueError:
        return math.nan


def is_attack(value: str) -> bool:
    """What a label says."""
    return value.strip().rstrip(".").lower() not in NORMAL
