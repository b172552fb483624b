"""Devices of one site whose silence is found where it is hosted: telemetry batches in, detections out."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from detectors.state import State, observe_telemetry
from schemas.detection import DetectionRaised
from schemas.event import Envelope
from tests.detectors.fleet import moment, report_batch

TENANT = "acme"
DEVICES = [f"cam-{number}" for number in range(8)]
# Three days of a report in five minutes: every hour of a workday is known.
LEARNED, SPACING_S = 2 * 288, 300.0
Rows = list[tuple[str, datetime, list[float | None]]]


def at(step: float) -> datetime:
    # tests.detectors.fleet begins on a Sunday, and nobody knows yet who sleeps at weekends.
    return moment(0) + timedelta(days=1, seconds=step * SPACING_S)


def reports(devices: list[str], steps: range, seed: int = 5) -> Rows:
    chance = np.random.default_rng([seed, steps.start])
    return [
        (device, at(step + 0.01 * number), [20 + chance.normal(), 100 + chance.normal(), 3.0])
        for step in steps
        for number, device in enumerate(devices)
    ]


def fed(state: State, rows: Rows, size: int = 64) -> list[Envelope]:
    """What these rows complete, handed over in batches of `size`."""
    batches = [report_batch(TENANT, rows[start : start + size]) for start in range(0, len(rows), size)]
    return [
        one
        for number, batch in enumerate(batches)
        for one in observe_telemetry(state, batch, f"telemetry/0/{number}")
    ]


def data_of(envelope: Envelope) -> DetectionRaised:
    assert isinstance(envelope.data, DetectionRaised)
    return envelope.data


def told(found: list[Envelope]) -> list[tuple[str, str, str]]:
    return [
        (data_of(one).kind, one.subject, data_of(one).severity)
        for one in found
        if data_of(one).detector == "silence"
    ]


def elsewhere(steps: range) -> pa.RecordBatch:
    """Reports of three devices at another site, so that time goes on."""
    batch = report_batch(TENANT, reports([f"clock-{number}" for number in range(3)], steps))
    place = batch.schema.get_field_index("site")
    return batch.set_column(
        place, batch.schema.field(place), pa.array(["oslo"] * len(batch)).dictionary_encode()
    )
