"""How fast the ensemble of autoencoders and the damped statistics take events: `figures()`.

Processor time of one thread, so that what else runs here counts less; medians. Events are scored and learned, all of them usual ones (the
dearest case: what is odd is not learned), behind the last fit of the map; the fits are a figure of their own.
"""

from __future__ import annotations

import statistics
import time

import numpy as np

from detectors.autoencoders.detector import compile_all, observe
from detectors.autoencoders.ensemble import Ensemble
from detectors.autoencoders.memory import FITS
from detectors.checks import Floats
from detectors.damped.detector import Traffic
from tests.bench.command import program

REPEATS = 9
ROWS = 16_384
FEATURES = (8, 24)
DEVICES, TARGETS = 1000, 3000


def figures() -> dict[str, float]:
    """By the names of `tests.bench.detect`: events a second with 8 and with 24 features, milliseconds of all fits, bytes, damped ones."""
    compile_all()
    few, many = (ensemble_eps(features) for features in FEATURES)
    return {
        "autoencoder_8_eps": round(few),
        "autoencoder_eps": round(many),
        "autoencoder_fits_ms": round(fits_ms(FEATURES[-1]), 1),
        "autoencoder_bytes": len(Ensemble(FEATURES[-1]).encode()),
        "damped_eps": round(damped_eps()),
    }


def usual(rows: int, features: int) -> Floats:
    """Features that a third as many causes drive."""
    random = np.random.default_rng(features)
    causes = random.uniform(-1.0, 1.0, (rows, max(features // 3, 1)))
    mixing = random.normal(0.0, 1.0, (causes.shape[1], features))
    return np.asarray(50.0 + causes @ mixing + random.normal(0.0, 0.1, (rows, features)), np.float64)


def ensemble_eps(features: int) -> float:
    """Events scored and learned a second, of one cohort."""
    ensemble, values = Ensemble(features), usual(2 * FITS[-1] + REPEATS * ROWS, features)
    warm, rates = 2 * FITS[-1], []
    observe(ensemble, values[:warm], np.arange(warm) * 1_000_000)
    for first in range(warm, len(values), ROWS):
        batch = values[first : first + ROWS]
        started = time.thread_time()
        observe(ensemble, batch, np.arange(first, first + len(batch)) * 1_000_000)
        rates.append(len(batch) / (time.thread_time() - started))
    return statistics.median(rates)


def fits_ms(features: int) -> float:
    """What a cohort's first events cost, all fits with them."""
    values, spent = usual(FITS[-1] + 200, features), []
    for _ in range(3):
        ensemble, started = Ensemble(features), time.thread_time()
        observe(ensemble, values, np.arange(len(values)) * 1_000_000)
        spent.append((time.thread_time() - started) * 1e3)
    return statistics.median(spent)


def damped_eps() -> float:
    """Events a second through the statistics of device, target and channel at three half-lives."""
    random = np.random.default_rng(3)
    traffic, rates = Traffic(), []
    for turn in range(REPEATS + 2):
        devices, targets = (random.integers(1, most, ROWS).astype(np.uint64) for most in (DEVICES, TARGETS))
        times, sizes = (turn * ROWS + np.arange(ROWS)) * 1_000, random.lognormal(5.0, 1.0, (2, ROWS))
        started = time.thread_time()
        traffic.observe(devices, targets, targets, times, *sizes)
        rates.append(ROWS / (time.thread_time() - started))
    return statistics.median(rates[2:])


if __name__ == "__main__":
    program(figures)
