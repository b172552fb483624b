"""The attacks (a), (b), (c), (h) and the failing sensor (d): what happens on the device, when, and what the device sees of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.simulator.agenda import Agenda
from infra.simulator.condition import Condition
from infra.simulator.fleet import Device, Fleet
from infra.simulator.message import utc
from infra.simulator.sensor import Sensor
from infra.simulator.session import Session
from infra.simulator.uplink import Uplink
from schemas.ids import digest
from schemas.pki import Folder
from schemas.security import (
    AttestationFailed,
    AuthenticationFailed,
    AuthenticationSucceeded,
    ConfigurationChanged,
)
from schemas.settings import Settings

HOME, ATTACKER = "198.51.100.10", "203.0.113.77"
CLONE_ADDRESS = "127.66.6.6"
GUESSES = 6
PROBES, PROBE_S = 60, 0.5


class Attacks:
    """The five letters of one fleet; `plan` puts them on the agenda, `truth` says afterwards what really happened when.

    `report` makes one device send its telemetry now, out of turn.
    """

    def __init__(
        self,
        settings: Settings,
        fleet: Fleet,
        uplink: Uplink,
        sensor: Sensor,
        condition: Condition,
        report: Callable[[Device], None],
    ) -> None:
        self._settings, self._uplink, self._condition, self._report = settings, uplink, condition, report
        self._sensor = sensor
        self.devices = {letter: fleet.role(letter) for letter in "abcdh"}
        self._clones: list[Session] = []
        self._began_s: dict[str, float] = {}
        self._decisive_s: dict[str, float] = {}

    def plan(self, agenda: Agenda, pace: float) -> None:
        """Put everything on the agenda; `pace` is 1 for a story of two minutes, smaller for a shorter one."""
        taken, sensor = self.devices["a"], self.devices["d"]
        agenda.at(1, lambda: self._log_in(taken, HOME))
        agenda.at(12 * pace, self._fail_attestation)
        for guess in range(GUESSES):
            agenda.at((18 + guess) * pace, self._guess)
        agenda.at(25 * pace, lambda: self._log_in(taken, ATTACKER))
        agenda.at(27 * pace, self._take_over)
        agenda.at(34 * pace, self._clone)
        agenda.at(40 * pace, lambda: self._wear_out(sensor, 45 * pace))
        for number in range(PROBES):
            agenda.at((46 + PROBE_S * number) * pace, self._probe)

    def truth(self) -> dict[str, dict[str, Any]]:
        """Per letter: the device, when it began, the moment after which nothing was missing for a detection, and what it saw then."""
        return {letter: self._truth(letter) for letter in self.devices}

    def close(self) -> None:
        """End what the attacker has open."""
        for clone in self._clones:
            clone.close()

    def _truth(self, letter: str) -> dict[str, Any]:
        device = self.devices[letter]
        known: dict[str, Any] = {
            "tenant": device.tenant,
            "device": device.name,
            "began": _text(self._began_s.get(letter)),
            "decisive": _text(self._decisive_s.get(letter)),
        }
        if letter in "dh":
            return known
        sessions = [self._uplink.sessions[device.index], *(self._clones if letter == "b" else [])]
        return {**known, "sessions": [_seen(session) for session in sessions]}

    def _happened(self, letter: str, at_s: float) -> None:
        self._began_s.setdefault(letter, at_s)
        self._decisive_s[letter] = at_s

    def _log_in(self, device: Device, address: str) -> None:
        self._uplink.event(device, AuthenticationSucceeded(account="admin", address=address, method="ssh"))

    def _guess(self) -> None:
        failed = AuthenticationFailed(
            account="admin", address=ATTACKER, method="ssh", reason="wrong password"
        )
        self._happened("a", self._uplink.event(self.devices["a"], failed))

    def _take_over(self) -> None:
        device = self.devices["a"]
        changed = ConfigurationChanged(setting="syslog.target", account="admin", address=ATTACKER)
        self._happened("a", self._uplink.event(device, changed))
        self._condition.exfiltrate(device)
        self._report(device)

    def _fail_attestation(self) -> None:
        device = self.devices["c"]
        failed = AttestationFailed(
            firmware=device.firmware,
            expected=digest("image", device.firmware).hex(),
            measured=digest("image", device.firmware, "implant").hex(),
        )
        self._happened("c", self._uplink.event(device, failed))

    def _clone(self) -> None:
        device = self.devices["b"]
        folder = Folder(self._settings.pki)
        name = f"{device.name}-copy"
        clone = Session(folder, device.identity, CLONE_ADDRESS, self._uplink.clock, name)
        clone.on_connected = lambda at_s: self._happened("b", at_s)
        self._clones.append(clone)
        clone.open(self._settings.mqtt_url)

    def _probe(self) -> None:
        self._happened("h", self._sensor.probe(self.devices["h"]))

    def _wear_out(self, device: Device, over_s: float) -> None:
        now = self._uplink.clock()
        self._happened("d", now)
        self._condition.drift(device, now, over_s)


def _seen(session: Session) -> dict[str, Any]:
    return {
        "address": session.address,
        "connected": _text(session.connected_s),
        "dropped": _text(session.dropped_s),
        "refused": _text(session.refused_s),
        "refusals": session.refusals,
        "returns": session.returns,
        "still_connected": session.connected,
    }


def _text(time_s: float | None) -> str | None:
    return None if time_s is None else utc(time_s)
