"""Device sessions against a real Mosquitto: acknowledged messages, and what a device sees when its credential stops working."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.mosquitto import broker
from infra.pki import init, issue
from infra.simulator.journal import Journal, Sent
from infra.simulator.session import Session
from schemas.pki import Folder
from streams.enforcement.crl import CrlAuthority
from streams.enforcement.sessions import MosquittoSessions

pytestmark = pytest.mark.mqtt
ALICE, BOB = "acme:alice", "acme:bob"
Open = Callable[..., Session]


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition; fails with `what` where it doesn't come."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with an authority and two devices."""
    init(tmp_path / "pki")
    for identity in (ALICE, BOB):
        issue(tmp_path / "pki", identity)
    return tmp_path


@pytest.fixture
def port(home: Path) -> Iterator[int]:
    """A broker that knows both."""
    with broker(home) as port:
        yield port


@pytest.fixture
def connect(home: Path, port: int) -> Iterator[Open]:
    """Opens sessions and closes them after the test."""
    sessions: list[Session] = []

    def run(identity: str, address: str = "127.10.0.1", client_id: str = "") -> Session:
        session = Session(Folder(home / "pki"), identity, address, time.time, client_id)
        sessions.append(session)
        session.open(f"mqtts://127.0.0.1:{port}")
        assert session.wait(20)
        return session

    yield run
    for session in sessions:
        session.close()


def test_what_the_broker_takes_is_acknowledged_in_the_journal(connect: Open) -> None:
    journal = Journal()
    session = connect(ALICE)
    for number in range(50):
        places = journal.add([Sent("mqtt", "telemetry", "acme", "alice", str(number))])
        session.send(f"v1/{ALICE}/telemetry", b"{}", places)
    until(lambda: session.settle(journal) == 0, "the acknowledgements")
    assert journal.unacknowledged == 0
    assert len(journal) == 50


def test_a_cut_off_device_and_its_clone_are_dropped_and_refused_for_good(
    home: Path, port: int, connect: Open
) -> None:
    first, clone = connect(ALICE, "127.10.0.1"), connect(ALICE, "127.66.6.6", "clone")
    other = connect(BOB, "127.10.0.2")
    folder = Folder(home / "pki")
    enforcer = MosquittoSessions(
        f"mqtts://127.0.0.1:{port}", folder, home / "mosquitto" / "mosquitto.pid", lambda *_: None
    )
    try:
        assert enforcer.wait_ready(20)
        before_s = time.time()
        CrlAuthority(folder, lambda: datetime.now(UTC)).revoke([ALICE])
        enforcer.reload()
        enforcer.expel([ALICE])
        for session in (first, clone):
            until(lambda session=session: session.refusals >= 3, "refused reconnects")  # type: ignore[misc]
    finally:
        enforcer.close()
    for session in (first, clone):
        assert not session.connected
        assert session.drops == 1
        assert session.returns == 0
        assert session.dropped_s is not None
        assert session.refused_s is not None
        assert before_s < session.dropped_s < session.refused_s
    assert other.connected
    assert (other.drops, other.refusals) == (0, 0)
    # Without a session a message is lost on the device, not queued for later.
    first.send(f"v1/{ALICE}/telemetry", b"{}", range(1))
    assert first.settle(Journal()) == 0
