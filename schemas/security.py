"""Security events as devices, the edge and the broker report them: one frozen struct a type and version, topic `security-events`.

The subject is always the device id. Addresses are text as seen by the reporter.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.event import Event

SECURITY_EVENTS = "security-events"


class SecurityEvent(Event, frozen=True, kw_only=True):
    """Base of everything on `security-events`."""

    TOPIC: ClassVar[str] = SECURITY_EVENTS


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


class SessionOpened(SecurityEvent, frozen=True, kw_only=True):
    """The device's credential was used to open a session with the fleet's broker or API, as the *server* saw it."""

    TYPE: ClassVar[str] = "session.opened.v1"
    session: str
    address: str
    client: str = ""
    credential: str = ""


class SessionClosed(SecurityEvent, frozen=True, kw_only=True):
    """A session opened before has ended, as the server saw it."""

    TYPE: ClassVar[str] = "session.closed.v1"
    session: str
    address: str = ""
    reason: str = ""


class ConfigurationChanged(SecurityEvent, frozen=True, kw_only=True):
    """A setting of the device was changed; values are not carried, they may be secrets."""

    TYPE: ClassVar[str] = "configuration.changed.v1"
    setting: str
    account: str = ""
    address: str = ""


class AttestationPassed(SecurityEvent, frozen=True, kw_only=True):
    """The device proved that it runs what it should."""

    TYPE: ClassVar[str] = "attestation.passed.v1"
    firmware: str
    measurement: str = ""


class AttestationFailed(SecurityEvent, frozen=True, kw_only=True):
    """The device's measurement is not the expected one (hex digests)."""

    TYPE: ClassVar[str] = "attestation.failed.v1"
    firmware: str
    expected: str
    measured: str


class UpdateProgressed(SecurityEvent, frozen=True, kw_only=True):
    """A firmware update on the device reached a status."""

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


class DeviceProvisioned(SecurityEvent, frozen=True, kw_only=True):
    """The device entered the fleet; `credential` is the serial number of its certificate in lower-case hex."""

    TYPE: ClassVar[str] = "device.provisioned.v1"
    model: str
    site: str
    firmware: str
    credential: str = ""
