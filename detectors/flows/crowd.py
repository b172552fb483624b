"""Whether a device is odd alone or together with many: then the cause is more likely outside of them, and it is one finding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from detectors.flows.episode import Episode
from detectors.flows.parameters import CROWD, CROWD_SHARE, LATELY_S


class Crowd(NamedTuple):
    """The tenant's devices (of one partition) that are suspect at a moment, by name, and how many had flows lately."""

    suspects: tuple[str, ...]
    devices: int

    @property
    def is_one(self) -> bool:
        """Whether so many are suspect that it is not each of them by itself."""
        return len(self.suspects) >= CROWD and len(self.suspects) > CROWD_SHARE * self.devices


def crowd_of(episodes: Mapping[str, Episode], devices: Mapping[str, int], time_us: int) -> Crowd:
    """The crowd at an event time; `devices` has the time of each one's latest flow."""
    suspects = sorted(name for name, one in episodes.items() if one.is_suspect(time_us))
    lately = sum(time_us - last_us <= LATELY_S * 1_000_000 for last_us in devices.values())
    return Crowd(tuple(suspects), lately)
