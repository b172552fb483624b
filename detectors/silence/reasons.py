"""Why a silence is told, in numbers: the gap beside what is usual, who else is silent, and the nearest normal gap.

All of it is read from the state at the moment at which the silence is told, so the log alone gives the same reasons again. Durations are
those of the hours that count for a device.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np

from detectors import explanation
from detectors.silence.code import all_seconds_of
from detectors.silence.compiled import Ints
from detectors.silence.gap import Gap, gap_of
from detectors.silence.layout import COUNT_BITS, FIRST_BLOCK, HISTORY, SILENT, STANDING
from detectors.silence.memory import Memory
from detectors.silence.parameters import GAP
from schemas.detection import Cohort, Contribution, Expectation, Nearest


class Why(NamedTuple):
    """Of a device its gap, what its cohort does, and how many of its place are silent; of a group the gap of the device in its middle.

    `peer` is the slot of the one whose normal gap is nearest, -1 where it is the device's own. `silent` of `devices` are silent in the
    place, `by_chance` would be if each were so by itself.
    """

    gap: Gap
    cohort: Cohort
    nearest: Nearest
    peer: int
    silent: int
    devices: int
    by_chance: float

    @property
    def contribution(self) -> Contribution:
        """The gap as a metric: its range ends with what health explains, its score is in spreads of the logarithm."""
        gap = self.gap
        return Contribution(
            metric=GAP,
            actual=gap.lasted_s,
            expected=gap.expected_s,
            low=0.0,
            high=gap.limit_s,
            score=gap.distance(gap.expected_s),
            p_value=gap.p_value,
        )

    def expectation(self, site: str) -> Expectation:
        """How many of the site are silent."""
        return Expectation(
            what=f"Silent at site {site}" if site else "Silent of the devices without a site",
            seen=f"{self.silent:,} of {self.devices:,} devices",
            expected=f"about {self.by_chance:.1f} by chance" if self.by_chance else "none",
        )


def of_device(memory: Memory, slot: int) -> Why:
    """Why a device is silent that was just told so."""
    gap, members = gap_of(memory, slot), _known(memory, memory.members(int(memory.heads["place"][slot])))
    peers = members[(memory.heads["cohort"][members] == memory.heads["cohort"][slot]) & (members != slot)]
    peers = peers if memory.heads["cohort"][slot] else peers[:0]
    nearest, peer = _nearest(memory, gap, peers)
    silent = _silent(memory, members)
    around = _cohort(memory, peers, _silent(memory, peers))
    return Why(gap, around, nearest, peer, max(silent, 1), max(len(members), 1), 0.0)


def of_group(memory: Memory, members: Ints, devices: int, chance: float) -> Why:
    """Why the members of a place are one finding; `chance` is the probability that so many of `devices` are overdue by themselves."""
    order = np.argsort(memory.heads["last_us"][members], kind="stable")
    gap = gap_of(memory, int(members[order[(len(members) - 1) // 2]]))._replace(p_value=chance)
    around = msgspec.structs.replace(_cohort(memory, members, len(members) - 1), peers=devices - 1)
    nearest, _ = _nearest(memory, gap, members[:0])
    return Why(gap, around, nearest, -1, len(members), devices, memory.parameters.overdue_share * devices)


def _known(memory: Memory, members: Ints) -> Ints:
    """Those of which enough was heard to say how often they report, and that are not of the past only."""
    status = memory.heads["status"][members]
    known: Ints = members[(status & COUNT_BITS >= FIRST_BLOCK) & (status & STANDING != HISTORY)]
    return known


def _silent(memory: Memory, members: Ints) -> int:
    return int(np.count_nonzero(memory.heads["status"][members] & SILENT))


def _cohort(memory: Memory, peers: Ints, silent: int) -> Cohort:
    """What peers do now: how long each has been quiet, and how long that usually is at most."""
    now = (memory.now_us - memory.heads["last_us"][peers]) / 1e6
    return explanation.cohort(
        len(peers),
        silent,
        metric=GAP,
        actual=np.maximum(now, 0.0),
        expected=all_seconds_of(memory.heads["centre"][peers]),
    )


def _nearest(memory: Memory, gap: Gap, peers: Ints) -> tuple[Nearest, int]:
    """The longest gap the device is known for, or that of a peer where it is nearer."""
    value, peer = gap.usual_s, -1
    if len(peers):
        heads = memory.heads[peers]
        longest = all_seconds_of(np.maximum(heads["record"], heads["block"]))
        place = int(np.argmin(np.abs(longest - gap.lasted_s)))
        if abs(longest[place] - gap.lasted_s) < abs(value - gap.lasted_s):
            value, peer = float(longest[place]), int(peers[place])
    return Nearest(metric=GAP, value=value, distance=abs(gap.distance(value))), peer
