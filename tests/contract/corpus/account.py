"""Accounting for every unit of hostile input: stored with the meaning its sender wrote, or dead-lettered verbatim with a reason."""

from __future__ import annotations

import json
import struct
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa

from schemas import telemetry
from schemas.dead_letter import DeadLetter
from schemas.errors import VedetteError
from schemas.event import Envelope, parse_time
from schemas.ids import derive, digest
from schemas.telemetry import METRIC_PREFIX
from streams.ingest.record import microseconds
from streams.ingest.sanitise.account import looks_like_password
from streams.ingest.session import SOURCE as BROKER
from streams.ingest.unit import split

Fact = tuple[Any, ...]
REPORT = frozenset(("id", "tenant", "device", "time", "model", "site", "firmware", "metrics"))
ENVELOPE = frozenset(
    ("specversion", "id", "source", "type", "subject", "tenant", "time", "datacontenttype", "data")
)


@dataclass(slots=True)
class Written:
    """Everything ingest wrote."""

    batches: list[pa.RecordBatch] = field(default_factory=list)
    events: list[Envelope] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)


@dataclass(slots=True)
class Account:
    """What became of the units; `unaccounted` names each that was lost, changed, doubled or refused without a reason."""

    units: int = 0
    stored: int = 0
    dead_lettered: int = 0
    unaccounted: list[str] = field(default_factory=list)


def account(inputs: Iterable[tuple[str, str, bytes]], written: Written) -> Account:
    """`inputs` are name, origin and bytes of each message; every unit of them must be exactly once in what was written."""
    made = Account()
    rows = Counter(fact for batch in written.batches for fact in facts(batch))
    events: dict[str, list[Envelope]] = defaultdict(list)
    for envelope in written.events:
        events[envelope.id].append(envelope)
    letters: dict[str, list[DeadLetter]] = defaultdict(list)
    for letter in written.letters:
        letters[letter.origin].append(letter)
    for name, origin, raw in units_of(inputs):
        made.units += 1
        refused = letters.pop(origin, [])
        if refused:
            made.dead_lettered += 1
            (only,) = refused if len(refused) == 1 else (None,)
            if only is None or only.raw != raw or not (only.code and only.reason):
                made.unaccounted.append(f"{name}: {len(refused)} letters, or not its bytes or no reason")
        elif _taken(raw, rows, events):
            made.stored += 1
        else:
            made.unaccounted.append(f"{name}: neither stored as it was sent nor dead-lettered")
    made.unaccounted += [f"a row from nowhere: {fact[:3]}" for fact in (+rows)]
    made.unaccounted += [f"an event from nowhere: {left[0].id}" for left in events.values() if left]
    made.unaccounted += [f"a letter from nowhere: {origin}" for origin in letters]
    return made


def account_of_sender(sent: Iterable[bytes], written: Written, tenant: str, device: str) -> Account:
    """The account of units a device sent over connections, where a letter's origin says no more than which: matched by their bytes.

    What the sender left out about itself is what its certificate says. Sessions are not counted: of those the broker tells.
    """
    made = Account()
    rows = Counter(fact for batch in written.batches for fact in facts(batch))
    events: dict[str, list[Envelope]] = defaultdict(list)
    for envelope in written.events:
        if envelope.source != BROKER:
            events[envelope.id].append(envelope)
    letters = Counter(letter.raw for letter in written.letters if letter.code and letter.reason)
    made.unaccounted += ["a letter without a reason"] * (len(written.letters) - letters.total())
    for raw in sent:
        made.units += 1
        if letters[raw]:
            letters[raw] -= 1
            made.dead_lettered += 1
        elif _taken(_completed(raw, tenant, device), rows, events):
            made.stored += 1
        else:
            made.unaccounted.append(f"{raw[:60]!r}: neither stored as it was sent nor dead-lettered")
    made.unaccounted += [f"a row from nowhere: {fact[:3]}" for fact in (+rows)]
    made.unaccounted += [f"an event from nowhere: {left[0].id}" for left in events.values() if left]
    made.unaccounted += [f"a letter from nowhere: {raw[:60]!r}" for raw in (+letters)]
    return made


