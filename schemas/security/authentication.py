"""Logins on the device itself."""

from __future__ import annotations

from typing import ClassVar

from schemas.security.event import SecurityEvent


class AuthenticationSucceeded(SecurityEvent, frozen=True, kw_only=True):
    """Somebody logged in *on the device* (console, ssh, web)."""

    TYPE: ClassVar[str] = "authentication.succeeded.v1"
    account: str
    address: str
    method: str = ""


class AuthenticationFailed(SecurityEvent, frozen=True, kw_only=True):
    """A login on the device was refused."""

    TYPE: ClassVar[str] = "authentication.failed.v1"
    account: str
    address: str
    method: str = ""
    reason: str = ""
