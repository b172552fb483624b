"""What is known of flows as bytes and back: a head in JSON, then each tenant's traffic model, packed, and its devices' habits.

Layout: length of the head (8 bytes, big-endian), head, models and habits in the order of the head's tenants, the one seen last last.
"""

from __future__ import annotations

from functools import cache

import msgspec

from detectors.flows import habits_snapshot
from detectors.flows.columns import NUMBERS, WORDS, Flow
from detectors.flows.detector import Flows
from detectors.flows.episode import Episode
from detectors.flows.habits_snapshot import KeptHabits
from detectors.flows.packing import Words, packed, unpacked, words_of
from detectors.flows.tenant import Tenant, fresh_model
from detectors.flows.usual import Usual
from detectors.traffic.model import Model
from detectors.traffic.model import decode as decode_model

LAYOUT = 2
LENGTH = 8


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant; `model` is the length of the packed model, the rest is as in `Tenant`."""

    tenant: str
    flows: int
    odd: float
    judged: float
    forgotten: int
    shared_us: int
    seen: list[str]
    devices: dict[str, int]
    usual: list[Flow]
    episodes: dict[str, Episode]
    model: int
    habits: KeptHabits


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    duplicates: int
    forgotten: int
    tenants: list[Kept]


def encode(flows: Flows) -> list[bytes | memoryview]:
    """The flows as bytes, in pieces; equal ones have equal bytes."""
    kept: list[Kept] = []
    parts: list[bytes | memoryview] = []
    for name, tenant in flows.tenants.items():
        model = packed(tenant.model.encode(), _fresh())
        said, habits = habits_snapshot.encode(tenant.habits)
        kept.append(_kept(name, tenant, len(model), said))
        parts += [model, habits]
    head = msgspec.json.encode(Head(duplicates=flows.duplicates, forgotten=flows.forgotten, tenants=kept))
    return [len(head).to_bytes(LENGTH, "big"), head, *parts]


def restore(flows: Flows, data: memoryview) -> None:
    """Put `encode`'s bytes into empty flows; ValueError, MsgspecError or Fatal where they are none, whole to the last byte."""
    end = LENGTH + int.from_bytes(data[:LENGTH], "big")
    head = msgspec.json.decode(data[LENGTH:end], type=Head)
    flows.duplicates, flows.forgotten = head.duplicates, head.forgotten
    for one in head.tenants:
        stop = end + one.model + sum(one.habits.parts)
        if one.model < 0 or stop < end + one.model or stop > len(data):
            raise ValueError("a model of flows is cut off")
        flows.tenants[one.tenant] = _tenant(one, data[end : end + one.model], data[end + one.model : stop])
        end = stop
    if end != len(data):
        raise ValueError("the models of flows are too long")


def _unpacked(data: memoryview) -> Model:
    """A packed model; ValueError or Fatal where the bytes are none."""
    model = decode_model(unpacked(data, _fresh())[: len(fresh_model().encode())])
    if (model.numbers, model.words) != (len(NUMBERS), len(WORDS)):
        raise ValueError("a model of flows has other columns")
    return model


@cache
def _fresh() -> Words:
    return words_of(fresh_model().encode())


def _kept(name: str, tenant: Tenant, length: int, habits: KeptHabits) -> Kept:
    return Kept(
        tenant=name,
        flows=tenant.flows,
        odd=tenant.odd,
        judged=tenant.judged,
        forgotten=tenant.forgotten,
        shared_us=tenant.shared_us,
        seen=list(tenant.seen),
        devices=tenant.devices,
        usual=list(tenant.usual.flows),
        episodes=tenant.episodes,
        model=length,
        habits=habits,
    )


def _tenant(kept: Kept, model: memoryview, habits: memoryview) -> Tenant:
    tenant = Tenant(_unpacked(model))
    tenant.habits = habits_snapshot.restore(kept.habits, habits)
    tenant.flows, tenant.odd, tenant.judged = kept.flows, kept.odd, kept.judged
    tenant.forgotten, tenant.shared_us = kept.forgotten, kept.shared_us
    tenant.seen, tenant.devices = dict.fromkeys(kept.seen), kept.devices
    tenant.usual = Usual(_checked(flow) for flow in kept.usual)
    tenant.episodes = kept.episodes
    return tenant


def _checked(flow: Flow) -> Flow:
    if (len(flow.numbers), len(flow.words)) != (len(NUMBERS), len(WORDS)):
        raise ValueError("a flow has other columns")
    return flow
