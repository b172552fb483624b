"""The figures of detection: `python -m tests.bench.detect --json` prints one JSON line, without it a table."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from tests.bench import autoencoders, half_space, multivariate, univariate, worker

PARTS = (univariate.figures, multivariate.figures, half_space.figures, autoencoders.figures, worker.figures)


def main(as_json: Annotated[bool, typer.Option("--json", help="One JSON line.")] = False) -> None:
    """Measure the engine alone (speed, memory, snapshots), then its worker on a broker (3 minutes, 4 GB of memory, 5 GB of disk)."""
    found: dict[str, float] = {}
    for part in PARTS:
        found |= part()
    if as_json:
        sys.stdout.write(json.dumps({"bench": "detect", **found}) + "\n")
    else:
        sys.stdout.writelines(f"{name:28}{value:>16,}\n" for name, value in found.items())


if __name__ == "__main__":
    typer.run(main)
