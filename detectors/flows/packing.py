"""Bytes of which most are as in fresh ones, packed: a bit for each 64-bit word, then those that differ, as exclusive or with the fresh."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]


def words_of(data: bytes) -> Words:
    """Bytes as words, with zeros up to the last whole one."""
    return np.frombuffer(data + bytes(-len(data) % 8), "<u8")


def packed(data: bytes, fresh: Words) -> bytes:
    """Bytes as long as the fresh ones, packed; equal ones have equal ones, on every machine."""
    words = words_of(data) ^ fresh
    there = words != 0
    return bytes(np.packbits(there).tobytes() + words[there].tobytes())


def unpacked(data: memoryview, fresh: Words) -> bytes:
    """The bytes of `packed`, with zeros up to the last whole word; ValueError where they are none."""
    words = fresh.copy()
    start = (len(words) + 7) // 8
    if len(data) < start:
        raise ValueError("what is packed is cut off")
    there = np.unpackbits(np.frombuffer(data[:start], np.uint8), count=len(words)).astype(np.bool_)
    if len(data) != start + 8 * int(there.sum()):
        raise ValueError("what is packed has another length than it says")
    words[there] ^= np.frombuffer(data[start:], "<u8")
    return words.tobytes()
