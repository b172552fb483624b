"""Firmware updates as the device lives through them (IETF SUIT, RFC 9019)."""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.security.event import SecurityEvent


class UpdateProgressed(SecurityEvent, frozen=True, kw_only=True):
    """A firmware update on the device reached a status; `error_code` (the updater's own) and `error` say why it failed or went back.

    The usual way: offered, downloading, verified, installing, installed, booted, healthy; from anywhere to failed, then rolled_back.
    """

    TYPE: ClassVar[str] = "update.progressed.v1"
    rollout: str
    firmware: str
    status: Literal[
        "offered",
        "downloading",
        "verified",
        "installing",
        "installed",
        "booted",
        "healthy",
        "failed",
        "rolled_back",
    ]
    previous: str = ""
    error_code: str = ""
    error: str = ""
