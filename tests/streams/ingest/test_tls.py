"""Handshakes in memory against the revocation list in force: no network, real OpenSSL."""

from __future__ import annotations

import contextlib
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.pki import init, issue
from schemas.errors import Fatal
from schemas.pki import Folder
from streams.ingest.peer import peer_of
from streams.ingest.tls import Gate
from tests.streams.ingest.conftest import revoke

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def handshake(
    gate: Gate, pki: Folder, name: str, version: ssl.TLSVersion, session: ssl.SSLSession | None = None
) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Both ends after a complete handshake; the server's error where it refuses."""
    context = ssl.create_default_context(cafile=str(pki.ca_certificate))
    context.minimum_version = context.maximum_version = version
    made = issue(pki.root, name)
    context.load_cert_chain(made.cert, made.key)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(down, up, server_hostname="localhost", session=session)
    server = gate.context.wrap_bio(up, down, server_side=True)
    for _ in range(4):
        for end in (client, server):
            with contextlib.suppress(ssl.SSLWantReadError):
                end.do_handshake()
    return client, server


@pytest.fixture
def pki(tmp_path: Path) -> Folder:
    return init(tmp_path / "pki")


@pytest.mark.parametrize("version", VERSIONS)
def test_revoked_is_refused_at_the_handshake_by_the_list_of_this_moment(
    pki: Folder, version: ssl.TLSVersion
) -> None:
    gate = Gate(pki)
    for number in range(3):  # within one second: OpenSSL itself would keep the first of these lists
        name = f"acme:cam-{number}"
        _, server = handshake(gate, pki, name, version)
        certificate = server.getpeercert(binary_form=True)
        assert certificate is not None
        peer = peer_of(certificate)
        assert (peer.tenant, peer.device) == ("acme", f"cam-{number}")
        assert not gate.is_revoked(peer.serial)
        revoke(pki, issue(pki.root, name).serial)
        with pytest.raises(ssl.SSLCertVerificationError, match="certificate revoked"):
            handshake(gate, pki, name, version)
        assert gate.is_revoked(peer.serial)
    handshake(gate, pki, "acme:fine", version)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_is_not_resumed(pki: Folder, version: ssl.TLSVersion) -> None:
    """A resumed session is not verified again, so it would let a revoked certificate in."""
    gate = Gate(pki)
    client, server = handshake(gate, pki, "acme:cam-1", version)
    server.write(b"x")
    assert client.read(1) == b"x"
    assert client.session is None or not client.session.has_ticket
    assert gate.context.num_tickets == 0


def test_a_reinstated_certificate_works_again(pki: Folder) -> None:
    before, gate = pki.crl.read_bytes(), Gate(pki)
    revoke(pki, issue(pki.root, "acme:cam-1").serial)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(gate, pki, "acme:cam-1", VERSIONS[1])
    pki.crl.write_bytes(before)
    handshake(gate, pki, "acme:cam-1", VERSIONS[1])


def test_another_authority_s_certificate_is_refused(pki: Folder, tmp_path: Path) -> None:
    other = init(tmp_path / "other")
    made, gate = issue(other.root, "acme:cam-1", now=datetime.now(UTC)), Gate(pki)
    for path in (pki.certificate("acme:cam-1", "device"), pki.key("acme:cam-1", "device")):
        path.write_bytes((made.cert if path.suffix == ".crt" else made.key).read_bytes())
    with pytest.raises(ssl.SSLCertVerificationError, match="verify failed"):
        handshake(gate, pki, "acme:cam-1", VERSIONS[1])


def test_an_unreadable_list_keeps_the_one_before(pki: Folder) -> None:
    gate = Gate(pki)
    serial = issue(pki.root, "acme:cam-1").serial
    revoke(pki, serial)
    assert gate.is_revoked(int(serial, 16))
    pki.crl.write_bytes(b"nonsense")
    assert not gate.refresh()
    assert gate.is_revoked(int(serial, 16))


def test_no_authority_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match="pki init"):
        Gate(Folder(tmp_path))
