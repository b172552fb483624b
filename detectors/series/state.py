"""What is remembered of one series: one row of a structured array, 4 KB, and its bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.series.memory import STATE, VERSION
from schemas.errors import Fatal

MAGIC = b"VSR1"
States = npt.NDArray[Any]


def fresh(series: int) -> States:
    """The states of so many series that have seen nothing."""
    return np.zeros(series, STATE)


def encode(states: States) -> bytes:
    """States as bytes; equal states have equal bytes."""
    return MAGIC + VERSION.to_bytes(4, "big") + len(states).to_bytes(8, "big") + states.tobytes()


def decode(data: bytes) -> States:
    """The states of `encode`; Fatal where the bytes are not states of this very version, whole to the last byte."""
    if data[:4] != MAGIC:
        raise Fatal("series states cannot be read: wrong magic")
    version, count = int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:16], "big")
    if version != VERSION:
        raise Fatal(f"series states cannot be read: they are of version {version}, not {VERSION}")
    if len(data) != 16 + count * STATE.itemsize:
        raise Fatal("series states cannot be read: they are cut off or too long")
    return np.frombuffer(data, STATE, count, 16).copy()
