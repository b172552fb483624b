"""What triage and response write about a few devices, worked out as their workers do, without a log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from schemas.action import AlertAcknowledge, AlertJudge
from schemas.detection import DetectionRaised
from schemas.event import Envelope, Event, encode, to_headers
from schemas.settings import Settings
from schemas.topics import PARTITIONS
from streams.log.partition import partition_of
from streams.log.record import Record
from streams.replay.deciders import Deciding, deciders

START = datetime(2026, 3, 1, tzinfo=UTC)
TENANT = "replayed"
DEVICES = tuple(f"cam-{number}" for number in range(6))
TRIAGE, RESPONSE = deciders(Settings())
Log = dict[str, dict[int, list[Record]]]


def event(name: str, device: str, minute: float, data: Event) -> Envelope:
    """An event from outside the two deciders."""
    return Envelope(
        id=f"{TENANT}-{name}",
        type=data.TYPE,
        source="test",
        subject=device,
        tenant=TENANT,
        time=START + timedelta(minutes=minute),
        data=data,
    )


def finding(name: str, device: str, minute: float, kind: str = "rule.account_takeover") -> Envelope:
    """A finding on a device."""
    data = DetectionRaised(
        detector="rules",
        version=1,
        kind=kind,
        severity="critical",
        title=f"{device} was taken over",
        explanation=name,
        since=START,
    )
    return event(name, device, minute, data)


def append(log: Log, envelope: Envelope) -> Record:
    """Put an event on a log in memory, where the writer would."""
    topic = type(envelope.data).TOPIC
    partition = partition_of(envelope.key, PARTITIONS)
    held = log.setdefault(topic, {}).setdefault(partition, [])
    record = Record(topic, partition, len(held), encode(envelope), tuple(to_headers(envelope)))
    held.append(record)
    return record


def decide(log: Log, deciding: Deciding, cause: Record) -> Envelope | None:
    """Let a decider take one record, with the fold of its outputs so far, and append what follows."""
    decider = deciding.decider
    state = decider.initial()
    for record in log.get(deciding.output, {}).get(cause.partition, []):
        state = decider.evolve(state, record.envelope())
    decided = decider.decide(state, cause.envelope())
    if decided is None:
        return None
    output = msgspec.structs.replace(decided, cause=cause.origin)
    append(log, output)
    return output


def story() -> Log:
    """Findings that open and update alerts on every device, decisions that follow, and people's actions."""
    log: Log = {}
    for minute, device in enumerate(DEVICES):
        for number, kind in enumerate(
            ("baseline.tx_kbps", "rule.account_takeover", "baseline.temperature_c")
        ):
            opened = decide(log, TRIAGE, append(log, finding(f"{device}-{number}", device, minute, kind)))
            assert opened is not None
            decide(log, RESPONSE, log["alerts"][partition_of(opened.key, PARTITIONS)][-1])
    for number, device in enumerate(DEVICES):
        alert = next(
            record.envelope().data.alert  # type: ignore[attr-defined]
            for records in log["alerts"].values()
            for record in records
            if record.envelope().subject == device
        )
        taken = AlertAcknowledge(actor="ana", alert=alert)
        decide(log, TRIAGE, append(log, event(f"take-{number}", device, 20, taken)))
        judged = AlertJudge(actor="ana", alert=alert, verdict="true_positive")
        decide(log, TRIAGE, append(log, event(f"judge-{number}", device, 30, judged)))
    return log
