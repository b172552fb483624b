"""What is known of flows as bytes and back: a head in JSON, then each tenant's traffic model, packed.

Layout: length of the head (8 bytes, big-endian), head, models in the order of the head's tenants, the one seen last last. A model is packed
because most of it is as in a fresh one: a bit for each of its 64-bit words, and those that differ, as exclusive or with the fresh one's.
"""

from __future__ import annotations

from functools import cache

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.flows.columns import NUMBERS, WORDS, Flow
from detectors.flows.detector import Flows
from detectors.flows.episode import Episode
from detectors.flows.tenant import Tenant, fresh_model
from detectors.flows.usual import Usual
from detectors.traffic.model import Model
from detectors.traffic.model import decode as decode_model

LAYOUT = 1
LENGTH = 8
Words = npt.NDArray[np.uint64]


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


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    duplicates: int
    forgotten: int
    tenants: list[Kept]


def encode(flows: Flows) -> list[bytes | memoryview]:
    """The flows as bytes, in pieces; equal ones have equal bytes."""
    models = {name: packed(tenant.model) for name, tenant in flows.tenants.items()}
    kept = [_kept(name, tenant, len(models[name])) for name, tenant in flows.tenants.items()]
    head = msgspec.json.encode(Head(duplicates=flows.duplicates, forgotten=flows.forgotten, tenants=kept))
    return [len(head).to_bytes(LENGTH, "big"), head, *models.values()]


def restore(flows: Flows, data: memoryview) -> None:
    """Put `encode`'s bytes into empty flows; ValueError, MsgspecError or Fatal where they are none, whole to the last byte."""
    end = LENGTH + int.from_bytes(data[:LENGTH], "big")
    head = msgspec.json.decode(data[LENGTH:end], type=Head)
    flows.duplicates, flows.forgotten = head.duplicates, head.forgotten
    for one in head.tenants:
        if one.model < 0 or end + one.model > len(data):
            raise ValueError("a model of flows is cut off")
        flows.tenants[one.tenant] = _tenant(one, data[end : end + one.model])
        end += one.model
    if end != len(data):
        raise ValueError("the models of flows are too long")


def packed(model: Model) -> bytes:
    """A model's bytes; equal models have equal ones, on every machine."""
    words = _words(model.encode()) ^ _fresh()
    there = words != 0
    return bytes(np.packbits(there).tobytes() + words[there].tobytes())


def unpacked(data: memoryview) -> Model:
    """The model of `packed`; ValueError or Fatal where the bytes are none."""
    words = _fresh().copy()
    start = (len(words) + 7) // 8
    if len(data) < start:
        raise ValueError("a model of flows is cut off")
    there = np.unpackbits(np.frombuffer(data[:start], np.uint8), count=len(words)).astype(np.bool_)
    if len(data) != start + 8 * int(there.sum()):
        raise ValueError("a model of flows has another length than it says")
    words[there] ^= np.frombuffer(data[start:], "<u8")
    model = decode_model(words.tobytes()[: len(fresh_model().encode())])
    if (model.numbers, model.words) != (len(NUMBERS), len(WORDS)):
        raise ValueError("a model of flows has other columns")
    return model


@cache
def _fresh() -> Words:
    return _words(fresh_model().encode())


def _words(data: bytes) -> Words:
    return np.frombuffer(data + bytes(-len(data) % 8), "<u8")


def _kept(name: str, tenant: Tenant, length: int) -> Kept:
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
    )


def _tenant(kept: Kept, model: memoryview) -> Tenant:
    tenant = Tenant(unpacked(model))
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
