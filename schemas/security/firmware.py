"""Firmware integrity: what is stored or runs on the device, compared with what was released (NIST SP 800-193)."""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.security.event import Digest, Response, SecurityEvent

Occasion = Literal["boot", "runtime", "scheduled", "update", "requested", "unknown"]


class FirmwareIntegrityChecked(SecurityEvent, frozen=True, kw_only=True):
    """A component was compared with its reference and is intact; `component` is empty for the whole image."""

    TYPE: ClassVar[str] = "firmware.integrity_checked.v1"
    firmware: str
    digest: Digest
    component: str = ""
    occasion: Occasion = "unknown"


class FirmwareIntegrityViolated(SecurityEvent, frozen=True, kw_only=True):
    """A component is not what was released; `measured` is left out where it is missing or unreadable."""

    TYPE: ClassVar[str] = "firmware.integrity_violated.v1"
    firmware: str
    expected: Digest
    measured: Digest | None = None
    component: str = ""
    path: str = ""
    occasion: Occasion = "unknown"
    response: Response = "unknown"
