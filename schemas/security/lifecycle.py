"""A device from the factory to the scrapyard: manufactured, provisioned, claimed, activated, quarantined and released, decommissioned."""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.event import Time
from schemas.security.event import Digest, Known, SecurityEvent


class LifecycleEvent(SecurityEvent, frozen=True, kw_only=True):
    """Base of what happens to a device as a whole, told by who runs the fleet."""

    RESERVED: ClassVar[bool] = True


class DeviceManufactured(LifecycleEvent, frozen=True, kw_only=True):
    """The device was made; `key` is the digest of the public key it was born with (IEEE 802.1AR IDevID)."""

    TYPE: ClassVar[str] = "device.manufactured.v1"
    model: str
    manufacturer: str
    serial: str = ""
    hardware: str = ""
    firmware: str = ""
    batch: str = ""
    key: Digest | None = None


class DeviceProvisioned(LifecycleEvent, frozen=True, kw_only=True):
    """The device entered the fleet; `credential` is the serial number of its certificate in lower-case hex."""

    TYPE: ClassVar[str] = "device.provisioned.v1"
    model: str
    site: str
    firmware: str
    credential: str = ""


class DeviceClaimed(LifecycleEvent, frozen=True, kw_only=True):
    """Somebody took the device as theirs; `previous_owner` where it changed hands."""

    TYPE: ClassVar[str] = "device.claimed.v1"
    owner: str
    previous_owner: str = ""
    account: str = ""


class DeviceActivated(LifecycleEvent, frozen=True, kw_only=True):
    """The device began to do its work."""

    TYPE: ClassVar[str] = "device.activated.v1"
    site: str = ""
    firmware: str = ""
    account: str = ""


class DeviceQuarantined(LifecycleEvent, frozen=True, kw_only=True):
    """The device was set apart: it may talk to `segment` at most. `decision` is the credential decision behind it, where there is one."""

    TYPE: ClassVar[str] = "device.quarantined.v1"
    reason: str
    segment: str = ""
    decision: str = ""
    account: str = ""
    until: Time | None = None


class DeviceReleased(LifecycleEvent, frozen=True, kw_only=True):
    """A quarantine is over, the device is active again."""

    TYPE: ClassVar[str] = "device.released.v1"
    reason: str
    decision: str = ""
    account: str = ""


class DeviceDecommissioned(LifecycleEvent, frozen=True, kw_only=True):
    """The device left the fleet for good; `wiped` says whether its data and keys are gone (NIST SP 800-88)."""

    TYPE: ClassVar[str] = "device.decommissioned.v1"
    cause: Literal["end_of_life", "broken", "lost", "stolen", "sold", "returned", "other"]
    wiped: Known = "unknown"
    reason: str = ""
    account: str = ""
