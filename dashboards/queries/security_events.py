"""What devices and the edge reported that matters one by one: logins, sessions, configuration, attestation, updates.

Network flows are left out: there are too many to be read; what is odd about them is a finding, with the oddest as its evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.store import Store

FLOWS = "network_flow.closed.v1"
EVENTS = "security_events(tenants={tenants:Array(String)})"


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One security event; `data` is its JSON."""

    event: str
    tenant: str
    device: str
    time: datetime
    type: str
    account: str
    address: str
    reason: str
    data: str
    origin: str


def of_device(
    store: Store, tenants: Sequence[str], device: str, since: datetime, until: datetime, limit: int = 200
) -> list[SecurityEvent]:
    """A device's events but its flows between two times, the newest `limit` of them, newest first."""
    source = f"""{EVENTS} WHERE device = {{device:String}} AND type != {{flows:String}}
        AND time >= {{since:DateTime64(6, 'UTC')}} AND time < {{until:DateTime64(6, 'UTC')}}
        ORDER BY time DESC, event LIMIT {{limit:UInt32}}"""
    parameters = {
        "tenants": tenants,
        "device": device,
        "since": since,
        "until": until,
        "limit": limit,
        "flows": FLOWS,
    }
    return store.rows(SecurityEvent, source, parameters)
