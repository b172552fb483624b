"""Applying the declared topics to a broker: creates what is missing, says what differs, deletes nothing.

What exists is changed only by `--apply`, and only where every record stays where it is (see `streams.log.drift`).
"""

from __future__ import annotations

import socket
import time
from json import dumps

import typer
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from schemas.errors import Fatal
from schemas.settings import Settings
from schemas.topics import TOPICS
from streams.log.drift import Drift, drift, repair


def ensure(bootstrap: str, timeout_s: float = 60.0) -> list[str]:
    """Create every declared topic that is missing, one replica each; returns the names created.

    Idempotent and safe to run by several processes at once. Returns once the broker shows them all: it does so a moment after it
    has created them. Waits up to `timeout_s` for the broker, then raises Fatal.
    """
    deadline = time.monotonic() + timeout_s
    admin = connect(bootstrap, timeout_s)
    try:
        missing = [name for name in TOPICS if name not in set(admin.list_topics())]
        for name in missing:
            topic = TOPICS[name]
            try:
                admin.create_topics([NewTopic(name, topic.partitions, 1, topic_configs=topic.settings)])
            except TopicAlreadyExistsError:
                continue
        _await(admin, missing, deadline)
        return missing
    finally:
        admin.close()


def _await(admin: KafkaAdminClient, names: list[str], deadline: float) -> None:
    while hidden := set(names) - set(admin.list_topics()):
        if time.monotonic() > deadline:
            raise Fatal(f"the broker does not show the topics it created: {', '.join(sorted(hidden))}")
        time.sleep(0.05)


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


def look(bootstrap: str, timeout_s: float = 5.0) -> list[Drift]:
    """How the broker's topics differ from the declared ones; changes nothing. Fatal where no broker answers within `timeout_s`."""
    admin = connect(bootstrap, timeout_s)
    try:
        return drift(admin)
    except KafkaError as error:
        raise Fatal(
            f"Kafka at {bootstrap} does not say what its topics are: {type(error).__name__}"
        ) from None
    finally:
        admin.close()


def apply(bootstrap: str, timeout_s: float = 60.0) -> list[Drift]:
    """Set differing settings to what is declared where no record is lost by it; returns what was set. Fatal as `look` and `repair`."""
    admin = connect(bootstrap, timeout_s)
    try:
        return repair(admin, drift(admin))
    finally:
        admin.close()


def main(
    check: bool = typer.Option(
        False, "--check", help="create and change nothing; exit code 1 where something differs"
    ),
    change: bool = typer.Option(
        False, "--apply", help="also set what differs, where no record is lost by it"
    ),
    json: bool = typer.Option(False, "--json", help="one JSON document"),
) -> None:
    """Create the topics Vedette declares in `schemas/topics.py` on the configured Kafka, and say how those there differ."""
    if check and change:
        raise typer.BadParameter("--check changes nothing, --apply does: give one of them")
    bootstrap = Settings.load().kafka_bootstrap
    try:
        created = [] if check else ensure(bootstrap)
        changed = apply(bootstrap) if change else []
        # A broker may not show for a moment what it has just created.
        left = [found for found in look(bootstrap) if found.topic not in created]
    except Fatal as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(3) from None
    typer.echo(_as_json(created, changed, left) if json else "\n".join(_said(created, changed, left)))
    raise typer.Exit(1 if left and (check or change) else 0)


def _said(created: list[str], changed: list[Drift], left: list[Drift]) -> list[str]:
    names = f": {', '.join(created)}" if created else ""
    summary = f"{len(TOPICS)} topics, {len(created)} created{names}, {len(left)} differences"
    return [
        summary,
        *(f"set {found.topic}: {found.setting} from {found.actual} to {found.declared}" for found in changed),
        *(f"differs: {found}" for found in left),
    ]


def _as_json(created: list[str], changed: list[Drift], left: list[Drift]) -> str:
    document = {"declared": len(TOPICS), "created": created}
    lists = {"changed": changed, "drift": left}
    return dumps({**document, **{name: [found._asdict() for found in rows] for name, rows in lists.items()}})


if __name__ == "__main__":
    typer.run(main)
