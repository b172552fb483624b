"""Batches observed many at once find exactly what they find one by one, whatever order devices report in."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from detectors import snapshot
from detectors.baseline.parameters import DEFAULTS
from detectors.state import State, observe_telemetry
from schemas.event import Envelope
from streams.what_if.chunk import Partition, Placed
from tests.detectors.fleet import moment, report_batch

TENANT = "chunked"


def trickle(seed: int, devices: int, steps: int, *, late: float) -> list[pa.RecordBatch]:
    """Batches of a few devices each; some spike, and a share of the reports comes late or twice."""
    chance = np.random.default_rng(seed)
    made = []
    for step in range(steps):
        rows: list[tuple[str, datetime, list[float | None]]] = []
        for number in chance.choice(devices, chance.integers(devices // 2, devices), replace=False):
            odd = step > 80 and step % 30 < 15 and number == step // 30 % devices
            # Each device's clock is off by as much every time, so devices' reports cross each other from batch to batch.
            at = moment(step) - timedelta(seconds=40 * int(number))
            at -= timedelta(seconds=90) if chance.random() < late else timedelta()
            rows.append(
                (f"d{number}", at, [20 + chance.normal(), 100.0 * (100 if odd else 1) + chance.normal(), 3.0])
            )
        made.append(report_batch(TENANT, rows))
    return made


@pytest.mark.parametrize("late", [0.0, 0.02])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_together_is_one_by_one(seed: int, late: float) -> None:
    batches = trickle(seed, 6, 260, late=late)
    state = State()
    wanted: list[tuple[int, Envelope]] = []
    for offset, batch in enumerate(batches):
        wanted += [(offset, found) for found in observe_telemetry(state, batch, f"telemetry/2/{offset}")]
    partition = Partition(2, {DEFAULTS: State()})
    found = [
        each for offset, batch in enumerate(batches) for each in partition.take(Placed(offset, offset, batch))
    ]
    found += partition.settle()
    assert [(one.written_ms, one.detection) for _, one in found] == wanted
    assert len(wanted) > 3
    assert snapshot.encode(partition.states[DEFAULTS]) == snapshot.encode(state)
