"""The base of every event type, and the envelope one travels in: CloudEvents 1.0 in Kafka's binary content mode.

Sources: CloudEvents 1.0.2, Kafka protocol binding 1.0.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, ClassVar

import msgspec

from schemas.errors import Rejected

PREFIX = "ce_"
# The tenant of what belongs to no tenant (totals, retention, proofs, who nobody knows): every envelope names one.
SYSTEM = "system"
# A time in an event has a zone; one without is refused, because nobody could say when it was.
Time = Annotated[datetime, msgspec.Meta(tz=True)]
REQUIRED = ("id", "type", "source", "subject", "time", "tenant")
# What only derived events have.
DERIVED = ("cause", "decider", "statehash")
OURS = frozenset(("specversion", *REQUIRED, *DERIVED))


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of the data part of every event type.

    `TYPE` is the CloudEvents type with its version (`alert.opened.v1`) and `TOPIC` the one topic it is written to. Readers ignore unknown
    fields; writers can't produce them.
    """

    TYPE: ClassVar[str] = ""
    TOPIC: ClassVar[str] = ""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """One event with its CloudEvents attributes.

    `time` is event time (aware, UTC). `subject` is the aggregate within the tenant (a device id, a rollout id). `cause` names the
    input record this event was decided from as `topic/partition/offset`, empty for events from outside. `decider` says what decided it:
    name, version and the settings that mattered (`response@1?max_decisions=20`); `statehash` names the state it was decided from. Both
    are empty where nobody said. `extensions` are the further CloudEvents attributes its sender set, name and value in canonical text,
    by name; no name is one of `OURS`.
    """

    id: str
    type: str
    source: str
    subject: str
    tenant: str
    time: datetime
    data: Event
    cause: str = ""
    decider: str = ""
    statehash: str = ""
    extensions: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> bytes:
        """The Kafka key: the aggregate's id within its tenant, so one aggregate's events share a partition."""
        return aggregate_key(self.tenant, self.subject)


def aggregate_key(tenant: str, subject: str) -> bytes:
    """`tenant/subject` in UTF-8, the key of every record about that aggregate."""
    return f"{tenant}/{subject}".encode()


def rfc3339(time: datetime) -> str:
    """An aware time as RFC 3339 in UTC with microseconds, always the same number of characters so that text sorts as time."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_time(text: str, field: str = "time") -> datetime:
    """An aware UTC time from RFC 3339 text; Rejected names `field` where it isn't one or has no zone."""
    try:
        time = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        raise Rejected("bad_time", field, "not an RFC 3339 time") from None
    if time.tzinfo is None:
        raise Rejected("bad_time", field, "has no time zone; add Z or an offset")
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise Rejected("bad_time", field, "out of range") from None


def to_headers(envelope: Envelope) -> list[tuple[str, bytes]]:
    """The Kafka headers of an envelope (binary content mode), what is derived only where it is not empty, then the extensions."""
    attributes = {
        "specversion": "1.0",
        "id": envelope.id,
        "type": envelope.type,
        "source": envelope.source,
        "subject": envelope.subject,
        "time": rfc3339(envelope.time),
        "tenant": envelope.tenant,
    }
    attributes |= {name: value for name in DERIVED if (value := getattr(envelope, name))}
    attributes.update(envelope.extensions)
    headers = [(PREFIX + name, value.encode()) for name, value in attributes.items()]
    return [("content-type", b"application/json"), *headers]


def encode(envelope: Envelope) -> bytes:
    """The record value: the event's data as JSON."""
    return msgspec.json.encode(envelope.data)


def attributes_of(headers: Iterable[tuple[str, bytes]] | None) -> dict[str, str]:
    """The CloudEvents attributes found in Kafka headers, without their prefix; Rejected where one is not UTF-8."""
    found: dict[str, str] = {}
    for name, value in headers or ():
        if name.startswith(PREFIX):
            try:
                found[name.removeprefix(PREFIX)] = (value or b"").decode()
            except UnicodeDecodeError:
                raise Rejected("bad_header", name, "not UTF-8") from None
    return found
