"""Everything the simulator sent, row by row: over which way, what must become of it, and whether the edge acknowledged it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa

from infra.simulator.fleet import Transport

Becomes = Literal["telemetry", "event", "dead_letter", "nothing"]


@dataclass(frozen=True, slots=True)
class Sent:
    """One message: `event` is the id inside it (for a dead letter a text found in its bytes), `repeat` says the id was sent before,
    `label` names a hostile message (empty for an honest one) and `code` is the dead letter's it must get."""

    channel: Transport
    becomes: Becomes
    tenant: str
    device: str
    event: str
    repeat: bool = False
    label: str = ""
    code: str = ""


class Journal:
    """An append-only list of `Sent` with an acknowledgement each; may be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: list[Sent] = []
        self._acknowledged = bytearray()
        self.open = True

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, rows: Sequence[Sent]) -> range:
        """Note messages that are about to be sent; returns their places. Empty once the journal is closed."""
        with self._lock:
            if not self.open:
                return range(0)
            first = len(self._rows)
            self._rows.extend(rows)
            self._acknowledged.extend(bytes(len(rows)))
            return range(first, len(self._rows))

    def acknowledge(self, places: Iterable[int]) -> None:
        """The edge said that it has these; it may say so more than once."""
        with self._lock:
            for place in places:
                self._acknowledged[place] = 1

    def close(self) -> None:
        """What is sent from now on is not noted."""
        with self._lock:
            self.open = False

    @property
    def unacknowledged(self) -> int:
        """How many messages the edge has not acknowledged so far."""
        with self._lock:
            return self._acknowledged.count(0)

    def table(self) -> pa.Table:
        """All rows: the fields of `Sent` and `acknowledged`."""
        with self._lock:
            rows, acknowledged = list(self._rows), bytes(self._acknowledged)
        columns = {name: [getattr(row, name) for row in rows] for name in Sent.__slots__}
        return pa.table({**columns, "acknowledged": [bool(byte) for byte in acknowledged]}, schema=SCHEMA)

    def save(self, path: Path) -> None:
        """Write the table as an Arrow IPC file."""
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, SCHEMA) as writer:
            writer.write_table(self.table())


SCHEMA = pa.schema(
    [
        *[pa.field(name, pa.string()) for name in ("channel", "becomes", "tenant", "device", "event")],
        pa.field("repeat", pa.bool_()),
        pa.field("label", pa.string()),
        pa.field("code", pa.string()),
        pa.field("acknowledged", pa.bool_()),
    ]
)


def load(path: Path) -> pa.Table:
    """The table of a saved journal."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()
