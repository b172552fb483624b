"""What a device is in its life, whether it is set as it should be, and what is wrong with its firmware."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.queries.devices import Device
from dashboards.store import Store


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Where a device is in its life and since when; `until` where a quarantine has an end."""

    state: str
    since: datetime
    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Twin:
    """A device's twin as a whole; versions and times are None for a side that never spoke."""

    desired_version: int | None
    reported_version: int | None
    known_version: int | None
    desired_time: datetime | None
    reported_time: datetime | None
    settings: int
    differing: int
    error: str
    baseline: str


@dataclass(frozen=True, slots=True)
class TwinSetting:
    """One setting; values are JSON, '' where that side does not have it."""

    setting: str
    desired: str
    reported: str
    differs: int
    differs_since: datetime | None
    changed_time: datetime


@dataclass(frozen=True, slots=True)
class Sbom:
    """The SBOM in force of a firmware."""

    sbom: str
    format: str
    components: int
    listed_time: datetime


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """A vulnerability of one component of a firmware, with what VEX says of it."""

    vulnerability: str
    aliases: list[str]
    component: str
    name: str
    version: str
    severity: str
    score: float | None
    match: str
    reason: str
    status: str
    justification: str
    summary: str
    fixed_in: list[str]
    found_time: datetime

    @property
    def settled(self) -> bool:
        """Whether VEX says that nothing needs to be done."""
        return self.status in ("not_affected", "fixed")


def lifecycle(store: Store, tenants: Sequence[str], device: str) -> Lifecycle | None:
    """Where the device is in its life; None where nobody ever told."""
    source = "lifecycles(tenants={tenants:Array(String)}) WHERE device = {device:String}"
    return store.one(Lifecycle, source, {"tenants": tenants, "device": device})


def twin(store: Store, tenants: Sequence[str], device: str) -> Twin | None:
    """The device's twin; None where neither side ever spoke."""
    source = "twins(tenants={tenants:Array(String)}) WHERE device = {device:String}"
    return store.one(Twin, source, {"tenants": tenants, "device": device})


def twin_settings(store: Store, tenants: Sequence[str], device: str, limit: int = 200) -> list[TwinSetting]:
    """The device's settings, those that differ first and of them the longest differing."""
    source = """twin_settings(tenants={tenants:Array(String)}, device={device:String})
        ORDER BY differs DESC, differs_since, setting LIMIT {limit:UInt32}"""
    return store.rows(TwinSetting, source, {"tenants": tenants, "device": device, "limit": limit})


def sbom(store: Store, tenants: Sequence[str], device: Device) -> Sbom | None:
    """The SBOM of the firmware the device reports; None where none was taken in."""
    source = """sboms(tenants={tenants:Array(String)})
        WHERE tenant = {tenant:String} AND subject = {subject:String}"""
    return store.one(Sbom, source, _firmware(tenants, device))


def vulnerabilities(store: Store, tenants: Sequence[str], device: Device) -> list[Vulnerability]:
    """What is wrong with the firmware the device reports: what nobody settled first, then the most severe."""
    source = """firmware_vulnerabilities(tenants={tenants:Array(String)})
        WHERE tenant = {tenant:String} AND subject = {subject:String}
        ORDER BY status IN ('not_affected', 'fixed'),
            indexOf(['critical', 'high', 'medium', 'low', 'none', 'unknown'], severity), score DESC NULLS LAST, vulnerability, component"""
    return store.rows(Vulnerability, source, _firmware(tenants, device))


def _firmware(tenants: Sequence[str], device: Device) -> dict[str, str | Sequence[str]]:
    return {
        "tenants": tenants,
        "tenant": device.tenant,
        "subject": f"{device.model}/{device.firmware}",
    }
