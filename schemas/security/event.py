"""The base of every security event, and the field types they share."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from schemas.event import Event

SECURITY_EVENTS = "security-events"

# `sha256:<hex>`: says how it was made, so that it can't be mistaken for a key or another secret in hex. Of what can be guessed (a password,
# a short setting) only a keyed digest (`hmac-…`) hides anything.
Digest = Annotated[
    str,
    msgspec.Meta(
        pattern="^(sha1|sha256|sha384|sha512|sha3-256|sha3-384|sha3-512|sm3|blake2b|blake3|hmac-sha256|hmac-sha384|hmac-sha512)"
        ":[0-9a-f]{40,128}$"
    ),
]
Count = Annotated[int, msgspec.Meta(ge=0)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Known = Literal["yes", "no", "unknown"]
# What the device did when it found itself violated.
Response = Literal["none", "halted", "recovered", "reset", "restricted", "wiped", "unknown"]


class SecurityEvent(Event, frozen=True, kw_only=True):
    """Base of everything on `security-events`; the subject is always the device id, addresses are text as seen by the reporter.

    `RESERVED` types say what a device can't know or must not decide about itself: ingest takes them from the edge itself and from trusted
    gateways (Kafka) only, never from a device that authenticated with its own certificate.
    """

    TOPIC: ClassVar[str] = SECURITY_EVENTS
    RESERVED: ClassVar[bool] = False
