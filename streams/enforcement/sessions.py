"""Mosquitto's side of enforcement: reads the revocation list again, ends sessions, lets devices back in.

Measured with Mosquitto 2.0.11. The order is what makes it safe: list replaced, SIGHUP, *wait for its log line*, then
`deleteClient`. Without the wait the plugin's command can overtake the signal (both are handled in one loop, the signal last) and a
device gets back in. The reload also makes every TLS session ticket worthless, so a session can't be resumed past the list.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Callable, Collection
from pathlib import Path

from schemas.errors import Retryable
from schemas.mqtt import admit, expel
from schemas.pki import Folder
from streams.enforcement.broker_log import BrokerLog, Opened, Refused
from streams.enforcement.control import DynamicSecurity

RELOADED = "Reloading config."
RELOAD_TIMEOUT_S = 2.0


class MosquittoSessions:
    """Drops sessions and keeps them dropped; implements `SessionBroker`.

    The broker must run on this machine, under a user we may signal: reading the list again takes a SIGHUP. Refused handshakes of expelled
    devices, as far as the broker's log tells whose they were, go to `on_refused(identity, address)`, in another thread.
    """

    def __init__(
        self, url: str, folder: Folder, pid_file: Path, on_refused: Callable[[str, str], None]
    ) -> None:
        self._pid_file, self._on_refused = pid_file, on_refused
        self._barred: set[str] = set()
        self._barring = threading.Lock()
        self._reloads: queue.Queue[None] = queue.Queue()
        self._log = BrokerLog()
        self._control = DynamicSecurity(url, folder, self._read_log)

    def wait_ready(self, timeout_s: float) -> bool:
        """Wait until the broker can be asked; False where it can't within the time."""
        return self._control.wait_ready(timeout_s)

    def reload(self) -> None:
        """See `SessionBroker.reload`."""
        while not self._reloads.empty():
            self._reloads.get_nowait()
        self._signal()
        self._control.wake()
        try:
            self._reloads.get(timeout=RELOAD_TIMEOUT_S)
        except queue.Empty:
            raise Retryable("the MQTT broker didn't say that it read the revocation list again") from None

    def _signal(self) -> None:
        try:
            pid = int(self._pid_file.read_text())
        except (OSError, ValueError):
            raise Retryable(f"no MQTT broker runs here: there is no pid in {self._pid_file}") from None
        # A pid file left by a crash may name somebody else's process by now, and SIGHUP ends most programs.
        name = Path(f"/proc/{pid}/comm")
        if Path("/proc/self/comm").exists() and not (
            name.exists() and name.read_text().startswith("mosquitto")
        ):
            raise Retryable(f"the process in {self._pid_file} is not an MQTT broker")
        try:
            os.kill(pid, signal.SIGHUP)
        except OSError as error:
            raise Retryable(
                f"the MQTT broker can't be told to read the revocation list: {error.strerror}"
            ) from None

    def expel(self, identities: Collection[str]) -> None:
        """See `SessionBroker.expel`."""
        self.bar(identities)
        self._control.run([command for identity in identities for command in expel(identity)])

    def admit(self, identities: Collection[str]) -> None:
        """See `SessionBroker.admit`."""
        self.unbar(identities)
        self._control.run([command for identity in identities for command in admit(identity)])

    def bar(self, identities: Collection[str]) -> None:
        """See `SessionBroker.bar`."""
        with self._barring:
            self._barred.update(identities)

    def unbar(self, identities: Collection[str]) -> None:
        """See `SessionBroker.unbar`."""
        with self._barring:
            self._barred.difference_update(identities)

    def close(self) -> None:
        """End the connection to the broker."""
        self._control.close()

    def _read_log(self, line: str) -> None:
        if line.endswith(RELOADED):
            self._reloads.put(None)
            return
        # Locked, so that nobody is expelled here after `admit` has let him in.
        with self._barring:
            match self._log.read(line):
                case Opened(identity) if identity in self._barred:
                    # It finished its handshake before the list was read and only now says hello. `deleteClient` ends the sessions
                    # of clients it knows only, so make it known, without a right, first.
                    self._control.tell([{"command": "createClient", "username": identity}, *expel(identity)])
                case Refused(identity, address) if identity in self._barred:
                    self._on_refused(identity, address)
                case _:
                    pass
