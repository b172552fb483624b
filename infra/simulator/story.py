"""The whole run: history, then the live fleet with everything that befalls it, then the ground truth."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import clickhouse_connect
from clickhouse_connect.driver.exceptions import ClickHouseError

from infra.simulator import fleet, history, hostile, message, routine, truth
from infra.simulator.agenda import Agenda
from infra.simulator.attack import Attacks
from infra.simulator.behaviour import Behaviour
from infra.simulator.campaign import PLANS, Campaign
from infra.simulator.condition import Condition
from infra.simulator.control import Control
from infra.simulator.fleet import Device, Transport
from infra.simulator.journal import Journal
from infra.simulator.live import Live
from infra.simulator.sensor import Sensor
from infra.simulator.uplink import Uplink
from schemas.errors import Fatal, Retryable
from schemas.pki import Folder, read_issued
from schemas.settings import Settings

STORY_S = 120.0
HISTORY_WITHIN_S = 120.0
ALL_WAYS: tuple[Transport, ...] = ("mqtt", "http", "kafka")
STORED = """
SELECT count() FROM telemetry FINAL
WHERE tenant IN {tenants:Array(String)} AND received_time >= toDateTime64({since:Float64}, 6, 'UTC')
"""
Say = Callable[[str], None]


class Story:
    """One run against a running stack; `tell` takes it to the ground truth, `stay` lets the fleet live on, `close` ends it."""

    def __init__(self, settings: Settings, seed: int, say: Say) -> None:
        self._settings, self._say = settings, say
        self.fleet = fleet.make(seed)
        self._serials = serials(settings, self.fleet)
        self._origin_s = time.time()
        self._behaviour = Behaviour(self.fleet)
        self._condition = Condition(self.fleet, self._behaviour)
        self._uplink = Uplink(settings, self.fleet, Journal())
        self._sensor = Sensor(self.fleet, self._uplink)
        self._live = Live(
            self.fleet, self._behaviour, self._condition, self._uplink, self._sensor, self._origin_s
        )
        self._attacks = Attacks(
            settings, self.fleet, self._uplink, self._sensor, self._condition, self._report_surely
        )
        self._control = Control(settings)
        self._stop, self._over = threading.Event(), threading.Event()
        self._agenda = Agenda()
        self._hours = 0.0

    def tell(self, duration_s: float, hours: float) -> Path | None:
        """Everything up to the ground truth; returns its path, None where it was stopped before.

        Fatal or Retryable says which part of the stack doesn't play along.
        """
        self._hours = hours
        self._say(f"{len(self._uplink.sessions)} devices open their MQTT sessions")
        self._uplink.open(self._stop)
        sent = self._remember(hours)
        if self._stop.is_set():
            return None
        began = time.time()
        campaigns = self._plan(duration_s)
        self._say(f"the fleet is live; the story takes {duration_s:.0f} s")
        self._live.run(self._agenda, duration_s, self._stop)
        if self._stop.is_set():
            return None
        return self._conclude(began, campaigns, {"history": sent, "duration_s": duration_s})

    def stay(self) -> None:
        """Let the fleet live on until `stop`."""
        self._live.run(self._agenda, float("inf"), self._stop)

    def stop(self) -> None:
        """Make `tell` and `stay` return soon."""
        self._stop.set()
        self._over.set()

    def close(self) -> None:
        """Hang up everywhere."""
        self.stop()
        self._attacks.close()
        self._control.close()
        self._uplink.close()

    def _remember(self, hours: float) -> int:
        self._uplink.gateway.check()
        history.provision(self._uplink, self.fleet, self._serials, self._origin_s - hours * 3600)
        flows = self._sensor.remember(self._origin_s, hours)
        sent = history.fill(self._uplink, self.fleet, self._behaviour, self._origin_s, hours)
        if self._uplink.gateway.flush(60.0):
            raise Retryable(f"Kafka at {self._settings.kafka_bootstrap} does not take the history")
        self._say(f"{sent} reports and {flows} connections of the last {hours:g} h are in Kafka")
        self._wait_stored(sent)
        return sent

    def _wait_stored(self, wanted: int) -> None:
        """Live reports must come after the history: a device's time doesn't go back."""
        deadline, stored = time.monotonic() + HISTORY_WITHIN_S, 0
        while stored < wanted and not self._stop.is_set():
            stored = _stored(self._settings.clickhouse_url, self._origin_s)
            if time.monotonic() > deadline:
                raise Fatal(
                    f"only {stored} of {wanted} reports of the history reached ClickHouse within "
                    f"{HISTORY_WITHIN_S:.0f} s: is ingest or the archive stuck? see their logs"
                )
            self._stop.wait(0.5)
        self._say(f"{stored} reports are stored")

    def _plan(self, duration_s: float) -> list[Campaign]:
        pace = min(duration_s / STORY_S, 1.0)
        self._attacks.plan(self._agenda, pace)
        routine.plan(self._agenda, self.fleet, self._uplink, duration_s)
        for number, way in enumerate(ALL_WAYS):
            device = self.fleet.spare(way)
            self._agenda.at((5 + 4 * number) * pace, partial(self._provoke, device))
        campaigns = [
            Campaign(plan, self._control, self.fleet, self._uplink, self._condition, self._over, pace)
            for plan in PLANS
        ]
        for campaign in campaigns:
            self._agenda.at(3 * pace, campaign.start)
        return campaigns

    def _provoke(self, device: Device) -> None:
        """Every hostile message over one way in."""
        recorded = history.recorded(self._behaviour, device, self._origin_s, self._hours)
        healthy = self._live.telemetry(device)
        for one in hostile.messages(device, healthy, recorded, self._uplink.clock()):
            self._uplink.send(device, one.kind, one.payload, one.sent(device))
        if device.transport == "mqtt":
            victim = self.fleet.role("d")
            spoofed = hostile.spoofed(device, victim, healthy)
            self._uplink.send(device, spoofed.kind, spoofed.payload, spoofed.sent(device), to=victim)

    def _report_surely(self, device: Device) -> None:
        self._live.report([device], surely=True)

    def _conclude(self, began_s: float, campaigns: list[Campaign], facts: dict[str, Any]) -> Path:
        self._over.set()
        for campaign in campaigns:
            campaign.join(5.0)
        self._uplink.journal.close()
        self._uplink.flush()
        attacked = {device.index for letter, device in self._attacks.devices.items() if letter not in "dh"}
        healthy = [session for index, session in self._uplink.sessions.items() if index not in attacked]
        ended = {
            **facts,
            "seed": self.fleet.seed,
            "tenants": list(fleet.TENANTS),
            "devices": len(self.fleet),
            "began": message.utc(began_s),
            "ended": message.utc(time.time()),
            "mqtt_sessions": len(self._uplink.sessions),
            "healthy_sessions_dropped": sum(session.drops for session in healthy),
            "https_failures": self._uplink.https.failures,
            "unacknowledged": self._uplink.journal.unacknowledged,
            "story": {
                **self._attacks.truth(),
                **{campaign.letter: campaign.truth for campaign in campaigns},
            },
        }
        path = truth.write(self._settings.home / "demo", ended, self._uplink.journal)
        self._say(f"the story is over; its ground truth is in {path}")
        return path


def serials(settings: Settings, wanted: fleet.Fleet) -> dict[str, str]:
    """The serial number of each device's newest certificate; Fatal where a device of the fleet has none."""
    folder = Folder(settings.pki)
    found = {row.identity: row.serial for row in read_issued(folder)[0] if row.kind == "device"}
    missing = [device.identity for device in wanted.devices if device.identity not in found]
    if missing:
        raise Fatal(
            f"{len(missing)} devices, such as {missing[0]}, have no certificate in {folder.root}: "
            f"run `python -m infra.simulator prepare --seed {wanted.seed}` and then start the stack"
        )
    return found


def _stored(url: str, since_s: float) -> int:
    """How many reports of the fleet ClickHouse has that the edge received since then."""
    try:
        client = clickhouse_connect.get_client(dsn=url)
        try:
            values = {"tenants": list(fleet.TENANTS), "since": since_s}
            return int(client.query(STORED, parameters=values).first_row[0])
        finally:
            client.close()
    except ClickHouseError:
        # The archive makes the tables when it starts.
        return 0
