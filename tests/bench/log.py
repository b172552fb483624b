"""What the log promises, measured: `python -m tests.bench.log --json` runs the benchmarks of each promise, one after the other.

Each is a program of its own (so that none has another's threads and memory) and prints its figures as one line of JSON; here they become
one line. Exit code 1 where one of them could not be measured or missed what it promises; the line then says which under `failed`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.bench.command import program

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("rebuild", "what_if", "proof", "hostile", "verify", "as_of")
TIMEOUT_S = 900


def measured(part: str) -> tuple[dict[str, Any], bool]:
    """The figures of one benchmark, empty where it printed none, and whether it kept its promise."""
    command = [sys.executable, "-m", f"tests.bench.{part}", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        sys.stderr.write(f"{part}: {done.stderr[-2000:]}\n")
    figures: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    figures.pop("bench", None)
    return figures, done.returncode == 0 and bool(figures)


def all_measured() -> dict[str, Any]:
    """The figures of all of them, and which failed."""
    figures: dict[str, Any] = {}
    failed = []
    for part in PARTS:
        found, kept = measured(part)
        figures |= found
        if not kept:
            failed.append(part)
    return {**figures, "failed": failed}


if __name__ == "__main__":
    program(all_measured, kept=lambda found: not found["failed"])