def _completed(raw: bytes, tenant: str, device: str) -> bytes:
    try:
        value = json.loads(raw)
        name = "subject" if "specversion" in value else "device"
        named = {"tenant": tenant, name: device}
        return json.dumps({**value, **{k: v for k, v in named.items() if value.get(k) is None}}).encode()
    except (ValueError, TypeError, AttributeError, RecursionError):
        return raw


def facts(batch: pa.RecordBatch) -> Iterator[Fact]:
    """What each row of a batch says, all of it."""
    for row in batch.to_pylist():
        values = {
            name.removeprefix(METRIC_PREFIX): value
            for name, value in row.items()
            if name.startswith(METRIC_PREFIX)
        }
        yield _fact(row["event_id"], row, microseconds(row["event_time"]), values)


def _fact(event_id: bytes, said: dict[str, Any], time_us: int, metrics: dict[str, float | None]) -> Fact:
    texts = tuple(said.get(name) for name in ("tenant", "device", "model", "site", "firmware"))
    known = tuple(sorted((name, float(value)) for name, value in metrics.items() if value is not None))
    return (event_id, *texts, time_us, known)


def units_of(inputs: Iterable[tuple[str, str, bytes]]) -> Iterator[tuple[str, str, bytes]]:
    """Name, origin and bytes of every unit of these messages."""
    for name, origin, raw in inputs:
        for number, unit in enumerate(split(raw)):
            yield name, f"{origin}#{number}" if number else origin, unit


def _taken(raw: bytes, rows: Counter[Fact], events: dict[str, list[Envelope]]) -> bool:
    """Take the row or event that this unit must have become out of those that are left."""
    try:
        value = json.loads(raw)
        if "specversion" in value:
            return _take_event(value, events)
        fact = _expected(value)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError, VedetteError):
        return False
    if rows[fact] < 1:
        return False
    rows[fact] -= 1
    return True


def _expected(value: dict[str, Any]) -> Fact:
    if value.keys() - REPORT:
        raise ValueError("has fields that no row can hold")
    time_us = microseconds(_time(value))
    metrics = {name: number for name, number in value["metrics"].items() if number is not None}
    if isinstance(value.get("id"), str):
        event_id = digest("telemetry", value["tenant"], value["device"], value["id"])
    else:
        names = sorted(metrics)
        canonical = "".join(f"{name}\n" for name in names).encode()
        canonical += b"".join(struct.pack(">d", float(metrics[name]) + 0.0) for name in names)
        event_id = digest("telemetry", value["tenant"], value["device"], time_us, canonical)
    return _fact(event_id, value, time_us, metrics)


def _take_event(value: dict[str, Any], events: dict[str, list[Envelope]]) -> bool:
    left = events[derive("event", value["tenant"], value["source"], value["id"])]
    for place, envelope in enumerate(left):
        said = (envelope.tenant, envelope.subject, envelope.source, envelope.type, envelope.time)
        wrote = (value["tenant"], value["subject"], value["source"], value["type"], _time(value))
        data = {name: getattr(envelope.data, name) for name in value["data"]}
        kept = dict(envelope.extensions) == _extensions(value)
        if said == wrote and kept and msgspec.to_builtins(data) == _without_password(value["data"]):
            del left[place]
            return True
    return False


def _without_password(data: dict[str, Any]) -> dict[str, Any]:
    """The data as ingest keeps it: what it takes for a password in the place of a user name is withheld."""
    typed = data.get("account")
    return {**data, "account": "[redacted:account]"} if typed and looks_like_password(typed) else data


def _extensions(value: dict[str, Any]) -> dict[str, str]:
    """Every attribute that is neither the envelope's nor the data, as text; null says that it is not set."""
    text = {True: "true", False: "false"}
    return {
        name: text[said] if isinstance(said, bool) else str(said)
        for name, said in value.items()
        if name not in ENVELOPE and said is not None
    }


def _time(value: dict[str, Any]) -> datetime:
    return parse_time(value["time"].upper())


def decoded(values: Iterable[bytes]) -> list[pa.RecordBatch]:
    """The batches of records of `telemetry`."""
    return [telemetry.decode(value) for value in values]
