"""Does the device run what it should: measured boot, and what a verifier made of it (RATS, RFC 9334; TCG TPM 2.0 quotes and PCRs)."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from schemas.security.event import Count, Digest, SecurityEvent


class Measurement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One measurement register (a TPM's PCR or what the device has instead); `expected` is the reference value where there is one."""

    register: Count
    digest: Digest
    component: str = ""
    expected: Digest | None = None


class AttestationPassed(SecurityEvent, frozen=True, kw_only=True):
    """The device proved that it runs what it should.

    `verifier` names who appraised it and `quote` is the digest of the signed quote, so the evidence can be found again.
    """

    TYPE: ClassVar[str] = "attestation.passed.v1"
    firmware: str
    measurement: str = ""
    verifier: str = ""
    policy: str = ""
    quote: Digest | None = None
    measurements: tuple[Measurement, ...] = ()


class AttestationFailed(SecurityEvent, frozen=True, kw_only=True):
    """The device's measurement is not the expected one (hex digests); `measurements` has the registers where more than one counts.

    `cause` says what was wrong where it was not the measurement: the quote's signature, a nonce that is not ours (a replay), its age, or
    an attestation key nobody knows.
    """

    TYPE: ClassVar[str] = "attestation.failed.v1"
    firmware: str
    expected: str
    measured: str
    verifier: str = ""
    policy: str = ""
    quote: Digest | None = None
    measurements: tuple[Measurement, ...] = ()
    cause: Literal["measurement", "signature", "nonce", "stale", "unknown_key", "no_answer"] = "measurement"


class BootMeasured(SecurityEvent, frozen=True, kw_only=True):
    """The device booted and says what it measured; nobody has appraised it yet. `boot_count` counts boots of this device."""

    TYPE: ClassVar[str] = "boot.measured.v1"
    firmware: str
    measurements: tuple[Measurement, ...]
    secure_boot: Literal["enforced", "audit", "disabled", "unsupported", "unknown"] = "unknown"
    boot_count: Count | None = None
    reason: Literal["power_on", "requested", "update", "watchdog", "crash", "unknown"] = "unknown"
