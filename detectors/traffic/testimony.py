"""What an event says: how risky it is, and how unusual, view by view.

Its risk is what is known of attacks (`evidence`), what the device did lately (`actions`) unless it always does (`custom`), and whether it
outweighs all others (`dominance`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from detectors.compiling import unmanaged
from detectors.traffic import relations as r
from detectors.traffic.actions import acted
from detectors.traffic.custom import customary, excused
from detectors.traffic.dominance import dominated
from detectors.traffic.event import Event, Room
from detectors.traffic.evidence import FAILED
from detectors.traffic.levels import numbers_said
from detectors.traffic.memory import JUMPED, TOTAL
from detectors.traffic.relations import nearness
from detectors.traffic.survey import discount, judge, survey

DOMINANCE_NATS = 2.0  # for each e-fold of a device's fair share


class Testimony(NamedTuple):
    """An event's `risk` (nats) and `size`, how unusual it is (0 while nobody can say); `speaker` is the view that adds most (-1: none).

    `budget` is what its device's events may weigh, `square` the mean square of what does not go together in it (-1: nobody can say), and
    `custom` how far events of its kind are customary, of its device or of any, 0 to 1.
    """

    budget: float
    risk: float
    square: float
    size: float
    speaker: int
    custom: float


@unmanaged
def testimony_of(memory: Any, room: Room, event: Event, evidence: Any, row: int) -> Testimony:
    """What row `row` of the evidence and the views say of an event; counts it among what its device did."""
    budget, dominance = dominated(memory, event.device, event.kind, event.mine)
    square = numbers_said(memory, room.values, event.slot, event.base, event.settled, room.x, room.together)
    _approach(memory, room, event)
    custom = max(customary(memory, event.literal), customary(memory, event.common))
    doing = _done(memory, room, event, evidence, row, custom)
    risk = max(evidence.risks[row] + DOMINANCE_NATS * dominance + doing, 0.0)
    size, speaker = 0.0, -1
    if event.judged:
        survey(memory, event.device, room.fine, room.coarse, room.far, memory.scalars[TOTAL], room.found)
        discount(memory, room.near, room.found)
        size, speaker = judge(memory, room.found)
    return Testimony(budget, risk, square, size, speaker, custom)


@unmanaged
def _approach(memory: Any, room: Room, event: Event) -> None:
    """How near the numbers are to where the device's were; in full where nobody can say."""
    if event.settled and memory.scalars[JUMPED] >= r.SETTLED:
        nearness(room.values, memory.levels[event.slot], memory.scales, room.near)
    else:
        room.near[:] = 1.0


@unmanaged
def _done(memory: Any, room: Room, event: Event, evidence: Any, row: int, custom: float) -> float:
    """The risk (nats) of what the device did lately, less what is excused as customary."""
    outcome = evidence.outcomes[row]
    doing = acted(
        *(memory, event.device, event.kind, room.coarse, event.now_us),
        *(outcome, evidence.targets[row], evidence.ports[row], room.lately),
    )
    return float(excused(custom, doing, outcome == FAILED))
