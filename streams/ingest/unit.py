"""What comes in: a delivery (what a sender waits for), the messages in it, and the units a message is made of."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import msgspec

from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.topics import MAX_EVENT_BYTES
from streams.ingest.sanitise.effort import Effort

Channel = Literal["mqtt", "http", "kafka", "broker-log"]
Kind = Literal["telemetry", "event", "any"]
MAX_PROBLEMS = 100
SPACE = re.compile(r"[ \t\r\n]*")
SEPARATOR = re.compile(r"[ \t\r\n]*([,\]])")


@dataclass(slots=True)
class Problem:
    """Why one unit of a delivery was dead-lettered; `index` counts the units of the delivery from 0."""

    index: int
    code: str
    field: str
    reason: str


@dataclass(slots=True, eq=False)
class Delivery:
    """What one sender waits for as a whole: `done` runs on the edge's thread once Kafka has everything its units became.

    Only the first `MAX_PROBLEMS` problems are kept. `size_bytes` is what it holds of the edge's budget meanwhile.
    """

    channel: Channel
    done: Callable[[Delivery], None]
    size_bytes: int = 0
    pending: int = 0
    accepted: int = 0
    dead_lettered: int = 0
    problems: list[Problem] = field(default_factory=list)

    def report(self, index: int, error: Rejected) -> None:
        """Remember why a unit was refused, for the sender's answer."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(index, error.code, error.field, error.reason))


class Part(NamedTuple):
    """One message: its bytes and where it came from (`telemetry.raw/0/17`, `mqtt:<topic>`, `http:<path>`)."""

    payload: bytes
    origin: str


@dataclass(slots=True, eq=False)
class Message:
    """Messages of one delivery that arrived together.

    `tenant` and `device` are the proven identity, both empty where the payload is trusted to name them. `separate` says that
    each part is one unit already. `envelopes` are events the edge made itself; they need no validation.
    """

    kind: Kind
    parts: list[Part]
    delivery: Delivery
    received_us: int
    tenant: str = ""
    device: str = ""
    separate: bool = False
    envelopes: list[Envelope] = field(default_factory=list)

    def units(self) -> list[Unit]:
        """Every unit. Those after the first of one payload get their number into their origin, so that no two are the same."""
        units: list[Unit] = []
        # Separate parts came together, as elements of one array.
        whole = Effort(len(self.parts))
        for payload, origin in self.parts:
            pieces = [payload] if self.separate else split(payload)
            effort = whole if self.separate else Effort(len(pieces))
            for number, raw in enumerate(pieces):
                place = f"{origin}#{number}" if number else origin
                who = (self.tenant, self.device, self.received_us, self.delivery)
                units.append(Unit(raw, place, *who, len(units), effort))
        return units


class Unit(NamedTuple):
    """One thing to accept or to dead-letter; `number` is its place in the delivery, from 0.

    `effort` is what searching the message it is from for secrets may still cost, shared by all its units.
    """

    raw: bytes
    origin: str
    tenant: str
    device: str
    received_us: int
    delivery: Delivery
    number: int
    effort: Effort | None = None


def split(payload: bytes, limit_bytes: int = MAX_EVENT_BYTES) -> list[bytes]:
    """The units of a payload: its lines where they are JSON objects (a broken one among them stays a unit), else the whole.

    So one pretty-printed object is one unit, a blob of noise is one however many newlines it has, and one over the limit is one.
    """
    if b"\n" not in payload or len(payload) > limit_bytes:
        return [payload]
    if _is_one_value(payload):
        return [payload.strip()]
    lines = [line for line in map(bytes.strip, payload.split(b"\n")) if line]
    return lines if any(line.startswith(b"{") and line.endswith(b"}") for line in lines) else [payload]


def elements(payload: bytes) -> list[bytes]:
    """The elements of a JSON array as they are written, the whole where it isn't one.

    The faults JSON readers commonly let pass (NaN, duplicate keys) don't spoil the elements beside the faulty one.
    """
    try:
        return [bytes(element) for element in msgspec.json.decode(payload, type=list[msgspec.Raw])]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return [element.encode() for element in _lenient_elements(payload.decode())]
    except (ValueError, RecursionError):
        return [payload]


def _lenient_elements(text: str) -> Iterator[str]:
    scan = json.JSONDecoder(parse_int=float).raw_decode
    place, end = text.index("[") + 1, text.rstrip()
    while True:
        place = _skip(text, place)
        _, after = scan(text, place)
        yield text[place:after]
        rest = SEPARATOR.match(text, after)
        if rest is None:
            raise ValueError("no comma or bracket after an element")
        if rest[1] == "]" and rest.end() == len(end):
            return
        place = rest.end()


def _skip(text: str, place: int) -> int:
    found = SPACE.match(text, place)
    return found.end() if found else place


def _is_one_value(payload: bytes) -> bool:
    try:
        msgspec.json.decode(payload, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return True
