"""What somebody who is logged in was allowed or refused to do on the device (NIST SP 800-162: subject, action, object, policy)."""

from __future__ import annotations

from typing import ClassVar

from schemas.security.event import SecurityEvent


class AuthorisationGranted(SecurityEvent, frozen=True, kw_only=True):
    """An account was allowed a privileged action (sudo, a role, an API scope)."""

    TYPE: ClassVar[str] = "authorisation.granted.v1"
    account: str
    action: str
    resource: str
    address: str = ""
    policy: str = ""
    role: str = ""


class AuthorisationDenied(SecurityEvent, frozen=True, kw_only=True):
    """An account was refused an action it asked for."""

    TYPE: ClassVar[str] = "authorisation.denied.v1"
    account: str
    action: str
    resource: str
    address: str = ""
    policy: str = ""
    role: str = ""
    reason: str = ""
