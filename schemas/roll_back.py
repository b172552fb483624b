"""A roll-back of models: what detection learned of some reports and network flows is learned no more, as if they had not been judged.

It is asked for where its effect has an order: among telemetry, as a batch without rows whose Arrow metadata holds it, and among security
events, as an event that is none of a device's. Each partition of both has a copy; detection says on `ledger` what it made of each.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, ClassVar

import msgspec
import pyarrow as pa

from schemas import telemetry
from schemas.errors import Rejected
from schemas.event import Envelope, Event
from schemas.ids import derive
from schemas.security.event import SECURITY_EVENTS

KEY = b"roll_back"
TYPE_HEADER = ("ce_type", b"roll_back.asked.v1")
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class RollBack(msgspec.Struct, frozen=True, kw_only=True):
    """Reports and flows of a tenant, or of one `device` of it, with event times in [`since`, `until`) that came before the roll-back."""

    id: str
    tenant: str
    device: str = ""
    since: Moment
    until: Moment
    actor: str
    reason: str


class RollBackAsked(Event, frozen=True, kw_only=True):
    """What network flows taught shall be unlearned; it stands among security events, but is not stored with them.

    Control writes it beside the batch that asks the same of telemetry. From a device it is refused, as all that is no security event.
    """

    TYPE: ClassVar[str] = "roll_back.asked.v1"
    TOPIC: ClassVar[str] = SECURITY_EVENTS
    asked: RollBack


class FlowsRolledBack(Event, frozen=True, kw_only=True):
    """Detection took a roll-back at `events_offset` of a partition: it learned the tenant's `flows` again, without `unlearned` records.

    What was found before stays found. `models_before` and `models_after` are hashes of what flows had taught, as in `ModelsRolledBack`.
    Where none was named all stays as it is, and none is learned again. For `took_s` no security event of the partition was judged.
    """

    TYPE: ClassVar[str] = "flows.rolled_back.v1"
    TOPIC: ClassVar[str] = "ledger"
    asked: RollBack
    partition: int
    events_offset: int
    flows: int
    unlearned: int
    models_before: str
    models_after: str
    took_s: float | None = None


class ModelsRolledBack(Event, frozen=True, kw_only=True):
    """Detection took a roll-back at `telemetry_offset` of a partition: it learned `reports` again, all before it without the `unlearned`.

    What was found before stays found. `id` in `asked` is the roll-back's own. `models_before` and `models_after` are hashes of what
    telemetry had taught (`detectors.snapshot.models_hash`): equal where nothing changed, and what whoever derives the log again comes to.
    For `took_s` no telemetry of the partition was judged. Events from before these were told have '' and none.
    """

    TYPE: ClassVar[str] = "models.rolled_back.v1"
    TOPIC: ClassVar[str] = "ledger"
    asked: RollBack
    partition: int
    telemetry_offset: int
    reports: int
    unlearned: int
    models_before: str = ""
    models_after: str = ""
    took_s: float | None = None


def batch_of(asked: RollBack) -> pa.RecordBatch:
    """The telemetry batch that asks for it."""
    metadata = {**(telemetry.LEADING.metadata or {}), KEY: msgspec.json.encode(asked)}
    return pa.RecordBatch.from_pylist([], schema=telemetry.LEADING.with_metadata(metadata))


def event_of(asked: RollBack, partition: int) -> Envelope:
    """The security event that asks for it in one partition, the same whenever it is asked; its time is the end of what it is about."""
    return Envelope(
        id=derive("roll-back-asked", asked.id, partition),
        type=RollBackAsked.TYPE,
        source="vedette/control",
        subject=asked.device or f"detection/{partition}",
        tenant=asked.tenant,
        time=asked.until,
        data=RollBackAsked(asked=asked),
    )


def is_asked(headers: Iterable[tuple[str, bytes]]) -> bool:
    """Whether a record of security events asks for one, seen without opening it."""
    return TYPE_HEADER in headers


def is_roll_back(batch: pa.RecordBatch) -> bool:
    """Whether a batch asks for one that can be read."""
    try:
        return roll_back_in(batch) is not None
    except Rejected:
        return False


def roll_back_in(batch: pa.RecordBatch) -> RollBack | None:
    """The roll-back a batch asks for, None for one of reports; Rejected where it can't be read."""
    if batch.num_rows or KEY not in (batch.schema.metadata or {}):
        return None
    try:
        return msgspec.json.decode(batch.schema.metadata[KEY], type=RollBack)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Rejected("bad_roll_back", "roll_back", "is not a roll-back") from None
