"""The risk in what a device does, in absolute terms: bursts, failures, and targets that do not answer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.compiling import unmanaged
from detectors.traffic import behaviour as b
from detectors.traffic.behaviour import distinct, rate, walk, whole
from detectors.traffic.sketch import keyed

BURST, BURST_NATS = 30.0, 1.2
FAN, FAN_NATS = 6.0, 1.5
ANY_FAN, ANY_FAN_NATS = 20.0, 1.0
WALK_NATS = 0.4


@unmanaged
def acted(
    memory: Any,
    device: Any,
    kind: Any,
    coarse: Any,
    now_us: Any,
    outcome: int,
    target: Any,
    port: Any,
    found: Any,
) -> float:
    """What the device did lately, as views and as risk (nats); counts this event."""
    quick = rate(memory.rates, memory.rate_us, kind, now_us, 0, b.SPANS_S[0])
    found[0] = 2.0 * math.log(quick)
    found[1] = 2.0 * math.log(rate(memory.rates, memory.rate_us, kind, now_us, 1, b.SPANS_S[1]))
    found[2] = 2.0 * math.log(rate(memory.rates, memory.rate_us, whole(coarse), now_us, 2, b.SPANS_S[2]))
    risk = BURST_NATS * max(math.log(quick / BURST), 0.0)
    at = keyed(13, 0, device ^ (port if port != 0 else target))
    if outcome < 2:
        risk += WALK_NATS * walk(memory.walks, memory.walk_us, at, now_us, outcome)
    found[3:6] = 0.0
    if target == 0 and port == 0:
        return float(risk)
    slot = int(device % np.uint64(b.DEVICES))
    if memory.fan_owners[slot] != device:
        memory.fan_owners[slot] = device
        memory.fans[slot] = 0
    now_s, lost = int(now_us // 1_000_000), outcome > 0
    hosts = distinct(memory.fans[slot, 0], target, now_s, lost and target != 0)
    ports = distinct(memory.fans[slot, 1], port, now_s, lost and port != 0)
    every = distinct(memory.fans[slot, 2], target, now_s, target != 0)
    found[3], found[4], found[5] = (
        2.0 * math.log(1.0 + hosts),
        2.0 * math.log(1.0 + ports),
        2.0 * math.log(1.0 + every),
    )
    if lost:
        risk += FAN_NATS * max(math.log(max(hosts, ports) / FAN + 1e-9), 0.0)
    return float(risk + ANY_FAN_NATS * max(math.log(every / ANY_FAN + 1e-9), 0.0))
