"""More streams for `made_streams`: tables of flows and of plain numbers, each with ordinary life and its attacks.

A life is a function of a random generator and times (s) that gives devices, numbers and texts; an attack is one of those and of ordinary
devices, numbers and texts. They were made after the detector's first versions, to judge it on what it had not been looked at with.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.bench.quality.made_attacks import constant
from tests.bench.quality.made_devices import (
    broker,
    keys,
    publish_flood,
    registers,
    replayed,
    spoofed,
    subscribe_all,
    tracker,
    written,
)
from tests.bench.quality.made_life import RARE, Floats, Life, Random, rhythm

TABLE = (
    *("Flow Duration", "Total Fwd Packets", "Total Backward Packets", "Total Length of Fwd Packets"),
    *(
        "Total Length of Bwd Packets",
        "Fwd Packet Length Max",
        "Fwd Packet Length Mean",
        "Fwd Packet Length Std",
    ),
    *(
        "Bwd Packet Length Max",
        "Bwd Packet Length Mean",
        "Bwd Packet Length Std",
        "Flow Bytes/s",
        "Flow Packets/s",
    ),
    *("Flow IAT Mean", "Flow IAT Std", "Flow IAT Max", "Flow IAT Min", "Fwd IAT Total", "Fwd IAT Mean"),
    *(
        "Bwd IAT Total",
        "Bwd IAT Mean",
        "Fwd Header Length",
        "Bwd Header Length",
        "Fwd Packets/s",
        "Bwd Packets/s",
    ),
    *(
        "Packet Length Mean",
        "Packet Length Std",
        "FIN Flag Count",
        "SYN Flag Count",
        "PSH Flag Count",
        "ACK Flag Count",
    ),
    *("Down/Up Ratio", "Init_Win_bytes_forward", "Init_Win_bytes_backward", "Active Mean", "Idle Mean"),
)
PORTS = ("53", "443", "80", "22", "123")


def table(random: Random, shape: Floats, ports: list[str]) -> tuple[Floats, list[list[str]]]:
    """A flow table's columns; `shape` has seconds, packets forth and back, bytes a packet forth and back, jitter, a row a flow."""
    span, forth, back, large, small, jitter = shape.T
    forth, back = np.maximum(np.round(forth), 1.0), np.maximum(np.round(back), 0.0)
    micro, packets = np.maximum(span * 1e6, 1.0), forth + back
    sent, got = np.round(forth * large), np.round(back * small)
    gap = micro / np.maximum(packets - 1.0, 1.0)
    windows = np.where(back > 0, random.choice([8192.0, 29200.0, 65535.0], len(span)), -1.0)
    columns = [
        *(micro, forth, back, sent, got, large * (1 + jitter), large, large * jitter),
        *(np.where(back > 0, small * (1 + jitter), 0.0), small * (back > 0), small * jitter * (back > 0)),
        *((sent + got) / micro * 1e6, packets / micro * 1e6, gap, gap * jitter, gap * (1 + 3 * jitter)),
        *(gap / (1 + 5 * jitter), micro * (forth > 1), gap * packets / forth, micro * (back > 1)),
        *(
            gap * packets / np.maximum(back, 1),
            20 * forth,
            20 * back,
            forth / micro * 1e6,
            back / micro * 1e6,
        ),
        *((sent + got) / packets, large * jitter + small / 4, (random.random(len(span)) < 0.2) * 1.0),
        *(
            (random.random(len(span)) < 0.1) * 1.0,
            (forth > 3) * 1.0,
            (back > 0) * 1.0,
            np.floor(back / forth),
        ),
        *(windows, np.where(back > 0, 235.0, -1.0), micro * (micro > 5e6) / 9, micro * (micro > 5e6) / 2),
    ]
    return np.round(np.column_stack(columns), 3), [ports]


def cic(random: Random, times: Floats) -> Life:
    """A flow table of 36 columns: names, pages, uploads, shells and clocks of 10 hosts."""
    count = len(times)
    kind = random.choice(5, count, p=[0.45, 0.3, 0.18, 0.02, 0.05])
    levels = np.log(
        [
            [0.02, 2, 2, 45, 120, 0.05],
            [6.0, 12, 14, 90, 700, 0.9],
            [2.0, 6, 6, 110, 900, 0.7],
            [30.0, 25, 30, 70, 130, 0.6],
            [0.03, 1, 1, 48, 48, 0.02],
        ]
    )
    spreads = np.array([0.3, 0.8, 0.7, 0.5, 0.05])[kind][:, None]
    size = random.normal(0.0, 1.0, (count, 1))
    shape = levels[kind] + spreads * (
        0.6 * size * [1, 1, 1, 0, 0.3, 0.2] + 0.6 * random.normal(0.0, 1.0, (count, 6))
    )
    shape[:, 0] += 0.2 * rhythm(times)
    shape[random.random(count) < RARE] += [3.0, 2.0, 2.0, 0.0, 0.0, 0.0]
    numbers, texts = table(random, np.exp(shape), [PORTS[one] for one in kind])
    return [f"192.168.10.{one}" for one in random.integers(3, 13, count)], numbers, texts


