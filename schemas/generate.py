"""`python -m schemas.generate`: write JSON Schema, AsyncAPI and the Arrow schema into `schemas/generated/`, from the code.

They are checked in so that people and other languages can read them and a review shows what a change does to the contracts. With `--check`
nothing is written; exit code 1 and the names of the files where they differ.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from schemas import asyncapi, telemetry, telemetry_contract
from schemas.json_schema import event_schema
from schemas.registry import EVENTS

FOLDER = Path(__file__).parent / "generated"


def generated() -> dict[str, str]:
    """The files by their path in the folder, always the same for the same code."""
    files: dict[str, Any] = {f"events/{name}.json": event_schema(kind) for name, kind in EVENTS.items()}
    files["asyncapi.json"] = asyncapi.document()
    files[f"{telemetry.SCHEMA_NAME}.json"] = telemetry_contract.described()
    return {path: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for path, content in files.items()}


def stale(folder: Path = FOLDER) -> list[str]:
    """What is missing, differs or is too much in the folder, as sentences; empty where it is what the code says."""
    wanted = generated()
    there = {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*.json")}
    return [
        f"{path} {'is missing' if path not in there else 'is for nothing' if path not in wanted else 'differs from the code'}"
        for path in sorted(wanted.keys() | there.keys())
        if wanted.get(path) != there.get(path)
    ]


def write(folder: Path = FOLDER) -> None:
    """Make the folder what the code says."""
    wanted = generated()
    for path in folder.rglob("*.json"):
        if str(path.relative_to(folder)) not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def main(
    check: bool = typer.Option(False, "--check", help="write nothing; exit code 1 where files differ"),
    as_json: bool = typer.Option(False, "--json", help="one JSON document"),
) -> None:
    """Write the generated contracts, or check that they are what the code says."""
    found = stale()
    if not check:
        write()
    if as_json:
        typer.echo(json.dumps({"files": len(generated()), "stale": found, "written": not check}))
    else:
        advice = "run `python -m schemas.generate` and look at what changed"
        summary = f"{len(generated())} files, {len(found)} {'stale' if check else 'written anew'}"
        typer.echo("\n".join([*found, summary, *([advice] if check and found else [])]))
    raise typer.Exit(1 if check and found else 0)


if __name__ == "__main__":
    typer.run(main)
