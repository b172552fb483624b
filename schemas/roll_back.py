"""A roll-back of models: what detection learned of some reports is learned no more, as if they had not been judged.

It is asked for where its effect has an order: among telemetry, as a batch without rows whose Arrow metadata holds it. Readers of telemetry
that know nothing of it see an empty batch. Each partition has a copy; detection says on `ledger` what it made of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

import msgspec
import pyarrow as pa

from schemas import telemetry
from schemas.errors import Rejected
from schemas.event import Event

KEY = b"roll_back"
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class RollBack(msgspec.Struct, frozen=True, kw_only=True):
    """Reports of a tenant, or of one `device` of it, with event times in [`since`, `until`) that came before the roll-back."""

    id: str
    tenant: str
    device: str = ""
    since: Moment
    until: Moment
    actor: str
    reason: str


class ModelsRolledBack(Event, frozen=True, kw_only=True):
    """Detection took a roll-back at `telemetry_offset` of a partition: it learned `reports` again, all before it without the `unlearned`.

    What was found before stays found. `id` in `asked` is the roll-back's own. `models_before` and `models_after` are hashes of what
    telemetry had taught (`detectors.snapshot.models_hash`): equal where nothing changed, and what whoever derives the log again comes to.
    For `took_s` the partition judged nothing. Events from before these were told have '' and none.
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
