"""Flows of a made-up fleet, with attacks of several kinds among them from 35% of the time on, for tests."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.traffic.detector import Scores, observe
from detectors.traffic.model import Model
from detectors.traffic.words import hashed

SERVICES = {"http": (80, 7.0), "dns": (53, 4.0), "mqtt": (1883, 5.0), "ssl": (443, 8.0), "ssh": (22, 6.0)}
ATTACKS = ("scan", "ddos", "beacon", "brute", "exfiltration")
COLUMNS = ["duration", "sent", "received", "packets", "port", "service", "state", "peer"]


class Flows(NamedTuple):
    """Numbers: the first four columns; texts: the others."""

    devices: list[str]
    times_us: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.float64]
    texts: list[list[str]]
    attack: npt.NDArray[np.bool_]


def made(seed: int, rows: int = 8000, share: float = 0.05, attacks: tuple[str, ...] = ATTACKS) -> Flows:
    """A fleet of 40 devices, each with three services and peers of its own, a few oddities, and two devices that were taken over."""
    random = np.random.default_rng(seed)
    span, bad = rows * 0.5, random.integers(0, 40, 2)
    events = [usual(random, random.random() * span) for _ in range(int(rows * (1 - share)))]
    for number in range(rows - len(events)):
        at = span * (0.35 + 0.4 * random.random())
        events.append(odd(random, at, attacks[number % len(attacks)], int(bad[number % 2])))
    events.sort(key=lambda event: event[0])
    times, devices, numbers, texts, attack = zip(*events, strict=True)
    columns = [list(column) for column in zip(*texts, strict=True)]
    times_us = (np.array(times) * 1e6).astype(np.int64)
    return Flows(list(devices), times_us, np.array(numbers), columns, np.array(attack))


def usual(random: np.random.Generator, at: float) -> tuple[float, str, list[float], list[str], bool]:
    """A flow of a healthy device."""
    device, turn = int(random.integers(40)), int(random.integers(3))
    names = list(SERVICES)[:4]
    service = names[(device + turn) % 4] if random.random() > 0.003 else "ssh"
    port, size = SERVICES[service]
    numbers = [
        random.lognormal(0, 0.6),
        np.exp(random.normal(size, 0.4)),
        np.exp(random.normal(size + 1, 0.6)),
    ]
    state = "SF" if random.random() < 0.97 else "S0"
    texts = [str(port), service, state, f"peer-{(device * 3 + turn) % 25}"]
    return at, f"device-{device}", [*numbers, float(random.poisson(size) + 1)], texts, False


def odd(
    random: np.random.Generator, at: float, kind: str, device: int
) -> tuple[float, str, list[float], list[str], bool]:
    """A flow of an attack."""
    numbers, texts = {
        "scan": ([0.0005, 0, 0, 1], [str(random.integers(1, 65535)), "-", "S0", f"x{random.integers(5000)}"]),
        "ddos": ([0, np.exp(random.normal(3.5, 0.1)), 0, 2], ["80", "-", "S0", "victim"]),
        "beacon": ([random.lognormal(1, 0.1), 90, 50, 4], ["6667", "irc", "SF", "control"]),
        "brute": (
            [random.lognormal(0.5, 0.2), 1100, 1500, 12],
            ["22", "ssh", "SF", f"t{random.integers(3)}"],
        ),
        "exfiltration": ([60, np.exp(random.normal(14, 0.5)), 400, 900], ["443", "ssl", "SF", "drop"]),
    }[kind]
    return at, f"device-{device}", [float(number) for number in numbers], texts, True


def scored(flows: Flows, model: Model | None = None) -> Scores:
    """The detector on flows."""
    words = np.column_stack([hashed(text) for text in flows.texts])
    return observe(model or Model(4, 4), hashed(flows.devices), flows.times_us, flows.numbers, words)
