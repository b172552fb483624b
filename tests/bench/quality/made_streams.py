"""Labelled streams made up to try the traffic detector on: five kinds of ordinary life, each with attacks of several kinds among it.

Ordinary life has several devices, a daily rhythm, slow drift, and 0.1% of rare but harmless events. An attack has a share of all events and
begins at `start` of the rows: 0.002 is a recording that is under attack nearly from its first row. Everything follows from the seed.
`TUNED` attacks were looked at while the detector was made; `HELD_OUT` ones were not until version 3, `UNSEEN` ones not until version 4; all
three were for version 5. `NEWEST` ones were written before it, and tuned on for version 6; what nobody tuned on is in `made_recordings`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tests.bench.quality.labelled_files import Events
from tests.bench.quality.made_attacks import ATTACKS
from tests.bench.quality.made_captures import CAPTURE_ATTACKS, CAPTURE_COLUMNS, CAPTURE_LIVES
from tests.bench.quality.made_life import COLUMNS, LIVES
from tests.bench.quality.made_networks import NETWORK_ATTACKS, NETWORK_COLUMNS, NETWORK_LIVES
from tests.bench.quality.made_packets import PACKET_ATTACKS, PACKET_COLUMNS, PACKET_LIVES
from tests.bench.quality.made_tables import TABLE_ATTACKS, TABLE_COLUMNS, TABLE_LIVES

Random = np.random.Generator
FLOODS = (0.05, 0.27, 0.6, 0.9)
ALL_LIVES = {**LIVES, **TABLE_LIVES, **CAPTURE_LIVES, **NETWORK_LIVES, **PACKET_LIVES}
ALL_ATTACKS = {**ATTACKS, **TABLE_ATTACKS, **CAPTURE_ATTACKS, **NETWORK_ATTACKS, **PACKET_ATTACKS}
ALL_COLUMNS = {**COLUMNS, **TABLE_COLUMNS, **CAPTURE_COLUMNS, **NETWORK_COLUMNS, **PACKET_COLUMNS}


class Recipe(NamedTuple):
    """What a stream is made of."""

    life: str
    attack: str
    share: float
    start: float = 0.3

    @property
    def name(self) -> str:
        """The recipe as a name."""
        return f"{self.life} {self.attack} {100 * self.share:g}% from {100 * self.start:g}%"


TUNED = [
    *(Recipe("flows", "scan", share) for share in (0.01, 0.27)),
    *(Recipe("flows", "syn_flood", share) for share in FLOODS),
    Recipe("flows", "beacon", 0.02),
    Recipe("flows", "exfiltration", 0.005),
    Recipe("flows", "syn_flood", 0.9, 0.002),
    Recipe("flows", "scan", 0.6, 0.002),
    *(Recipe("wide", "dos", share) for share in FLOODS),
    Recipe("wide", "port_scan", 0.27),
    *(Recipe("narrow", "odd_size", share) for share in (0.002, 0.05)),
    Recipe("narrow", "burst", 0.27),
    *(Recipe("telemetry", attack, 0.02) for attack in ("injection", "combination")),
    Recipe("access", "brute_force", 0.05),
    Recipe("access", "brute_force", 0.6, 0.002),
    *(Recipe("cic", "hulk", share) for share in (0.02, 0.27, 0.9)),
    Recipe("cic", "hulk", 0.6, 0.002),
    Recipe("cic", "hellos", 0.27),
    *(Recipe("http", "back", share) for share in (0.004, 0.27)),
    *(Recipe("gauss", "shifted", share) for share in (0.27, 0.9)),
    *(Recipe("broker", "publish_flood", share) for share in (0.05, 0.6)),
    Recipe("registers", "written", 0.27),
]
HELD_OUT = [
    *(Recipe("flows", "udp_flood", share) for share in FLOODS),
    Recipe("flows", "slow_scan", 0.01),
    Recipe("flows", "remote_shell", 0.05),
    Recipe("flows", "udp_flood", 0.6, 0.002),
    Recipe("flows", "remote_shell", 0.9, 0.002),
    *(Recipe("wide", "slow_requests", share) for share in (0.02, 0.27, 0.6)),
    Recipe("wide", "dos", 0.6, 0.002),
    *(Recipe("narrow", "tiny", share) for share in (0.0005, 0.27)),
    *(Recipe("telemetry", attack, 0.02) for attack in ("stuck", "scaled", "swapped")),
    Recipe("telemetry", "injection", 0.27),
    Recipe("access", "spraying", 0.02),
    Recipe("access", "stolen_token", 0.005),
    *(Recipe("cic", "slowloris", share) for share in (0.01, 0.27, 0.9)),
    Recipe("cic", "bot", 0.005),
    Recipe("cic", "slowloris", 0.6, 0.002),
    *(Recipe("http", "overflow", share) for share in (0.004, 0.6)),
    Recipe("http", "back", 0.9),
    Recipe("http", "back", 0.6, 0.002),
    *(Recipe("gauss", "uniform", share) for share in (0.05, 0.9)),
    Recipe("broker", "subscribe_all", 0.05),
    Recipe("broker", "keys", 0.9),
    Recipe("broker", "publish_flood", 0.6, 0.002),
    Recipe("registers", "replayed", 0.05),
    Recipe("registers", "written", 0.6, 0.002),
    Recipe("tracker", "spoofed", 0.02),
    Recipe("tracker", "spoofed", 0.6),
]
# Unseen until version 4 of the detector was done: not unseen any more for version 5, which was tuned on them, too.
UNSEEN = [
    Recipe("capture", "muhstik", 0.9, 0.01),
    Recipe("capture", "hakai", 0.79, 0.01),
    Recipe("capture", "torii", 0.005),
    Recipe("capture", "seek", 0.5, 0.05),
    Recipe("kdd", "neptune", 0.22),
    Recipe("kdd", "smurf", 0.57),
    Recipe("kdd", "satan", 0.02),
    Recipe("kdd", "guess", 0.004),
    Recipe("modbus", "settings", 0.01),
    Recipe("modbus", "survey", 0.27),
    Recipe("uplink", "leak", 0.01),
    Recipe("uplink", "recruits", 0.27),
    Recipe("uplink", "stuffing", 0.05),
]
# Unseen until version 5 of the detector was done: version 6 was tuned on them.
NEWEST = [
    Recipe("argus", "udp_ddos", 0.9, 0.01),
    Recipe("argus", "service_scan", 0.1),
    Recipe("argus", "theft", 0.005),
    Recipe("argus", "fuzzers", 0.02),
    Recipe("names", "tunnel", 0.02),
    Recipe("names", "generated", 0.01),
    Recipe("home", "okiru", 0.95, 0.02),
    Recipe("home", "mirai", 0.5, 0.1),
    Recipe("home", "hajime", 0.2),
    Recipe("home", "kenjiro", 0.01),
    Recipe("windows", "icmp_ddos", 0.27),
    Recipe("windows", "syn_ddos", 0.7, 0.05),
    Recipe("windows", "recon", 0.02),
    Recipe("car", "bus_dos", 0.15),
    Recipe("car", "bus_fuzzy", 0.1),
    Recipe("car", "bus_spoof", 0.05),
    Recipe("mqtt", "mqtt_flood", 0.27),
    Recipe("mqtt", "mqtt_guess", 0.05),
    Recipe("mqtt", "mqtt_malformed", 0.02),
    Recipe("statistics", "bot_scan", 0.3),
    Recipe("statistics", "bot_junk", 0.6, 0.05),
]


def made(recipe: Recipe, seed: int, rows: int = 12_000) -> Events:
    """A stream; the same for the same recipe, seed and number of rows."""
    random = np.random.default_rng([seed, len(recipe.name), rows])
    bad = max(int(rows * recipe.share), 3)
    good = rows - bad
    times = np.sort(random.random(good)) * 4.0 * good
    life: Callable[..., Any] = ALL_LIVES[recipe.life]
    devices, numbers, texts = life(random, times)
    first = int(recipe.start * good)
    span = times[min(first + max(int(0.4 * good), 1), good - 1)] - times[first]
    when = times[first] + np.sort(random.random(bad)) * span
    odd_devices, odd_numbers, odd_texts = ALL_ATTACKS[recipe.attack](random, when, devices, numbers, texts)
    order = np.argsort(np.concatenate([times, when]), kind="stable")
    times_us = (np.concatenate([times, when])[order] * 1e6).astype(np.int64) + 1_600_000_000_000_000
    joined = [column_of(one, other, order) for one, other in zip(texts, odd_texts, strict=True)]
    return Events(
        recipe.name,
        [str(at / 1e6) for at in times_us],
        times_us,
        column_of(devices, odd_devices, order),
        ALL_COLUMNS[recipe.life],
        np.vstack([numbers, odd_numbers])[order],
        joined,
        (np.arange(rows) >= good)[order],
    )


def column_of(good: list[str], bad: list[str], order: npt.NDArray[np.int64]) -> list[str]:
    """Texts of both kinds in the order of time."""
    both = [*good, *bad]
    return [both[place] for place in order]
