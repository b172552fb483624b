"""What is known of a cohort's events: one ensemble a cohort, arrays of a fixed size, and its bytes."""

from __future__ import annotations

import numpy as np

from detectors.autoencoders import fitting, gate, kernel
from detectors.autoencoders import memory as m
from schemas.errors import Fatal, Rejected

MAGIC = b"VAE1"
MOST_SEED = 1 << 31
DIVERGED = 0.4


class Ensemble:
    """Everything remembered of events with so many features; changed by `observe` only.

    Equal seeds and events give equal scores. Rejected for no feature, more than `memory.MOST_FEATURES`, or a seed that is
    no number of 31 bits. `ready`, `groups`, `divergence` and `odd_share` may be read at any time.
    """

    def __init__(self, features: int, seed: int = 0) -> None:
        if not 1 <= features <= m.MOST_FEATURES:
            raise Rejected("wrong_features", "features", f"an event has 1 to {m.MOST_FEATURES} features")
        if not 0 <= seed < MOST_SEED:
            raise Rejected("wrong_seed", "seed", f"not 0 to {MOST_SEED - 1}")
        self.features, self.memory, self.work = features, m.fresh(features, seed), m.work_for(features)

    @property
    def ready(self) -> bool:
        """Whether a map has been learned, so that events are scored."""
        return bool(self.memory.scalars[m.GROUPS] > 0)

    @property
    def fitted(self) -> int:
        """How many kept events the map was learned from, 0 before there is one."""
        return int(self.memory.scalars[m.FITTED])

    @property
    def groups(self) -> list[list[int]]:
        """The features that are looked at together."""
        rows = self.memory.places[: int(self.memory.scalars[m.GROUPS])]
        return [[int(feature) for feature in row if feature >= 0] for row in rows]

    @property
    def divergence(self) -> float:
        """The share of lately learned events that are further from the frozen reference than nine tenths were when it was frozen.

        About 0.1 while the model agrees with it. More is drift: of the world, or of somebody who teaches slowly.
        """
        return float(self.memory.scalars[m.DIVERGED])

    @property
    def diverged(self) -> bool:
        """Whether the model has left its reference: chance alone does not come near that."""
        return self.ready and self.divergence > DIVERGED

    @property
    def odd_share(self) -> float:
        """The share of odd ones (p at most 0.02) among the latest events; what exceeds that by far is a flood."""
        return float(self.memory.bands[gate.SHARE, :2].sum())

    def freeze(self) -> None:
        """Take the model as it is for the reference: somebody said that what changed is right."""
        fitting.freeze(self.memory)
        self.memory.scalars[m.DIVERGED] = fitting.AGREED

    def encode(self) -> bytes:
        """The ensemble as bytes; equal ensembles have equal bytes."""
        head = MAGIC + kernel.VERSION.to_bytes(4, "big") + self.features.to_bytes(4, "big")
        return head + b"".join(array.tobytes() for array in self.memory)


def decode(data: bytes) -> Ensemble:
    """The ensemble of `encode`; Fatal where the bytes are not one of this very version, whole to the last byte."""
    version, features = int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:12], "big")
    if data[:4] != MAGIC or version != kernel.VERSION or not 1 <= features <= m.MOST_FEATURES:
        raise Fatal(f"an ensemble cannot be read: none of version {kernel.VERSION}")
    found, at = Ensemble(features), 12
    if len(data) != at + sum(array.nbytes for array in found.memory):
        raise Fatal("an ensemble cannot be read: it is cut off or too long")
    for array in found.memory:
        array[...] = np.frombuffer(data, array.dtype, array.size, at).reshape(array.shape)
        at += array.nbytes
    return found
