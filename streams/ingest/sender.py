"""Whose key seals what was refused: the sender's where it is known, else one for all who are not."""

from __future__ import annotations

import msgspec

from schemas.event import SYSTEM
from schemas.pki import NAME
from streams.ingest.unit import Unit

# The device that stands for everybody nobody could make out. Erasing it erases every such letter up to then.
UNKNOWN = (SYSTEM, "unknown-senders")


class _Named(msgspec.Struct):
    """What a message says about whose it is; everything else in it is skipped."""

    tenant: str = ""
    device: str | None = None
    subject: str | None = None


def sender(unit: Unit) -> tuple[str, str]:
    """Tenant and device of a message: of its certificate, else as it says itself where it can be read so far. A gateway is trusted to
    name its devices; who names another one can at most have that one's key seal what only this sender wrote."""
    if unit.device:
        return unit.tenant, unit.device
    try:
        said = msgspec.json.decode(unit.raw, type=_Named)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return UNKNOWN
    device = said.device or said.subject or ""
    return (said.tenant, device) if NAME.fullmatch(said.tenant) and NAME.fullmatch(device) else UNKNOWN
