"""Streams in the manner of published captures, for `made_streams`: an infected camera (IoT-23) and a table of connections (KDD 99).

The shares of Hakai (79%), Torii (0.5%) and Hide and Seek (about half) are those of captures 8-1, 20-1 and 1-1 (Garcia et al. 2020). All
else (ports, states, sizes, usual life, the shares of Muhstik and of KDD's attacks) is made up after what such attacks do: no reproduction.
A life is a function of a random generator and times (s) that gives
devices, numbers and texts; an attack is one of those and of ordinary devices, numbers and texts.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.bench.quality.made_attacks import addresses, constant, flow
from tests.bench.quality.made_fleets import (
    COUNTERS,
    leak,
    modbus,
    recruits,
    settings,
    stuffing,
    survey,
    uplink,
)
from tests.bench.quality.made_life import COLUMNS, Floats, Life, Random, rhythm

CAMERA = "192.168.2.5"
RATES = (
    "serror_rate",
    "rerror_rate",
    "same_srv_rate",
    "diff_srv_rate",
    "dst_host_count",
    "dst_host_same_src_port_rate",
)


def capture(random: Random, times: Floats) -> Life:
    """An infected camera and its neighbours: names, clocks, pages, multicast, and much that is not answered."""
    count = len(times)
    kind = random.choice(5, count, p=[0.45, 0.2, 0.2, 0.1, 0.05])
    sent = np.array([45.0, 48.0, 300.0, 380.0, 0.0])[kind] * np.exp(random.normal(0.0, 0.15, count))
    got = np.array([90.0, 48.0, 2500.0, 0.0, 0.0])[kind] * np.exp(random.normal(0.0, 0.4, count))
    lost = (random.random(count) < np.array([0.1, 0.4, 0.05, 1.0, 1.0])[kind]) & (kind != 3)
    span = np.where(
        lost, np.nan, np.array([0.05, 0.04, 1.0, 3.0, 1.0])[kind] * random.lognormal(0.0, 0.6, count)
    )
    packets = np.column_stack([1 + np.floor(sent / 90), np.floor(got / 700) + (got > 0)])
    host = np.array(["192.168.2.1", "147.231.100.5", "104.20.3.7", "239.255.255.250", "192.168.2.9"])[kind]
    texts = [
        host.tolist(),
        [("53", "123", "443", "1900", "5000")[one] for one in kind],
        ["tcp" if one in (2, 4) else "udp" for one in kind],
        [("dns", "ntp", "ssl", "-", "-")[one] for one in kind],
        ["S0" if bad or one == 3 else "SF" for bad, one in zip(lost, kind, strict=True)],
    ]
    numbers = np.column_stack([span, np.round(sent), np.round(got * ~lost), packets])
    devices = random.choice([CAMERA, "192.168.2.1", "192.168.2.9"], count, p=[0.7, 0.2, 0.1])
    return devices.tolist(), numbers, texts


def muhstik(random: Random, times: Floats, *_: Any) -> Life:
    """A scan for open shells, pages and relays that hardly anybody answers."""
    texts = [
        addresses(random, times),
        random.choice(["22", "8080", "80"], len(times)).tolist(),
        "tcp",
        "-",
        "S0",
    ]
    return flow(random, times, CAMERA, [np.nan, 0, 0, 1, 0], 0.0, texts)


def hakai(random: Random, times: Floats, *_: Any) -> Life:
    """A controller that does not answer is asked again and again."""
    return flow(random, times, CAMERA, [3.1, 0, 0, 3, 0], 0.01, ["178.128.185.250", "80", "tcp", "-", "S0"])


def torii(random: Random, times: Floats, *_: Any) -> Life:
    """A few long talks with a controller on the port of web pages."""
    return flow(
        random, times, CAMERA, [60.0, 500, 800, 14, 12], 0.3, ["66.85.157.90", "443", "tcp", "-", "S3"]
    )


def seek(random: Random, times: Floats, *_: Any) -> Life:
    """Datagrams to peers anywhere on any port."""
    ports = [str(one) for one in random.integers(1024, 65535, len(times))]
    return flow(
        random, times, CAMERA, [np.nan, 29, 0, 1, 0], 0.0, [addresses(random, times), ports, "udp", "-", "S0"]
    )


def kdd(random: Random, times: Floats) -> Life:
    """Connections as KDD 99 tells them: pages, mails, names, files and echoes, with rates of the last 2 s and 100 connections."""
    count = len(times)
    kind = random.choice(5, count, p=[0.6, 0.15, 0.18, 0.05, 0.02])
    sent = np.array([230.0, 900.0, 44.0, 160.0, 30.0])[kind] * np.exp(random.normal(0.0, 0.35, count))
    got = np.array([2200.0, 330.0, 80.0, 400.0, 0.0])[kind] * np.exp(random.normal(0.15 * rhythm(times), 0.8))
    span = np.where(np.isin(kind, (1, 3)), np.round(random.exponential(3.0, count)), 0.0)
    errors = np.where(random.random((count, 2)) < 0.04, np.round(random.random((count, 2)), 2), 0.0)
    same = np.round(np.where(random.random(count) < 0.9, 1.0, random.random(count)), 2)
    hosts = np.round(255 * random.random(count) ** 0.5)
    rates = np.column_stack(
        [errors, same, np.round((1 - same) * 0.5, 2), hosts, np.round(random.random(count) ** 6, 2)]
    )
    near = np.column_stack([1 + random.poisson(6.0, count), 1 + random.poisson(7.0, count)])
    texts = [
        [("tcp", "tcp", "udp", "tcp", "icmp")[one] for one in kind],
        [("http", "smtp", "domain_u", "ftp_data", "eco_i")[one] for one in kind],
        ["REJ" if bad else "SF" for bad in random.random(count) < 0.02],
    ]
    return [""] * count, np.column_stack([span, np.round(sent), np.round(got), near, rates]), texts


def connections(random: Random, times: Floats, middle: list[float], spread: float, texts: list[Any]) -> Life:
    """Connections around a middle of the numbers of `kdd`."""
    found = np.round(np.array(middle) * np.exp(random.normal(0.0, spread, (len(times), len(middle)))), 2)
    found[:, 5:9] = np.minimum(found[:, 5:9], 1.0)
    return (
        constant("", times),
        found,
        [one if isinstance(one, list) else constant(one, times) for one in texts],
    )


def neptune(random: Random, times: Floats, *_: Any) -> Life:
    """Half-open connections to private services."""
    return connections(
        random, times, [0, 0, 0, 180, 10, 1, 0, 0.06, 0.06, 255, 0], 0.2, ["tcp", "private", "S0"]
    )


def smurf(random: Random, times: Floats, *_: Any) -> Life:
    """Echoes that were never asked for, all alike."""
    return connections(
        random, times, [0, 1032, 0, 511, 511, 0, 0, 1, 0, 255, 1], 0.0, ["icmp", "ecr_i", "SF"]
    )


def satan(random: Random, times: Floats, *_: Any) -> Life:
    """One connection to each of many services."""
    services = [f"service-{one}" for one in random.integers(0, 60, len(times))]
    return connections(
        random, times, [0, 0, 0, 90, 1, 0, 0.9, 0.02, 0.8, 255, 0], 0.3, ["tcp", services, "REJ"]
    )


def guess(random: Random, times: Floats, *_: Any) -> Life:
    """Passwords tried over telnet."""
    return connections(
        random, times, [2, 126, 179, 1, 1, 0, 0, 1, 0, 200, 0.01], 0.15, ["tcp", "telnet", "SF"]
    )


CAPTURE_COLUMNS = {
    "capture": COLUMNS["flows"],
    "kdd": [
        "duration",
        "src_bytes",
        "dst_bytes",
        "count",
        "srv_count",
        *RATES,
        "protocol_type",
        "service",
        "flag",
    ],
    "modbus": ["register", "quantity", "value", "delay", "function", "status", "master"],
    "uplink": [*COUNTERS, "model", "firmware"],
}
CAPTURE_LIVES = {one.__name__: one for one in (capture, kdd, modbus, uplink)}
CAPTURE_ATTACKS = {
    one.__name__: one
    for one in (
        muhstik,
        hakai,
        torii,
        seek,
        neptune,
        smurf,
        satan,
        guess,
        settings,
        survey,
        leak,
        recruits,
        stuffing,
    )
}
