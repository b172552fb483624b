"""How much hostile input ingest accounts for: `python -m tests.bench.hostile --json`, one JSON line.

Everything of `tests.contract.corpus` goes through a running ingest on a log of its own, over Kafka, HTTPS and MQTT (about a minute).
`hostile_unaccounted` counts the units that are neither stored as they were sent nor dead-lettered with a reason, exactly once.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from schemas.topics import MAX_EVENT_BYTES
from streams.ingest.unit import elements, split
from tests.bench.command import program
from tests.contract.corpus.account import Account, account, account_of_sender, units_of
from tests.contract.corpus.hostile import Hostile, hostile
from tests.contract.corpus.live import Ingest, await_ledger, device, live_ingest, publish, send_raw


class Way(NamedTuple):
    """What became of what was sent one way: how many messages, the account from the log, and ingest's own count."""

    inputs: int
    account: Account
    counted: tuple[int, int, int]

    @property
    def off(self) -> int:
        """By how much ingest's count is not the account's."""
        made = self.account
        return sum(
            abs(one - other)
            for one, other in zip(self.counted, (made.units, made.stored, made.dead_lettered), strict=True)
        )


SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def measured(shared: Path | None) -> dict[str, Any]:
    """The figures; without the recorded suites where `shared` is None."""
    inputs = hostile(datetime.now(UTC), shared)
    with tempfile.TemporaryDirectory(prefix="vedette-hostile-") as home, live_ingest(Path(home)) as running:
        made = {
            "kafka": _over_kafka(running, inputs),
            "https": _over_https(running, inputs),
            "mqtt": _over_mqtt(running, inputs),
        }
    return {
        "hostile_inputs": sum(way.inputs for way in made.values()),
        "hostile_units": sum(way.account.units for way in made.values()),
        "hostile_stored": sum(way.account.stored for way in made.values()),
        "hostile_dead_lettered": sum(way.account.dead_lettered for way in made.values()),
        "hostile_unaccounted": sum(len(way.account.unaccounted) + way.off for way in made.values()),
        **{f"hostile_inputs_{name}": way.inputs for name, way in made.items()},
        "recorded_suites": shared is not None,
        "unaccounted": [f"{name}: {one}" for name, way in made.items() for one in way.account.unaccounted][
            :10
        ],
    }


def _over_kafka(running: Ingest, inputs: Sequence[Hostile]) -> Way:
    named = [(one.name, f"telemetry.raw/0/{place}", one.raw) for place, one in enumerate(inputs)]
    start = running.ends()
    send_raw(running, inputs)
    counted = await_ledger(running, "kafka", len(list(units_of(named))))
    return Way(len(inputs), account(named, running.written(start)), counted)


def _over_mqtt(running: Ingest, inputs: Sequence[Hostile]) -> Way:
    """Each as telemetry and as an event. The broker passes on no more than a packet may hold; an event may have less."""
    messages = [(kind, raw) for kind in ("telemetry", "events") for raw in _bodies(inputs)]
    start = running.ends()
    publish(running, "hostile:cam-1", messages)
    sent = [unit for _, raw in messages for unit in split(raw)]
    counted = await_ledger(running, "mqtt", len(sent))
    return Way(len(messages), account_of_sender(sent, running.written(start), "hostile", "cam-1"), counted)


def _over_https(running: Ingest, inputs: Sequence[Hostile]) -> Way:
    """Each as telemetry, an array's elements one by one."""
    bodies = _bodies(inputs)
    start = running.ends()
    with device(running, "hostile:cam-1") as post:
        for raw in bodies:
            post("/v1/telemetry", raw)
    sent = [unit for raw in bodies for unit in (elements(raw) if raw.lstrip()[:1] == b"[" else split(raw))]
    counted = await_ledger(running, "http", len(sent))
    return Way(len(bodies), account_of_sender(sent, running.written(start), "hostile", "cam-1"), counted)


def _bodies(inputs: Sequence[Hostile]) -> list[bytes]:
    """What is tried over connections: everything but the recorded strings, of which each is in the corpus a hundred times."""
    return [one.raw for one in inputs if " as " not in one.name and len(one.raw) <= MAX_EVENT_BYTES]


def figures() -> dict[str, Any]:
    """Send it all and count what became of it."""
    folder = Path(os.environ.get("VEDETTE_SHARED_DATA", SHARED))
    return measured(folder if folder.is_dir() else None)


if __name__ == "__main__":
    program(figures, kept=lambda found: not found["hostile_unaccounted"])
