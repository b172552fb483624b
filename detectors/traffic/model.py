"""What is known of a cohort's events: one model a cohort, arrays of a fixed size, and its bytes."""

from __future__ import annotations

import numpy as np

from detectors.traffic import kernel
from detectors.traffic.memory import fresh
from schemas.errors import Fatal, Rejected

MAGIC = b"VTR1"
MOST_COLUMNS = 128


class Model:
    """Everything remembered; 2 to 6 MB by the number of columns, whatever comes. Changed by `observe` only.

    `numbers` and `words` are how many numeric and text columns an event has. Rejected for none or more than `MOST_COLUMNS`.
    """

    def __init__(self, numbers: int, words: int) -> None:
        if min(numbers, words) < 0 or not 1 <= numbers + words <= MOST_COLUMNS:
            raise Rejected("wrong_columns", "columns", f"an event has 1 to {MOST_COLUMNS} columns")
        self.numbers, self.words = numbers, words
        self.memory = fresh(numbers, words)

    def encode(self) -> bytes:
        """The model as bytes; equal models have equal bytes."""
        head = (kernel.VERSION, self.numbers, self.words)
        return b"".join(
            [MAGIC, *(number.to_bytes(4, "big") for number in head), *(a.tobytes() for a in self.memory)]
        )


def decode(data: bytes) -> Model:
    """The model of `encode`; Fatal where the bytes are not a model of this very version, whole to the last byte."""
    version, numbers, words = (int.from_bytes(data[at : at + 4], "big") for at in (4, 8, 12))
    if data[:4] != MAGIC or version != kernel.VERSION or not 1 <= numbers + words <= MOST_COLUMNS:
        raise Fatal(f"a traffic model cannot be read: no model of version {kernel.VERSION}")
    model, at = Model(numbers, words), 16
    for array in model.memory:
        part = data[at : at + array.nbytes]
        if len(part) != array.nbytes:
            raise Fatal("a traffic model cannot be read: it is cut off")
        array[...] = np.frombuffer(part, array.dtype).reshape(array.shape)
        at += array.nbytes
    if at != len(data):
        raise Fatal("a traffic model cannot be read: it is too long")
    return model
