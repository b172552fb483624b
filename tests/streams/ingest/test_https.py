"""The device API over real TLS, written to a real log: who gets in, who doesn't, and what is answered."""

from __future__ import annotations

import http.client
import json
import signal
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.kafka import free_port
from infra.pki import init, issue
from schemas import telemetry
from schemas.pki import Folder
from schemas.registry import decode
from schemas.topics import MAX_RECORD_BYTES
from streams.ingest.edge import MAX_RAW_BYTES
from tests.streams.ingest.conftest import Tail, ingest, revoke

pytestmark = pytest.mark.kafka


OPEN: list[Device] = []


class Device:
    """A device that keeps its connection."""

    def __init__(self, port: int, pki: Folder, certificate: Path | None, key: Path | None) -> None:
        context = ssl.create_default_context(cafile=str(pki.ca_certificate))
        if certificate is not None:
            context.load_cert_chain(certificate, key)
        self.connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
        OPEN.append(self)

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        """The status and JSON of one request."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.connection.request(
            "POST", path, data, {name.replace("_", "-"): v for name, v in headers.items()}
        )
        response = self.connection.getresponse()
        return response.status, json.loads(response.read() or b"null")


@pytest.fixture(scope="module")
def port(kafka_bootstrap: str, pki: Folder) -> Iterator[int]:
    port = free_port()
    variables = {"VEDETTE_KAFKA_BOOTSTRAP": kafka_bootstrap, "VEDETTE_INGEST_PORT": str(port)}
    with ingest(pki.root.parent, "https", **variables):
        yield port


@pytest.fixture(autouse=True)
def hang_up() -> Iterator[None]:
    """Close every device's connection after a test."""
    yield
    while OPEN:
        OPEN.pop().connection.close()


@pytest.fixture
def tail(kafka_bootstrap: str) -> Tail:
    return Tail(kafka_bootstrap)


def device(port: int, pki: Folder, name: str) -> Device:
    """A device with a certificate of our authority."""
    made = issue(pki.root, name)
    return Device(port, pki, made.cert, made.key)


def now() -> str:
    """The time as devices write it."""
    return datetime.now(UTC).isoformat()


def refused(who: Device) -> bool:
    """Whether the server ends the connection instead of answering."""
    try:
        who.post("/v1/telemetry", {"time": now(), "metrics": {}})
    except (ssl.SSLError, ConnectionError, http.client.RemoteDisconnected):
        return True
    return False


def test_accepted_means_on_the_log(port: int, pki: Folder, tail: Tail) -> None:
    good = {"time": now(), "metrics": {"temperature_c": 21.5}}
    cam = device(port, pki, "http:cam-1")
    assert cam.post("/v1/telemetry", good)[0] == 200
    (record,) = tail.read("telemetry")
    (row,) = telemetry.decode(record.value()).to_pylist()
    assert (row["tenant"], row["device"], row["metric.temperature_c"]) == ("http", "cam-1", 21.5)
    status, answer = cam.post("/v1/telemetry", [good, {**good, "device": "cam-2"}, {"time": "no"}])
    assert (status, answer["accepted"], answer["dead_lettered"]) == (200, 1, 2)
    assert [(p["index"], p["code"], p["field"]) for p in answer["problems"]] == [
        (1, "identity_mismatch", "device"),
        (2, "bad_time", "time"),
    ]
    letters = [dict(record.headers()) for record in tail.read("dead-letters")]
    assert {letter["code"] for letter in letters} == {b"identity_mismatch", b"bad_time"}
    assert {letter["device"] for letter in letters} == {b"cam-1"}


def test_lines_arrays_and_events_in_every_mode(port: int, pki: Folder, tail: Tail) -> None:
    cam = device(port, pki, "http:cam-3")
    line = json.dumps({"time": now(), "metrics": {"a": 1}}).encode()
    assert (
        cam.post("/v1/telemetry", line + b"\n" + line.replace(b"1}", b"2}") + b"\nnot json\n")[1]["accepted"]
        == 2
    )
    data = {"account": "root", "address": "203.0.113.7"}
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "/s",
        "type": "authentication.failed.v1",
        "time": now(),
    }
    assert cam.post("/v1/events", {**event, "data": data})[0] == 200
    assert cam.post("/v1/events", [{**event, "id": "2", "data": data}])[0] == 200
    binary = {f"ce-{name}": value for name, value in {**event, "id": "a%20b"}.items()}
    assert cam.post("/v1/events", data, content_type="application/json", **binary)[0] == 200
    events = [decode(record.headers(), record.value()) for record in tail.read("security-events")]
    assert [event.subject for event in events] == ["cam-3"] * 3
    assert len({event.id for event in events}) == 3
    status, answer = cam.post("/v1/events", {**event, "type": "session.opened.v1", "data": {}})
    assert (status, answer["problems"][0]["code"]) == (400, "forbidden_type")


