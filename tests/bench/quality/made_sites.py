"""A site's connections in the columns of ToN-IoT's network table (Moustafa 2021), for `made_recordings`.

Published are its columns and kinds of attacks, and that they come one after the other and are three quarters of all rows. The columns that
are filled for pages and names alone are `-` elsewhere. Hosts, sizes and shares are made up.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tests.bench.quality.made_life import Random
from tests.bench.quality.made_records import Columns, Record

SITE = (
    *("src_ip", "src_port", "dst_ip", "dst_port", "proto", "service", "duration", "src_bytes", "dst_bytes", "conn_state"),
    *("missed_bytes", "src_pkts", "src_ip_bytes", "dst_pkts", "dst_ip_bytes", "dns_query", "dns_rcode"),
    *("http_method", "http_uri", "http_status_code"),
)  # fmt: skip
NAMES = ("time.site.lan", "cloud.maker.com", "updates.maker.com", "_mqtt._tcp.local", "broker.site.lan")


class Kind(NamedTuple):
    """Connections of one kind: its hosts, port (empty: any), protocol, service, states with chances, and middles of its numbers."""

    device: str
    host: str
    port: str
    proto: str
    service: str
    ends: dict[str, float]
    seconds: float
    sent: float
    got: float
    page: str = "-"


LIFE = [
    (0.35, Kind("192.168.1.190", "192.168.1.1", "53", "udp", "dns", {"SF": 0.9, "S0": 0.1}, 0.02, 45, 90)),
    (0.2, Kind("192.168.1.152", "192.168.1.190", "1883", "tcp", "-", {"SF": 0.6, "OTH": 0.4}, 30, 400, 120)),
    (
        0.15,
        Kind("192.168.1.33", "52.28.231.150", "443", "tcp", "ssl", {"SF": 0.9, "RSTO": 0.1}, 3, 900, 4200),
    ),
    (0.15, Kind("192.168.1.37", "239.255.255.250", "1900", "udp", "-", {"S0": 1.0}, 3, 500, 0)),
    (
        0.1,
        Kind("192.168.1.193", "192.168.1.195", "80", "tcp", "http", {"SF": 1.0}, 0.1, 300, 1500, "/status"),
    ),
    (0.05, Kind("192.168.1.79", "192.168.1.255", "137", "udp", "dns", {"S0": 1.0}, 1.5, 150, 0)),
]
PHASES = [
    (0.2, Kind("192.168.1.30", "192.168.1.190", "", "tcp", "-", {"REJ": 0.8, "S0": 0.2}, 0.0001, 0, 0)),
    (0.2, Kind("192.168.1.31", "192.168.1.190", "80", "tcp", "-", {"S0": 0.3, "RSTO": 0.7}, 0.4, 0, 0)),
    (
        0.15,
        Kind("192.168.1.32", "192.168.1.195", "80", "tcp", "http", {"SF": 1.0}, 0.2, 500, 1800, "/login?u=1' or '1'='1"),
    ),
    (0.2, Kind("192.168.1.34", "192.168.1.194", "80", "tcp", "-", {"S0": 0.1, "S1": 0.9}, 20, 200, 0)),
    (
        0.15,
        Kind("192.168.1.36", "192.168.1.195", "80", "tcp", "http", {"SF": 0.9, "S1": 0.1}, 0.3, 350, 700, "/login"),
    ),
    (0.1, Kind("192.168.1.193", "192.168.1.37", "4444", "tcp", "-", {"SF": 0.6, "S3": 0.4}, 60, 900, 600)),
]  # fmt: skip


def connection(random: Random, kind: Kind) -> list[str]:
    """One connection as the table's columns."""
    state = str(random.choice(list(kind.ends), p=list(kind.ends.values())))
    answered = state not in ("S0", "REJ")
    seconds, sent, got = np.array([kind.seconds, kind.sent, kind.got]) * np.exp(random.normal(0.0, 0.4, 3))
    sizes = (round(sent), round(got) if answered else 0)
    forth, back = (
        1 + sizes[0] // 700 + 3 * (kind.proto == "tcp" and answered),
        int(state != "S0") + sizes[1] // 1000,
    )
    name = str(random.choice(NAMES)) if kind.service == "dns" else "-"
    asked = kind.page != "-"
    return [
        *(kind.device, str(random.integers(32768, 61000)), kind.host, kind.port or str(random.integers(1, 9000))),
        *(kind.proto, kind.service, f"{seconds:.6f}", *map(str, sizes), state, "0"),
        *(str(forth), str(forth * 40 + sizes[0]), str(back), str(back * 40 + sizes[1]), name, "0" if name != "-" else "-"),
        *(("POST" if "login" in kind.page else "GET") if asked else "-", kind.page, "200" if asked else "-"),
    ]  # fmt: skip


def connections(random: Random, good: int, bad: int) -> Columns:
    """Ordinary connections, then attacks, one kind after the other."""
    weights = np.array([weight for weight, _ in LIFE])
    lines = [
        connection(random, LIFE[one][1]) for one in random.choice(len(LIFE), good, p=weights / weights.sum())
    ]
    ends = np.cumsum([share for share, _ in PHASES]) * bad
    lines += [
        connection(random, PHASES[min(int(np.searchsorted(ends, one, "right")), len(PHASES) - 1)][1]) for one in range(bad)
    ]  # fmt: skip
    return {name: [line[place] for line in lines] for place, name in enumerate(SITE)}


SITES = Record("site connections", connections, 12_000, 0.76, 0.2)
