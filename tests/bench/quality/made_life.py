"""Ordinary life for `made_streams`: functions of a random generator and times (s) that give devices, numbers and texts, a list a column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Random = np.random.Generator
Floats = npt.NDArray[np.float64]
Life = tuple[list[str], Floats, list[list[str]]]
DAY_S = 8_000.0  # short days, so that a stream has several
RARE = 0.001
COLUMNS = {
    "flows": [
        "duration",
        "orig_bytes",
        "resp_bytes",
        "orig_pkts",
        "resp_pkts",
        "id.resp_h",
        "id.resp_p",
        "proto",
        "service",
        "conn_state",
    ],
    "wide": [f"feature_{place}" for place in range(30)] + ["dst_port", "proto"],
    "narrow": ["duration", "src_bytes", "dst_bytes", "service"],
    "telemetry": ["temperature", "power", "current", "pressure", "flow", "mode"],
    "access": ["latency", "action", "account", "result", "src"],
}
SERVICES = (
    ("53", "udp", "dns", 3.7, 4.5, 0.05),
    ("123", "udp", "-", 3.9, 3.9, 0.3),
    ("443", "tcp", "ssl", 6.5, 8.0, 0.02),
    ("80", "tcp", "http", 5.0, 8.5, 0.04),
    ("1883", "tcp", "mqtt", 5.0, 3.5, 0.01),
)


def rhythm(times: Floats) -> Floats:
    """The day's course, -1 to 1."""
    return np.asarray(np.sin(2 * np.pi * times / DAY_S), np.float64)


def flows(random: Random, times: Floats) -> Life:
    """Connections of 12 devices: a few services each, some unanswered, now and then an administrator or a download."""
    count = len(times)
    device = random.integers(0, 12, count)
    service = (device + random.choice(3, count, p=[0.6, 0.3, 0.1])) % len(SERVICES)
    rare = random.random(count) < RARE
    failed = random.random(count) < np.array([one[5] for one in SERVICES])[service]
    swing = 0.2 * rhythm(times) + 0.3 * times / times[-1]
    sent = np.exp(random.normal(np.array([one[3] for one in SERVICES])[service] + swing, 0.3))
    received = np.exp(random.normal(np.array([one[4] for one in SERVICES])[service] + swing, 0.5))
    received *= np.where(rare, 300.0, 1.0) * ~failed
    duration = np.where(failed, np.nan, random.lognormal(-2.0, 1.0, count))
    packets = np.column_stack([np.ceil(sent / 500), np.ceil(received / 900)])
    host = (device * 7 + service * 3 + random.integers(0, 2, count)) % 30
    texts = [
        [f"10.1.0.{one}" for one in host],
        [SERVICES[one][0] if not odd else "22" for one, odd in zip(service, rare, strict=True)],
        [SERVICES[one][1] if not odd else "tcp" for one, odd in zip(service, rare, strict=True)],
        [SERVICES[one][2] if not odd else "ssh" for one, odd in zip(service, rare, strict=True)],
        ["S0" if bad else "SF" for bad in failed],
    ]
    return (
        [f"cam-{one}" for one in device],
        np.column_stack([duration, np.round(sent), np.round(received), packets]),
        texts,
    )


def wide(random: Random, times: Floats) -> Life:
    """Flows of 30 features that follow five hidden causes, of kinds that differ in level."""
    count = len(times)
    mixing = np.random.default_rng(5).normal(0.0, 1.0, (5, 30))
    kind = random.choice(4, count, p=[0.5, 0.3, 0.15, 0.05])
    level = np.random.default_rng(6).normal(0.0, 1.5, (4, 30))
    causes = random.normal(0.0, 0.5, (count, 5))
    causes[:, 0] += 0.4 * rhythm(times) + 0.5 * times / times[-1]
    logs = 4.0 + level[kind] + causes @ mixing + random.normal(0.0, 0.25, (count, 30))
    logs[:, 20:] *= np.array([0.0, 1.0])[(random.random((count, 10)) < 0.8).astype(int)]
    logs[random.random(count) < RARE] += random.normal(0.0, 1.5, 30)
    ports = [["80", "443", "53", "22"][one] for one in kind]
    texts = [ports, ["udp" if port == "53" else "tcp" for port in ports]]
    return [f"host-{one}" for one in random.integers(0, 8, count)], np.expm1(np.abs(logs)), texts


def narrow(random: Random, times: Floats) -> Life:
    """Requests with three numbers and a service, one source."""
    count = len(times)
    mail = random.random(count) < 0.2
    sent = np.round(np.exp(random.normal(np.where(mail, 6.8, 5.4), np.where(mail, 0.5, 0.25))))
    swing = 0.2 * rhythm(times) + 0.3 * times / times[-1]
    received = np.round(np.exp(random.normal(np.where(mail, 5.8, 7.5) + swing, np.where(mail, 0.1, 1.2))))
    duration = np.where(random.random(count) < 0.9, 0.0, np.round(random.exponential(3.0, count)))
    received *= np.where(random.random(count) < RARE, 100.0, 1.0)
    texts = [["smtp" if one else "http" for one in mail]]
    return [""] * count, np.column_stack([duration, sent, received]), texts


def telemetry(random: Random, times: Floats) -> Life:
    """Five sensors of six machines whose load drives them all."""
    count = len(times)
    device = random.integers(0, 6, count)
    load = 1.0 + 0.4 * rhythm(times + 900.0 * device) + 0.15 * np.sin(times / 170.0 + device)
    load += 0.2 * times / times[-1] + random.normal(0.0, 0.03, count)
    on = random.random(count) < 0.7
    power = (20.0 + 80.0 * load) * np.where(on, 1.0, 0.6) + random.normal(0.0, 1.0, count)
    numbers = np.column_stack(
        [
            18.0 + 9.0 * load + device + random.normal(0.0, 0.3, count),
            power,
            power / 2.3 + random.normal(0.0, 0.5, count),
            3.0 + 1.5 * load + random.normal(0.0, 0.05, count),
            12.0 * load + random.normal(0.0, 0.4, count),
        ]
    )
    rare = random.random(count) < RARE
    numbers[rare, 0] += random.normal(0.0, 2.0, int(rare.sum()))
    return [f"machine-{one}" for one in device], numbers, [["on" if one else "idle" for one in on]]


def access(random: Random, times: Floats) -> Life:
    """Logins and calls of 40 accounts at 10 gateways; people mistype."""
    count = len(times)
    account = np.minimum(random.geometric(0.08, count), 40)
    failed = random.random(count) < 0.03
    action = random.choice(4, count, p=[0.2, 0.5, 0.28, 0.02])
    texts = [
        [["login", "read", "write", "configure"][one] for one in action],
        [f"user-{one}" for one in account],
        ["failure" if one else "success" for one in failed],
        [f"192.168.{one % 5}.{one}" for one in account + 40 * (random.random(count) < 0.01)],
    ]
    latency = np.exp(random.normal(3.0 + 0.2 * rhythm(times), 0.4)) * np.where(failed, 2.0, 1.0)
    return [f"gateway-{one}" for one in account % 10], latency[:, None], texts


LIVES = {"flows": flows, "wide": wide, "narrow": narrow, "telemetry": telemetry, "access": access}
