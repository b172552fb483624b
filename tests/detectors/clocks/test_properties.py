"""What must hold of every detector holds of the clock detector."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import checks
from detectors.checks import Floats, Rows, Subject
from detectors.clocks import snapshot
from detectors.clocks.clocks import Clocks
from detectors.clocks.kernel import HEAD

DEVICES = 12
MOST_BYTES = 16 + DEVICES * (8 + HEAD.itemsize)


def observed(clocks: Clocks, rows: Rows, place: int = 0) -> Floats:
    """The kind of what each row completes (0: nothing); the first value of a row is its lag in seconds."""
    received = rows.times_us + np.rint(rows.values[:, 0] * 1e6).astype(np.int64)
    cohorts, places = np.arange(DEVICES, dtype=np.int32) % 2, np.array([place, place, 0])
    found = clocks.observe(rows.devices, rows.times_us, received, cohorts, places)
    kinds = np.zeros(len(rows.devices))
    kinds[found["row"]] = found["kind"]
    return kinds


def decode(data: bytes) -> Clocks:
    clocks = Clocks()
    snapshot.restore(clocks, memoryview(data), DEVICES)
    return clocks


ALONE = Subject(Clocks, observed, snapshot.encode, decode)
TOGETHER = Subject(Clocks, lambda clocks, rows: observed(clocks, rows, 1), snapshot.encode, decode)


def rows_of(seed: int, count: int = 1500) -> Rows:
    """Twelve devices every other minute, each for a while right, behind by something, ahead, or late by anything."""
    chance = np.random.default_rng(seed)
    devices, came_s = chance.integers(0, DEVICES, count), np.arange(count) * 10.0
    mood = chance.integers(0, 5, (DEVICES, 4))[devices, np.arange(count) * 4 // count]
    offset_s = np.choose(mood, [0.1, 0.1, 400.0, 10_800.0, -40.0]) + 2 * chance.random(count)
    late_s = np.where(chance.random(count) < 0.05, chance.uniform(0, 3600, count), 0.0)
    lag_s = (offset_s + late_s)[:, None]
    times = 1_700_000_000_000_000 + np.rint((came_s - lag_s[:, 0]) * 1e6).astype(np.int64)
    return Rows(devices, times, lag_s)


@pytest.mark.parametrize("subject", [ALONE, TOGETHER], ids=["alone", "together"])
@given(seed=st.integers(0, 1000), at=st.integers(1, 1499))
@settings(max_examples=30)
def test_what_must_hold_of_every_detector(subject: Subject[Clocks], seed: int, at: int) -> None:
    rows = rows_of(seed)
    checks.all_hold(subject, rows, [at], at, high=3.0)
    checks.stays_within(subject, rows, MOST_BYTES)


@given(st.integers(0, 1000), st.integers(0, DEVICES - 1))
@settings(max_examples=30)
def test_devices_without_a_place_do_not_touch_one_another(seed: int, device: int) -> None:
    checks.keeps_devices_apart(ALONE, rows_of(seed), device)


def test_the_rows_these_properties_are_checked_on_complete_something() -> None:
    assert {1.0, 2.0, 3.0} <= set(np.concatenate([observed(Clocks(), rows_of(seed)) for seed in range(9)]))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: data[:8],
        lambda data: b"",
        lambda data: (DEVICES + 1).to_bytes(8, "big") + data[8:],
        lambda data: bytes(8) + data[8:],
        lambda data: data[:16] + data[24:32] + data[16:24] + data[32:],
        lambda data: data[:16] + b"\xff" * 8 + data[24:],
    ],
)
def test_bytes_that_are_no_state_are_refused(damage: object) -> None:
    clocks = Clocks()
    rows = Rows(np.arange(DEVICES), np.full(DEVICES, 1_700_000_000_000_000), np.full((DEVICES, 1), 9000.0))
    observed(clocks, rows)
    data = snapshot.encode(clocks)
    assert len(data) == MOST_BYTES
    assert snapshot.encode(decode(data)) == data
    with pytest.raises(ValueError):
        decode(damage(data))  # type: ignore[operator]
