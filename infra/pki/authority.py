"""The local authority's folder on disk: made once, then asked for certificates. The file forms are in `schemas/pki.py`.

The keys lie unencrypted in the folder: right for a laptop, wrong for production, where the authority is your own.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from infra.pki import certificate
from schemas.errors import Rejected
from schemas.pki import NAME, Folder, Issued, Kind, identity

SERVICES = ("admin", "enforcement", "ingest")
SERVER = "localhost"


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate, its private key and its serial number in lower-case hex."""

    cert: Path
    key: Path
    serial: str


def init(root: Path, now: datetime | None = None) -> Folder:
    """Make the authority, its first revocation list, and the certificates of the servers and of Vedette's own processes.

    What is already there is kept, so it may be called at every start, by several processes at once.
    """
    folder = Folder(root)
    for path in (root, root / "devices", root / "services"):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    now = now or datetime.now(UTC)
    with _locked(folder):
        if not folder.issued.exists():
            _make_authority(folder, now)
    issue(root, SERVER, "server", now)
    for name in SERVICES:
        issue(root, name, "service", now)
    return folder


def issue(
    root: Path, name: str, kind: Kind = "device", now: datetime | None = None, *, renew: bool = False
) -> Credential:
    """The certificate of `name` (`tenant:device` for a device), issued now if there is none in date.

    With `renew` a new one is issued in any case and replaces the files; the old one stays valid until revoked or out of date. An existing
    one is returned even if it is revoked. Rejected where the name can't be one; `init` must have run.
    """
    _check(name, kind)
    folder, now = Folder(root), now or datetime.now(UTC)
    with _locked(folder):
        found = None if renew else _existing(folder, name, kind, now)
        return found or _issue(folder, name, kind, now)


def _issue(folder: Folder, name: str, kind: Kind, now: datetime) -> Credential:
    key = certificate.new_key()
    authority, signer = _authority(folder.root, folder.ca_certificate.stat().st_mtime_ns)
    made = certificate.leaf(name, kind, key, authority, signer, now)
    serial = f"{made.serial_number:x}"
    # The index first: a certificate that works but isn't in it could never be revoked.
    line = Issued(serial=serial, identity=name, kind=kind, not_after=made.not_valid_after_utc)
    with folder.issued.open("ab") as index:
        index.write(msgspec.json.encode(line) + b"\n")
    _write(folder.key(name, kind), certificate.pem(key), 0o600)
    _write(folder.certificate(name, kind), made.public_bytes(serialization.Encoding.PEM))
    return Credential(folder.certificate(name, kind), folder.key(name, kind), serial)


def _existing(folder: Folder, name: str, kind: Kind, now: datetime) -> Credential | None:
    path, key = folder.certificate(name, kind), folder.key(name, kind)
    if not path.exists() or not key.exists():
        return None
    found = x509.load_pem_x509_certificate(path.read_bytes())
    return Credential(path, key, f"{found.serial_number:x}") if found.not_valid_after_utc > now else None


def _make_authority(folder: Folder, now: datetime) -> None:
    key = certificate.new_key()
    made = certificate.authority(key, now)
    _write(folder.ca_key, certificate.pem(key), 0o600)
    _write(folder.ca_certificate, made.public_bytes(serialization.Encoding.PEM))
    crl = certificate.empty_crl(made, key, now)
    _write(folder.crl, crl.public_bytes(serialization.Encoding.PEM))
    # Last, because its presence says that all of the above is there.
    _write(folder.issued, b"")


@lru_cache(maxsize=4)
def _authority(root: Path, version: int) -> tuple[x509.Certificate, certificate.Key]:
    folder = Folder(root)
    key = serialization.load_pem_private_key(folder.ca_key.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{folder.ca_key} is not an elliptic-curve key")
    return x509.load_pem_x509_certificate(folder.ca_certificate.read_bytes()), key


def _check(name: str, kind: Kind) -> None:
    if kind != "device":
        if not NAME.fullmatch(name):
            raise Rejected("bad_name", "name", "must be 1-64 of A-Z a-z 0-9 . _ -")
        return
    tenant, colon, device = name.partition(":")
    if not colon:
        raise Rejected("bad_name", "name", "a device is named tenant:device")
    identity(tenant, device)


def _write(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replace a file whole, with `mode` from its first byte on, so nobody ever reads half a file or somebody else's key."""
    fresh = path.with_name(path.name + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(data)
    fresh.replace(path)


@contextmanager
def _locked(folder: Folder) -> Iterator[None]:
    with (folder.root / "issue.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
