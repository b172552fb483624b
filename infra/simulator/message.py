"""What devices say, as bytes: one telemetry object, or one CloudEvent in structured mode (CloudEvents 1.0.2, JSON format)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from infra.simulator.behaviour import METRICS
from infra.simulator.fleet import Device
from schemas.event import Event, rfc3339

DIGITS = 3
_encode = msgspec.json.Encoder().encode


def utc(time_s: float) -> str:
    """Seconds since 1970 as RFC 3339 text."""
    return rfc3339(datetime.fromtimestamp(time_s, UTC))


def telemetry(
    device: Device, event: str, time_s: float, values: Sequence[float], firmware: str | None = None
) -> dict[str, Any]:
    """One telemetry object: `values` in the order of METRICS; a metric the device hasn't (NaN) is left out."""
    return {
        "id": event,
        "tenant": device.tenant,
        "device": device.name,
        "time": utc(time_s),
        "model": device.model,
        "site": device.site,
        "firmware": firmware or device.firmware,
        "metrics": {
            name: round(value, DIGITS)
            for name, value in zip(METRICS, values, strict=True)
            if not math.isnan(value)
        },
    }


def cloud_event(device: Device, event: str, time_s: float, data: Event) -> dict[str, Any]:
    """One security event of a device as a structured-mode CloudEvent; `event` is the id the device gave it."""
    return {
        "specversion": "1.0",
        "id": event,
        "type": data.TYPE,
        "source": f"device/{device.identity}",
        "subject": device.name,
        "tenant": device.tenant,
        "time": utc(time_s),
        "datacontenttype": "application/json",
        "data": msgspec.to_builtins(data),
    }


def encode(message: Mapping[str, Any]) -> bytes:
    """One message as JSON."""
    return _encode(message)


def encode_lines(messages: Sequence[Mapping[str, Any]]) -> bytes:
    """Several messages as NDJSON."""
    return b"\n".join(_encode(message) for message in messages)
