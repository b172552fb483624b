"""TLS for the device API: a certificate of our authority is required, and one on the revocation list is refused at the handshake.

The list is read again whenever its file is another one. OpenSSL keeps the older of two lists with the same date (whole seconds), so a
changed list gets a new context, which each handshake is given; and no session is resumed, because that skips the check.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import structlog
from cryptography import x509

from schemas.errors import Fatal
from schemas.pki import Folder

Stamp = tuple[int, int, int]


class Gate:
    """Who may come in now: the contexts of handshakes and the revoked serial numbers, both from the revocation list in force."""

    def __init__(self, pki: Folder) -> None:
        self._pki = pki
        self._log = structlog.stdlib.get_logger("ingest")
        try:
            self._stamp = _stamp(pki.crl)
            self._current, self.revoked = self._load()
            self.context = _context(pki)
        except (OSError, ValueError) as error:
            raise Fatal(
                f"cannot serve HTTPS with the keys in {pki.root}: {error}; `python -m infra.pki init` makes them"
            ) from None
        self.context.sni_callback = self._choose

    def refresh(self) -> bool:
        """Read the revocation list again if its file changed; returns whether it did. The old one stays where the new is unreadable."""
        try:
            # Before reading: a file that changes meanwhile is read again the next time.
            stamp = _stamp(self._pki.crl)
            if stamp == self._stamp:
                return False
            self._current, self.revoked = self._load()
        except (OSError, ValueError) as error:
            self._log.error("cannot read the revocation list, keeping the one before", problem=str(error))
            return False
        self._stamp = stamp
        self._log.info("revocation list read", revoked=len(self.revoked))
        return True

    def is_revoked(self, serial: int) -> bool:
        """Whether a certificate must not be used now, by the list as it is on disk at this moment."""
        self.refresh()
        return serial in self.revoked

    def _load(self) -> tuple[ssl.SSLContext, frozenset[int]]:
        listed = x509.load_pem_x509_crl(self._pki.crl.read_bytes())
        return _context(self._pki), frozenset(entry.serial_number for entry in listed)

    def _choose(self, connection: Any, _name: str | None, _context: ssl.SSLContext) -> None:
        self.refresh()
        connection.context = self._current


def _context(pki: Folder) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    context.load_cert_chain(pki.certificate("", "server"), pki.key("", "server"))
    context.load_verify_locations(str(pki.ca_certificate))
    context.load_verify_locations(str(pki.crl))
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    return context


def _stamp(path: Path) -> Stamp:
    status = path.stat()
    return status.st_mtime_ns, status.st_ino, status.st_size
