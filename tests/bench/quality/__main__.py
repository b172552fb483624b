"""`python -m tests.bench.quality PATH… --kind KIND [--json] [--scores DIR]`: exit code 2 where a recording can't be read."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from schemas.errors import Rejected
from tests.bench.quality.kind import kind_named


def main(
    paths: list[Path] = typer.Argument(help="folders (or files) of labelled recordings"),
    kind: str = typer.Option(help="what they are: nab, ..."),
    as_json: bool = typer.Option(False, "--json", help="one JSON line"),
    scores: Path | None = typer.Option(None, help="a folder for the raw score of each row"),
) -> None:
    """Measure the detectors on labelled recordings in their one fixed setting."""
    try:
        chosen = kind_named(kind)
        figures = {"kind": kind, **chosen.measure(paths, scores)}
    except (Rejected, OSError) as error:
        typer.echo(f"quality: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(json.dumps(figures) if as_json else "\n".join(chosen.table(figures)))


if __name__ == "__main__":
    typer.run(main)
