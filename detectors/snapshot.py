"""Everything detection knows of one partition as bytes and back: a header in JSON that names its parts, then the parts; never a pickle.

Layout: magic, length of the header (8 bytes, big-endian), header, parts one after the other in the header's order. Each part is made and
read by the detector it belongs to. Equal states have equal bytes, so `state_hash` compares two workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from detectors.baseline import parameters
from detectors.baseline import snapshot as baseline
from detectors.clocks import snapshot as clocks
from detectors.cohorts import parameters as cohort
from detectors.cohorts import snapshot as cohorts
from detectors.flows import parameters as flow
from detectors.flows import snapshot as flows
from detectors.flows.detector import Flows
from detectors.rules import snapshot as rules
from detectors.silence import parameters as silence_parameters
from detectors.silence import snapshot as silence
from detectors.state import State
from schemas.errors import Fatal

MAGIC = b"VDT3"
Bytes = bytes | memoryview


class Part(NamedTuple):
    """One detector's share of a state: its bytes, in pieces, and how they are put back; a snapshot of another version is not restored.

    `restore` raises ValueError, KeyError or a MsgspecError for bytes that are no such part, whole to the last byte.
    """

    name: str
    version: str
    encode: Callable[[State], list[Bytes]]
    restore: Callable[[State, memoryview], None]


PARTS = (
    Part(
        "baseline",
        f"{parameters.VERSION} {baseline.LAYOUT}",
        lambda state: baseline.encode(state.block),
        lambda state, data: baseline.restore(state.block, data),
    ),
    Part(
        "silence",
        str(silence_parameters.VERSION),
        lambda state: [silence.encode(state.presence.beats)],
        lambda state, data: state.presence.restore(silence.decode(data)),
    ),
    Part(
        "clocks",
        clocks.LAYOUT,
        lambda state: [clocks.encode(state.watch.clocks)],
        lambda state, data: clocks.restore(state.watch.clocks, data, state.block.devices),
    ),
    Part(
        "cohorts",
        f"{cohort.VERSION} {cohorts.LAYOUT}",
        lambda state: cohorts.encode(state.cohorts),
        lambda state, data: cohorts.restore(state.cohorts, data),
    ),
    Part(
        "rules",
        "1",
        lambda state: rules.encode(state.engine),
        lambda state, data: rules.restore(state.engine, data),
    ),
    Part(
        "flows",
        f"{flow.VERSION} {flows.LAYOUT}",
        lambda state: flows.encode(state.flows),
        lambda state, data: flows.restore(state.flows, data),
    ),
)


TAUGHT_BY_TELEMETRY = ("baseline", "silence", "clocks", "cohorts")


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A part in the header: who made it and how long it is."""

    name: str
    version: str
    length: int


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What follows, in order."""

    parts: list[Stored]


def encode(state: State) -> bytes:
    """The state as bytes; a copy, so the state may change at once."""
    encoded = [part.encode(state) for part in PARTS]
    stored = [
        Stored(name=part.name, version=part.version, length=sum(memoryview(piece).nbytes for piece in pieces))
        for part, pieces in zip(PARTS, encoded, strict=True)
    ]
    head = msgspec.json.encode(Header(parts=stored))
    return b"".join(
        [MAGIC, len(head).to_bytes(8, "big"), head, *(one for pieces in encoded for one in pieces)]
    )


def decode(data: bytes) -> State:
    """The state of `encode`; Fatal where the bytes are not a snapshot by these very detectors, whole to the last byte."""
    try:
        header, rest = _opened(data)
        if not _is_ours(header):
            raise ValueError("it was made by other detectors")
        if (
            sum(one.length for one in header.parts) != len(rest)
            or min(one.length for one in header.parts) < 0
        ):
            raise ValueError("it is cut off or too long")
        state = State()
        for part, stored in zip(PARTS, header.parts, strict=True):
            part.restore(state, rest[: stored.length])
            rest = rest[stored.length :]
    except (ValueError, KeyError, msgspec.MsgspecError) as error:
        raise Fatal(f"a detection snapshot cannot be read: {error}") from None
    return state


def state_hash(state: State) -> str:
    """16 bytes in hex that are equal for equal states only (BLAKE2b)."""
    return blake2b(encode(state), digest_size=16).hexdigest()


def models_hash(state: State) -> str:
    """As `state_hash`, of what telemetry taught only: it depends on no security event, so on nothing but the telemetry taken."""
    return _hash_of(
        piece for part in PARTS if part.name in TAUGHT_BY_TELEMETRY for piece in part.encode(state)
    )


def flows_hash(learned: Flows) -> str:
    """As `state_hash`, of what network flows taught only."""
    return _hash_of(flows.encode(learned))


def _hash_of(pieces: Iterable[Bytes]) -> str:
    return blake2b(b"".join(pieces), digest_size=16).hexdigest()


def is_current(data: bytes) -> bool:
    """Whether a snapshot was made by these very detectors; another version's is not restored but learned anew from the log."""
    try:
        header, _ = _opened(data)
    except (ValueError, msgspec.MsgspecError):
        return False
    return _is_ours(header)


def _opened(data: bytes) -> tuple[Header, memoryview]:
    if data[:4] != MAGIC:
        raise ValueError("wrong magic")
    end = 12 + int.from_bytes(data[4:12], "big")
    return msgspec.json.decode(data[12:end], type=Header), memoryview(data)[end:]


def _is_ours(header: Header) -> bool:
    return [(one.name, one.version) for one in header.parts] == [(one.name, one.version) for one in PARTS]
