"""A site of forty devices that is lost, found by the real detectors of four partitions, each of which sees its own devices only."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import msgspec

from detectors.state import State, observe_telemetry
from schemas.detection import DetectionRaised
from schemas.event import Envelope, aggregate_key
from schemas.topics import PARTITIONS
from streams.log.partition import partition_of
from tests.detectors.silence.hosted import LEARNED, TENANT, elsewhere, fed, reports

DEVICES = [f"cam-{number:04}" for number in range(40)]


@cache
def findings() -> tuple[Envelope, ...]:
    """What the partitions find once the site has said nothing for an hour."""
    parts: dict[int, list[str]] = {}
    for device in DEVICES:
        parts.setdefault(partition_of(aggregate_key(TENANT, device), PARTITIONS), []).append(device)
    return tuple(one for number in sorted(parts) for one in _found(parts[number]))


def _found(devices: list[str]) -> list[Envelope]:
    state = State()
    fed(state, reports(devices, range(LEARNED)))
    found = [
        one
        for step in range(LEARNED, LEARNED + 12)
        for one in observe_telemetry(state, elsewhere(range(step, step + 1)), "telemetry/0/1")
    ]
    return [one for one in found if isinstance(one.data, DetectionRaised) and one.data.detector == "silence"]


def moved(found: tuple[Envelope, ...], by: timedelta) -> list[Envelope]:
    """The same at another time."""
    return [_moved(one, by) for one in found]


def _moved(one: Envelope, by: timedelta) -> Envelope:
    assert isinstance(one.data, DetectionRaised)
    data = msgspec.structs.replace(one.data, since=one.data.since + by)
    return msgspec.structs.replace(one, time=one.time + by, data=data)
