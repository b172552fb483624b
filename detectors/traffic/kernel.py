"""The compiled heart of the traffic detector: each event is taken apart (`event`), says what it does (`testimony`), is judged (`verdict`)
and learned (`lesson`), before the next is looked at."""

from __future__ import annotations

from typing import Any, NamedTuple

from detectors.compiling import unmanaged
from detectors.traffic.event import Room, event_of
from detectors.traffic.lesson import learn
from detectors.traffic.testimony import testimony_of
from detectors.traffic.verdict import verdict_of

VERSION = 7  # any change of a score or of the state


class Rows(NamedTuple):
    """Events: devices and texts as 64-bit words, times in microseconds since 1970, numbers (NaN: missing)."""

    devices: Any
    times_us: Any
    numbers: Any
    words: Any


@unmanaged
def observe(memory: Any, room: Room, rows: Rows, evidence: Any, out: Any) -> None:
    """Score events, then learn them. `evidence` and `out` are `Evidence` and `Scores` of as many rows; `out.scores` and `out.alone` become
    odds."""
    for row in range(len(rows.devices)):
        event = event_of(
            memory, room, rows.devices[row], rows.times_us[row], rows.numbers[row], rows.words[row]
        )
        said = testimony_of(memory, room, event, evidence, row)
        verdict = verdict_of(memory, event, said)
        out.scores[row], out.alone[row], out.rarities[row] = verdict.odds, verdict.alone, verdict.rarity
        out.p_values[row], out.views[row] = verdict.p_told, said.speaker
        learn(memory, room, event, said, verdict, rows.words[row])
