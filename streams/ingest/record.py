"""One telemetry object by itself: slow, but it names what is wrong. The columns of `columns.py` accept exactly the same."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, NamedTuple

from schemas.errors import Rejected
from schemas.event import parse_time
from schemas.pki import NAME
from schemas.telemetry import MAX_METRICS
from schemas.topics import MAX_EVENT_BYTES
from streams.ingest.sanitise import is_secret
from streams.ingest.strict_json import parse_object, shown
from streams.ingest.unit import Unit

OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
OLDEST_US = int(OLDEST.timestamp()) * 1_000_000
MAX_TEXT = 128
FIELDS = frozenset(("id", "tenant", "device", "time", "model", "site", "firmware", "metrics"))
NAME_RULE = "must be 1-64 of A-Z a-z 0-9 . _ -"


class Record(NamedTuple):
    """One valid telemetry object; metrics that were null are left out, `time_us` is microseconds since 1970 UTC."""

    id: str | None
    tenant: str
    device: str
    time_us: int
    model: str | None
    site: str | None
    firmware: str | None
    metrics: dict[str, float]


def parse_record(unit: Unit, early_us: int) -> Record:
    """The record of one unit; Rejected names the first field that is wrong."""
    if len(unit.raw) > MAX_EVENT_BYTES:
        raise oversized(len(unit.raw))
    value = parse_object(unit.raw)
    only_known(value)
    return Record(
        id=text(value, "id"),
        tenant=identity_part(value, "tenant", unit.tenant),
        device=identity_part(value, "device", unit.device),
        time_us=time_us(value, unit.received_us + early_us),
        model=text(value, "model"),
        site=text(value, "site"),
        firmware=text(value, "firmware"),
        metrics=metrics(value),
    )


def only_known(value: dict[str, Any]) -> None:
    """Refuse an object with a field that telemetry does not have: what can't be stored must not be dropped silently."""
    unknown = next((name for name in value if name not in FIELDS), None)
    if unknown is not None:
        reason = "is not a field of telemetry; what was measured goes into metrics"
        raise Rejected("unknown_field", shown(unknown), reason)


def oversized(size_bytes: int) -> Rejected:
    """The refusal of a message or unit over the limit."""
    return Rejected("oversized", "", f"has {size_bytes} bytes; at most {MAX_EVENT_BYTES} are taken")


def text(value: dict[str, Any], field: str) -> str | None:
    """An optional short text."""
    found = value.get(field)
    if found is None:
        return None
    if not isinstance(found, str):
        raise Rejected("bad_type", field, "must be text")
    if not 1 <= len(found) <= MAX_TEXT:
        raise Rejected("bad_length", field, f"must have 1 to {MAX_TEXT} characters")
    return found


def identity_part(value: dict[str, Any], field: str, proven: str, alias: str = "") -> str:
    """The tenant or device: what the certificate says, which the payload may repeat; the payload's own where there is none."""
    claimed = value.get(alias or field)
    if proven:
        if not NAME.fullmatch(proven):
            raise Rejected("bad_name", alias or field, f"the sender's name {NAME_RULE}")
        if claimed is not None and claimed != proven:
            raise Rejected("identity_mismatch", alias or field, "is not the sender's, by its certificate")
        return proven
    if claimed is None:
        raise Rejected("missing_field", alias or field, "is missing")
    if not isinstance(claimed, str) or not NAME.fullmatch(claimed):
        raise Rejected("bad_name", alias or field, NAME_RULE)
    if is_secret(claimed):
        raise secret_name(alias or field)
    return claimed


def secret_name(field: str) -> Rejected:
    """The refusal of a name that is a key or token."""
    return Rejected("secret_in_name", field, "is a key or token by its form, not a name")


def event_time(value: dict[str, Any], latest_us: int) -> datetime:
    """The event time, which must lie between the year 2000 and a little after now."""
    claimed = value.get("time")
    if claimed is None:
        raise Rejected("missing_field", "time", "is missing")
    if not isinstance(claimed, str):
        raise Rejected("bad_time", "time", "must be RFC 3339 text such as 2026-01-31T12:00:00Z")
    time = parse_time(claimed.upper())
    if time < OLDEST:
        raise Rejected("too_old", "time", "is before the year 2000; is the device's clock set?")
    if microseconds(time) > latest_us:
        raise Rejected("in_future", "time", "is in the future; is the device's clock right?")
    return time


def time_us(value: dict[str, Any], latest_us: int) -> int:
    """The event time in microseconds since 1970, within the same bounds."""
    return microseconds(event_time(value, latest_us))


def microseconds(time: datetime) -> int:
    """Exact microseconds since 1970; `timestamp()` would round through a float."""
    delta = time - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def metrics(value: dict[str, Any]) -> dict[str, float]:
    """The metrics that have a value; each must be a finite number."""
    found = value.get("metrics")
    if found is None:
        raise Rejected("missing_field", "metrics", "is missing")
    if not isinstance(found, dict):
        raise Rejected("bad_type", "metrics", "must be an object of numbers")
    if len(found) > MAX_METRICS:
        raise Rejected("too_many_metrics", "metrics", f"has {len(found)} metrics; at most {MAX_METRICS}")
    return {name: _number(name, number) for name, number in found.items() if _known(name, number)}


def _known(name: str, number: Any) -> bool:
    if not NAME.fullmatch(name):
        raise Rejected("bad_name", f"metrics.{shown(name)}", f"a metric's name {NAME_RULE}")
    if is_secret(name):
        raise secret_name("metrics")
    return number is not None


def _number(name: str, number: Any) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise Rejected("bad_type", f"metrics.{name}", "must be a number or null")
    if not math.isfinite(number):
        raise Rejected(
            "not_finite", f"metrics.{name}", "must be a finite number that fits 64-bit floating point"
        )
    return float(number)
