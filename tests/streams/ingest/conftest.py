"""Real parts for tests of the edge: an authority, an ingest process, and reading what it wrote."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from confluent_kafka import Message
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from infra.pki import init
from schemas.pki import Folder
from streams.log.reader import end_offsets, records

READY_S = 30.0
Until = Callable[[], bool]


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """An authority with the servers' and services' certificates."""
    return init(tmp_path_factory.mktemp("edge") / "pki")


def revoke(folder: Folder, *serials: str) -> None:
    """Put certificates on the revocation list, as enforcement does: the whole file replaced."""
    signer = serialization.load_pem_private_key(folder.ca_key.read_bytes(), None)
    now = datetime.now(UTC)
    authority = x509.load_pem_x509_certificate(folder.ca_certificate.read_bytes())
    builder = x509.CertificateRevocationListBuilder(
        authority.subject, now - timedelta(hours=1), now + timedelta(days=1)
    )
    listed = {entry.serial_number for entry in x509.load_pem_x509_crl(folder.crl.read_bytes())}
    for serial in listed | {int(serial, 16) for serial in serials}:
        entry = x509.RevokedCertificateBuilder(serial, now)
        builder = builder.add_revoked_certificate(entry.build())
    made = builder.sign(signer, hashes.SHA256())  # type: ignore[arg-type]
    fresh = folder.crl.with_name("crl.fresh")
    fresh.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    fresh.replace(folder.crl)


def wait(until: Until, timeout_s: float = 20.0) -> None:
    """Return once it is so; fail after a while."""
    deadline = time.monotonic() + timeout_s
    while not until():
        assert time.monotonic() < deadline, "it never became so"
        time.sleep(0.02)


@contextmanager
def ingest(home: Path, *ways: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """A running ingest process; must end by itself with 0 on SIGTERM unless it was killed before."""
    log = home / "ingest.log"
    environment = {**os.environ, **variables, "VEDETTE_HOME": str(home), "VEDETTE_LINGER_S": "0.02"}
    arguments = [argument for way in ways for argument in ("--only", way)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streams.ingest", *arguments],
            env=environment,
            stderr=output,
            stdout=output,
        )
    try:
        wait(lambda: " ready " in log.read_text() or process.poll() is not None, READY_S)
        assert process.poll() is None, log.read_text()
        yield process
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()


class Tail:
    """What is written to topics from now on."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._start = {topic: end_offsets(bootstrap, topic) for topic in TOPICS}

    def read(self, topic: str) -> list[Message]:
        """Everything on the topic since this was made."""
        return list(records(self._bootstrap, topic, start=self._start[topic]))


TOPICS = ("telemetry", "security-events", "dead-letters", "ledger")
