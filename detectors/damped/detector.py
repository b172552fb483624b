"""Damped statistics as features of events: of the device, of the device and its target, of the channel between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.damped import kernel
from detectors.damped.streams import Streams, decode
from schemas.errors import Fatal, Rejected

Words = npt.NDArray[np.uint64]
KINDS = ("device", "target", "channel")
MIX, SPREAD, SPREAD_MORE = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)


def mixed(*columns: Any) -> Words:
    """Columns of 64-bit words as one, well spread (the finaliser of splitmix64, Steele et al. 2014); 0 where any of them is 0."""
    arrays = [np.ascontiguousarray(one, np.uint64) for one in columns]
    word = np.zeros(len(arrays[0]), np.uint64)
    for one in arrays:
        word = (word ^ one) + MIX
        word = (word ^ (word >> np.uint64(30))) * SPREAD
        word = (word ^ (word >> np.uint64(27))) * SPREAD_MORE
        word ^= word >> np.uint64(31)
    word[np.logical_or.reduce([one == 0 for one in arrays])] = 0
    return word


def observe(streams: Streams, keys: Any, times_us: Any, ones: Any, others: Any) -> npt.NDArray[np.float64]:
    """Take events into their streams and tell what each stream knows then, the event included: a row an event, NaN for what it doesn't.

    `keys` are 64-bit words, spread evenly (`mixed`; 0: no stream); `times_us` microseconds since 1970 in any order: a clock running
    backwards ages nothing, so one time far in the future stops a stream's ageing until the others catch up. `ones` and `others` are the
    two values of a pair, such as bytes sent and received; NaN, infinite or absurd ones are missing. The streams are changed, the
    inputs are not. Rejected, with nothing learned, where the lengths differ.
    """
    words = np.ascontiguousarray(keys, np.uint64)
    times = np.ascontiguousarray(times_us, np.int64)
    first, second = np.ascontiguousarray(ones, np.float64), np.ascontiguousarray(others, np.float64)
    if any(one.shape != (len(words),) for one in (words, times, first, second)):
        raise Rejected("wrong_shape", "keys", "keys, times and values are not of one length")
    told = np.empty((len(words), kernel.TOLD * len(streams.half_lives_s)))
    kernel.observe(
        streams.owners,
        streams.turns,
        streams.times_us,
        streams.cells,
        streams.counters,
        streams.half_lives_s,
        words,
        times,
        first,
        second,
        told,
    )
    return told


class Traffic:
    """The streams of a cohort's traffic, one table for each of `KINDS`."""

    def __init__(self, *tables: Streams) -> None:
        self.tables = tables or tuple(Streams() for _ in KINDS)
        if len(self.tables) != len(KINDS):
            raise Rejected("wrong_tables", "tables", f"not one for each of {', '.join(KINDS)}")

    def observe(
        self, devices: Any, targets: Any, channels: Any, times_us: Any, sent: Any, received: Any
    ) -> npt.NDArray[np.float64]:
        """The features of `names` of each event; devices, targets and what else tells a channel are 64-bit words (0: nobody says)."""
        keys = (mixed(devices), mixed(devices, targets), mixed(devices, targets, channels))
        told = zip(self.tables, keys, strict=True)
        return np.hstack([observe(table, key, times_us, sent, received) for table, key in told])

    def names(self) -> list[str]:
        """The features' names, in the order of columns."""
        return [
            f"{kind}.{statistic}.{half:g}s"
            for kind, table in zip(KINDS, self.tables, strict=True)
            for half in table.half_lives_s
            for statistic in kernel.STATISTICS
        ]

    def encode(self) -> bytes:
        """The tables as bytes; equal tables have equal bytes."""
        parts = [table.encode() for table in self.tables]
        return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def traffic_of(data: bytes) -> Traffic:
    """The tables of `Traffic.encode`; Fatal where the bytes are something else."""
    tables: list[Streams] = []
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 8], "big")
        tables.append(decode(data[at + 8 : at + 8 + size]))
        at += 8 + size
    if len(tables) != len(KINDS):
        raise Fatal("damped traffic cannot be read: it is cut off or too long")
    return Traffic(*tables)


def chosen(names: Sequence[str], *statistics: str) -> list[int]:
    """The columns of those statistics only: for a model that should not see all of them."""
    return [place for place, name in enumerate(names) if name.split(".")[1] in statistics]
