"""How well flow events are judged, and what they cost: `python -m tests.bench.flows --json`, one JSON line.

Through the pure path (events to `observe_event`), on made streams: false alarms a thousand device-days of healthy life; and for each attack
whether its device is found, after how many of its flows and seconds, with how many findings, and how many there were on other devices.
No two devices have a peer in common, as if addresses were sealed.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from typing import Any

import numpy as np

from detectors.state import State, compile_all, observe_event
from tests.bench.quality.made_streams import Recipe, made
from tests.detectors.flows.recordings import events_of, healthy

START = datetime(2026, 1, 1, tzinfo=UTC)
SEEDS, DEVICE_DAYS, FLOWS_A_DAY = 12, 300, 1440
ATTACKS = (
    Recipe("flows", "scan", 0.01),
    Recipe("flows", "scan", 0.27),
    Recipe("flows", "syn_flood", 0.05),
    Recipe("flows", "syn_flood", 0.9),
    Recipe("flows", "udp_flood", 0.27),
    Recipe("flows", "beacon", 0.02),
    Recipe("flows", "exfiltration", 0.005),
    Recipe("flows", "slow_scan", 0.01),
    Recipe("flows", "remote_shell", 0.05),
    Recipe("flows", "scan", 0.6, 0.002),
)


def false_alarms() -> dict[str, Any]:
    """Findings on healthy devices, and what one event costs."""
    found = events = 0
    began = time.process_time()
    for seed in range(100, 100 + SEEDS):
        state = State()
        for place, one in enumerate(events_of(healthy(seed, DEVICE_DAYS, FLOWS_A_DAY), START)):
            found += len(observe_event(state, one, f"security-events/0/{place}"))
            events += 1
    return {
        "false_alarms_per_1000_device_days": 1000 * found / (SEEDS * DEVICE_DAYS),
        "device_days": SEEDS * DEVICE_DAYS,
        "us_per_flow": (time.process_time() - began) / events * 1e6,
    }


def attack(recipe: Recipe, seed: int) -> dict[str, Any]:
    """What is found of one attack and beside it."""
    stream = made(recipe, seed)
    culprit = stream.devices[int(np.flatnonzero(stream.attack)[0])]
    state, found = State(), []
    for place, one in enumerate(events_of(stream, START)):
        found += [(place, told) for told in observe_event(state, one, f"security-events/0/{place}")]
    right = [place for place, told in found if told.subject == culprit]
    first = int(np.flatnonzero(stream.attack)[0])
    after = [place for place in right if place >= first]
    return {
        "found": bool(after),
        "after_flows": int(stream.attack[: after[0] + 1].sum()) if after else None,
        "after_s": (stream.times_us[after[0]] - stream.times_us[first]) / 1e6 if after else None,
        "findings": len(after),
        "on_others": len(found) - len(after),
    }


def main() -> None:
    """Measure and print."""
    compile_all()
    figures = {"bench": "flows", "attacks": {one.name: attack(one, 7) for one in ATTACKS}, **false_alarms()}
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
