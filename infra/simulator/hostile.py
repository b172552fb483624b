"""Messages no edge likes, in the name of a healthy device, and what each must become: kept once, dead-lettered, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from infra.simulator import message
from infra.simulator.fleet import Device
from infra.simulator.journal import Becomes, Sent
from infra.simulator.uplink import Kind
from schemas.topics import MAX_EVENT_BYTES

LATE_S = 2 * 3600.0
PLACEHOLDER = 123456.789


@dataclass(frozen=True, slots=True)
class Hostile:
    """One message: its bytes, the id in them, and what must become of it; `code` is the dead letter's."""

    name: str
    event: str
    payload: bytes
    becomes: Becomes
    code: str = ""
    kind: Kind = "telemetry"
    repeat: bool = False

    def sent(self, device: Device) -> Sent:
        """Its row of the journal."""
        return Sent(
            channel=device.transport,
            becomes=self.becomes,
            tenant=device.tenant,
            device=device.name,
            event=self.event,
            repeat=self.repeat,
            label=self.name,
            code=self.code,
        )


def messages(
    device: Device, healthy: Mapping[str, Any], recorded: Mapping[str, Any], now_s: float
) -> Iterator[Hostile]:
    """All of them for one device: `healthy` is a telemetry object it could send now, `recorded` one it has sent before."""
    yield from _broken(device, healthy)
    yield _unknown_type(device, healthy, now_s)
    late = _changed(device, healthy, "late", time=message.utc(now_s - LATE_S))
    doubled = _changed(device, healthy, "duplicated")
    yield from (late, doubled, replace(doubled, repeat=True))
    yield Hostile("replayed", str(recorded["id"]), message.encode(recorded), "telemetry", repeat=True)


def spoofed(device: Device, victim: Device, healthy: Mapping[str, Any]) -> Hostile:
    """A telemetry object in a victim's name, meant for the victim's MQTT topic: the broker must not pass it on."""
    body = {"tenant": victim.tenant, "device": victim.name}
    return replace(_changed(device, healthy, "spoofed", **body), becomes="nothing")


def _broken(device: Device, healthy: Mapping[str, Any]) -> Iterator[Hostile]:
    whole = _changed(device, healthy, "malformed")
    yield _dead(replace(whole, payload=whole.payload[:-2]), "bad_json")
    number = {**healthy["metrics"], "temperature_c": PLACEHOLDER}
    text = _changed(device, healthy, "not-a-number", metrics=number)
    yield _dead(replace(text, payload=text.payload.replace(b"%r" % PLACEHOLDER, b"NaN")), "not_finite")
    yield _dead(_changed(device, healthy, "bad-time", time="yesterday"), "bad_time")
    yield _dead(_changed(device, healthy, "from-the-future", time="2091-01-01T00:00:00Z"), "in_future")
    if device.transport == "kafka":
        # A gateway may speak for any device, so there it is a name that can't be one.
        yield _dead(_changed(device, healthy, "bad-name", device="../../etc/passwd"), "bad_name")
    else:
        yield _dead(_changed(device, healthy, "wrong-identity", device="somebody-else"), "identity_mismatch")
    if device.transport != "mqtt":
        yield _dead(_changed(device, healthy, "oversized", site="x" * MAX_EVENT_BYTES), "oversized")


def _changed(sender: Device, healthy: Mapping[str, Any], name: str, **changes: Any) -> Hostile:
    event = f"{name}-over-{sender.transport}-{healthy['id']}"
    return Hostile(name, event, message.encode({**healthy, "id": event, **changes}), "telemetry")


def _dead(hostile: Hostile, code: str) -> Hostile:
    return replace(hostile, becomes="dead_letter", code=code)


def _unknown_type(device: Device, healthy: Mapping[str, Any], now_s: float) -> Hostile:
    event = f"unknown-type-over-{device.transport}-{healthy['id']}"
    body = {
        "specversion": "1.0",
        "id": event,
        "type": "door.opened.v9",
        "source": f"device/{device.identity}",
        "subject": device.name,
        "tenant": device.tenant,
        "time": message.utc(now_s),
        "data": {"door": "left"},
    }
    return Hostile("unknown-type", event, message.encode(body), "dead_letter", "unknown_type", kind="events")
