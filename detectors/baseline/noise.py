"""Noise: the mean squared second difference of the last thirty reports is above everything before; a ramp has none."""

from __future__ import annotations

from typing import Any, NamedTuple

from detectors.baseline import row as r
from detectors.baseline.episode import Episode
from detectors.baseline.lanes import FOUR, NOISE, ONE, TWO, ZERO, Floats, f32, fused
from detectors.baseline.parameters import Parameters
from detectors.baseline.report import Report
from detectors.baseline.vector import larger, load, magnitude, select, smaller, store

THREE_HALVES = f32(1.5)
# How much more white noise varies in its second differences.
BEND = f32(6**0.5)
ENERGY_WEIGHT, BUSY_WEIGHT = f32(1 / 32), f32(1 / 128)


class Noise(NamedTuple):
    """How much the last reports vary, in usual variances, and the most they ever did; `seen` reports were judged."""

    energy: Any
    busiest: Any
    seen: Any
    found: Any


@fused
def noise_of(
    cells: Floats, base: int, busiest_known: Any, report: Report, sd: Any, idle: Any, p: Parameters
) -> Noise:
    """Judge the `idle` lanes, those that nothing else is found of; `busiest_known` is the most the cohort did, 0 where not known."""
    energy, busiest = load(cells, base + r.ENERGY), load(cells, base + r.BUSIEST)
    seen = report.count - f32(p.warm_up) + ONE
    bend = smaller(magnitude(report.v - TWO * report.last + report.before) / (sd * BEND), FOUR)
    weight = larger(ENERGY_WEIGHT, ONE / larger(seen, ONE))
    energy = select(report.known & ~report.started, energy + weight * (bend * bend - energy), energy)
    busy = f32(p.noise_factor) * larger(busiest, busiest_known)
    least = select(busiest_known > ZERO, ZERO, THREE_HALVES * f32(p.noise_ratio))
    old = report.count >= f32(p.settled_reports)
    return Noise(energy, busiest, seen, idle & old & ~report.open & (energy > larger(least, busy)))


@fused
def learn_noise(cells: Floats, base: int, report: Report, noise: Noise, episode: Episode) -> None:
    """Keep how much reports vary, and the most they did while nothing was found."""
    energy, busiest = noise.energy, noise.busiest
    store(cells, base + r.ENERGY, select(episode.adopted & (report.active == NOISE), ONE, energy))
    calmly = episode.learns & report.known & (noise.seen > f32(32))
    most = busiest + BUSY_WEIGHT * larger(energy - busiest, ZERO)
    store(cells, base + r.BUSIEST, select(calmly, most, busiest))
