"""A past made by the real processes: a fleet with spikes, drifts and break-ins, alerts judged, a credential let back in."""

from __future__ import annotations

from pathlib import Path

from schemas import telemetry
from schemas.action import AlertAcknowledge, AlertJudge, CredentialReinstate
from schemas.alert import AlertEvent
from schemas.credential import CredentialDecided
from schemas.event import Envelope, Event
from schemas.security import (
    AttestationFailed,
    AuthenticationFailed,
    AuthenticationSucceeded,
    ConfigurationChanged,
    SessionOpened,
)
from schemas.topics import PARTITIONS
from streams.log.partition import partition_of
from streams.log.writer import LogWriter
from tests.detectors.fleet import fleet_batch, moment
from tests.streams.worker import wait_for, workers, written

TENANT = "past"
DEVICES = [f"cam-{number:02}" for number in range(24)]
# The step at which each device sends far too much, for some reports.
SPIKES = {DEVICES[n]: 70 + 7 * n for n in range(8)}
TAKEN, CLONED, IMPLANTED = DEVICES[8], DEVICES[9], DEVICES[10]
STEPS = 160
ALERTS = len(SPIKES) + 3


def event(device: str, step: float, data: Event, name: str = "") -> Envelope:
    """An event about a device at a step of the story."""
    return Envelope(
        id=f"{TENANT}-{data.TYPE}-{device}-{step}{name}",
        type=data.TYPE,
        source="test",
        subject=device,
        tenant=TENANT,
        time=moment(0) + (moment(1) - moment(0)) * step,
        data=data,
    )


def break_ins() -> list[Envelope]:
    """A take-over, a cloned credential and an implant."""
    away = {"account": "admin", "address": "203.0.113.7"}
    guesses = [event(TAKEN, 80 + n / 100, AuthenticationFailed(**away)) for n in range(6)]
    return [
        *guesses,
        event(TAKEN, 80.2, AuthenticationSucceeded(**away)),
        event(TAKEN, 80.3, ConfigurationChanged(setting="syslog.target", **away)),
        event(CLONED, 90, SessionOpened(session="s1", address="127.10.0.1", client="cam")),
        event(CLONED, 91, SessionOpened(session="s2", address="127.66.6.6", client="copy")),
        event(IMPLANTED, 100, AttestationFailed(firmware="1.0", expected="aa", measured="bb")),
    ]


def report(writer: LogWriter, steps: range) -> None:
    """What the fleet measured."""
    for step in steps:
        odd = frozenset(device for device, at in SPIKES.items() if at <= step < at + 4)
        for partition in range(PARTITIONS):
            devices = [d for d in DEVICES if partition_of(f"{TENANT}/{d}".encode(), PARTITIONS) == partition]
            if devices:
                headers, value = telemetry.encode(fleet_batch(TENANT, devices, step, odd))
                writer.append_raw(telemetry.TOPIC, value, headers=headers, partition=partition)
    writer.flush()


def live_past(bootstrap: str, home: Path) -> None:
    """Write the inputs while detection, triage and response run, then what people did, and wait for all that follows."""
    ingest, control = LogWriter(bootstrap, "ingest"), LogWriter(bootstrap, "control")

    def count(topic: str) -> int:
        return len({envelope.id for _, envelope in written(bootstrap, topic, TENANT)})

    with workers(bootstrap, home) as start:
        processes = [start(name) for name in ("detection", "triage", "response")]
        for process in processes:
            process.wait_ready()
        report(ingest, range(100))
        for one in break_ins():
            ingest.append(one)
        ingest.flush()
        report(ingest, range(100, STEPS))
        wait_for(lambda: opened(bootstrap) >= ALERTS, "all alerts")
        wait_for(lambda: count("credential-decisions") >= 3, "the decisions")
        before = len(changes(bootstrap))
        for action in answers(bootstrap):
            control.append(action)
        control.flush()
        wait_for(lambda: len(changes(bootstrap)) >= before + 4, "the verdicts")
        wait_for(lambda: count("credential-decisions") >= 4, "the reinstatement")
        wait_for(lambda: count("alerts") - len(changes(bootstrap)) >= decided(bootstrap), "notes of it")
        for process in processes:
            process.stop()


def opened(bootstrap: str) -> int:
    """How many alerts were raised."""
    return len({one.alert for one in changes(bootstrap).values()})


def changes(bootstrap: str) -> dict[str, AlertEvent]:
    """What happened to alerts, by event."""
    found = written(bootstrap, "alerts", TENANT)
    return {one.id: one.data for _, one in found if isinstance(one.data, AlertEvent)}


def decided(bootstrap: str) -> int:
    """How many decisions are in force or were, which triage notes."""
    found = {one.id: one.data for _, one in written(bootstrap, "credential-decisions", TENANT)}
    return sum(isinstance(one, CredentialDecided) and one.state == "decided" for one in found.values())


def answers(bootstrap: str) -> list[Envelope]:
    """One spike was nothing, one was something, one is being looked at; the take-over was true and the device is let in again."""
    first: dict[str, str] = {}
    for _, envelope in written(bootstrap, "alerts", TENANT):
        if isinstance(envelope.data, AlertEvent):
            first.setdefault(envelope.subject, envelope.data.alert)
    judged = {DEVICES[0]: "false_positive", DEVICES[1]: "true_positive", TAKEN: "true_positive"}
    return [
        *(
            event(device, STEPS, AlertJudge(actor="ana", alert=first[device], verdict=verdict))  # type: ignore[arg-type]
            for device, verdict in judged.items()
        ),
        event(DEVICES[2], STEPS, AlertAcknowledge(actor="ana", alert=first[DEVICES[2]])),
        event(TAKEN, STEPS, CredentialReinstate(actor="ana", comment="wiped")),
    ]
