"""More streams for `made_streams`: brokers, controllers and trackers, each with ordinary life and its attacks, as in `made_tables`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.bench.quality.made_attacks import constant, like_rows
from tests.bench.quality.made_life import RARE, Floats, Life, Random


def broker(random: Random, times: Floats) -> Life:
    """Messages of 60 sensors behind 5 gateways: topics, sizes, gaps; three quarters are the same readings again and again."""
    count = len(times)
    sensor = random.integers(0, 60, count)
    kind = np.where(random.random(count) < 0.75, 0, random.choice(4, count, p=[0.4, 0.3, 0.29, 0.01]))
    size = np.round(np.array([24.0, 60.0, 180.0, 900.0])[kind] * np.exp(random.normal(0.0, 0.04, count)))
    gap = np.exp(random.normal(np.array([3.4, 4.0, 5.5, 6.0])[kind], 0.15))
    size[random.random(count) < RARE] *= 20.0
    texts = [
        [("reading", "state", "event", "config")[one] for one in kind],
        [f"site/{one % 5}/{one}" for one in sensor],
        ["1" if one > 1 else "0" for one in kind],
    ]
    return [f"gateway-{one % 5}" for one in sensor], np.column_stack([size, gap]).round(3), texts


def message(
    random: Random, times: Floats, size: float, gap: float, spread: float, texts: list[list[str]]
) -> Life:
    """Messages by way of all gateways."""
    scatter = np.exp(random.normal(0.0, spread, (len(times), 2)))
    devices = [f"gateway-{one}" for one in random.integers(0, 5, len(times))]
    return devices, (np.array([size, gap]) * scatter).round(3), texts


def publish_flood(random: Random, times: Floats, *_: Any) -> Life:
    """Large messages from sensors behind every gateway at once."""
    topics = [f"site/{one % 5}/{one}" for one in random.integers(0, 60, len(times))]
    return message(random, times, 1400.0, 0.05, 0.1, [constant("event", times), topics, constant("0", times)])


def subscribe_all(random: Random, times: Floats, *_: Any) -> Life:
    """Somebody who wants to hear everything, by way of every gateway."""
    return message(
        random, times, 30.0, 2.0, 0.2, [constant("state", times), constant("#", times), constant("2", times)]
    )


def keys(random: Random, times: Floats, *_: Any) -> Life:
    """Connections with keys that are guessed."""
    names = [f"client-{one}" for one in random.integers(0, 9999, len(times))]
    return message(random, times, 40.0, 0.3, 0.1, [constant("connect", times), names, constant("0", times)])


def registers(random: Random, times: Floats) -> Life:
    """Four registers of three controllers as whole numbers that wander slowly, and the function that read them."""
    count = len(times)
    device = random.integers(0, 3, count)
    phase = times[:, None] / np.array([310.0, 470.0, 900.0, 1300.0]) + device[:, None]
    numbers = np.round(30000.0 + 9000.0 * np.sin(phase) + random.normal(0.0, 400.0, (count, 4)))
    function = random.choice(["3", "1", "4"], count, p=[0.7, 0.2, 0.1])
    return [f"plc-{one}" for one in device], numbers, [["f" + one for one in function]]


def written(random: Random, times: Floats, devices: Any, numbers: Floats, texts: Any) -> Life:
    """Registers set to their ends."""
    found = np.where(random.random((len(times), 4)) < 0.5, 0.0, 65535.0)
    return constant("plc-1", times), found, [constant("f6", times)]


def replayed(random: Random, times: Floats, devices: Any, numbers: Floats, texts: Any) -> Life:
    """Readings of another time."""
    found, words = like_rows(random, times, numbers, texts)
    return [devices[one] for one in random.integers(0, len(devices), len(times))], found, words


def tracker(random: Random, times: Floats) -> Life:
    """Places of four vans that drive round, with speed and satellites."""
    count = len(times)
    van = random.integers(0, 4, count)
    angle = times / 700.0 + van
    places = np.column_stack([52.0 + 0.2 * np.sin(angle) + 0.1 * van, 13.0 + 0.3 * np.cos(angle) - 0.2 * van])
    speed = np.abs(random.normal(50.0, 12.0, count))
    found = np.column_stack(
        [places + random.normal(0.0, 0.001, (count, 2)), speed, random.integers(6, 13, count)]
    )
    return [f"van-{one}" for one in van], found.round(5), []


def spoofed(random: Random, times: Floats, devices: Any, numbers: Floats, texts: Any) -> Life:
    """A van that is said to be half a circle on."""
    rows = np.clip((times / 4.0).astype(int), 0, len(numbers) - 1)
    found = numbers[rows].copy()
    found[:, 0] += 0.25
    return [devices[row] for row in rows], found, []
