"""Flows beside the other detectors: in the state, its snapshot and its replay; what triage and response make of a finding."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from detectors import snapshot
from detectors.flows import parameters
from detectors.revocation.policy import action_for
from detectors.state import VERSIONS, State, observe_event
from detectors.triage.decider import Triage
from detectors.triage.urgency import family, headline_rank
from schemas.alert import AlertOpened, AlertUpdated
from schemas.detection import DetectionRaised
from schemas.event import Envelope, encode, to_headers
from schemas.security import SECURITY_EVENTS, AttestationFailed
from streams.ingest.cloud_event import parse_event
from streams.ingest.file.mapping import Mapping
from streams.ingest.file.recording import Recording
from streams.ingest.file.row import rows
from streams.log.record import Record
from streams.replay.detection_state import Derivation
from streams.replay.detections import VERSIONS as REPLAYED
from tests.bench.quality.labelled_files import is_attack, zeek
from tests.detectors.flows.test_detector import burst, life
from tests.streams.ingest.sample import EARLY_US, unit


def story() -> list[Envelope]:
    """A healthy day, then logins over telnet for an hour, and a failed attestation among them."""
    past = life()
    flood = list(burst("cam-3", past[-1].time, 720, 5.0))
    data = AttestationFailed(firmware="1.0", expected="aa", measured="bb")
    failed = Envelope(
        id="attestation",
        type=data.TYPE,
        source="test",
        subject="cam-3",
        tenant=flood[0].tenant,
        time=flood[99].time,
        data=data,
    )
    return [*past, *flood[:100], failed, *flood[100:]]


def fold(state: State, events: list[Envelope], start: int = 0) -> list[Envelope]:
    return [
        one
        for place, event in enumerate(events, start)
        for one in observe_event(state, event, f"{SECURITY_EVENTS}/0/{place}")
    ]


def test_rules_and_flows_are_judged_side_by_side() -> None:
    kinds = [one.data.kind for one in fold(State(), story())]  # type: ignore[attr-defined]
    assert kinds == [
        "flow.unusual.known",
        "rule.attestation_failed",
        "flow.unusual.known",
        "flow.unusual.known",
    ]


@pytest.mark.parametrize("at", [0, 60, 1735, 1800])
def test_a_snapshot_holds_flows_and_goes_on_as_if_nothing_had_happened(at: int) -> None:
    events, state = story(), State()
    before = fold(state, events[:at])
    restored = snapshot.decode(snapshot.encode(state))
    assert snapshot.state_hash(restored) == snapshot.state_hash(state)
    after = fold(restored, events[at:], at)
    whole = State()
    assert before + after == fold(whole, events)
    assert snapshot.encode(restored) == snapshot.encode(whole)


def test_a_replay_derives_the_same_findings_and_state() -> None:
    events, live = story(), State()
    log = [
        Record(SECURITY_EVENTS, 0, place, encode(one), tuple(to_headers(one)))
        for place, one in enumerate(events)
    ]
    found = fold(live, events)
    derivation = Derivation(0)
    again = [
        one
        for _, one in derivation.advance(
            lambda topic, _, start, end: iter(log[start:end] if topic == SECURITY_EVENTS else []),
            SECURITY_EVENTS,
            len(log),
        )
    ]
    assert [one.data for one in again] == [one.data for one in found]
    assert snapshot.encode(derivation.state) == snapshot.encode(live)
    assert {one.decider for one in again if one.data.detector == parameters.DETECTOR} == {  # type: ignore[attr-defined]
        f"{parameters.DETECTOR}@{parameters.VERSION}"
    }


def test_its_version_is_one_that_a_replay_judges_by() -> None:
    assert VERSIONS[parameters.DETECTOR] == REPLAYED[parameters.DETECTOR] == parameters.VERSION


def test_an_episode_is_one_alert_with_the_rule_as_its_headline() -> None:
    triage = Triage()
    cases, alerts = triage.initial(), []
    for one in fold(State(), story()):
        output = triage.decide(cases, one)
        assert output is not None
        cases = triage.evolve(cases, output)
        alerts.append(output.data)
    assert [type(one) for one in alerts] == [AlertOpened, AlertUpdated, AlertUpdated, AlertUpdated]
    last = alerts[-1]
    assert isinstance(last, AlertUpdated)
    assert (last.kind, last.severity) == ("rule.attestation_failed", "critical")
    assert set(last.kinds) == {"flow.unusual.known", "rule.attestation_failed"}


def test_no_flow_finding_touches_a_credential() -> None:
    for kind in ("flow.unusual.known", "flow.unusual.port", "flow.shift", "flow.changed.flows_per_h"):
        assert action_for(kind) is None


def test_one_device_is_a_compromise_and_many_are_a_condition() -> None:
    assert (family("flow.unusual.port"), family("flow.shift")) == ("compromise", "condition")
    assert headline_rank("rule.x") < headline_rank("flow.unusual.port") < headline_rank("baseline.tx_kbps")


def test_an_infected_camera_is_found_in_its_recorded_flows(shared_data: Path) -> None:
    """IoT-23, labels looked at by this test only: each finding is about the camera, the first within minutes of the first command."""
    file = shared_data / "zeek_iot23/conn.log.labeled.gz"
    header, *lines = zeek(gzip.decompress(file.read_bytes()).decode())
    attacks = [is_attack(line[header.index("label")]) for line in lines]
    recording = Recording(file)
    events = [parse_event(unit(row.encode(None, "")), EARLY_US) for row in rows(recording, Mapping())]
    recording.close()
    found = fold(State(), events)
    began = next(event.time for event, attack in zip(events, attacks, strict=True) if attack)
    assert {one.subject for one in found} == {"192.168.1.195"}
    assert timedelta(0) < found[0].time - began < timedelta(minutes=10)
    first = int(found[0].cause.rpartition("/")[2])
    assert sum(attacks[: first + 1]) < 150
    assert len(found) <= 24 * 3600 / parameters.REPEATED_S + 1
    assert isinstance(found[0].data, DetectionRaised)
    assert "port 6667" in found[0].data.title


def test_time_is_event_time() -> None:
    """The same stream a year later gives the same, a year later."""
    year = timedelta(days=365)
    later = [msgspec.structs.replace(one, time=one.time + year) for one in story()]
    assert [one.time - year for one in fold(State(), later)] == [one.time for one in fold(State(), story())]
