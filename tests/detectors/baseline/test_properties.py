"""What must hold of every detector holds of the baselines; and a flood of new devices stays within its bound."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import checks, snapshot
from detectors.baseline.batch import plain
from detectors.baseline.block import MOST_METRICS, Block
from detectors.baseline.detector import observe
from detectors.checks import Floats, Rows, Subject
from detectors.state import State
from tests.detectors.fleet import METRICS, fleet_batch, moment, report_batch

COLUMNS = 3


def device_slots(block: Block, devices: np.ndarray) -> np.ndarray:
    """The slots of numbered devices."""
    names, codes = np.unique(devices, return_inverse=True)
    texts = [str(name) for name in names]
    offsets = np.cumsum([0, *map(len, texts)], dtype=np.int32)
    data = np.frombuffer("".join(texts).encode(), np.uint8)
    return block.slots(np.zeros(len(codes), np.int64), codes.astype(np.int32), offsets, data)


def observed(state: State, rows: Rows) -> Floats:
    """One row after the other, so that the deviation of each can be read off: the largest of its metrics."""
    scores = np.zeros(len(rows.values))
    block = state.block
    columns = np.array([block.column(f"metric_{number}") for number in range(COLUMNS)])
    block.names.tenant("")
    for place in range(len(scores)):
        slots = device_slots(block, rows.devices[place : place + 1])
        values = rows.values[place : place + 1].T.astype(np.float32)
        block.score(
            np.zeros(1, np.int64), plain(slots, rows.times_us[place : place + 1].copy(), values), columns
        )
        scores[place] = max(
            abs((block.numbers("", str(rows.devices[place]), f"metric_{number}") or {"z": 0.0})["z"])
            for number in range(COLUMNS)
        )
    return scores


SUBJECT = Subject(State, observed, snapshot.encode, snapshot.decode)


def rows_of(seed: int, count: int = 240) -> Rows:
    """Three devices, missing values, clocks that run backwards, outliers and infinities."""
    chance = np.random.default_rng(seed)
    values = chance.normal(50, 2, (count, COLUMNS))
    values[chance.random(values.shape) < 0.05] = np.nan
    values[chance.random(values.shape) < 0.01] = np.inf
    values[chance.random(values.shape) < 0.01] = 1e12
    times = 1_700_000_000_000_000 + np.arange(count) * 60_000_000
    times[chance.random(count) < 0.05] -= 3_600_000_000
    return Rows(chance.integers(0, 3, count), times, values)


@given(st.integers(0, 1000), st.integers(1, 239))
@settings(max_examples=8)
def test_what_must_hold_of_every_detector(seed: int, at: int) -> None:
    rows = rows_of(seed)
    checks.all_hold(SUBJECT, rows, [at], at, high=1e18)
    checks.keeps_devices_apart(SUBJECT, rows, 1)
    checks.ignores_feature_order(SUBJECT, rows, [2, 0, 1])


def test_a_flood_of_new_devices_forgets_those_that_were_silent_longest() -> None:
    block = Block(most_bytes=64 * 1024)
    regulars = [f"pump-{number}" for number in range(8)]
    for step in range(60):
        flood = [f"new-{step}-{number}" for number in range(20)]
        assert observe(block, fleet_batch("acme", [*regulars, *flood], step), "t/0/0") == []
        assert block.devices <= block.most_devices < 70
    assert block.forgotten == 8 + 60 * 20 - block.devices
    assert [block.names.one("acme", name) is not None for name in regulars] == [True] * 8
    kept = block.numbers("acme", "pump-3", METRICS[0])
    assert kept is not None and kept["count"] == 60
    assert block.names.one("acme", "new-0-0") is None
    assert len(block.names.all()) == len(set(block.names.all())) == block.devices


def test_new_metrics_come_at_any_time_and_never_more_than_there_is_room_for() -> None:
    block = Block()
    observe(block, fleet_batch("acme", ["d"], 0), "t/0/0")
    before = block.numbers("acme", "d", METRICS[0])
    columns = [block.column(f"metric_{number}") for number in range(MOST_METRICS + 5)]
    assert columns[-7:] == [-1] * 7
    assert block.numbers("acme", "d", METRICS[0]) == before
    batch = report_batch("acme", [("d", moment(1), [1.0, 2.0, 3.0])])
    observe(block, batch, "t/0/0")
    after = block.numbers("acme", "d", METRICS[0])
    assert after is not None and after["count"] == 2


@pytest.mark.parametrize("names", [["a", "abcdefgh", "abcdefghi", "", "ä" * 60, "abcdefg"]])
def test_names_of_any_length_are_told_apart_also_between_tenants(names: list[str]) -> None:
    block = Block()
    for tenant in ("acme", "other"):
        observe(block, fleet_batch(tenant, names, 0), "t/0/0")
    assert block.names.all() == [(tenant, name) for tenant in ("acme", "other") for name in names]
    assert [block.names.one(tenant, name) for tenant, name in block.names.all()] == list(range(12))
    assert block.names.one("acme", "abcdefgx") is None
