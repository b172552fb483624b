"""The figures of detection: `python -m tests.bench.detect --json` prints one JSON line, without it a table."""

from __future__ import annotations

from tests.bench import autoencoders, half_space, multivariate, univariate, worker
from tests.bench.command import program

PARTS = (univariate.figures, multivariate.figures, half_space.figures, autoencoders.figures, worker.figures)


def figures() -> dict[str, float]:
    """Those of all parts."""
    found: dict[str, float] = {}
    for part in PARTS:
        found |= part()
    return found


if __name__ == "__main__":
    program(figures)
