"""What is known of clocks as bytes and back: only devices whose clocks may be wrong; equal states have equal bytes.

Layout: how many devices there are and of how many something is known (8 bytes each, big-endian), their slots, their heads.
"""

from __future__ import annotations

import numpy as np

from detectors.clocks.clocks import Clocks
from detectors.clocks.kernel import HEAD
from detectors.clocks.parameters import VERSION

LAYOUT = f"{VERSION} {HEAD.itemsize}"
EDGES = (0, 8, 16)


def encode(clocks: Clocks) -> bytes:
    """The state as bytes; a copy, so the state may change at once."""
    slots = np.flatnonzero(clocks.heads["hits"][: clocks.used])
    counts = (clocks.used.to_bytes(8, "big"), len(slots).to_bytes(8, "big"))
    return b"".join([*counts, slots.astype(np.int64).tobytes(), clocks.heads[slots].tobytes()])


def restore(clocks: Clocks, data: memoryview, devices: int) -> None:
    """Put `encode`'s bytes into a fresh state of so many devices; ValueError where they are none, whole to the last byte."""
    used, number = (int.from_bytes(data[at : at + 8], "big") for at in EDGES[:2])
    rest = data[EDGES[2] :]
    if len(data) < EDGES[2] or len(rest) != number * (8 + HEAD.itemsize) or not number <= used <= devices:
        raise ValueError("its clocks are not of its devices")
    slots = np.frombuffer(rest[: number * 8], np.int64)
    if number and (slots[0] < 0 or slots[-1] >= used or (np.diff(slots) <= 0).any()):
        raise ValueError("its clocks are not in order")
    clocks.reserve(used)
    clocks.heads[slots] = np.frombuffer(rest[number * 8 :], HEAD)
