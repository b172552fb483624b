"""An open-addressing hash over Arrow's own bytes, from device names to slots, without a Python object a device.

A table entry is the upper half of the name's hash and the slot plus one (0: empty); names lie one after the other in `text`, in the order
of slots. The hash is multiplicative over eight bytes at a time (FNV-1a's shape), finished with MurmurHash3's mixer; a match is checked byte
by byte. It is not keyed: only devices that were let in by ingest get here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline.lanes import unmanaged
from detectors.baseline.memory import prefetch_item, word_at

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
BASIS, PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x9E3779B97F4A7C15)
MIX, HALF_WORD = np.uint64(0xFF51AFD7ED558CCD), np.uint64(32)
LOW_WORD, ONE, EMPTY = np.uint64(0xFFFFFFFF), np.uint64(1), np.uint64(0)
CHUNK = 64
# Where a device's name is and which tenant's it is.
NAME = np.dtype([("start", np.uint32), ("tenant", np.int32), ("length", np.int32)])


@unmanaged
def hash_of(tenant: int, data: Bytes, start: Any, stop: Any) -> np.uint64:
    """The hash of one name; a last word of less than eight bytes overlaps the one before it."""
    word = (BASIS ^ np.uint64(tenant) ^ (np.uint64(stop - start) << HALF_WORD)) * PRIME
    if stop - start < 8:
        for place in range(start, stop):
            word = (word ^ np.uint64(data[place])) * PRIME
    else:
        for place in range(start, stop - 8, 8):
            word = (word ^ word_at(data, place)) * PRIME
            word ^= word >> HALF_WORD
        word = (word ^ word_at(data, stop - 8)) * PRIME
    word = (word ^ (word >> HALF_WORD)) * MIX
    return word ^ (word >> HALF_WORD)


@unmanaged
def are_equal(text: Bytes, begin: Any, data: Bytes, start: int, length: int) -> Any:
    """Whether the same bytes are at both places."""
    if length < 8:
        equal = True
        for byte in range(length):
            equal &= text[begin + byte] == data[start + byte]
        return equal
    for byte in range(0, length - 8, 8):
        if word_at(text, begin + byte) != word_at(data, start + byte):
            return False
    return word_at(text, begin + length - 8) == word_at(data, start + length - 8)


@unmanaged
def find(
    table: npt.NDArray[np.uint64],
    names: npt.NDArray[np.void],
    text: Bytes,
    word: np.uint64,
    tenant: int,
    data: Bytes,
    start: int,
    stop: int,
) -> tuple[Any, Any]:
    """The slot of a name with that hash (-1: none) and the table's place where it is or would go."""
    mask = np.uint64(table.shape[0] - 1)
    place = word & mask
    while table[place] != EMPTY:
        entry = table[place]
        if (entry >> HALF_WORD) == (word >> HALF_WORD):
            slot = np.int64(entry & LOW_WORD) - 1
            name = names[slot]
            same_size = name.tenant == tenant and name.length == stop - start
            if same_size and are_equal(text, np.int64(name.start), data, start, stop - start):
                return slot, np.int64(place)
        place = (place + ONE) & mask
    return -1, np.int64(place)


@unmanaged
def find_one(
    table: npt.NDArray[np.uint64], names: npt.NDArray[np.void], text: Bytes, tenant: int, data: Bytes
) -> Any:
    """The slot of the name that `data` is, -1 for none."""
    return find(table, names, text, hash_of(tenant, data, 0, data.shape[0]), tenant, data, 0, data.shape[0])[
        0
    ]


@unmanaged
def look_up(
    table: npt.NDArray[np.uint64],
    names: npt.NDArray[np.void],
    text: Bytes,
    tenants: Ints,
    codes: npt.NDArray[np.int32],
    offsets: npt.NDArray[np.int32],
    data: Bytes,
    slots: Ints,
    known: Ints,
    of: Ints,
    words: npt.NDArray[np.uint64],
) -> int:
    """The slot of each row's device into `slots`, -1 where it has none; returns how many rows have none.

    `codes` are places in the dictionary that `offsets` and `data` are; `tenants` the tenant's number of each row. `known` (-2), `of` (-1)
    and `words` are room for a number a name. Each name is looked up once, unless two tenants share it. Rows go in chunks, each several
    times: what the next pass reads is on its way by then.
    """
    mask = np.uint64(table.shape[0] - 1)
    missing = 0
    for begin in range(0, codes.shape[0], CHUNK):
        end, unseen = min(begin + CHUNK, codes.shape[0]), False
        for row in range(begin, end):
            code = codes[row]
            if of[code] != tenants[row]:
                unseen = True
                of[code] = tenants[row]
                known[code] = -2
                words[code] = hash_of(tenants[row], data, offsets[code], offsets[code + 1])
                prefetch_item(table, np.int64(words[code] & mask))
        for row in range(begin, end if unseen else begin):
            if known[codes[row]] == -2:
                prefetch_item(names, np.int64(table[words[codes[row]] & mask] & LOW_WORD))
        for row in range(begin, end if unseen else begin):
            if known[codes[row]] == -2:
                entry = np.int64(table[words[codes[row]] & mask] & LOW_WORD)
                if entry > 0:
                    prefetch_item(text, np.int64(names[entry - 1].start))
        for row in range(begin, end):
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
def add(
    table: npt.NDArray[np.uint64],
    names: npt.NDArray[np.void],
    text: Bytes,
    used: int,
    text_used: int,
    tenants: Ints,
    codes: npt.NDArray[np.int32],
    offsets: npt.NDArray[np.int32],
    data: Bytes,
    slots: Ints,
) -> tuple[int, int]:
    """Give the rows without a slot one, in the order of their first appearance; returns the used slots and bytes of text.

    There must be room: the caller has counted.
    """
    for row in range(codes.shape[0]):
        if slots[row] >= 0:
            continue
        start, stop = offsets[codes[row]], offsets[codes[row] + 1]
        word = hash_of(tenants[row], data, start, stop)
        slot, place = find(table, names, text, word, tenants[row], data, start, stop)
        if slot < 0:
            slot = used
            used += 1
            names[slot].start = text_used
            names[slot].tenant = tenants[row]
            names[slot].length = stop - start
            for byte in range(stop - start):
                text[text_used + byte] = data[start + byte]
            text_used += stop - start
            table[place] = ((word >> HALF_WORD) << HALF_WORD) | np.uint64(slot + 1)
        slots[row] = slot
    return used, text_used


@unmanaged
def fill(table: npt.NDArray[np.uint64], names: npt.NDArray[np.void], text: Bytes, used: int) -> None:
    """Put all names into an empty table."""
    mask = np.uint64(table.shape[0] - 1)
    for slot in range(used):
        name = names[slot]
        word = hash_of(name.tenant, text, np.int64(name.start), np.int64(name.start) + name.length)
        place = word & mask
        while table[place] != EMPTY:
            place = (place + ONE) & mask
        table[place] = ((word >> HALF_WORD) << HALF_WORD) | np.uint64(slot + 1)
