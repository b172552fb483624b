"""What the rules remember as bytes and back: JSON, a few hundred bytes for each device with a relevant event."""

from __future__ import annotations

from typing import Any

import msgspec

from detectors.rules.engine import DeviceMemory, Engine, decode_memory


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules remember of one device."""

    tenant: str
    device: str
    seen: list[str]
    rules: dict[str, Any]


class Memories(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, in the order of their first event."""

    duplicates: int
    devices: list[Memory]


def encode(engine: Engine) -> list[bytes | memoryview]:
    """The memories as bytes."""
    devices = [
        Memory(tenant=tenant, device=device, seen=list(one.seen), rules=one.rules)
        for (tenant, device), one in engine.devices.items()
    ]
    return [msgspec.json.encode(Memories(duplicates=engine.duplicates, devices=devices))]


def restore(engine: Engine, data: memoryview) -> None:
    """Put `encode`'s bytes into an empty engine; MsgspecError where they are none."""
    memories = msgspec.json.decode(data, type=Memories)
    engine.duplicates = memories.duplicates
    for one in memories.devices:
        memory = DeviceMemory(seen=dict.fromkeys(one.seen), rules=decode_memory(one.rules))
        engine.devices[one.tenant, one.device] = memory
