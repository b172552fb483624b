"""Series made up to tune on what recordings are few of, in NAB's shape: `python -m tests.bench.quality.made_series FOLDER [--seed N]`.

Each kind is steady in its own way (counts with bursts, demand with a daily and a weekly rhythm, slow temperatures, idle machines that
work in turns, prices, road speeds) and has anomalies put in: spikes, levels, shifts, variance, stuck or missing stretches. A window is
centred on its anomaly and a tenth of the file is in windows, as NAB's labels are. A pure function of the seed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import typer

Random = np.random.Generator
Floats = npt.NDArray[np.float64]
START = np.datetime64("2026-01-01T00:00:00")
LABELLED_SHARE = 0.1


class Series(NamedTuple):
    """Values at a fixed spacing, and the middle rows of its anomalies."""

    spacing_s: int
    values: Floats
    anomalies: list[int]


Kind = Callable[[Random], Series]


def wandering(random: Random, rows: int, tau: float, deviation: float) -> Floats:
    """An Ornstein-Uhlenbeck process around 0 with a correlation time in rows."""
    keep = float(np.exp(-1.0 / tau))
    noise = random.normal(0.0, deviation * np.sqrt(1.0 - keep * keep), rows)
    for row in range(1, rows):
        noise[row] += keep * noise[row - 1]
    return noise


def places(random: Random, rows: int, count: int) -> list[int]:
    """First rows of anomalies: behind the probation and apart."""
    while True:
        found = np.sort(random.integers(int(0.2 * rows), int(0.95 * rows), count))
        if count == 1 or np.diff(found).min() > 1.2 * LABELLED_SHARE * rows / count:
            return [int(one) for one in found]


def bursts(random: Random, rows: int, count: int, height: float, tail: float) -> Floats:
    """Sudden rises of Pareto height that decay."""
    total = np.zeros(rows)
    for start in random.integers(0, rows, count):
        after = np.arange(min(rows - start, 300))
        total[start : start + len(after)] += (
            height * (random.pareto(tail) + 0.2) * np.exp(-after / (1 + 3 * random.pareto(1.5)))
        )
    return total


def counts(random: Random) -> Series:
    """How often something is talked about: bursts are usual, some are larger and longer."""
    rows, base = 15_840, float(np.exp(random.uniform(1.0, 4.5)))
    day = random.uniform(0.1, 0.8) * np.sin(2 * np.pi * np.arange(rows) / 288 + random.uniform(0, 6))
    rate = base * np.exp(day + wandering(random, rows, 90, random.uniform(0.1, 0.4)))
    rate += bursts(random, rows, int(random.integers(40, 200)), base, random.uniform(1.25, 1.8))
    anomalies = places(random, rows, int(random.integers(2, 5)))
    for start in anomalies:
        after = np.arange(min(rows - start, 500))
        rate[start : start + len(after)] += (
            base * random.uniform(8, 120) * np.exp(-after / random.uniform(4, 50))
        )
    return Series(300, random.negative_binomial(6, 6 / (6 + rate)).astype(np.float64), anomalies)


def demand(random: Random) -> Series:
    """Half-hourly demand of a city; on some days much less or more."""
    rows = 10_320
    hour, weekday = np.arange(rows) % 48 / 48, np.arange(rows) // 48 % 7
    values = 12_000 + 7_000 * np.sin(2 * np.pi * (hour - 0.35)) - 3_000 * np.cos(4 * np.pi * hour)
    values += np.where(weekday >= 5, 2_500 * np.sin(2 * np.pi * (hour + 0.1)), 0.0)
    values *= 1 + wandering(random, rows, 336, 0.04) + wandering(random, rows, 4, 0.03)
    anomalies = places(random, rows, int(random.integers(3, 6)))
    for start in anomalies:
        values[start : start + random.integers(16, 72)] *= 1 + random.choice([-1, 1]) * random.uniform(
            0.3, 0.6
        )
    return Series(1800, values.round().clip(8.0).astype(np.float64), [start + 15 for start in anomalies])


def temperature(random: Random) -> Series:
    """A machine that warms and cools slowly; sometimes it stops."""
    rows = 22_695
    values = (
        85 + wandering(random, rows, 600, 7) + wandering(random, rows, 60, 2) + random.normal(0, 0.6, rows)
    )
    anomalies = places(random, rows, int(random.integers(2, 5)))
    for start in anomalies:
        after = np.arange(random.integers(60, 400))
        values[start : start + len(after)] -= random.uniform(25, 60) * np.minimum(
            after / random.uniform(3, 60), 1
        )
    return Series(300, values, [start + 50 for start in anomalies])


def turns(random: Random) -> Series:
    """A machine that works in turns; then a spike, a new level, a stuck value or more variance."""
    rows, base = 4_032, random.uniform(1, 60)
    amplitude, period = base * random.uniform(0.3, 2), int(random.choice([72, 144, 288]))
    values = base * (1 + 0.1 * random.normal(0, 1, rows)) + wandering(random, rows, 200, 0.05 * base)
    values += amplitude * (np.arange(rows) % period < random.integers(3, 40))
    anomalies = places(random, rows, int(random.integers(1, 4)))
    for start in anomalies:
        stretch = slice(start, start + int(random.integers(60, 200)))
        kind = random.integers(0, 4)
        if kind == 0:
            values[start : start + 4] += amplitude * random.uniform(1, 4) + base
        elif kind == 1:
            values[stretch] += (amplitude + base) * random.uniform(0.3, 1)
        elif kind == 2:
            values[stretch] = values[start]
        else:
            values[stretch] += 0.6 * base * random.normal(0, 1, len(values[stretch]))
    return Series(300, np.maximum(values, 0.0).round(3), anomalies)


def idle(random: Random) -> Series:
    """Rare activity at certain hours; then a good deal more of it."""
    rows = int(random.choice([1_882, 5_315]))
    busy = np.sin(2 * np.pi * np.arange(rows) / 288) > random.uniform(0.2, 0.8)
    values = np.abs(random.normal(0, 0.02, rows)) * (random.random(rows) < 0.3)
    values += busy * (random.random(rows) < 0.3) * random.gamma(2, 0.08, rows)
    anomalies = places(random, rows, 2)
    for start in anomalies:
        stretch = slice(start, start + int(random.integers(5, 80)))
        values[stretch] += (random.random(len(values[stretch])) < 0.7) * random.uniform(0.2, 1.2)
    return Series(300, values, anomalies)


def prices(random: Random) -> Series:
    """Hourly prices that wander; sometimes a multiple."""
    rows = 1_620
    daily = 0.15 * np.sin(2 * np.pi * np.arange(rows) / 24)
    values = random.uniform(0.1, 1) * np.exp(
        daily + wandering(random, rows, 48, 0.15) + random.normal(0, 0.18, rows)
    )
    anomalies = places(random, rows, int(random.integers(1, 4)))
    for start in anomalies:
        values[start : start + random.integers(1, 5)] *= random.uniform(2.2, 6)
    return Series(3600, values, anomalies)


def speeds(random: Random) -> Series:
    """Speeds on a road; sometimes a jam."""
    rows = 2_500
    values = 65 + 4 * np.sin(2 * np.pi * np.arange(rows) / 288) + random.normal(0, 3, rows)
    for start in random.integers(0, rows, 5):
        values[start : start + random.integers(1, 4)] -= random.uniform(5, 25)
    anomalies = places(random, rows, int(random.integers(1, 4)))
    for start in anomalies:
        values[start : start + random.integers(3, 15)] -= random.uniform(20, 50)
    return Series(300, np.maximum(values, 0.0).round(), anomalies)


def steady(random: Random) -> Series:
    """Nothing but noise, or nothing at all, on a flat or a square day."""
    rows = 4_032
    values = random.uniform(10, 50) + random.normal(0, float(random.choice([0.0, 1.0, 3.0])), rows)
    return Series(300, values + 20.0 * random.integers(0, 2) * (np.arange(rows) % 288 > 96), [])


KINDS: dict[Kind, int] = {
    counts: 10,
    demand: 4,
    temperature: 4,
    turns: 6,
    idle: 4,
    prices: 6,
    speeds: 4,
    steady: 3,
}


def windows_of(series: Series) -> list[tuple[int, int]]:
    """First and last row of each anomaly's window."""
    half = int(LABELLED_SHARE * len(series.values) / max(len(series.anomalies), 1)) // 2
    last = len(series.values) - 1
    return [(max(middle - half, 0), min(middle + half, last)) for middle in series.anomalies]


def main(folder: Path, seed: int = 1) -> None:
    """Write the series and their windows; then `python -m tests.bench.quality FOLDER --kind nab`."""
    labels = {}
    for place, (kind, number) in enumerate(KINDS.items()):
        for one in range(number):
            series = kind(np.random.default_rng([seed, place, one]))
            stamps = [
                str(START + np.timedelta64(series.spacing_s * row, "s")).replace("T", " ")
                for row in range(len(series.values))
            ]
            name = f"{kind.__name__}/{one}.csv"
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            lines = [
                f"{stamp},{value!r}" for stamp, value in zip(stamps, series.values.tolist(), strict=True)
            ]
            (folder / name).write_text("\n".join(["timestamp,value", *lines]) + "\n", "utf-8")
            labels[name] = [(stamps[first], stamps[end]) for first, end in windows_of(series)]
    (folder / "windows.json").write_text(json.dumps(labels, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    typer.run(main)
