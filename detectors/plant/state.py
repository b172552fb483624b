"""What is remembered of each plant: a row of a structured array, about 38 KB, and its bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.plant.memory import STATE, VERSION
from schemas.errors import Fatal

MAGIC = b"VPL1"
States = npt.NDArray[Any]


def fresh(plants: int) -> States:
    """The states of so many plants that have seen nothing."""
    return np.zeros(plants, STATE)


def follow(states: States, place: int, reference: int) -> None:
    """Let a new plant start from what a plant of its kind learned: it is judged from its first window on, without learning of its own.

    Only sensible where both have the same channels, mounted and tuned alike; what the new plant saw before is forgotten.
    """
    states[place] = states[reference]
    states[place]["ring"], states[place]["peaks"], states[place]["alarms"] = np.nan, 0.0, 0
    states[place]["missing"], states[place]["change_rest"] = 0, 0


def encode(states: States) -> bytes:
    """States as bytes; equal states have equal bytes."""
    return MAGIC + VERSION.to_bytes(4, "big") + len(states).to_bytes(8, "big") + states.tobytes()


def decode(data: bytes) -> States:
    """The states of `encode`; Fatal where the bytes are not states of this very version, whole to the last byte."""
    if data[:4] != MAGIC:
        raise Fatal("plant states cannot be read: wrong magic")
    version, count = int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:16], "big")
    if version != VERSION:
        raise Fatal(f"plant states cannot be read: they are of version {version}, not {VERSION}")
    if len(data) != 16 + count * STATE.itemsize:
        raise Fatal("plant states cannot be read: they are cut off or too long")
    return np.frombuffer(data, STATE, count, 16).copy()