def test_too_large_is_refused_and_kept(port: int, pki: Folder, tail: Tail) -> None:
    cam = device(port, pki, "http:cam-4")
    assert cam.post("/v1/telemetry", b" " * 2_000_000)[1]["problems"][0]["code"] == "oversized"
    assert cam.post("/v1/telemetry", b"x" * 16_900_000)[0] == 413
    letters = tail.read("dead-letters")
    sizes = sorted(int(dict(record.headers())["size_bytes"]) for record in letters)
    assert sizes == [2_000_000, MAX_RAW_BYTES]
    assert max(len(record.value()) for record in letters) <= MAX_RECORD_BYTES - 65_536


def test_who_has_no_certificate_of_ours_does_not_get_in(port: int, pki: Folder, tmp_path: Path) -> None:
    assert refused(Device(port, pki, None, None))
    stranger = issue(init(tmp_path / "other").root, "http:cam-1")
    assert refused(Device(port, pki, stranger.cert, stranger.key))
    service = Device(port, pki, pki.certificate("ingest", "service"), pki.key("ingest", "service"))
    assert service.post("/v1/telemetry", {})[0] == 403


def test_a_revoked_certificate_stops_working_at_once(port: int, pki: Folder) -> None:
    """At the next handshake and on the connection it still has, without a restart; twice within one second."""
    good = {"time": now(), "metrics": {}}
    others = device(port, pki, "http:fine")
    for name in ("http:first", "http:second"):
        cam = device(port, pki, name)
        assert cam.post("/v1/telemetry", good)[0] == 200
        revoke(pki, issue(pki.root, name).serial)
        assert refused(cam)
        assert refused(device(port, pki, name))
    assert others.post("/v1/telemetry", good)[0] == 200


def test_a_broken_revocation_list_keeps_the_one_before(port: int, pki: Folder) -> None:
    before, cam = pki.crl.read_bytes(), device(port, pki, "http:cam-6")
    gone = issue(pki.root, "http:gone")
    revoke(pki, gone.serial)
    try:
        assert refused(Device(port, pki, gone.cert, gone.key))
        pki.crl.write_bytes(b"-----BEGIN NONSENSE-----")
        assert refused(Device(port, pki, gone.cert, gone.key))
        assert cam.post("/v1/telemetry", {"time": now(), "metrics": {}})[0] == 200
    finally:
        pki.crl.write_bytes(before)


def test_the_ledger_adds_up_and_nothing_is_lost_at_the_end(
    kafka_bootstrap: str, pki: Folder, tail: Tail
) -> None:
    port = free_port()
    variables = {"VEDETTE_KAFKA_BOOTSTRAP": kafka_bootstrap, "VEDETTE_INGEST_PORT": str(port)}
    with ingest(pki.root.parent, "https", **variables) as process:
        cam = device(port, pki, "http:cam-7")
        for number in range(5):
            cam.post("/v1/telemetry", {"time": now(), "metrics": {"n": number}})
        cam.post("/v1/telemetry", b"nonsense")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    counts = [decode(record.headers(), record.value()).data for record in tail.read("ledger")]
    last = next(count for count in reversed(counts) if getattr(count, "channel", "") == "http")
    assert (last.received, last.accepted, last.dead_lettered) == (6, 5, 1)  # type: ignore[attr-defined]


def test_what_can_not_start_says_why(kafka_bootstrap: str, pki: Folder, port: int, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="VEDETTE_INGEST_PORT: cannot listen"):
        start(pki.root.parent / "second", pki, kafka_bootstrap, port)
    with pytest.raises(AssertionError, match="pki init"):
        start(tmp_path / "home", Folder(tmp_path), kafka_bootstrap, free_port())


def start(home: Path, pki: Folder, bootstrap: str, port: int) -> None:
    """Start an ingest that is expected not to come up."""
    home.mkdir(exist_ok=True)
    variables = {"VEDETTE_PKI_DIR": str(pki.root), "VEDETTE_KAFKA_BOOTSTRAP": bootstrap}
    with ingest(home, "https", **variables, VEDETTE_INGEST_PORT=str(port)) as process:
        process.wait(30)
