"""Hostile messages: each is broken in exactly the way it says, and can be found again in the dead letters."""

from __future__ import annotations

import json
import math

import pytest

from infra.simulator import hostile
from infra.simulator.behaviour import Behaviour
from infra.simulator.fleet import Transport, make
from infra.simulator.history import recorded
from infra.simulator.hostile import Hostile
from infra.simulator.message import telemetry
from schemas.topics import MAX_EVENT_BYTES

FLEET = make(7)
NOW_S = 1.79e9


def _messages(transport: Transport) -> list[Hostile]:
    device = FLEET.spare(transport)
    behaviour = Behaviour(FLEET)
    healthy = telemetry(device, "now", NOW_S, behaviour.at(NOW_S, NOW_S).T.tolist()[device.index])
    return list(hostile.messages(device, healthy, recorded(behaviour, device, NOW_S, 2), NOW_S))


@pytest.mark.parametrize("transport", ["mqtt", "http", "kafka"])
def test_every_way_in_gets_the_whole_collection(transport: Transport) -> None:
    messages = {(one.name, one.repeat): one for one in _messages(transport)}
    names = {name for name, _ in messages}
    always = {
        "malformed",
        "not-a-number",
        "bad-time",
        "from-the-future",
        "unknown-type",
        "late",
        "duplicated",
        "replayed",
    }
    assert always <= names
    assert ("oversized" in names) == (transport != "mqtt")
    assert ("bad-name" in names) == (transport == "kafka")
    assert ("wrong-identity" in names) == (transport != "kafka")
    assert messages["duplicated", False].payload == messages["duplicated", True].payload
    with pytest.raises(json.JSONDecodeError):
        json.loads(messages["malformed", False].payload)
    assert math.isnan(json.loads(messages["not-a-number", False].payload)["metrics"]["temperature_c"])
    for one in messages.values():
        # Dead letters are stored cut to 64 KiB: what one is found by must be at the beginning.
        assert one.event.encode() in one.payload[:200]
        assert (one.becomes == "dead_letter") == bool(one.code)
        assert (len(one.payload) > MAX_EVENT_BYTES) == (one.name == "oversized")
        assert b"\n" not in one.payload


def test_ids_differ_between_ways_in() -> None:
    ids = [one.event for way in ("mqtt", "http", "kafka") for one in _messages(way) if not one.repeat]
    assert len(ids) == len(set(ids))


def test_a_spoofed_report_names_its_victim() -> None:
    device, victim = FLEET.spare("mqtt"), FLEET.role("d")
    spoofed = hostile.spoofed(device, victim, {"id": "x", "tenant": device.tenant, "device": device.name})
    assert json.loads(spoofed.payload)["device"] == victim.name
    assert spoofed.becomes == "nothing"
