"""Looking up the devices of a whole batch: each name once, and what the next step reads is on its way from memory meanwhile."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.baseline.lanes import fused, unmanaged
from detectors.baseline.memory import prefetch_item
from detectors.baseline.name_table import LOW_WORD, Bytes, Int32s, Ints, Words, find, hash_of

CHUNK = 64


@fused
def hash_new(
    table: Words,
    tenants: Ints,
    codes: Int32s,
    offsets: Int32s,
    data: Bytes,
    known: Ints,
    of: Ints,
    words: Words,
) -> bool:
    """Hash the names that were not looked up for their tenant yet, their places in the table on the way; whether there are any."""
    mask, unseen = np.uint64(table.shape[0] - 1), False
    for row in range(codes.shape[0]):
        code = codes[row]
        if of[code] != tenants[row]:
            unseen = True
            of[code] = tenants[row]
            known[code] = -2
            words[code] = hash_of(tenants[row], data, offsets[code], offsets[code + 1])
            prefetch_item(table, np.int64(words[code] & mask))
    return unseen


@fused
def fetch(
    table: Words, names: npt.NDArray[np.void], text: Bytes, codes: Int32s, known: Ints, words: Words
) -> None:
    """Have on the way what stands at the places of names just hashed: first where each name's bytes are, then these."""
    mask = np.uint64(table.shape[0] - 1)
    for row in range(codes.shape[0]):
        if known[codes[row]] == -2:
            prefetch_item(names, np.int64(table[words[codes[row]] & mask] & LOW_WORD))
    for row in range(codes.shape[0]):
        if known[codes[row]] == -2:
            entry = np.int64(table[words[codes[row]] & mask] & LOW_WORD)
            if entry > 0:
                prefetch_item(text, np.int64(names[entry - 1].start))


@fused
def settle(
    table: Words,
    names: npt.NDArray[np.void],
    text: Bytes,
    tenants: Ints,
    codes: Int32s,
    offsets: Int32s,
    data: Bytes,
    slots: Ints,
    known: Ints,
    of: Ints,
    words: Words,
) -> int:
    """Find what is not known yet, and give each row its slot; how many have none. A name two tenants share is hashed again."""
    missing = 0
    for row in range(codes.shape[0]):
        code, tenant = codes[row], tenants[row]
        if of[code] != tenant or known[code] == -2:
            start, stop = offsets[code], offsets[code + 1]
            if of[code] != tenant:
                of[code], words[code] = tenant, hash_of(tenant, data, start, stop)
            known[code] = find(table, names, text, words[code], tenant, data, start, stop)[0]
        slots[row] = known[code]
        missing += known[code] < 0
    return missing


@unmanaged
def look_up(
    table: Words,
    names: npt.NDArray[np.void],
    text: Bytes,
    tenants: Ints,
    codes: Int32s,
    offsets: Int32s,
    data: Bytes,
    slots: Ints,
    known: Ints,
    of: Ints,
    words: Words,
) -> int:
    """The slot of each row's device into `slots`, -1 where it has none; returns how many rows have none.

    `codes` are places in the dictionary that `offsets` and `data` are; `tenants` the tenant's number of each row. `known` (-2), `of` (-1)
    and `words` are room for a number a name. Each name is looked up once, unless two tenants share it. Rows go in chunks, each several
    times: what the next pass reads is on its way by then.
    """
    missing = 0
    for begin in range(0, codes.shape[0], CHUNK):
        rows = slice(begin, begin + CHUNK)
        if hash_new(table, tenants[rows], codes[rows], offsets, data, known, of, words):
            fetch(table, names, text, codes[rows], known, words)
        missing += settle(
            *(table, names, text, tenants[rows], codes[rows], offsets, data, slots[rows]),
            *(known, of, words),
        )
    return missing
