"""What a device refused to boot, or should have (NIST SP 800-193: protection and detection; IETF SUIT, RFC 9019: anti-rollback)."""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.security.event import Count, Digest, Response, SecurityEvent


class SecureBootViolated(SecurityEvent, frozen=True, kw_only=True):
    """A stage of the boot chain was not signed as it must be; `response` is what the boot loader did about it.

    `signer` identifies the certificate or key that signed it (a fingerprint or name), empty where nothing did.
    """

    TYPE: ClassVar[str] = "secure_boot.violated.v1"
    stage: Literal["rom", "bootloader", "kernel", "initramfs", "root_filesystem", "application", "unknown"]
    cause: Literal[
        "bad_signature", "unsigned", "unknown_signer", "revoked_signer", "bad_digest", "disabled", "other"
    ]
    component: str = ""
    firmware: str = ""
    signer: str = ""
    expected: Digest | None = None
    measured: Digest | None = None
    response: Response = "unknown"


class AntiRollbackViolated(SecurityEvent, frozen=True, kw_only=True):
    """Older firmware than the device must accept was offered or started.

    `attempted` and `minimum` are security version numbers (a monotonic counter), not marketing versions; `firmware` is the latter.
    """

    TYPE: ClassVar[str] = "anti_rollback.violated.v1"
    component: str
    attempted: Count
    minimum: Count
    firmware: str = ""
    response: Response = "unknown"
