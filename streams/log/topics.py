"""Applying the declared topics to a broker: creates what is missing, reports what differs, deletes nothing."""

from __future__ import annotations

import socket
import time

import typer
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from schemas.errors import Fatal
from schemas.settings import Settings
from schemas.topics import TOPICS


def ensure(bootstrap: str, timeout_s: float = 60.0) -> list[str]:
    """Create every declared topic that is missing, one replica each; returns the names created.

    Idempotent and safe to run by several processes at once. Waits up to `timeout_s` for the broker, then raises Fatal.
    """
    admin = connect(bootstrap, timeout_s)
    try:
        missing = [name for name in TOPICS if name not in set(admin.list_topics())]
        for name in missing:
            topic = TOPICS[name]
            try:
                admin.create_topics([NewTopic(name, topic.partitions, 1, topic_configs=topic.settings)])
            except TopicAlreadyExistsError:
                continue
        return missing
    finally:
        admin.close()


def connect(bootstrap: str, timeout_s: float) -> KafkaAdminClient:
    """An admin client, once the broker answers; Fatal with the address where it doesn't within `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            _probe(bootstrap)
            return KafkaAdminClient(bootstrap_servers=bootstrap.split(","), client_id="vedette-topics")
        except (OSError, KafkaError) as error:
            if time.monotonic() > deadline:
                raise Fatal(f"no Kafka broker answers at {bootstrap}: {type(error).__name__}") from None
            time.sleep(0.2)


def _probe(bootstrap: str) -> None:
    """Raise OSError unless one of the servers takes a connection; kafka-python leaks a socket for each failed try of its own."""
    failure: OSError = ConnectionError("no server named")
    for server in bootstrap.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError as error:
            failure = error
        else:
            return
    raise failure


def main() -> None:
    """Create the topics Vedette declares in `schemas/topics.py` on the configured Kafka."""
    created = ensure(Settings.load().kafka_bootstrap)
    typer.echo(f"{len(TOPICS)} topics, {len(created)} created{': ' if created else ''}{', '.join(created)}")


if __name__ == "__main__":
    typer.run(main)
