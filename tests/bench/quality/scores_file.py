"""The raw scores of a recording as a CSV file, one row a row of the recording."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from schemas.errors import Rejected


def write(folder: Path, name: str, stamps: Iterable[str], scores: Iterable[float]) -> Path:
    """Write `row,timestamp,score` to `folder/name`, every digit of the score; Rejected for a name that leads out of the folder."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise Rejected("unsafe_name", name, "leads out of the folder of scores")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["row", "timestamp", "score"])
        for row, (stamp, score) in enumerate(zip(stamps, scores, strict=True)):
            lines.writerow([row, stamp, repr(float(score))])
    return path
