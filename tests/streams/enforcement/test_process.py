"""The whole process on a real Kafka, a real authority and a real Mosquitto."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509

from schemas import registry
from schemas.credential import Action, CredentialDecided, EnforcementRecorded
from schemas.event import Envelope
from streams.enforcement.receipts import STEPS
from streams.log.reader import end_offsets, records
from streams.log.writer import LogWriter
from tests.streams.enforcement.conftest import Device, Fleet, refused, until

pytestmark = [pytest.mark.kafka, pytest.mark.mqtt]
ROOT = Path(__file__).resolve().parents[3]
RECEIPTS = EnforcementRecorded.TOPIC
Connect = Callable[..., Device]


class Stage:
    """Enforcement as a child process, the one who decides, and a reader of receipts."""

    def __init__(self, bootstrap: str, fleet: Fleet) -> None:
        self.bootstrap, self.fleet = bootstrap, fleet
        self.writer = LogWriter(bootstrap, "response")
        self.log = fleet.home / "enforcement.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {
            **os.environ,
            "VEDETTE_KAFKA_BOOTSTRAP": self.bootstrap,
            "VEDETTE_HOME": str(self.fleet.home),
            "VEDETTE_MQTT_URL": f"mqtts://127.0.0.1:{self.fleet.port}",
        }
        said = self.log.read_text().count("ready") if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streams.enforcement"], cwd=ROOT, env=environment, stderr=log
            )
        until(lambda: self.log.read_text().count("ready") > said, "enforcement to be ready")

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(number)
        code, self.process = self.process.wait(timeout=20), None
        return code

    def decide(self, action: Action, device: str, name: str = "", state: str = "decided") -> str:
        decision = name or f"decision-{uuid4().hex}"
        data = CredentialDecided(action=action, state=state, reason="test", policy="test/1")  # type: ignore[arg-type]
        self.writer.append(
            Envelope(
                id=decision,
                type=data.TYPE,
                source="/test",
                subject=device,
                tenant="acme",
                time=datetime.now(UTC),
                data=data,
            )
        )
        self.writer.flush()
        return decision

    def steps(self, decision: str) -> list[str]:
        facts = (
            registry.decode(m.headers(), m.value() or b"").data for m in records(self.bootstrap, RECEIPTS)
        )
        return [f.step for f in facts if isinstance(f, EnforcementRecorded) and f.decision == decision]

    def enforced(self, decision: str, action: Action) -> None:
        until(lambda: set(STEPS[action]) <= set(self.steps(decision)), f"{action} to be enforced")


@pytest.fixture(scope="module")
def stage(kafka_bootstrap: str, fleet: Fleet) -> Iterator[Stage]:
    made = Stage(kafka_bootstrap, fleet)
    made.start()
    yield made
    assert made.stop() == 0


def listed(fleet: Fleet) -> list[int]:
    return [entry.serial_number for entry in x509.load_pem_x509_crl(fleet.folder.crl.read_bytes())]


def serial(fleet: Fleet, name: str) -> int:
    path = fleet.folder.certificate(name, "device")
    return x509.load_pem_x509_certificate(path.read_bytes()).serial_number


@pytest.mark.parametrize(("action", "device"), [("hold", "d-10"), ("revoke", "d-11")])
def test_the_device_is_dropped_and_refused_others_are_not_and_only_a_hold_can_be_lifted(
    stage: Stage, connect: Connect, action: Action, device: str
) -> None:
    name = f"acme:{device}"
    address = f"127.18.1.{device[-2:]}"
    cut, other = connect(name, address), connect("acme:d-12")
    proposed = stage.decide("revoke", "d-12", state="proposed")
    decision = stage.decide(action, device)
    until(cut.dropped.is_set, "the session to be dropped")
    assert refused(stage.fleet, name, address)
    until(lambda: "reconnect_refused" in stage.steps(decision), "the refused handshake to be recorded")
    assert stage.steps(decision) == [*STEPS[action], "reconnect_refused"]
    assert not other.dropped.is_set()
    assert stage.steps(proposed) == []
    back = stage.decide("reinstate", device)
    if action == "hold":
        stage.enforced(back, "reinstate")
    else:
        until(lambda: stage.steps(back) == ["decided", "failed"], "the refusal to reinstate")
    assert refused(stage.fleet, name) == (action == "revoke")


def test_a_decision_written_twice_has_one_effect(stage: Stage) -> None:
    decision = stage.decide("hold", "d-13")
    stage.enforced(decision, "hold")
    after_first = stage.fleet.folder.crl.read_bytes()
    stage.decide("hold", "d-13", name=decision)
    stage.enforced(stage.decide("monitor", "d-13"), "monitor")
    assert stage.fleet.folder.crl.read_bytes() == after_first
    assert sorted(stage.steps(decision)) == sorted(STEPS["hold"])


def test_killed_half_way_it_completes_the_decision_with_each_receipt_once(
    stage: Stage, connect: Connect
) -> None:
    device = connect("acme:d-14")
    # A broker that stands still holds enforcement between the authority and the sessions.
    os.kill(stage.fleet.pid, signal.SIGSTOP)
    try:
        decision = stage.decide("revoke", "d-14")
        until(
            lambda: serial(stage.fleet, "acme:d-14") in listed(stage.fleet),
            "the revocation list to name the device",
        )
        stage.stop(signal.SIGKILL)
    finally:
        os.kill(stage.fleet.pid, signal.SIGCONT)
    assert not device.dropped.is_set()
    stage.start()
    until(device.dropped.is_set, "the session to be dropped")
    stage.enforced(decision, "revoke")
    assert stage.stop() == 0
    assert sorted(stage.steps(decision)) == sorted(STEPS["revoke"])
    assert listed(stage.fleet).count(serial(stage.fleet, "acme:d-14")) == 1
    # Nothing is left to do, and nothing is done again, when it starts once more.
    before = end_offsets(stage.bootstrap, RECEIPTS)
    stage.start()
    stage.enforced(stage.decide("monitor", "d-14"), "monitor")
    after = end_offsets(stage.bootstrap, RECEIPTS)
    assert sum(after.values()) - sum(before.values()) == 1


def test_while_the_broker_does_not_answer_it_says_so_and_goes_on_trying(stage: Stage) -> None:
    pid_file = stage.fleet.home / "mosquitto" / "mosquitto.pid"
    hidden = pid_file.rename(pid_file.with_suffix(".hidden"))
    decision = stage.decide("hold", "d-15")
    until(lambda: "failed" in stage.steps(decision), "the failure to be recorded")
    assert serial(stage.fleet, "acme:d-15") in listed(stage.fleet)
    hidden.rename(pid_file)
    stage.enforced(decision, "hold")
    assert stage.steps(decision) == [
        "decided",
        "ca_updated",
        "failed",
        "revocation_visible",
        "session_dropped",
    ]


def test_what_is_no_decision_goes_to_the_dead_letters(stage: Stage) -> None:
    before = sum(end_offsets(stage.bootstrap, "dead-letters").values())
    stage.writer.append_raw(CredentialDecided.TOPIC, b"nonsense", key=b"acme/x", partition=0)
    stage.writer.flush()
    until(lambda: sum(end_offsets(stage.bootstrap, "dead-letters").values()) == before + 1, "the dead letter")
