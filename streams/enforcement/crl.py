"""Our own authority's side of enforcement: its certificate revocation list (RFC 5280, section 5), a file that TLS servers read.

Written to a temporary file, synced and renamed, so a reader sees the old list or the new one and a power cut loses neither. A list names
every revoked certificate, so this fits fleets with up to some ten thousand of them; beyond that ask for OCSP.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from schemas.errors import Fatal, Retryable
from schemas.pki import Folder
from streams.enforcement.issued import IssuedIndex

VALID_FOR = timedelta(days=7)
# Mosquitto refuses *everybody* once the list is past its nextUpdate, so it is renewed long before.
RENEW_BEFORE = VALID_FOR / 2
BACKDATE = timedelta(hours=1)
HOLD = x509.ReasonFlags.certificate_hold
COMPROMISED = x509.ReasonFlags.key_compromise

Entries = dict[int, x509.RevokedCertificate]


class CrlAuthority:
    """Revokes, holds and reinstates by rewriting `crl.pem`; implements `CredentialAuthority`. Safe with several processes at once.

    Fatal where the folder holds no authority, Retryable where it can't be written.
    """

    def __init__(self, folder: Folder, clock: Callable[[], datetime]) -> None:
        self._folder, self._clock = folder, clock
        self._issued = IssuedIndex(folder)
        try:
            key = serialization.load_pem_private_key(folder.ca_key.read_bytes(), password=None)
            self._certificate = x509.load_pem_x509_certificate(folder.ca_certificate.read_bytes())
        except (OSError, ValueError) as error:
            raise Fatal(
                f"no usable certificate authority in {folder.root} ({error}): run `python -m infra.pki init`"
            ) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise Fatal(f"{folder.ca_key}: only elliptic-curve keys are supported")
        self._key = key

    def hold(self, identities: Collection[str]) -> dict[str, list[str]]:
        """See `CredentialAuthority.hold`: reason certificateHold, unless revoked already."""
        return self._add(identities, HOLD)

    def revoke(self, identities: Collection[str]) -> dict[str, list[str]]:
        """See `CredentialAuthority.revoke`: reason keyCompromise, because the certificate's key is in the wrong hands."""
        return self._add(identities, COMPROMISED)

    def reinstate(self, identities: Collection[str]) -> dict[str, list[str]]:
        """See `CredentialAuthority.reinstate`: takes entries with the reason certificateHold off the list."""
        with self._changing() as entries:
            serials = {name: self._issued.serials(name, self._clock()) for name in identities}
            for serial in (serial for found in serials.values() for serial in found):
                if serial in entries and reason(entries[serial]) is HOLD:
                    del entries[serial]
            return {name: [f"{s:x}" for s in found if s not in entries] for name, found in serials.items()}

    def renew(self) -> bool:
        """See `CredentialAuthority.renew`."""
        current = self._read()
        until = current.next_update_utc
        if until is not None and until - self._clock() > RENEW_BEFORE:
            return False
        with self._locked():
            self._write(self._entries())
        return True

    def _add(self, identities: Collection[str], why: x509.ReasonFlags) -> dict[str, list[str]]:
        now = self._clock()
        with self._changing() as entries:
            serials = {name: self._issued.serials(name, now) for name in identities}
            for serial in (serial for found in serials.values() for serial in found):
                if serial not in entries or (why is not HOLD and reason(entries[serial]) is HOLD):
                    entries[serial] = _entry(serial, now, why)
            return {name: [f"{s:x}" for s in found] for name, found in serials.items()}

    @contextmanager
    def _changing(self) -> Iterator[Entries]:
        """The entries of the list to change in place; written afterwards only where they did change."""
        with self._locked():
            entries = self._entries()
            before = dict(entries)
            yield entries
            if entries != before:
                self._write(entries)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            with self._folder.crl_lock.open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._issued.refresh()
                yield
        except OSError as error:
            raise Retryable(
                f"the revocation list can't be written: {error.strerror} ({error.filename})"
            ) from None

    def _read(self) -> x509.CertificateRevocationList:
        try:
            return x509.load_pem_x509_crl(self._folder.crl.read_bytes())
        except OSError as error:
            raise Retryable(
                f"the revocation list can't be read: {error.strerror} ({error.filename})"
            ) from None
        except ValueError:
            raise Fatal(
                f"{self._folder.crl} is not a revocation list; it must be restored from a copy"
            ) from None

    def _entries(self) -> Entries:
        """What is on the list, without certificates that are out of date by now: those are refused anyway."""
        now = self._clock()
        return {e.serial_number: e for e in self._read() if not self._issued.expired(e.serial_number, now)}

    def _write(self, entries: Entries) -> None:
        now = self._clock()
        number = self._read().extensions.get_extension_for_class(x509.CRLNumber).value.crl_number + 1
        builder = x509.CertificateRevocationListBuilder(
            self._certificate.subject,
            now - BACKDATE,
            now + VALID_FOR,
            revoked_certificates=list(entries.values()),
        ).add_extension(x509.CRLNumber(number), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        crl = builder.add_extension(issuer, critical=False).sign(self._key, hashes.SHA256())
        self._replace(crl.public_bytes(serialization.Encoding.PEM))

    def _replace(self, data: bytes) -> None:
        fresh = self._folder.crl.with_name("crl.pem.new")
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._folder.crl)
        directory = os.open(self._folder.root, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def reason(entry: x509.RevokedCertificate) -> x509.ReasonFlags:
    """Why a certificate is on the list; an entry that doesn't say is revoked for good."""
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return x509.ReasonFlags.unspecified


def _entry(serial: int, at: datetime, why: x509.ReasonFlags) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder(serial, at)
    return builder.add_extension(x509.CRLReason(why), critical=False).build()
