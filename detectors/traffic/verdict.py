"""What an event counts for, by what it says.

Its odds are its size in units of the usual largest 1%, and its risk. It counts the more, the more events of its kind were odd lately: an
attack repeats itself, while a device that sent one odd event may send ordinary ones next. A hundred of them are as good as any number, or
an attack's end would outrank its beginning, and what is harmless and rare, but comes for ever, both. What is customary has no precedents.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from detectors import conformal
from detectors.compiling import unmanaged
from detectors.traffic import behaviour as b
from detectors.traffic.calibration import p_value, sized
from detectors.traffic.event import Event
from detectors.traffic.memory import GATE_UNIT, LEARNED, SCALE, USUAL
from detectors.traffic.reference import PRECISION
from detectors.traffic.testimony import Testimony
from detectors.traffic.trust import echoed, suspicion_of

DOUBT = 40.0  # learned events at which an event's odds are hardly more than 1
RARITY = 0.8  # the exponent of a rarity beside precedents: they say more than how rare one event is
RISK_NATS = 3.0  # of risk that count as much as the largest 1% of sizes
RISKINESS = 1.5  # the exponent of a risk beside precedents: one strong sign says more than several weak ones
ECHO = 0.6  # for each e-fold of odd events of the same kind before
MOST_PRECEDENTS = 100.0  # of those that count
ALARM_ODDS = 3.5


class Verdict(NamedTuple):
    """Its odds by itself (`alone`), and with its precedents and what rarity then counts for (`odds`), of which `rarity` is a share.

    `place` is its bin among what is taken for usual, `p` its p-value there and `p_told` the one that is told (both 1 while nobody can say);
    `suspicion` is of its device, `most_suspicion` the larger of it and of that of all devices, both before this event.
    """

    odds: float
    alone: float
    rarity: float
    place: int
    p: float
    p_told: float
    suspicion: float
    most_suspicion: float


@unmanaged
def verdict_of(memory: Any, event: Event, said: Testimony) -> Verdict:
    """What an event counts for; counts it among the odd events of its kind as far as it is one."""
    scalars = memory.scalars
    place = sized(PRECISION * (said.size / scalars[SCALE] + said.risk / RISK_NATS))
    rare = rated(scalars, said.size)
    alone = rare + said.risk / RISK_NATS
    spoken, risky = rare**RARITY, (said.risk / RISK_NATS) ** RISKINESS
    p, p_told = 1.0, 1.0
    if event.judged:
        p, p_told = p_value(memory.gate, place, scalars[GATE_UNIT]), conformal.p_value(memory.usual, alone)
    suspicion = suspicion_of(memory, event.mine, event.now_us)
    most_suspicion = max(suspicion, suspicion_of(memory, b.DEVICES, event.now_us))
    precedents = min(echoed(memory, event.kind, event.unlearned, p), MOST_PRECEDENTS)
    echo = ECHO * (1.0 - said.custom)
    return Verdict(
        (spoken + risky) * (1.0 + echo * math.log(1.0 + precedents)),
        alone,
        spoken / (spoken + risky + 1e-9),
        place,
        p,
        p_told,
        suspicion,
        most_suspicion,
    )


@unmanaged
def rated(scalars: Any, size: float) -> float:
    """A size in units of the usual largest 1%; while little is learned it cannot be much."""
    odds, sure = size / (scalars[SCALE] * scalars[USUAL]), (scalars[LEARNED] / DOUBT) ** 2
    return float(odds * sure / (odds + sure + 1e-9))
