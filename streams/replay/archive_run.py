"""The archive as a program that a rebuild runs: is one running already, start one, stop it. Nothing of it is imported."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from kafka.admin import KafkaAdminClient, MemberToRemove
from kafka.errors import KafkaError

from schemas.errors import Fatal
from schemas.settings import Settings
from streams.log.topics import connect
from streams.replay.frontier import Frontier

GROUP = "vedette-archive"
MEMBER = "vedette-archive-0"
# A running member notices with its next heartbeat (3 s) that it was removed, and joins again.
COMES_BACK_S = 6.0
STOP_S = 30.0
POLL_S = 0.2


def is_running(bootstrap: str) -> bool:
    """Whether an archive reads this log.

    Its membership outlives it by half a minute, on purpose. So it is removed: one that lives joins again within seconds, at the same
    position and without loss. Fatal where Kafka does not answer.
    """
    admin = connect(bootstrap, timeout_s=10)
    try:
        if not _members(admin):
            return False
        _remove(admin)
        deadline = time.monotonic() + COMES_BACK_S
        while time.monotonic() < deadline:
            if _members(admin):
                return True
            time.sleep(POLL_S)
        return False
    except KafkaError as error:
        raise Fatal(f"Kafka does not say whether an archive runs: {type(error).__name__}") from None
    finally:
        admin.close()


@contextmanager
def running(settings: Settings, frontier: Frontier) -> Iterator[subprocess.Popen[bytes]]:
    """An archive with these settings that stores the log up to the frontier; stopped at the end, politely, and signed off."""
    until = msgspec.json.encode({f"{topic}/{partition}": end for (topic, partition), end in frontier.items()})
    command = [sys.executable, "-m", "streams.archive", "--until", until.decode()]
    told = {
        "VEDETTE_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "VEDETTE_CLICKHOUSE_URL": settings.clickhouse_url,
    }
    process = subprocess.Popen(command, stdout=sys.stderr, env={**os.environ, **told})
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _sign_off(settings.kafka_bootstrap)


def _sign_off(bootstrap: str) -> None:
    """End the membership of an archive that has ended; where that fails it ends by itself after half a minute."""
    with contextlib.suppress(Fatal, KafkaError):
        admin = connect(bootstrap, timeout_s=10)
        try:
            _remove(admin)
        finally:
            admin.close()


def _remove(admin: KafkaAdminClient) -> None:
    admin.remove_group_members(GROUP, [MemberToRemove(group_instance_id=MEMBER)])


def _members(admin: KafkaAdminClient) -> int:
    return len(admin.describe_groups([GROUP])[GROUP]["members"])
