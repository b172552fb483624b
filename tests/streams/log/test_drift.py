"""How a real broker's topics differ from the declared ones, and what may be put right."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from kafka.admin import KafkaAdminClient, NewTopic

from infra.kafka import free_port
from infra.stack.topics import topics as asked_by_the_stack
from schemas.errors import Fatal
from schemas.settings import Settings
from schemas.topics import TOPICS, Topic
from streams.log import topics
from streams.log.drift import UNDECLARED, Drift, drift, repair, repairable
from tests.streams.worker import wait_for

DECLARED = replace(TOPICS["detection-snapshots"], name="to-be-set", kept_as="detection-snapshots")


@pytest.fixture
def admin(kafka_bootstrap: str) -> Iterator[KafkaAdminClient]:
    client = topics.connect(kafka_bootstrap, 60)
    yield client
    client.close()


def made(admin: KafkaAdminClient, partitions: int, settings: dict[str, str]) -> Topic:
    """A topic of its own on the broker, and its declaration."""
    name = f"drift-{uuid.uuid4().hex}"
    admin.create_topics([NewTopic(name, partitions, 1, topic_configs=settings)])
    wait_for(lambda: name in admin.list_topics(), "the topic to be seen")
    return replace(DECLARED, name=name)


@pytest.mark.kafka
def test_a_topic_as_declared_does_not_differ_and_a_missing_one_is_named(admin: KafkaAdminClient) -> None:
    same = made(admin, DECLARED.partitions, {**DECLARED.settings, "min.insync.replicas": "1"})
    missing = replace(DECLARED, name="never-created")
    assert drift(admin, [same, missing]) == [Drift("never-created", "missing", "exists", "missing")]


@pytest.mark.kafka
def test_every_difference_is_named_and_only_what_loses_nothing_is_put_right(admin: KafkaAdminClient) -> None:
    changed = {
        "cleanup.policy": "delete",
        "retention.ms": "1000",
        "segment.ms": "5000",
        "max.compaction.lag.ms": "7",
    }
    topic = made(admin, 3, {**DECLARED.settings, **changed})
    found = {difference.setting: difference for difference in drift(admin, [topic])}
    assert found == {
        "partitions": Drift(topic.name, "partitions", "4", "3"),
        "cleanup.policy": Drift(topic.name, "cleanup.policy", "compact", "delete"),
        "retention.ms": Drift(topic.name, "retention.ms", "-1", "1000"),
        "segment.ms": Drift(topic.name, "segment.ms", "600000", "5000"),
        "max.compaction.lag.ms": Drift(topic.name, "max.compaction.lag.ms", UNDECLARED, "7"),
    }
    assert {done.setting for done in repair(admin, found.values())} == {"retention.ms", "segment.ms"}
    left = {"partitions", "cleanup.policy", "max.compaction.lag.ms"}
    wait_for(lambda: {one.setting for one in drift(admin, [topic])} == left, "the settings to be seen")


@pytest.mark.kafka
def test_the_command_and_the_stack_say_the_same(admin: KafkaAdminClient, kafka_bootstrap: str) -> None:
    assert topics.ensure(kafka_bootstrap) == []
    assert topics.look(kafka_bootstrap) == []
    code, said, _ = run("--json", bootstrap=kafka_bootstrap)
    assert (code, json.loads(said)) == (
        0,
        {"declared": len(TOPICS), "created": [], "changed": [], "drift": []},
    )
    asked = asked_by_the_stack(Settings(kafka_bootstrap=kafka_bootstrap))
    assert (asked.declared, asked.drift, asked.error) == (len(TOPICS), [], "")


def test_a_broker_that_is_away_is_exit_code_3_and_one_line() -> None:
    bootstrap = f"127.0.0.1:{free_port()}"
    with pytest.raises(Fatal, match=f"no Kafka broker answers at {bootstrap}"):
        topics.look(bootstrap, 0.0)


@pytest.mark.parametrize(
    ("setting", "declared", "actual", "may"),
    [
        ("retention.ms", "-1", "1000", True),
        ("retention.ms", "2000", "1000", True),
        ("retention.ms", "1000", "2000", False),
        ("retention.ms", "1000", "-1", False),
        ("cleanup.policy", "delete", "compact", False),
        ("partitions", "8", "4", False),
        ("max.message.bytes", "9", "8", True),
        ("segment.ms", UNDECLARED, "8", False),
        ("missing", "exists", "missing", False),
    ],
)
def test_what_could_lose_a_record_is_not_changed(setting: str, declared: str, actual: str, may: bool) -> None:
    assert repairable(Drift("alerts", setting, declared, actual)) == may


def run(*arguments: str, bootstrap: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "streams.log.topics", *arguments]
    environment = {**os.environ, "VEDETTE_KAFKA_BOOTSTRAP": bootstrap}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr
