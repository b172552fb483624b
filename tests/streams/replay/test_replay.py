"""Replay on a real broker and the real store: rebuilt is equal, what was tampered with or forged is found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from schemas.alert import AlertOpened
from schemas.errors import Rejected
from schemas.settings import Settings
from schemas.topics import PARTITIONS
from streams.log.reader import end_offsets
from streams.log.roll_backs import ask, roll_back
from streams.log.writer import LogWriter
from streams.replay import verify
from streams.replay.finding import Finding
from streams.replay.frontier import behind, frontier_of
from streams.replay.rebuild import digests, rebuild
from tests.streams.archive.conftest import archiving, feed, until
from tests.streams.archive.sample import EPOCH
from tests.streams.replay.story import TENANT, Log, event, story
from tests.streams.worker import written

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]
ROOT = Path(__file__).resolve().parents[3]
WRITERS = {
    "detections": "detection",
    "alerts": "triage",
    "analyst-actions": "control",
    "credential-decisions": "response",
}


def replay(bootstrap: str, store_url: str, *arguments: str) -> tuple[int, Any, str]:
    """Run the command with --json as a user would; its exit code, what it printed, what it said."""
    environment = {**os.environ, **told(bootstrap, store_url)}
    command = [sys.executable, "-m", "streams.replay", *arguments, "--json"]
    ran = subprocess.run(
        command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200
    )
    return ran.returncode, json.loads(ran.stdout) if ran.stdout else None, ran.stderr


def told(bootstrap: str, store_url: str) -> dict[str, str]:
    return {
        "VEDETTE_KAFKA_BOOTSTRAP": bootstrap,
        "VEDETTE_CLICKHOUSE_URL": store_url,
        "VEDETTE_CONFIG": os.devnull,
    }


def publish(bootstrap: str, log: Log) -> None:
    """Write the story where its causes say it lies: the broker is this test's own, so offsets begin at 0."""
    for topic, process in WRITERS.items():
        writer = LogWriter(bootstrap, process)
        for partition in sorted(log[topic]):
            for record in log[topic][partition]:
                writer.append(record.envelope())
        writer.flush()


def forged(bootstrap: str) -> str:
    """An alert nobody decided, on the topic; its id."""
    genuine = written(bootstrap, "alerts", TENANT)[0][1]
    assert isinstance(genuine.data, AlertOpened)
    data = msgspec.structs.replace(genuine.data, alert="alert-forged", title="mallory was here")
    envelope = msgspec.structs.replace(event("forged", genuine.subject, 90, data), cause=genuine.cause)
    writer = LogWriter(bootstrap, "triage")
    writer.append(envelope)
    writer.flush()
    return envelope.id


def decided(found: list[Finding]) -> list[Finding]:
    """Without the story's findings, which nobody found in any telemetry."""
    return [one for one in found if one.type != "detection.raised.v1"]


def ends(bootstrap: str) -> dict[tuple[str, int], int]:
    """Where the log ends, of what the archive stores here."""
    topics = [*WRITERS, "telemetry", "security-events"]
    return {(topic, number): end for topic in topics for number, end in end_offsets(bootstrap, topic).items()}


def test_rebuilt_is_equal_and_a_row_tampered_with_is_found_and_repaired(
    kafka_bootstrap: str, store_url: str, store: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in told(kafka_bootstrap, store_url).items():
        monkeypatch.setenv(name, value)
    settings = Settings.load()
    publish(kafka_bootstrap, story())
    ingest = LogWriter(kafka_bootstrap, "ingest")
    feed(ingest, TENANT, 0, 40)
    feed(ingest, TENANT, 0, 3)  # the same events once more
    # Neither input's part of it is a row of what devices did.
    stretch = EPOCH, EPOCH + timedelta(seconds=200)
    ask(kafka_bootstrap, roll_back("rebuilt", TENANT, "", stretch[0], stretch[1], "ann", "poisoned"))
    with archiving(kafka_bootstrap, store_url):
        until(lambda: not behind(ends(kafka_bootstrap), frontier_of(store)), "the archive")
        with pytest.raises(Rejected, match="an archive is running; stop it first"):
            rebuild(settings, print)
    frontier = frontier_of(store)
    digested = digests(settings, store, frontier)
    assert (digested["telemetry"].rows, digested["events/security-events"].rows) == (400, 40)
    assert digested["roll_backs_asked"].rows == PARTITIONS
    # What comes while it is rebuilt is not a part of it, new and repeated.
    feed(ingest, TENANT, 100, 5)
    feed(ingest, TENANT, 0, 3)
    code, rebuilt, said = replay(kafka_bootstrap, store_url, "rebuild", "--times", "2")
    assert (code, rebuilt["rebuild_equal"], rebuilt["rounds"]) == (0, True, 2), said or rebuilt
    assert rebuilt["events"] > 1000
    assert {"state/detection", "state/triage", "state/response", "state/enforcement"} <= digested.keys()
    assert digested["state/detection"].rows == 5
    assert (frontier_of(store), digests(settings, store, frontier)) == (frontier, digested)

    store.command(
        "ALTER TABLE events UPDATE data = replace(data, 'true_positive', 'false_positive') WHERE topic = 'alerts'"
        " SETTINGS mutations_sync = 1"
    )
    tampered = rebuild(settings, print)
    assert [name for name, outcome in tampered.outcome.items() if outcome == "differs"] == ["events/alerts"]
    assert not tampered.equal
    assert tampered.after == digested


def test_an_empty_store_is_nothing_to_rebuild(kafka_bootstrap: str, store_url: str, store: Client) -> None:
    settings = Settings(kafka_bootstrap=kafka_bootstrap, clickhouse_url=store_url)
    with pytest.raises(Rejected, match="the store is empty"):
        rebuild(settings, print)
    assert frontier_of(store) == {}


def test_genuine_outputs_are_derived_again_and_a_forged_alert_is_found(kafka_bootstrap: str) -> None:
    if not written(kafka_bootstrap, "alerts", TENANT):
        publish(kafka_bootstrap, story())
    settings = Settings(kafka_bootstrap=kafka_bootstrap)
    found = decided(verify.sample(settings, 1000, seed=1))
    assert [one for one in found if not one.equal] == []
    assert len(found) > 30
    assert verify.sample(settings, 5, seed=1) == verify.sample(settings, 5, seed=1)
    decision = written(kafka_bootstrap, "credential-decisions", TENANT)[0][1].id
    assert [(one.type, one.equal) for one in verify.verify(settings, decision)] == [
        ("credential.decided.v1", True)
    ]
    assert verify.verify(settings, "alert-unheard-of") == []
    name = forged(kafka_bootstrap)
    code, told_of, _ = replay(kafka_bootstrap, "http://127.0.0.1:1/none", "verify", name)
    assert (code, told_of["equal"], [one["id"] for one in told_of["outputs"]]) == (1, False, [name])
    assert told_of["outputs"][0]["differences"]
    assert [one.id for one in decided(verify.sample(settings, 1000, seed=2)) if not one.equal] == [name]


def test_a_part_that_is_down_is_said(store_url: str) -> None:
    assert replay("127.0.0.1:19049", store_url, "verify")[0] == 2
    code, _, said = replay("127.0.0.1:19049", store_url, "verify", "alert-1")
    assert code == 3
    assert "no Kafka broker answers at 127.0.0.1:19049" in said
