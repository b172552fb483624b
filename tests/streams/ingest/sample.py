"""Units and reports to try things with."""

from __future__ import annotations

import json
from typing import Any

from schemas.event import parse_time
from streams.ingest.record import microseconds
from streams.ingest.unit import Delivery, Unit

NOW_US = microseconds(parse_time("2026-06-01T12:00:00Z"))
EARLY_US = 60_000_000


def report(**changes: Any) -> dict[str, Any]:
    """A good telemetry object of a gateway, with changes; a field changed to ... is left out."""
    good = {
        "tenant": "acme",
        "device": "cam-1",
        "time": "2026-06-01T11:59:00Z",
        "metrics": {"temperature_c": 21.5},
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not ...}


def unit(raw: bytes | dict[str, Any], tenant: str = "", device: str = "") -> Unit:
    """One unit as it came in at `NOW_US`."""
    data = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    delivery = Delivery("kafka", lambda _delivery: None)
    return Unit(data, "telemetry.raw/0/7", tenant, device, NOW_US, delivery, 0)
