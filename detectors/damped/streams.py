"""What is remembered of the streams: fixed places of plain arrays, and their bytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detectors.damped import kernel
from schemas.errors import Fatal, Rejected

MAGIC = b"VDS1"
HALF_LIVES_S = (10.0, 100.0, 1000.0)
PLACES = 1 << 12
MOST_PACES = 8


class Streams:
    """The statistics of at most `places` streams of one kind at each half-life (s); about 300 bytes a stream and three half-lives.

    A new stream goes to one of eight places that its key allows; where all are taken, the one seen least recently is forgotten and counted
    in `evicted`, so a busy table forgets a little before it is full. Changed by `observe` only. Rejected for places that are no
    multiple of eight and half-lives that are not positive.
    """

    def __init__(self, places: int = PLACES, half_lives_s: Sequence[float] = HALF_LIVES_S) -> None:
        paces = np.array(half_lives_s, np.float64)
        if places < kernel.WAYS or places % kernel.WAYS:
            raise Rejected("wrong_places", "places", f"not a multiple of {kernel.WAYS}")
        if not 1 <= len(paces) <= MOST_PACES or not (np.isfinite(paces) & (paces > 0.0)).all():
            raise Rejected("wrong_pace", "half_lives_s", f"not 1 to {MOST_PACES} positive numbers")
        self.half_lives_s = paces
        self.owners = np.zeros(places, np.uint64)
        self.turns = np.zeros(places, np.int64)
        self.times_us = np.zeros(places, np.int64)
        self.cells = np.zeros((places, len(paces), kernel.FIELDS))
        self.counters = np.zeros(kernel.COUNTERS, np.int64)

    @property
    def evicted(self) -> int:
        """How many streams gave way to newer ones so far."""
        return int(self.counters[kernel.EVICTED])

    @property
    def missing(self) -> int:
        """How many events had no key and were passed over."""
        return int(self.counters[kernel.MISSING])

    def encode(self) -> bytes:
        """The streams as bytes; equal streams have equal bytes."""
        head = (kernel.VERSION, len(self.owners), len(self.half_lives_s))
        arrays = (self.half_lives_s, self.owners, self.turns, self.times_us, self.cells, self.counters)
        return b"".join([MAGIC, *(one.to_bytes(4, "big") for one in head), *(a.tobytes() for a in arrays)])


def decode(data: bytes) -> Streams:
    """The streams of `encode`; Fatal where the bytes are not streams of this very version, whole to the last byte."""
    version, places, paces = (int.from_bytes(data[at : at + 4], "big") for at in (4, 8, 12))
    if data[:4] != MAGIC or version != kernel.VERSION or not 1 <= paces <= MOST_PACES:
        raise Fatal(f"damped streams cannot be read: none of version {kernel.VERSION}")
    size = 8 * (paces + 3 * places + places * paces * kernel.FIELDS + kernel.COUNTERS)
    if len(data) != 16 + size or places % kernel.WAYS or not places:
        raise Fatal("damped streams cannot be read: they are cut off or too long")
    found, at = Streams(places, [1.0] * paces), 16
    for array in (
        found.half_lives_s,
        found.owners,
        found.turns,
        found.times_us,
        found.cells,
        found.counters,
    ):
        array[...] = np.frombuffer(data, array.dtype, array.size, at).reshape(array.shape)
        at += array.nbytes
    return found
