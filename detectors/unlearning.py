"""Rolling models back: the same reports learned again from the beginning, without those somebody no longer trusts.

Nothing is subtracted from a model; a model is the fold of the reports it learned, so the one without some reports is the fold without
them. What is unlearned are reports that came before the roll-back: later ones are learned as ever.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from detectors.baseline.snapshot import COUNTS
from detectors.joining import Joined, gathered, joined
from detectors.state import State, observe_telemetry
from schemas.errors import Rejected
from schemas.roll_back import RollBack


class Past(NamedTuple):
    """A batch of telemetry and where it lies in its partition."""

    offset: int
    batch: pa.RecordBatch


class Again(NamedTuple):
    """A state that was learned again, from how many reports, and how many the newest roll-back left out."""

    state: State
    reports: int
    unlearned: int


def learned_again(state: State, past: Iterable[Past], asked: Sequence[tuple[int, RollBack]]) -> Again:
    """A partition's state as if what `asked` names had not been among the `past`, which is all of its telemetry up to the newest of them.

    Roll-backs have their offsets, the newest is the last; earlier ones are about what came before them only. Findings of the past are
    not told again. `state` is not changed; what security events taught is taken over as it is.
    """
    again = State(state.block.parameters)
    again.engine, again.flows = state.engine, state.flows
    unlearned = 0

    def kept() -> Iterator[pa.RecordBatch]:
        nonlocal unlearned
        for offset, batch in past:
            known = without(batch, [one for place, one in asked[:-1] if offset < place])
            left = without(known, [one for _, one in asked[-1:]])
            unlearned += known.num_rows - left.num_rows
            if left.num_rows:
                yield left

    reports = sum(_learn(again, batches) for batches in gathered(kept()))
    # What was judged stays judged: totals are since the log began.
    for name in COUNTS:
        setattr(again.block, name, getattr(state.block, name))
    return Again(again, reports, unlearned)


def without(batch: pa.RecordBatch, asked: Sequence[RollBack]) -> pa.RecordBatch:
    """The rows of a batch that none of these names; the very batch where none is named."""
    kept = batch
    for one in asked:
        named = pc.equal(kept["tenant"], one.tenant)
        if one.device:
            named = pc.and_(named, pc.equal(kept["device"], one.device))
        times = kept["event_time"]
        inside = pc.and_(pc.greater_equal(times, _moment(one.since)), pc.less(times, _moment(one.until)))
        told = pc.fill_null(pc.and_(named, inside), False)
        if pc.any(told).as_py():
            kept = kept.filter(pc.invert(told))
    return kept


def _learn(state: State, batches: Sequence[pa.RecordBatch]) -> int:
    """Learn batches that fit each other; returns how many reports there were in them."""
    together = joined(state, batches)
    for batch, parts in [together] if together else [Joined(one, []) for one in batches]:
        # What detection refused when it came, it refuses and learns nothing of now.
        with contextlib.suppress(Rejected):
            observe_telemetry(state, batch, "", parts)
    return sum(batch.num_rows for batch in batches)


def _moment(time: object) -> pa.Scalar:
    return pa.scalar(time, pa.timestamp("us", "UTC"))
