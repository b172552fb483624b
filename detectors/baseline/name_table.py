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
from detectors.baseline.memory import word_at

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]
BASIS, PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x9E3779B97F4A7C15)
MIX, HALF_WORD = np.uint64(0xFF51AFD7ED558CCD), np.uint64(32)
LOW_WORD, ONE, EMPTY = np.uint64(0xFFFFFFFF), np.uint64(1), np.uint64(0)
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
    table: Words,
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
def find_one(table: Words, names: npt.NDArray[np.void], text: Bytes, tenant: int, data: Bytes) -> Any:
    """The slot of the name that `data` is, -1 for none."""
    return find(table, names, text, hash_of(tenant, data, 0, data.shape[0]), tenant, data, 0, data.shape[0])[
        0
    ]


@unmanaged
def add(
    table: Words,
    names: npt.NDArray[np.void],
    text: Bytes,
    used: int,
    text_used: int,
    tenants: Ints,
    codes: Int32s,
    offsets: Int32s,
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
def fill(table: Words, names: npt.NDArray[np.void], text: Bytes, used: int) -> None:
    """Put all names into an empty table."""
    mask = np.uint64(table.shape[0] - 1)
    for slot in range(used):
        name = names[slot]
        word = hash_of(name.tenant, text, np.int64(name.start), np.int64(name.start) + name.length)
        place = word & mask
        while table[place] != EMPTY:
            place = (place + ONE) & mask
        table[place] = ((word >> HALF_WORD) << HALF_WORD) | np.uint64(slot + 1)
