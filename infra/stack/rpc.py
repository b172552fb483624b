"""supervisord's XML-RPC interface over its Unix socket."""

from __future__ import annotations

import http.client
import socket
import xmlrpc.client
from pathlib import Path
from typing import Any

# supervisord refuses a call, for example to stop what doesn't run.
Fault = xmlrpc.client.Fault
# Nobody answers, or with an error.
NO_ANSWER = (OSError, xmlrpc.client.Error)


def call(path: Path, method: str, *arguments: object) -> Any:
    """What supervisord at this socket answers; OSError where none listens, `xmlrpc.client.Error` where it refuses."""
    transport = _UnixTransport(str(path))
    with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as server:
        return getattr(server.supervisor, method)(*arguments)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.sock.close()
            raise


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = _UnixConnection(self._path)
        self._connection: Any = (host, connection)  # what close() closes
        return connection
