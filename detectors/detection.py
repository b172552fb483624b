"""What detection found on a device, as an event."""

from __future__ import annotations

from datetime import datetime

from schemas.detection import DetectionRaised
from schemas.event import Envelope
from schemas.ids import derive


def detection(
    by: str, tenant: str, device: str, *what: str, time: datetime, data: DetectionRaised, cause: str
) -> Envelope:
    """The event of a finding `by` a family of detectors, at the time of the record `cause` that completed it.

    Its id depends on the device and on `what` was found: the kind, and what makes it another one of that kind. So it is the same event
    however often the log is read.
    """
    return Envelope(
        id=derive("detection", tenant, device, *what),
        type=DetectionRaised.TYPE,
        source=f"vedette/detection/{by}",
        subject=device,
        tenant=tenant,
        time=time,
        data=data,
        cause=cause,
    )
