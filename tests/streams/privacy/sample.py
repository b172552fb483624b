"""What a device told that is personal, as the edge writes it."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.dead_letter import DeadLetter, bury
from schemas.errors import Rejected
from schemas.security import AuthenticationFailed
from streams.log.writer import LogWriter
from streams.sealing.sealer import Sealer
from tests.streams.archive.sample import envelope

CANARY = "canary-7f3a.example.net"


def logins(
    sealer: Sealer, bootstrap: str, tenant: str, device: str, count: int, address: str = CANARY
) -> None:
    """Failed logins as the edge writes them."""
    writer = LogWriter(bootstrap, "ingest")
    for number in range(count):
        login = AuthenticationFailed(account="ann.canary", address=address)
        writer.append(sealer.seal(envelope(tenant, device, number, login)))
    writer.flush()


def refused(sealer: Sealer, tenant: str, device: str, raw: bytes, *, known: bool = True) -> DeadLetter:
    """What the edge could not take of a device, `known` by its certificate."""
    error, tokens = Rejected("bad_json", "", "is cut off"), sealer.raw(tenant, device, raw)
    who = {"tenant": tenant, "device": device} if known else {}
    now = datetime.now(UTC)
    return bury(tokens, error, origin="mqtt:v1", process="ingest", time=now, sealed_bytes=len(raw), **who)
