"""What healthy devices report besides telemetry: attestations that pass, people who log in, some after a mistyped password."""

from __future__ import annotations

import numpy as np

from infra.simulator.agenda import Agenda
from infra.simulator.attack import HOME
from infra.simulator.fleet import Device, Fleet
from infra.simulator.uplink import Uplink
from schemas.event import Event
from schemas.ids import digest
from schemas.security import AttestationPassed, AuthenticationFailed, AuthenticationSucceeded

LOGINS, TYPOS = 30, 10


def plan(agenda: Agenda, fleet: Fleet, uplink: Uplink, duration_s: float) -> None:
    """Spread them over the whole duration: every device attests once, some devices have a visitor."""
    random = np.random.default_rng([fleet.seed, 3])
    for device in fleet.devices:
        measured = digest("image", device.firmware).hex()
        passed = AttestationPassed(firmware=device.firmware, measurement=measured)
        _at(agenda, uplink, float(random.uniform(0, duration_s)), device, passed)
    roles = {fleet.role(letter).index for letter in "abcdh"}
    others = [device for device in fleet.devices if device.index not in roles]
    for number, place in enumerate(random.permutation(len(others))[:LOGINS]):
        visit_s = float(random.uniform(5, duration_s))
        if number < TYPOS:
            failed = AuthenticationFailed(
                account="service", address=HOME, method="ssh", reason="wrong password"
            )
            _at(agenda, uplink, visit_s - 2, others[place], failed)
        visited = AuthenticationSucceeded(account="service", address=HOME, method="ssh")
        _at(agenda, uplink, visit_s, others[place], visited)


def _at(agenda: Agenda, uplink: Uplink, at_s: float, device: Device, data: Event) -> None:
    agenda.at(at_s, lambda: uplink.event(device, data))
