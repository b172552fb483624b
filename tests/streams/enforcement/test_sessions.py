"""Sessions on a real Mosquitto: dropped, refused, kept out, let back in; others never touched."""

from __future__ import annotations

import os
import queue
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.errors import Retryable
from streams.enforcement.crl import CrlAuthority
from streams.enforcement.sessions import MosquittoSessions
from tests.streams.enforcement.conftest import Device, Fleet, refused, until

pytestmark = pytest.mark.mqtt
Connect = Callable[..., Device]


def utc() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def seen() -> queue.Queue[tuple[str, str]]:
    return queue.Queue()


@pytest.fixture
def sessions(fleet: Fleet, seen: queue.Queue[tuple[str, str]]) -> Iterator[MosquittoSessions]:
    pid_file = fleet.home / "mosquitto" / "mosquitto.pid"
    made = MosquittoSessions(
        f"mqtts://127.0.0.1:{fleet.port}", fleet.folder, pid_file, lambda who, where: seen.put((who, where))
    )
    assert made.wait_ready(10)
    yield made
    made.close()


@pytest.fixture
def authority(fleet: Fleet) -> CrlAuthority:
    return CrlAuthority(fleet.folder, utc)


def cut(authority: CrlAuthority, sessions: MosquittoSessions, name: str) -> None:
    authority.hold([name])
    sessions.reload()
    sessions.expel([name])


def test_a_held_device_is_dropped_and_refused_and_another_is_not_touched(
    fleet: Fleet,
    connect: Connect,
    authority: CrlAuthority,
    sessions: MosquittoSessions,
    seen: queue.Queue[tuple[str, str]],
) -> None:
    held, other = connect("acme:d-0", "127.18.0.1"), connect("acme:d-1")
    cut(authority, sessions, "acme:d-0")
    until(held.dropped.is_set, "the session to be dropped")
    assert refused(fleet, "acme:d-0", "127.18.0.1")
    assert seen.get(timeout=30) == ("acme:d-0", "127.18.0.1")
    assert not other.dropped.is_set()
    assert other.client.publish("v1/acme:d-1/telemetry", b"{}", qos=1).rc == 0
    authority.reinstate(["acme:d-0"])
    sessions.reload()
    sessions.admit(["acme:d-0"])
    assert not refused(fleet, "acme:d-0")


def test_a_session_cannot_be_resumed_past_the_list(
    fleet: Fleet, authority: CrlAuthority, sessions: MosquittoSessions
) -> None:
    context = fleet.context("acme:d-2")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with open_tls(fleet, context) as first:
        ticket = first.session
    with open_tls(fleet, context, ticket) as again:
        assert again.session_reused
    cut(authority, sessions, "acme:d-2")
    with pytest.raises(ssl.SSLError, match="revoked"):
        open_tls(fleet, context, ticket)


def test_one_who_only_says_hello_after_the_cut_off_is_thrown_out_again(
    fleet: Fleet, authority: CrlAuthority, sessions: MosquittoSessions
) -> None:
    with open_tls(fleet, fleet.context("acme:d-3")) as early:
        cut(authority, sessions, "acme:d-3")
        early.sendall(hello(b"early"))
        early.settimeout(5)
        assert early.recv(4)[:1] == b"\x20"
        assert early.recv(4) == b""


def test_doing_it_twice_is_no_error(authority: CrlAuthority, sessions: MosquittoSessions) -> None:
    for _ in range(2):
        cut(authority, sessions, "acme:d-4")
    for _ in range(2):
        sessions.admit(["acme:d-4"])


def test_no_broker_or_somebody_elses_pid_is_said_and_nobody_is_signalled(
    fleet: Fleet, tmp_path: Path
) -> None:
    pid_file = tmp_path / "mosquitto.pid"
    stranger = MosquittoSessions(f"mqtts://127.0.0.1:{fleet.port}", fleet.folder, pid_file, lambda *_: None)
    try:
        with pytest.raises(Retryable, match="there is no pid in"):
            stranger.reload()
        pid_file.write_text(str(os.getpid()))
        with pytest.raises(Retryable, match="is not an MQTT broker"):
            stranger.reload()
    finally:
        stranger.close()


def open_tls(fleet: Fleet, context: ssl.SSLContext, session: ssl.SSLSession | None = None) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", fleet.port))
    try:
        return context.wrap_socket(plain, server_hostname="127.0.0.1", session=session)
    except OSError:
        plain.close()
        raise


def hello(client_id: bytes) -> bytes:
    """An MQTT 3.1.1 CONNECT packet."""
    body = struct.pack(">H", 4) + b"MQTT" + bytes([4, 2]) + struct.pack(">HH", 60, len(client_id)) + client_id
    return bytes([0x10, len(body)]) + body
