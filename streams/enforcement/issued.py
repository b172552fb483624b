"""Which certificates a device has: the authority's index, read once and then only what was added."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from schemas.pki import Folder, Issued, read_issued


class IssuedIndex:
    """Serial numbers by identity, as of the last `refresh`. Holds every certificate ever issued, about 300 bytes each."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._position = 0
        self._rows: dict[str, list[Issued]] = defaultdict(list)
        self._not_after: dict[int, datetime] = {}
        self.refresh()

    def refresh(self) -> None:
        """Read what was issued since; Fatal where the index is missing or broken."""
        rows, self._position = read_issued(self._folder, self._position)
        for row in rows:
            self._rows[row.identity].append(row)
            self._not_after[int(row.serial, 16)] = row.not_after

    def serials(self, identity: str, now: datetime) -> list[int]:
        """The certificates of a device that are in date, oldest first; empty where it never had one."""
        return [int(row.serial, 16) for row in self._rows.get(identity, ()) if row.not_after > now]

    def expired(self, serial: int, now: datetime) -> bool:
        """Whether a certificate is known to be out of date."""
        return serial in self._not_after and self._not_after[serial] <= now
