"""What a derived event says of where it comes from: which decider made it, and from which state.

`ce_decider` is `name@version?setting=value&...`, so that whoever derives an event again uses the settings it was decided with, not today's.
`ce_statehash` is a hash chain over everything the state was made of, before the event itself: two deciders with the same hash stand at the
same place, and nothing before it was changed, taken away or put in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode

from schemas.ids import digest

# The chain before its first link; an empty text would mean that nobody said.
START = digest("state").hex()
# Bytes that are hashed as they are.
SHORT = 4096


@dataclass(frozen=True, slots=True)
class Provenance:
    """A decider's name, its version (a new one whenever an input would have another consequence) and the settings that mattered."""

    name: str
    version: int
    settings: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        said = urlencode(sorted(self.settings.items()))
        return f"{self.name}@{self.version}{'?' + said if said else ''}"


def parse(text: str) -> Provenance | None:
    """What `ce_decider` says, None where it says nothing that can be read."""
    before, _, settings = text.partition("?")
    name, _, version = before.partition("@")
    if not name or not (version.isascii() and version.isdecimal()) or len(version) > 9:
        return None
    return Provenance(name, int(version), dict(parse_qsl(settings)))


def link(before: str, *parts: str | bytes | int) -> str:
    """The state hash after one more step; `before` is the one before it. Empty stays empty: a chain that was lost can't be gone on with."""
    return digest("state", before, *map(_shortened, parts)).hex() if before else ""


def _shortened(part: str | bytes | int) -> str | bytes | int:
    """A batch of telemetry by its SHA-256, which processors have instructions for; everything else as it is."""
    if isinstance(part, bytes) and len(part) > SHORT:
        return b"sha256:" + sha256(part).digest()
    return part
