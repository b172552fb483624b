"""Everything detection knows of one partition as bytes and back: a versioned header in JSON, then the arrays as they are; never a pickle.

Layout: magic, length of the header (8 bytes, big-endian), header, arrays one after the other in the header's order. Equal states
have equal bytes, so `state_hash` compares two workers.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np

from detectors.baseline import parameters
from detectors.baseline.block import Block
from detectors.baseline.kernel import CELL
from detectors.rules.engine import RULES, DeviceMemory, Engine, decode_memory
from detectors.rules.rule import Rule
from schemas.errors import Fatal

MAGIC = b"VDT1"


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules remember of one device."""

    tenant: str
    device: str
    seen: list[str]
    rules: dict[str, Any]


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What the arrays mean; `cell` is the layout of a cell, so that a snapshot of another layout is refused."""

    baseline_version: int
    cell: list[tuple[str, str]]
    devices: list[tuple[str, str]]
    metrics: list[str]
    cohorts: list[tuple[str, str, str]]
    scored: int
    late: int
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
    block, engine = state.block, state.engine
    used = len(block.device_slots)
    header = Header(
        baseline_version=parameters.VERSION,
        cell=_layout(),
        devices=list(block.device_slots),
        metrics=list(block.metric_columns),
        cohorts=list(block.cohort_numbers),
        scored=block.scored,
        late=block.late,
        duplicates=engine.duplicates,
        memories=[
            Memory(tenant=tenant, device=device, seen=list(one.seen), rules=one.rules)
            for (tenant, device), one in engine.devices.items()
        ],
    )
    head = msgspec.json.encode(header)
    arrays = (block.cells[:used], block.last_us[:used], block.cohorts[:used])
    return b"".join([MAGIC, len(head).to_bytes(8, "big"), head, *(array.tobytes() for array in arrays)])


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
    except (ValueError, msgspec.MsgspecError) as error:
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
    return data[:4] == MAGIC and header.baseline_version == parameters.VERSION and header.cell == _layout()


def _layout() -> list[tuple[str, str]]:
    return [(name, np.dtype(CELL[name]).str) for name in CELL.names or ()]


def _restore_block(block: Block, header: Header, data: memoryview) -> None:
    shape = (len(header.devices), len(header.metrics))
    sizes = (shape[0] * shape[1] * CELL.itemsize, shape[0] * 8, shape[0] * 4)
    if header.cell != _layout() or len(data) != sum(sizes):
        raise ValueError("its arrays have another layout")
    for metric in header.metrics:
        block.column(metric)
    for tenant, device in header.devices:
        block.slot(tenant, device)
    block.cohort_numbers = {cohort: number for number, cohort in enumerate(header.cohorts)}
    first, second = sizes[0], sizes[0] + sizes[1]
    block.cells[: shape[0]] = np.frombuffer(data[:first], CELL).reshape(shape)
    block.last_us[: shape[0]] = np.frombuffer(data[first:second], np.int64)
    block.cohorts[: shape[0]] = np.frombuffer(data[second:], np.int32)
    block.scored, block.late = header.scored, header.late


def _restore_engine(engine: Engine, header: Header) -> None:
    engine.duplicates = header.duplicates
    for one in header.memories:
        memory = DeviceMemory(seen=dict.fromkeys(one.seen), rules=decode_memory(one.rules))
        engine.devices[one.tenant, one.device] = memory
