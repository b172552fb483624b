"""Habits as bytes and back: what is plain goes into the head of the snapshot, arrays behind it, of the streams only those places in use."""

from __future__ import annotations

from functools import cache

import msgspec
import numpy as np

from detectors.autoencoders import ensemble as ensembles
from detectors.autoencoders.ensemble import Ensemble
from detectors.damped import streams
from detectors.damped.streams import Streams
from detectors.flows.habit import ASPECTS, Habit
from detectors.flows.habits import Habits
from detectors.flows.packing import Words, packed, unpacked, words_of
from detectors.flows.parameters import MOST_HABITS

PLACE = np.dtype("<u4")


class KeptHabits(msgspec.Struct, frozen=True, kw_only=True):
    """What is plain of `Habits`; `used` is how many places of the streams have an owner, `parts` the lengths of the three arrays."""

    forgotten: int
    known: dict[int, Habit]
    common: list[float]
    spread: list[float]
    used: int
    parts: tuple[int, int, int]


def encode(habits: Habits) -> tuple[KeptHabits, bytes]:
    """The habits; equal ones have equal bytes."""
    used = np.flatnonzero(habits.streams.owners)
    parts = (
        _streams(habits.streams, used),
        habits.fleet.encode(),
        packed(habits.ensemble.encode(), _fresh()),
    )
    lengths = (len(parts[0]), len(parts[1]), len(parts[2]))
    kept = KeptHabits(
        forgotten=habits.forgotten,
        known=habits.known,
        common=habits.common.tolist(),
        spread=habits.spread.tolist(),
        used=len(used),
        parts=lengths,
    )
    return kept, b"".join(parts)


def restore(kept: KeptHabits, data: memoryview) -> Habits:
    """The habits of `encode`; ValueError or Fatal where the bytes are none, whole to the last byte."""
    one, two, three = kept.parts
    if min(kept.parts) < 0 or len(data) != one + two + three or len(kept.known) > MOST_HABITS:
        raise ValueError("the habits of devices have another length than they say")
    habits = Habits()
    habits.forgotten, habits.known = kept.forgotten, kept.known
    if (len(kept.common), len(kept.spread)) != (len(ASPECTS), len(ASPECTS)):
        raise ValueError("habits have other aspects")
    habits.common, habits.spread = np.array(kept.common), np.array(kept.spread)
    _fill(habits.streams, kept.used, data[:one])
    fleet = streams.decode(bytes(data[one : one + two]))
    if (
        len(fleet.owners) != len(habits.fleet.owners)
        or fleet.half_lives_s.tolist() != habits.fleet.half_lives_s.tolist()
    ):
        raise ValueError("what habits have in common is of other streams")
    habits.fleet = fleet
    size = len(Ensemble(len(ASPECTS)).encode())
    habits.ensemble = ensembles.decode(unpacked(data[one + two :], _fresh())[:size])
    if habits.ensemble.features != len(ASPECTS):
        raise ValueError("habits are judged by another ensemble")
    return habits


def _streams(table: Streams, used: np.ndarray) -> bytes:
    arrays = (
        used.astype(PLACE),
        table.owners[used],
        table.turns[used],
        table.times_us[used],
        table.cells[used],
    )
    return b"".join([table.counters.tobytes(), *(one.tobytes() for one in arrays)])


def _fill(table: Streams, used: int, data: memoryview) -> None:
    """Put places in use into an empty table."""
    cell = table.cells[0].nbytes
    sizes = (table.counters.nbytes, *(used * one for one in (PLACE.itemsize, 8, 8, 8, cell)))
    if used < 0 or len(data) != sum(sizes):
        raise ValueError("the streams of habits are cut off or too long")
    ends = np.cumsum(sizes).tolist()
    counters, places, owners, turns, times, cells = (
        data[end - size : end] for end, size in zip(ends, sizes, strict=True)
    )
    at = np.frombuffer(places, PLACE).astype(np.int64)
    if used and (at[-1] >= len(table.owners) or (np.diff(at) <= 0).any()):
        raise ValueError("the streams of habits have other places")
    table.counters[:] = np.frombuffer(counters, np.int64)
    table.owners[at], table.turns[at] = np.frombuffer(owners, np.uint64), np.frombuffer(turns, np.int64)
    table.times_us[at] = np.frombuffer(times, np.int64)
    table.cells[at] = np.frombuffer(cells, np.float64).reshape(used, *table.cells.shape[1:])


@cache
def _fresh() -> Words:
    return words_of(Ensemble(len(ASPECTS)).encode())
