"""Golden files: for every event type version that has shipped, two records exactly as they lie on the log, and what they mean.

`schemas/golden/<type>.json` is written once, when the type ships (`python -m schemas.ship`), and its headers and value never change, as the
log doesn't. `means` is the event in today's words. It gains nothing when a field is added, and is rewritten by hand only where the
type got an upcaster. A telemetry batch has its bytes in `<version>.arrow` and headers and rows in `<version>.json`.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from schemas import telemetry
from schemas.event import Envelope, Event, encode, rfc3339, to_headers
from schemas.sample import sample_batch, sample_envelope

FOLDER = Path(__file__).parent / "golden"


class Golden(msgspec.Struct, frozen=True, kw_only=True):
    """One record of the log: Kafka key and headers as text, the value as its JSON text, and what it means."""

    key: str
    headers: list[tuple[str, str]]
    value: str
    means: dict[str, Any]

    @property
    def record(self) -> tuple[list[tuple[str, bytes]], bytes]:
        """Headers and value as bytes, as Kafka hands them out."""
        return [(name, text.encode()) for name, text in self.headers], self.value.encode()


def golden_of(envelope: Envelope) -> Golden:
    """The golden record of an event, as a writer of today puts it on the log."""
    return Golden(
        key=envelope.key.decode(),
        headers=[(name, value.decode()) for name, value in to_headers(envelope)],
        value=encode(envelope).decode(),
        means=meaning(envelope),
    )


def meaning(envelope: Envelope) -> dict[str, Any]:
    """An event in plain JSON values with every field said, also those that have their default and are left out on the log."""
    attributes = {
        name: getattr(envelope, name) for name in ("id", "type", "source", "subject", "tenant", "cause")
    }
    return {**attributes, "time": rfc3339(envelope.time), "data": _said(envelope.data)}


def differences(means: object, now: object, at: str = "") -> list[str]:
    """Where an event no longer means what it did: paths with both values. What `now` says in addition is no difference."""
    if isinstance(means, dict) and isinstance(now, dict):
        return [
            line
            for name, value in means.items()
            for line in differences(value, now.get(name, "nothing"), f"{at}.{name}" if at else name)
        ]
    if isinstance(means, list) and isinstance(now, list) and len(means) == len(now):
        pairs = enumerate(zip(means, now, strict=True))
        return [line for place, (was, is_) in pairs for line in differences(was, is_, f"{at}[{place}]")]
    return [] if means == now else [f"{at}: meant {means!r}, is read as {now!r}"]


def read(type_name: str, folder: Path = FOLDER) -> list[Golden]:
    """The golden records of a type; FileNotFoundError where it never shipped."""
    return msgspec.json.decode((folder / f"{type_name}.json").read_bytes(), type=list[Golden])


def write(kind: type[Event], folder: Path = FOLDER) -> Path:
    """Write the golden file of a type that ships for the first time; FileExistsError where it already has one."""
    records = [golden_of(sample_envelope(kind, full=full)) for full in (True, False)]
    path = folder / f"{kind.TYPE}.json"
    with path.open("x", encoding="utf-8") as file:
        file.write(_text(msgspec.to_builtins(records)))
    return path


def write_telemetry(folder: Path = FOLDER) -> None:
    """Write the golden batch of today's telemetry version, which ships for the first time."""
    headers, value = telemetry.encode(sample_batch())
    (folder / f"{telemetry.SCHEMA_NAME}.arrow").write_bytes(value)
    content = {"headers": [(name, text.decode()) for name, text in headers], "means": rows_of(sample_batch())}
    (folder / f"{telemetry.SCHEMA_NAME}.json").write_text(_text(content), "utf-8")


def read_telemetry(version: str, folder: Path = FOLDER) -> tuple[dict[str, str], bytes, list[dict[str, Any]]]:
    """Headers, value and the rows it means of a golden batch."""
    content = json.loads((folder / f"{version}.json").read_text("utf-8"))
    return dict(content["headers"]), (folder / f"{version}.arrow").read_bytes(), content["means"]


def rows_of(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """A batch's rows in plain JSON values: ids in hex, times as RFC 3339."""
    return [{name: _plain(value) for name, value in row.items()} for row in batch.to_pylist()]


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    return rfc3339(value) if isinstance(value, datetime) else value


def _text(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _said(value: object) -> Any:
    if isinstance(value, msgspec.Struct):
        return {name: _said(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {name: _said(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_said(item) for item in value]
    return msgspec.to_builtins(value)
