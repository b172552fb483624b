"""Hands on the device: tamper sensors (FIPS 140-3, ISO/IEC 19790) and debug ports (ARM PSA lifecycle: debug must be authorised)."""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.security.event import Known, Response, SecurityEvent

Interface = Literal["jtag", "swd", "uart", "usb", "adb", "network", "other"]


class TamperDetected(SecurityEvent, frozen=True, kw_only=True):
    """A tamper sensor fired; `sensor` names it, `response` is what the device did by itself."""

    TYPE: ClassVar[str] = "tamper.detected.v1"
    sensor: str
    kind: Literal[
        "enclosure_opened",
        "mesh_broken",
        "probing",
        "voltage_glitch",
        "clock_glitch",
        "temperature",
        "light",
        "movement",
        "removal",
        "storage_swapped",
        "other",
    ]
    response: Response = "unknown"
    detail: str = ""


class DebugPortOpened(SecurityEvent, frozen=True, kw_only=True):
    """A debug interface became usable. `maintenance` names the work order it belongs to, empty where there is none."""

    TYPE: ClassVar[str] = "debug_port.opened.v1"
    port: str
    interface: Interface
    authorised: Known = "unknown"
    maintenance: str = ""
    account: str = ""


class DebugPortClosed(SecurityEvent, frozen=True, kw_only=True):
    """A debug interface opened before is closed again."""

    TYPE: ClassVar[str] = "debug_port.closed.v1"
    port: str
    interface: Interface
    maintenance: str = ""
    account: str = ""
