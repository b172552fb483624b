"""How well flow events are judged, and what they cost: `python -m tests.bench.flows --json`, one JSON line.

Through the pure path (events to `observe_event`), on made streams: false alarms a thousand device-days of healthy life, even and restless;
for each attack, loud or quiet, whether its device is found, after how many of its flows and seconds, with how many findings of which
kinds, and how many there were on other devices. No two devices have a peer in common, as if addresses were sealed.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import numpy as np

from detectors.state import State, compile_all, observe_event
from schemas.detection import DetectionRaised
from schemas.event import Envelope
from tests.bench.command import program
from tests.bench.quality.labelled_files import Events
from tests.bench.quality.made_streams import Recipe, made
from tests.detectors.flows.quiet import ATTACKS as QUIET_ATTACKS
from tests.detectors.flows.quiet import Quiet, stream
from tests.detectors.flows.recordings import DEVICES, events_of, healthy

START = datetime(2026, 1, 1, tzinfo=UTC)
SEED = 7
FIRST_SEED, SEEDS, DEVICE_DAYS, FLOWS_A_DAY = 500, 12, 300, 1440
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
QUIET = [Quiet(name, restless) for restless in (False, True) for name in QUIET_ATTACKS]


def false_alarms(restless: bool) -> dict[str, Any]:
    """Findings on healthy devices, and what one event costs."""
    found: Counter[str] = Counter()
    events, took_s = 0, 0.0
    for seed in range(FIRST_SEED, FIRST_SEED + SEEDS):
        made_one = stream(Quiet(restless=True, days=DEVICE_DAYS // DEVICES), seed) if restless else even(seed)
        told = list(events_of(made_one, START))
        began, state = time.process_time(), State()
        for place, one in enumerate(told):
            found.update(
                kind_of(raised) for raised in observe_event(state, one, f"security-events/0/{place}")
            )
        events, took_s = events + len(told), took_s + time.process_time() - began
    return {
        "false_alarms": dict(found),
        "false_alarms_per_1000_device_days": 1000 * found.total() / (SEEDS * DEVICE_DAYS),
        "device_days": SEEDS * DEVICE_DAYS,
        "us_per_flow": took_s / events * 1e6,
    }


def even(seed: int) -> Events:
    """Healthy life without sessions or nights."""
    return healthy(seed, DEVICE_DAYS, FLOWS_A_DAY)


def kind_of(found: Envelope) -> str:
    """A finding's kind."""
    assert isinstance(found.data, DetectionRaised)
    return found.data.kind


def attack(made_one: Events) -> dict[str, Any]:
    """What is found of one attack and beside it."""
    culprit = made_one.devices[int(np.flatnonzero(made_one.attack)[0])]
    state, found = State(), []
    for place, one in enumerate(events_of(made_one, START)):
        found += [(place, told) for told in observe_event(state, one, f"security-events/0/{place}")]
    first = int(np.flatnonzero(made_one.attack)[0])
    after = [(place, told) for place, told in found if told.subject == culprit and place >= first]
    return {
        "found": bool(after),
        "after_flows": int(made_one.attack[: after[0][0] + 1].sum()) if after else None,
        "after_s": (made_one.times_us[after[0][0]] - made_one.times_us[first]) / 1e6 if after else None,
        "kinds": dict(Counter(kind_of(told) for _, told in after)),
        "on_others": len(found) - len(after),
    }


def measured() -> dict[str, Any]:
    """All figures."""
    compile_all()
    return {
        "attacks": {one.name: attack(made(one, SEED)) for one in ATTACKS},
        "quiet_attacks": {one.name: attack(stream(one, SEED)) for one in QUIET},
        "even": false_alarms(restless=False),
        "restless": false_alarms(restless=True),
    }


if __name__ == "__main__":
    program(measured)
