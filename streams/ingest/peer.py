"""The HTTP protocol that knows who is at the other end: the identity in the client's certificate, kept for each request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from schemas.pki import NAME
from streams.ingest.tls import Gate

GOODBYE_S = 0.5


@dataclass(frozen=True, slots=True)
class Peer:
    """Who a certificate belongs to; `device` is empty where it is not a device's."""

    tenant: str
    device: str
    serial: int


@lru_cache(maxsize=100_000)
def peer_of(certificate: bytes) -> Peer:
    """The peer with this certificate (DER), verified by TLS before."""
    parsed = x509.load_der_x509_certificate(certificate)
    names = parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    tenant, colon, device = str(names[0].value).partition(":") if len(names) == 1 else ("", "", "")
    valid = colon and NAME.fullmatch(tenant) and NAME.fullmatch(device)
    return Peer(tenant if valid else "", device if valid else "", parsed.serial_number)


def protocol_for(gate: Gate) -> type[HttpToolsProtocol]:
    """uvicorn's protocol, which puts `peer` into each request's state and closes at once what was revoked since the handshake."""

    class PeerProtocol(HttpToolsProtocol):
        """One connection of a peer."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            connection: Any = transport.get_extra_info("ssl_object")
            self.peer = peer_of(connection.getpeercert(binary_form=True))
            self.app_state = {**self.app_state, "peer": self.peer}

        def data_received(self, data: bytes) -> None:
            if gate.is_revoked(self.peer.serial):
                self.transport.abort()
                return
            super().data_received(data)

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._hurry()

        def shutdown(self) -> None:
            super().shutdown()
            self._hurry()

        def _hurry(self) -> None:
            """Closing TLS waits long for the other side's goodbye, which many clients never say."""
            if self.transport.is_closing():
                self.loop.call_later(GOODBYE_S, self.transport.abort)

    return PeerProtocol
