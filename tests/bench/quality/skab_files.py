"""Recordings in the shape of the Skoltech Anomaly Benchmark: `datetime;sensor;…;anomaly;changepoint`, a file a run of the machine."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.errors import Rejected

LABELS = ["anomaly", "changepoint"]


class Run(NamedTuple):
    """One file: its name below the path it was found under, a row each of stamps, values (NaN: missing) and labels."""

    name: str
    channels: list[str]
    stamps: list[str]
    values: npt.NDArray[np.float64]
    anomaly: npt.NDArray[np.bool_]
    changepoint: npt.NDArray[np.bool_]


def read(paths: list[Path]) -> tuple[list[Run], list[str]]:
    """All runs under the paths, by name, and what was left out: files without both label columns.

    Rejected for a path that isn't there, two files of one name, no run at all, or a malformed one, named with the line.
    """
    runs: dict[str, Run] = {}
    left_out = []
    for path in paths:
        if not path.exists():
            raise Rejected("no_path", str(path), "no such file or folder")
        for file in sorted(path.rglob("*.csv"), key=in_order) if path.is_dir() else [path]:
            name = str(file.relative_to(path)) if path.is_dir() else file.name
            with file.open(newline="", encoding="utf-8-sig") as lines:
                head = next(csv.reader(lines, delimiter=";"), [])
            if not set(LABELS) <= set(head):
                left_out.append(f"{name}: no columns anomaly and changepoint")
                continue
            if name in runs:
                raise Rejected("two_files", name, "two of the paths hold a run of this name")
            runs[name] = one(file, name, head)
    if not runs:
        raise Rejected("no_run", str(paths[0]), "no file with the columns anomaly and changepoint")
    return list(runs.values()), left_out


def in_order(file: Path) -> tuple[str, int, str]:
    """Files by folder, then by their number, then by name."""
    return str(file.parent), int(file.stem) if file.stem.isdecimal() else -1, file.name


def one(file: Path, name: str, head: list[str]) -> Run:
    """One run; the first column is its time, all others but the labels are channels."""
    channels = [column for column in head[1:] if column not in LABELS]
    if not channels:
        raise Rejected("no_channel", name, "line 1: no column of values")
    stamps, rows = [], []
    with file.open(newline="", encoding="utf-8-sig") as lines:
        for line, row in enumerate(csv.DictReader(lines, delimiter=";"), start=2):
            try:
                values = [float("nan" if row[column] == "" else row[column]) for column in channels]
                rows.append(values + [float(row[label]) for label in LABELS])
            except (TypeError, ValueError):
                raise Rejected("not_a_number", name, f"line {line}: a value or label is no number") from None
            stamps.append(row[head[0]])
    if not rows:
        raise Rejected("no_rows", name, "it has no rows")
    table = np.array(rows)
    return Run(name, channels, stamps, table[:, :-2], table[:, -2] > 0, table[:, -1] > 0)
