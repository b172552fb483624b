"""The story's failing sensor is found at any time of day: two days of history, then reports every two seconds while it fails."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from detectors.state import State, observe_telemetry
from infra.simulator.behaviour import METRICS, Behaviour
from infra.simulator.condition import Condition
from infra.simulator.fleet import Device, make
from infra.simulator.history import times
from infra.simulator.live import PERIOD_S
from schemas import telemetry
from schemas.detection import DetectionRaised
from schemas.event import aggregate_key
from schemas.ids import digest
from schemas.topics import PARTITIONS
from streams.log.partition import partition_of

MIDNIGHT_S = 1_795_910_400.0
FLEET = make(7)
SENSOR = FLEET.role("d")
BEFORE_S, FAILS_OVER_S, AFTER_S = 40.0, 45.0, 35.0
Row = tuple[Device, float, Sequence[float]]


def partition(device: Device) -> int:
    """Where the log has it."""
    return partition_of(aggregate_key(device.tenant, device.name), PARTITIONS)


BESIDE = [device for device in FLEET.devices if partition(device) == partition(SENSOR)]


def batch(rows: list[Row]) -> pa.RecordBatch:
    """These reports as ingest would hand them on."""

    def text(values: list[str]) -> pa.Array:
        return pa.array(values, pa.string()).dictionary_encode()

    devices = [device for device, _, _ in rows]
    when = pa.array([datetime.fromtimestamp(at_s, UTC) for _, at_s, _ in rows], pa.timestamp("us", "UTC"))
    ids = [digest("telemetry", device.tenant, device.name, repr(at_s)) for device, at_s, _ in rows]
    said = [[None if math.isnan(value) else value for value in values] for _, _, values in rows]
    columns = [
        pa.array(ids, pa.binary(16)),
        text([device.tenant for device in devices]),
        text([device.name for device in devices]),
        *(when, when),
        text([device.model for device in devices]),
        text([device.site for device in devices]),
        text([device.firmware for device in devices]),
        *(pa.array(metric, pa.float64()) for metric in zip(*said, strict=True)),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=telemetry.schema_for(list(METRICS)))


def reports(origin_s: float) -> Iterator[list[Row]]:
    """What the partition's devices report, a moment a list."""
    behaviour = Behaviour(FLEET)
    condition = Condition(FLEET, behaviour)
    condition.drift(SENSOR, origin_s + BEFORE_S, FAILS_OVER_S)
    live = int((BEFORE_S + FAILS_OVER_S + AFTER_S) / PERIOD_S)
    for at_s in [*times(origin_s - 1, 48), *(origin_s + PERIOD_S * turn for turn in range(live))]:
        values = condition.apply(behaviour.at(at_s, origin_s), at_s).T.tolist()
        sends = behaviour.sends(at_s)
        yield [(device, at_s, values[device.index]) for device in BESIDE if sends[device.index]]


@pytest.mark.parametrize("hour", range(0, 24, 4))
def test_it_is_found_before_the_story_ends_and_nothing_else_is(hour: int) -> None:
    state, origin_s = State(), MIDNIGHT_S + 3600 * hour
    found = [
        finding
        for number, rows in enumerate(reports(origin_s))
        for finding in observe_telemetry(state, batch(rows), f"telemetry/0/{number}")
    ]
    assert {finding.subject for finding in found} == {SENSOR.name}
    kinds = {finding.data.kind for finding in found if isinstance(finding.data, DetectionRaised)}
    assert {kind.rpartition(".")[2] for kind in kinds} == {"temperature_c"}
    assert min(finding.time.timestamp() for finding in found) > origin_s + BEFORE_S
