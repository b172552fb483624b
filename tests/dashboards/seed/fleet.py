"""The devices of two tenants and what they measured; cam-0042 with a gap in it."""

from __future__ import annotations

import math

from schemas.security import DeviceProvisioned
from tests.dashboards.seed.past import Past


def enrolled(past: Past) -> None:
    """Twelve cameras of acme and six pumps of globex."""
    for number in range(40, 52):
        data = DeviceProvisioned(model="camera", site="berlin", firmware="4.2.0", credential=f"{number:x}")
        past.happened(90_000, "acme", f"cam-{number:04}", data)
    for number in range(4, 10):
        data = DeviceProvisioned(model="pump", site="osaka", firmware="2.9.1", credential=f"f{number:x}")
        past.happened(90_000, "globex", f"pump-{number:04}", data)


def reporting(past: Past) -> None:
    """A day of telemetry of one device of each tenant, dense in the last 20 minutes, and a report of each of the others."""
    for ago in range(86_400, 1200, -300):
        past.reported(ago, "acme", "cam-0042", "camera", "berlin", _camera(ago))
        past.reported(ago, "globex", "pump-0007", "pump", "osaka", _pump(ago))
    for ago in range(1200, 0, -4):
        if not 620 < ago < 760:
            past.reported(ago, "acme", "cam-0042", "camera", "berlin", _camera(ago))
        past.reported(ago, "globex", "pump-0007", "pump", "osaka", _pump(ago))
    for number in (40, 41, 43, 44, 45, 46, 47, 48, 49):
        past.reported(number % 7, "acme", f"cam-{number:04}", "camera", "berlin", _camera(number))
    past.reported(5000, "acme", "cam-0050", "camera", "berlin", _camera(5000))


def _noise(ago: float, scale: float) -> float:
    return scale * (math.sin(ago * 12.9898) + math.sin(ago * 78.233) + math.sin(ago * 3.7))


def _camera(ago: float) -> dict[str, float]:
    taken = 90 < ago < 330
    return {
        "temperature_c": 44 + 3 * math.sin(ago / 9000) + _noise(ago, 0.3),
        "cpu_pct": 38 + 4 * math.sin(ago / 9000) + _noise(ago, 1.5) + (22 if taken else 0),
        "tx_kbps": (900 + 90 * math.sin(ago / 9000) + _noise(ago, 25)) * (24 if taken else 1),
        "boot_count": 3.0,
        "uptime_s": 500_000 - ago,
    }


def _pump(ago: float) -> dict[str, float]:
    drift = max(0.0, (600 - ago) / 60) if ago < 600 else 0.0
    return {
        "temperature_c": 58 + _noise(ago, 0.4) * (1 + drift / 3) + drift,
        "cpu_pct": 12 + _noise(ago, 0.6),
    }
