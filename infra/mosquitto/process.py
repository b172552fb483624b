"""A broker as a child process, for tests."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.kafka import free_port
from infra.mosquitto.config import find_program, prepare
from schemas.errors import Fatal

START_S = 10.0


@contextmanager
def broker(home: Path, port: int | None = None) -> Iterator[int]:
    """Run Mosquitto on the authority in `home/pki`, which `infra.pki.init` has made; yields its port once it answers.

    Its log is `home/mosquitto/mosquitto.log`, its pid file `home/mosquitto/mosquitto.pid`.
    """
    port = port or free_port()
    config = prepare(home, port)
    with (config.parent / "mosquitto.log").open("ab") as log:
        process = subprocess.Popen([find_program(), "-c", str(config)], stdout=log, stderr=log)
    try:
        _wait(process, port, config.parent / "mosquitto.log")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise Fatal(f"Mosquitto did not start: {log.read_text()[-500:]}") from None
            time.sleep(0.02)
