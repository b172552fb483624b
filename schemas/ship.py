"""`python -m schemas.ship`: take today's event types into the lock of what has shipped, and give new ones their golden file.

Run it when a new type, a new version or a new optional field goes out. It refuses an incompatible change and says which, so the lock
(`schemas/golden/shipped.json`) only ever moves forward. Exit code 0: done, 1: an incompatible change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import typer

from schemas import compatibility, golden, telemetry, telemetry_contract
from schemas.json_schema import Schema, event_schema, without_words
from schemas.registry import REGISTRY, Registry

LOCK = "shipped.json"


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """The contracts as they last shipped, without their descriptions; retired types stay for ever."""

    events: dict[str, Schema]
    telemetry: dict[str, dict[str, Any]]


def today(registry: Registry = REGISTRY) -> Lock:
    """The contracts as the code has them now."""
    events = {name: without_words(event_schema(kind)) for name, kind in sorted(registry.events.items())}
    return Lock(events=events, telemetry={telemetry.SCHEMA_NAME: telemetry_contract.described()})


def shipped(folder: Path = golden.FOLDER) -> Lock:
    """The lock; empty where nothing has shipped yet."""
    path = folder / LOCK
    return (
        msgspec.json.decode(path.read_bytes(), type=Lock) if path.exists() else Lock(events={}, telemetry={})
    )


def breaches(old: Lock, new: Lock, upcast: Mapping[str, object]) -> list[compatibility.Breach]:
    """Every incompatible change from `old` to `new`; `upcast` are the retired types that can still be read."""
    found = compatibility.breaches(old.events, new.events, upcast)
    for name, contract in old.telemetry.items():
        found += telemetry_contract.breaches(contract, new.telemetry.get(name, contract))
    return found


def ship(registry: Registry = REGISTRY, folder: Path = golden.FOLDER) -> list[str]:
    """Move the lock to today's types and write the golden files that are missing; returns the types that shipped for the first time.

    Call it only without `breaches`: it does not check.
    """
    old, new = shipped(folder), today(registry)
    folder.mkdir(exist_ok=True)
    # By the lock, not by which files are there: a golden file that got lost must come back from history, not from today's writer.
    first = [name for name in new.events if name not in old.events]
    for name in first:
        golden.write(registry.events[name], folder)
    if telemetry.SCHEMA_NAME not in old.telemetry:
        golden.write_telemetry(folder)
    lock = Lock(events={**old.events, **new.events}, telemetry={**old.telemetry, **new.telemetry})
    (folder / LOCK).write_text(json.dumps(msgspec.to_builtins(lock), indent=1) + "\n", "utf-8")
    return first


def main(as_json: bool = typer.Option(False, "--json", help="one JSON document")) -> None:
    """Lock the event types as they are now; refuses an incompatible change to one that has shipped."""
    found = [str(breach) for breach in breaches(shipped(), today(), REGISTRY.chains)]
    first = [] if found else ship()
    if as_json:
        typer.echo(json.dumps({"incompatible": found, "new": first, "types": len(REGISTRY.events)}))
    elif found:
        lines = [f"incompatible: {line}" for line in found]
        advice = "undo the change, or give the type a new version and an upcaster (schemas/upcast.py)"
        typer.echo("\n".join([*lines, f"nothing was written: {advice}"]))
    else:
        names = f": {', '.join(first)}" if first else ""
        typer.echo(f"{len(REGISTRY.events)} event types shipped, {len(first)} new{names}")
    raise typer.Exit(1 if found else 0)


if __name__ == "__main__":
    typer.run(main)
