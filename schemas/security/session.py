"""Sessions of the device's credential with the fleet's own broker and API."""

from __future__ import annotations

from typing import ClassVar

from schemas.security.event import SecurityEvent


class SessionOpened(SecurityEvent, frozen=True, kw_only=True):
    """The device's credential was used to open a session with the fleet's broker or API, as the *server* saw it."""

    TYPE: ClassVar[str] = "session.opened.v1"
    RESERVED: ClassVar[bool] = True
    session: str
    address: str
    client: str = ""
    credential: str = ""


class SessionClosed(SecurityEvent, frozen=True, kw_only=True):
    """A session opened before has ended, as the server saw it."""

    TYPE: ClassVar[str] = "session.closed.v1"
    RESERVED: ClassVar[bool] = True
    session: str
    address: str = ""
    reason: str = ""
