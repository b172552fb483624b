"""Whose row is whose: the devices of a block by slot, found by their names."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline.lookup import look_up
from detectors.baseline.name_table import NAME, Bytes, Int32s, Ints, add, fill, find_one

FIRST_SLOTS = 256


class Names:
    """The devices of a block by slot, in the order of first appearance; `used` of them."""

    def __init__(self) -> None:
        self.used = 0
        self.text_used = 0
        self.tenants: dict[str, int] = {}
        self.names = np.zeros(FIRST_SLOTS, NAME)
        self.text = np.zeros(16 * FIRST_SLOTS, np.uint8)
        self.table = np.zeros(2 * FIRST_SLOTS, np.uint64)

    def tenant(self, name: str) -> int:
        """The number of a tenant, a new one where it was never seen."""
        return self.tenants.setdefault(name, len(self.tenants))

    def look_up(self, tenants: Ints, codes: Int32s, offsets: Int32s, data: Bytes) -> tuple[Ints, int]:
        """The slot of each row, -1 for a device that was never seen, and how many rows that are."""
        slots = np.empty(len(codes), np.int64)
        size = len(offsets)
        room = (np.full(size, -2), np.full(size, -1), np.empty(size, np.uint64))
        missing = look_up(self.table, self.names, self.text, tenants, codes, offsets, data, slots, *room)
        return slots, missing

    def add(self, tenants: Ints, codes: Int32s, offsets: Int32s, data: Bytes, slots: Ints) -> None:
        """Give each row of `slots` that is -1 a slot."""
        missing = slots < 0
        self.reserve(self.used + int(missing.sum()), int(np.diff(offsets)[codes[missing]].sum()))
        self.used, self.text_used = add(
            self.table, self.names, self.text, self.used, self.text_used, tenants, codes, offsets, data, slots
        )

    def reserve(self, slots: int, text: int) -> None:
        """Make room for so many devices in all and for so many more bytes of names."""
        if self.text_used + text > len(self.text):
            self.text = _longer(self.text, max(2 * len(self.text), self.text_used + text))
        if slots > len(self.names):
            size = 1 << (slots - 1).bit_length()
            self.names = _longer(self.names, size)
            self.table = np.zeros(2 * size, np.uint64)
            fill(self.table, self.names, self.text, self.used)

    def index(self) -> None:
        """Make the table anew from the names."""
        self.table[:] = 0
        fill(self.table, self.names, self.text, self.used)

    def one(self, tenant: str, device: str) -> int | None:
        """The slot of one device, None where it was never seen."""
        number = self.tenants.get(tenant)
        if number is None:
            return None
        slot = find_one(self.table, self.names, self.text, number, np.frombuffer(device.encode(), np.uint8))
        return slot if slot >= 0 else None

    def name(self, slot: int) -> tuple[str, str]:
        """Tenant and name of one device; may be slow."""
        one = self.names[slot]
        start = int(one["start"])
        text = self.text[start : start + int(one["length"])].tobytes().decode()
        return list(self.tenants)[one["tenant"]], text

    def all(self) -> list[tuple[str, str]]:
        """Tenant and name of each device, by slot; a Python object each, so for people and tests."""
        tenants, text = list(self.tenants), self.text.tobytes()
        return [
            (tenants[one["tenant"]], text[one["start"] : int(one["start"]) + int(one["length"])].decode())
            for one in self.names[: self.used]
        ]

    def keep(self, slots: Ints) -> None:
        """Forget all devices but these, which move together in their order."""
        kept = self.names[slots]
        lengths = kept["length"].astype(np.int64)
        ends = np.cumsum(lengths)
        starts = ends - lengths
        total = int(ends[-1]) if len(ends) else 0
        # The old place of every byte that stays.
        places = np.arange(total) + np.repeat(kept["start"] - starts, lengths)
        self.text[:total] = self.text[places]
        kept["start"] = starts
        self.names[: len(kept)] = kept
        self.used, self.text_used = len(kept), total
        self.index()


def _longer(array: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    longer = np.zeros(size, array.dtype)
    longer[: len(array)] = array
    return longer
