"""Everything detection knows of one partition as bytes and back: a versioned header in JSON, then the arrays as they are; never a pickle.

Layout: magic, length of the header (8 bytes, big-endian), header, arrays one after the other in the header's order. Equal states
have equal bytes, so `state_hash` compares two workers.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np

from detectors.baseline import parameters, row
from detectors.baseline.block import Block
from detectors.baseline.kernel import HEAD
from detectors.baseline.names import NAME
from detectors.rules.engine import RULES, DeviceMemory, Engine, decode_memory
from detectors.rules.rule import Rule
from schemas.errors import Fatal

MAGIC = b"VDT2"
COUNTS = ("scored", "late", "infinite", "unmodelled", "forgotten")


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules remember of one device."""

    tenant: str
    device: str
    seen: list[str]
    rules: dict[str, Any]


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What the arrays mean; `fields` is the layout of a device's row, so that a snapshot of another layout is refused."""

    baseline_version: int
    fields: list[str]
    devices: int
    text: int
    tenants: list[str]
    metrics: list[str]
    cohorts: list[tuple[str, str, str]]
    counts: dict[str, int]
    duplicates: int
    memories: list[Memory]


class State:
    """One partition's baselines and rules; only one with the default parameters and rules may be made a snapshot of."""

    def __init__(
        self, baseline: parameters.Parameters = parameters.DEFAULTS, rules: tuple[Rule, ...] = RULES
    ) -> None:
        self.block = Block(baseline)
        self.engine = Engine(rules)


def encode(state: State) -> bytes:
    """The state as bytes; a copy, so the state may change at once."""
    block, engine, names = state.block, state.engine, state.block.names
    header = Header(
        baseline_version=parameters.VERSION,
        fields=_layout(),
        devices=block.devices,
        text=names.text_used,
        tenants=list(names.tenants),
        metrics=list(block.metric_columns),
        cohorts=list(block.cohort_numbers),
        counts={name: getattr(block, name) for name in COUNTS},
        duplicates=engine.duplicates,
        memories=[
            Memory(tenant=tenant, device=device, seen=list(one.seen), rules=one.rules)
            for (tenant, device), one in engine.devices.items()
        ],
    )
    head = msgspec.json.encode(header)
    used = block.devices
    arrays = (block.used_cells(), block.heads[:used], names.names[:used], names.text[: names.text_used])
    return b"".join(
        [MAGIC, len(head).to_bytes(8, "big"), head, *(array.view(np.uint8).data for array in arrays)]
    )


def decode(data: bytes) -> State:
    """The state of `encode`; Fatal where the bytes are not a snapshot of this version, whole to the last byte."""
    try:
        if data[:4] != MAGIC:
            raise ValueError("wrong magic")
        end = 12 + int.from_bytes(data[4:12], "big")
        header = msgspec.json.decode(data[12:end], type=Header)
        state = State()
        _restore_block(state.block, header, memoryview(data)[end:])
        _restore_engine(state.engine, header)
    except (ValueError, KeyError, msgspec.MsgspecError) as error:
        raise Fatal(f"a detection snapshot cannot be read: {error}") from None
    return state


def state_hash(state: State) -> str:
    """16 bytes in hex that are equal for equal states only (BLAKE2b)."""
    return blake2b(encode(state), digest_size=16).hexdigest()


def is_current(data: bytes) -> bool:
    """Whether a snapshot was made by these very baselines; another version's is not restored but learned anew from the log."""
    try:
        end = 12 + int.from_bytes(data[4:12], "big")
        header = msgspec.json.decode(data[12:end], type=Header)
    except (ValueError, msgspec.MsgspecError):
        return False
    return data[:4] == MAGIC and header.baseline_version == parameters.VERSION and header.fields == _layout()


def _layout() -> list[str]:
    return [f"{row.LANES} float32", *row.NAMES]


def _restore_block(block: Block, header: Header, data: memoryview) -> None:
    groups = -(-len(header.metrics) // row.LANES)
    lengths = [
        header.devices * groups * row.FIELDS * row.LANES * 4,
        header.devices * HEAD.itemsize,
        header.devices * NAME.itemsize,
        header.text,
    ]
    if header.fields != _layout() or min(header.devices, header.text) < 0 or len(data) != sum(lengths):
        raise ValueError("its arrays have another layout")
    block.metric_columns = {metric: column for column, metric in enumerate(header.metrics)}
    block.cohort_numbers = {cohort: number for number, cohort in enumerate(header.cohorts)}
    for name in COUNTS:
        setattr(block, name, header.counts[name])
    block.reserve(header.devices, header.text, groups)
    names = block.names
    names.tenants = {tenant: number for number, tenant in enumerate(header.tenants)}
    names.used, names.text_used = header.devices, header.text
    arrays: tuple[Any, ...] = (
        block.used_cells(),
        block.heads[: names.used],
        names.names[: names.used],
        names.text[: header.text],
    )
    for array, length in zip(arrays, lengths, strict=True):
        array[...] = np.frombuffer(data[:length], array.dtype).reshape(array.shape)
        data = data[length:]
    ends = names.names["start"][: names.used].astype(np.int64) + names.names["length"][: names.used]
    if names.used and (ends.max() > header.text or names.names["length"].min() < 0):
        raise ValueError("its names lie outside of their text")
    if names.used and names.names["tenant"][: names.used].max() >= len(header.tenants):
        raise ValueError("a device has no tenant")
    names.index()


def _restore_engine(engine: Engine, header: Header) -> None:
    engine.duplicates = header.duplicates
    for one in header.memories:
        memory = DeviceMemory(seen=dict.fromkeys(one.seen), rules=decode_memory(one.rules))
        engine.devices[one.tenant, one.device] = memory
