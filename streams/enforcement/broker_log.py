"""What Mosquitto's own log says about sessions, line by line: who came from where, and which address was refused at the handshake."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

OPENED = re.compile(r"New client connected from (?P<address>\S+):\d+ as .* \(p\d.*, u'(?P<identity>[^']+)'\)")
REFUSED = re.compile(r"Client connection from (?P<address>\S+) failed: .*certificate verify failed")
MAX_ADDRESSES = 8


@dataclass(frozen=True, slots=True)
class Opened:
    """A session of this identity was opened."""

    identity: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A handshake from the address where only this identity's sessions came from was refused for its certificate."""

    identity: str
    address: str


class BrokerLog:
    """Remembers the newest addresses of each identity, from the lines it was given only.

    A refused handshake carries no name, only an address. It is attributed to a device where no other device was ever seen at that address;
    behind a NAT it is attributed to nobody rather than to the wrong one.
    """

    def __init__(self) -> None:
        self._addresses: dict[str, dict[str, None]] = defaultdict(dict)
        self._identities: dict[str, set[str]] = defaultdict(set)

    def read(self, line: str) -> Opened | Refused | None:
        """What one log line says, None where it is about something else."""
        if opened := OPENED.search(line):
            self._remember(opened["identity"], opened["address"])
            return Opened(opened["identity"])
        if refused := REFUSED.search(line):
            known = self._identities.get(refused["address"], set())
            return Refused(next(iter(known)), refused["address"]) if len(known) == 1 else None
        return None

    def _remember(self, identity: str, address: str) -> None:
        addresses = self._addresses[identity]
        addresses.pop(address, None)
        addresses[address] = None
        self._identities[address].add(identity)
        if len(addresses) > MAX_ADDRESSES:
            oldest = next(iter(addresses))
            del addresses[oldest]
            self._identities[oldest].discard(identity)
