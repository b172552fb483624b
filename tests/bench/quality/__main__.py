"""`python -m tests.bench.quality PATH… --kind KIND [--json] [--scores DIR]`: exit code 2 where a recording can't be read.

A simulated kind has a size instead of paths: `--kind fleet [--devices 1000] [--days 30] [--seed 1]`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from schemas.errors import Rejected
from tests.bench.quality.kind import Kind, Simulation, kind_named, known_kinds


def main(
    paths: list[Path] = typer.Argument(None, help="folders (or files) of labelled recordings"),
    kind: str = typer.Option(help=f"what they are: {', '.join(known_kinds())}"),
    as_json: bool = typer.Option(False, "--json", help="one JSON line"),
    scores: Path | None = typer.Option(None, help="a folder for the raw score of each row"),
    devices: int | None = typer.Option(None, help="of a simulated fleet"),
    days: int | None = typer.Option(None, help="of a simulated fleet"),
    seed: int | None = typer.Option(None, help="of a simulated fleet"),
) -> None:
    """Measure the detectors on labelled recordings, or on what is simulated, in their one fixed setting."""
    size = {"devices": devices, "days": days, "seed": seed}
    try:
        chosen = kind_named(kind)
        figures = {"kind": kind, **measured(chosen, paths or [], scores, size)}
    except (Rejected, OSError) as error:
        typer.echo(f"quality: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(json.dumps(figures) if as_json else "\n".join(chosen.table(figures)))


def measured(
    chosen: Kind | Simulation, paths: list[Path], scores: Path | None, size: dict[str, int | None]
) -> dict[str, Any]:
    """The kind's figures; Rejected for what it doesn't take, and without recordings where it needs them."""
    given = {name: value for name, value in size.items() if value is not None}
    if isinstance(chosen, Simulation):
        if paths or scores is not None:
            raise Rejected(
                "unexpected", "PATH" if paths else "--scores", "this kind is simulated, not recorded"
            )
        return chosen.simulate(**given)
    for name in given:
        raise Rejected("unexpected", f"--{name}", "only a simulated kind has it")
    if not paths:
        raise Rejected("missing", "PATH", "no recordings are given")
    return chosen.measure(paths, scores)


if __name__ == "__main__":
    typer.run(main)
