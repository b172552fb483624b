"""Properties every detector must have, checked on rows the caller makes up: a test of a detector is an adapter and one call a property.

Each check raises AssertionError that says which rows broke the property. They call nothing but the adapter, so they hold for a compiled
kernel and for plain Python alike. Comparisons are bit for bit: two runs over the same rows do the same operations in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

State = TypeVar("State")
Floats = npt.NDArray[np.float64]


class Rows(NamedTuple):
    """Rows in the order in which they count: whose they are, when (microseconds since 1970) and what, a column a feature (NaN: missing)."""

    devices: npt.NDArray[np.int64]
    times_us: npt.NDArray[np.int64]
    values: Floats

    def part(self, start: int, stop: int) -> Rows:
        """Rows from `start` up to `stop`, as copies."""
        return self.chosen(slice(start, stop))

    def chosen(self, which: slice | npt.NDArray[np.bool_]) -> Rows:
        """Some of the rows, as copies."""
        return Rows(self.devices[which].copy(), self.times_us[which].copy(), self.values[which].copy())


@dataclass(frozen=True)
class Subject(Generic[State]):
    """A detector as the checks see it: `observe` scores rows (one number a row), learns them into the state and may change nothing else."""

    fresh: Callable[[], State]
    observe: Callable[[State, Rows], Floats]
    encode: Callable[[State], bytes]
    decode: Callable[[bytes], State]


def is_deterministic(subject: Subject[State], rows: Rows) -> None:
    """Two fresh detectors say the same and end in the same state."""
    first, second = subject.fresh(), subject.fresh()
    _equal(subject.observe(first, rows), subject.observe(second, rows), "a second run")
    assert subject.encode(first) == subject.encode(second), (
        "two runs over the same rows end in different states"
    )


def ignores_batch_cuts(subject: Subject[State], rows: Rows, cuts: Sequence[int]) -> None:
    """Where batches are cut changes neither scores nor state."""
    whole, parts = subject.fresh(), subject.fresh()
    edges = [0, *sorted(cuts), len(rows.values)]
    scores = [subject.observe(parts, rows.part(start, stop)) for start, stop in pairwise(edges)]
    _equal(subject.observe(whole, rows), np.concatenate(scores), f"batches cut at {edges[1:-1]}")
    assert subject.encode(whole) == subject.encode(parts), (
        f"batches cut at {edges[1:-1]} end in another state"
    )


def is_causal(subject: Subject[State], rows: Rows, at: int) -> None:
    """What comes at and after row `at` changes no score before it."""
    known = subject.observe(subject.fresh(), rows.part(0, at))
    _equal(subject.observe(subject.fresh(), rows)[:at], known, f"a recording that ends at row {at}")


def survives_a_snapshot(subject: Subject[State], rows: Rows, at: int) -> None:
    """A state that went through bytes at row `at` goes on as if nothing had happened."""
    state = subject.fresh()
    subject.observe(state, rows.part(0, at))
    restored = subject.decode(subject.encode(state))
    assert subject.encode(restored) == subject.encode(state), "a state is another one after its round trip"
    rest = rows.part(at, len(rows.values))
    _equal(subject.observe(state, rest), subject.observe(restored, rest), f"a state restored at row {at}")


def leaves_its_input_alone(subject: Subject[State], rows: Rows) -> None:
    """The rows are the same afterwards."""
    before = rows.part(0, len(rows.values))
    subject.observe(subject.fresh(), rows)
    for name, old, new in zip(Rows._fields, before, rows, strict=True):
        assert old.tobytes() == new.tobytes(), f"the detector changed {name}"


def scores_are_bounded(subject: Subject[State], rows: Rows, low: float = 0.0, high: float = 1.0) -> None:
    """A finite score for each row, whatever came in."""
    scores = subject.observe(subject.fresh(), rows)
    assert scores.shape == (len(rows.values),), "there is not one score a row"
    wrong = np.flatnonzero(~((scores >= low) & (scores <= high)))
    assert not len(wrong), f"the score of row {wrong[0]} is {scores[wrong[0]]}"


def all_hold(subject: Subject[State], rows: Rows, cuts: Sequence[int], at: int, high: float = 1.0) -> None:
    """What must hold for every detector: batches cut at `cuts`, rows that end at `at`, a snapshot there, scores of 0 to `high`."""
    is_deterministic(subject, rows)
    ignores_batch_cuts(subject, rows, cuts)
    is_causal(subject, rows, at)
    survives_a_snapshot(subject, rows, at)
    leaves_its_input_alone(subject, rows)
    scores_are_bounded(subject, rows, high=high)


def stays_within(subject: Subject[State], rows: Rows, most_bytes: int) -> None:
    """The state never needs more bytes than that, at whichever half of the rows it is asked."""
    state, half = subject.fresh(), len(rows.values) // 2
    for start, stop in ((0, half), (half, len(rows.values))):
        subject.observe(state, rows.part(start, stop))
        size = len(subject.encode(state))
        assert size <= most_bytes, f"after {stop} rows the state has {size} bytes, more than {most_bytes}"


def keeps_devices_apart(subject: Subject[State], rows: Rows, device: int) -> None:
    """A device's scores are the same without all others (not for detectors that compare devices)."""
    mine = rows.devices == device
    alone = subject.observe(subject.fresh(), rows.chosen(mine))
    _equal(subject.observe(subject.fresh(), rows)[mine], alone, f"device {device} alone")


def ignores_feature_order(
    subject: Subject[State], rows: Rows, order: Sequence[int], tolerance: float = 1e-9
) -> None:
    """The columns' order changes no score by more than rounding (not for detectors that draw features by place)."""
    plain = subject.observe(subject.fresh(), rows)
    moved = subject.observe(subject.fresh(), rows._replace(values=rows.values[:, list(order)].copy()))
    worst = float(np.abs(plain - moved).max(initial=0.0))
    assert worst <= tolerance, f"columns in the order {list(order)} change a score by {worst}"


def _equal(expected: Floats, found: Floats, what: str) -> None:
    assert expected.shape == found.shape, f"{what} gives {found.shape} scores, not {expected.shape}"
    wrong = np.flatnonzero(expected.view(np.int64) != found.view(np.int64))
    assert not len(wrong), f"{what} scores row {wrong[0]} as {found[wrong[0]]!r}, not {expected[wrong[0]]!r}"
