"""Recordings in the shape of the Numenta Anomaly Benchmark: files of `timestamp,value` and a JSON file of anomaly windows."""

from __future__ import annotations

import csv
import math
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from schemas.errors import Rejected

WINDOWS_FILES = (
    "windows.json",
    "combined_windows.json",
    "labels/windows.json",
    "labels/combined_windows.json",
)
FOLDERS = (".", "data")


@dataclass(frozen=True)
class Recording:
    """One series: times (microseconds since 1970, UTC where no zone is given), values (NaN where none), windows as first and last row."""

    name: str
    stamps: list[str]
    times_us: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    windows: tuple[tuple[int, int], ...]


def read(paths: list[Path]) -> tuple[list[Recording], list[str]]:
    """The labelled recordings under folders (each with a windows file) or single files of such folders, and what was left out and why.

    A folder's recordings are those its windows file names; files it doesn't name have no truth to compare with, names without a file
    can't be scored: both are left out and said. Rejected for a missing path, no windows file or a file that is not of this shape.
    """
    recordings: list[Recording] = []
    left_out: list[str] = []
    for path in paths:
        root, listed = labels_of(path)
        for name, windows in sorted(listed.items()):
            file = next(
                (root / folder / name for folder in FOLDERS if (root / folder / name).is_file()), None
            )
            if file is None:
                left_out.append(f"{name}: no such file")
            elif path.is_dir() or file.resolve() == path.resolve():
                recordings.append(recording(name, file, windows))
        left_out += [f"{name}: no windows are given" for name in unlabelled(path, listed)]
    if not recordings:
        raise Rejected("no_recording", str(paths[0]), "no file that its windows file names is there")
    twice = [name for name, count in Counter(one.name for one in recordings).items() if count > 1]
    if twice:
        raise Rejected("same_recording_twice", twice[0], "two of the paths hold a recording of this name")
    return recordings, left_out


def labels_of(path: Path) -> tuple[Path, dict[str, list[tuple[str, str]]]]:
    """The folder that holds the windows file of a path, and the windows by file name."""
    if not path.exists():
        raise Rejected("missing_path", str(path), "no such file or folder")
    for root in [path, *path.resolve().parents] if path.is_file() else [path]:
        for name in WINDOWS_FILES:
            if (root / name).is_file():
                return root, decoded(root / name)
    raise Rejected("missing_windows", str(path), f"no windows file here ({' or '.join(WINDOWS_FILES)})")


def decoded(path: Path) -> dict[str, list[tuple[str, str]]]:
    """The windows file's content."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, list[tuple[str, str]]])
    except msgspec.MsgspecError as error:
        raise Rejected("malformed_windows", str(path), str(error)) from None


def unlabelled(path: Path, listed: dict[str, list[tuple[str, str]]]) -> list[str]:
    """The CSV files under a folder that its windows file doesn't name."""
    if not path.is_dir():
        return []
    files = {file.relative_to(path).as_posix() for file in path.rglob("*.csv")}
    return sorted(files - {f"{folder}{name}" for name in listed for folder in ("", "data/")})


def recording(name: str, path: Path, windows: list[tuple[str, str]]) -> Recording:
    """One file and its windows as rows."""
    stamps, times, values = columns(path)
    times_us = np.array(times, np.int64)
    rows = sorted(window_rows(path, times_us, one) for one in windows)
    for (_, last), (first, _) in pairwise(rows):
        if first <= last:
            raise Rejected("overlapping_windows", name, f"two windows share row {first}")
    return Recording(name, stamps, times_us, np.array(values, np.float64), tuple(rows))


def columns(path: Path) -> tuple[list[str], list[int], list[float]]:
    """Timestamps as written and as microseconds, and values."""
    with path.open(newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        try:
            head = next(lines, [])
            if head[:2] != ["timestamp", "value"]:
                raise Rejected("malformed_file", f"{path} line 1", "its columns are not timestamp,value")
            rows = [(line[0], *parsed(path, number, line)) for number, line in enumerate(lines, 2) if line]
        except (csv.Error, UnicodeDecodeError) as error:
            raise Rejected("malformed_file", str(path), str(error)) from None
    if not rows:
        raise Rejected("malformed_file", str(path), "it has no rows")
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def parsed(path: Path, number: int, line: list[str]) -> tuple[int, float]:
    """One line's time and value; an empty value is a missing one."""
    try:
        stamp, value = line[:2]
        return microseconds(stamp), float(value) if value.strip() else math.nan
    except ValueError as error:
        raise Rejected("malformed_file", f"{path} line {number}", str(error)) from None


def microseconds(stamp: str) -> int:
    """An ISO 8601 time as microseconds since 1970; UTC without a zone."""
    time = datetime.fromisoformat(stamp.strip())
    return round((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1e6)


def window_rows(path: Path, times_us: npt.NDArray[np.int64], window: tuple[str, str]) -> tuple[int, int]:
    """First and last row of a window: the first row at its start (or after it), the first one at its end (or the last before it)."""
    try:
        start, end = microseconds(window[0]), microseconds(window[1])
    except ValueError as error:
        raise Rejected("malformed_windows", str(path), str(error)) from None
    inside = np.flatnonzero((times_us >= start) & (times_us <= end))
    if not len(inside):
        raise Rejected(
            "malformed_windows", str(path), f"no row lies in the window {window[0]} to {window[1]}"
        )
    at_end = np.flatnonzero(times_us == end)
    first, last = int(inside[0]), int(at_end[0]) if len(at_end) else int(inside[-1])
    return first, max(first, last)
