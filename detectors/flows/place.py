"""Where a flow is from, and how what it completes is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from detectors.baseline.sentence import EPOCH
from detectors.detection import detection
from schemas.detection import DetectionRaised
from schemas.event import Envelope

MICROSECOND = timedelta(microseconds=1)


class Place(NamedTuple):
    """A flow's device, its event's id, its record in the log, and its event time, also in microseconds since 1970."""

    device: str
    event: str
    origin: str
    time: datetime
    time_us: int


def place_of(envelope: Envelope, origin: str) -> Place:
    """The place of an event; exact."""
    return Place(envelope.subject, envelope.id, origin, envelope.time, (envelope.time - EPOCH) // MICROSECOND)


def completed(tenant: str, at: Place, data: DetectionRaised, *what: str) -> Envelope:
    """What a flow completes, at its time; the id depends on the device, on `what` is told, and on the flow."""
    return detection("flow", tenant, at.device, *what, at.event, time=at.time, data=data, cause=at.origin)
