"""Attacks of which no single flow is odd: what a device always does, more of it, a little at a time, or to somebody else.

Each is on one device of a healthy fleet at a real day's pace (12 devices, a flow a minute each), from half of the stream on. The flows of
`restless` fleets come in sessions, with nights, and days that differ by a quarter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tests.bench.quality import made_life
from tests.bench.quality.labelled_files import Events
from tests.bench.quality.made_attacks import flow
from tests.bench.quality.made_life import Floats, Life, Random
from tests.bench.quality.made_streams import column_of
from tests.detectors.flows.recordings import DAY_S, DEVICES

SESSION_FLOWS, SESSION_S = 6, 60.0
TLS = ["443", "tcp", "ssl", "SF"]


class Quiet(NamedTuple):
    """What a stream is made of: `attack` is one of `ATTACKS`, none for a healthy one."""

    attack: str = ""
    restless: bool = False
    days: int = 10

    @property
    def name(self) -> str:
        """The recipe as a name."""
        return f"{'restless ' if self.restless else ''}{self.attack or 'healthy'}"


def beacon(random: Random, _: Life, since_s: float, until_s: float) -> tuple[Floats, Life]:
    """Calls home every five minutes over TLS, of the size that its other ones have."""
    times = np.arange(since_s, until_s, 300.0)
    means = [0.135, 665, 2980, 2, 4]
    return times + random.normal(0.0, 6.0, len(times)), counted(
        flow(random, times, "cam-1", means, 0.02, ["185.1.2.3", *TLS])
    )


def drip(random: Random, _: Life, since_s: float, until_s: float) -> tuple[Floats, Life]:
    """Uploads of two and a half times the usual size, twelve an hour."""
    times = moments(random, (until_s - since_s) / 300.0, since_s, until_s)
    means = [0.3, 1660, 2980, 7, 3]
    return times, counted(flow(random, times, "cam-2", means, 0.3, ["185.1.2.9", *TLS]))


def tunnel(random: Random, _: Life, since_s: float, until_s: float) -> tuple[Floats, Life]:
    """Bytes in the names that are asked for, one name a minute."""
    times = moments(random, (until_s - since_s) / 60.0, since_s, until_s)
    texts = ["10.1.0.0", "53", "udp", "dns", "SF"]
    return times, counted(flow(random, times, "cam-0", [0.1, 110, 180, 1, 1], 0.3, texts))


def proxy(times_as_many: float) -> Callable[..., tuple[Floats, Life]]:
    """So many times more of a device's own flows, exactly alike: it works for somebody else."""

    def more(random: Random, life: Life, since_s: float, until_s: float) -> tuple[Floats, Life]:
        devices, numbers, texts = life
        mine = np.flatnonzero(np.array(devices) == "cam-2")
        rows = random.choice(mine, int(times_as_many * len(mine) / 2))
        times = moments(random, len(rows), since_s, until_s)
        return times, (["cam-2"] * len(rows), numbers[rows], [[text[row] for row in rows] for text in texts])

    return more


ATTACKS = {"beacon": beacon, "drip": drip, "tunnel": tunnel, "proxy": proxy(1.0), "busy proxy": proxy(3.0)}


def stream(recipe: Quiet, seed: int, flows_a_day: int = 1440) -> Events:
    """The stream; the same for the same recipe, seed and number of flows of a device and day."""
    random = np.random.default_rng([seed, flows_a_day, recipe.restless])
    end_s = recipe.days * DAY_S
    count = int(DEVICES * recipe.days * flows_a_day)
    times = sessions(random, count, end_s) if recipe.restless else moments(random, count, 0.0, end_s)
    # Its days are short; what it draws from the time is the rhythm only.
    life = made_life.flows(random, times * made_life.DAY_S / DAY_S)
    none: tuple[Floats, Life] = (np.zeros(0), ([], np.zeros((0, 5)), [[]] * 5))
    attack = ATTACKS.get(recipe.attack)
    when, (devices, numbers, texts) = attack(random, life, end_s / 2, end_s) if attack else none
    order = np.argsort(np.concatenate([times, when]), kind="stable")
    return Events(
        recipe.name,
        [""] * len(order),
        (np.concatenate([times, when])[order] * 1e6).astype(np.int64),
        column_of(life[0], devices, order),
        made_life.COLUMNS["flows"],
        np.vstack([life[1], numbers])[order],
        [column_of(one, other, order) for one, other in zip(life[2], texts, strict=True)],
        (np.arange(len(order)) >= len(times))[order],
    )


def moments(random: Random, count: float, since_s: float, until_s: float) -> Floats:
    """So many independent times, in order."""
    return np.sort(random.uniform(since_s, until_s, int(count)))


def sessions(random: Random, count: int, end_s: float) -> Floats:
    """About so many times in sessions of a few flows, fewer at night, and more on some days than on others."""
    begins = random.uniform(0.0, end_s, 2 * count // SESSION_FLOWS)
    days = np.exp(random.normal(0.0, 0.25, int(end_s / DAY_S) + 1))
    busy = 0.5 * (1.0 + 0.5 * np.sin(2 * np.pi * begins / DAY_S)) * days[(begins / DAY_S).astype(int)]
    begins = begins[random.random(len(begins)) < busy]
    times = np.repeat(begins, random.geometric(1.0 / SESSION_FLOWS, len(begins)))
    return np.sort(np.minimum(times + random.exponential(SESSION_S, len(times)), end_s))


def counted(life: Any) -> Life:
    """Flows with whole bytes, and the packets these need."""
    devices, numbers, texts = life
    numbers[:, 1:3] = np.round(numbers[:, 1:3])
    numbers[:, 3], numbers[:, 4] = np.ceil(numbers[:, 1] / 500), np.ceil(numbers[:, 2] / 900)
    return devices, numbers, texts
