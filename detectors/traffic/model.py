"""What is known of a cohort's events: one model a cohort, arrays of a fixed size, and its bytes."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from itertools import combinations

import numpy as np
import numpy.typing as npt

from detectors.traffic import kernel
from schemas.errors import Fatal, Rejected

MAGIC = b"VTR1"
MOST_COLUMNS = 128
Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]


def pairs_of(columns: int) -> npt.NDArray[np.int64]:
    """The pairs of columns that are watched: all of them, or `MOST_PAIRS` drawn once and for ever."""
    every = np.array(list(combinations(range(columns), 2)), np.int64).reshape(-1, 2)
    if len(every) <= kernel.MOST_PAIRS:
        return every
    drawn: npt.NDArray[np.int64] = np.random.default_rng(columns).permutation(every)
    return drawn[: kernel.MOST_PAIRS]


def weights_of(columns: int, pairs: int) -> Floats:
    """What a view counts for: the pairs together as much as the columns, a device's own habits half of that."""
    return np.concatenate(
        [
            np.full(columns, 1.0),
            np.full(columns, 0.5),
            np.full(pairs, min(1.0, columns / max(pairs, 1))),
            np.full(len(kernel.SPANS_S), 1.0),
        ]
    )


@dataclass
class Model:
    """Everything remembered; 2 to 3 MB, whatever comes. Changed by `observe` only.

    `numbers` and `words` are how many numeric and text columns an event has. Rejected for none or more than `MOST_COLUMNS`.
    """

    numbers: int
    words: int
    sketch: Floats = field(init=False)
    histograms: Floats = field(init=False)
    sizes: Floats = field(init=False)
    lows: Floats = field(init=False)
    widths: Floats = field(init=False)
    kinds: npt.NDArray[np.bool_] = field(init=False)
    kept_numbers: Floats = field(init=False)
    kept_words: Words = field(init=False)
    kept_devices: Words = field(init=False)
    scalars: Floats = field(init=False)
    rates: Floats = field(init=False)
    rate_us: npt.NDArray[np.int64] = field(init=False)
    suspicions: Floats = field(init=False)
    suspect_us: npt.NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        columns = self.numbers + self.words
        if min(self.numbers, self.words) < 0 or not 1 <= columns <= MOST_COLUMNS:
            raise Rejected("wrong_columns", "columns", f"an event has 1 to {MOST_COLUMNS} columns")
        self.pairs = pairs_of(columns)
        self.weights = weights_of(columns, len(self.pairs))
        self.sketch = np.zeros((kernel.ROWS, kernel.SLOTS))
        self.histograms = np.zeros((len(self.weights), kernel.BINS))
        self.sizes = np.zeros(kernel.SIZE_BINS)
        self.lows, self.widths = np.zeros(self.numbers), np.ones(self.numbers)
        self.kinds = np.zeros(columns, np.bool_)
        self.kept_numbers = np.zeros((kernel.KEPT, self.numbers))
        self.kept_words = np.zeros((kernel.KEPT, self.words), np.uint64)
        self.kept_devices = np.zeros(kernel.KEPT, np.uint64)
        self.scalars = np.array([0.0, 0.0, 1.0])  # events kept, weight learned, weight of one event now
        self.rates = np.zeros((kernel.DEVICES, len(kernel.SPANS_S)))
        self.rate_us = np.zeros(kernel.DEVICES, np.int64)
        self.suspicions, self.suspect_us = np.zeros(kernel.DEVICES), np.zeros(kernel.DEVICES, np.int64)

    def encode(self) -> bytes:
        """The model as bytes; equal models have equal bytes."""
        head = (kernel.VERSION, self.numbers, self.words)
        return b"".join(
            [MAGIC, *(number.to_bytes(4, "big") for number in head), *(a.tobytes() for a in self.arrays())]
        )

    def arrays(self) -> list[npt.NDArray[np.generic]]:
        """All that is remembered, in the order of the bytes."""
        return [getattr(self, one.name) for one in fields(self) if not one.init]


def decode(data: bytes) -> Model:
    """The model of `encode`; Fatal where the bytes are not a model of this very version, whole to the last byte."""
    version, numbers, words = (int.from_bytes(data[at : at + 4], "big") for at in (4, 8, 12))
    if data[:4] != MAGIC or version != kernel.VERSION or numbers + words > MOST_COLUMNS:
        raise Fatal(f"a traffic model cannot be read: no model of version {kernel.VERSION}")
    model, at = Model(numbers, words), 16
    for array in model.arrays():
        part = data[at : at + array.nbytes]
        if len(part) != array.nbytes:
            raise Fatal("a traffic model cannot be read: it is cut off")
        array[...] = np.frombuffer(part, array.dtype).reshape(array.shape)
        at += array.nbytes
    if at != len(data):
        raise Fatal("a traffic model cannot be read: it is too long")
    return model
