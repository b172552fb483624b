"""Streams of fleets for `made_streams`: Modbus requests, and what devices count of themselves each minute; as in `made_captures`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.bench.quality.made_attacks import constant
from tests.bench.quality.made_life import Floats, Life, Random, rhythm

COUNTERS = ("bytes_out", "bytes_in", "connections", "peers", "dns_queries", "failed_logins", "cpu", "memory")


def modbus(random: Random, times: Floats) -> Life:
    """Requests of two masters to eight units: function, register, quantity, delay, and now and then a setting."""
    count = len(times)
    unit, function = random.integers(0, 8, count), random.choice(3, count, p=[0.8, 0.17, 0.03])
    register = 100 * (1 + function) + 4 * (unit % 4) + random.integers(0, 3, count)
    value = np.round(400 + 150 * rhythm(times + 700.0 * unit) + random.normal(0.0, 12.0, count))
    delay = np.round(random.lognormal(2.0 + 0.1 * (unit % 3), 0.2, count), 2)
    quantity = np.array([4.0, 2.0, 1.0])[function]
    texts = [
        [("3", "4", "6")[one] for one in function],
        ["ok"] * count,
        [f"10.0.0.{one}" for one in 2 + unit % 2],
    ]
    return (
        [f"unit-{one}" for one in unit],
        np.column_stack([register, quantity, value, delay]).astype(float),
        texts,
    )


def settings(random: Random, times: Floats, *_: Any) -> Life:
    """One unit's settings overwritten by an ordinary master."""
    middle = np.column_stack(
        [
            random.integers(300, 312, len(times)),
            np.full(len(times), 1.0),
            random.choice([0.0, 9999.0], len(times)),
        ]
    )
    delay = np.round(random.lognormal(2.0, 0.2, (len(times), 1)), 2)
    return (
        constant("unit-3", times),
        np.hstack([middle, delay]),
        [constant(one, times) for one in ("6", "ok", "10.0.0.3")],
    )


def survey(random: Random, times: Floats, *_: Any) -> Life:
    """Every unit asked for registers it does not have."""
    found = np.column_stack(
        [random.integers(0, 65535, len(times)), np.full(len(times), 125.0), np.zeros(len(times))]
    )
    units = [f"unit-{one}" for one in random.integers(0, 8, len(times))]
    delay = np.round(random.lognormal(1.0, 0.2, (len(times), 1)), 2)
    return (
        units,
        np.hstack([found, delay]),
        [constant(one, times) for one in ("3", "illegal_address", "10.0.0.77")],
    )


def uplink(random: Random, times: Floats) -> Life:
    """What 20 devices of two models count each minute."""
    count = len(times)
    device = random.integers(0, 20, count)
    big, busy = device % 2, 1.0 + 0.4 * rhythm(times + 200.0 * device)
    talks = 1 + random.poisson(4.0 * busy + 4.0 * big)
    sent = np.round(talks * np.exp(random.normal(6.0 + big, 0.3, count)))
    got = np.round(talks * np.exp(random.normal(6.5, 0.4, count)))
    rare = random.random(count) < 0.001
    got = np.where(rare, got * 100, got)
    counts = [
        sent,
        got,
        talks,
        1 + random.poisson(1.0, count),
        random.poisson(2.0, count),
        random.random(count) < 0.01,
    ]
    load = 10 + 2.0 * talks + 30.0 * rare + random.normal(0.0, 1.5, count)
    memory = 40.0 + 8.0 * big + random.normal(0.0, 0.6, count)
    texts = [
        ["camera" if one else "sensor" for one in big],
        [("2.1" if one % 5 else "2.2") for one in device],
    ]
    return [f"dev-{one}" for one in device], np.column_stack([*counts, load, memory]).round(2), texts


def counted(
    random: Random, numbers: Floats, devices: Any, texts: Any, times: Floats, which: list[str], change: Any
) -> Life:
    """Counts of some devices, changed."""
    rows = random.choice(np.flatnonzero(np.isin(devices, which)), len(times))
    found = numbers[rows].copy()
    change(found)
    return [devices[row] for row in rows], found.round(2), [[text[row] for row in rows] for text in texts]


def leak(random: Random, times: Floats, devices: Any, numbers: Floats, texts: Any) -> Life:
    """Two devices that send thirty times as much, names included."""

    def change(found: Floats) -> None:
        found[:, [0, 4]] = found[:, [0, 4]] * 30.0 + 20.0

    return counted(random, numbers, devices, texts, times, ["dev-3", "dev-8"], change)


def recruits(random: Random, times: Floats, devices: Any, numbers: Floats, texts: Any) -> Life:
    """All cameras scanning and flooding at once."""

    def change(found: Floats) -> None:
        found[:, 2:4] += random.poisson(300.0, (len(found), 2))
        found[:, 0] += 60.0 * found[:, 2]
        found[:, 6] += 40.0

    return counted(random, numbers, devices, texts, times, [f"dev-{one}" for one in range(1, 20, 2)], change)


def stuffing(random: Random, times: Floats, devices: Any, numbers: Floats, texts: Any) -> Life:
    """Logins that fail at every device, a few a minute."""

    def change(found: Floats) -> None:
        found[:, 5] += 1 + random.poisson(3.0, len(found))

    return counted(random, numbers, devices, texts, times, [f"dev-{one}" for one in range(20)], change)
