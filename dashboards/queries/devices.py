"""Who is in the fleet, and who of them is silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dashboards.queries.alerts import ALERTS
from dashboards.store import Store

DEVICES = "devices(tenants={tenants:Array(String)})"
SILENT_AFTER_S = 300
CUT_OFF = ("held", "revoked")


@dataclass(frozen=True, slots=True)
class Device:
    """One device; its times are None while it never sent telemetry."""

    tenant: str
    device: str
    model: str
    site: str
    firmware: str
    first_seen: datetime | None
    last_seen: datetime | None
    last_received: datetime | None
    metrics: dict[str, float]
    provisioned_time: datetime | None
    open_alerts: int
    risk: int
    credential_state: str
    credential_pending: int

    def is_silent(self, now: datetime) -> bool:
        """Whether nothing came in from it for `SILENT_AFTER_S` of the edge's clock."""
        return self.last_received is None or now - self.last_received > timedelta(seconds=SILENT_AFTER_S)

    def heard(self, now: datetime) -> Literal["cut_off", "silent", "reporting"]:
        """Whether it is heard, in a word. That nothing comes from one that was cut off is no silence: nothing should."""
        if self.credential_state in CUT_OFF:
            return "cut_off"
        return "silent" if self.is_silent(now) else "reporting"


@dataclass(frozen=True, slots=True)
class Fleet:
    """How many devices there are, how many of those that may connect reported within `SILENT_AFTER_S`, how many have an alert that is not
    closed, how many such alerts are about a silence that goes on (of a device or of a site): one that is longer than detection knows of
    who is well; and how many devices are cut off.
    """

    devices: int
    reporting: int
    silent: int
    alerted: int
    silences: int = 0
    cut_off: int = 0


@dataclass(frozen=True, slots=True)
class Peers:
    """A device's cohort (same tenant, model, site, firmware), itself not counted."""

    peers: int
    alerted: int


def fleet(store: Store, tenants: Sequence[str], now: datetime) -> Fleet:
    """The fleet in numbers."""
    source = f"""(
        SELECT count() AS devices, countIf(credential_state IN {{cut:Array(String)}}) AS cut_off,
            countIf(credential_state NOT IN {{cut:Array(String)}}
                AND ifNull(last_received >= {{limit:DateTime64(6, 'UTC')}}, 0)) AS reporting,
            devices - reporting - cut_off AS silent, countIf(open_alerts > 0) AS alerted,
            (SELECT count() FROM {ALERTS} WHERE status != 'closed' AND kind IN ('silence.silent', 'silence.outage')) AS silences
        FROM {DEVICES}
    )"""
    limit = now - timedelta(seconds=SILENT_AFTER_S)
    return store.one(Fleet, source, {"tenants": tenants, "limit": limit, "cut": list(CUT_OFF)}) or Fleet(
        0, 0, 0, 0
    )


def find(store: Store, tenants: Sequence[str], device: str) -> list[Device]:
    """The devices with this name: one a tenant at most, so usually one; none where these tenants have none."""
    source = f"{DEVICES} WHERE device = {{device:String}} ORDER BY tenant"
    return store.rows(Device, source, {"tenants": tenants, "device": device})


def search(store: Store, tenants: Sequence[str], text: str, limit: int = 100) -> list[Device]:
    """Devices with `text` in their name, model, site or firmware: those with alerts first, then the longest silent."""
    source = f"""{DEVICES}
        WHERE positionCaseInsensitiveUTF8(concat(device, ' ', model, ' ', site, ' ', firmware), {{text:String}}) > 0
        ORDER BY open_alerts > 0 DESC, risk DESC, last_received ASC NULLS FIRST, device LIMIT {{limit:UInt32}}"""
    return store.rows(Device, source, {"tenants": tenants, "text": text.strip(), "limit": limit})


def peers(store: Store, tenants: Sequence[str], device: Device) -> Peers:
    """How the device's cohort stands."""
    source = f"""(
        SELECT count() AS peers, countIf(open_alerts > 0) AS alerted FROM {DEVICES}
        WHERE tenant = {{tenant:String}} AND model = {{model:String}} AND site = {{site:String}}
          AND firmware = {{firmware:String}} AND device != {{device:String}}
    )"""
    parameters = {
        "tenants": tenants,
        "tenant": device.tenant,
        "model": device.model,
        "site": device.site,
        "firmware": device.firmware,
        "device": device.device,
    }
    return store.one(Peers, source, parameters) or Peers(0, 0)
