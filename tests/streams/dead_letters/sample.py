"""Dead letters to try things with."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from schemas.dead_letter import DeadLetter, bury, to_headers
from schemas.errors import Rejected
from streams.dead_letters.letter import Letter
from streams.log.record import Record
from streams.sealing.sealer import Sealer

TIME = datetime(2026, 6, 1, 12, tzinfo=UTC)


def dead(
    raw: bytes | dict[str, Any] = b"{broken",
    *,
    number: int = 0,
    code: str = "bad_json",
    field: str = "",
    process: str = "ingest",
    origin: str = "",
    tenant: str = "",
    device: str = "",
) -> DeadLetter:
    """One letter, `number` minutes after `TIME`, of a record far beyond what any test writes or puts back."""
    return bury(
        raw if isinstance(raw, bytes) else json.dumps(raw).encode(),
        Rejected(code, field, "is wrong"),
        origin=origin or f"telemetry.raw/0/{10**9 + number}",
        process=process,
        time=TIME + timedelta(minutes=number),
        tenant=tenant,
        device=device,
    )


def sealed_dead(sealer: Sealer, raw: bytes, **more: Any) -> DeadLetter:
    """One letter as the edge writes it."""
    plain = dead(raw, **more)
    tokens = sealer.raw(plain.tenant or "system", plain.device or "unknown-senders", raw)
    return msgspec.structs.replace(plain, raw=tokens, sealed=True)


def record(letter: DeadLetter, offset: int = 0) -> Record:
    """The letter as it lies on the log."""
    return Record("dead-letters", 0, offset, letter.raw, tuple(to_headers(letter)))


def found(letter: DeadLetter) -> Letter:
    """The letter as it is read."""
    return Letter(letter, "dead-letters/0/0")
