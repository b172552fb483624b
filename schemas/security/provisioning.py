"""The credential a device is enrolled with, once: a voucher (RFC 8366), a bootstrap certificate or key (RFC 8995, RFC 9334).

`credential` names it (a serial number or an id), it is never the token or key itself.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.event import Time
from schemas.security.event import Count, SecurityEvent

Kind = Literal["certificate", "voucher", "token", "pre_shared_key", "other"]


class ProvisioningCredentialIssued(SecurityEvent, frozen=True, kw_only=True):
    """A credential for enrolment was made for this device or its batch."""

    TYPE: ClassVar[str] = "provisioning_credential.issued.v1"
    RESERVED: ClassVar[bool] = True
    credential: str
    kind: Kind
    issuer: str = ""
    batch: str = ""
    uses_allowed: Count = 1
    valid_until: Time | None = None


class ProvisioningCredentialUsed(SecurityEvent, frozen=True, kw_only=True):
    """The device enrolled with it and got `issued`, the serial number of its own certificate."""

    TYPE: ClassVar[str] = "provisioning_credential.used.v1"
    RESERVED: ClassVar[bool] = True
    credential: str
    kind: Kind
    address: str = ""
    issued: str = ""
    batch: str = ""


class ProvisioningCredentialReused(SecurityEvent, frozen=True, kw_only=True):
    """It was used more often than allowed: a clone, or a leaked batch. `first_device` and `first_time` tell its first use."""

    TYPE: ClassVar[str] = "provisioning_credential.reused.v1"
    RESERVED: ClassVar[bool] = True
    credential: str
    kind: Kind
    outcome: Literal["refused", "enrolled"]
    address: str = ""
    first_device: str = ""
    first_time: Time | None = None
    uses: Count = 2
    batch: str = ""


class ProvisioningCredentialExpired(SecurityEvent, frozen=True, kw_only=True):
    """It reached its end unused, or was tried after it (`outcome`)."""

    TYPE: ClassVar[str] = "provisioning_credential.expired.v1"
    RESERVED: ClassVar[bool] = True
    credential: str
    kind: Kind
    valid_until: Time
    outcome: Literal["unused", "refused"] = "unused"
    address: str = ""
    batch: str = ""
