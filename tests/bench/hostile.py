"""How much hostile input ingest accounts for: `python -m tests.bench.hostile --json`, one JSON line.

Everything of `tests.contract.corpus` goes through a running ingest on a log of its own (about half a minute). `hostile_unaccounted` counts
the units that are neither stored as they were sent nor dead-lettered with a reason, exactly once.
"""

from __future__ import annotations

import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import typer

from tests.contract.corpus.account import account, units_of
from tests.contract.corpus.hostile import hostile
from tests.contract.corpus.live import await_ledger, live_ingest, send_raw

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def measured(shared: Path | None) -> dict[str, int | list[str] | bool]:
    """The figures; without the recorded suites where `shared` is None."""
    inputs = hostile(datetime.now(UTC), shared)
    named = [(one.name, f"telemetry.raw/0/{place}", one.raw) for place, one in enumerate(inputs)]
    with tempfile.TemporaryDirectory(prefix="vedette-hostile-") as home, live_ingest(Path(home)) as running:
        send_raw(running, inputs)
        counted = await_ledger(running, "kafka", len(list(units_of(named))))
        made = account(named, running.written())
    off = abs(counted[1] - made.stored) + abs(counted[2] - made.dead_lettered)
    return {
        "hostile_inputs": len(inputs),
        "hostile_units": made.units,
        "hostile_stored": made.stored,
        "hostile_dead_lettered": made.dead_lettered,
        "hostile_unaccounted": len(made.unaccounted) + off,
        "recorded_suites": shared is not None,
        "unaccounted": made.unaccounted[:10],
    }


def main(as_json: bool = typer.Option(False, "--json", help="one JSON line")) -> None:
    """Send it all and count what became of it; exit code 1 where something is unaccounted for."""
    folder = Path(os.environ.get("VEDETTE_SHARED_DATA", SHARED))
    figures = measured(folder if folder.is_dir() else None)
    lines = (f"{name:<22} {value}" for name, value in figures.items())
    typer.echo(json.dumps(figures) if as_json else "\n".join(lines))
    raise typer.Exit(1 if figures["hostile_unaccounted"] else 0)


if __name__ == "__main__":
    typer.run(main)
