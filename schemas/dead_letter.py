"""A dead letter, topic `dead-letters`: the raw bytes as the record's value, everything said about them as Kafka headers.

Headers (all UTF-8): `code`, `field`, `reason`, `origin` (`topic/partition/offset`, or the connection: `mqtt:<topic>`,
`http:<path>`), `process`, `time` (RFC 3339, when it was given up), `tenant` and `device` where the edge knew who sent it
(else empty), `size_bytes` (of what was refused), `id` (deterministic), `sealed`: `v1` where the value is not the bytes but their
tokens (`streams.sealing.letter`), as in every letter of the edge, else empty.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from schemas.errors import Rejected
from schemas.event import rfc3339
from schemas.ids import derive

TOPIC = "dead-letters"
SEALED = "v1"


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """Input that could not be processed.

    `id` is derived from origin and `raw` where the origin is a log position, so a retry makes no second one. `size_bytes` is the size of
    what was refused. `sealed` says that `raw` is a text of tokens, not yet opened or never to be opened again.
    """

    id: str
    raw: bytes
    code: str
    field: str
    reason: str
    origin: str
    process: str
    time: datetime
    tenant: str = ""
    device: str = ""
    size_bytes: int = 0
    sealed: bool = False


def bury(
    raw: bytes,
    error: Rejected,
    *,
    origin: str,
    process: str,
    time: datetime,
    tenant: str = "",
    device: str = "",
    sealed_bytes: int | None = None,
) -> DeadLetter:
    """The dead letter for `raw`; its id is derived from the bytes, where they came from and, off the log, when.

    `sealed_bytes` is given where `raw` is sealed: how many bytes that were.
    """
    identity = origin if origin.count("/") >= 2 and ":" not in origin else f"{origin}@{rfc3339(time)}"
    return DeadLetter(
        id=derive("dead", process, identity, raw),
        raw=raw,
        code=error.code,
        field=error.field,
        reason=error.reason,
        origin=origin,
        process=process,
        time=time,
        tenant=tenant,
        device=device,
        size_bytes=len(raw) if sealed_bytes is None else sealed_bytes,
        sealed=sealed_bytes is not None,
    )


def to_headers(letter: DeadLetter) -> list[tuple[str, bytes]]:
    """The Kafka headers of a dead letter; its value is `letter.raw`."""
    texts = {
        "id": letter.id,
        "code": letter.code,
        "field": letter.field,
        "reason": letter.reason,
        "origin": letter.origin,
        "process": letter.process,
        "time": rfc3339(letter.time),
        "tenant": letter.tenant,
        "device": letter.device,
        "size_bytes": str(letter.size_bytes),
        "sealed": SEALED if letter.sealed else "",
    }
    return [(name, text.encode("utf-8", "backslashreplace")) for name, text in texts.items()]
