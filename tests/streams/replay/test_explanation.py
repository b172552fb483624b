"""What a finding says of its reasons is derived again from a real log, and a word changed in it is found."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from detectors.state import State, observe_event, observe_telemetry
from schemas import telemetry
from schemas.detection import DetectionRaised
from schemas.event import Envelope, Event, aggregate_key
from schemas.security import AttestationFailed
from schemas.settings import Settings
from schemas.topics import PARTITIONS
from streams.log.partition import partition_of
from streams.log.reader import records
from streams.log.record import Record
from streams.log.writer import LogWriter
from streams.replay.verify import verify
from tests.broker import prepared
from tests.streams.replay.test_detection_state import BEGAN, DEVICES, batch, cut_at, history


def feed(bootstrap: str) -> None:
    """Telemetry of three devices, one of which ends odd, and an attestation that failed."""
    writer = LogWriter(bootstrap, "ingest")
    key = aggregate_key("acme", DEVICES[0])
    for cut in cut_at(history(), 9):
        headers, value = telemetry.encode(batch(cut))
        writer.append_raw(
            telemetry.TOPIC, value, key=key, headers=headers, partition=partition_of(key, PARTITIONS)
        )
    writer.append(
        event("event-attestation", AttestationFailed(firmware="4.2.0", expected="aa", measured="bb"))
    )
    writer.flush()


def event(name: str, data: Event) -> Envelope:
    return Envelope(
        id=name, type=data.TYPE, source="test", subject=DEVICES[0], tenant="acme", time=BEGAN, data=data
    )


def detect(bootstrap: str) -> list[Envelope]:
    """What a worker finds on this log, as it lies there, and writes."""
    state, writer, found = State(), LogWriter(bootstrap, "detection"), []
    for message in records(bootstrap, telemetry.TOPIC):
        record = Record.of_confluent(message)
        found += observe_telemetry(state, telemetry.decode(record.value or b""), record.origin)
    for message in records(bootstrap, "security-events"):
        record = Record.of_confluent(message)
        found += observe_event(state, record.envelope(), record.origin)
    for one in found:
        writer.append(one)
    writer.flush()
    return found


def forge(bootstrap: str, genuine: Envelope) -> str:
    """The same finding under another id, with its device's other numbers; its id."""
    data = genuine.data
    assert isinstance(data, DetectionRaised)
    assert data.cohort is not None
    innocent = msgspec.structs.replace(data, cohort=msgspec.structs.replace(data.cohort, changed=2))
    writer = LogWriter(bootstrap, "detection")
    writer.append(msgspec.structs.replace(genuine, data=innocent))
    writer.flush()
    return genuine.id


@pytest.mark.kafka
def test_the_log_gives_the_same_explanation_and_a_changed_one_is_found(tmp_path: Path) -> None:
    with prepared(tmp_path / "kafka") as bootstrap:
        feed(bootstrap)
        found = detect(bootstrap)
        baseline, rule = (one.data for one in found)
        assert isinstance(baseline, DetectionRaised)
        assert isinstance(rule, DetectionRaised)
        assert baseline.contributions and baseline.cohort and baseline.nearest
        assert rule.expectations
        settings = Settings(kafka_bootstrap=bootstrap)
        judged = [finding for one in found for finding in verify(settings, one.id)]
        assert [(one.equal, one.differences) for one in judged] == [(True, ())] * 2
        changed = verify(settings, forge(bootstrap, found[0]))
        assert [one.equal for one in changed] == [True, False]
        assert "cohort" in changed[1].differences[0]
