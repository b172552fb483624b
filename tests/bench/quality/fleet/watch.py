"""The detectors at work on a recording: the one place where the bench calls them, as the detection worker does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from detectors.baseline import parameters
from detectors.silence.parameters import DEFAULTS as SILENCE
from detectors.state import State, observe_telemetry
from detectors.triage.urgency import ENDINGS
from schemas import telemetry
from schemas.detection import DetectionRaised
from schemas.event import Envelope
from tests.bench.quality.fleet.population import START, Population
from tests.bench.quality.fleet.recording import made_at

# In which setting is measured.
SETTING = {**parameters.DEFAULTS._asdict(), "silence": SILENCE._asdict()}
ORIGIN = "telemetry/0/{}"


class Finding(NamedTuple):
    """A finding on a device: when the report that completed it was made (seconds since START), and what it says."""

    device: int
    time_s: float
    kind: str
    metric: str
    severity: str


def watch(population: Population, records: Iterable[bytes]) -> list[Finding]:
    """Everything the detectors find in these records, in the order found, at the default setting; but not that a silence has ended."""
    state, found = State(), []
    numbers = {name: number for number, name in enumerate(population.names)}
    for place, value in enumerate(records):
        for envelope in detect(state, value, ORIGIN.format(place)):
            if (one := _finding(numbers, envelope)).kind not in ENDINGS:
                found.append(one)
    return found


def detect(state: State, value: bytes, origin: str) -> list[Envelope]:
    """What one record completes. A further detector on telemetry is called here, with what the worker gives it."""
    return observe_telemetry(state, telemetry.decode(value), origin)


def _finding(numbers: dict[str, int], envelope: Envelope) -> Finding:
    data = envelope.data
    if not isinstance(data, DetectionRaised):
        raise TypeError(f"a detector gave out {envelope.type}")
    # A device's clock may be wrong, so the report's own id says when it was made; what time alone completes has no report.
    time_s = made_at(data.evidence[-1].event)[1] if data.evidence else (envelope.time - START).total_seconds()
    kind = data.kind.removesuffix(f".{data.metric}") if data.metric else data.kind
    return Finding(numbers[envelope.subject], time_s, kind, data.metric or "", data.severity)
