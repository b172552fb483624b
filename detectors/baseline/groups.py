"""Rows of a batch that say the same of where they come from: tenant, model, site and firmware.

There are few such groups in a batch of thousands of rows, so what depends on these texts is worked out once a group, and a row only knows
its group.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from detectors.baseline.lanes import unmanaged
from detectors.baseline.name_table import Ints

Codes = npt.NDArray[np.int32]
# Up to so many combinations are counted in a table; more are sorted.
MOST_ROOM = 1 << 18


class Group(NamedTuple):
    """What its rows say; an empty text where they say nothing."""

    tenant: str
    model: str
    site: str
    firmware: str


class Groups(NamedTuple):
    """A batch's groups in the order of their first rows, and the place of each row's group among them."""

    groups: list[Group]
    of_row: Ints

    def spread(self, of_group: list[int]) -> Ints:
        """A number of each group as one of each row."""
        return np.array(of_group, np.int64).take(self.of_row)


def groups_of(batch: pa.RecordBatch) -> Groups:
    """The groups of a batch that is what its schema says."""
    columns = [text_of(batch, name) for name in Group._fields]
    codes, words = [code for code, _ in columns], [word for _, word in columns]
    firsts, of_row = _distinct(codes, [len(word) for word in words], batch.num_rows)
    rows = zip(*(code[firsts].tolist() for code in codes), strict=True)
    return Groups([Group(*(word[at] for word, at in zip(words, row, strict=True))) for row in rows], of_row)


def codes_of(batch: pa.RecordBatch, name: str) -> tuple[Codes, Any]:
    """The places in the dictionary of a text column, one past its end for no text, and the dictionary."""
    column: Any = batch.column(name)
    indices, dictionary = column.indices, column.dictionary
    if indices.null_count:
        indices = indices.fill_null(len(dictionary))
    return indices.to_numpy(zero_copy_only=False), dictionary


def text_of(batch: pa.RecordBatch, name: str) -> tuple[Codes, list[str]]:
    """The places of a text column in its words, the last of which is for no text."""
    codes, dictionary = codes_of(batch, name)
    return codes, [*(text or "" for text in dictionary.to_pylist()), ""]


def _distinct(codes: list[Codes], sizes: list[int], rows: int) -> tuple[Ints, Ints]:
    """Rows that are the first with their combination of codes (each less than its size), and which of those each row is like."""
    tenants, models, sites, firmware = codes
    room = math.prod(sizes)
    if room > MOST_ROOM:
        _, firsts, places = np.unique(np.stack(codes), axis=1, return_index=True, return_inverse=True)
        ranks = np.argsort(np.argsort(firsts))
        return np.sort(firsts), ranks[places.reshape(-1)]
    firsts, of_row = np.empty(min(room, rows), np.int64), np.empty(rows, np.int64)
    seen = np.full(room, -1, np.int64)
    number = _number(tenants, models, sites, firmware, np.array(sizes), seen, firsts, of_row)
    return firsts[:number], of_row


@unmanaged
def _number(
    tenants: Codes,
    models: Codes,
    sites: Codes,
    firmware: Codes,
    sizes: Ints,
    seen: Ints,
    firsts: Ints,
    of_row: Ints,
) -> int:
    number = 0
    for row in range(of_row.shape[0]):
        place = (np.int64(tenants[row]) * sizes[1] + models[row]) * sizes[2] + sites[row]
        place = place * sizes[3] + firmware[row]
        if seen[place] < 0:
            seen[place] = number
            firsts[number] = row
            number += 1
        of_row[row] = seen[place]
    return number
