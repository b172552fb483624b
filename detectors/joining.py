"""Small batches joined to be observed as one, with exactly the state they leave one by one.

A fleet that trickles in makes batches of a few rows, and most of the work on such a batch is not on its rows. Detectors take a batch's rows
one after the other, so those of several may be given at once, in the same order. What is done with a batch as a whole is giving devices and
cohorts their places, so batches are joined only where all are known and nobody moves. Findings may differ: what they say of peers and of
evidence depends on the single batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from detectors.state import State

MOST_ROWS, MOST_BATCHES = 2048, 128
# A batch of so many rows is worth its own work.
SMALL_ROWS = 256
# What a report says of who it is of, and of where that device belongs.
TOLD = ["tenant", "device", "model", "site", "firmware"]


class Joined(NamedTuple):
    """Batches as one, and how many rows each of them had: for `detectors.state.observe_telemetry`."""

    batch: pa.RecordBatch
    parts: list[int]


def fits(waiting: Sequence[pa.RecordBatch], batch: pa.RecordBatch) -> bool:
    """Whether a batch may be joined to those that wait: all small, of the same columns, and few."""
    if not waiting:
        return True
    return (
        max(batch.num_rows, waiting[0].num_rows) <= SMALL_ROWS
        and len(waiting) < MOST_BATCHES
        and sum(one.num_rows for one in waiting) + batch.num_rows <= MOST_ROWS
        and batch.schema == waiting[0].schema
    )


def gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Neighbours that fit each other, all batches in order."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        if not fits(waiting, batch):
            yield waiting
            waiting = []
        waiting.append(batch)
    if waiting:
        yield waiting


def joined(state: State, batches: Sequence[pa.RecordBatch]) -> Joined | None:
    """The batches as one; None for a single one, and where it might leave `state` otherwise than one by one.

    Batches are as `schemas.telemetry.decode` gives them, and fit each other.
    """
    if len(batches) < 2 or any(batch.column("event_time").null_count for batch in batches):
        return None
    table = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
    together = table.to_batches()[0]
    told = together.select(TOLD)
    codes = np.stack([_codes(column) for column in told.columns])
    order = np.lexsort(codes)
    new = np.append(True, (np.diff(codes[:, order]) != 0).any(axis=0))
    if not _known(state, told.take(pa.array(order[new]))):
        return None
    return Joined(together, [batch.num_rows for batch in batches])


def _known(state: State, told: pa.RecordBatch) -> bool:
    """Whether these devices are known and where they say they are, and their cohorts are known."""
    block, cohorts = state.block, state.cohorts.numbers
    for tenant, device, model, site, firmware in zip(*(one.to_pylist() for one in told.columns), strict=True):
        slot = block.names.one(tenant, device)
        number = block.cohort_numbers.get((tenant, model or "", site or ""))
        if slot is None or block.heads["cohort"][slot] != number or (number, firmware or "") not in cohorts:
            return False
    return True


def _codes(column: pa.Array) -> Any:
    return column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
