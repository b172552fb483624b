"""The life of a device's own credential. What the *system* decides about one is `schemas.credential`.

`credential` is the serial number of the certificate in lower-case hex, `key` a digest of the public key: neither is secret.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.event import Time
from schemas.security.event import Digest, SecurityEvent

Purpose = Literal["identity", "tls", "attestation", "signing", "encryption", "other"]


class CredentialIssued(SecurityEvent, frozen=True, kw_only=True):
    """The authority issued the device a credential."""

    TYPE: ClassVar[str] = "credential.issued.v1"
    RESERVED: ClassVar[bool] = True
    credential: str
    issuer: str
    valid_from: Time
    valid_until: Time
    key: Digest | None = None
    algorithm: str = ""
    purpose: Purpose = "identity"


class CredentialRenewed(SecurityEvent, frozen=True, kw_only=True):
    """The authority issued a successor of `previous`; `rekeyed` says whether it has a new key."""

    TYPE: ClassVar[str] = "credential.renewed.v1"
    RESERVED: ClassVar[bool] = True
    credential: str
    previous: str
    issuer: str
    valid_from: Time
    valid_until: Time
    key: Digest | None = None
    algorithm: str = ""
    purpose: Purpose = "identity"
    rekeyed: bool = True


class CredentialExpiring(SecurityEvent, frozen=True, kw_only=True):
    """A credential will expire soon and was not renewed; `error` says why where a renewal was tried."""

    TYPE: ClassVar[str] = "credential.expiring.v1"
    credential: str
    valid_until: Time
    purpose: Purpose = "identity"
    error: str = ""


class CredentialExpired(SecurityEvent, frozen=True, kw_only=True):
    """A credential is past its end and the device still had it."""

    TYPE: ClassVar[str] = "credential.expired.v1"
    credential: str
    valid_until: Time
    purpose: Purpose = "identity"
    error: str = ""


class CredentialRevocationSeen(SecurityEvent, frozen=True, kw_only=True):
    """Somebody saw a credential as revoked, in a CRL or an OCSP answer (reasons: RFC 5280, 5.3.1).

    The one seen may be the device's own, or that of the `peer` it refused.
    """

    TYPE: ClassVar[str] = "credential.revocation_seen.v1"
    credential: str
    issuer: str = ""
    via: Literal["crl", "ocsp", "handshake", "other"] = "other"
    reason: Literal[
        "unspecified",
        "key_compromise",
        "ca_compromise",
        "affiliation_changed",
        "superseded",
        "cessation_of_operation",
        "certificate_hold",
        "privilege_withdrawn",
        "aa_compromise",
    ] = "unspecified"
    revoked_at: Time | None = None
    peer: str = ""


class CredentialKeyCompromiseReported(SecurityEvent, frozen=True, kw_only=True):
    """Somebody reports that the private key of a credential is in the wrong hands; `report` is a reference, never the key."""

    TYPE: ClassVar[str] = "credential.key_compromise_reported.v1"
    credential: str
    reporter: str
    cause: Literal["leaked", "extracted", "weak_key", "lost_device", "supplier_breach", "other"]
    key: Digest | None = None
    report: str = ""
    detail: str = ""
