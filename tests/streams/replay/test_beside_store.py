"""What is kept elsewhere than in the store is compared with what the log gives: detection's snapshots and the proof log's tree."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from detectors import snapshot
from detectors.proof.note import PrivateKey
from detectors.state import State, observe_event, observe_telemetry
from schemas import telemetry
from schemas.security import SECURITY_EVENTS
from streams.log import snapshots
from streams.log.reader import end_offsets, records
from streams.log.record import Record
from streams.log.snapshots import Snapshot
from streams.log.writer import LogWriter
from streams.proof.notary import Notary, Seen
from streams.proof_log.leaves import logged
from streams.replay.beside_store import SNAPSHOTS, TREE, compare_beside_store
from tests.broker import prepared
from tests.streams.archive.conftest import feed
from tests.streams.replay.story import story
from tests.streams.replay.test_replay import publish

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def snapshot_all(bootstrap: str, turn: int, *, but_the_last: int = 0) -> None:
    """What detection writes of each partition, having taken all telemetry and security events; or claiming so, but for some."""
    writer = LogWriter(bootstrap, "detection")
    ends = {topic: end_offsets(bootstrap, topic) for topic in (telemetry.TOPIC, SECURITY_EVENTS)}
    for partition, end in ends[telemetry.TOPIC].items():
        state = State()
        for topic, there in ends.items():
            for message in records(bootstrap, topic, partitions=[partition]):
                record = Record.of_confluent(message)
                if topic == SECURITY_EVENTS:
                    observe_event(state, record.envelope(), record.origin)
                elif record.offset < there[partition] - but_the_last:
                    observe_telemetry(state, telemetry.decode(record.value or b""), record.origin)
        offsets = {telemetry.TOPIC: end, SECURITY_EVENTS: ends[SECURITY_EVENTS][partition]}
        snapshots.write(writer, partition, Snapshot(offsets, snapshot.encode(state), turn))
    writer.flush()


def append_leaves(bootstrap: str) -> None:
    """A leaf for each decision there is, as the proof process makes them."""
    notary = Notary(PrivateKey("vedette.test/log", bytes(range(32))), lambda: bytes(32), [])
    writer = LogWriter(bootstrap, "proof")
    for message in records(bootstrap, "credential-decisions"):
        leaf = notary.append(Seen(logged(message), NOW))
        assert leaf is not None
        writer.append(leaf)
    writer.flush()


@pytest.mark.kafka
def test_snapshots_and_tree_are_what_the_log_gives_and_others_differ(tmp_path: Path) -> None:
    with prepared(tmp_path / "kafka") as bootstrap:
        assert compare_beside_store(bootstrap).kept == {}
        feed(LogWriter(bootstrap, "ingest"), "beside", 0, 20)
        publish(bootstrap, story())
        snapshot_all(bootstrap, 0)
        append_leaves(bootstrap)
        found = compare_beside_store(bootstrap)
        assert set(found.kept) == {SNAPSHOTS, TREE}
        assert found.derived == found.kept
        assert found.untold == {}
        assert found.kept[SNAPSHOTS].rows == 5
        snapshot_all(bootstrap, 1, but_the_last=1)
        wrong = compare_beside_store(bootstrap)
        assert wrong.kept[SNAPSHOTS] != wrong.derived[SNAPSHOTS] == found.derived[SNAPSHOTS]
