"""From the lines of a recording to what is sent: JSON, or a line as it is where it can't be that, so that it is dead-lettered."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from schemas.errors import Rejected
from schemas.event import parse_time, rfc3339
from streams.ingest.file.connections import BREAK, connections, fields_of
from streams.ingest.file.mapping import Columns, Mapping, clean, joined, number, resolve
from streams.ingest.file.recording import Recording
from streams.ingest.strict_json import parse_object

SAMPLE_ROWS = 200
DELIMITERS = ",;\t|"
ZEEK_METRICS = ("count", "interval", "double", "int")


class Row(NamedTuple):
    """One thing to send: when it happened (None where that can't be read), whose it is, and either an object or raw bytes."""

    time: datetime | None
    device: str
    content: dict[str, Any] | bytes

    def encode(self, shift: timedelta | None, run: str) -> bytes:
        """The bytes to send, its time moved by `shift`; a moved row is another report, so its id then carries `run`."""
        if isinstance(self.content, bytes):
            return self.content
        content = self.content
        if shift is not None and self.time is not None:
            content = {**content, "time": rfc3339(self.time + shift)}
            if "id" in content:
                content["id"] = f"{content['id']}@{run}"
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "surrogateescape"
        )


def rows(recording: Recording, mapping: Mapping) -> Iterator[Row]:
    """Everything in a recording in its order; Rejected where it can't be understood at all.

    Zeek's log of connections is flows, and not telemetry, unless metrics are named.
    """
    form = recording.form()
    if form == "empty":
        raise Rejected("empty_file", str(recording.path), "has no lines")
    if form == "ndjson":
        yield from _objects(recording, mapping)
    elif form == "zeek" and not mapping.metrics and (fields := fields_of(_text(recording))):
        yield from _flows(recording, mapping, fields)
    else:
        yield from _table(recording, mapping, zeek=form == "zeek")


def _flows(recording: Recording, mapping: Mapping, fields: list[str]) -> Iterator[Row]:
    found = connections(
        _text(recording), fields, source=recording.name, tenant=mapping.tenant, device=mapping.device
    )
    return (Row(*one) for one in found)


def _text(recording: Recording) -> Iterator[str]:
    return (line.decode("utf-8", "surrogateescape") for line in recording)


def _table(recording: Recording, mapping: Mapping, *, zeek: bool) -> Iterator[Row]:
    lines = _text(recording)
    header, records = _zeek(lines) if zeek else _separated(lines, mapping.delimiter)
    sample = list(islice(records, SAMPLE_ROWS))
    whole = [fields for _, fields in sample if len(fields) == len(header)]
    try:
        columns = resolve(mapping, header, whole)
    except Rejected as error:
        raise Rejected(error.code, f"{recording.path}: {error.field}", error.reason) from None
    for place, (line, fields) in enumerate([*sample]):
        yield _row(recording, mapping, columns, place, line, fields if len(fields) == len(header) else [])
    for place, (line, fields) in enumerate(records, start=len(sample)):
        yield _row(recording, mapping, columns, place, line, fields if len(fields) == len(header) else [])


def _row(
    recording: Recording, mapping: Mapping, columns: Columns, place: int, line: str, fields: Sequence[str]
) -> Row:
    device = mapping.device if mapping.device and columns.device is None else recording.name
    if not fields:
        return Row(None, clean(device), line.encode("utf-8", "surrogateescape"))
    if columns.device is not None:
        device = fields[columns.device]
    text = joined(fields, columns.time)
    try:
        time: datetime | None = columns.stamp.parse(text)
    except (ValueError, OverflowError):
        time = None
    content = {
        "id": f"{recording.name}#{place}",
        "tenant": mapping.tenant,
        "device": clean(device),
        "time": rfc3339(time) if time else text,
        **{name: value for name, value in (("model", mapping.model), ("site", mapping.site)) if value},
        "metrics": {name: _value(fields[place]) for name, place in columns.metrics.items()},
    }
    return Row(time, clean(device), content)


def _value(text: str) -> float | str | None:
    """A field's number; as text where it is none, so that ingest refuses it by its own rule and says so."""
    try:
        return number(text)
    except ValueError:
        return text


def _separated(lines: Iterator[str], delimiter: str) -> tuple[list[str], Iterator[tuple[str, list[str]]]]:
    first = next(line for line in lines if line.strip()).lstrip("\ufeff")
    delimiter = delimiter or max(DELIMITERS, key=first.count)
    header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter))]
    return header, _records(lines, delimiter)


def _records(lines: Iterator[str], delimiter: str) -> Iterator[tuple[str, list[str]]]:
    """Each record with the lines it came from: a quoted field may hold line ends."""
    read: list[str] = []

    def noting() -> Iterator[str]:
        for line in lines:
            read.append(line)
            yield line + "\n"

    reader = csv.reader(noting(), delimiter=delimiter)
    while True:
        read.clear()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            fields = []
        if "".join(read).strip():
            yield "\n".join(read), [field.removesuffix("\n") for field in fields]


def _zeek(lines: Iterator[str]) -> tuple[list[str], Iterator[tuple[str, list[str]]]]:
    """Zeek's own log format: names and types in `#` lines, ports and other identifiers are no metrics."""
    header: list[str] = []
    for line in lines:
        if line.startswith("#fields"):
            header = BREAK.split(line)[1:]
        if line.startswith("#types"):
            types = BREAK.split(line)[1:]
            break
    else:
        raise Rejected("bad_zeek", "#types", "a Zeek log has #fields and #types lines")
    kept = [i for i, name in enumerate(header) if name in ("ts", "id.orig_h") or types[i] in ZEEK_METRICS]
    return [header[i] for i in kept], _zeek_records(lines, len(header), kept)


def _zeek_records(lines: Iterator[str], width: int, kept: list[int]) -> Iterator[tuple[str, list[str]]]:
    for line in lines:
        if line.strip() and not line.startswith("#"):
            fields = BREAK.split(line)
            yield line, [fields[i] for i in kept] if len(fields) == width else []


def _objects(recording: Recording, mapping: Mapping) -> Iterator[Row]:
    """Telemetry and CloudEvents as they are; what they leave out about their sender is filled in."""
    sender = {"tenant": mapping.tenant, "device": clean(mapping.device or recording.name)}
    extra = {name: value for name, value in (("model", mapping.model), ("site", mapping.site)) if value}
    for line in recording:
        if not line.strip():
            continue
        try:
            value = parse_object(line)
        except Rejected:
            yield Row(None, sender["device"], line)
            continue
        if "specversion" in value:
            value = {"tenant": sender["tenant"], "subject": sender["device"], **value}
            yield Row(_time(value), str(value["subject"]), value)
        else:
            value = {**sender, **extra, **value}
            yield Row(_time(value), str(value["device"]), value)


def _time(value: dict[str, Any]) -> datetime | None:
    try:
        return parse_time(value["time"]) if isinstance(value.get("time"), str) else None
    except Rejected:
        return None
