"""What Mosquitto's own log says about sessions, line by line: who came from where, and which address was refused at the handshake.

Mosquitto 2.0.11 tells of a refused certificate in two ways: in one line with the address, where the handshake ended at once, else as an
error without one, some lines after "New connection from ...".
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

BEGUN = re.compile(r"New connection from (?P<address>\S+):(?P<port>\d+) on port")
OPENED = re.compile(
    r"New client connected from (?P<address>\S+):(?P<port>\d+) as .* \(p\d.*, u'(?P<identity>[^']+)'\)"
)
REFUSED = re.compile(r"Client connection from (?P<address>\S+) failed: .*certificate verify failed")
REFUSED_LATER = re.compile(r"OpenSSL Error\[\d+\]: .*certificate verify failed")
ENDED = re.compile(r"Client <unknown> (?:disconnected|closed)")
MAX_ADDRESSES = 8
MAX_BEGUN = 64


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

    A refused handshake carries no name. It is attributed to a device where its address is certain and no other device was ever seen there:
    behind a NAT, or while several handshakes overlap, it is attributed to nobody rather than to the wrong one.
    """

    def __init__(self) -> None:
        self._addresses: dict[str, dict[str, None]] = defaultdict(dict)
        self._identities: dict[str, set[str]] = defaultdict(set)
        self._begun: dict[tuple[str, str], None] = {}
        self._ended = 0

    def read(self, line: str) -> Opened | Refused | None:
        """What one log line says, None where it is about something else."""
        if opened := OPENED.search(line):
            self._begun.pop((opened["address"], opened["port"]), None)
            self._remember(opened["identity"], opened["address"])
            return Opened(opened["identity"])
        if refused := REFUSED.search(line):
            return self._whose(refused["address"])
        if begun := BEGUN.search(line):
            self._begin(begun["address"], begun["port"])
        elif ENDED.search(line):
            self._end()
        elif REFUSED_LATER.search(line):
            addresses = {address for address, _ in self._begun}
            return self._whose(addresses.pop()) if len(addresses) == 1 else None
        return None

    def _whose(self, address: str) -> Refused | None:
        known = self._identities.get(address, set())
        return Refused(next(iter(known)), address) if len(known) == 1 else None

    def _begin(self, address: str, port: str) -> None:
        self._begun[address, port] = None
        if len(self._begun) > MAX_BEGUN:
            del self._begun[next(iter(self._begun))]

    def _end(self) -> None:
        """A connection without a name has ended; which one is only known once all of them have."""
        self._ended += 1
        if self._ended >= len(self._begun):
            self._begun.clear()
            self._ended = 0

    def _remember(self, identity: str, address: str) -> None:
        addresses = self._addresses[identity]
        addresses.pop(address, None)
        addresses[address] = None
        self._identities[address].add(identity)
        if len(addresses) > MAX_ADDRESSES:
            oldest = next(iter(addresses))
            del addresses[oldest]
            self._identities[oldest].discard(identity)