def some(
    random: Random, times: Floats, middle: list[float], spread: float, device: str, port: str | list[str]
) -> Life:
    """Flows of one host around a middle."""
    shape = np.array(middle) * np.exp(random.normal(0.0, spread, (len(times), 6)))
    numbers, texts = table(random, shape, constant(port, times) if isinstance(port, str) else port)
    return constant(device, times), numbers, texts


def hulk(random: Random, times: Floats, *_: Any) -> Life:
    """A flood of requests that a server answers late and shortly."""
    return some(random, times, [80.0, 7, 6, 50, 1900, 1.5], 0.15, "192.168.10.5", "80")


def slowloris(random: Random, times: Floats, *_: Any) -> Life:
    """Requests that are kept open and never end."""
    return some(random, times, [95.0, 8, 1, 30, 20, 0.8], 0.3, "192.168.10.7", "80")


def hellos(random: Random, times: Floats, *_: Any) -> Life:
    """A scan: a packet forth, a refusal back."""
    ports = [str(one) for one in random.integers(1, 40000, len(times))]
    return some(random, times, [0.00005, 1, 1, 0.5, 0.5, 0.001], 0.1, "192.168.10.11", ports)


def bot(random: Random, times: Floats, *_: Any) -> Life:
    """A bot that asks for orders now and then, as pages are asked for but to a port of its own."""
    return some(random, times, [0.2, 5, 4, 60, 40, 1.0], 0.2, "192.168.10.9", "8088")


def http(random: Random, times: Floats) -> Life:
    """Requests as logarithms of seconds, bytes sent and bytes received, as KDD's subsets have them; one source."""
    count = len(times)
    sent = np.round(random.choice([200, 230, 300, 330], count) + random.normal(0.0, 18.0, count))
    received = np.round(np.exp(random.normal(7.8 + 0.15 * rhythm(times), 1.3)))
    received *= random.random(count) > 0.02
    seconds = np.where(random.random(count) < 0.93, 0.0, np.round(random.exponential(4.0, count)))
    seconds[random.random(count) < RARE] *= 40.0
    return [""] * count, np.log(np.column_stack([seconds, sent, received]) + 0.1).round(4), []


def logs(random: Random, times: Floats, middle: list[float], spread: float) -> Life:
    """Requests around a middle."""
    found = np.round(np.array(middle) * np.exp(random.normal(0.0, spread, (len(times), 3))))
    return constant("", times), np.log(found + 0.1).round(4), []


def back(random: Random, times: Floats, *_: Any) -> Life:
    """Requests of a very long path."""
    return logs(random, times, [0.0, 54540.0, 8314.0], 0.01)


def overflow(random: Random, times: Floats, *_: Any) -> Life:
    """Short requests that hold a connection and get next to nothing."""
    return logs(random, times, [900.0, 12.0, 3.0], 0.4)


def gauss(random: Random, times: Floats) -> Life:
    """Eight numbers around each device's own level, two of them related; six devices."""
    count = len(times)
    device = random.integers(0, 6, count)
    level = np.random.default_rng(11).normal(0.0, 2.0, (6, 8))
    numbers = 10.0 + level[device] + random.normal(0.0, 1.0, (count, 8)) + 0.3 * rhythm(times)[:, None]
    numbers[:, 7] = numbers[:, 6] * 1.5 + random.normal(0.0, 0.3, count)
    return [f"node-{one}" for one in device], numbers.round(4), []


def shifted(random: Random, times: Floats, devices: Any, numbers: Floats, texts: Any) -> Life:
    """One device's numbers, three of them five deviations away."""
    rows = np.flatnonzero(np.array(devices) == "node-2")
    found = numbers[random.choice(rows, len(times))].copy()
    found[:, :3] += 5.0
    return constant("node-2", times), found, []


def uniform(random: Random, times: Floats, *_: Any) -> Life:
    """Numbers made up anywhere between the least and the most there is."""
    return constant("node-4", times), random.uniform(2.0, 18.0, (len(times), 8)).round(4), []


TABLE_COLUMNS = {
    "cic": [*TABLE, "Destination Port"],
    "http": ["duration", "src_bytes", "dst_bytes"],
    "gauss": [f"x{place}" for place in range(8)],
    "broker": ["size", "gap", "packet", "topic", "qos"],
    "registers": ["FC1_Read", "FC2_Read", "FC3_Read", "FC4_Read", "function"],
    "tracker": ["latitude", "longitude", "speed", "satellites"],
}
TABLE_LIVES = {one.__name__: one for one in (cic, http, gauss, broker, registers, tracker)}
TABLE_ATTACKS = {
    one.__name__: one
    for one in (
        hulk,
        slowloris,
        hellos,
        bot,
        back,
        overflow,
        shifted,
        uniform,
        publish_flood,
        subscribe_all,
        keys,
    )
} | {one.__name__: one for one in (written, replayed, spoofed)}
